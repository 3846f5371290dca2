"""Rows written and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migration_lint.model.statements.base import Statement


@dataclass(frozen=True, slots=True)
class Insert(Statement):
    """`rows` is how many are written; None when that is not known (INSERT … SELECT, COPY)."""

    table: str
    columns: tuple[str, ...] | None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Update(Statement):
    """`columns` maps each column set to `null`, `itself`, `value`, or `unknown` (any of these). `whole_table` says that
    no WHERE limits it, or only one that is always true; `only_nulls` that the WHERE takes only rows in which a set
    column is NULL, and `all_nulls` that it takes all of these."""

    table: str
    columns: tuple[tuple[str, Literal["null", "itself", "value", "unknown"]], ...]
    whole_table: bool
    only_nulls: bool = False
    all_nulls: bool = False


@dataclass(frozen=True, slots=True)
class Delete(Statement):
    table: str
    whole_table: bool


@dataclass(frozen=True, slots=True)
class Truncate(Statement):
    tables: tuple[str, ...]
    cascade: bool = False
