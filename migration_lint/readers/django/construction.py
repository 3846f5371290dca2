"""What a call of a class makes: the class it comes down to, and the arguments that class is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from migration_lint.model.values import Unknown
from migration_lint.readers.python.calls import bind_parameters
from migration_lint.readers.python.inspecting import why
from migration_lint.readers.python.objects import (
    ClassObject,
    FunctionObject,
    Invocation,
    Method,
    Object,
    Outside,
    Scope,
    Super,
)
from migration_lint.readers.python.statements import execute

if TYPE_CHECKING:
    from migration_lint.readers.django.builder import Builder


@dataclass(slots=True)
class Made:
    """`kind` is the class called, `classes` those of the tree that it is or derives from, nearest first, `bases` the
    dotted names it derives from as far as known, `known` the first that Django or a known package defines. `args` and
    `kwargs` are what that one is given. `problem` says why those can't be told."""

    kind: str
    args: list[Object]
    kwargs: list[tuple[str, Object]]
    classes: list[ClassObject] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    known: str | None = None
    problem: str = ""


def construct(builder: Builder, value: Object, known: Callable[[str], str | None]) -> Made | Unknown:
    """Follow a call to the class that `known` recognises; Unknown if it is not the call of a class."""
    value = builder.home.resolve(value)
    if not isinstance(value, Invocation):
        return builder.unknown(value, why(value))
    function = value.function
    if isinstance(function, Outside):
        path = known(function.path)
        if path is not None:
            return Made(path, value.args, value.kwargs, known=path)
        target = builder.home.resolve(function)
        if target is function:
            return Made(function.path, value.args, value.kwargs)
        made = through_classes(builder, target, value, known)
        if isinstance(made, Made):
            made.kind = function.path
        return made
    return through_classes(builder, function, value, known)


def through_classes(
    builder: Builder, function: Object, value: Invocation, known: Callable[[str], str | None]
) -> Made | Unknown:
    """Follow a call of a class of the tree through its `__init__` methods to the class it derives from."""
    if isinstance(function, Outside):  # a name that another file of the tree passes on
        path = known(function.path)
        return Made(path or function.path, value.args, value.kwargs, known=path)
    if not isinstance(function, ClassObject):
        return builder.unknown(value, why(value))
    made = Made(function.name, value.args, value.kwargs)
    for ancestor in builder.home.ancestry(function):
        if isinstance(ancestor, ClassObject):
            made.classes.append(ancestor)
            if ancestor is not function:
                made.bases.append(ancestor.name)
            pass_on(builder, ancestor, value, made)
        elif isinstance(ancestor, Outside):
            path = known(ancestor.path)
            if ancestor.path == "builtins.object":
                continue
            made.bases.append(path or ancestor.path)
            made.known = path
            break  # what an unknown class does to the arguments and the column is not known
        else:
            made.problem = made.problem or why(ancestor)
            break
    return made


def with_attributes(definition: ClassObject, names: Mapping[str, Object]) -> ClassObject:
    """An instance of a class, with these attributes of its own."""
    own = Scope(dict(names), parent=definition.scope, owner=definition, is_class=True)
    return ClassObject(definition.node, definition.home, definition.name, definition.scope, [definition], own)


def pass_on(builder: Builder, definition: ClassObject, value: Invocation, made: Made) -> None:
    """Replace the arguments by those that a class's own `__init__` gives to its base."""
    method = builder.home.class_body(definition).names.get("__init__")
    if method is None or made.problem:
        return
    made.problem = f"{definition.name}.__init__ can't be followed"
    if not isinstance(method, FunctionObject) or not isinstance(method.node, cst.FunctionDef):
        return
    local = Scope({}, parent=method.scope, owner=definition)
    instance = with_attributes(definition, {})
    inner = Invocation(value.node, value.home, method, [instance, *made.args], made.kwargs)
    if bind_parameters(method.home, method.node.params, inner, local):
        return
    execute(method.home, method.node.body.body, local)
    passed = [(i, c) for i, c in local.supers if isinstance(i.function, Method) and i.function.name == "__init__"]
    if len(passed) == 1 and passed[0][1] is None:
        made.args, made.kwargs, made.problem = passed[0][0].args, passed[0][0].kwargs, ""


__all__ = ["Made", "Super", "construct"]
