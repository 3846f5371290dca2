"""Which casts PostgreSQL has between types, when it applies them by itself, and which leave the stored bytes alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Context = Literal["automatic", "explicit"]

# pg_cast of PostgreSQL 15 to 18 and of the extension citext: castmethod b.
_BINARY = (
    "text varchar",
    "text char",
    "varchar text",
    "varchar char",
    "citext text",
    "citext varchar",
    "text citext",
    "varchar citext",
    "integer oid",
    "oid integer",
    "cidr inet",
    "bit varbit",
    "varbit bit",
    "xml text",
    "xml varchar",
)
BINARY = frozenset((source, target) for source, target in (pair.split() for pair in _BINARY)) - {("varbit", "bit")}
"""Pairs whose values are stored alike. varbit → bit is one too, but always brings bit's length to be applied."""

NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
STRINGS = ("text", "varchar", "char", "citext", "name")

# pg_cast: castcontext i and a; what PostgreSQL applies by itself when a column changes its type.
_AUTOMATIC: dict[str, Iterable[str]] = {
    "smallint": (*NUMBERS, "oid"),
    "integer": (*NUMBERS, "oid", "money"),
    "bigint": (*NUMBERS, "oid", "money"),
    "numeric": (*NUMBERS, "money"),
    "real": NUMBERS,
    "double precision": NUMBERS,
    "oid": ("integer", "bigint"),
    "money": ("numeric",),
    "bit": ("varbit",),
    "varbit": ("bit",),
    "cidr": ("inet",),
    "inet": ("cidr",),
    "date": ("timestamp", "timestamptz"),
    "timestamp": ("date", "time", "timestamptz"),
    "timestamptz": ("date", "time", "timetz", "timestamp"),
    "time": ("interval", "timetz"),
    "timetz": ("time",),
    "interval": ("time",),
    "json": ("jsonb",),
    "jsonb": ("json",),
    "xml": ("text", "varchar", "char"),
}
# castcontext e; text types reach every type through its input function.
_EXPLICIT: dict[str, Iterable[str]] = {
    "boolean": ("integer",),
    "integer": ("boolean", "bit", "bytea"),
    "bigint": ("bit", "bytea"),
    "smallint": ("bytea",),
    "bytea": ("smallint", "integer", "bigint"),
    "bit": ("integer", "bigint"),
    "jsonb": ("boolean", *NUMBERS),
}
# Types of the manual's chapter 8 and of widespread extensions whose casts are not listed here.
_FOREIGN = frozenset(
    (
        *("hstore", "ltree", "lquery", "cube", "seg", "isbn", "geometry", "geography", "raster"),
        *("vector", "halfvec", "sparsevec", "point", "line", "lseg", "box", "path", "polygon", "circle"),
        *("int4multirange", "int8multirange", "nummultirange", "datemultirange", "tsmultirange", "tstzmultirange"),
        *("macaddr", "macaddr8", "pg_lsn", "jsonpath"),
    )
)
KNOWN = frozenset(
    (
        *_AUTOMATIC,
        *STRINGS,
        *_FOREIGN,
        *("boolean", "bytea", "uuid", "tsvector", "tsquery"),
        *("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"),
    )
)
"""The types that are known to be no domains."""


def context(source: str, target: str) -> Context | None:
    """How `source` becomes `target`: by itself, only where a cast is written, or (None) not at all."""
    if source == target or target in _AUTOMATIC.get(source, ()) or target in STRINGS:
        return "automatic"
    if source in STRINGS or target in _EXPLICIT.get(source, ()) or {source, target} & _FOREIGN:
        return "explicit"
    return None


# Types that one operator family compares with each other, and (castcontext i) what becomes another type of itself.
_COMPARED_AS_THEY_ARE = (
    {"smallint", "integer", "bigint"},
    {"real", "double precision"},
    {"date", "timestamp", "timestamptz"},
    {"text", "varchar", "name"},
    {"inet", "cidr"},
)
_IMPLICIT: dict[str, Iterable[str]] = {
    "smallint": ("integer", "bigint", "numeric", "real", "double precision", "oid"),
    "integer": ("bigint", "numeric", "real", "double precision", "oid"),
    "bigint": ("numeric", "real", "double precision", "oid"),
    "numeric": ("real", "double precision"),
    "real": ("double precision",),
    "text": ("varchar", "char"),
    "varchar": ("text", "char"),
    "char": ("text", "varchar"),
    "citext": ("text", "varchar"),
    "time": ("timetz", "interval"),
    "bit": ("varbit",),
    "varbit": ("bit",),
}
TEXT_OPERATORS = frozenset(("text_pattern_ops", "varchar_pattern_ops", "gin_trgm_ops", "gist_trgm_ops"))
"""Operator classes of text, and of what is stored like it."""


def operators_refused(column_type: str, operator_class: str | None, method: str) -> str | None:
    """What the server says to an index whose column becomes `column_type`; `operator_class` None is the default."""
    if operator_class in TEXT_OPERATORS and column_type in KNOWN - {"text", "varchar", "citext"}:
        return f'operator class "{operator_class}" does not accept data type {column_type}'
    if operator_class is None and method == "btree" and column_type in ("json", "xml", "point"):
        return f'data type {column_type} has no default operator class for access method "btree"'
    return None


def can_refer(child: str, parent: str) -> bool:
    """Whether a foreign key of type `child` can point at a key of type `parent`; unknown types are taken to fit."""
    if child == parent or child not in KNOWN or parent not in KNOWN:
        return True
    if any(child in group and parent in group for group in _COMPARED_AS_THEY_ARE):
        return True
    return parent in _IMPLICIT.get(child, ())
