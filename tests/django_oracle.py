"""Django itself as the judge of the lowering: its operations as ours, and what its schema editor really sends."""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import uuid
from dataclasses import dataclass, field
from typing import Any

from migration_lint.model import django as dj
from migration_lint.model.migration import Operation
from migration_lint.model.values import Call, Dict, Function, Reference, Span, Value

SPAN = Span(1, 1, 1, 2)


def value(python: Any) -> Value:
    """A Python object of a Django operation as the reader would give it."""
    from django.db import models

    if python is None or (isinstance(python, (bool, int, float, str, bytes)) and type(python).__module__ == "builtins"):
        return python
    if isinstance(python, enum.Enum):
        return Reference(_module(type(python)), f"{type(python).__qualname__}.{python.name}")
    if isinstance(python, (list, tuple, set, frozenset)):
        return tuple(value(item) for item in python)
    if isinstance(python, dict):
        return Dict(tuple((value(key), value(item)) for key, item in python.items()))
    if isinstance(python, str):
        return str(python)
    if isinstance(python, models.Field):
        _, path, args, kwargs = python.deconstruct()
        assert not args
        return _call(path, (), kwargs)
    if isinstance(python, (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)):
        return _temporal(python)
    if isinstance(python, decimal.Decimal):
        return _call("decimal.Decimal", (str(python),), {})
    if isinstance(python, uuid.UUID):
        return _call("uuid.UUID", (str(python),), {})
    if hasattr(python, "deconstruct"):
        path, args, kwargs = python.deconstruct()[-3:]
        return _call(path, args, kwargs)
    if getattr(python, "__name__", "") == "<lambda>":
        return Function("<lambda>", SPAN)
    if callable(python) and hasattr(python, "__qualname__"):
        return Reference(_module(python), python.__qualname__)
    raise TypeError(f"no value for {python!r}")


def _module(thing: Any) -> str:
    return str(thing.__module__)


def _temporal(python: Any) -> Value:
    kind = type(python).__name__
    if isinstance(python, datetime.timedelta):
        return _call("datetime.timedelta", (python.days, python.seconds, python.microseconds), {})
    names = {
        "datetime": ("year", "month", "day", "hour", "minute", "second", "microsecond"),
        "date": ("year", "month", "day"),
        "time": ("hour", "minute", "second", "microsecond"),
    }[kind]
    args = tuple(getattr(python, name) for name in names)
    kwargs: dict[str, Value] = {}
    if getattr(python, "tzinfo", None) is not None:
        kwargs["tzinfo"] = Reference("datetime", "timezone.utc")
    return Call(Reference("datetime", kind), args, tuple(kwargs.items()))


def _call(path: str, args: Any, kwargs: dict[str, Any]) -> Call:
    module, _, name = path.rpartition(".")
    return Call(
        Reference(module, name),
        tuple(value(arg) for arg in args),
        tuple((key, value(item)) for key, item in kwargs.items()),
    )


def model_field(source: Any) -> dj.Field:
    """A field; a project's own class comes with its bases."""
    from django.db import models

    _, path, args, kwargs = source.deconstruct()
    bases = tuple(
        f"{base.__module__}.{base.__name__}"
        for base in type(source).__mro__[1:]
        if issubclass(base, models.Field) and base is not models.Field
    )
    known = path.startswith("django.")
    options = [(key, value(item)) for key, item in kwargs.items()]
    assert not args or path.endswith("CompositePrimaryKey")
    if args:
        options.append(("field_names", value(args)))
    return dj.Field(path, tuple(options), SPAN, () if known else bases)


def model_index(source: Any) -> dj.ModelIndex:
    path, expressions, kwargs = source.deconstruct()
    kwargs = dict(kwargs)
    fields = tuple((name.lstrip("-"), name.startswith("-")) for name in kwargs.pop("fields", ()))
    return dj.ModelIndex(
        path,
        kwargs.pop("name", None) or None,
        fields,
        tuple(_named(expression) for expression in expressions),
        value(kwargs.pop("condition", None)),
        tuple(kwargs.pop("include", ()) or ()),
        tuple(kwargs.pop("opclasses", ()) or ()),
        tuple((key, value(item)) for key, item in kwargs.items()),
        SPAN,
    )


def _named(expression: Any) -> Value:
    return value(expression)


def model_constraint(source: Any) -> dj.ModelConstraint:
    path, expressions, kwargs = source.deconstruct()
    kwargs = dict(kwargs)
    condition = kwargs.pop("condition", None)
    if "check" in kwargs:
        condition = kwargs.pop("check")
    expressions = tuple(expressions) + tuple(kwargs.pop("expressions", ()))
    return dj.ModelConstraint(
        path,
        kwargs.pop("name"),
        tuple(kwargs.pop("fields", ())),
        tuple(value(expression) for expression in expressions),
        value(condition),
        tuple(kwargs.pop("include", ()) or ()),
        tuple(kwargs.pop("opclasses", ()) or ()),
        value(kwargs.pop("deferrable", None)),
        kwargs.pop("nulls_distinct", None),
        tuple((key, value(item)) for key, item in kwargs.items()),
        SPAN,
    )


