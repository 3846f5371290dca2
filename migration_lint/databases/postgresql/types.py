"""What changing a column's type does to the rows: nothing, or a rewrite of the table; and whether it is possible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from migration_lint.databases.postgresql import casts
from migration_lint.model import column_types
from migration_lint.model.tables import ColumnType

Rewrite = Literal["no", "yes", "unless UTC", "unknown"]
Labels = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TypeChange:
    """What a change of type means.

    `same_operators` says that an index of the column sorts as before, so that it is kept where the rows are.
    `refused` is the server's word where it has no cast. `rows` is the kind of failure single values give, and the
    condition they meet. `merges` says that values which differ may become equal.
    """

    rewrite: Rewrite
    same_operators: bool = True
    refused: str | None = None
    refusal_kind: str = "invalid-cast"
    rows: tuple[str, str] | None = None
    merges: bool = False


def type_change(column: str, old: ColumnType, new: ColumnType, using: str | None, types: Labels) -> TypeChange:
    """The change of `column` from `old` to `new`; `using` is the USING expression, `types` the schema's own types.

    The server rewrites the table unless the expression, once simplified, is the column itself: casts between types
    that are stored alike fall away, and so do lengths that every stored value is known to fit
    (`ATColumnChangeRequiresRewrite` in its source; every pair of the common types is measured).
    """
    if (wrong := wrong_arguments(new)) is not None:
        return TypeChange("no", refused=wrong, refusal_kind="invalid-definition")
    written = () if using is None else _written_casts(using, column)
    if written is None:
        return TypeChange("yes", same_operators=False, merges=True)
    rewrite: Rewrite = "no"
    source = old
    for target in (*written, new):
        explicit = target is not new or target in written
        if (refusal := _refusal(column, source, target, explicit, types)) is not None:
            return TypeChange("yes", refused=refusal)
        rewrite = _worse(rewrite, _step(source, target, types))
        source = target
    rows = _refused_rows(column, old, new, bool(written))
    if rows is None and types.get(new.name) and not set(types.get(old.name, ())) <= set(types[new.name]):
        rows = "invalid-cast", f"some {column} is no valid {new}"
    merges = any(_merges(one, other) for one, other in pairwise((old, *written, new)))
    return TypeChange(rewrite, _same_operators(old, new), rows=rows, merges=merges)


def wrong_arguments(column_type: ColumnType) -> str | None:
    """What the server says to a length or precision that is no number."""
    numeric = column_type.name in ("varchar", "char", "numeric", "bit", "varbit", *_PRECISE)
    for arg in column_type.args if numeric else ():
        if not isinstance(arg, int):
            return f'invalid input syntax for type integer: "{arg}"'
    return None


def _worse(one: Rewrite, other: Rewrite) -> Rewrite:
    order: tuple[Rewrite, ...] = ("no", "unless UTC", "unknown", "yes")
    return max(one, other, key=order.index)


def _step(source: ColumnType, target: ColumnType, types: Labels) -> Rewrite:
    """What one cast costs."""
    if source.name == target.name and bool(source.dimensions) == bool(target.dimensions):
        return "no" if _keeps_length(source, target) else "yes"
    if source.dimensions or target.dimensions:
        return "yes"
    if _may_be_domain(source, types) or _may_be_domain(target, types):
        return "unknown"
    if (source.name, target.name) in casts.BINARY:
        return "no" if not _has_length(target) else "yes"
    if {source.name, target.name} == {"timestamp", "timestamptz"} and target.args in ((), (_FULL_PRECISION,)):
        return "unless UTC"
    return "yes"


_FULL_PRECISION = 6
_PRECISE = ("time", "timetz", "timestamp", "timestamptz", "interval")


def _has_length(column_type: ColumnType) -> bool:
    """Whether values are fitted to a length; `char` and `bit` alone mean a length of 1."""
    return bool(column_type.args) or column_type.name in ("char", "bit")


def _keeps_length(old: ColumnType, new: ColumnType) -> bool:
    """Whether all values of `old` are known to fit `new`, a type of the same name, unchanged."""
    if (old.args, old.modifier) == (new.args, new.modifier):
        return True
    if not _has_length(new) and not new.modifier:
        return True
    if old.dimensions or old.modifier != new.modifier:
        return False
    before, after = _numbers(old), _numbers(new)
    if new.name in ("varchar", "varbit"):
        return bool(before) and after[0] >= before[0]
    if new.name == "numeric":
        return bool(before) and _scale(before) == _scale(after) and after[0] >= before[0]
    if new.name in _PRECISE:
        return after[0] >= _FULL_PRECISION or (bool(before) and after[0] >= before[0])
    return False


def _numbers(column_type: ColumnType) -> tuple[int, ...]:
    return tuple(arg for arg in column_type.args if isinstance(arg, int))


def _scale(args: tuple[int, ...]) -> int:
    return args[1] if len(args) > 1 else 0


def _may_be_domain(column_type: ColumnType, types: Labels) -> bool:
    """Whether the type may be a domain, whose base type and constraints are not known; an enum has labels."""
    name = column_type.name
    return name not in casts.KNOWN and not types.get(name)


def _refusal(column: str, source: ColumnType, target: ColumnType, explicit: bool, types: Labels) -> str | None:
    """The server's word where it has no cast from `source` to `target`, or has one that must be written."""
    if source.name == target.name and bool(source.dimensions) == bool(target.dimensions):
        return None
    if _may_be_domain(source, types) or _may_be_domain(target, types):
        return None
    names = [
        "array" if each.dimensions and not other.dimensions else each.name
        for each, other in ((source, target), (target, source))
    ]
    context = casts.context(*names)
    if context == "automatic" or (context == "explicit" and explicit):
        return None
    if explicit:
        return f"cannot cast type {source} to {target}"
    return f'column "{column}" cannot be cast automatically to type {target}'


