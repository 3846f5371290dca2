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
    some of the rows are taken; `only_nulls` that those are rows in which a field set is NULL. `rows` is how many are
    inserted, None if unknown.
    """

    kind: Literal["insert", "update", "delete"]
    app: str
    model: str
    fields: tuple[tuple[str, Literal["null", "itself", "value", "unknown"]], ...] = ()
    limited: bool = False
    only_nulls: bool = False
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaTouched(Action):
    """A use of the schema editor, the connection or a cursor that is not followed; `call` is how it is written."""

    call: str


Write: TypeAlias = SqlSent | RowsWritten | SchemaTouched
