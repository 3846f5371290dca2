"""What SQLite's ALTER TABLE refuses (https://www.sqlite.org/lang_altertable.html; each measured on SQLite 3.40)."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.effects import Failure
from migration_lint.model import statements as s
from migration_lint.model.tables import Column, Default, ForeignKey, PrimaryKey, Table, Unique
from migration_lint.schema import Schema, index_columns


def refusals(statement: s.Statement, schema: Schema, *, is_new: bool) -> Iterator[Failure]:
    """Why the server takes no such statement; `is_new` says that the table has no rows yet."""
    match statement:
        case s.AddColumn():
            yield from _not_added(statement, is_new=is_new)
        case s.DropColumn(table=name, column=column):
            table = schema.table(name)
            if table is not None and column in table.columns:
                yield from _kept(table, column)
        case _:
            pass


def _not_added(statement: s.AddColumn, *, is_new: bool) -> Iterator[Failure]:
    for constraint in statement.constraints:
        if isinstance(constraint, (PrimaryKey, Unique)):
            kind = "UNIQUE" if isinstance(constraint, Unique) else "PRIMARY KEY"
            yield Failure("invalid-definition", f"SQLite cannot add a {kind} column")
    if is_new:
        return
    column = statement.column
    if column.generated is not None and column.generated.stored:
        yield Failure("invalid-definition", "SQLite cannot add a STORED column to a table with rows")
    if _is_computed(column):
        yield Failure("invalid-definition", "SQLite cannot add a column with non-constant default to a table with rows")
    if column.default is not None and any(isinstance(each, ForeignKey) for each in statement.constraints):
        yield Failure(
            "invalid-definition", "SQLite cannot add a REFERENCES column with non-NULL default to a table with rows"
        )


def _is_computed(column: Column) -> bool:
    return isinstance(column.default, Default) and bool(column.default.functions)


def _kept(table: Table, column: str) -> Iterator[Failure]:
    """A column can't be dropped while something reads it; other constraints of the column alone go with it."""
    for constraint in table.constraints.values():
        if isinstance(constraint, (PrimaryKey, Unique)) and column in constraint.columns:
            kind = "UNIQUE" if isinstance(constraint, Unique) else "PRIMARY KEY"
            yield Failure("dependent-object", f"SQLite cannot drop the {kind} column {column}")
    for index in table.indexes.values():
        if column in index_columns(index):
            yield Failure("dependent-object", f"SQLite cannot drop {column} while the index {index.name} reads it")
    for other in table.columns.values():
        if other.generated is not None and column in other.generated.columns:
            yield Failure("dependent-object", f"SQLite cannot drop {column} while the column {other.name} reads it")
