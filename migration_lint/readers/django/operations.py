"""Django's migration operations, by the signatures their classes have in Django 3.2 to 6.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import libcst as cst

from migration_lint.model import django as model
from migration_lint.model.migration import NotAnalysed, Operation
from migration_lint.model.values import Unknown
from migration_lint.readers.django.builder import Builder, UnresolvedError
from migration_lint.readers.django.constraints import read_constraint, read_index
from migration_lint.readers.django.construction import Made, construct
from migration_lint.readers.django.created_models import bases, create_model, managers, model_fields, model_options
from migration_lint.readers.django.fields import read_field
from migration_lint.readers.django.names import MIGRATIONS, POSTGRES_OPERATIONS
from migration_lint.readers.django.overrides import apply_overrides, own_operation
from migration_lint.readers.django.own_operations import BASES, database_part
from migration_lint.readers.django.run_python import callable_
from migration_lint.readers.django.third_party import WITHOUT_EFFECT
from migration_lint.readers.python.inspecting import why
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    Entry,
    FunctionObject,
    Invocation,
    Mapping,
    Object,
    Outside,
    Sequence,
    join_conditions,
)

REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation: how its argument is read (None: nobody asks), and what it is if left out."""

    name: str
    read: Callable[[Builder, Object], Any] | None
    default: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class Signature:
    """How an operation is made from its arguments."""

    make: Callable[..., Operation]
    parameters: tuple[Parameter, ...]


def read_operations(builder: Builder, value: Object, condition: str | None = None) -> tuple[Operation, ...]:
    """The operations in a list."""
    value = builder.home.resolve(value)
    if isinstance(value, Constant) and value.value is None:
        return ()
    if not isinstance(value, Sequence):
        return (NotAnalysed(span=builder.span(value), conditional=condition, name="operations", reason=why(value)),)
    return tuple(read_operation(builder, e, condition) for e in value.entries)


def read_operation(builder: Builder, entry: Entry, condition: str | None) -> Operation:
    """One operation, NotAnalysed where it can't be told."""
    value = builder.home.resolve(entry.item)
    condition = join_conditions(condition, entry.condition)
    outer = builder.site
    builder.site = builder.span(value)
    try:
        operation = call_operation(builder, value, condition)
    except UnresolvedError as unresolved:
        operation = not_analysed(builder, value, condition, str(unresolved))
    finally:
        builder.site = outer
    return replace(operation, irreversible=True) if irreversible(builder, value) else operation


def irreversible(builder: Builder, value: Object) -> bool:
    """Whether an operation's class says that it can't be undone: `reversible = False`, or a way back that raises."""
    made = builder.home.resolve(value.function) if isinstance(value, Invocation) else None
    for definition in builder.home.ancestry(made) if isinstance(made, ClassObject) else ():
        names = builder.home.class_body(definition).names if isinstance(definition, ClassObject) else {}
        match names.get("reversible"), names.get("database_backwards"):
            case Constant(value=told), _:
                return told is False
            case None, FunctionObject(node=cst.FunctionDef(body=body)):
                return always_raises(body)
    return False


def always_raises(body: cst.BaseSuite) -> bool:
    """Whether a function's body does nothing but raise."""
    lines = [line.body[0] for line in body.body if isinstance(line, cst.SimpleStatementLine)]
    rest = [line for line in lines if not (isinstance(line, cst.Expr) and isinstance(line.value, cst.SimpleString))]
    return len(lines) == len(body.body) and len(rest) == 1 and isinstance(rest[0], cst.Raise)


def not_analysed(builder: Builder, value: Object, condition: str | None, reason: str) -> NotAnalysed:
    """An operation that could not be read."""
    return NotAnalysed(span=builder.span(value), conditional=condition, name=written_name(value), reason=reason)


def written_name(value: Object) -> str:
    """What the author calls an operation."""
    node: cst.CSTNode = value.node
    while isinstance(node, (cst.StarredElement, cst.Call)):
        node = node.value if isinstance(node, cst.StarredElement) else node.func
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else "operation"


