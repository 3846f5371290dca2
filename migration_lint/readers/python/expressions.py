"""What each kind of expression evaluates to."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from migration_lint.readers.python import calls
from migration_lint.readers.python.literals import decode, number_value, string_value
from migration_lint.readers.python.objects import (
    Choice,
    Constant,
    Entry,
    FilePath,
    FunctionObject,
    Invocation,
    Mapping,
    Object,
    Opaque,
    Outside,
    Scope,
    Sequence,
    join_conditions,
    negate,
)
from migration_lint.readers.python.words import words

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter

MAX_TEXT = 10_000_000  # characters of a string and, below, elements of a list: far beyond any migration
MAX_ELEMENTS = 100_000
MAX_CHOICES = 16  # alternatives that one name can stand for
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


def joined(interpreter: Interpreter, node: cst.CSTNode, parts: list[Object]) -> Object:
    """Strings (or bytes) put together, opaque if one of them is."""
    values = []
    for part in parts:
        if not isinstance(part, Constant):
            return interpreter.opaque(node, why(part))
        values.append(part.value)
    if sum(len(v) for v in values if isinstance(v, (str, bytes))) > MAX_TEXT:
        return interpreter.opaque(node, "it is too large")
    if all(isinstance(v, str) for v in values):
        return Constant(node, interpreter, "".join(v for v in values if isinstance(v, str)))
    if all(isinstance(v, bytes) for v in values):
        return Constant(node, interpreter, b"".join(v for v in values if isinstance(v, bytes)))
    return interpreter.opaque(node, "text and bytes are mixed")


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
            return interpreter.opaque(node, why(value))
        spec = ""
        if part.format_spec:
            specification = formatted_parts(interpreter, node, part.format_spec, raw, quote, scope)
            if not isinstance(specification, Constant):
                return specification
            spec = str(specification.value)
        text = calls.format_value(value.value, part.conversion, spec, debug=part.equal is not None)
        if text is None:
            return interpreter.opaque(node, "its format can't be told from the text")
        texts.append(Constant(part, interpreter, text))
    return joined(interpreter, node, texts)


def format_text(text: str, raw: bool, quote: str) -> str:
    """The literal text of an f-string between its holes."""
    text = text.replace("{{", "{").replace("}}", "}").replace("\r\n", "\n")
    if raw or "\\" not in text:
        return text
    value = decode(quote + text + quote)
    return value if isinstance(value, str) else text


def collection(interpreter: Interpreter, node: cst.List | cst.Tuple | cst.Set, scope: Scope) -> Object:
    """A list, tuple or set display."""
    entries: list[Entry] = []
    for element in node.elements:
        value = interpreter.evaluate(element.value, scope)
        if isinstance(element, cst.StarredElement):
            entries.extend(elements(interpreter, value))
        else:
            entries.extend(alternatives(value))
    return Sequence(node, interpreter, entries, isinstance(node, cst.List))


def alternatives(value: Object) -> tuple[Entry, ...]:
    """What an element may be, each under its condition."""
    return value.options if isinstance(value, Choice) else (Entry(value),)


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
    return calls.call(interpreter, Invocation(node, interpreter, function, args, kwargs), scope)


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


BINARY: dict[type, tuple[str, Callable[[Any, Any], Any]]] = {
    cst.Add: ("add", operator.add),
    cst.Subtract: ("sub", operator.sub),
    cst.Multiply: ("mul", operator.mul),
    cst.Divide: ("truediv", operator.truediv),
    cst.FloorDivide: ("floordiv", operator.floordiv),
    cst.Modulo: ("mod", operator.mod),
    cst.Power: ("pow", operator.pow),
    cst.BitOr: ("or_", operator.or_),
    cst.BitAnd: ("and_", operator.and_),
    cst.BitXor: ("xor", operator.xor),
    cst.LeftShift: ("lshift", operator.lshift),
    cst.RightShift: ("rshift", operator.rshift),
    cst.MatrixMultiply: ("matmul", operator.matmul),
}


def binary(interpreter: Interpreter, node: cst.BinaryOperation, scope: Scope) -> Object:
    """An operator, or a chain of them leaning to the left."""
    chain: list[cst.BinaryOperation] = []
    base: cst.BaseExpression = node
    while isinstance(base, cst.BinaryOperation):
        chain.append(base)
        base = base.left
    value = interpreter.evaluate(base, scope)
    for link in reversed(chain):
        value = operate(interpreter, link, link.operator, value, interpreter.evaluate(link.right, scope))
    return value


def operate(interpreter: Interpreter, node: cst.CSTNode, sign: cst.CSTNode, left: Object, right: Object) -> Object:
    """One operator on two operands."""
    left, right = interpreter.resolve(left), interpreter.resolve(right)
    label, function = BINARY[type(sign)]
    match left, right:
        case (Sequence(), Sequence()) if label == "add" and len(left.entries) + len(right.entries) > MAX_ELEMENTS:
            return interpreter.opaque(node, "it is too large")
        case (Sequence(), Sequence()) if label == "add":
            return Sequence(node, interpreter, [*left.entries, *right.entries], left.mutable)
        case (Sequence(), Opaque() | Outside() | Invocation()) if label == "add":
            return Sequence(node, interpreter, [*left.entries, *elements(interpreter, right)], left.mutable)
        case (Opaque() | Outside() | Invocation(), Sequence()) if label == "add":
            return Sequence(node, interpreter, [*elements(interpreter, left), *right.entries], right.mutable)
        case (FilePath(), Constant()) if label in ("truediv", "add") and isinstance(right.value, str):
            return FilePath(node, interpreter, calls.join_path(left.path, right.value.lstrip("/")))
        case (Mapping(), Mapping()) if label == "or_":
            merged = Mapping(node, interpreter, list(left.items))
            for key, value in right.items:
                merged.set(key, value)
            return merged
        case (Constant(), _) if label == "mod" and isinstance(left.value, str):
            return calls.percent_format(interpreter, node, left.value, right)
        case (Constant(), Constant()):
            return fold(interpreter, node, label, function, left.value, right.value)
        case (Constant() | Opaque(), Constant() | Opaque()):
            return interpreter.opaque(node, why(left) if isinstance(left, Opaque) else why(right))
        case (Constant(), Outside()) if isinstance(left.value, str):
            return interpreter.opaque(node, why(right))
        case (Outside(), Constant()) if isinstance(right.value, str):
            return interpreter.opaque(node, why(left))
    return Invocation(node, interpreter, Outside(node, interpreter, f"operator.{label}"), [left, right], [])


def fold(
    interpreter: Interpreter, node: cst.CSTNode, label: str, function: Callable[[Any, Any], Any], left: Any, right: Any
) -> Object:
    """An operator on two constants."""
    if label in ("add", "mul", "pow", "lshift") and not small(label, left, right):
        return interpreter.opaque(node, "its value is too large")
    try:
        value = function(left, right)
    except (TypeError, ValueError, ArithmeticError) as error:
        return interpreter.opaque(node, f"it fails: {error}")
    if isinstance(value, (bool, int, float, str, bytes)):
        return Constant(node, interpreter, value)
    return interpreter.opaque(node, "only running it tells its value")


def small(label: str, left: Any, right: Any) -> bool:
    """Whether a product, power or shift stays within reason."""
    if label == "add":
        return sum(len(x) for x in (left, right) if isinstance(x, (str, bytes))) <= MAX_TEXT
    if label == "mul":
        size = max((len(x) for x in (left, right) if isinstance(x, (str, bytes))), default=0)
        count = max((x for x in (left, right) if isinstance(x, int)), default=0)
        return size * count <= MAX_TEXT and count.bit_length() < 4_000
    return abs(left) < 1 << 64 and 0 <= right <= 256 if isinstance(left, int) and isinstance(right, int) else True


def unary(interpreter: Interpreter, node: cst.UnaryOperation, scope: Scope) -> Object:
    """`-x`, `+x`, `~x`, `not x`."""
    value = interpreter.resolve(interpreter.evaluate(node.expression, scope))
    if isinstance(node.operator, cst.Not):
        known = truth(value)
        if known is not None:
            return Constant(node, interpreter, not known)
        return interpreter.opaque(node, why(value))
    label, function = UNARY[type(node.operator)]
    if isinstance(value, Constant):
        if isinstance(value.value, (int, float)) and not (label == "invert" and not isinstance(value.value, int)):
            return Constant(node, interpreter, function(value.value))
        return interpreter.opaque(node, "only running it tells its value")
    if isinstance(value, Opaque):
        return interpreter.opaque(node, value.reason)
    return Invocation(node, interpreter, Outside(node, interpreter, f"operator.{label}"), [value], [])


UNARY: dict[type, tuple[str, Callable[[Any], Any]]] = {
    cst.Minus: ("neg", operator.neg),
    cst.Plus: ("pos", operator.pos),
    cst.BitInvert: ("invert", lambda x: ~int(x)),
}


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


def boolean(interpreter: Interpreter, node: cst.BooleanOperation, scope: Scope) -> Object:
    """`a and b`, `a or b`: the operand it gives, where that can be told."""
    chain: list[cst.BooleanOperation] = []
    base: cst.BaseExpression = node
    while isinstance(base, cst.BooleanOperation):
        chain.append(base)
        base = base.left
    value = interpreter.resolve(interpreter.evaluate(base, scope))
    for link in reversed(chain):
        right = interpreter.resolve(interpreter.evaluate(link.right, scope))
        value = either(interpreter, link, isinstance(link.operator, cst.And), value, right)
    return value


def either(interpreter: Interpreter, node: cst.CSTNode, conjunction: bool, left: Object, right: Object) -> Object:
    """One `and` or `or`."""
    known = truth(left)
    if known is not None:
        return right if known is conjunction else left
    if truth(right) is (not conjunction) and isinstance(right, Constant) and isinstance(right.value, bool):
        return right  # `x and False` is false whatever x is, as far as a condition goes
    return interpreter.opaque(node, why(left))


COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    cst.Equal: operator.eq,
    cst.NotEqual: operator.ne,
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
    cst.Is: operator.is_,
    cst.IsNot: operator.is_not,
    cst.In: lambda a, b: a in b,
    cst.NotIn: lambda a, b: a not in b,
}


def comparison(interpreter: Interpreter, node: cst.Comparison, scope: Scope) -> Object:
    """Comparisons of constants, and of a library's version with one."""
    left = interpreter.resolve(interpreter.evaluate(node.left, scope))
    for target in node.comparisons:
        right = interpreter.resolve(interpreter.evaluate(target.comparator, scope))
        result = compare(interpreter, COMPARISONS[type(target.operator)], left, right)
        if result is None:
            return interpreter.opaque(node, why(right if isinstance(left, (Constant, Sequence)) else left))
        if not result:
            return Constant(node, interpreter, False)
        left = right
    return Constant(node, interpreter, True)


