"""What a CreateModel is given: fields, Meta options, bases and managers, each part as far as it can be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migration_lint.model import django as model
from migration_lint.model.migration import Operation
from migration_lint.model.values import Unknown
from migration_lint.readers.django.builder import Builder, UnresolvedError
from migration_lint.readers.django.constraints import read_constraint, read_index
from migration_lint.readers.django.fields import read_field
from migration_lint.readers.python.objects import Entry, Mapping, Object, Sequence


def model_fields(builder: Builder, value: Object) -> dict[str, Any]:
    """The fields of a CreateModel, and what of them is not even known by name."""
    resolved = builder.home.resolve(value)
    fields: list[tuple[str, model.Field | Unknown]] = []
    unread: Unknown | None = None
    try:
        if isinstance(resolved, Mapping):
            pairs = [Entry(Sequence(k.node, k.home, [Entry(k), Entry(v)])) for k, v in resolved.items]
        else:
            pairs = builder.entries(resolved)
    except UnresolvedError as unresolved:
        return {"fields": (), "unread": builder.unknown(resolved, f"fields can't be told: {unresolved}")}
    for entry in pairs:
        try:
            fields.append(model_field(builder, entry))
        except UnresolvedError as unresolved:
            unread = unread or builder.unknown(entry.item, f"not all fields can be told: {unresolved}")
    return {"fields": tuple(fields), "unread": unread}


def model_field(builder: Builder, entry: Entry) -> tuple[str, model.Field | Unknown]:
    """A pair of a name and a field; raises UnresolvedError where not even the name is known."""
    pair = builder.entries(builder.certain(entry))
    if len(pair) != 2:
        raise UnresolvedError("a field is not a pair of name and field")
    return builder.text(pair[0].item), read_field(builder, pair[1].item)


def create_model(*, fields: dict[str, Any], options: dict[str, Any], **rest: Any) -> Operation:
    """A CreateModel whose fields and Meta options were taken apart."""
    return model.CreateModel(**fields, **options, **rest)


def model_options(builder: Builder, value: Object) -> dict[str, Any]:
    """A model's Meta options, its indexes and constraints read; raises UnresolvedError."""
    parts: dict[str, Any] = {"options": builder.items(value)}
    for name, item in builder.mapping(value):
        if name in ("indexes", "constraints"):
            read = read_index if name == "indexes" else read_constraint
            parts[name] = tuple(known_or_not(builder, read, e) for e in builder.entries(item))
    return parts


def known_or_not(builder: Builder, read: Callable[[Builder, Object], Any], entry: Entry) -> Any:
    """An index or constraint, Unknown where it can't be read."""
    try:
        return read(builder, builder.certain(entry))
    except UnresolvedError as unresolved:
        return builder.unknown(entry.item, str(unresolved))


def managers(builder: Builder, value: Object) -> tuple[str, ...] | None:
    """The names of a model's managers, None if they can't be told."""
    try:
        return tuple(builder.text(builder.entries(entry.item)[0].item) for entry in builder.entries(value))
    except (UnresolvedError, IndexError):
        return None


def bases(builder: Builder, value: Object) -> tuple[Any, ...]:
    """The bases of a model: names and `app.Model` strings."""
    return tuple(builder.freeze(builder.certain(e)) for e in builder.entries(value))