def call_operation(builder: Builder, value: Object, condition: str | None) -> Operation:
    """The operation that a call makes; raises UnresolvedError."""
    match value:
        case Invocation(function=Outside(path=path)) if path in WITHOUT_EFFECT:
            return model.SeparateDatabaseAndState(
                span=builder.span(value), conditional=condition, database_operations=(), state_operations=()
            )
    if isinstance(value, (Constant, Sequence, Mapping, FunctionObject, ClassObject)):
        raise UnresolvedError("it is not an operation")
    made = construct(builder, value, is_operation)
    if isinstance(made, Unknown):
        raise UnresolvedError(made.reason)
    name = written_name(value)
    if made.known is None and made.classes and BASES & {*made.bases}:
        assert isinstance(value, Invocation)
        own = partial(database_part, builder, made, value, name, condition, {})
        return own_operation(builder, made, name, condition, own)
    if made.known is None or made.problem:
        raise UnresolvedError(custom(made, value) if made.known is None else made.problem)
    module, _, known = made.known.rpartition(".")
    signature = OPERATIONS[module][known]
    operation = build(builder, signature, made, value, condition)
    if not made.classes:
        return operation
    assert isinstance(value, Invocation)
    given = dict(zip((p.name for p in signature.parameters), made.args, strict=False)) | dict(made.kwargs)
    own = partial(database_part, builder, made, value, name, condition, given)
    return apply_overrides(builder, made, operation, name, own)


def custom(made: Made, value: Object) -> str:
    """Why a class that is not Django's can't be read."""
    if made.classes:
        return f"{made.kind} is an operation of the project's own"
    if isinstance(value, Invocation) and value.why:
        return value.why
    return f"{made.kind} is defined outside of the files at hand"


def is_operation(path: str) -> str | None:
    """The path if it is an operation of Django's."""
    module, _, name = path.rpartition(".")
    return path if name in OPERATIONS.get(module, ()) else None


def build(builder: Builder, signature: Signature, made: Made, value: Object, condition: str | None) -> Operation:
    """Bind the arguments and read each; raises UnresolvedError."""
    given = dict(zip((p.name for p in signature.parameters), made.args, strict=False))
    if len(made.args) > len(signature.parameters):
        raise UnresolvedError("it is given more arguments than it takes")
    given.update(made.kwargs)
    if "**" in given:
        raise UnresolvedError(f"its arguments can't be told: {why(given['**'])}")
    arguments: dict[str, Any] = {}
    for parameter in signature.parameters:
        if parameter.name not in given:
            if parameter.default is REQUIRED:
                raise UnresolvedError(f"the argument {parameter.name} is missing")
            if parameter.read is not None:
                arguments[parameter.name] = parameter.default
        elif parameter.read is not None:
            try:
                arguments[parameter.name] = parameter.read(builder, given[parameter.name])
            except UnresolvedError as unresolved:
                raise UnresolvedError(f"{parameter.name} can't be told: {unresolved}") from None
    return signature.make(span=builder.span(value), conditional=condition, **arguments)


def field(builder: Builder, value: Object) -> model.Field:
    """A field; raises UnresolvedError."""
    made = read_field(builder, value)
    if isinstance(made, Unknown):
        raise UnresolvedError(made.reason)
    return made


def state_operations(builder: Builder, value: Object) -> tuple[Operation, ...]:
    """A nested list of operations."""
    return read_operations(builder, value)


P = Parameter
_text, _optional_text, _flag, _optional_flag = Builder.text, Builder.optional_text, Builder.flag, Builder.optional_flag
_name, _model_name = P("name", _text), P("model_name", _text)
_elidable, _hints = P("elidable", _flag, False), P("hints", None, None)
_with_field = (_model_name, _name, P("field", field), P("preserve_default", _flag, True))
_index = (_model_name, P("index", read_index))
_named = (_model_name, _name)
_constraint = (_model_name, P("constraint", read_constraint))
_collation = (_name, P("locale", None, None), P("provider", None, None), P("deterministic", None, None))