def compare(interpreter: Interpreter, function: Callable[[Any, Any], Any], left: Object, right: Object) -> bool | None:
    """One comparison, None if it can't be told."""
    if isinstance(right, Mapping) and function in (COMPARISONS[cst.In], COMPARISONS[cst.NotIn]):
        found = has_key(right, left)
        return None if found is None else found is (function is COMPARISONS[cst.In])
    known_right = plain(right)
    if isinstance(left, Outside) and left.path in interpreter.versions:
        answers = {compared(function, bound, known_right) for bound in interpreter.versions[left.path]}
        return answers.pop() if len(answers) == 1 else None
    known_left = plain(left)
    if known_left is Ellipsis or known_right is Ellipsis:
        return None
    return compared(function, known_left, known_right)


def has_key(mapping: Mapping, key: Object) -> bool | None:
    """Whether a dictionary has a key, None if that can't be told."""
    if not isinstance(key, Constant):
        return None
    if mapping.get(key.value) is not None:
        return True
    return False if all(isinstance(k, Constant) for k, _ in mapping.items) else None


def compared(function: Callable[[Any, Any], Any], left: Any, right: Any) -> bool | None:
    """The answer of a comparison, None if Python refuses it."""
    try:
        return bool(function(left, right))
    except TypeError:
        return None


