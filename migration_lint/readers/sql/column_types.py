"""Column types as SQL writes them."""

from __future__ import annotations

from migration_lint.model.column_types import mysql_type, postgresql_type
from migration_lint.model.tables import ColumnType
from migration_lint.readers.sql.cursor import Tokens
from migration_lint.readers.sql.lexing import words

# Extensions' types are the same ones in whatever schema the extension was put.
_EXTENSION_TYPES = words(
    """citext hstore ltree lquery cube geometry geography vector halfvec sparsevec raster isbn uri"""
)
_SECOND_WORDS = {
    "CHARACTER": "VARYING",
    "CHAR": "VARYING",
    "NCHAR": "VARYING",
    "BIT": "VARYING",
    "DOUBLE": "PRECISION",
    "LONG": "VARCHAR",
}
_INTERVAL_FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def read_type(cursor: Tokens) -> ColumnType:
    """Read a type: its name, arguments, array dimensions and modifiers."""
    name, quoted = _read_name(cursor)
    args = _read_arguments(cursor)
    if cursor.family == "mysql":
        return _mysql_type(cursor, name, args)
    modifier = ""
    if name in ("time", "timestamp"):
        name += "tz" if _with_time_zone(cursor) else ""
    elif name == "interval":
        modifier = _interval_fields(cursor)
        args = args or _read_arguments(cursor)
    dimensions = _read_dimensions(cursor)
    if cursor.family == "sqlite" or quoted:
        return ColumnType(name, args, dimensions)
    return postgresql_type(name, args, dimensions, modifier)


def _read_name(cursor: Tokens) -> tuple[str, bool]:
    """The type's name in lower case where it is not quoted, and whether it was."""
    if cursor.accept("SETOF"):
        pass
    first = cursor.current
    if first.kind == "quoted":
        return cursor.name().removeprefix("pg_catalog."), True
    name = cursor.name()
    if first.word == "NATIONAL":
        first = cursor.current
        name = cursor.name()
    name = name.lower().removeprefix("pg_catalog.")
    schema, _, last = name.rpartition(".")
    if schema and last in _EXTENSION_TYPES:
        name = last
    second = _SECOND_WORDS.get(first.word)
    if second and cursor.accept(second):
        name = "varchar" if first.word in ("CHARACTER", "CHAR", "NCHAR") else f"{name} {second.lower()}"
    if cursor.family == "sqlite":
        while cursor.current.word in ("UNSIGNED", "BIG", "INT", "INTEGER", "VARYING", "PRECISION", "CHARACTER"):
            name += " " + cursor.next().text.lower()
    return name, False


def _read_arguments(cursor: Tokens) -> tuple[int | str, ...]:
    if not cursor.looking_at("("):
        return ()
    args: list[int | str] = []
    sign = ""
    for token in cursor.parenthesised():
        if token.word == "-":
            sign = "-"
        elif token.word not in (",", "CHAR", "BYTE"):
            text = sign + token.text
            sign = ""
            if token.kind == "number" and token.text.isdigit():
                args.append(int(text))
            else:
                args.append(cursor.fold(token) if token.kind != "string" else text[1:-1].replace("''", "'"))
    return tuple(args)


def _with_time_zone(cursor: Tokens) -> bool:
    if cursor.accept("WITH", "TIME", "ZONE"):
        return True
    cursor.accept("WITHOUT", "TIME", "ZONE")
    return False


def _interval_fields(cursor: Tokens) -> str:
    fields: list[str] = []
    while word := cursor.accept_any(*_INTERVAL_FIELDS, *(("TO",) if fields else ())):
        fields.append(word.lower())
    return " ".join(fields)


def _read_dimensions(cursor: Tokens) -> int:
    dimensions = 0
    if cursor.accept("ARRAY"):
        dimensions = 1
        if cursor.accept("["):
            cursor.next()
            cursor.expect("]")
    while cursor.accept("["):
        dimensions += 1
        if not cursor.accept("]"):
            cursor.next()
            cursor.expect("]")
    return dimensions


def _mysql_type(cursor: Tokens, name: str, args: tuple[int | str, ...]) -> ColumnType:
    if name == "serial":
        # SERIAL stands for BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE.
        return ColumnType("bigint", modifier="unsigned")
    modifiers = []
    while True:
        if cursor.accept("UNSIGNED"):
            modifiers.append("unsigned")
        elif cursor.accept_any("SIGNED", "BINARY", "ASCII", "UNICODE", "BYTE"):
            continue
        elif cursor.accept("ZEROFILL"):
            if "unsigned" not in modifiers:
                modifiers.append("unsigned")
        elif cursor.accept("CHARACTER", "SET") or cursor.accept("CHARSET"):
            cursor.accept("=")
            modifiers.append("charset " + cursor.next().text.strip("'\"`").lower())
        else:
            return mysql_type(name, args, modifiers)
