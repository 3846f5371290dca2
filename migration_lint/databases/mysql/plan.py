"""How a server carries out an ALTER TABLE: one action each for its parts, and the plan that all of them add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from migration_lint.effects import Failure, LockMode, Source


class Algorithm(IntEnum):
    """What an ALTER TABLE can run as, the cheapest first. NOCOPY is MariaDB's name for in place without a rebuild."""

    INSTANT = 0
    NOCOPY = 1
    INPLACE = 2
    COPY = 3


# What the statement lets others do while it works; and the lock that every DDL statement waits for at its end (and
# at its start), during which it makes all that comes after it wait too.
# https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-performance.html
NONE = LockMode("LOCK=NONE", blocks_reads=False, blocks_writes=False, strength=1)
SHARED = LockMode("LOCK=SHARED", blocks_reads=False, blocks_writes=True, strength=2)
EXCLUSIVE = LockMode("LOCK=EXCLUSIVE", blocks_reads=True, blocks_writes=True, strength=3)
METADATA = LockMode("an exclusive metadata lock", blocks_reads=True, blocks_writes=True, strength=4)
REFERENCED = LockMode("a lock on the referenced table", blocks_reads=False, blocks_writes=True, strength=2)
ROW_LOCKS = LockMode("row locks", blocks_reads=False, blocks_writes=False, strength=0)


@dataclass(frozen=True, slots=True)
class Action:
    """One part of an ALTER TABLE, and what the server needs for it when it stands alone.

    `rebuild` says that the table is written anew in place, `shared` that writes wait meanwhile, `builds` names the
    index that is built. `layout` marks an instant change of which columns a row holds: beside work on the table it
    becomes part of a rebuild. `virtual` marks a virtual column that comes or goes, `beside_virtual` what can be done in
    place together with that. `why` completes "rewrites the table …".
    """

    algorithm: Algorithm
    source: Source
    why: str = ""
    rebuild: bool = False
    shared: bool = False
    builds: str | None = None
    layout: bool = False
    virtual: bool = False
    beside_virtual: bool = False
    failures: tuple[Failure, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the parts of an ALTER TABLE add up to; `decisive` are those that make it as costly as it is."""

    algorithm: Algorithm
    rebuild: bool
    shared: bool
    layout: bool
    builds: tuple[str, ...]
    decisive: tuple[Action, ...]


def combine(actions: Iterable[Action], layout_rebuilds_with: Algorithm) -> Plan:
    """The plan for all `actions` in one statement: the costliest decides.

    A changed row layout becomes a rebuild as soon as another action needs `layout_rebuilds_with`; for
    `Algorithm.NOCOPY` that takes an index to be built, dropping one is not enough (measured on MariaDB 10.11).
    """
    actions = tuple(actions)
    algorithm = max((action.algorithm for action in actions), default=Algorithm.INSTANT)
    builds = tuple(action.builds for action in actions if action.builds is not None)
    rebuild = any(action.rebuild for action in actions)
    layout = any(action.layout for action in actions)
    if layout:
        works = bool(builds) if layout_rebuilds_with is Algorithm.NOCOPY else algorithm >= layout_rebuilds_with
        rebuild = rebuild or (works and algorithm is not Algorithm.COPY)
    if any(action.virtual for action in actions) and not all(action.beside_virtual for action in actions):
        algorithm = Algorithm.COPY
    elif rebuild:
        algorithm = max(algorithm, Algorithm.INPLACE)
    decisive = tuple(action for action in actions if action.algorithm == algorithm) or tuple(
        action for action in actions if action.layout or action.virtual
    )
    return Plan(algorithm, rebuild, any(action.shared for action in actions), layout, builds, decisive)
