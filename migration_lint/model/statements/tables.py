"""Tables made, dropped, renamed and arranged."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.statements.base import Statement
from migration_lint.model.tables import Table


@dataclass(frozen=True, slots=True)
class CreateTable(Statement):
    table: Table
    if_not_exists: bool = False
    temporary: bool = False
    unlogged: bool = False
    as_select: bool = False


@dataclass(frozen=True, slots=True)
class DropTable(Statement):
    table: str
    cascade: bool = False
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameTable(Statement):
    table: str
    new_name: str


@dataclass(frozen=True, slots=True)
class SetTableOption(Statement):
    """`option` is one of `logged unlogged tablespace access_method storage_parameters replica_identity cluster
    row_level_security engine charset row_format owner schema inherit statistics trigger rule …`, `value` its value.

    MySQL's also: `convert_charset` (with ` collate …`), `partitioning` (the subcommand as written), `keys`,
    `index_visibility`, `force`, `order`, and any other table option by its name."""

    table: str
    option: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class AttachPartition(Statement):
    table: str
    partition: str
    bounds: str = ""


@dataclass(frozen=True, slots=True)
class DetachPartition(Statement):
    table: str
    partition: str
    concurrently: bool = False
    finalize: bool = False
