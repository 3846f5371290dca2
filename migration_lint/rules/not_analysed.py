from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migration_lint.conditions import holds
from migration_lint.lowering import alembic
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.django import RunSQL
from migration_lint.model.migration import NotAnalysed as NotAnalysedOperation
from migration_lint.model.sql import SqlMigration
from migration_lint.model.statements import Command, Unanalysed
from migration_lint.model.values import Reference, Unknown
from migration_lint.policy.references import names_unmade, of_models
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.reversing import way_back
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class NotAnalysed(Rule):
    """Something in a migration could not be understood, so what it does is not judged.

    A value that is computed when the migration runs, an operation or a field of a class nobody knows, SQL that the
    reader does not understand, or a table whose state before is unknown. Nothing is guessed about it: other rules
    stay silent where they would need to know. The finding says what was not understood, and why; it changes no exit
    code.
    """

    name = "not-analysed"
    family = "data-migration"
    severity = Severity.INFO

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for span, unknown in migration.migration.problems:
            message = f"'{_shortened(unknown.source)}' was not analysed: {unknown.reason}."
            yield self.file_finding(migration.migration, message, "", objects=(unknown.source,), span=span)
        atomic = migration.migration.atomic
        if not isinstance(atomic, bool) and any(_needs_to_know(step) for step in migration.steps):
            where = atomic.dotted if isinstance(atomic, Reference) else atomic.source
            message = f"Whether this migration runs in a transaction is decided by {where}, which was not analysed."
            yield self.file_finding(migration.migration, message, "", objects=("atomic",))
        for step in migration.steps:
            if any(of_models(step, migration)):
                continue  # the rule about unknown names speaks
            yield from self.check_step(step, settings)
            for command in way_back(step, settings.database) or ():
                yield from self._unread(step, command, step.migration.path)
        if isinstance(migration.migration, AlembicMigration) and migration.steps:
            yield from self._of_downgrade(migration, migration.migration, settings)
        if isinstance(migration.migration, SqlMigration) and migration.steps:
            path = migration.migration.down_path or migration.migration.path
            for operation in migration.migration.down or ():
                yield from self._unread(migration.steps[0], operation.command, path)

    def _of_downgrade(
        self, migration: ReplayedMigration, found: AlembicMigration, settings: Settings
    ) -> Iterator[Finding]:
        """What of `downgrade()` could not be understood."""
        schema = migration.steps[-1].after
        for operation in found.downgrade or ():
            if operation.conditional is not None and holds(operation.conditional, settings.database) is False:
                continue
            lowered = alembic.lower(operation, schema, settings.database)
            reasons = [problem.reason for problem in lowered.problems]
            if isinstance(operation, NotAnalysedOperation):
                reasons.append(operation.reason)
            if reasons := list(dict.fromkeys(reasons)):
                message = f"{operation.kind} in downgrade() was not fully analysed: {'; '.join(reasons)}."
                yield self.file_finding(found, message, "", objects=tuple(reasons), span=operation.span)
            for statement in (statement for command in lowered.commands for statement in command.statements):
                schema = schema.apply(statement)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        reasons = []
        if isinstance(step.operation, NotAnalysedOperation):
            reasons.append(step.operation.reason)
        reasons += [problem.reason for problem in step.problems]
        if isinstance(step.operation, RunSQL) and step.database:
            reasons += [part.reason for part in step.operation.reverse_sql or () if isinstance(part, Unknown)]
        for executed in step.executed if step.database else ():
            unread = [*self._unread(step, executed.command, step.migration.path)]
            yield from (replace(finding, effects=(executed.effect,)) for finding in unread)
            if not unread and not names_unmade(step, executed):
                reasons += [text for text in executed.effect.unknown if not any(reason in text for reason in reasons)]
        if reasons := list(dict.fromkeys(reasons)):
            message = f"{step.operation.kind} was not fully analysed: {'; '.join(reasons)}."
            yield replace(self.finding(step, message, "", objects=tuple(reasons)), effects=())

    def _unread(self, step: Step, command: Command, path: str) -> Iterator[Finding]:
        """What of the command was not understood; it stands in the file at `path`."""
        for statement in command.statements:
            if isinstance(statement, Unanalysed):
                message = f"The SQL statement '{_shortened(statement.head)}' was not analysed: {statement.reason}."
                found = self.finding(step, message, "", objects=(statement.head,))
                yield replace(found, path=path, span=command.span or found.span, effects=())


def _needs_to_know(step: Step) -> bool:
    """Whether a transaction would make the step fail."""
    return any(failure.kind == "in-transaction" for executed in step.executed for failure in executed.effect.failures)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."
