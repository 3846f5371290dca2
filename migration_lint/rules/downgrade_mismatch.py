from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from migration_lint import describing
from migration_lint.lowering import alembic
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.migration import NotAnalysed
from migration_lint.model.sql import SqlMigration, SqlStatement
from migration_lint.policy import undoing
from migration_lint.policy.undoing import Difference
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.reversing import way_back
from migration_lint.rule import Finding, Related, Rule, Severity
from migration_lint.settings import Settings

_MOST_NAMED = 4


class DowngradeMismatch(Rule):
    """The way back does not undo what the migration does.

    After a rollback the database is not as it was: what stays makes the migration fail when it runs again, what does
    not come back is missing for the release that was rolled back to, and what the way back drops beside is lost. The
    migration and its way back are replayed one after the other, and the tables, columns, indexes, constraints, views
    and types before and after are compared.

    The way back is the down file or part of a SQL migration, Alembic's downgrade(), or the reverse_sql of a RunSQL. One
    that changes no schema says that nothing needs undoing; where a statement was not understood, nothing is said.
    """

    name = "downgrade-mismatch"
    family = "reversibility"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        found = migration.migration
        if isinstance(found, AlembicMigration):
            yield from self._of_revision(migration, found, settings)
        elif not isinstance(found, SqlMigration):
            yield from super().check_migration(migration, settings)
        elif found.down and migration.steps and not found.replaces:
            done = [step.operation.command for step in migration.steps if isinstance(step.operation, SqlStatement)]
            undone = [operation.command for operation in found.down]
            differences = undoing.differences(migration.steps[0].released, done, undone)
            if differences:
                yield self._in_sql(found, settings, differences)

    def _of_revision(
        self, migration: ReplayedMigration, found: AlembicMigration, settings: Settings
    ) -> Iterator[Finding]:
        if not found.downgrade or not migration.steps or any(step.problems for step in migration.steps):
            return
        operations = (*found.operations, *found.downgrade)
        if any(isinstance(each, NotAnalysed) or each.conditional is not None for each in operations):
            return
        done = [executed.command for step in migration.steps for executed in step.executed]
        after = migration.steps[-1].after
        undone = alembic.lowered(found.downgrade, after, settings.database)
        differences = undoing.differences(migration.steps[0].released, done, undone) if undone else ()
        if differences:
            yield self.file_finding(
                found,
                f"The downgrade of {found.name} does not undo its upgrade: {_told(differences)}.",
                _advice("the downgrade", differences, settings),
                objects=_names(differences),
                span=found.downgrade_span,
            )

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        undone = way_back(step, settings.database)
        if not undone:
            return
        done = [executed.command for executed in step.executed if not executed.deferred]
        found = undoing.differences(step.before, done, undone)
        # A table that the same migration made before goes with all that stands on it.
        differences = [each for each in found if each.table is None or not step.is_new(each.table)]
        if differences:
            message = f"reverse_sql does not undo what sql does: {_told(differences)}."
            advice = _advice("reverse_sql", differences, settings)
            finding = self.finding(step, message, advice, objects=_names(differences))
            yield replace(finding, span=undone[0].span or finding.span, effects=())

    def _in_sql(self, migration: SqlMigration, settings: Settings, differences: Sequence[Difference]) -> Finding:
        assert migration.down
        message = f"The way back of {migration.name.rpartition('::')[2]} does not undo it: {_told(differences)}."
        related: tuple[Related, ...] = ()
        if migration.down_path is not None:
            related = (Related(migration.path, migration.operations[0].span, "what is to be undone"),)
        finding = self.file_finding(
            migration,
            message,
            _advice("the way back", differences, settings),
            objects=_names(differences),
            span=migration.down[0].span,
            related=related,
        )
        return replace(finding, path=migration.down_path or migration.path)


def _told(differences: Sequence[Difference]) -> str:
    told = [_sentence(difference) for difference in differences]
    more = len(told) - _MOST_NAMED
    return describing.listed([*told[:_MOST_NAMED], f"{more} more"] if more > 0 else told)


def _sentence(difference: Difference) -> str:
    outcomes = {
        "stays": "stays",
        "lost": "does not come back",
        "taken": "is dropped although the migration did not make it",
        "differs": difference.detail,
    }
    return f"{difference} {outcomes[difference.outcome]}"


def _names(differences: Sequence[Difference]) -> tuple[str, ...]:
    return tuple(f"{each.table}.{each.name}" if each.table else each.name for each in differences)


def _advice(where: str, differences: Sequence[Difference], settings: Settings) -> str:
    """What the way back lacks, as SQL where that is known."""
    lines = list(undoing.drops(differences, settings.database))
    if lines:
        lines.insert(0, f"# {where[:1].upper()}{where[1:]} needs also:")
    words = {"lost": "bring back {}", "taken": "leave {} alone", "differs": "make {} what it was"}
    lines += [f"# In {where}, {words[d.outcome].format(d)}." for d in differences if d.outcome in words]
    return "\n".join(lines)
