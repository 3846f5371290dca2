"""SQL text that is put together from values that nobody quotes."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.functions import QuotedName, TableName
from migration_lint.model.values import Span, Unknown


@dataclass(frozen=True, slots=True)
class BuiltSql(Unknown):
    """A text for RunSQL that only running the migration tells; `parts` are what it is put together from, `span` is
    where the expression stands."""

    parts: tuple[str | TableName | QuotedName | Unknown, ...]
    span: Span
