"""Mappings and sets that are never changed, and that share most of themselves with those they came from."""

from __future__ import annotations

from collections.abc import Hashable, ItemsView, Iterable, Iterator, Mapping, Set, ValuesView
from typing import Any, Final, TypeVar, overload

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_Other = TypeVar("_Other")
_FEWEST = 32  # entries up to which a plain dictionary is copied, which is the fastest there is
_RATIO = 8  # how many times larger than the layer above it a layer is, at least
_GONE: Final[Any] = object()


class Layered(Mapping[_Key, _Value]):
    """Dictionaries laid over each other, the newest and smallest first.

    A history of many tables would otherwise be copied for each change. A layer that is no longer much smaller than the
    one below it is laid into that one, so that n changes cost n log n entries, in time and in memory for all that came
    between them, and a look into it costs log n. A name that goes and comes back may keep its place in the order.
    """

    __slots__ = ("_layers", "_length")

    def __init__(self, layers: tuple[dict[_Key, _Value], ...], length: int) -> None:
        self._layers = layers
        self._length = length

    def __getitem__(self, name: _Key) -> _Value:
        for layer in self._layers:
            if name in layer:
                value = layer[name]
                if value is _GONE:
                    break
                return value
        raise KeyError(name)

    @overload
    def get(self, name: _Key, /) -> _Value | None: ...
    @overload
    def get(self, name: _Key, /, default: _Value | _Other) -> _Value | _Other: ...
    def get(self, name: _Key, /, default: _Value | _Other | None = None) -> _Value | _Other | None:
        """The value under `name`, or `default`."""
        for layer in self._layers:
            if name in layer:
                value = layer[name]
                return default if value is _GONE else value
        return default

    def __contains__(self, name: object) -> bool:
        for layer in self._layers:
            if name in layer:
                return layer[name] is not _GONE
        return False

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._merged())

    def __len__(self) -> int:
        return self._length

    def values(self) -> ValuesView[_Value]:
        """All values; a copy made at once is much faster than asking for each."""
        return self._merged().values()

    def items(self) -> ItemsView[_Key, _Value]:
        """All names with their values, likewise."""
        return self._merged().items()

    def _merged(self) -> dict[_Key, _Value]:
        merged: dict[_Key, _Value] = {}
        for layer in reversed(self._layers):
            merged.update(layer)
        return {name: value for name, value in merged.items() if value is not _GONE}


def put(old: Mapping[_Key, _Value], name: _Key, value: _Value) -> Mapping[_Key, _Value]:
    """`old` with `value` under `name`."""
    if len(old) < _FEWEST and isinstance(old, dict):
        return {**old, name: value}
    return _changed(old, name, value, len(old) + (name not in old))


def taken(old: Mapping[_Key, _Value], name: _Key) -> Mapping[_Key, _Value]:
    """`old` without `name`."""
    if name not in old:
        return old
    if len(old) <= _FEWEST:
        return {other: value for other, value in old.items() if other != name}
    return _changed(old, name, _GONE, len(old) - 1)


def _changed(old: Mapping[_Key, _Value], name: _Key, value: _Value, length: int) -> Layered[_Key, _Value]:
    below = _layers(old)
    top = {name: value}
    while below and (len(below[0]) <= _FEWEST // 2 or len(top) * _RATIO > len(below[0])):
        top, below = {**below[0], **top}, below[1:]
    if not below:
        top = {name: value for name, value in top.items() if value is not _GONE}
    return Layered((top, *below), length)


def _layers(mapping: Mapping[_Key, _Value]) -> tuple[dict[_Key, _Value], ...]:
    if isinstance(mapping, Layered):
        return mapping._layers
    return (mapping if isinstance(mapping, dict) else dict(mapping),)


def differing(old: Mapping[_Key, _Value], new: Mapping[_Key, _Value]) -> Iterator[_Key]:
    """The names under which the two hold different objects, or only one of them holds any.

    Where one came from the other, only what was changed between them is looked at.
    """
    if old is new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from [name for name, value in old.items() if new.get(name, _GONE) is not value]
        yield from [name for name in new if name not in old]
        return
    olds, news = _layers(old), _layers(new)
    shared = 0
    while shared < min(len(olds), len(news)) and olds[-1 - shared] is news[-1 - shared]:
        shared += 1
    names = dict.fromkeys(name for layers in (olds, news) for layer in layers[: len(layers) - shared] for name in layer)
    for name in names:
        if old.get(name, _GONE) is not new.get(name, _GONE):
            yield name


class Names(Set[_Key]):
    """A set kept in the same way."""

    __slots__ = ("_held",)

    def __init__(self, names: Iterable[_Key] = ()) -> None:
        self._held: Mapping[_Key, None] = dict.fromkeys(names)

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"Names({list(self._held)})"

    __hash__ = Set._hash

    def plus(self, names: Iterable[_Key]) -> Names[_Key]:
        """The set with `names` in it as well."""
        held = self._held
        for name in names:
            if name not in held:
                held = put(held, name, None)
        return self._holding(held)

    def minus(self, names: Iterable[_Key]) -> Names[_Key]:
        """The set without `names`."""
        held = self._held
        for name in names:
            held = taken(held, name)
        return self._holding(held)

    def _holding(self, held: Mapping[_Key, None]) -> Names[_Key]:
        if held is self._held:
            return self
        made: Names[_Key] = Names.__new__(Names)
        made._held = held
        return made
