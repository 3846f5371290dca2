"""What names, attributes and keys come to hold: by assignment, unpacking, `+=`, `del` and imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from migration_lint.readers.python.inspecting import MAX_ELEMENTS, elements, merged, why
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    Element,
    Entry,
    Invocation,
    Mapping,
    Method,
    Object,
    Outside,
    Scope,
    Sequence,
    join_conditions,
)
from migration_lint.readers.python.operators import operate

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


def bind(interpreter: Interpreter, target: cst.CSTNode, value: Object, scope: Scope) -> None:
    """Assign to a name, a tuple of names, an attribute of a class or a key of a dictionary."""
    match target:
        case cst.Name():
            scope.names[target.value] = value
        case cst.Tuple() | cst.List():
            unpack(interpreter, target, value, scope)
        case cst.Attribute():
            owner = interpreter.evaluate(target.value, scope)
            if isinstance(owner, ClassObject):
                set_attribute(interpreter, target, owner, value, scope)
            elif interpreter.trace is not None:
                interpreter.trace.assign(owner, target.attr.value, value, scope)
        case cst.Subscript():
            holder = interpreter.evaluate(target.value, scope)
            if isinstance(holder, Mapping) and len(target.slice) == 1:
                index = target.slice[0].slice
                if isinstance(index, cst.Index):
                    key = interpreter.resolve(interpreter.evaluate(index.value, scope))
                    holder.set(key, guarded(interpreter, target, value, scope))


def set_attribute(
    interpreter: Interpreter, target: cst.Attribute, owner: ClassObject, value: Object, scope: Scope
) -> None:
    """Assign to an attribute of a class, or of the one instance Django makes of it."""
    names, name, condition = interpreter.class_body(owner).names, target.attr.value, scope.condition()
    before = names.get(name)
    if condition is not None and before is not None:
        value = merged(interpreter, target, condition, value, before)
    names[name] = value


def guarded(interpreter: Interpreter, node: cst.CSTNode, value: Object, scope: Scope) -> Object:
    """The value, or that it is not known where it is only set under a condition."""
    condition = scope.condition()
    return value if condition is None else interpreter.opaque(node, f"it depends on {condition}")


def delete_item(interpreter: Interpreter, target: cst.Subscript, scope: Scope) -> None:
    """`del kwargs["key"]`."""
    holder = interpreter.evaluate(target.value, scope)
    index = target.slice[0].slice
    if isinstance(holder, Mapping) and isinstance(index, cst.Index):
        key = interpreter.evaluate(index.value, scope)
        if isinstance(key, Constant):
            holder.remove(key.value)


def unpack(interpreter: Interpreter, target: cst.Tuple | cst.List, value: Object, scope: Scope) -> None:
    """Assign the elements of a sequence to several targets."""
    value = interpreter.resolve(value)
    entries = elements(interpreter, value) if isinstance(value, Sequence) else []
    stars = [i for i, e in enumerate(target.elements) if isinstance(e, cst.StarredElement)]
    count = len(target.elements)
    for position, element in enumerate(target.elements):
        item: Object = interpreter.opaque(element, why(value))
        if interpreter.trace is not None and isinstance(value, (Invocation, Method, Element)):
            item = Element(element, interpreter, value)
        if stars and len(entries) >= count - 1:
            after = count - 1 - stars[0]
            if position == stars[0]:
                item = Sequence(element, interpreter, list(entries[position : len(entries) - after]))
            else:
                item = entries[position if position < stars[0] else position - count].item
        elif not stars and len(entries) == count:
            item = entries[position].item
        bind(interpreter, element.value, item, scope)


def augment(interpreter: Interpreter, statement: cst.AugAssign, scope: Scope) -> None:
    """`name += value`; a list is extended in place."""
    current = interpreter.evaluate(statement.target, scope)
    added = interpreter.evaluate(statement.value, scope)
    if isinstance(statement.operator, cst.AddAssign) and isinstance(current, Sequence) and current.mutable:
        extend(interpreter, current, added, scope)
        if isinstance(statement.target, cst.Name):
            scope.names[statement.target.value] = current
        return
    sign = AUGMENTED.get(type(statement.operator))
    value: Object
    if sign is None:
        value = interpreter.opaque(statement, "only running it tells its value")
    else:
        value = operate(interpreter, statement, sign, current, added)
    bind(interpreter, statement.target, value, scope)


AUGMENTED: dict[type, cst.BaseBinaryOp] = {
    cst.AddAssign: cst.Add(),
    cst.SubtractAssign: cst.Subtract(),
    cst.MultiplyAssign: cst.Multiply(),
    cst.ModuloAssign: cst.Modulo(),
    cst.BitOrAssign: cst.BitOr(),
    cst.BitAndAssign: cst.BitAnd(),
}


def extend(interpreter: Interpreter, target: Sequence, added: Object, scope: Scope) -> None:
    """Append the elements of an iterable to a list."""
    here, entries = scope.condition(), list(elements(interpreter, added))
    if len(target.entries) + len(entries) > MAX_ELEMENTS:
        entries = [Entry(interpreter.opaque(target.node, "it is too large"))]
    target.entries.extend(Entry(item, join_conditions(here, condition)) for item, condition in entries)


def import_modules(interpreter: Interpreter, statement: cst.Import, scope: Scope) -> None:
    """`import a.b.c`, `import a.b as c`."""
    for alias in statement.names:
        dotted = dotted_name(alias.name)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            scope.names[alias.asname.name.value] = interpreter.outside(dotted, alias)
        else:
            first = dotted.partition(".")[0]
            scope.names[first] = Outside(alias, interpreter, first)


def import_names(interpreter: Interpreter, statement: cst.ImportFrom, scope: Scope) -> None:
    """`from a.b import c as d`; a relative module keeps its dots."""
    module = "." * len(statement.relative)
    if statement.module is not None:
        module += dotted_name(statement.module)
    if isinstance(statement.names, cst.ImportStar):
        interpreter.stars.append(module)
        return
    for alias in statement.names:
        name = dotted_name(alias.name)
        path = module + name if module.endswith(".") else f"{module}.{name}"
        target = alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else name
        scope.names[target] = interpreter.outside(path, alias)


def dotted_name(node: cst.CSTNode) -> str:
    """The text of `a.b.c`."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    parts.append(node.value if isinstance(node, cst.Name) else "")
    return ".".join(reversed(parts))
