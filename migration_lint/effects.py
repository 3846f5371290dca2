"""What a statement does to a live database, as an engine's module states it: locks, work, failure, broken calls.

Rules are policy over these values; none of them knows a lock by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WorkKind = Literal["scan", "rewrite", "index build", "update"]
Call = Literal["select", "insert", "save", "delete"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from: `measured on PostgreSQL 15 to 18`, or a vendor page's address."""

    text: str


@dataclass(frozen=True, slots=True)
class LockMode:
    """An engine's lock mode: its own name, what waits for it, and its strength among that engine's modes."""

    name: str
    blocks_reads: bool
    blocks_writes: bool
    strength: int


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock on a table that this statement takes; it is held until the transaction ends."""

    table: str
    mode: LockMode


@dataclass(frozen=True, slots=True)
class Work:
    """Work that grows with the table, and the strongest lock held on that table while it runs.

    `object` names the index or constraint it is for. `why` completes the sentence "scans shop_book …", for example
    `to check that no x is NULL`. A rewrite stands for the building of all of the table's indexes too, and an index
    build for the scan that feeds it. `sure` is False where it depends on something that the files do not tell, of which
    `why` then speaks too.
    """

    kind: WorkKind
    table: str
    under: LockMode
    object: str | None = None
    why: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """The database refuses the statement: always, or only if the rows are such (`rows` is then that condition, such
    as `x is NULL in some row`). `kind` is a stable word: `in-transaction`, `null-values`, `not-null-without-default`,
    `duplicates`, `check-violated`, `foreign-key-violated`, `pending-trigger-events`, `dependent-object`,
    `invalid-cast`, `too-long`, `out-of-range`, `new-enum-value`, `referenced-table`, `invalid-definition`,
    `algorithm`."""

    kind: str
    message: str
    rows: str | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """Calls of the running release that stop working once the migration has run. `edge` means: only for
    legal-but-extreme values (NULL, maximum length, a duplicate). `why` completes "because …"."""

    table: str
    column: str | None
    calls: frozenset[Call]
    why: str
    edge: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """All that one command does. `algorithm` is MySQL's or MariaDB's (`INSTANT`, `NOCOPY`, `INPLACE`, `COPY`), None
    elsewhere. `unknown` says what could not be told, and why."""

    locks: tuple[Lock, ...] = ()
    work: tuple[Work, ...] = ()
    failures: tuple[Failure, ...] = ()
    algorithm: str | None = None
    unknown: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


NOTHING = Effect()
