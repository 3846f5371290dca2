"""Values as they stand in a migration's source, resolved as far as one file's text allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True, slots=True)
class Span:
    """A region of a file: lines and columns from 1, columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that could not be resolved: its source text, and why. A rule decides what not knowing means."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A name defined elsewhere: `models.CASCADE` is `Reference("django.db.models", "CASCADE")`.

    Linking replaces a reference into the tree under analysis by what stands there; others stay as they are.
    A name defined in the same file that is no constant (a function, a class) has that file's own module as `module`,
    which the reader writes as the empty string because it does not know where its file lies.
    """

    module: str
    name: str

    @property
    def dotted(self) -> str:
        """The full dotted name."""
        return f"{self.module}.{self.name}" if self.module else self.name


@dataclass(frozen=True, slots=True)
class FileReference:
    """The text of another file; `path` is relative to the folder of the file that reads it, with `/`."""

    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose result matters: `models.Q(a=1)` is `Call(Reference("django.db.models", "Q"), (), (("a", 1),))`.

    Operators on non-constants are calls of the `operator` module: `Q() | Q()` has the function
    `Reference("operator", "or_")`, `~Q()` has `Reference("operator", "invert")`, `F("n") + 1` has `operator.add`.
    """

    function: Reference
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()

    def argument(self, name: str, position: int | None = None) -> Value | Missing:
        """The keyword argument `name`, else the positional one at `position`, else MISSING."""
        for key, value in self.kwargs:
            if key == name:
                return value
        if position is not None and position < len(self.args):
            return self.args[position]
        return MISSING


@dataclass(frozen=True, slots=True)
class Function:
    """A function defined in the same file, or a lambda (`name` is then `<lambda>`)."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Dict:
    """A dictionary display, in source order."""

    items: tuple[tuple[Value, Value], ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """The one value of this class, MISSING, marks an argument that was not given (None is a value)."""

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


class List(tuple["Value", ...]):
    """A list or set: a tuple to all but those who ask whether Python could change it later."""

    __slots__ = ()


Value = Union[None, bool, int, float, str, bytes, tuple["Value", ...], Dict, Reference, Call, Function, Unknown]
"""Tuples are tuples; so are lists and sets, as `List`."""
