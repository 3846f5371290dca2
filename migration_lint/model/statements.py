"""What a database is asked to do, in terms that no framework and no SQL dialect owns.

A `Command` is what is sent in one piece; one `ALTER TABLE` with several subcommands is one command of several
statements. Names are the physical ones, unquoted, with the schema in front only where one was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migration_lint.model.tables import (
    Column,
    ColumnType,
    Constraint,
    Default,
    Domain,
    Index,
    Table,
    View,
)
from migration_lint.model.values import Span, Unknown


@dataclass(frozen=True, slots=True)
class Statement:
    """Base of all statements."""


# --- tables


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


# --- columns


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


# --- indexes and constraints


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


# --- rows


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


# --- sessions and transactions


@dataclass(frozen=True, slots=True)
class SetConstraints(Statement):
    """SET CONSTRAINTS; no names means ALL."""

    names: tuple[str, ...]
    immediate: bool


@dataclass(frozen=True, slots=True)
class SetVariable(Statement):
    """SET, SET LOCAL, and RESET (`value` None)."""

    name: str
    value: str | None
    scope: Literal["session", "local", "global"]


@dataclass(frozen=True, slots=True)
class LockTable(Statement):
    """`mode` is the engine's own name, upper case, such as `ACCESS EXCLUSIVE` or `WRITE`; with no tables it is MySQL's
    UNLOCK TABLES."""

    tables: tuple[str, ...]
    mode: str


@dataclass(frozen=True, slots=True)
class TransactionControl(Statement):
    action: Literal["begin", "commit", "rollback", "savepoint", "release"]


# --- everything else


@dataclass(frozen=True, slots=True)
class CreateView(Statement):
    view: View
    replace: bool = False


@dataclass(frozen=True, slots=True)
class RefreshMaterializedView(Statement):
    name: str
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class Maintenance(Statement):
    """VACUUM, VACUUM FULL, ANALYZE, CLUSTER, OPTIMIZE TABLE; `table` None means the whole database."""

    action: Literal["vacuum", "vacuum full", "analyze", "cluster", "optimize"]
    table: str | None


@dataclass(frozen=True, slots=True)
class CreateObject(Statement):
    """An object that is no table, index or view: `object_kind` is `type domain sequence schema extension function
    procedure trigger policy collation rule role database publication …`. `table` is the one it belongs to; `values`
    are an enum's labels, or what a function promises (`immutable`, `stable`); `replace` stands for OR REPLACE;
    `domain` is what a domain stands for."""

    object_kind: str
    name: str
    table: str | None = None
    values: tuple[str, ...] = ()
    replace: bool = False
    domain: Domain | None = None


@dataclass(frozen=True, slots=True)
class AlterObject(Statement):
    """`action` says what is done in the words of the SQL, lower case, such as `add value`, `rename`, `owner to`, with
    `not valid` after it where a domain's new constraint is."""

    object_kind: str
    name: str
    action: str
    table: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropObject(Statement):
    """Also views (`view`, `materialized view`)."""

    object_kind: str
    name: str
    table: str | None = None
    cascade: bool = False
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Grant(Statement):
    """GRANT, or REVOKE where `revoke` is set; `table` None when the object is no table."""

    revoke: bool
    table: str | None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query(Statement):
    """A statement that takes no lock that matters (SELECT, EXPLAIN, SHOW) and changes nothing, but for a setval
    that `sets_sequence` tells of."""

    tables: tuple[str, ...] = ()
    sets_sequence: bool = False


@dataclass(frozen=True, slots=True)
class Unanalysed(Statement):
    """A statement that was not understood: its leading words, and the reason."""

    head: str
    reason: str


@dataclass(frozen=True, slots=True)
class Command:
    """What is sent to the database in one piece.

    `sql` is its text as the framework would send it or as it was written. `span` points at it in the file where it
    stands there (SQL), else None: findings then point at the operation. `online` holds what MySQL's `ALGORITHM=` and
    `LOCK=` clauses ask for.
    """

    sql: str
    statements: tuple[Statement, ...]
    span: Span | None = None
    algorithm: str | None = None
    lock: str | None = None
