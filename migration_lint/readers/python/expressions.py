"""What each kind of expression evaluates to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from migration_lint.readers.python.calls import call as carry
from migration_lint.readers.python.comprehensions import comprehension, dictionary_comprehension
from migration_lint.readers.python.formatting import format_text, format_value
from migration_lint.readers.python.inspecting import alternatives, elements, joined, plain, why
from migration_lint.readers.python.literals import number_value, string_value
from migration_lint.readers.python.objects import (
    Constant,
    Element,
    Entry,
    FilePath,
    FunctionObject,
    Invocation,
    Mapping,
    Method,
    Object,
    Opaque,
    Outside,
    Scope,
    Sequence,
)
from migration_lint.readers.python.operators import binary, boolean, comparison, conditional, unary
from migration_lint.readers.python.words import words

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


BUILTINS = frozenset(
    words(
        "abs all any ascii bin bool bytearray bytes callable chr classmethod compile complex dict dir "
        "divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash hex id "
        "input int isinstance issubclass iter len list locals map max memoryview min next object oct "
        "open ord pow print property range repr reversed round set setattr slice sorted staticmethod str "
        "sum super tuple type vars zip __import__ Exception ValueError KeyError NotImplementedError "
        "RuntimeError AttributeError ImportError TypeError"
    )
)


def name(interpreter: Interpreter, node: cst.Name, scope: Scope) -> Object:
    """A name: local, of an enclosing function, global, built in, or by a star import."""
    text = node.value
    current: Scope | None = scope
    while current is not None:
        found = current.names.get(text)
        if found is not None and (current is scope or not current.is_class):
            return Outside(node, interpreter, found.path) if isinstance(found, Outside) else found
        current = current.parent
    if text in CONSTANTS:
        return Constant(node, interpreter, CONSTANTS[text])
    if text == "__file__":
        return FilePath(node, interpreter, "./")
    if text in BUILTINS:
        return Outside(node, interpreter, f"builtins.{text}")
    return star_import(interpreter, node)


CONSTANTS: dict[str, bool | None] = {"True": True, "False": False, "None": None}


def star_import(interpreter: Interpreter, node: cst.Name) -> Object:
    """A name that only a star import can have brought in."""
    candidates = []
    for module in interpreter.stars:
        path = f"{module}{node.value}" if module.endswith(".") else f"{module}.{node.value}"
        outside = interpreter.outside(path, node)
        if not isinstance(outside, Outside) or interpreter.resolve(outside) is not outside:
            return outside
        candidates.append(outside)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        return interpreter.opaque(node, f"{node.value} comes from one of several star imports")
    return interpreter.opaque(node, f"{node.value} is not defined in this file")


def simple_string(interpreter: Interpreter, node: cst.SimpleString, scope: Scope) -> Object:
    """A string literal."""
    value, exact = string_value(node.value)
    if value is None:
        return interpreter.opaque(node, "it is not a valid string")
    return Constant(node, interpreter, value, exact)


def number(interpreter: Interpreter, node: cst.Integer | cst.Float, scope: Scope) -> Object:
    """A number."""
    value = number_value(node)
    return interpreter.opaque(node, "the number is too long") if value is None else Constant(node, interpreter, value)


def concatenated_string(interpreter: Interpreter, node: cst.ConcatenatedString, scope: Scope) -> Object:
    """Literals side by side; the tree nests to the right."""
    parts: list[Object] = []
    rest: cst.BaseExpression = node
    while isinstance(rest, cst.ConcatenatedString):
        parts.append(interpreter.evaluate(rest.left, scope))
        rest = rest.right
    parts.append(interpreter.evaluate(rest, scope))
    return joined(interpreter, node, parts)


def formatted_string(interpreter: Interpreter, node: cst.FormattedString, scope: Scope) -> Object:
    """An f-string of constants."""
    prefix = node.prefix.lower()
    return formatted_parts(interpreter, node, node.parts, "r" in prefix, node.quote, scope)


def formatted_parts(
    interpreter: Interpreter,
    node: cst.CSTNode,
    parts: Any,
    raw: bool,
    quote: str,
    scope: Scope,
) -> Object:
    """The parts of an f-string, or of the format specification in one."""
    texts: list[Object] = []
    for part in parts:
        if isinstance(part, cst.FormattedStringText):
            texts.append(Constant(part, interpreter, format_text(part.value, raw, quote)))
            continue
        value = interpreter.resolve(interpreter.evaluate(part.expression, scope))
        if not isinstance(value, Constant):
            texts.append(value)
            continue
        spec = ""
        if part.format_spec:
            specification = formatted_parts(interpreter, node, part.format_spec, raw, quote, scope)
            if not isinstance(specification, Constant):
                return specification
            spec = str(specification.value)
        text = format_value(value.value, part.conversion, spec, debug=part.equal is not None)
        if text is None:
            return interpreter.opaque(node, "its format can't be told from the text")
        texts.append(Constant(part, interpreter, text))
    return joined(interpreter, node, texts)


def collection(interpreter: Interpreter, node: cst.List | cst.Tuple | cst.Set, scope: Scope) -> Object:
    """A list, tuple or set display."""
    entries: list[Entry] = []
    for element in node.elements:
        value = interpreter.evaluate(element.value, scope)
        if isinstance(element, cst.StarredElement):
            entries.extend(elements(interpreter, value))
        else:
            entries.extend(alternatives(value))
    return Sequence(node, interpreter, entries, mutable=not isinstance(node, cst.Tuple))


def dictionary(interpreter: Interpreter, node: cst.Dict, scope: Scope) -> Object:
    """A dictionary display."""
    result = Mapping(node, interpreter, [])
    for element in node.elements:
        value = interpreter.evaluate(element.value, scope)
        if isinstance(element, cst.DictElement):
            result.items.append((interpreter.evaluate(element.key, scope), value))
            continue
        value = interpreter.resolve(value)
        if isinstance(value, Mapping):
            for key, item in value.items:
                result.set(key, item)
        else:
            result.items.append((interpreter.opaque(element, why(value)), value))
    return result


def attribute(interpreter: Interpreter, node: cst.Attribute, scope: Scope) -> Object:
    """An attribute, or a chain of them."""
    names: list[cst.Attribute] = []
    base: cst.BaseExpression = node
    while isinstance(base, cst.Attribute):
        names.append(base)
        base = base.value
    value = interpreter.evaluate(base, scope)
    for link in reversed(names):
        value = interpreter.attribute(value, link.attr.value, link)
    return value


def call(interpreter: Interpreter, node: cst.Call, scope: Scope) -> Object:
    """A call with its arguments."""
    function = interpreter.evaluate(node.func, scope)
    args: list[Object] = []
    kwargs: list[tuple[str, Object]] = []
    for argument in node.args:
        value = interpreter.evaluate(argument.value, scope)
        if argument.star == "*":
            args.extend(e.item for e in elements(interpreter, value))
        elif argument.star == "**":
            kwargs.extend(expanded(interpreter, value))
        elif argument.keyword is not None:
            kwargs.append((argument.keyword.value, value))
        else:
            args.append(value)
    invocation = Invocation(node, interpreter, function, args, kwargs)
    if interpreter.trace is None:
        return carry(interpreter, invocation, scope)
    return interpreter.trace.call(invocation, scope, lambda: carry(interpreter, invocation, scope))


def expanded(interpreter: Interpreter, value: Object) -> Iterator[tuple[str, Object]]:
    """The keyword arguments in `**value`; the name `**` stands for those that can't be told."""
    value = interpreter.resolve(value)
    if not isinstance(value, Mapping):
        yield "**", Opaque(value.node, value.home, why(value))
        return
    for key, item in value.items:
        if isinstance(key, Constant) and isinstance(key.value, str):
            yield key.value, item
        else:
            yield "**", Opaque(value.node, value.home, why(key))