def _together(groups: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(tuple(group) for group in groups or ()))


def _create_model(source: Any) -> Operation:
    options = dict(source.options)
    indexes = tuple(model_index(index) for index in options.pop("indexes", ()))
    constraints = tuple(model_constraint(constraint) for constraint in options.pop("constraints", ()))
    for name in ("unique_together", "index_together"):
        if name in options:
            options[name] = _together(options[name])
    return dj.CreateModel(
        span=SPAN,
        name=source.name,
        fields=tuple((name, model_field(declared)) for name, declared in source.fields),
        options=tuple((key, value(item)) for key, item in options.items()),
        bases=tuple(
            base if isinstance(base, str) else Reference(base.__module__, base.__name__) for base in source.bases
        ),
        indexes=indexes,
        constraints=constraints,
    )


def operation(source: Any) -> Operation:
    """A Django operation as ours."""
    kind = type(source).__name__
    simple = functools.partial(
        getattr(dj, kind.removesuffix("Concurrently").removesuffix("NotValid"), object), span=SPAN
    )
    match kind:
        case "CreateModel":
            return _create_model(source)
        case "DeleteModel":
            return simple(name=source.name)
        case "RenameModel":
            return simple(old_name=source.old_name, new_name=source.new_name)
        case "AlterModelTable":
            return simple(name=source.name, table=source.table)
        case "AlterModelTableComment":
            return simple(name=source.name, table_comment=source.table_comment)
        case "AlterModelOptions":
            return simple(name=source.name, options=tuple((k, value(v)) for k, v in source.options.items()))
        case "AlterModelManagers":
            return simple(name=source.name)
        case "AlterUniqueTogether":
            return simple(name=source.name, unique_together=_together(source.unique_together))
        case "AlterIndexTogether":
            return simple(name=source.name, index_together=_together(source.index_together))
        case "AlterOrderWithRespectTo":
            return simple(name=source.name, order_with_respect_to=source.order_with_respect_to)
        case "AddField" | "AlterField":
            return simple(
                model_name=source.model_name,
                name=source.name,
                field=model_field(source.field),
                preserve_default=source.preserve_default,
            )
        case "RemoveField":
            return simple(model_name=source.model_name, name=source.name)
        case "RenameField":
            return simple(model_name=source.model_name, old_name=source.old_name, new_name=source.new_name)
        case "AddIndex" | "AddIndexConcurrently":
            return simple(
                model_name=source.model_name, index=model_index(source.index), concurrently=kind.endswith("ly")
            )
        case "RemoveIndex" | "RemoveIndexConcurrently":
            return simple(model_name=source.model_name, name=source.name, concurrently=kind.endswith("ly"))
        case "RenameIndex":
            return simple(
                model_name=source.model_name,
                new_name=source.new_name,
                old_name=source.old_name,
                old_fields=tuple(source.old_fields) if source.old_fields else None,
            )
        case "AddConstraint" | "AddConstraintNotValid":
            return simple(
                model_name=source.model_name,
                constraint=model_constraint(source.constraint),
                not_valid=kind.endswith("NotValid"),
            )
        case "RemoveConstraint" | "ValidateConstraint":
            return simple(model_name=source.model_name, name=source.name)
        case "AlterConstraint":
            return simple(
                model_name=source.model_name, name=source.name, constraint=model_constraint(source.constraint)
            )
        case "RunPython":
            return dj.RunPython(span=SPAN, code=Function("code", SPAN), reverse_code=None)
        case _:
            raise TypeError(f"no operation for {source!r}")


@dataclass
class Recorded:
    """What Django sent for one migration: for each operation, and at its end; `error` is why it refused."""

    operations: list[list[str]] = field(default_factory=list)
    deferred: list[str] = field(default_factory=list)
    error: str | None = None


def run_migration(
    connection: Any, operations: list[Any], state: Any, app: str, *, atomic: bool = True
) -> tuple[Recorded, Any]:
    """Run a migration's operations for real and record its SQL. The database is left as it was if one is refused."""
    recorded = Recorded()

    class Recorder(connection.SchemaEditorClass):  # type: ignore[name-defined, misc]
        def execute(self, sql: Any, params: Any = ()) -> Any:
            text = str(sql)
            if params is not None:
                text = (
                    connection.ops.compose_sql(text, params)
                    if hasattr(connection.ops, "compose_sql")
                    else (text % tuple(self.quote_value(p) for p in params))
                )
            target.append(text)
            return super().execute(sql, params)

    target: list[str] = []
    with Recorder(connection, atomic=atomic) as editor:
        for op in operations:
            target = []
            recorded.operations.append(target)
            after = state.clone()
            op.state_forwards(app, after)
            op.database_forwards(app, editor, state, after)
            state = after
        target = recorded.deferred
    return recorded, state
