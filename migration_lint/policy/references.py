"""Names that a migration uses although no migration before it makes them, where the history leaves no doubt of that.

There is doubt as long as anything that changes the schema was not understood, and about whatever belongs to a table
that the history did not make. Nor is a table or index itself doubted because the files at hand do not make it: others
may. Only a name that nearly is one of those they make is taken for misspelt. An index or constraint may have a name
that the database made up; those that look so are left alone.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from migration_lint.advice.sql_text import one_line
from migration_lint.model import statements as s
from migration_lint.model.django import RenameModel, RunSQL, SeparateDatabaseAndState
from migration_lint.model.migration import Migration, NotAnalysed, Operation
from migration_lint.model.sql import SqlMigration, SqlStatement
from migration_lint.model.tables import ForeignKey, PrimaryKey, Table, Unique
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.schema import Schema

Kind = Literal["table", "column", "index", "constraint"]

# Columns that every table has: https://www.postgresql.org/docs/18/ddl-system-columns.html, https://www.sqlite.org/rowidtable.html
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "rowid", "_rowid_"})
_IF_EXISTS = re.compile(r"ALTER (?:FOREIGN )?TABLE IF EXISTS\b", re.IGNORECASE)
# PostgreSQL 18's NOT NULL constraints, and those of MySQL and MariaDB that nobody named.
_MADE_UP = re.compile(r".*_not_null\d*|.*_(?:ibfk|chk)_\d+|constraint_\d+|primary|sys_.*|\$\d+", re.IGNORECASE)
_HIGHEST_COUNT = 10_000
_LIKENESS = 0.85  # one letter more or less in four: `boook` and `book`
_NAMES_COLUMN = (
    s.DropColumn,
    s.RenameColumn,
    s.AlterColumnType,
    s.ModifyColumn,
    s.SetNotNull,
    s.DropNotNull,
    s.SetDefault,
    s.DropDefault,
    s.SetIdentity,
    s.SetColumnOption,
)
_NAMES_CONSTRAINT = (s.DropConstraint, s.ValidateConstraint, s.RenameConstraint, s.AlterConstraint)
_NAMES_TABLE = (*_NAMES_COLUMN, *_NAMES_CONSTRAINT, s.AddColumn, s.AddConstraint, s.DropTable, s.RenameTable)


@dataclass(frozen=True, slots=True)
class Unmade:
    """A name that nothing makes; `known` are those of its kind that the table has."""

    kind: Kind
    name: str
    table: str
    known: tuple[str, ...] = ()


def unmade(step: Step) -> dict[int, Unmade]:
    """The first such name of each command of SQL, by the place of the command in the step."""
    found: dict[int, Unmade] | None = step.worked_out.get("unmade")
    if found is None:
        found = step.worked_out["unmade"] = {}
        if isinstance(step.operation, (SqlStatement, RunSQL)):
            for place, executed in enumerate(step.executed):
                first = next(_of_command(step, executed), None) if executed.sure else None
                if first is not None:
                    found[place] = first
    return found


def names_unmade(step: Step, executed: Executed) -> bool:
    """Whether the command names what nothing makes, so that it fails and does nothing else."""
    return any(step.executed[place] is executed for place in unmade(step))


def _of_command(step: Step, executed: Executed) -> Iterator[Unmade]:
    schema = executed.before
    if _IF_EXISTS.match(one_line(executed.command.sql[:200])):
        return
    for statement in executed.command.statements:
        if not getattr(statement, "if_exists", False):
            yield from _of_statement(step, schema, statement)
        schema = schema.apply(statement)


def _of_statement(step: Step, schema: Schema, statement: s.Statement) -> Iterator[Unmade]:
    match statement:
        case s.DropIndex(name=name, table=owner) | s.RenameIndex(name=name, table=owner):
            yield from _index(step, schema, name, owner)
            return
        case s.CreateIndex(index=index):
            owner = index.table
            columns = [key.column for key in index.keys if key.column is not None] + list(index.include)
        case s.AddConstraint(table=owner, constraint=PrimaryKey() | Unique() | ForeignKey() as constraint):
            columns = list(constraint.columns)
            if isinstance(constraint, ForeignKey) and constraint.to_table != owner:
                yield from _columns(schema.table(constraint.to_table), constraint.to_columns)
        case s.Insert(table=owner):
            columns = list(statement.columns or ())
        case s.Update(table=owner):
            columns = [name for name, _ in statement.columns]
        case s.Comment(table=owner, column=name):
            columns = [name] if name is not None else []
        case _ if isinstance(statement, _NAMES_COLUMN):
            owner, columns = statement.table, [statement.column]
        case _ if isinstance(statement, _NAMES_CONSTRAINT):
            owner, columns = statement.table, []
            yield from _constraint(schema.table(owner), statement.name)
        case _ if isinstance(statement, _NAMES_TABLE):
            owner, columns = statement.table, []
        case _:
            return
    table = schema.table(owner)
    if table is not None:
        yield from _columns(table, columns)
    elif isinstance(statement, (*_NAMES_TABLE, s.CreateIndex)) and _is_misspelt(step, schema, owner, schema.tables):
        yield Unmade("table", owner, owner, tuple(schema.tables))


def _columns(table: Table | None, names: Iterable[str]) -> Iterator[Unmade]:
    if table is None or not table.complete:
        return
    known = {name.lower() for name in table.columns} | _SYSTEM_COLUMNS
    for name in names:
        if name.lower() not in known:
            yield Unmade("column", name, table.name, tuple(table.columns))


def _constraint(table: Table | None, name: str) -> Iterator[Unmade]:
    if table is None or not table.complete or _MADE_UP.fullmatch(name):
        return
    if name.lower() not in {known.lower() for known in (*table.constraints, *table.indexes)}:
        yield Unmade("constraint", name, table.name, tuple(table.constraints))


def _index(step: Step, schema: Schema, name: str, owner: str | None) -> Iterator[Unmade]:
    table = schema.table(owner) if owner else None
    if owner is not None and (table is None or not table.complete):
        return
    plain = name.rpartition(".")[2].lower()
    tables = [table] if table is not None else schema.tables.values()
    known = [index for each in tables for index in (*each.indexes, *each.constraints)]
    if table is None and not _is_misspelt(step, schema, name, known):
        return
    if plain not in {index.rpartition(".")[2].lower() for index in known} and not _MADE_UP.fullmatch(plain):
        yield Unmade("index", name, owner or "", tuple(known))


def _is_misspelt(step: Step, schema: Schema, name: str, known: Iterable[str]) -> bool:
    """Whether a name that the history did not make is nearly one that it made, where it made all the tables."""
    return _knows_tables(step, schema, name) and bool(difflib.get_close_matches(name, known, n=1, cutoff=_LIKENESS))


def _knows_tables(step: Step, schema: Schema, name: str) -> bool:
    """Whether the history made all the tables it has named."""
    if not isinstance(step.operation, SqlStatement) or not _is_counted(step.migration):
        return False
    if not schema.tables or "." in name or name in schema.views:
        return False
    if not all(table.complete for table in schema.tables.values()) or any("." in table for table in schema.tables):
        return False
    return name not in _temporary(step.migration)


def _is_counted(migration: Migration) -> bool:
    """Whether the folder's files are one after another all that there is: a tool runs them, or they are counted.

    Plain files that go by releases or dates are as a rule patches of what another file makes.
    """
    if not isinstance(migration, SqlMigration):
        return False
    return migration.layout != "plain" or (len(migration.version) == 1 and migration.version[0] < _HIGHEST_COUNT)


def _temporary(migration: Migration) -> set[str]:
    """The temporary tables that the migration makes for itself."""
    commands = (operation.command for operation in migration.operations if isinstance(operation, SqlStatement))
    statements = (statement for command in commands for statement in command.statements)
    return {each.table.name for each in statements if isinstance(each, s.CreateTable) and each.temporary}


# What the lowering says of an operation, and the kind of name that it speaks of.
_PROBLEMS: dict[str, Kind] = {
    "no migration of the history creates this model": "table",
    "the history gives the model no such field": "column",
    "the history gives the model no such index": "index",
    "the history gives the model no such constraint": "constraint",
}


def of_models(step: Step, replayed: ReplayedMigration) -> Iterator[tuple[str, Kind]]:
    """What a Django operation names that its application's migrations do not make, as the lowering calls it."""
    if not step.sure or not step.problems or not _is_read_whole(replayed):
        return
    operation = step.operation
    new = f"{replayed.migration.app}.{operation.new_name}" if isinstance(operation, RenameModel) else None
    for problem in step.problems:
        if problem.reason in _PROBLEMS and problem.source != new:
            yield problem.source, _PROBLEMS[problem.reason]


def _is_read_whole(replayed: ReplayedMigration) -> bool:
    """Whether all migrations of the application are there and were understood."""
    app, history = replayed.migration.app, replayed.history
    if any(app in (missing.migration[0], missing.target[0]) for missing in history.missing):
        return False
    own = [migration for (label, _), migration in history.migrations.items() if label == app]
    if history.superseded or any(migration.problems for migration in own):
        return False
    begins = any(not any(d.app == app for d in migration.dependencies) for migration in own)
    return begins and not any(_has_unread(migration.operations) for migration in own)


def _has_unread(operations: Iterable[Operation]) -> bool:
    for operation in operations:
        if isinstance(operation, NotAnalysed):
            return True
        if isinstance(operation, SeparateDatabaseAndState) and _has_unread(
            operation.database_operations + operation.state_operations
        ):
            return True
    return False
