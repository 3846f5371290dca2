"""Django's migration operations, model fields, indexes and constraints as their authors wrote them.

Operations whose essential names (model, field) could not be resolved are `NotAnalysed`, so names here are plain
strings. Names are kept in the case they were written in; Django compares models and fields without regard to case.
"""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.migration import FunctionFacts, Operation
from migration_lint.model.values import Function, Reference, Span, Unknown, Value


@dataclass(frozen=True, slots=True)
class Field:
    """A model field.

    `kind` is the dotted class: `django.db.models.CharField` for whatever path it was imported by
    (`django.db.models.fields.CharField` is the same class), `django.contrib.postgres.fields.ArrayField`, or a
    project's own class. `bases` are the classes it derives from, nearest first, as far as they are known from the
    file or the tree; a subclass that defines `db_type`, `rel_db_type`, `db_parameters`, `get_internal_type` or
    `deconstruct` in a way that cannot be read has no bases. `options` are the arguments by name, positional ones
    bound to the names of the class's signature; those of a subclass's own `__init__` are merged in where that can be
    read. `column_types` is what a `db_type` of the project's own returns, where that is constant: each type with the
    condition under which it is that.
    """

    kind: str
    options: tuple[tuple[str, Value], ...]
    span: Span
    bases: tuple[str, ...] = ()
    column_types: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelIndex:
    """`models.Index` or a subclass of it from django.contrib.postgres.indexes; `kind` is the dotted class.

    `fields` has one entry a key: (name, descending). `expressions` are given instead of fields.
    """

    kind: str
    name: str | None
    fields: tuple[tuple[str, bool], ...]
    expressions: tuple[Value, ...]
    condition: Value
    include: tuple[str, ...]
    opclasses: tuple[str, ...]
    options: tuple[tuple[str, Value], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ModelConstraint:
    """`CheckConstraint`, `UniqueConstraint`, `ExclusionConstraint`, or a project's own; `kind` is the dotted class.

    `condition` is a CheckConstraint's `check` or `condition`, or the condition of a unique or exclusion constraint.
    """

    kind: str
    name: str
    fields: tuple[str, ...]
    expressions: tuple[Value, ...]
    condition: Value
    include: tuple[str, ...]
    opclasses: tuple[str, ...]
    deferrable: Value
    nulls_distinct: bool | None
    options: tuple[tuple[str, Value], ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateModel(Operation):
    """`bases` are dotted names or `app.Model` strings; `options` is the model's Meta as written. `unread` is what of
    the fields could not be told, not even their names. `managers` are the names of those that migrations can use, None
    if they can't be told."""

    name: str
    fields: tuple[tuple[str, Field | Unknown], ...]
    options: tuple[tuple[str, Value], ...]
    bases: tuple[Value, ...]
    indexes: tuple[ModelIndex | Unknown, ...] = ()
    constraints: tuple[ModelConstraint | Unknown, ...] = ()
    unread: Unknown | None = None
    managers: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteModel(Operation):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameModel(Operation):
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterModelTable(Operation):
    name: str
    table: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterModelTableComment(Operation):
    name: str
    table_comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterModelOptions(Operation):
    name: str
    options: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterModelManagers(Operation):
    name: str
    managers: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterUniqueTogether(Operation):
    name: str
    unique_together: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterIndexTogether(Operation):
    name: str
    index_together: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterOrderWithRespectTo(Operation):
    name: str
    order_with_respect_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddField(Operation):
    model_name: str
    name: str
    field: Field
    preserve_default: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterField(Operation):
    model_name: str
    name: str
    field: Field
    preserve_default: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveField(Operation):
    model_name: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameField(Operation):
    model_name: str
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIndex(Operation):
    """Also AddIndexConcurrently."""

    model_name: str
    index: ModelIndex
    concurrently: bool = False

    @property
    def kind(self) -> str:
        return "AddIndexConcurrently" if self.concurrently else "AddIndex"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveIndex(Operation):
    """Also RemoveIndexConcurrently."""

    model_name: str
    name: str
    concurrently: bool = False

    @property
    def kind(self) -> str:
        return "RemoveIndexConcurrently" if self.concurrently else "RemoveIndex"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameIndex(Operation):
    """`old_fields` instead of `old_name` renames the unnamed index of an index_together."""

    model_name: str
    new_name: str
    old_name: str | None
    old_fields: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConstraint(Operation):
    """Also AddConstraintNotValid."""

    model_name: str
    constraint: ModelConstraint
    not_valid: bool = False

    @property
    def kind(self) -> str:
        return "AddConstraintNotValid" if self.not_valid else "AddConstraint"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveConstraint(Operation):
    model_name: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterConstraint(Operation):
    """Django 5.2 and later; changes the state only."""

    model_name: str
    name: str
    constraint: ModelConstraint


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateConstraint(Operation):
    model_name: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateExtension(Operation):
    """CreateExtension and its named subclasses (TrigramExtension, CITextExtension, …)."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCollation(Operation):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCollation(Operation):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPython(Operation):
    """`reverse_code` is None both when it is left out and when None is written; RunPython.noop is a Reference to
    `django.db.migrations.RunPython.noop`."""

    code: Function | Reference | Unknown
    reverse_code: Function | Reference | Unknown | None
    atomic: bool | None = None
    elidable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOperation(Operation):
    """An operation of a class of the project's own: `name` as written, and what its `database_forwards` does.

    It leaves the state alone; what it does to that is another operation beside it.
    """

    name: str
    facts: FunctionFacts

    @property
    def kind(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class SqlText:
    """A piece of SQL that RunSQL sends in one call, and where its text begins in the file.

    `text` is the resolved text. `exact` says that the file holds the text letter by letter from `span` on (one plain
    string literal without escapes), so positions inside it can be pointed at.
    """

    text: str
    span: Span
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSQL(Operation):
    """`sql` and `reverse_sql` hold one entry a call of the database; None for `reverse_sql` means none was given;
    RunSQL.noop is an empty tuple. `state_operations` change the state only."""

    sql: tuple[SqlText | Unknown, ...]
    reverse_sql: tuple[SqlText | Unknown, ...] | None
    state_operations: tuple[Operation, ...] = ()
    elidable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparateDatabaseAndState(Operation):
    database_operations: tuple[Operation, ...]
    state_operations: tuple[Operation, ...]
