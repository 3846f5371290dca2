"""What changes when a column gets a new definition, in terms that MySQL and MariaDB share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from migration_lint.databases.mysql.facts import CHARSET_BYTES, DEFAULT_CHARSET
from migration_lint.model.tables import Column, ColumnType, Default, Index, PrimaryKey, Table, Unique
from migration_lint.model.values import Unknown

INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
CHARACTERS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"})
TEXTS = frozenset({"tinytext", "text", "mediumtext", "longtext"})
BLOBS = frozenset({"tinyblob", "blob", "mediumblob", "longblob"})
_ALIASES = {
    "integer": "int",
    "bool": "tinyint",
    "boolean": "tinyint",
    "numeric": "decimal",
    "dec": "decimal",
    "fixed": "decimal",
    "double precision": "double",
    "real": "double",
    "character": "char",
    "character varying": "varchar",
}
_DEFAULT_ARGS: dict[str, tuple[int | str, ...]] = {
    "bit": (1,),
    "char": (1,),
    "binary": (1,),
    "datetime": (0,),
    "timestamp": (0,),
    "time": (0,),
}

TypeChange = Literal["same", "longer", "labels", "other"]


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """How a column's new definition differs from the old one.

    `type` is `longer` for a varchar or varbinary that grows (or keeps its length in another character set), `labels`
    for an enum or set that gets labels at its end and keeps its size in bytes. `old_bytes` and `new_bytes` are the
    most that a longer value takes. `charset` holds both character sets where they differ. `generated` says that a
    column becomes virtual, or stops being it, which neither server does.
    """

    type: TypeChange = "same"
    old_bytes: int = 0
    new_bytes: int = 0
    charset: tuple[str, str] | None = None
    collation: bool = False
    nullable: bool = False
    not_null: bool = False
    auto_gained: bool = False
    auto_lost: bool = False
    renamed: bool = False
    generated: bool = False


def charset_of(column: Column, table: Table) -> str:
    """The character set of a column's values: its own, its table's, or the default."""
    named = _written_charset(column) or column.collation or table.charset or DEFAULT_CHARSET
    charset = named if named in CHARSET_BYTES else named.partition("_")[0]
    return "utf8mb3" if charset == "utf8" else charset


def _written_charset(column: Column) -> str | None:
    if isinstance(column.type, Unknown) or "charset " not in column.type.modifier:
        return None
    return column.type.modifier.partition("charset ")[2].split()[0]


def canonical(type_: ColumnType) -> ColumnType:
    """The type as the server keeps it: aliases resolved, display widths dropped, implied arguments spelled out."""
    name, args = _ALIASES.get(type_.name, type_.name), type_.args
    if name not in ("enum", "set") and not all(str(arg).isdecimal() for arg in args):
        args = ()  # `varchar(None)`, which no server takes
    if name in INTEGERS or name == "year":
        args = ()
    elif name == "decimal":
        args = (args or (10,)) + (0,) * (2 - len(args or (10,)))
    elif name == "float":
        name, args = ("double" if len(args) == 1 and int(args[0]) > 24 else "float"), ()
    elif name == "double":
        args = ()
    elif not args:
        args = _DEFAULT_ARGS.get(name, ())
    modifier = "unsigned" if "unsigned" in type_.modifier else ""
    return ColumnType(name, args, type_.dimensions, modifier)


def compare(old: Column, new: Column, table: Table) -> ColumnChange | str:
    """What changes from `old` to `new`, or the reason why that cannot be told."""
    if isinstance(old.type, Unknown):
        return f"what type {old.name} had: {old.type.reason}"
    if isinstance(new.type, Unknown):
        return f"what type {new.name} gets: {new.type.reason}"
    before, after = canonical(old.type), canonical(new.type)
    charsets = charset_of(old, table), charset_of(new, table)
    has_text = before.name in CHARACTERS and after.name in CHARACTERS
    type_change, old_bytes, new_bytes = _compare_types(before, after, charsets)
    return ColumnChange(
        type=type_change,
        old_bytes=old_bytes,
        new_bytes=new_bytes,
        charset=charsets if has_text and charsets[0] != charsets[1] else None,
        collation=has_text and charsets[0] == charsets[1] and _collation(old, table) != _collation(new, table),
        nullable=new.nullable and not old.nullable,
        not_null=old.nullable and not new.nullable,
        auto_gained=new.auto is not None and old.auto is None,
        auto_lost=old.auto is not None and new.auto is None,
        renamed=old.name != new.name,
        generated=_is_virtual(old) != _is_virtual(new),
    )


def _is_virtual(column: Column) -> bool:
    return column.generated is not None and not column.generated.stored


def _collation(column: Column, table: Table) -> str:
    """The collation written, or a stand-in for the character set's own."""
    named = column.collation or ""
    return named if named not in CHARSET_BYTES and named else f"default of {charset_of(column, table)}"


def _compare_types(before: ColumnType, after: ColumnType, charsets: tuple[str, str]) -> tuple[TypeChange, int, int]:
    if before.name != after.name or before.modifier != after.modifier:
        return "other", 0, 0
    if before.name in ("varchar", "varbinary") and before.args and after.args:
        width = (1, 1) if before.name == "varbinary" else tuple(CHARSET_BYTES.get(name, 4) for name in charsets)
        old_length, new_length = int(before.args[0]), int(after.args[0])
        if new_length < old_length:
            return "other", 0, 0
        same = before == after and charsets[0] == charsets[1]
        return ("same" if same else "longer"), old_length * width[0], new_length * width[1]
    if before == after:
        return "same", 0, 0
    if before.name in ("enum", "set") and after.args[: len(before.args)] == before.args:
        kept = _label_bytes(before) == _label_bytes(after)
        return ("labels" if kept else "other"), 0, 0
    return "other", 0, 0


