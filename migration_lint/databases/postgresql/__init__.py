"""PostgreSQL 12 to 18: what each statement locks, how long it works, and when it fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from migration_lint.databases.base import Session
from migration_lint.databases.postgresql import (
    columns,
    constraints,
    indexes,
    objects,
    retyping,
    rows,
    tables,
)
from migration_lint.databases.postgresql.enums import refuse_new_labels
from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.passes import in_passes
from migration_lint.effects import Effect
from migration_lint.layered import Names, put, taken
from migration_lint.model import statements as s
from migration_lint.model.statements import Command, Statement
from migration_lint.schema import Schema

_BLOCK = re.compile(r"\s*do\b", re.IGNORECASE)
OLDEST, NEWEST = 12, 18
"""The major versions whose facts are held here."""


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """One major version of PostgreSQL."""

    version: tuple[int, ...]
    engine: ClassVar[str] = "postgresql"

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"PostgreSQL {self.version[0]}"

    def execute(self, command: Command, before: Schema, session: Session) -> tuple[Effect, Session]:
        """What `command` does to a database that holds `before`, and the session after it.

        The statements of one command are subcommands of one ALTER TABLE: the strongest lock that any of them needs
        is taken first, and their work is done in one pass.
        """
        run = Execution(self.version, before, session, in_block=_BLOCK.match(command.sql) is not None)
        indexes.refuse_several(run, command)
        for statement in in_passes(command):
            refuse_new_labels(run, statement, command.sql)
            session = _after(run, statement, session)
            handler = _HANDLERS.get(type(statement))
            if handler is not None:
                handler(run, statement)
            elif type(statement) not in _SILENT:
                run.unsure(f"what a {type(statement).__name__} does")
            for table in _handed_on(run, statement):
                run.lock_partitions(table)
            run.apply(statement)
            run.session = session
        effect = run.effect()
        rewritten = {work.table for work in effect.work if work.kind == "rewrite" and work.sure}
        if not rewritten <= session.written:
            session = replace(session, written=session.written.plus(sorted(rewritten)))
        return effect, _close(run, session, command)


def _after(run: Execution, statement: Statement, session: Session) -> Session:
    """The session after one statement, its locks apart."""
    match statement:
        case s.TransactionControl(action="begin"):
            return replace(session, transactional=True)
        case s.TransactionControl(action="commit" | "rollback"):
            return Session(transactional=False, variables=session.variables)
        case s.SetVariable(name=name, value=value):
            return replace(session, variables=put(session.variables, name.lower(), value))
        case s.CreateTable(table=table, temporary=False) if run.table(table.name) is None:
            return replace(session, new_tables=session.new_tables.plus((table.name,)))
        case s.RenameTable(table=old, new_name=new):
            return _renamed(session, old, new)
        case s.AlterObject(object_kind="type", action="add value", name=name, values=values):
            return replace(session, new_labels=session.new_labels | {(name, value) for value in values})
        case s.CreateObject(object_kind="type", name=name):
            return replace(session, new_tables=session.new_tables.plus((name,)))
        case _:
            return rows.session_after(session, statement, run.schema)


def _handed_on(run: Execution, statement: Statement) -> tuple[str, ...]:
    """The tables whose partitions the statement reaches as well."""
    match statement:
        case s.Truncate(tables=tables) | s.LockTable(tables=tables):
            return tables
        case s.DropNotNull(table=table, column=name):
            column = run.column(table, name)
            return (table,) if column is not None and not column.nullable else ()
        case s.AddConstraint(only=True):
            return ()
        case _:
            return (statement.table,) if isinstance(statement, _OF_PARTITIONS) else ()


def _renamed(session: Session, old: str, new: str) -> Session:
    def moved(names: Names[str]) -> Names[str]:
        return names.minus((old,)).plus((new,)) if old in names else names

    pending = session.pending
    if old in pending:
        pending = put(taken(pending, old), new, pending[old])
    return replace(session, new_tables=moved(session.new_tables), pending=pending, written=moved(session.written))


def _close(run: Execution, session: Session, command: Command) -> Session:
    """The session with the locks it now holds, or with nothing held outside of a transaction."""
    if any(isinstance(each, s.TransactionControl) for each in command.statements):
        return session
    if not (session.transactional or session.several):
        return Session(transactional=False, variables=session.variables, new_tables=session.new_tables)
    held = run.held()
    if held is session.held and not session.several:
        return session
    for statement in command.statements:
        if isinstance(statement, s.RenameTable) and statement.table in held:
            held = put(taken(held, statement.table), statement.new_name, held[statement.table])
    return replace(session, held=held, several=False)


_HANDLERS: Mapping[type[Statement], Callable[[Execution, Any], None]] = {
    s.CreateTable: tables.create_table,
    s.DropTable: tables.drop_table,
    s.RenameTable: tables.rename_table,
    s.SetTableOption: tables.set_table_option,
    s.AttachPartition: tables.attach_partition,
    s.DetachPartition: tables.detach_partition,
    s.CreateView: tables.create_view,
    s.AddColumn: columns.add_column,
    s.DropColumn: columns.drop_column,
    s.RenameColumn: columns.rename_column,
    s.AlterColumnType: retyping.alter_column_type,
    s.ModifyColumn: columns.modify_column,
    s.SetNotNull: columns.set_not_null,
    s.DropNotNull: columns.drop_not_null,
    s.SetDefault: columns.set_default,
    s.DropDefault: columns.set_default,
    s.SetIdentity: columns.set_identity,
    s.SetColumnOption: columns.set_column_option,
    s.Comment: columns.comment,
    s.CreateIndex: indexes.create_index,
    s.DropIndex: indexes.drop_index,
    s.RenameIndex: indexes.rename_index,
    s.Reindex: indexes.reindex,
    s.AddConstraint: constraints.add_constraint,
    s.DropConstraint: constraints.drop_constraint,
    s.ValidateConstraint: constraints.validate_constraint,
    s.RenameConstraint: constraints.rename_constraint,
    s.AlterConstraint: constraints.alter_constraint,
    s.Insert: rows.insert,
    s.Update: rows.update,
    s.Delete: rows.delete,
    s.Truncate: rows.truncate,
    s.SetConstraints: rows.set_constraints,
    s.LockTable: objects.lock_table,
    s.RefreshMaterializedView: objects.refresh,
    s.Maintenance: objects.maintain,
    s.CreateObject: objects.create_object,
    s.AlterObject: objects.alter_object,
    s.DropObject: objects.drop_object,
    s.Grant: objects.grant,
    s.Query: objects.query,
    s.Unanalysed: objects.unanalysed,
}
_OF_PARTITIONS = (
    s.AddColumn,
    s.DropColumn,
    s.RenameColumn,
    s.AlterColumnType,
    s.SetNotNull,
    s.SetDefault,
    s.DropDefault,
    s.AddConstraint,
    s.DropConstraint,
    s.ValidateConstraint,
    s.RenameConstraint,
)
"""What a partitioned table hands on to its partitions, which are locked as it is."""
_SILENT = (s.Forget, s.Expect, s.SetVariable, s.TransactionControl)
