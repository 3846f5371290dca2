"""Operations of the project's own classes: what their `database_forwards` sends, read like a function of RunPython."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from migration_lint.model.django import OwnOperation
from migration_lint.readers.django.construction import Made, with_attributes
from migration_lint.readers.django.functions import function_facts
from migration_lint.readers.django.names import MIGRATIONS
from migration_lint.readers.django.things import APPS, EDITOR
from migration_lint.readers.python.calls import bind_parameters
from migration_lint.readers.python.objects import (
    ClassObject,
    FunctionObject,
    Invocation,
    Object,
    Opaque,
    Outside,
    Scope,
)
from migration_lint.readers.python.statements import execute

if TYPE_CHECKING:
    from migration_lint.model.functions import Write
    from migration_lint.readers.django.builder import Builder

BASES = frozenset(
    f"{MIGRATIONS}.operations.{name}"
    for name in (
        "base.Operation",
        "fields.FieldOperation",
        "models.ModelOperation",
        "models.ModelOptionOperation",
        "models.IndexOperation",
    )
)
"""Django's classes that do nothing by themselves."""


def database_part(
    builder: Builder, made: Made, value: Invocation, name: str, condition: str | None, given: Mapping[str, Object]
) -> OwnOperation | None:
    """What the nearest `database_forwards` of the class does; None if none is at hand.

    `given` has the attributes that a class of Django's sets from its arguments.
    """
    method = next((m for each in made.classes if (m := method_of(builder, each, "database_forwards"))), None)
    if method is None or not isinstance(method.node, cst.FunctionDef):
        return None
    parameters = [parameter.name.value for parameter in method.node.params.params]
    if len(parameters) != 5:
        return None
    editor = Outside(method.node, method.home, EDITOR)
    states = [with_attributes(made.classes[0], {"apps": Outside(method.node, method.home, APPS)}) for _ in range(2)]
    app = Opaque(method.node, method.home, "it is known only when the migration runs")
    arguments = (instance(builder, made, value, given), app, editor, *states)
    facts = function_facts(method, dict(zip(parameters, arguments, strict=True)))
    span = builder.span(value)
    uses = tuple(replace(use, span=span) for use in facts.model_uses)
    actions = tuple(at(action, builder) for action in facts.actions)
    facts = replace(facts, span=span, model_uses=uses, actions=actions, notes=())
    return OwnOperation(span=span, conditional=condition, name=name, facts=facts)


def at(action: Write, builder: Builder) -> Write:
    """The action, placed where the operation stands: the class may serve many of them."""
    from migration_lint.model.functions import SqlSent

    action = replace(action, span=builder.site)
    return replace(action, text_span=None) if isinstance(action, SqlSent) else action


def method_of(builder: Builder, definition: ClassObject, name: str) -> FunctionObject | None:
    """A method that a class itself defines."""
    found = builder.home.class_body(definition).names.get(name)
    return found if isinstance(found, FunctionObject) else None


def instance(builder: Builder, made: Made, value: Invocation, given: Mapping[str, Object]) -> ClassObject:
    """The operation itself, with the attributes that its `__init__` sets."""
    found = with_attributes(made.classes[0], given)
    for definition in made.classes:
        method = method_of(builder, definition, "__init__")
        if method is None or not isinstance(method.node, cst.FunctionDef):
            continue
        local = Scope({}, parent=method.scope, owner=definition)
        call = Invocation(value.node, value.home, method, [found, *value.args], value.kwargs)
        if bind_parameters(method.home, method.node.params, call, local) is None:
            execute(method.home, method.node.body.body, local)
        break
    return found