def subscript(interpreter: Interpreter, node: cst.Subscript, scope: Scope) -> Object:
    """An element or a slice of a constant, list or dictionary."""
    value = interpreter.resolve(interpreter.evaluate(node.value, scope))
    if len(node.slice) != 1:
        return interpreter.opaque(node, "only running it tells its value")
    selected = node.slice[0].slice
    if isinstance(selected, cst.Slice):
        return sliced(interpreter, node, value, selected, scope)
    assert isinstance(selected, cst.Index)
    key = interpreter.resolve(interpreter.evaluate(selected.value, scope))
    if interpreter.trace is not None and isinstance(value, (Outside, Invocation, Method, Element)):
        return Element(node, interpreter, value)
    if isinstance(value, Mapping):
        found = value.get(key.value) if isinstance(key, Constant) else None
        return interpreter.opaque(node, "the dictionary has no such key") if found is None else found
    if isinstance(key, Constant) and isinstance(key.value, int):
        entries = value.entries if isinstance(value, Sequence) else None
        if entries is None and isinstance(value, Constant) and isinstance(value.value, str):
            entries = elements(interpreter, value)
        if entries is not None and -len(entries) <= key.value < len(entries):
            return entries[key.value].item
    if isinstance(value, Outside) and isinstance(key, Constant) and isinstance(key.value, str) and is_class(value):
        return interpreter.attribute(value, key.value, node)  # a member of an enumeration
    if isinstance(value, Outside) and value.path in interpreter.versions:
        return interpreter.opaque(node, "it depends on the installed version")
    return interpreter.opaque(node, why(value) if not isinstance(value, (Constant, Sequence)) else why(key))


