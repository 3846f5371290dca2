"""Tables, columns, indexes and constraints as a database holds them, for every engine and every framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Union

from migration_lint.model.values import MISSING, Missing, Unknown, Value


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A column type in the engine's canonical spelling, lower case.

    `varchar(50)` is `ColumnType("varchar", (50,))`, `numeric(10,2)[]` is
    `ColumnType("numeric", (10, 2), dimensions=1)`.
    Aliases are resolved by whoever builds it: PostgreSQL has `smallint integer bigint numeric real double precision
    varchar char text boolean date time timetz timestamp timestamptz interval uuid json jsonb bytea inet citext
    hstore tsvector …`; MySQL and MariaDB have `tinyint smallint int bigint decimal float double varchar char longtext
    text datetime date time json longblob enum …` with `unsigned` as modifier.
    """

    name: str
    args: tuple[int | str, ...] = ()
    dimensions: int = 0
    modifier: str = ""

    def __str__(self) -> str:
        args = f"({','.join(str(a) for a in self.args)})" if self.args else ""
        modifier = f" {self.modifier}" if self.modifier else ""
        return f"{self.name}{args}{modifier}{'[]' * self.dimensions}"


@dataclass(frozen=True, slots=True)
class Domain:
    """A type over another one; `constrained` says that it has a CHECK, or refuses NULL."""

    base: ColumnType | Unknown
    constrained: bool


@dataclass(frozen=True, slots=True)
class Default:
    """A default that the database computes: its SQL and the functions it calls, lower case. Constants call none."""

    sql: str
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated column: its expression's SQL, the columns it reads, and whether its values are stored."""

    sql: str
    columns: tuple[str, ...]
    stored: bool


@dataclass(frozen=True, slots=True)
class Column:
    """`auto` is how the database fills it by itself: `identity`, `serial` (a sequence as default) or
    `auto_increment`. `running` is False once the running release no longer knows the column although it is still
    there (Django's state-only removal). `application_default` is what the framework itself fills in on INSERT
    (`Reference("uuid", "uuid4")`); MISSING when it fills in nothing. `sequence` is the sequence behind an
    identity or serial column, if known; it keeps its name when the table gets another."""

    name: str
    type: ColumnType | Unknown
    nullable: bool = True
    default: Default | Unknown | None = None
    generated: Generated | None = None
    auto: Literal["identity", "serial", "auto_increment"] | None = None
    collation: str | None = None
    comment: str | None = None
    running: bool = True
    application_default: Value | Missing = MISSING
    sequence: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index: a column, or an expression (its SQL, or a readable form where it is not known)."""

    column: str | None
    expression: str | None = None
    opclass: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An index that is no constraint's. `columns` are all columns that keys, predicate and expressions read; None
    when that is not known. `where` is the predicate's SQL or a readable form of it. `prefix` MySQL kinds: `fulltext`,
    `spatial` stand in `method`."""

    name: str
    table: str
    keys: tuple[IndexKey, ...]
    unique: bool = False
    method: str = "btree"
    where: str | None = None
    include: tuple[str, ...] = ()
    where_columns: frozenset[str] | None = frozenset()
    expression_columns: frozenset[str] | None = frozenset()
    nulls_distinct: bool = True
    valid: bool = True
    implicit: Literal["foreign key", "like", "db_index", None] = None


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unique:
    """A UNIQUE constraint; the index behind it has the same name."""

    name: str
    columns: tuple[str, ...]
    deferrable: bool = False
    initially_deferred: bool = False
    include: tuple[str, ...] = ()
    nulls_distinct: bool = True


@dataclass(frozen=True, slots=True)
class ForeignKey:
    name: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    deferrable: bool = False
    initially_deferred: bool = False
    on_delete: str | None = None
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """`columns` are those its expression reads (None: not known); `not_null` those that a row satisfying it cannot
    have NULL in; `sql` the expression or a readable form of it."""

    name: str
    sql: str
    columns: frozenset[str] | None
    not_null: frozenset[str] = frozenset()
    validated: bool = True
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class NotNull:
    """A named NOT NULL constraint (PostgreSQL 18), the only form that can be NOT VALID."""

    name: str
    column: str
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Exclusion:
    name: str
    keys: tuple[IndexKey, ...]
    method: str = "gist"
    where: str | None = None
    columns: frozenset[str] | None = None
    deferrable: bool = False


Constraint = Union[PrimaryKey, Unique, ForeignKey, Check, NotNull, Exclusion]


@dataclass(frozen=True, slots=True)
class Table:
    """`complete` is False when the table was made outside the replayed history, so that it may have more columns,
    indexes and constraints than are listed. `partition_of` names the parent; `partitioned` says it is a parent;
    `default_partition` that it takes the rows which no other partition takes."""

    name: str
    columns: Mapping[str, Column]
    indexes: Mapping[str, Index] = field(default_factory=dict)
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    comment: str | None = None
    complete: bool = True
    running: bool = True
    unlogged: bool = False
    partitioned: bool = False
    partition_of: str | None = None
    default_partition: bool = False
    charset: str | None = None
    row_format: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """`reads` are the (table, column) pairs it depends on; a column of `*` is all of that table's, an
    empty one stands for the table alone; None: not known."""

    name: str
    reads: frozenset[tuple[str, str]] | None
    materialized: bool = False
