from __future__ import annotations

from collections.abc import Collection, Iterator

from migration_lint import advice, describing
from migration_lint.advice.sql_text import quoted, spelled
from migration_lint.effects import LockMode
from migration_lint.model.django import DeleteModel, RemoveField
from migration_lint.model.statements import DropTable as DropTableStatement
from migration_lint.policy.rebuilding import rebuilt_tables
from migration_lint.policy.references import names_unmade
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

# What a batch that failed leaves behind: https://alembic.sqlalchemy.org/en/latest/batch.html
_ALEMBICS_OWN = "_alembic_tmp_"


class DropTable(Rule):
    """A table is dropped that the running release still uses.

    Every query of the release still running on that table fails, deleting rows of the tables it refers to included, and
    its data is lost. The tables its foreign keys point at are locked as well while it goes.

    Take the model out of the code and out of Django's state first, and drop the table in a later release: a state-only
    removal in an earlier migration tells that this was done, and the drop is then only a note on what is lost.
    """

    name = "drop-table"
    family = "compatibility"
    severity = Severity.ERROR
    sees = (DropTableStatement,)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        rebuilt = {each.dropped for each in rebuilt_tables(migration)}
        for step in migration.steps:
            yield from self._check(step, rebuilt, settings)

    def _check(self, step: Step, rebuilt: Collection[str | None], settings: Settings) -> Iterator[Finding]:
        dropped = [
            (executed, statement)
            for executed, statement in step.statements
            if isinstance(statement, DropTableStatement) and not step.is_new(statement.table)
            if statement.table not in rebuilt
            if not names_unmade(step, executed) and not statement.table.startswith(_ALEMBICS_OWN)
        ]
        staged = [each for each in dropped if _is_staged(step, each[1].table)]
        in_use = [each for each in dropped if each not in staged]
        if in_use:
            names = tuple(statement.table for _, statement in in_use)
            message = (
                f"{describing.listed(names)} {_is(names)} dropped with all data while the release still running uses "
                f"{_it(names)}: its queries fail.{_taken_along(in_use)}{_also_locked(step, in_use)}"
            )
            yield self.finding(step, message, _advice(step, names, settings), objects=names, executed=in_use[0][0])
        if staged:
            names = tuple(statement.table for _, statement in staged)
            what = f"{describing.listed(names)} {_is(names)} dropped with all data"
            message = (
                f"{what}; an earlier migration took {_it(names)} "
                f"out of the code.{_taken_along(staged)}{_also_locked(step, staged)}"
            )
            yield self.finding(step, message, "", objects=names, executed=staged[0][0], severity=Severity.INFO)


def _is(names: tuple[str, ...]) -> str:
    return "is" if len(names) == 1 else "are"


def _it(names: tuple[str, ...]) -> str:
    return "it" if len(names) == 1 else "them"


def _is_staged(step: Step, table: str) -> bool:
    """Whether an earlier migration took the table out of the code."""
    known = step.released.table(table)
    return known is not None and not known.running


def _taken_along(dropped: list[tuple[Executed, DropTableStatement]]) -> str:
    """What CASCADE drops besides the tables."""
    gone: dict[str, None] = {}
    tables = {statement.table for _, statement in dropped}
    for executed, statement in dropped:
        if statement.cascade:
            before, after = executed.before, executed.before.apply(statement)
            keys = [(owner, key) for owner, key in before.references_to(statement.table) if owner not in tables]
            gone |= {f"the foreign key {key.name} of {owner}": None for owner, key in keys}
            gone |= {f"the view {name}": None for name in before.views if name not in after.views}
    return f" CASCADE also drops {describing.listed(tuple(gone))}." if gone else ""


def _also_locked(step: Step, dropped: list[tuple[Executed, DropTableStatement]]) -> str:
    """The other tables that are locked until the transaction ends, those that the dropped ones refer to."""
    gone = {*step.new_tables, *(statement.table for _, statement in dropped)}
    tables: dict[LockMode, dict[str, None]] = {}
    for executed, _ in dropped:
        for lock in executed.effect.locks:
            if lock.table not in gone and lock.table in executed.before.tables:
                tables.setdefault(lock.mode, {})[lock.table] = None
    sentences = [
        f" It takes {mode.name} on {describing.listed(tuple(names))}: {describing.waiting(mode)}"
        for mode, names in tables.items()
    ]
    return "".join(f"{sentence} until the transaction ends." for sentence in sentences)


def _advice(step: Step, tables: tuple[str, ...], settings: Settings) -> str:
    match step.operation:
        case DeleteModel(name=name):
            what, operation = "model", f'migrations.DeleteModel("{name}")'
        case RemoveField(model_name=model, name=name):
            what, operation = "field", f'migrations.RemoveField("{model}", "{name}")'
        case _:
            gone = "\n".join(f"DROP TABLE {spelled(quoted(table), settings.database)};" for table in tables)
            return (
                f"-- First release the code that no longer uses {describing.listed(tables)}. In a later release:\n"
                f"-- migration-lint: ignore[drop-table] no running release uses {_it(tables)}\n{gone}"
            )
    # The state no longer has the model then, so Django could not drop its table.
    drops = [advice.source(f'DROP TABLE "{table}"') for table in tables]
    drop = f"migrations.RunSQL([{', '.join(drops)}], migrations.RunSQL.noop)"
    return "\n".join(
        (
            f"# Now: take the {what} out of the code and the state, and leave the data.",
            f"migrations.SeparateDatabaseAndState(state_operations=[{operation}])",
            "# In a later release: drop it.",
            advice.django_file(step.migration, f"drop_{name}".lower(), [drop]),
        )
    )