def _same_operators(old: ColumnType, new: ColumnType) -> bool:
    """Whether the default operator class of an index stays the same."""
    names = {old.name, new.name}
    return len(names) == 1 or names == {"text", "varchar"} or names == {"cidr", "inet"}


def _refused_rows(column: str, old: ColumnType, new: ColumnType, cast: bool) -> tuple[str, str] | None:
    """The kind of failure and the values that bring it about. A written cast to varchar(n) cuts off instead."""
    if old.dimensions or new.dimensions:
        return None
    if old.name in casts.STRINGS:
        if new.name not in casts.STRINGS:
            return "invalid-cast", f"some {column} is no valid {new}"
        if new.name in ("varchar", "char") and _has_length(new) and not cast and not _keeps_text(old, new):
            length = _numbers(new)[0] if new.args else 1
            return "too-long", f"some {column} is longer than {length} characters"
    elif new.name in casts.NUMBERS and _digits(new) < _digits(old):
        return "out-of-range", f"some {column} is out of the range of {new}"
    return None


def _merges(old: ColumnType, new: ColumnType) -> bool:
    """Whether two different values of `old` can be one of `new`: by rounding, cutting off, or another equality."""
    if old == new:
        return False
    if old.name in casts.NUMBERS and new.name in casts.NUMBERS:
        return _decimals(new) < _decimals(old) or new.name in ("real", "double precision")
    if new.name == "citext" or (new.name in casts.STRINGS and old.name in casts.STRINGS):
        return new.name in ("citext", "char") or (bool(new.args) and not _keeps_text(old, new))
    return not (old.name == new.name and _keeps_length(old, new)) and new.name not in casts.STRINGS


def _decimals(column_type: ColumnType) -> int:
    """How many digits after the point a number can have."""
    if column_type.name == "numeric" and column_type.args:
        return _scale(_numbers(column_type))
    return 1000 if column_type.name in ("numeric", "real", "double precision") else 0


def _keeps_text(old: ColumnType, new: ColumnType) -> bool:
    return bool(old.args) and old.name != "citext" and _numbers(new)[:1] >= _numbers(old)[:1]


def _digits(column_type: ColumnType) -> int:
    """How many digits before the point a number can have; other types have none."""
    if column_type.name == "numeric":
        args = _numbers(column_type)
        return args[0] - _scale(args) if args else 1000
    widths = {"smallint": 5, "integer": 10, "bigint": 19, "real": 38, "double precision": 308}
    return widths.get(column_type.name, 0)


_CAST = re.compile(r"(?P<inner>.*)::\s*(?P<type>[^:()']+(?:\([\d\s,]+\))?[^:()']*)", re.DOTALL)


def _written_casts(using: str, column: str) -> tuple[ColumnType, ...] | None:
    """The types that a USING expression casts the bare column to, in order; None where it does anything else."""
    text = _without_parentheses(using.strip())
    if text == f'"{column}"' or text.lower() == column.lower():
        return ()
    if text.lower().startswith("cast") and (match := re.fullmatch(r"cast\s*\((.*)\s+as\s+(.*)\)", text, re.I | re.S)):
        inner, written = match.groups()
    elif match := _CAST.fullmatch(text):
        inner, written = match["inner"], match["type"]
    else:
        return None
    before = _written_casts(inner, column)
    return None if before is None else (*before, column_types.parse(written, "postgresql"))


def _without_parentheses(text: str) -> str:
    while text.startswith("(") and text.endswith(")") and _balanced(text[1:-1]):
        text = text[1:-1].strip()
    return text


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0
