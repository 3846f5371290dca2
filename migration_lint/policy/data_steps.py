"""Which of the commands that a migration sends are about rows, and which change the schema."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.effects import Lock
from migration_lint.model import statements as s
from migration_lint.model.alembic import AlembicSql
from migration_lint.model.django import RunPython, RunSQL
from migration_lint.model.sql import SqlStatement
from migration_lint.replay import Executed, Step

_NO_DDL = (
    s.Delete,
    s.Expect,
    s.Forget,
    s.Grant,
    s.Insert,
    s.LockTable,
    s.Maintenance,
    s.Query,
    s.RefreshMaterializedView,
    s.Reindex,
    s.SetConstraints,
    s.SetVariable,
    s.TransactionControl,
    s.Truncate,
    s.Update,
)
_DDL_WORDS = ("ALTER", "COMMENT", "CREATE", "DROP", "RENAME")


def is_ddl(statement: s.Statement) -> bool:
    """Whether a statement changes the schema; one that was not understood, if it begins as such statements do."""
    if isinstance(statement, s.Unanalysed):
        return statement.head.lstrip().upper().startswith(_DDL_WORDS)
    return not isinstance(statement, _NO_DDL)


def written_tables(step: Step, executed: Executed) -> Iterator[str]:
    """The tables in use whose rows a command of the author's own writes: many, or nobody knows how many.

    What Django writes by itself while it alters a field is that operation's affair.
    """
    if not isinstance(step.operation, (RunPython, RunSQL, SqlStatement, AlembicSql)):
        return
    for statement in executed.command.statements:
        match statement:
            case s.Update(table=table) | s.Delete(table=table) | s.Insert(table=table, rows=None):
                if not step.is_new(table):
                    yield table
            case _:
                pass


def locked_for_schema(step: Step) -> Iterator[Lock]:
    """The locks on tables in use that keep writes out, and that the step takes to change the schema."""
    for executed in step.executed:
        if any(is_ddl(statement) and not _switches(statement) for statement in executed.command.statements):
            for lock in executed.effect.locks:
                if lock.mode.blocks_writes and not step.is_new(lock.table):
                    yield lock


def _switches(statement: s.Statement) -> bool:
    """Whether it turns triggers or rules off and on, which is done for the rows' sake."""
    return isinstance(statement, s.SetTableOption) and statement.option in ("trigger", "rule")


def overwritten(step: Step, update: s.Update) -> tuple[str, ...]:
    """The columns whose values an UPDATE without a WHERE replaces, new ones aside."""
    return tuple(name for name, to in update.columns if to != "itself" and not step.is_new_column(update.table, name))
