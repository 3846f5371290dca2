"""Which calls of the release still serving stop working: what its ORM sends against what the database then accepts.

The running release selects, inserts and saves every column it knows of a table, and deletes with a collector that
first looks for rows of other tables which refer to the deleted one. The calls of `databases.md`'s measured records
are predicted from that; which of them really broke was measured with Django on PostgreSQL 15 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.effects import Break, Call
from migration_lint.layered import differing
from migration_lint.model import statements as s
from migration_lint.model.tables import (
    Check,
    Column,
    ColumnType,
    Constraint,
    Default,
    Exclusion,
    ForeignKey,
    Index,
    NotNull,
    PrimaryKey,
    Table,
    Unique,
)
from migration_lint.schema import Schema
from migration_lint.type_families import narrower, refused_calls

_ALL: frozenset[Call] = frozenset(("select", "insert", "save", "delete"))
_READ_AND_WRITE: frozenset[Call] = frozenset(("select", "insert", "save"))
_WRITE: frozenset[Call] = frozenset(("insert", "save"))
_INSERT: frozenset[Call] = frozenset(("insert",))
_DELETE: frozenset[Call] = frozenset(("delete",))


def broken_calls(released: Schema, before: Schema, after: Schema, command: s.Command) -> tuple[Break, ...]:
    """The calls of the running release, which knows the schema `released`, that `command` breaks.

    `before` and `after` are the schema around the command; both may hold what earlier steps of the same release made.
    """
    renamed = {each.table: each.new_name for each in command.statements if isinstance(each, s.RenameTable)}
    moved = {
        (each.table, each.column): each.new_name for each in command.statements if isinstance(each, s.RenameColumn)
    }
    breaks: dict[Break, None] = {}
    for name in dict.fromkeys(_touched(command)):
        known = _known_table(released, before, name)
        if known is None:
            continue
        old, new = before.table(name) or known, after.table(name)
        if new is None or name in renamed:
            if before.table(name) is not None or name in renamed or _drops(command, name):
                breaks.update(dict.fromkeys(_lost_table(released, known, renamed.get(name))))
            continue
        for found in _changed_table(released, known, old, new, moved, after):
            breaks[found] = None
    return tuple(breaks)


def _touched(command: s.Command) -> Iterator[str]:
    """The tables that the command's statements name."""
    for statement in command.statements:
        match statement:
            case s.CreateIndex(index=index):
                yield index.table
            case _:
                name = getattr(statement, "table", None)
                if isinstance(name, str):
                    yield name


def _drops(command: s.Command, table: str) -> bool:
    return any(isinstance(each, s.DropTable) and each.table == table for each in command.statements)


def _known_table(released: Schema, before: Schema, name: str) -> Table | None:
    """The table as the running release knows it; one that no migration made may well be in use."""
    known = released.table(name)
    if known is not None:
        return known if known.running else None
    present = before.table(name)
    return None if present is not None and present.complete else Table(name, {}, complete=False)


def _lost_table(released: Schema, known: Table, new_name: str | None) -> Iterator[Break]:
    """The table goes or gets another name: all calls on it fail, and deleting what it refers to."""
    what = f"{known.name} is renamed to {new_name}" if new_name else f"{known.name} is dropped"
    yield Break(known.name, None, _ALL, what)
    for key in _foreign_keys(known):
        if key.to_table != known.name:
            yield from _lost_reference(released, known, key, what)


def _lost_reference(released: Schema, child: Table, key: ForeignKey, what: str) -> Iterator[Break]:
    parent = released.table(key.to_table)
    if parent is not None and parent.running:
        yield Break(parent.name, None, _DELETE, f"it looks for rows of {child.name} first, and {what}")


def _changed_table(
    released: Schema, known: Table, old: Table, new: Table, moved: dict[tuple[str, str], str], after: Schema
) -> Iterator[Break]:
    new_names = set(moved.values())
    for name in differing(old.columns, new.columns):
        column, changed = old.columns.get(name), new.columns.get(name)
        if _is_known(known, name):
            if column is not None and changed is None:
                yield from _lost_column(released, known, known.columns[name], moved.get((old.name, name)))
            elif column is not None and changed is not None:
                yield from _changed_column(known, known.columns[name], column, changed, after)
        elif changed is not None and name not in new_names and _needs_value(changed):
            if column is not None and _needs_value(column):
                continue
            yield Break(known.name, name, _INSERT, f"{name} is NOT NULL without a default of the database's")
    for name in differing(old.constraints, new.constraints):
        constraint = new.constraints.get(name)
        if constraint is not None and constraint != old.constraints.get(name):
            yield from _new_constraint(known, constraint, after)
    for name in differing(old.indexes, new.indexes):
        index = new.indexes.get(name)
        if index is not None and index.unique and name not in old.indexes:
            yield from _new_unique(known, new, name, _index_columns(index))


def _is_known(known: Table, column: str) -> bool:
    """Whether the running release selects and sends the column."""
    found = known.columns.get(column)
    return found.running if found is not None else False


def _needs_value(column: Column) -> bool:
    return not column.nullable and column.default is None and column.auto is None and column.generated is None


def _lost_column(released: Schema, known: Table, column: Column, new_name: str | None) -> Iterator[Break]:
    name = column.name
    what = f"{known.name}.{name} is renamed to {new_name}" if new_name else f"{known.name}.{name} is dropped"
    # An INSERT asks for the value of a generated column back (RETURNING).
    calls = frozenset[Call](("select", "insert")) if column.generated is not None else _READ_AND_WRITE
    key = next((each for each in known.constraints.values() if isinstance(each, PrimaryKey)), None)
    yield Break(known.name, name, _ALL if key is not None and name in key.columns else calls, what)
    for foreign_key in _foreign_keys(known):
        if name in foreign_key.columns:
            yield from _lost_reference(released, known, foreign_key, what)


