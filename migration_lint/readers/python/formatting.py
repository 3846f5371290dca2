"""Text put together from constants: `%`, `format`, f-strings and the methods of strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from string import Formatter
from typing import TYPE_CHECKING, Any

import libcst as cst

from migration_lint.readers.python.inspecting import elements, joined, plain, why
from migration_lint.readers.python.library import attempt
from migration_lint.readers.python.literals import decode
from migration_lint.readers.python.objects import Constant, Formatted, Invocation, Mapping, Object, Sequence
from migration_lint.readers.python.words import words

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


MAX_WORK = 50_000_000  # length of a template times that of its longest argument


WIDE_FORMAT = re.compile(r"[:%.]\D{0,4}\d{4,}|%[^a-z%]*\*")


CONVERSION = re.compile(r"%(?:\((?P<key>[^)]*)\))?[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|%%")


CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}


TEXT_METHODS = frozenset(
    words(
        "strip lstrip rstrip lower upper title capitalize casefold swapcase replace split rsplit "
        "splitlines partition rpartition startswith endswith removeprefix removesuffix encode isdigit "
        "isidentifier count find index"
    )
)


def percent_format(interpreter: Interpreter, node: cst.CSTNode, text: str, right: Object) -> Object:
    """`text % values`."""
    values: Any
    if isinstance(right, Mapping):
        values = {plain(k): plain(interpreter.resolve(v)) for k, v in right.items}
        unknown = next((v for _, v in right.items if plain(interpreter.resolve(v)) is Ellipsis), None)
    elif isinstance(right, Sequence):
        items = [interpreter.resolve(e.item) for e in right.entries]
        values = tuple(plain(i) for i in items)
        unknown = next((i for i in items if plain(i) is Ellipsis), None)
    else:
        values, unknown = plain(right), right if plain(right) is Ellipsis else None
    if unknown is not None:
        return Formatted(node, interpreter, why(unknown), tuple(percent_parts(interpreter, node, text, right)))
    parts = values.values() if isinstance(values, dict) else values if isinstance(values, tuple) else (values,)
    longest = max((len(v) for v in parts if isinstance(v, str)), default=1)
    if WIDE_FORMAT.search(text) or len(text) * longest > MAX_WORK:
        return interpreter.opaque(node, "its format can't be told from the text")
    return attempt(interpreter, node, lambda: text % values)


def percent_parts(interpreter: Interpreter, node: cst.CSTNode, text: str, right: Object) -> Iterator[Object]:
    """The parts of `text % values`."""
    given = [e.item for e in right.entries] if isinstance(right, Sequence) else [right]
    position = end = 0
    for match in CONVERSION.finditer(text):
        yield Constant(node, interpreter, text[end : match.start()])
        end = match.end()
        if match[0] == "%%":
            yield Constant(node, interpreter, "%")
        elif isinstance(right, Mapping):
            yield right.get(match["key"]) or right
        else:
            yield interpreter.resolve(given[min(position, len(given) - 1)]) if given else right
            position += 1
    yield Constant(node, interpreter, text[end:])


def format_parts(
    interpreter: Interpreter, node: cst.CSTNode, text: str, args: list[Object], kwargs: dict[str, Object]
) -> Iterator[Object]:
    """The parts of `text.format(…)`."""
    position = 0
    for literal, name, _, _ in Formatter().parse(text):
        yield Constant(node, interpreter, literal)
        if name is None:
            continue
        key = re.split(r"[.\[]", name, maxsplit=1)[0] or str(position)
        position += 1
        if key.isdigit():
            yield args[int(key)] if int(key) < len(args) else interpreter.opaque(node, f"there is no argument {key}")
        else:
            yield kwargs.get(key) or interpreter.opaque(node, f"there is no argument {key}")


def format_value(value: Any, conversion: str | None, spec: str, debug: bool) -> str | None:
    """A hole of an f-string, None if it can't be told."""
    if debug or re.search(r"\d{4,}", spec):
        return None
    try:
        return format(CONVERSIONS[conversion](value) if conversion else value, spec)
    except (ValueError, TypeError):
        return None


def text_method(interpreter: Interpreter, text: str, name: str, invocation: Invocation) -> Object:
    """Methods of a constant string."""
    node, args = invocation.node, [interpreter.resolve(a) for a in invocation.args]
    if name == "join" and len(args) == 1:
        parts: list[Object] = []
        for item, condition in elements(interpreter, args[0]):
            if condition is not None:
                return interpreter.opaque(node, f"it depends on {condition}")
            parts += [interpreter.resolve(item), Constant(node, interpreter, text)]
        return joined(interpreter, node, parts[:-1] if parts else [Constant(node, interpreter, "")])
    kwargs = {k: interpreter.resolve(v) for k, v in invocation.kwargs}
    for value in [*args, *kwargs.values()]:
        if plain(value) is not Ellipsis:
            continue
        if name == "format":
            return template(interpreter, node, text, args, kwargs, why(value))
        return interpreter.opaque(node, why(value))
    values = [plain(a) for a in args]
    longest = max((len(v) for v in (*values, *map(plain, kwargs.values())) if isinstance(v, str)), default=1)
    if len(text) * longest > MAX_WORK:
        return interpreter.opaque(node, "it is too large")
    if name == "format" and not WIDE_FORMAT.search(text) and not re.search(r"\{\w*[.\[]", text):
        return attempt(interpreter, node, lambda: text.format(*values, **{k: plain(v) for k, v in kwargs.items()}))
    if name in TEXT_METHODS and not kwargs:
        return attempt(interpreter, node, lambda: getattr(text, name)(*values))
    return interpreter.opaque(node, f"what .{name}() gives can't be told")


def template(
    interpreter: Interpreter, node: cst.CSTNode, text: str, args: list[Object], kwargs: dict[str, Object], reason: str
) -> Object:
    """`text.format(…)` where not all that is filled in is known."""
    try:
        parts = tuple(format_parts(interpreter, node, text, args, kwargs))
    except ValueError as error:
        return interpreter.opaque(node, f"it fails: {error}")
    return Formatted(node, interpreter, reason, parts)


def format_text(text: str, raw: bool, quote: str) -> str:
    """The literal text of an f-string between its holes."""
    text = text.replace("{{", "{").replace("}}", "}").replace("\r\n", "\n")
    if raw or "\\" not in text:
        return text
    value = decode(quote + text + quote)
    return value if isinstance(value, str) else text
