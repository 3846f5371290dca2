"""The functions that a RunPython names: of this file, or of another one under the name that this file gives it."""

from __future__ import annotations

from dataclasses import replace

from migration_lint.model.functions import Note, RowsLooped, SqlSent, Write
from migration_lint.model.values import Function, Reference, Span, Unknown
from migration_lint.readers.django.builder import Builder
from migration_lint.readers.django.functions import function_facts
from migration_lint.readers.python.inspecting import why
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    FunctionObject,
    Invocation,
    Method,
    Object,
    Outside,
)


def callable_(builder: Builder, value: Object) -> Function | Reference | Unknown | None:
    """The function that a RunPython runs; what it does is noted in the builder."""
    written = value
    match value:
        case Invocation(function=Outside(path="functools.partial"), args=[function, *_]):
            return callable_(builder, function)
    value = builder.home.resolve(value)
    match value:
        case Constant() if value.value is None:
            return None
        case FunctionObject():
            return run_function(builder, written, value)
        case Outside():
            return builder.home.reference(value)
        case ClassObject() | Invocation() | Method():
            return builder.unknown(value, "what it runs is an object, not a function")
    return builder.unknown(value, why(value))


def run_function(builder: Builder, written: Object, value: FunctionObject) -> Function | Reference:
    """A function of this file or, under the name it was imported by, of another one."""
    facts = function_facts(value)
    if value.home is builder.home:
        result = Function(value.name, builder.span(value))
        builder.functions[(value.name, result.span)] = facts
        return result
    span = builder.span(written)
    reference = builder.home.reference(written if isinstance(written, Outside) else value)
    uses = tuple(replace(use, span=span) for use in facts.model_uses)
    builder.functions[(reference.dotted, span)] = replace(
        facts,
        name=reference.dotted,
        span=span,
        model_uses=uses,
        actions=tuple(moved(action, span) for action in facts.actions),
        notes=tuple(noted_at(note, span) for note in facts.notes),
    )
    return reference


def moved(action: Write, span: Span) -> Write:
    """What a function of another file does, placed where this one names the function."""
    action = replace(action, span=span)
    return replace(action, text_span=None) if isinstance(action, SqlSent) else action


def noted_at(note: Note, span: Span) -> Note:
    """What a function of another file is seen to do, placed where this one names the function."""
    if isinstance(note, RowsLooped) and note.saved is not None:
        return replace(note, span=span, saved=span)
    return replace(note, span=span)
