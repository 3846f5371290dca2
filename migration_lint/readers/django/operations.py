"""Django's migration operations, by the signatures their classes have in Django 3.2 to 6.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import libcst as cst

from migration_lint.model import django as model
from migration_lint.model.functions import Note, RowsLooped, SqlSent, Write
from migration_lint.model.migration import NotAnalysed, Operation
from migration_lint.model.values import Function, Reference, Span, Unknown
from migration_lint.readers.django.builder import Builder, UnresolvedError
from migration_lint.readers.django.constraints import read_constraint, read_index
from migration_lint.readers.django.construction import Made, construct
from migration_lint.readers.django.fields import read_field
from migration_lint.readers.django.functions import function_facts
from migration_lint.readers.django.names import MIGRATIONS, POSTGRES_OPERATIONS
from migration_lint.readers.django.overrides import apply_overrides, own_operation
from migration_lint.readers.django.own_operations import BASES, database_part
from migration_lint.readers.django.third_party import WITHOUT_EFFECT
from migration_lint.readers.python.inspecting import why
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    Entry,
    FunctionObject,
    Invocation,
    Mapping,
    Method,
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


def state_operations(builder: Builder, value: Object) -> tuple[Operation, ...]:
    """A nested list of operations."""
    return read_operations(builder, value)


def bases(builder: Builder, value: Object) -> tuple[Any, ...]:
    """The bases of a model: names and `app.Model` strings."""
    return tuple(builder.freeze(builder.certain(e)) for e in builder.entries(value))


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
