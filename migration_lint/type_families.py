"""Column types of all engines by what application code sends for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from migration_lint.effects import Call
from migration_lint.model.tables import ColumnType

Family = Literal["number", "text", "boolean", "moment", "other"]

_NUMBERS = frozenset(
    (
        *("tinyint", "smallint", "mediumint", "int", "integer", "bigint", "numeric", "decimal", "real", "float"),
        *("double", "double precision", "oid"),
    )
)
_TEXTS = frozenset(("varchar", "char", "text", "citext", "tinytext", "mediumtext", "longtext", "name"))
_MOMENTS = frozenset(("date", "timestamp", "timestamptz", "datetime"))

# Pairs that application code sends and reads the same way.
_ALIKE = ({"json", "jsonb"}, {"inet", "cidr"})

# Digits before the point; a floating-point number has as many as it likes.
_DIGITS = {"tinyint": 3, "smallint": 5, "mediumint": 7, "int": 10, "integer": 10, "bigint": 19}


def family(column_type: ColumnType) -> Family:
    """The family of a type."""
    if column_type.dimensions:
        return "other"
    if column_type.name in _NUMBERS:
        return "number"
    if column_type.name in _TEXTS:
        return "text"
    if column_type.name in _MOMENTS:
        return "moment"
    return "boolean" if column_type.name in ("boolean", "bool") else "other"


def other_kind(old: ColumnType, new: ColumnType) -> bool:
    """Whether code that knows `old` gets values of another kind from a column of type `new`."""
    if old.dimensions and new.dimensions:
        old, new = replace(old, dimensions=0), replace(new, dimensions=0)
    before, after = family(old), family(new)
    if before != after:
        return True
    if before != "other":
        return False
    if {old.name, new.name} in _ALIKE:
        return False
    return (old.name, old.dimensions) != (new.name, new.dimensions)


def refused_calls(old: ColumnType, new: ColumnType) -> frozenset[Call]:
    """The calls that fail when code which knows `old` sends its values to a column of type `new`.

    Text is sent untyped and parsed as the new type, so what was read from there can be saved again; values of other
    types need a cast that the database applies by itself.
    """
    if old.dimensions and new.dimensions:
        old, new = replace(old, dimensions=0), replace(new, dimensions=0)  # arrays are cast element by element
    before, after = family(old), family(new)
    if after == "text" and not new.dimensions:
        return frozenset()
    if before == after and (before != "other" or (old.name, bool(old.dimensions)) == (new.name, bool(new.dimensions))):
        return frozenset()
    if {old.name, new.name} in _ALIKE:
        return frozenset()
    if before == "text":
        return frozenset(("insert",))
    return frozenset(("insert", "save"))


def narrower(old: ColumnType, new: ColumnType) -> bool:
    """Whether some value of `old` does not fit `new`, a type of the same family."""
    if family(old) == "number":
        return _digits(new) < _digits(old)
    if family(old) == "text":
        return _length(new) < _length(old)
    return False


def _digits(column_type: ColumnType) -> float:
    if column_type.name in _DIGITS:
        return _DIGITS[column_type.name] + (0.5 if column_type.modifier == "unsigned" else 0)
    if column_type.name in ("numeric", "decimal") and column_type.args:
        precision, scale = (*column_type.args, 0)[:2]
        if isinstance(precision, int) and isinstance(scale, int):
            return precision - scale
    return float("inf")


def _length(column_type: ColumnType) -> float:
    if column_type.name in ("varchar", "char") and column_type.args and isinstance(column_type.args[0], int):
        return column_type.args[0]
    return 1 if column_type.name == "char" else float("inf")