OPERATIONS: dict[str, dict[str, Signature]] = {
    MIGRATIONS: {
        "CreateModel": Signature(
            create_model,
            (
                _name,
                P("fields", model_fields),
                P("options", model_options, {"options": ()}),
                P("bases", bases, ()),
                P("managers", managers, ()),
            ),
        ),
        "DeleteModel": Signature(model.DeleteModel, (_name,)),
        "RenameModel": Signature(model.RenameModel, (P("old_name", _text), P("new_name", _text))),
        "AlterModelTable": Signature(model.AlterModelTable, (_name, P("table", _optional_text))),
        "AlterModelTableComment": Signature(model.AlterModelTableComment, (_name, P("table_comment", _optional_text))),
        "AlterModelOptions": Signature(model.AlterModelOptions, (_name, P("options", Builder.items))),
        "AlterModelManagers": Signature(model.AlterModelManagers, (_name, P("managers", managers, ()))),
        "AlterUniqueTogether": Signature(model.AlterUniqueTogether, (_name, P("unique_together", Builder.text_groups))),
        "AlterIndexTogether": Signature(model.AlterIndexTogether, (_name, P("index_together", Builder.text_groups))),
        "AlterOrderWithRespectTo": Signature(
            model.AlterOrderWithRespectTo, (_name, P("order_with_respect_to", _optional_text))
        ),
        "AddField": Signature(model.AddField, _with_field),
        "AlterField": Signature(model.AlterField, _with_field),
        "RemoveField": Signature(model.RemoveField, _named),
        "RenameField": Signature(model.RenameField, (_model_name, P("old_name", _text), P("new_name", _text))),
        "AddIndex": Signature(model.AddIndex, _index),
        "RemoveIndex": Signature(model.RemoveIndex, _named),
        "RenameIndex": Signature(
            model.RenameIndex,
            (
                _model_name,
                P("new_name", _text),
                P("old_name", _optional_text, None),
                P("old_fields", Builder.texts, None),
            ),
        ),
        "AddConstraint": Signature(model.AddConstraint, _constraint),
        "RemoveConstraint": Signature(model.RemoveConstraint, _named),
        "AlterConstraint": Signature(model.AlterConstraint, (*_named, P("constraint", read_constraint))),
        "RunPython": Signature(
            model.RunPython,
            (
                P("code", callable_),
                P("reverse_code", callable_, None),
                P("atomic", _optional_flag, None),
                _hints,
                _elidable,
            ),
        ),
        "RunSQL": Signature(
            model.RunSQL,
            (
                P("sql", lambda builder, value: builder.sql(value) or ()),
                P("reverse_sql", Builder.sql, None),
                P("state_operations", state_operations, ()),
                _hints,
                _elidable,
            ),
        ),
        "SeparateDatabaseAndState": Signature(
            model.SeparateDatabaseAndState,
            (P("database_operations", state_operations, ()), P("state_operations", state_operations, ())),
        ),
    },
    POSTGRES_OPERATIONS: {
        "AddIndexConcurrently": Signature(partial(model.AddIndex, concurrently=True), _index),
        "RemoveIndexConcurrently": Signature(partial(model.RemoveIndex, concurrently=True), _named),
        "AddConstraintNotValid": Signature(partial(model.AddConstraint, not_valid=True), _constraint),
        "ValidateConstraint": Signature(model.ValidateConstraint, _named),
        "CreateExtension": Signature(model.CreateExtension, (_name, _hints)),
        "CreateCollation": Signature(model.CreateCollation, _collation),
        "RemoveCollation": Signature(model.RemoveCollation, _collation),
        **{
            operation: Signature(partial(model.CreateExtension, name=extension), (_hints,))
            for operation, extension in {
                "BloomExtension": "bloom",
                "BtreeGinExtension": "btree_gin",
                "BtreeGistExtension": "btree_gist",
                "CITextExtension": "citext",
                "CryptoExtension": "pgcrypto",
                "HStoreExtension": "hstore",
                "TrigramExtension": "pg_trgm",
                "UnaccentExtension": "unaccent",
            }.items()
        },
    },
    "pgvector.django": {"VectorExtension": Signature(partial(model.CreateExtension, name="vector"), (_hints,))},
}
"""Module -> class -> how it is made. pgvector's is a CreateExtension of its own."""
