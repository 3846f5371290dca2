"""PostgreSQL's eight table lock modes, and which calls wait for each."""

from __future__ import annotations

from dataclasses import replace

from migration_lint.effects import LockMode

# https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES: a read takes ACCESS SHARE, which only
# ACCESS EXCLUSIVE conflicts with; a write takes ROW EXCLUSIVE, which SHARE and all stronger modes conflict with.
ACCESS_SHARE = LockMode("ACCESS SHARE", False, False, 1)
ROW_SHARE = LockMode("ROW SHARE", False, False, 2)
ROW_EXCLUSIVE = LockMode("ROW EXCLUSIVE", False, False, 3)
SHARE_UPDATE_EXCLUSIVE = LockMode("SHARE UPDATE EXCLUSIVE", False, False, 4)
SHARE = LockMode("SHARE", False, True, 5)
SHARE_ROW_EXCLUSIVE = LockMode("SHARE ROW EXCLUSIVE", False, True, 6)
EXCLUSIVE = LockMode("EXCLUSIVE", False, True, 7)
ACCESS_EXCLUSIVE = LockMode("ACCESS EXCLUSIVE", True, True, 8)

SHARE_WITH_INDEXES = replace(SHARE, blocks_reads=True)
"""REINDEX's SHARE on the table, together with its ACCESS EXCLUSIVE on the index: planning any query of the table locks
all of its indexes, so reads wait too (https://www.postgresql.org/docs/current/sql-reindex.html)."""

MODES = {
    mode.name: mode
    for mode in (
        ACCESS_SHARE,
        ROW_SHARE,
        ROW_EXCLUSIVE,
        SHARE_UPDATE_EXCLUSIVE,
        SHARE,
        SHARE_ROW_EXCLUSIVE,
        EXCLUSIVE,
        ACCESS_EXCLUSIVE,
    )
}


def stronger(one: LockMode | None, other: LockMode) -> LockMode:
    """The stronger of two modes; each mode conflicts with all that a weaker one conflicts with, but for
    SHARE UPDATE EXCLUSIVE and SHARE, where the stronger one is what readers and writers notice."""
    return one if one is not None and one.strength >= other.strength else other
