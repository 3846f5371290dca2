"""A mapping that is never changed and that shares most of itself with the one it came from."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from math import isqrt
from typing import TypeVar

_Value = TypeVar("_Value")
_FEWEST = 32  # changes that a mapping of any size may carry


class Layered(Mapping[str, _Value]):
    """What `base` holds, with `changes` over it; None there stands for what is gone.

    A history of many tables would otherwise be copied for each change. The changes are laid into a
    base of their own once they are more than the root of its size.
    """

    __slots__ = ("_base", "_changes")

    def __init__(self, base: Mapping[str, _Value], changes: Mapping[str, _Value | None] | None = None) -> None:
        self._base = base
        self._changes = changes or {}

    @classmethod
    def changed(cls, old: Mapping[str, _Value], name: str, value: _Value | None) -> Layered[_Value]:
        """`old` with another value under `name`, or without it."""
        base, changes = (old._base, old._changes) if isinstance(old, Layered) else (old, {})
        changes = {**changes, name: value}
        found = cls(base, changes)
        return found if len(changes) <= max(_FEWEST, isqrt(len(base))) else cls(found._merged())

    def __getitem__(self, name: str) -> _Value:
        value = self._changes[name] if name in self._changes else self._base[name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._merged())

    def __len__(self) -> int:
        return len(self._merged())

    def values(self) -> ValuesView[_Value]:
        """All values; a copy made at once is much faster than asking for each."""
        return self._merged().values()

    def items(self) -> ItemsView[str, _Value]:
        """All names with their values, likewise."""
        return self._merged().items()

    def _merged(self) -> dict[str, _Value]:
        merged = dict(self._base)
        for name, value in self._changes.items():
            if value is None:
                merged.pop(name, None)
            else:
                merged[name] = value
        return merged
