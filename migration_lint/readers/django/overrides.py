"""Operations derived in the project from Django's: what their own methods leave of the base class's effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import libcst as cst

from migration_lint.model.django import RunPython, RunSQL, SeparateDatabaseAndState
from migration_lint.model.migration import NotAnalysed, Operation
from migration_lint.readers.django.builder import UnresolvedError
from migration_lint.readers.python.objects import (
    ClassObject,
    FunctionObject,
    Method,
    Object,
    Opaque,
    Scope,
    join_conditions,
)
from migration_lint.readers.python.statements import execute
from migration_lint.readers.python.walking import attributes_in

if TYPE_CHECKING:
    from migration_lint.readers.django.builder import Builder
    from migration_lint.readers.django.construction import Made

Effect = Literal["base", "nothing", "unknown"]
WRITES = frozenset({"execute", "cursor"})


def apply_overrides(
    builder: Builder, made: Made, operation: Operation, name: str, own: Callable[[], Operation | None]
) -> Operation:
    """The operation as its subclasses leave it; raises UnresolvedError where not even the state is known.

    `own` reads what a `database_forwards` of the project's own does, None where that can't be read.
    """
    database, condition = effect(builder, made.classes, "database_forwards")
    state, _ = effect(builder, made.classes, "state_forwards")
    if state == "unknown":
        raise UnresolvedError(f"{made.kind}.state_forwards is the project's own")
    reason = f"{made.kind}.database_forwards is the project's own"
    mine = own() if database == "unknown" else None
    if mine is None and database == "unknown" and isinstance(operation, (RunPython, RunSQL)):
        raise UnresolvedError(reason)
    operation = replace(operation, conditional=join_conditions(operation.conditional, condition))
    if database == state == "base":
        return operation
    unread = NotAnalysed(span=operation.span, conditional=operation.conditional, name=name, reason=reason)
    parts: dict[Effect, tuple[Operation, ...]] = {"base": (operation,), "nothing": (), "unknown": (mine or unread,)}
    return SeparateDatabaseAndState(
        span=operation.span,
        conditional=operation.conditional,
        database_operations=parts[database],
        state_operations=parts[state],
    )


def own_operation(
    builder: Builder, made: Made, name: str, condition: str | None, own: Callable[[], Operation | None]
) -> Operation:
    """An operation that no class of Django's has a part in; raises UnresolvedError where it can't be read."""
    mine = own()
    if mine is None:
        raise UnresolvedError(f"{made.kind} is an operation of the project's own")
    state, _ = effect(builder, made.classes, "state_forwards")
    if state != "unknown":
        return mine
    reason = f"{made.kind}.state_forwards is the project's own"
    unread = NotAnalysed(span=mine.span, conditional=condition, name=name, reason=reason)
    return SeparateDatabaseAndState(
        span=mine.span, conditional=condition, database_operations=(mine,), state_operations=(unread,)
    )


def effect(builder: Builder, classes: list[ClassObject], method: str) -> tuple[Effect, str | None]:
    """What the nearest definition of a method does: what its base does (and if what), nothing, or who knows."""
    for definition in classes:
        found = builder.home.class_body(definition).names.get(method)
        if found is not None:
            return method_effect(found, method)
    return "base", None


def method_effect(found: Object, name: str) -> tuple[Effect, str | None]:
    """What one definition of a method does."""
    if not isinstance(found, FunctionObject) or not isinstance(found.node, cst.FunctionDef):
        return "unknown", None
    parameters = found.node.params
    local = Scope({}, parent=found.scope, owner=found.owner)
    for parameter in [*parameters.posonly_params, *parameters.params]:
        local.names[parameter.name.value] = Opaque(parameter, found.home, "it is known only when the migration runs")
    editor = parameters.params[2].name.value if len(parameters.params) > 2 else ""
    for owner, attribute in attributes_in(found.node.body):
        if attribute in WRITES or (owner == editor and attribute != "connection" and name == "database_forwards"):
            return "unknown", None
    if name == "state_forwards" and any(owner == "state" for owner, _ in attributes_in(found.node.body)):
        return "unknown", None
    execute(found.home, found.node.body.body, local)
    passed = [c for i, c in local.supers if isinstance(i.function, Method) and i.function.name == name]
    if len(passed) == 1:
        return "base", passed[0]
    return ("nothing", None) if not passed else ("unknown", None)
