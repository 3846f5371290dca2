"""Indexes and constraints of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration_lint.model.django import ModelConstraint, ModelIndex
from migration_lint.model.values import Unknown, Value
from migration_lint.readers.django.builder import UnresolvedError
from migration_lint.readers.django.construction import Made, construct
from migration_lint.readers.python.inspecting import why
from migration_lint.readers.python.objects import Object
from migration_lint.readers.python.words import words

if TYPE_CHECKING:
    from migration_lint.readers.django.builder import Builder

_POSTGRES = "django.contrib.postgres"
CLASSES: dict[str, str] = {
    **{f"django.db.models.{n}": f"django.db.models.{n}" for n in ("Index", "CheckConstraint", "UniqueConstraint")},
    **{
        f"{_POSTGRES}.indexes.{n}": f"{_POSTGRES}.indexes.{n}"
        for n in words("BTreeIndex BloomIndex BrinIndex GinIndex GistIndex HashIndex SpGistIndex PostgresIndex")
    },
    f"{_POSTGRES}.constraints.ExclusionConstraint": f"{_POSTGRES}.constraints.ExclusionConstraint",
}
INDEX_OPTIONS = ("name", "fields", "condition", "include", "opclasses", "expressions")
CONSTRAINT_OPTIONS = (*INDEX_OPTIONS, "check", "deferrable", "nulls_distinct")


def options_of(builder: Builder, value: Object) -> tuple[Made, dict[str, Object]]:
    """The class and keyword arguments of an index or constraint; raises UnresolvedError."""
    made = construct(builder, value, CLASSES.get)
    if isinstance(made, Unknown):
        raise UnresolvedError(made.reason)
    if made.problem:
        raise UnresolvedError(made.problem)
    options = dict(made.kwargs)
    if "**" in options:
        raise UnresolvedError(f"some of its options can't be told: {why(options['**'])}")
    return made, options


def read_index(builder: Builder, value: Object) -> ModelIndex:
    """A model's index; raises UnresolvedError."""
    made, options = options_of(builder, value)
    names = builder.texts(options["fields"]) if "fields" in options else ()
    return ModelIndex(
        kind=made.known or made.kind,
        name=builder.optional_text(options["name"]) if "name" in options else None,
        fields=tuple((n.removeprefix("-"), n.startswith("-")) for n in names),
        expressions=builder.expressions(made.args),
        condition=builder.freeze(options["condition"]) if "condition" in options else None,
        include=builder.texts(options["include"]) if "include" in options else (),
        opclasses=builder.texts(options["opclasses"]) if "opclasses" in options else (),
        options=rest(builder, options, INDEX_OPTIONS),
        span=builder.span(value),
    )


def read_constraint(builder: Builder, value: Object) -> ModelConstraint:
    """A model's constraint; raises UnresolvedError."""
    made, options = options_of(builder, value)
    if "name" not in options:
        raise UnresolvedError("it has no name")
    condition = options.get("check") or options.get("condition")
    expressions = builder.expressions(made.args)
    if "expressions" in options:
        expressions = tuple(builder.freeze(e.item) for e in builder.entries(options["expressions"]))
    distinct = options.get("nulls_distinct")
    return ModelConstraint(
        kind=made.known or made.kind,
        name=builder.text(options["name"]),
        fields=builder.texts(options["fields"]) if "fields" in options else (),
        expressions=expressions,
        condition=builder.freeze(condition) if condition is not None else None,
        include=builder.texts(options["include"]) if "include" in options else (),
        opclasses=builder.texts(options["opclasses"]) if "opclasses" in options else (),
        deferrable=builder.freeze(options["deferrable"]) if "deferrable" in options else None,
        nulls_distinct=builder.optional_flag(distinct) if distinct is not None else None,
        options=rest(builder, options, CONSTRAINT_OPTIONS),
        span=builder.span(value),
    )


def rest(builder: Builder, options: dict[str, Object], known: tuple[str, ...]) -> tuple[tuple[str, Value], ...]:
    """The options that have no attribute of their own."""
    return tuple((name, builder.freeze(value)) for name, value in options.items() if name not in known)
