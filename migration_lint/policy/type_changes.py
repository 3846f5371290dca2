"""The columns whose type a step changes, and what their values lose when it gets smaller, on any engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migration_lint.model.statements import AlterColumnType, ModifyColumn
from migration_lint.model.tables import ColumnType
from migration_lint.replay import Executed, Step
from migration_lint.schema import Schema
from migration_lint.type_families import family, narrower

# MySQL's and MariaDB's texts and blobs, from the smallest; another engine has only one of these names.
_SIZES = {
    f"{size}{kind}": rank for kind in ("text", "blob") for rank, size in enumerate(("tiny", "", "medium", "long"))
}
# Decimal digits that a floating-point number keeps: https://www.postgresql.org/docs/18/datatype-numeric.html
_KEPT = {"real": 6, "float": 6, "double": 15, "double precision": 15}
_DIGITS = {"integer": 10, "int": 10, "bigint": 19}


@dataclass(frozen=True, slots=True)
class TypeChange:
    """One column that gets another type. `lost` is what the new one has no room for."""

    executed: Executed
    table: str
    column: str
    old: ColumnType
    new: ColumnType
    lost: str | None


def type_changes(step: Step) -> Iterator[TypeChange]:
    """The columns in use whose type changes, where both types are known."""
    for executed, statement in step.statements:
        match statement:
            case AlterColumnType(table=table, column=column, type=new):
                pass
            case ModifyColumn(table=table, column=column, definition=definition):
                new = definition.type
            case _:
                continue
        known = executed.before.column(table, column)
        if known is None or step.is_new_column(table, column):
            continue
        if isinstance(known.type, ColumnType) and isinstance(new, ColumnType):
            # What a domain adds to its base type is for the rules on constraints.
            old, new = executed.before.base_type(known.type), executed.before.base_type(new)
            gone = lost(old, new, executed.before)
            # Code sends an enum's labels, whatever the type is called.
            if old != new and (gone or not (_labels(old, executed.before) and _labels(new, executed.before))):
                yield TypeChange(executed, table, column, old, new, gone)


def lost(old: ColumnType, new: ColumnType, schema: Schema) -> str | None:
    """What `new` has no room for, in words that continue `… cannot hold`; None where every value of `old` fits.

    `schema` knows the labels of enums.
    """
    if old.dimensions != new.dimensions:
        return None
    return " or ".join(_lost(old, new, schema)) or None


def _lost(old: ColumnType, new: ColumnType, schema: Schema) -> Iterator[str]:
    if labels := [label for label in _labels(old, schema) if label not in _labels(new, schema)]:
        if _labels(new, schema):
            yield f"the value{'s' if len(labels) > 1 else ''} {', '.join(labels)}"
    elif family(_element(old)) == family(_element(new)) == "number":
        yield from _lost_number(old, new)
    elif narrower(_element(old), _element(new)):
        length = (*new.args, 1)[0]
        yield f"texts longer than {length} character{'' if length == 1 else 's'}"
    elif old.name in _SIZES and new.name in _SIZES and _SIZES[new.name] < _SIZES[old.name]:
        yield f"all that {old.name} can"
    elif old.name.startswith(("timestamp", "datetime")) and new.name in ("date", "time"):
        yield "the time of day" if new.name == "date" else "the date"
    elif old.name == new.name and _is_less(old.args, new.args):
        yield "fractions of a second" if new.name.startswith(("time", "date")) else f"more than {new.args[0]}"


def _element(column_type: ColumnType) -> ColumnType:
    return ColumnType(column_type.name, column_type.args, modifier=column_type.modifier)


def _labels(column_type: ColumnType, schema: Schema) -> tuple[str, ...]:
    """An enum's labels: MySQL writes them with the column, PostgreSQL's types have them."""
    if column_type.name == "enum":
        return tuple(str(label) for label in column_type.args)
    return schema.types.get(column_type.name, ())


def _lost_number(old: ColumnType, new: ColumnType) -> Iterator[str]:
    if narrower(_element(old), _element(new)):
        yield f"numbers beyond the range of {new}"
    if "unsigned" in new.modifier and "unsigned" not in old.modifier:
        yield "negative numbers"
    scale = _scale(new)
    if scale < _scale(old):
        yield f"more than {scale:.0f} decimal{'s' if scale > 1 else ''}" if scale else "decimals"
    elif new.name in _KEPT and _significant(old) > _KEPT[new.name]:
        yield f"more than {_KEPT[new.name]} digits"


def _scale(column_type: ColumnType) -> float:
    if column_type.name in ("numeric", "decimal"):
        scale = (*column_type.args, 0)[1] if column_type.args else None
        return scale if isinstance(scale, int) else float("inf")
    return float("inf") if column_type.name in _KEPT else 0


def _significant(column_type: ColumnType) -> float:
    if column_type.name in _KEPT:
        return _KEPT[column_type.name]
    if column_type.name in ("numeric", "decimal"):
        precision = column_type.args[0] if column_type.args else None
        return precision if isinstance(precision, int) else float("inf")
    return _DIGITS.get(column_type.name, 0)


def _is_less(old: tuple[int | str, ...], new: tuple[int | str, ...]) -> bool:
    """Whether a length, or a precision, goes down."""
    first, second = (old[:1], new[:1])
    return bool(first and second and isinstance(first[0], int) and isinstance(second[0], int) and second[0] < first[0])