def plain(value: Object, depth: int = 0) -> Any:
    """The Python value of a constant or of a tuple of them; Ellipsis where it is not one."""
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, Sequence) and depth < 20 and all(e.condition is None for e in value.entries):
        values = tuple(plain(e.item, depth + 1) for e in value.entries)
        return Ellipsis if Ellipsis in values else values
    return Ellipsis


def conditional(interpreter: Interpreter, node: cst.IfExp, scope: Scope) -> Object:
    """`a if test else b`; two lists become one whose elements are conditional."""
    test = interpreter.resolve(interpreter.evaluate(node.test, scope))
    known = truth(test)
    if known is not None:
        return interpreter.evaluate(node.body if known else node.orelse, scope)
    body, orelse = interpreter.evaluate(node.body, scope), interpreter.evaluate(node.orelse, scope)
    return merged(interpreter, node, interpreter.positions.text_of(node.test), body, orelse)


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


def comprehension(interpreter: Interpreter, node: cst.ListComp, scope: Scope) -> Object:
    """A list, set or generator comprehension over constants."""
    entries: list[Entry] = []
    reason = ""
    for inner, condition in rounds(interpreter, node.for_in, scope):
        if inner is None:
            reason = condition or ""
            entries.append(Entry(interpreter.opaque(node, reason)))
            continue
        entries.append(Entry(interpreter.evaluate(node.elt, inner), condition))
    return Sequence(node, interpreter, entries)


