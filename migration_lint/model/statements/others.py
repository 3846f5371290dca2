"""All other statements: views and further objects, maintenance, privileges, queries, and what was not understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migration_lint.model.statements.base import Statement
from migration_lint.model.tables import Domain, View


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
