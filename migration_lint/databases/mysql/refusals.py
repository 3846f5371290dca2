"""What MySQL and MariaDB refuse, always or for certain rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migration_lint.databases.mysql import columns as c
from migration_lint.databases.mysql.server import Alteration, Server
from migration_lint.effects import Failure
from migration_lint.model.tables import Check, Column, Constraint, ForeignKey, Index, PrimaryKey, Table, Unique
from migration_lint.model.values import Unknown


def for_rows(server: Server, kind: str, what: str, rows: str) -> Failure:
    """The refusal of `what` when `rows` holds."""
    return Failure(kind, f"{server.name} refuses {what} where {rows}", rows=rows)


def duplicates(server: Server, name: str, columns: tuple[str, ...]) -> Failure:
    """A unique key over columns whose values are not."""
    return for_rows(server, "duplicates", name, f"two rows have the same {' and '.join(columns)}")


def new_unique_column(server: Server, column: Column) -> Iterator[Failure]:
    """A unique column whose value is the same in all rows that are already there."""
    if not column.nullable or column.default is not None:
        yield for_rows(server, "duplicates", f"the unique {column.name}", "the table has two rows or more")


def violated(server: Server, check: Check) -> Failure:
    """A CHECK that a row does not satisfy."""
    return for_rows(server, "check-violated", check.name, f"{check.sql} is false in some row")


def orphans(server: Server, key: ForeignKey, added: dict[str, Column]) -> Iterator[Failure]:
    """A foreign key to a row that is not there; a column that is new and NULL in every row refers to none."""
    if any(name in added and added[name].nullable and added[name].default is None for name in key.columns):
        return
    rows = f"{' and '.join(key.columns)} of some row is not in {key.to_table}"
    yield for_rows(server, "foreign-key-violated", key.name, rows)


def second_primary_key(server: Server, alteration: Alteration) -> Iterator[Failure]:
    """ADD PRIMARY KEY to a table that keeps the one it has."""
    if alteration.keeps_primary_key:
        yield Failure("invalid-definition", f"{server.name} refuses a second primary key for {alteration.table.name}")


def auto_columns(server: Server, alteration: Alteration) -> Iterator[Failure]:
    """A second AUTO_INCREMENT column, or one that no key leads with any more."""
    auto = [x.name for x in alteration.after.columns.values() if x.auto is not None and alteration.after.complete]
    if len(auto) > 1:
        yield Failure("invalid-definition", f"{server.name} refuses AUTO_INCREMENT for both {' and '.join(auto)}")
    elif auto and auto[0] not in alteration.added_columns and not is_covered(alteration.after, (auto[0],)):
        yield Failure("invalid-definition", f"{server.name} refuses AUTO_INCREMENT for {auto[0]} without a key")


def reads_auto_column(server: Server, name: str, columns: Iterable[str], table: Table) -> Iterator[Failure]:
    """A CHECK or a stored column over a column that numbers the rows itself."""
    for column in columns:
        if column in table.columns and table.columns[column].auto is not None:
            yield Failure("invalid-definition", f"{server.name} refuses {name}: {column} is AUTO_INCREMENT")


def other_type(server: Server, key: ForeignKey, alteration: Alteration) -> Iterator[Failure]:
    """A foreign key between columns of different types; strings may differ in length."""
    parent = alteration.after if key.to_table == alteration.table.name else alteration.schema.tables.get(key.to_table)
    for name, to_name in zip(key.columns, key.to_columns, strict=False):
        column, target = alteration.after.columns.get(name), parent.columns.get(to_name) if parent else None
        if column is None or target is None or isinstance(column.type, Unknown) or isinstance(target.type, Unknown):
            continue
        types = [c.canonical(column.type), c.canonical(target.type)]
        if len({(x.name.removeprefix("var"), x.modifier) for x in types}) > 1:
            message = f"{server.name} refuses {key.name}: {name} is {types[0]}, {to_name} of {key.to_table} {types[1]}"
            yield Failure("invalid-definition", message)


def dropped_column(server: Server, name: str, alteration: Alteration) -> Iterator[Failure]:
    """DROP COLUMN of a column that something else stands on."""
    table = alteration.table
    for other in table.columns.values():
        reads = other.generated is not None and name in other.generated.columns
        if reads and other.name not in alteration.dropped_columns:
            yield _dependent(server, f"to drop {name}: the generated column {other.name} reads it")
    for constraint in table.constraints.values():
        if constraint.name not in alteration.dropped_constraints and (
            why := _holds(server, constraint, name, alteration)
        ):
            yield _dependent(server, f"to drop {name}: {why}")
    for other_table, key in alteration.schema.references_to(table.name) if alteration.checks_keys else ():
        if name in key.to_columns and other_table != table.name:
            yield _dependent(server, f"to drop {name}: the foreign key {key.name} of {other_table} refers to it")


def _holds(server: Server, constraint: Constraint, column: str, alteration: Alteration) -> str | None:
    """Why the constraint keeps the column from being dropped; None where it goes with it."""
    if isinstance(constraint, ForeignKey) and column in constraint.columns and alteration.checks_keys:
        return f"the foreign key {constraint.name} needs it"
    if isinstance(constraint, Check):
        columns = constraint.columns or frozenset()
    elif isinstance(constraint, (PrimaryKey, Unique)) and server.keeps_keys_whole:
        columns = frozenset(constraint.columns)
    else:
        return None
    stays = columns - alteration.dropped_columns
    return f"{constraint.name} is over {' and '.join(sorted(stays))} too" if column in columns and stays else None


def dropped_index(server: Server, name: str, columns: tuple[str, ...], alteration: Alteration) -> Iterator[Failure]:
    """DROP INDEX of the only index that a foreign key can use."""
    needed = [(key.name, key.columns) for key in _foreign_keys(alteration.after)]
    needed += [(key.name, key.to_columns) for _, key in alteration.schema.references_to(alteration.table.name)]
    for key_name, key_columns in needed:
        if columns[: len(key_columns)] == key_columns and not is_covered(alteration.after, key_columns):
            yield _dependent(server, f"to drop {name}: the foreign key {key_name} needs it")


def modified(
    server: Server, change: c.ColumnChange, old: Column, new: Column, alteration: Alteration
) -> Iterator[Failure]:
    """MODIFY to a definition that some value, or a foreign key, does not allow."""
    if change.generated:
        yield Failure("invalid-definition", f"{server.name} refuses to change how {old.name} is generated")
    if change.not_null:
        yield for_rows(server, "null-values", "NOT NULL", f"{old.name} is NULL in some row")
    if change.type != "other" or isinstance(old.type, Unknown) or isinstance(new.type, Unknown):
        return
    if not c.is_castable(old.type, new.type):
        yield Failure("invalid-cast", f"{server.name} refuses to make {new.type} of {old.type}")
    elif c.is_narrower(old.type, new.type):
        yield for_rows(server, "too-long", str(new.type), f"a value of {old.name} does not fit into it")
    elif c.canonical(old.type).name in c.CHARACTERS and c.canonical(new.type).name not in c.CHARACTERS:
        yield for_rows(server, "invalid-cast", str(new.type), f"a value of {old.name} is none")
    if not alteration.checks_keys:
        return
    keys = [key for key in _foreign_keys(alteration.table) if old.name in key.columns]
    keys += [key for _, key in alteration.schema.references_to(alteration.table.name) if old.name in key.to_columns]
    for key in keys:
        if key.name not in alteration.dropped_constraints:
            yield _dependent(server, f"another type for {old.name}: the foreign key {key.name} uses it")


def is_covered(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether an index leads with these columns."""
    return any(key[: len(columns)] == columns for key in c.indexes_with(table, columns[0])) if columns else False


def key_columns(index: Index) -> tuple[str, ...]:
    """The columns that an index is over; an expression counts as a column without a name."""
    return tuple(key.column or "" for key in index.keys)


def _dependent(server: Server, what: str) -> Failure:
    return Failure("dependent-object", f"{server.name} refuses {what}")


def _foreign_keys(table: Table) -> list[ForeignKey]:
    return [x for x in table.constraints.values() if isinstance(x, ForeignKey)]