def dictionary_comprehension(interpreter: Interpreter, node: cst.DictComp, scope: Scope) -> Object:
    """A dictionary comprehension over constants."""
    result = Mapping(node, interpreter, [])
    for inner, condition in rounds(interpreter, node.for_in, scope):
        if inner is None or condition is not None:
            return interpreter.opaque(node, condition or "")
        result.set(interpreter.evaluate(node.key, inner), interpreter.evaluate(node.value, inner))
    return result


def rounds(interpreter: Interpreter, node: cst.CompFor, scope: Scope) -> Iterator[tuple[Scope | None, str | None]]:
    """The scope of each round of a comprehension with its condition; (None, why) where they can't be told."""
    from migration_lint.readers.python.statements import bind

    iterable = interpreter.resolve(interpreter.evaluate(node.iter, scope))
    for item, condition in elements(interpreter, iterable):
        if isinstance(item, Opaque) and not isinstance(iterable, Sequence):
            yield None, f"it is built from {interpreter.positions.text_of(node.iter)}: {item.reason}"
            return
        if not interpreter.spend():
            yield None, "it takes too many rounds"
            return
        inner = Scope({}, parent=scope, conditions=scope.conditions)
        bind(interpreter, node.target, item, inner)
        keep: str | None = condition
        for test in node.ifs:
            known = truth(interpreter.resolve(interpreter.evaluate(test.test, inner)))
            if known is False:
                break
            if known is None:
                keep = join_conditions(keep, interpreter.positions.text_of(test.test))
        else:
            if node.inner_for_in is None:
                yield inner, keep
            else:
                for nested, nested_condition in rounds(interpreter, node.inner_for_in, inner):
                    yield nested, nested_condition if nested is None else join_conditions(keep, nested_condition)


def named(interpreter: Interpreter, node: cst.NamedExpr, scope: Scope) -> Object:
    """`(name := value)`."""
    value = interpreter.evaluate(node.value, scope)
    if isinstance(node.target, cst.Name):
        scope.names[node.target.value] = value
    return value


def ellipsis(interpreter: Interpreter, node: cst.Ellipsis, scope: Scope) -> Object:
    """`...`."""
    return Outside(node, interpreter, "builtins.Ellipsis")


def why(value: Object) -> str:
    """Why a value is not known, in words."""
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
