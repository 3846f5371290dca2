"""SQL that a function puts together and sends: the parts of its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import libcst as cst

from migration_lint.model.functions import QuotedName, TableName
from migration_lint.model.values import Unknown
from migration_lint.readers.django.things import Model, thing
from migration_lint.readers.python.inspecting import why
from migration_lint.readers.python.objects import (
    Choice,
    Constant,
    Formatted,
    Invocation,
    Method,
    Object,
    Outside,
    join_conditions,
)

PASSED_ON = ("textwrap.dedent", "inspect.cleandoc", "builtins.str", "django.utils.safestring.mark_safe")
NUMBERS = ("builtins.int", "builtins.len", "builtins.round", "builtins.abs")
QUOTING = ("quote_name", "quote_value", "quote_literal", "mogrify", "quote_ident")
COMPOSED = ("psycopg.sql.", "psycopg2.sql.", "psycopg2.extensions.")

Part = str | TableName | QuotedName | Unknown


@dataclass(frozen=True, slots=True)
class Text:
    """A text in its parts; `formatted` says that values go into it that nobody quotes. `condition` is the source of
    the condition under which it is this text."""

    parts: tuple[Part, ...]
    formatted: bool = False
    condition: str | None = None


def texts(value: Object) -> Iterator[Text]:
    """What an argument that is to be SQL may be."""
    if isinstance(value, Choice):
        for option, condition in value.options:
            for text in texts(option):
                yield replace(text, condition=join_conditions(condition, text.condition))
        return
    parts: list[Part] = []
    formatted = False
    pieces = list(flat(value))
    for piece in pieces:
        if isinstance(piece, Constant) and isinstance(piece.value, (str, int, float)):
            parts.append(str(piece.value))
            continue
        found, safe = hole(piece)
        parts.append(found)
        formatted |= not safe and len(pieces) > 1
    yield Text(tuple(merged(parts)), formatted)


def merged(parts: list[Part]) -> Iterator[Part]:
    """The parts with neighbouring texts put together."""
    pending = ""
    for part in parts:
        if isinstance(part, str):
            pending += part
            continue
        if pending:
            yield pending
        pending = ""
        yield part
    if pending:
        yield pending


def flat(value: Object, depth: int = 0) -> Iterator[Object]:
    """The pieces of formatted text, those of its parts included."""
    match value:
        case Formatted(parts=parts) if depth < 20:
            for part in parts:
                yield from flat(part, depth + 1)
        case Invocation(function=Outside(path="operator.add"), args=[left, right]) if depth < 20:
            yield from flat(left, depth + 1)
            yield from flat(right, depth + 1)
        case Invocation(function=Outside(path=path), args=[inner, *_]) if path in PASSED_ON and depth < 20:
            yield from flat(inner, depth + 1)
        case Method(receiver=receiver, name="strip" | "rstrip" | "lstrip"):
            yield receiver
        case _:
            yield value


def hole(value: Object) -> tuple[Part, bool]:
    """What goes into a hole of a text, and whether that can't be more than a name, a number or a value."""
    name = table_name(value)
    if name is not None:
        return name, True
    match value:
        case Invocation(function=Outside(path=path)) if path.endswith(".quote_name"):
            return quoted(value)
        case Invocation(function=Method(name="quote_name")):
            return quoted(value)
        case Invocation(function=Outside(path=path)):
            safe = path in NUMBERS or path.startswith(COMPOSED) or path.endswith(QUOTING)
            return unknown(value), safe
        case Invocation(function=Method(name=name_called)) if name_called in QUOTING:
            return unknown(value), True
    return unknown(value), is_placeholders(value.node)


def quoted(call: Invocation) -> tuple[Part, bool]:
    """`quote_name(…)`."""
    given = [*call.args, *(value for _, value in call.kwargs)]
    inner = given[0] if given else call
    name = table_name(inner)
    if name is not None:
        return replace(name, quoted=True), True
    if isinstance(inner, Constant) and isinstance(inner.value, str):
        return QuotedName(inner.value), True
    return unknown(call), True


def table_name(value: Object) -> TableName | None:
    """`Model._meta.db_table`, or `Model._meta.get_field("x").column`."""
    match value:
        case Method(receiver=Method(receiver=owner, name="_meta"), name="db_table"):
            return of_model(thing(owner), None)
        case Method(
            receiver=Invocation(
                function=Method(receiver=Method(receiver=owner, name="_meta"), name="get_field"),
                args=[Constant(value=str() as field), *_],
            ),
            name="column",
        ):
            return of_model(thing(owner), field)
    return None


def of_model(model: object, field: str | None) -> TableName | None:
    """The table's name, or the column's."""
    return TableName(model.app, model.name, field) if isinstance(model, Model) else None


def unknown(value: Object) -> Unknown:
    """A value that only running the function tells."""
    return value.home.unknown(value, why(value))


def is_placeholders(node: cst.CSTNode) -> bool:
    """Whether an expression gives nothing but placeholders: `", ".join(["%s"] * len(values))`."""
    while isinstance(node, cst.Subscript):  # `("%s, " * n)[:-2]`
        node = node.value
    match node:
        case cst.BinaryOperation(left=cst.SimpleString(value=text), operator=cst.Multiply()):
            return "%s" in text
        case cst.Call(
            func=cst.Attribute(value=cst.SimpleString(), attr=cst.Name(value="join")), args=[cst.Arg(value=given)]
        ):
            return is_placeholders(given)
        case cst.BinaryOperation(
            left=cst.List(elements=[cst.Element(value=cst.SimpleString(value=text))]), operator=cst.Multiply()
        ):
            return "%s" in text
        case cst.ListComp(elt=cst.SimpleString(value=text)) | cst.GeneratorExp(elt=cst.SimpleString(value=text)):
            return "%s" in text
    return False
