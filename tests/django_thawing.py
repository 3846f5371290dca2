"""From the reader's records back to Django's own objects, so that Django says whether they are the same."""

from __future__ import annotations

import dataclasses
import importlib
from functools import reduce
from types import ModuleType
from typing import Any

from migration_lint.model import django as dj
from migration_lint.model.migration import Operation
from migration_lint.model.values import Call, Dict, Function, Reference, Unknown, Value

UNREAD = {"managers", "hints"}  # of no interest to the reader
PLACE = {"span", "conditional", "irreversible", "concurrently", "not_valid"}


def load(path: str) -> Any:
    """What stands under a dotted path."""
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        return reduce(getattr, parts[length:], module)
    raise LookupError(path)


class Thawing:
    """Builds Django's objects; `module` is the migration's own, for the names it defines."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def value(self, value: Value) -> Any:
        match value:
            case tuple():
                return tuple(self.value(v) for v in value)
            case Dict():
                return {self.value(k): self.value(v) for k, v in value.items}
            case Reference():
                return load(value.dotted) if value.module else reduce(getattr, value.name.split("."), self.module)
            case Call(function=Reference("operator", "methodcaller"), args=(receiver, str() as method, *args)):
                kwargs = {k: self.value(v) for k, v in value.kwargs}
                return getattr(self.value(receiver), method)(*map(self.value, args), **kwargs)
            case Call():
                if value.function.dotted.startswith("django.db.models.") and value.function.name.endswith("Field"):
                    return load(value.function.dotted)(*map(self.value, value.args), **self.options(value.kwargs))
                return self.value(value.function)(*map(self.value, value.args), **self.options(value.kwargs))
            case Function():
                return getattr(self.module, value.name)
            case Unknown():
                raise AssertionError(value)
        return value

    def options(self, options: tuple[tuple[str, Value], ...]) -> dict[str, Any]:
        return {name: self.value(value) for name, value in options}

    def field(self, field: dj.Field | Unknown) -> Any:
        assert isinstance(field, dj.Field), field
        options = self.options(field.options)
        if "field_names" in options:
            return load(field.kind)(*options["field_names"])
        return load(field.kind)(**options)

    def index(self, index: dj.ModelIndex | Unknown) -> Any:
        assert isinstance(index, dj.ModelIndex), index
        options = self.options(index.options)
        given = {
            "name": index.name,
            "fields": [f"-{name}" if descending else name for name, descending in index.fields],
            "condition": self.value(index.condition),
            "include": index.include,
            "opclasses": index.opclasses,
        }
        options |= {name: item for name, item in given.items() if item}
        return load(index.kind)(*map(self.value, index.expressions), **options)

    def constraint(self, constraint: dj.ModelConstraint | Unknown) -> Any:
        assert isinstance(constraint, dj.ModelConstraint), constraint
        options = self.options(constraint.options)
        given = {
            "name": constraint.name,
            "fields": constraint.fields,
            "condition": self.value(constraint.condition),
            "include": constraint.include,
            "opclasses": constraint.opclasses,
            "deferrable": self.value(constraint.deferrable),
        }
        options |= {name: item for name, item in given.items() if item}
        if constraint.nulls_distinct is not None:
            options["nulls_distinct"] = constraint.nulls_distinct
        expressions = tuple(map(self.value, constraint.expressions))
        if constraint.kind.endswith("ExclusionConstraint"):
            return load(constraint.kind)(expressions=expressions, **options)
        return load(constraint.kind)(*expressions, **options)

    def operation(self, operation: Operation) -> Any:
        from django.contrib.postgres import operations as postgres
        from django.db import migrations

        made = getattr(migrations, operation.kind, None) or getattr(postgres, operation.kind)
        given = {f.name: getattr(operation, f.name) for f in dataclasses.fields(operation) if f.name not in PLACE}
        match operation:
            case dj.CreateModel():
                options = self.options(operation.options)
                if operation.indexes:
                    options["indexes"] = [self.index(i) for i in operation.indexes]
                if operation.constraints:
                    options["constraints"] = [self.constraint(c) for c in operation.constraints]
                fields = [(name, self.field(field)) for name, field in operation.fields]
                return made(operation.name, fields, options, tuple(map(self.value, operation.bases)) or None)
            case dj.AlterModelManagers():
                return made(operation.name, [])
            case dj.RunSQL():
                sent, back = (
                    None if part is None else [text.text for text in part if isinstance(text, dj.SqlText)]
                    for part in (operation.sql, operation.reverse_sql)
                )
                return made(sent, back, elidable=operation.elidable)
            case dj.CreateExtension():
                return made(operation.name)
            case dj.SeparateDatabaseAndState():
                return made(*([self.operation(o) for o in part] for part in given.values()))
        for name, thaw in (("field", self.field), ("index", self.index), ("constraint", self.constraint)):
            if name in given:
                given[name] = thaw(given[name])
        for name in ("options", "code", "reverse_code"):
            if name in given:
                given[name] = self.options(given[name]) if name == "options" else self.value(given[name])
        if operation.kind == "RenameIndex":
            given = {name: item for name, item in given.items() if item is not None}
        return made(**given)


def comparable(thing: Any) -> Any:
    """A form of Django's objects that is equal where they mean the same."""
    from django.utils.functional import Promise

    if isinstance(thing, Promise):
        return str(thing)
    if isinstance(thing, (set, frozenset)):
        return sorted(map(comparable, thing))
    if isinstance(thing, (list, tuple)):
        return [comparable(item) for item in thing]
    if isinstance(thing, dict):
        return {key: comparable(item) for key, item in thing.items() if key not in UNREAD}
    if hasattr(thing, "deconstruct") and not isinstance(thing, type):
        _, *rest = thing.deconstruct() if len(thing.deconstruct()) == 4 else ("", *thing.deconstruct())
        return comparable(rest)
    if not isinstance(thing, (int, float, str, bytes, type(None))) and type(thing).__repr__ is object.__repr__:
        return (type(thing).__name__, comparable(vars(thing)))
    return thing
