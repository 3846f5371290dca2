"""What an expression of a migration evaluates to, as far as its text tells, before it becomes a plain value.

Objects know the node they were written as and the file that node stands in, so that what they become can be pointed
at. Lists and dictionaries are mutable here, because migrations build them step by step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import libcst as cst

    from migration_lint.readers.python.interpreter import Interpreter

Plain: TypeAlias = "bool | int | float | str | bytes | None"


@dataclass(slots=True, eq=False)
class Object:
    """Base of all objects: the node that made it, and the interpreter of the file in which the node stands."""

    node: cst.CSTNode
    home: Interpreter


@dataclass(slots=True, eq=False)
class Constant(Object):
    """`exact` says that a string stands in the file letter by letter, in one literal without escapes."""

    value: Plain
    exact: bool = False


class Entry(NamedTuple):
    """An element of a sequence, and the condition's source under which alone it is there."""

    item: Object
    condition: str | None = None


@dataclass(slots=True, eq=False)
class Sequence(Object):
    """A list, tuple or set."""

    entries: list[Entry]
    mutable: bool = True


@dataclass(slots=True, eq=False)
class Mapping(Object):
    """A dictionary with its items in source order."""

    items: list[tuple[Object, Object]]

    def get(self, key: Plain) -> Object | None:
        """The value of a constant key."""
        for known, value in reversed(self.items):
            if isinstance(known, Constant) and known.value == key and type(known.value) is type(key):
                return value
        return None

    def set(self, key: Object, value: Object) -> None:
        """Bind a key, in its place if it is there already."""
        if isinstance(key, Constant):
            for index, (known, _) in enumerate(self.items):
                if isinstance(known, Constant) and known.value == key.value:
                    self.items[index] = (known, value)
                    return
        self.items.append((key, value))

    def remove(self, key: Plain) -> None:
        """Forget a constant key."""
        self.items = [(k, v) for k, v in self.items if not (isinstance(k, Constant) and k.value == key)]


@dataclass(slots=True, eq=False)
class Outside(Object):
    """A name that another file defines: its dotted path, with leading dots where the import was relative."""

    path: str


@dataclass(slots=True, eq=False)
class Invocation(Object):
    """A call that is not carried out. `why` tells why a function of the same file could not be followed."""

    function: Object
    args: list[Object]
    kwargs: list[tuple[str, Object]]
    why: str = ""


@dataclass(slots=True, eq=False)
class FunctionObject(Object):
    """A function or lambda with the scope it was defined in. `owner` is the class it is defined in."""

    name: str
    scope: Scope
    owner: ClassObject | None = None


@dataclass(slots=True, eq=False)
class ClassObject(Object):
    """A class of the same file; its body is run when an attribute is first asked for."""

    name: str
    scope: Scope
    bases: list[Object]
    body: Scope | None = None


@dataclass(slots=True, eq=False)
class Method(Object):
    """An attribute of an object, about to be called."""

    receiver: Object
    name: str


@dataclass(slots=True, eq=False)
class Super(Object):
    """What `super()` gives inside a class."""


@dataclass(slots=True, eq=False)
class FilePath(Object):
    """A path relative to the folder of the file, with `/`: `__file__` itself has the path `./`. `opened` is set once
    it went through `open`."""

    path: str
    opened: bool = False


@dataclass(slots=True, eq=False)
class Opaque(Object):
    """What could not be resolved, and why."""

    reason: str


@dataclass(slots=True, eq=False)
class Choice(Opaque):
    """One thing or another: each with the condition under which it is that."""

    options: tuple[Entry, ...]


@dataclass(slots=True, eq=False)
class Formatted(Opaque):
    """Text put together from parts that are not all known, in order."""

    parts: tuple[Object, ...]


@dataclass(slots=True, eq=False)
class Element(Object):
    """An element, or a part, of a collection that only running the file tells."""

    source: Object


@dataclass(slots=True, eq=False)
class Scope:
    """Names in force in a module, a class body or a function call.

    `conditions` are those of the enclosing branches. `returned`, `yielded` and `supers` gather what a call gives back
    and the `super().method(…)` calls it made.
    """

    names: dict[str, Object]
    parent: Scope | None = None
    owner: ClassObject | None = None
    is_class: bool = False
    conditions: list[str] = field(default_factory=list)
    returned: list[Entry] = field(default_factory=list)
    yielded: list[Entry] | None = None
    supers: list[tuple[Invocation, str | None]] = field(default_factory=list)

    def condition(self) -> str | None:
        """The conditions in force here as one, None where there is none."""
        return join_conditions(*self.conditions)


def join_conditions(*conditions: str | None) -> str | None:
    """All of the conditions at once, each only once."""
    distinct = list(dict.fromkeys(c for c in conditions if c))
    if len(distinct) < 2:
        return distinct[0] if distinct else None
    return " and ".join(f"({c})" if " or " in c or " if " in c else c for c in distinct)


def negate(condition: str) -> str:
    """The opposite of a condition's source."""
    simple = condition.removeprefix("not ")
    if simple != condition and " " not in simple.strip("()"):
        return simple
    return f"not {condition}" if " " not in condition else f"not ({condition})"
