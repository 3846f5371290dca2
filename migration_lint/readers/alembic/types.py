"""Classes that stand for a column type or a naming helper: what SQLAlchemy makes of them, as far as a text tells."""

from __future__ import annotations

from dataclasses import replace

from migration_lint.readers.python.interpreter import Interpreter
from migration_lint.readers.python.objects import (
    ClassObject,
    Invocation,
    Mapping,
    Object,
    Outside,
    Sequence,
)

_DEEPEST = 8  # calls in calls in which types are looked for


def resolved(home: Interpreter, value: Object, depth: int = 0) -> Object:
    """The value with type decorators of the tree replaced by the types they stand for."""
    if depth > _DEEPEST:
        return value
    match value:
        case Sequence():
            entries = [e._replace(item=resolved(home, e.item, depth + 1)) for e in value.entries]
            return Sequence(value.node, value.home, entries, value.mutable)
        case Invocation(function=ClassObject() as owner):
            return _decorated(home, owner, value)
        case Invocation(function=Outside() as name):
            found = home.resolve(name)
            if isinstance(found, ClassObject):
                return _decorated(home, found, value)
            args = [resolved(home, each, depth + 1) for each in value.args]
            kwargs = [(key, resolved(home, each, depth + 1)) for key, each in value.kwargs]
            return replace(value, args=args, kwargs=kwargs)
        case Outside():
            found = home.resolve(value)
            if isinstance(found, ClassObject):
                return _decorated(home, found, value)
            return value if isinstance(found, Mapping) else found
        case ClassObject():
            return _decorated(home, value, value)
    return value


def _decorated(home: Interpreter, owner: ClassObject, value: Object) -> Object:
    """The `impl` of a TypeDecorator, with the arguments that the class is called with; else the value itself.

    https://docs.sqlalchemy.org/en/20/core/custom_types.html#augmenting-existing-types: its constructor hands what it
    is given to the implementing type. One that chooses a type for each dialect is not followed.
    """
    names = {
        name for base in home.ancestry(owner) if isinstance(base, ClassObject) for name in home.class_body(base).names
    }
    if "load_dialect_impl" in names or "__init__" in names:
        return value
    for base in home.ancestry(owner)[1:]:
        if isinstance(base, Outside) and base.path.startswith("sqlalchemy."):
            kind = base.path.rpartition(".")[2]
            if kind == "UserDefinedType":
                return value
            impl: Object | None = base
            if kind == "TypeDecorator":
                impl = home.class_attribute(owner, "impl")
            if impl is None:
                return value
            if isinstance(value, Invocation) and isinstance(impl, (Outside, ClassObject)):
                return resolved(home, replace(value, function=impl))
            return impl
    return value
