"""Columns added, dropped, renamed and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migration_lint.model.statements.base import Statement
from migration_lint.model.tables import Column, ColumnType, Constraint, Default
from migration_lint.model.values import Unknown


@dataclass(frozen=True, slots=True)
class AddColumn(Statement):
    """`constraints` are those written inline with the column and so added in the same pass. `position` is MySQL's
    FIRST or AFTER."""

    table: str
    column: Column
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False
    position: str | None = None


@dataclass(frozen=True, slots=True)
class DropColumn(Statement):
    table: str
    column: str
    cascade: bool = False
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameColumn(Statement):
    table: str
    column: str
    new_name: str


@dataclass(frozen=True, slots=True)
class AlterColumnType(Statement):
    """`collation` is the one written, None when none is. `using` is the USING expression's SQL."""

    table: str
    column: str
    type: ColumnType | Unknown
    using: str | Unknown | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class ModifyColumn(Statement):
    """MySQL's MODIFY and CHANGE: the column gets this whole new definition; `column` is its name before."""

    table: str
    column: str
    definition: Column
    position: str | None = None


@dataclass(frozen=True, slots=True)
class SetNotNull(Statement):
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class DropNotNull(Statement):
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class SetDefault(Statement):
    table: str
    column: str
    default: Default | Unknown


@dataclass(frozen=True, slots=True)
class DropDefault(Statement):
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class SetIdentity(Statement):
    """ADD GENERATED … AS IDENTITY, DROP IDENTITY (`kind` None), or MySQL's AUTO_INCREMENT gained or lost.

    `starts` says that a number to start with is written."""

    table: str
    column: str
    kind: Literal["identity", "serial", "auto_increment", None]
    starts: bool = False


@dataclass(frozen=True, slots=True)
class SetColumnOption(Statement):
    """`option` is one of `statistics storage compression expression …`."""

    table: str
    column: str
    option: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Comment(Statement):
    """COMMENT ON TABLE, or on a column where `column` is given."""

    table: str
    column: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Forget(Statement):
    """The running code no longer knows the table, or the column (Django's state-only removal). No SQL is sent."""

    table: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Expect(Statement):
    """The running code now knows the table, or the column (Django's state-only addition). No SQL is sent."""

    table: str
    column: str | None = None
