"""Indexes and constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migration_lint.model.statements.base import Statement
from migration_lint.model.tables import Constraint, Index


@dataclass(frozen=True, slots=True)
class CreateIndex(Statement):
    """`only` leaves a partitioned table's partitions alone: nothing is built, the index is not valid yet."""

    index: Index
    concurrently: bool = False
    if_not_exists: bool = False
    only: bool = False


@dataclass(frozen=True, slots=True)
class DropIndex(Statement):
    """`table` is None where only the schema can tell whose index it is."""

    name: str
    table: str | None = None
    concurrently: bool = False
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameIndex(Statement):
    name: str
    new_name: str
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Reindex(Statement):
    """`target` names a table, an index, or nothing for a whole schema or database."""

    target_kind: Literal["table", "index", "schema", "database", "system"]
    target: str | None
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class AddConstraint(Statement):
    """`using_index` names an index that becomes the constraint's; a constraint that is not valid yet has
    `validated=False`. `only` leaves a partitioned table's partitions alone."""

    table: str
    constraint: Constraint
    using_index: str | None = None
    only: bool = False


@dataclass(frozen=True, slots=True)
class DropConstraint(Statement):
    table: str
    name: str
    cascade: bool = False
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class ValidateConstraint(Statement):
    table: str
    name: str


@dataclass(frozen=True, slots=True)
class RenameConstraint(Statement):
    table: str
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class AlterConstraint(Statement):
    """Deferrability, or MySQL's [NOT] ENFORCED."""

    table: str
    name: str
    deferrable: bool | None = None
    initially_deferred: bool | None = None
    enforced: bool | None = None