def _label_bytes(type_: ColumnType) -> int:
    """Bytes that a value of this enum or set takes in a row."""
    count = len(type_.args)
    if type_.name == "enum":
        return 1 if count <= 255 else 2
    size = -(-count // 8)
    return 8 if size > 4 else size


def is_castable(old: ColumnType, new: ColumnType) -> bool:
    """Whether some value of the old type is one of the new; MariaDB's addresses and UUIDs come from text only."""
    before, after = canonical(old).name, canonical(new).name
    untyped = CHARACTERS | TEXTS | BLOBS | {"binary", "varbinary", "json"}
    if before == after or before in untyped or after in untyped:
        return True
    return not {before, after} & {"uuid", "inet6", "inet4"}


def type_name(column: Column) -> str:
    """The name of a column's type as the server keeps it; empty where it is not known."""
    return "" if isinstance(column.type, Unknown) else canonical(column.type).name


def is_narrower(old: ColumnType, new: ColumnType) -> bool:
    """Whether some value of the old type may be too long or too large for the new one."""
    before, after = canonical(old), canonical(new)
    ranks = ("tinyint", "smallint", "mediumint", "int", "bigint")
    if before.name in INTEGERS and after.name in INTEGERS:
        gets_unsigned = "unsigned" in after.modifier and "unsigned" not in before.modifier
        return gets_unsigned or ranks.index(after.name) < ranks.index(before.name)
    if before.name == after.name == "decimal":
        (old_digits, old_scale), (new_digits, new_scale) = before.args[:2], after.args[:2]
        return int(new_digits) - int(new_scale) < int(old_digits) - int(old_scale)
    sized = {"char", "varchar", "binary", "varbinary"}
    if after.name in sized and before.name in sized and before.args and after.args:
        return int(after.args[0]) < int(before.args[0])
    if after.name in sized and before.name in TEXTS | BLOBS:
        return True
    return before.name == after.name and before.name in ("enum", "set") and not set(before.args) <= set(after.args)


def is_expression(default: Default | Unknown | None) -> bool:
    """Whether MySQL sees an expression rather than a literal or its own CURRENT_TIMESTAMP."""
    return isinstance(default, Default) and default.sql.lstrip().startswith("(")


def reads_columns(default: Default, table: Table) -> bool:
    """Whether a default's expression names another column of its table."""
    without_strings = re.sub(r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\"", " ", default.sql)
    names = {name.lower() for name in re.findall(r"[^\W\d]\w*(?!\w|\s*\()", without_strings)}
    return any(name.lower() in names for name in table.columns)


def indexes_with(table: Table, column: str) -> list[tuple[str, ...]]:
    """The key columns of every index that holds `column`, the primary key's and the constraints' included."""
    keys = [tuple(key.column or "" for key in index.keys) for index in table.indexes.values()]
    keys += [c.columns for c in table.constraints.values() if isinstance(c, (PrimaryKey, Unique))]
    return [key for key in keys if column in key]


def primary_key(table: Table) -> tuple[str, ...] | None:
    """The columns of the primary key."""
    keys = (x.columns for x in table.constraints.values() if isinstance(x, PrimaryKey))
    return next(keys, None)


def clustered_key(table: Table) -> tuple[str, ...] | None:
    """The columns of the key that InnoDB orders the rows by: the primary key, else the first unique one that can't
    be NULL (https://dev.mysql.com/doc/refman/8.4/en/innodb-index-types.html)."""
    if (primary := primary_key(table)) is not None:
        return primary
    unique = [c.columns for c in table.constraints.values() if isinstance(c, Unique)]
    unique += [tuple(key.column or "" for key in i.keys) for i in table.indexes.values() if i.unique]
    for columns in unique:
        if _never_null(columns, table):
            return columns
    return None


def orders_rows(columns: tuple[str, ...], table: Table) -> bool:
    """Whether a new unique key becomes what InnoDB orders the rows by, because the table has had none such."""
    return table.complete and clustered_key(table) is None and _never_null(columns, table)


def _never_null(columns: tuple[str, ...], table: Table) -> bool:
    return all(name in table.columns and not table.columns[name].nullable for name in columns)


def is_primary(table: Table, column: str) -> bool:
    """Whether the column belongs to the primary key."""
    return column in (primary_key(table) or ())


def is_unique(table: Table, column: str) -> bool:
    """Whether a unique key holds the column."""
    keys = [x.columns for x in table.constraints.values() if isinstance(x, (PrimaryKey, Unique))]
    keys += [tuple(key.column or "" for key in index.keys) for index in table.indexes.values() if index.unique]
    return any(column in key for key in keys)


def virtual_places(table: Table) -> dict[str, int]:
    """Where its virtual columns stand among its columns."""
    return {name: place for place, (name, x) in enumerate(table.columns.items()) if _is_virtual(x)}


def row_format(table: Table) -> str:
    """The ROW_FORMAT written, lower case."""
    return (table.row_format or "").lower()


def special_indexes(table: Table, method: str) -> list[Index]:
    """The table's FULLTEXT or SPATIAL indexes."""
    return [index for index in table.indexes.values() if index.method == method]


def has_generated(table: Table, *, stored: bool, indexed: bool = False) -> bool:
    """Whether the table has a stored (or virtual) generated column; with `indexed`, one that an index holds."""
    return any(
        column.generated is not None
        and column.generated.stored is stored
        and (not indexed or bool(indexes_with(table, column.name)))
        for column in table.columns.values()
    )
