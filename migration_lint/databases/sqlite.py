"""SQLite: one writer at a time, and tables that are copied to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from migration_lint.databases.base import Session
from migration_lint.databases.sqlite_refusals import refusals
from migration_lint.effects import Effect, Failure, Lock, LockMode, Source, Work
from migration_lint.model import statements as s
from migration_lint.schema import Schema

# https://www.sqlite.org/lockingv3.html: one connection writes, to whichever table, and the others wait for it.
WRITE = LockMode("the database's write lock", blocks_reads=False, blocks_writes=True, strength=1)

_SILENT = (s.Forget, s.Expect, s.SetVariable, s.TransactionControl, s.Query, s.SetConstraints, s.Grant)
# What SQLite's ALTER TABLE cannot do, so that the table is made anew, filled and renamed, as Django does
# (https://www.sqlite.org/lang_altertable.html, section 7; django.db.backends.sqlite3.schema, _remake_table).
_REMAKES = (
    s.ModifyColumn,
    s.AlterColumnType,
    s.SetNotNull,
    s.DropNotNull,
    s.SetDefault,
    s.DropDefault,
    s.SetIdentity,
    s.AddConstraint,
    s.DropConstraint,
)


class SQLite:
    """SQLite. All that is said of it is that a change locks the whole database for writing, and for what."""

    engine: ClassVar[str] = "sqlite"

    def __init__(self, version: tuple[int, ...]) -> None:
        self.version = version

    @property
    def title(self) -> str:
        """Such as `SQLite 3.45`."""
        return f"SQLite {'.'.join(map(str, self.version))}"

    def execute(self, command: s.Command, before: Schema, session: Session) -> tuple[Effect, Session]:
        """What `command` does to a database that holds `before`, and the session after it."""
        locks: dict[Lock, None] = {}
        work: list[Work] = []
        unknown: list[str] = []
        failures: list[Failure] = []
        written = command.sql.lstrip()[:11].upper() == "ALTER TABLE"  # Django copies the table instead
        schema = before
        for statement in command.statements:
            if isinstance(statement, s.Unanalysed):
                unknown.append(f"{statement.head}: {statement.reason}")
            for table in _tables(statement, schema):
                locks[Lock(table, WRITE)] = None
                if isinstance(statement, _REMAKES) and table in schema.tables:
                    work.append(Work("rewrite", table, WRITE, why="because SQLite changes no column in place"))
            if written:
                is_new = getattr(statement, "table", None) in session.new_tables
                failures += refusals(statement, schema, is_new=is_new)
            session = _session_after(statement, session)
            schema = schema.apply(statement)
        effect = Effect(
            tuple(locks),
            tuple(dict.fromkeys(work)),
            tuple(failures),
            unknown=tuple(unknown),
            sources=_sources(work or failures),
        )
        held = {lock.table: WRITE for lock in locks} if session.transactional else {}
        return effect, replace(session, held={**session.held, **held})


def _tables(statement: s.Statement, schema: Schema) -> tuple[str, ...]:
    """The tables that the statement writes to."""
    if isinstance(statement, _SILENT):
        return ()
    if isinstance(statement, s.CreateTable):
        return (statement.table.name,)
    if isinstance(statement, s.CreateIndex):
        return (statement.index.table,)
    if isinstance(statement, s.Truncate):
        return statement.tables
    table = getattr(statement, "table", None)
    if table is None and isinstance(statement, (s.DropIndex, s.RenameIndex)):
        table = schema.table_of_index(statement.name)
    return (table,) if isinstance(table, str) else ()


def _session_after(statement: s.Statement, session: Session) -> Session:
    match statement:
        case s.TransactionControl(action="begin"):
            return replace(session, transactional=True)
        case s.TransactionControl(action="commit" | "rollback"):
            return Session(transactional=False, variables=session.variables, new_tables=session.new_tables)
        case s.SetVariable(name=name, value=value):
            return replace(session, variables={**session.variables, name.lower(): value})
        case s.CreateTable(table=table):
            return replace(session, new_tables=session.new_tables.plus((table.name,)))
    return session


def _sources(work: Sequence[object]) -> tuple[Source, ...]:
    return (Source("https://www.sqlite.org/lang_altertable.html"),) if work else ()
