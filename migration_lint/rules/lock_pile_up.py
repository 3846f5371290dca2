from __future__ import annotations

from collections.abc import Iterator

from migration_lint.advice import sql_files
from migration_lint.advice.sql_text import drop_column
from migration_lint.describing import describe_table
from migration_lint.effects import Work
from migration_lint.model.alembic import AlembicOperation, AlembicSql
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import AddColumn, DropObject, DropTable, RenameTable
from migration_lint.policy.causes import blocking_work
from migration_lint.policy.data_steps import written_tables
from migration_lint.policy.transactions import transactions
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class LockPileUp(Rule):
    """A transaction gathers locks, or works on while it holds one.

    All locks are held until the migration ends. Where two operations lock two tables against reads and writes, the
    first table stays locked while the second lock is waited for; and against an application that takes the two in the
    other order it ends in a deadlock. Where a table is scanned after such a lock, everybody waits for that too, even if
    the work itself would let them go on.

    One table in a migration keeps each lock short; so does `atomic = False`. One operation that needs two tables by
    itself is not found, nor are tables that are dropped; rows that the migration writes itself are the business of
    `mixed-schema-and-data`.
    """

    name = "lock-pile-up"
    family = "locking"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        if settings.database == "postgresql":
            for steps in transactions(migration, settings):
                yield from self._check_transaction(steps)

    def _check_transaction(self, steps: tuple[Step, ...]) -> Iterator[Finding]:
        locked: dict[str, Step] = {}
        gathered = False
        for step in steps:
            names = _new_names(step)
            locked = {names.get(table, table): holder for table, holder in locked.items()}
            found = next(self._works_on(step, locked), None)
            tables = _locked_tables(step)
            added = [table for table in tables if table not in locked]
            if found is None and locked and added and not gathered and not set(tables) & set(locked):
                found, gathered = self._gathered(step, locked, added), True
            if found is not None:
                yield found
            locked |= dict.fromkeys(added, step)

    def _works_on(self, step: Step, locked: dict[str, Step]) -> Iterator[Finding]:
        """Work that no other rule speaks of, under a lock that an operation before this one took."""
        named = {(id(c.executed), c.work) for c in blocking_work(step) if c.rule != self.name}
        for executed, work in _all_work(step):
            if (id(executed), work) in named:
                continue
            holding = [table for table in locked if table in executed.session.held]
            if not holding:
                continue
            if work.table in holding:
                message = (
                    f"{step.operation.kind} {describe_table(executed.effect, work.table, held=executed.session.held)}."
                )
            else:
                names = " and ".join(holding)
                message = (
                    f"{names} stays locked while {step.operation.kind} works on {work.table}: reads and writes wait."
                )
            advice = _apart(step, work.table) or "# Put this operation into a migration of its own, after this one."
            yield self.finding(step, message, advice, objects=(work.table, *holding), executed=executed)

    def _gathered(self, step: Step, locked: dict[str, Step], added: list[str]) -> Finding:
        before = " and ".join(locked)
        message = (
            f"{step.operation.kind} locks {added[0]} while the migration still holds {before}: reads and writes of "
            "all of them wait until it ends."
        )
        advice = _apart(step, added[0]) or f"# Put the operations on {added[0]} into a migration of their own."
        return self.finding(step, message, advice, objects=(*locked, *added))


def _apart(step: Step, table: str) -> str:
    """A statement of SQL in a file of its own."""
    if not isinstance(step.operation, (SqlStatement, AlembicOperation, AlembicSql)):
        return ""
    suffix = f"change_{table}".replace(".", "_").lower()
    sent = [(executed.command.sql, _undone(executed)) for executed in step.executed if executed.command.sql]
    return sql_files.migrations(step, sql_files.Part(suffix, sent))


def _undone(executed: Executed) -> str | None:
    """What undoes a command, where that is plain: a new column goes again."""
    match executed.command.statements:
        case (AddColumn(table=table, column=column),):
            return drop_column(table, column.name)
        case _:
            return None


def _all_work(step: Step) -> Iterator[tuple[Executed, Work]]:
    """The work of a step but for rows that the migration itself writes, of which another rule speaks."""
    for executed, work in step.work:
        if not executed.deferred and not any(written_tables(step, executed)):
            yield executed, work


def _new_names(step: Step) -> dict[str, str]:
    """The tables that a step renames, which stay the same tables."""
    return {s.table: s.new_name for _, s in step.statements if isinstance(s, RenameTable)}


def _locked_tables(step: Step) -> list[str]:
    """The tables in use that a step locks against reads and writes; those that it drops are gone anyway."""
    names = _new_names(step)
    dropped = {s.table for _, s in step.statements if isinstance(s, DropTable)}
    dropped |= {s.name for _, s in step.statements if isinstance(s, DropObject)}
    tables = (
        names.get(lock.table, lock.table)
        for executed in step.executed
        for lock in executed.effect.locks
        if lock.mode.blocks_reads and lock.mode.blocks_writes
    )
    return [table for table in dict.fromkeys(tables) if table not in dropped and not step.is_new(table)]
