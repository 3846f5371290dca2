"""What a Python function that a migration runs asks of the database, as far as its text tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from migration_lint.model.values import Span, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`span` is the call's. `conditional` holds the condition's source where it is made only under one; `repeated`
    says that it stands in a loop of which nobody knows how often it runs."""

    span: Span
    conditional: str | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class TableName:
    """The physical name of a model's table or, with `field`, of that field's column; `quoted` as an identifier.

    `app` is empty where `model` is the name of a setting, such as AUTH_USER_MODEL.
    """

    app: str
    model: str
    field: str | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class QuotedName:
    """A constant name, quoted as the database does."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSent(Action):
    """SQL that is sent through a cursor or the schema editor, in the parts that it is put together from.

    The file holds the text letter by letter in `text_span`, where that is given. `formatted` says that values which
    are neither constants nor quoted are put into the text.
    """

    parts: tuple[str | TableName | QuotedName | Unknown, ...]
    formatted: bool = False
    text_span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsWritten(Action):
    """Rows of a model that are written through the ORM.

    `fields` maps each field set to `null`, `itself`, `value`, or `unknown` (any of these). `limited` says that only
    some of the rows are taken; `only_nulls` that those are rows in which a field set is NULL, and `all_nulls` that they
    are all such rows. `rows` is how many are inserted, None if unknown.
    """

    kind: Literal["insert", "update", "delete"]
    app: str
    model: str
    fields: tuple[tuple[str, Literal["null", "itself", "value", "unknown"]], ...] = ()
    limited: bool = False
    only_nulls: bool = False
    all_nulls: bool = False
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaTouched(Action):
    """A use of the schema editor, the connection or a cursor that is not followed; `call` is how it is written."""

    call: str


Write: TypeAlias = SqlSent | RowsWritten | SchemaTouched


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsLooped(Action):
    """A loop over the rows of a model; `row` is what the loop calls a row, if it has one name for it.

    `nulls` are the fields that it wants NULL, `narrowed` says that something else, such as a key, a value or a slice,
    limits the rows. `streamed` says that they come through `iterator()`. `fields` are those that the loop sets in its
    row, `saved` is the first place at which it writes that row back by itself, and `every` says that it always does.
    """

    app: str
    model: str
    row: str
    nulls: tuple[str, ...] = ()
    narrowed: bool = False
    streamed: bool = False
    saved: Span | None = None
    every: bool = False
    fields: tuple[str, ...] = ()

    @property
    def takes_all(self) -> bool:
        """Whether it takes all rows, or all in which a field is NULL that it sets: before it runs that may be all."""
        return not self.narrowed and {*self.nulls} <= {*self.fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsPaged(Action):
    """A slice or page of a queryset that moves on from round to round of a loop.

    `order` is what the queryset is ordered by, None where the model decides. `wanted` are the fields it filters by and
    `written` those that the same function sets in rows of the model. A field that can't be told is `<unknown>`.
    """

    app: str
    model: str
    order: tuple[str, ...] | None
    wanted: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodUsed(Action):
    """A method called on a row, a manager or queryset, or the class of a model got from `apps.get_model`.

    `manager` is the manager's name, where one is used.
    """

    app: str
    model: str
    on: Literal["row", "query", "class"]
    name: str
    manager: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAsked(Action):
    """`apps.get_model` of a model; `guarded` says that the function copes with the application not being there."""

    app: str
    model: str
    guarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SideEffect(Action):
    """A call that does something outside of the database; `call` is how it is written."""

    kind: Literal["network", "mail", "task", "sleep", "command", "process", "file", "cache", "input"]
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted(Action):
    """A query that does not go to the database which the migration runs on; `call` is how it is written."""

    call: str


Note: TypeAlias = RowsLooped | RowsPaged | MethodUsed | ModelAsked | SideEffect | Unrouted
"""What else about a function is worth knowing, beside what it asks of the database."""
