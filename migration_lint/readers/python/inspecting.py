"""What objects tell about themselves: plain values, truth, elements, reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from migration_lint.readers.python.objects import (
    Choice,
    Constant,
    Element,
    Entry,
    Formatted,
    FunctionObject,
    Invocation,
    Mapping,
    Object,
    Opaque,
    Outside,
    Sequence,
    join_conditions,
    negate,
)

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


MAX_TEXT = 10_000_000  # characters of a string and, below, elements of a list: far beyond any migration


MAX_ELEMENTS = 100_000


MAX_PLAIN_DEPTH = 4  # tuples in tuples that are taken for constants
MAX_CHOICES = 16  # alternatives that one name can stand for


MAX_DEPTH = 60  # nested expressions; each costs a few interpreter frames, and no readable migration comes near


def plain(value: Object, depth: int = 0) -> Any:
    """The Python value of a constant or of a tuple of them; Ellipsis where it is not one."""
    if isinstance(value, Constant):
        return value.value
    if not isinstance(value, Sequence) or depth >= MAX_PLAIN_DEPTH:
        return Ellipsis
    values = []
    for item, condition in value.entries:
        part = Ellipsis if condition is not None else plain(item, depth + 1)
        if part is Ellipsis:
            return Ellipsis
        values.append(part)
    return tuple(values)


def truth(value: Object) -> bool | None:
    """Whether a value counts as true, None if that can't be told."""
    if isinstance(value, Constant):
        return bool(value.value)
    if isinstance(value, Sequence):
        if not value.entries:
            return False
        if any(e.condition is None and not isinstance(e.item, Opaque) for e in value.entries):
            return True
        return None
    if isinstance(value, Mapping):
        return bool(value.items)
    return True if isinstance(value, FunctionObject) else None


def why(value: Object) -> str:
    """Why a value is not known, in words."""
    while isinstance(value, Element):
        value = value.source
    match value:
        case Opaque():
            return value.reason
        case Outside() if value.path.startswith("django.conf.settings."):
            return f"{value.path.rpartition('.')[2]} is read from the settings"
        case Outside():
            return f"{value.path.rpartition('.')[2]} comes from another file"
        case Invocation() if value.why:
            return value.why
        case Invocation():
            called = value.function.path if isinstance(value.function, Outside) else "a call"
            return f"it is the result of {called.lstrip('.')}, which only running it tells"
    return "only running it tells its value"


def elements(interpreter: Interpreter, value: Object) -> list[Entry]:
    """The elements of an iterable; one opaque element stands for those that can't be told."""
    value = interpreter.resolve(value)
    if isinstance(value, Sequence):
        return value.entries
    if isinstance(value, Mapping):
        return [Entry(key) for key, _ in value.items]
    if isinstance(value, Choice):
        return [
            Entry(item, join_conditions(outer, condition))
            for option, outer in value.options
            for item, condition in elements(interpreter, option)
        ]
    if isinstance(value, Constant) and isinstance(value.value, str):
        return [Entry(Constant(value.node, value.home, c)) for c in value.value]
    return [Entry(Opaque(value.node, value.home, why(value)))]


def unfinished(value: Object) -> bool:
    """Whether one entry of a sequence stands for any number of elements: those of a loop or comprehension."""
    repeating = (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.BaseSuite)
    items = (entry.item for entry in value.entries) if isinstance(value, Sequence) else ()
    return any(isinstance(item, Opaque) and isinstance(item.node, repeating) for item in items)


def alternatives(value: Object) -> tuple[Entry, ...]:
    """What an element may be, each under its condition."""
    return value.options if isinstance(value, Choice) else (Entry(value),)


def has_key(mapping: Mapping, key: Object) -> bool | None:
    """Whether a dictionary has a key, None if that can't be told."""
    if not isinstance(key, Constant):
        return None
    if mapping.get(key.value) is not None:
        return True
    return False if all(isinstance(k, Constant) for k, _ in mapping.items) else None


def joined(interpreter: Interpreter, node: cst.CSTNode, parts: list[Object]) -> Object:
    """Strings (or bytes) put together, with their parts alone if one of them is not known."""
    values = []
    for part in parts:
        if not isinstance(part, Constant):
            return Formatted(node, interpreter, why(part), tuple(parts))
        values.append(part.value)
    if sum(len(v) for v in values if isinstance(v, (str, bytes))) > MAX_TEXT:
        return interpreter.opaque(node, "it is too large")
    if all(isinstance(v, str) for v in values):
        return Constant(node, interpreter, "".join(v for v in values if isinstance(v, str)))
    if all(isinstance(v, bytes) for v in values):
        return Constant(node, interpreter, b"".join(v for v in values if isinstance(v, bytes)))
    return interpreter.opaque(node, "text and bytes are mixed")


def merged(interpreter: Interpreter, node: cst.CSTNode, condition: str, body: Object, orelse: Object) -> Object:
    """What is one thing under a condition and another without it."""
    if body is orelse:
        return body
    match body, orelse:
        case (Sequence(), Sequence()):
            common = 0
            for first, second in zip(body.entries, orelse.entries, strict=False):
                if first.item is not second.item or first.condition != second.condition:
                    break
                common += 1
            entries = body.entries[:common]
            entries += [Entry(i, join_conditions(condition, c)) for i, c in body.entries[common:]]
            entries += [Entry(i, join_conditions(negate(condition), c)) for i, c in orelse.entries[common:]]
            return Sequence(node, interpreter, entries, body.mutable)
        case (Constant(), Constant()) if body.value == orelse.value and type(body.value) is type(orelse.value):
            return body
        case (Outside(), Outside()) if body.path == orelse.path:
            return body
    options = [Entry(i, join_conditions(condition, c)) for i, c in alternatives(body)]
    options += [Entry(i, join_conditions(negate(condition), c)) for i, c in alternatives(orelse)]
    return Choice(node, interpreter, f"it depends on {condition}", tuple(options[:MAX_CHOICES]))


def relocated(value: Object, node: cst.CSTNode, home: Interpreter, *, inside: bool = False) -> Object:
    """What another file gave, placed where this one names it, with the elements of a list."""
    if value.home is home:
        return value
    match value:
        case Sequence() if not inside:
            entries = [e._replace(item=relocated(e.item, node, home, inside=True)) for e in value.entries]
            return Sequence(node, home, entries, value.mutable)
        case Constant():
            return Constant(node, home, value.value)
        case Invocation() | Opaque():
            return replace(value, node=node, home=home)
    return value