def is_class(value: Outside) -> bool:
    """Whether a name is written as classes are."""
    name = value.path.rpartition(".")[2]
    return name[:1].isupper() and not name.isupper()


def sliced(interpreter: Interpreter, node: cst.Subscript, value: Object, part: cst.Slice, scope: Scope) -> Object:
    """`value[a:b:c]`."""
    if isinstance(value, Outside) and value.path in interpreter.versions:
        return value
    if interpreter.trace is not None and isinstance(value, (Invocation, Method, Element)):
        nothing = Constant(node, interpreter, None)
        args = [interpreter.evaluate(each, scope) if each else nothing for each in (part.lower, part.upper)]
        invocation = Invocation(node, interpreter, Method(node, interpreter, value, "__getitem__"), args, [])
        return interpreter.trace.call(invocation, scope, lambda: invocation)
    bounds = []
    for bound in (part.lower, part.upper, part.step):
        known = None if bound is None else plain(interpreter.resolve(interpreter.evaluate(bound, scope)))
        if known is not None and not isinstance(known, int):
            return interpreter.opaque(node, "only running it tells its value")
        bounds.append(known)
    if bounds[2] == 0:
        return interpreter.opaque(node, "it fails: slice step cannot be zero")
    if isinstance(value, Sequence):
        return Sequence(node, interpreter, value.entries[slice(*bounds)], value.mutable)
    if isinstance(value, Constant) and isinstance(value.value, (str, bytes)):
        return Constant(node, interpreter, value.value[slice(*bounds)])
    return interpreter.opaque(node, why(value))


def function(interpreter: Interpreter, node: cst.Lambda, scope: Scope) -> Object:
    """A lambda."""
    return FunctionObject(node, interpreter, "<lambda>", scope)


def named(interpreter: Interpreter, node: cst.NamedExpr, scope: Scope) -> Object:
    """`(name := value)`."""
    value = interpreter.evaluate(node.value, scope)
    if isinstance(node.target, cst.Name):
        scope.names[node.target.value] = value
    return value


def ellipsis(interpreter: Interpreter, node: cst.Ellipsis, scope: Scope) -> Object:
    """`...`."""
    return Outside(node, interpreter, "builtins.Ellipsis")


HANDLERS: dict[type, Callable[[Interpreter, Any, Scope], Object]] = {
    cst.Name: name,
    cst.SimpleString: simple_string,
    cst.Integer: number,
    cst.Float: number,
    cst.ConcatenatedString: concatenated_string,
    cst.FormattedString: formatted_string,
    cst.List: collection,
    cst.Tuple: collection,
    cst.Set: collection,
    cst.Dict: dictionary,
    cst.Attribute: attribute,
    cst.Call: call,
    cst.BinaryOperation: binary,
    cst.UnaryOperation: unary,
    cst.BooleanOperation: boolean,
    cst.Comparison: comparison,
    cst.IfExp: conditional,
    cst.Subscript: subscript,
    cst.Lambda: function,
    cst.ListComp: comprehension,
    cst.SetComp: comprehension,
    cst.GeneratorExp: comprehension,
    cst.DictComp: dictionary_comprehension,
    cst.NamedExpr: named,
    cst.Ellipsis: ellipsis,
}