def _changed_column(owner: Table, known: Column, old: Column, new: Column, after: Schema) -> Iterator[Break]:
    """A column that the running release sends takes less than before."""
    table, name = owner.name, new.name
    if old.nullable and not new.nullable and known.nullable and not _refused_null(owner, name):
        yield Break(table, name, _WRITE, f"{name} no longer takes NULL", edge=True)
    if new.generated is not None and old.generated is None:
        yield Break(table, name, _WRITE, f"{name} is generated and takes no value")
    if not new.nullable and known.auto is not None and _needs_value(new):
        yield Break(table, name, _INSERT, f"{name} is no longer filled by the database")
    elif old.default is not None and known.default is not None and _needs_value(new):
        yield Break(table, name, _INSERT, f"{name} has lost the default that it had in the database", edge=True)
    if isinstance(old.type, ColumnType) and isinstance(new.type, ColumnType) and old.type != new.type:
        if known.auto is not None:
            return
        if after.types.get(old.type.name) and after.types.get(new.type.name):
            return  # enums, of which code sends the labels
        if calls := refused_calls(after.base_type(old.type), after.base_type(new.type)):
            yield Break(table, name, calls, f"{name} is {new.type} and refuses values of {old.type}")
        elif narrower(old.type, new.type):
            yield Break(table, name, _WRITE, f"{name} is only {new.type}", edge=True)


def _refused_null(known: Table, column: str) -> bool:
    """Whether a constraint, valid for old rows or not, kept new NULLs out already."""
    for constraint in known.constraints.values():
        if isinstance(constraint, NotNull) and constraint.column == column:
            return True
        if isinstance(constraint, Check) and column in constraint.not_null and constraint.enforced:
            return True
    return False


def _new_constraint(known: Table, constraint: Constraint, after: Schema) -> Iterator[Break]:
    match constraint:
        case Unique(name=name, columns=columns) | PrimaryKey(name=name, columns=columns):
            yield from _new_unique(known, after.tables[known.name], name, columns)
        case Check(enforced=True) if not _had_check(known, constraint):
            columns_read = constraint.columns
            if columns_read is None or any(_is_known(known, column) for column in columns_read):
                yield Break(known.name, None, _WRITE, f"{constraint.name} refuses values that break it", edge=True)
        case Exclusion(name=name, columns=read) if name not in known.constraints:
            if read is None or any(_is_known(known, column) for column in read):
                yield Break(known.name, None, _WRITE, f"{name} refuses rows that conflict", edge=True)
        case NotNull(column=column, validated=False) if _is_known(known, column) and known.columns[column].nullable:
            yield Break(known.name, column, _WRITE, f"{column} no longer takes NULL", edge=True)
        case ForeignKey():
            yield from _new_foreign_key(known, constraint, after)
        case _:
            pass


def _had_check(known: Table, check: Check) -> bool:
    return any(isinstance(each, Check) and each.sql == check.sql for each in known.constraints.values())


def _new_unique(known: Table, new: Table, name: str, columns: tuple[str, ...]) -> Iterator[Break]:
    """Columns that the running release does not send are NULL, which is no duplicate, or have one default for all."""
    if _had_unique(known, columns):
        return
    sent = [column for column in columns if _is_known(known, column)]
    unsent = [new.columns[column] for column in columns if column in new.columns and column not in sent]
    if not all(isinstance(column.default, Default) for column in unsent):
        return
    listed = ", ".join(columns)
    if sent or not columns:
        yield Break(known.name, None, _WRITE, f"{name} refuses a second row with the same {listed}", edge=True)
    elif unsent:
        yield Break(known.name, None, _INSERT, f"each new row gets the same {listed}, which {name} refuses")


def _had_unique(known: Table, columns: tuple[str, ...]) -> bool:
    for constraint in known.constraints.values():
        if isinstance(constraint, (Unique, PrimaryKey)) and set(constraint.columns) == set(columns):
            return True
    return any(
        index.unique and index.where is None and set(_index_columns(index)) == set(columns)
        for index in known.indexes.values()
    )


def _index_columns(index: Index) -> tuple[str, ...]:
    return tuple(key.column for key in index.keys if key.column is not None)


def _new_foreign_key(known: Table, key: ForeignKey, after: Schema) -> Iterator[Break]:
    """The running release knows the columns, but not that they must name rows of the other table.

    Where it has a relation there already, without a constraint (`db_constraint=False`), it seldom writes others.
    """
    if not all(_is_known(known, column) for column in key.columns):
        return
    had = [old for old in _foreign_keys(known) if old.columns == key.columns]
    if any(old.to_table == key.to_table or after.table(old.to_table) is None for old in had):
        return
    columns = ", ".join(key.columns)
    edge = not had and _is_relation(known, key)
    yield Break(known.name, key.columns[0], _INSERT, f"{columns} must be a row of {key.to_table}", edge=edge)
    what = f"rows of {known.name} refer to it, which the running release does not know"
    yield Break(key.to_table, None, _DELETE, what, edge=True)


def _is_relation(known: Table, key: ForeignKey) -> bool:
    """Whether the framework made an index for the columns because they refer to rows of another table."""
    return any(
        index.implicit == "foreign key" and _index_columns(index) == key.columns for index in known.indexes.values()
    )


def _foreign_keys(table: Table) -> Iterator[ForeignKey]:
    for constraint in table.constraints.values():
        if isinstance(constraint, ForeignKey):
            yield constraint
