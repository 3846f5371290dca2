from __future__ import annotations

from collections.abc import Iterator

from migration_lint.effects import Lock
from migration_lint.model.statements import Delete, Insert, Update
from migration_lint.policy import table_sizes
from migration_lint.policy.data_steps import locked_for_schema, written_tables
from migration_lint.policy.transactions import transactions
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

PENDING = "pending-trigger-events"
_ADVICE = "# Put the change of rows into a migration of its own, {where} this one."


class MixedSchemaAndData(Rule):
    """One transaction changes both rows and the schema.

    Where the schema is changed first, its lock is held until all rows are written. Where rows come first, they stay
    locked, and what the migration wrote is lost, if the change of the schema has to wait too long and fails. And where
    the rows have a foreign key that is checked at the end of the transaction, as all of Django's are, PostgreSQL
    refuses to alter the table in between: the migration fails with "pending trigger events".

    A migration of its own for the rows keeps both short; `atomic = False` parts them too, but leaves half of the work
    done if it fails. Tables that the same release creates are left alone, and so are a few rows written out.
    """

    name = "mixed-schema-and-data"
    family = "data-migration"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        refused = next(_refused(migration), None)
        if refused is not None:
            yield self._refusal(migration, *refused)
            return
        for steps in transactions(migration, settings):
            yield from self._mixture(steps, settings)

    def _refusal(self, migration: ReplayedMigration, step: Step, executed: Executed, reason: str) -> Finding:
        waiting = executed.session.pending.keys()
        writer = next(
            each
            for each in migration.steps
            for _, statement in each.statements
            if isinstance(statement, (Delete, Insert, Update)) and statement.table in waiting
        )
        who = "it" if writer is step else writer.operation.kind
        message = (
            f"{step.operation.kind} fails when it runs: {reason}. The foreign keys of the rows that {who} has written "
            "are checked only when the transaction ends."
        )
        todo = _ADVICE.format(where="before or after")
        return self.finding(step, message, todo, objects=(reason,), executed=executed, severity=Severity.ERROR)

    def _mixture(self, steps: tuple[Step, ...], settings: Settings) -> Iterator[Finding]:
        locked: tuple[Step, Lock] | None = None
        written: tuple[Step, Executed, str] | None = None
        for step in steps:
            for executed in step.executed:
                table = next(written_tables(step, executed), None)
                if table is not None and locked is not None:
                    yield self._rows_under_lock(step, executed, table, *locked, settings)
                    return
                if table is not None and written is None:
                    written = (step, executed, table)
            lock = next(locked_for_schema(step), None)
            if lock is not None and written is not None:
                yield self._lock_after_rows(step, lock.table, *written, settings)
                return
            if lock is not None and locked is None:
                locked = (step, lock)

    def _rows_under_lock(
        self, step: Step, executed: Executed, table: str, holder: Step, lock: Lock, settings: Settings
    ) -> Finding:
        held = lock.table
        waiting = "reads and writes of it wait" if lock.mode.blocks_reads else "writes to it wait"
        message = (
            f"{step.operation.kind} writes rows of {table} while the transaction still holds {held}, which "
            f"{holder.operation.kind} has locked: {waiting} until all rows are written."
        )
        severity = table_sizes.adjusted(self.severity, (table, held), settings)
        todo = _ADVICE.format(where="after")
        return self.finding(step, message, todo, objects=(table, held), executed=executed, severity=severity)

    def _lock_after_rows(
        self, step: Step, held: str, writer: Step, executed: Executed, table: str, settings: Settings
    ) -> Finding:
        message = (
            f"{writer.operation.kind} writes rows of {table} in the transaction in which {step.operation.kind} then "
            f"locks {held}: the rows stay locked meanwhile, and all of it is undone if the lock cannot be had."
        )
        severity = table_sizes.adjusted(self.severity, (table, held), settings)
        todo = _ADVICE.format(where="before")
        return self.finding(writer, message, todo, objects=(table, held), executed=executed, severity=severity)


def _refused(migration: ReplayedMigration) -> Iterator[tuple[Step, Executed, str]]:
    """The first command that the database refuses because foreign keys are still to be checked."""
    for step in migration.steps:
        for executed in step.executed:
            for failure in executed.effect.failures:
                if failure.kind == PENDING and failure.rows is None:
                    yield step, executed, failure.message
