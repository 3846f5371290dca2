"""Operators on constants and lists; on anything else they stay calls of the `operator` module."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migration_lint.readers.python.formatting import percent_format
from migration_lint.readers.python.inspecting import (
    MAX_ELEMENTS,
    MAX_TEXT,
    elements,
    has_key,
    merged,
    plain,
    truth,
    why,
)
from migration_lint.readers.python.library import join_path
from migration_lint.readers.python.objects import (
    Constant,
    FilePath,
    Formatted,
    Invocation,
    Mapping,
    Object,
    Opaque,
    Outside,
    Scope,
    Sequence,
)

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


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
            return FilePath(node, interpreter, join_path(left.path, right.value.lstrip("/")))
        case (Mapping(), Mapping()) if label == "or_":
            merged = Mapping(node, interpreter, list(left.items))
            for key, value in right.items:
                merged.set(key, value)
            return merged
        case (Constant(), _) if label == "mod" and isinstance(left.value, str):
            return percent_format(interpreter, node, left.value, right)
        case (Constant(), Constant()):
            return fold(interpreter, node, label, function, left.value, right.value)
        case (Constant() | Opaque(), Constant() | Opaque()):
            return unknown(interpreter, node, label, left, right, left if isinstance(left, Opaque) else right)
        case (Constant(), Outside()) if isinstance(left.value, str):
            return unknown(interpreter, node, label, left, right, right)
        case (Outside(), Constant()) if isinstance(right.value, str):
            return unknown(interpreter, node, label, left, right, left)
    return Invocation(node, interpreter, Outside(node, interpreter, f"operator.{label}"), [left, right], [])


def unknown(
    interpreter: Interpreter, node: cst.CSTNode, label: str, left: Object, right: Object, cause: Object
) -> Object:
    """An operator on something that is not known; of a sum the summands stay known."""
    if label == "add":
        return Formatted(node, interpreter, why(cause), (left, right))
    return interpreter.opaque(node, why(cause))


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


UNARY: dict[type, tuple[str, Callable[[Any], Any]]] = {
    cst.Minus: ("neg", operator.neg),
    cst.Plus: ("pos", operator.pos),
    cst.BitInvert: ("invert", lambda x: ~int(x)),
}


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


def compared(function: Callable[[Any, Any], Any], left: Any, right: Any) -> bool | None:
    """The answer of a comparison, None if Python refuses it."""
    try:
        return bool(function(left, right))
    except TypeError:
        return None


def conditional(interpreter: Interpreter, node: cst.IfExp, scope: Scope) -> Object:
    """`a if test else b`; two lists become one whose elements are conditional."""
    test = interpreter.resolve(interpreter.evaluate(node.test, scope))
    known = truth(test)
    if known is not None:
        return interpreter.evaluate(node.body if known else node.orelse, scope)
    body, orelse = interpreter.evaluate(node.body, scope), interpreter.evaluate(node.orelse, scope)
    return merged(interpreter, node, interpreter.positions.text_of(node.test), body, orelse)
