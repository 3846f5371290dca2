"""Where the facts come from, and the versions since which they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from migration_lint.effects import Source

_DOCS = "https://www.postgresql.org/docs/current/"

MEASURED = Source("measured on PostgreSQL 15 to 18")
MEASURED_18 = Source("measured on PostgreSQL 18")


def page(name: str) -> Source:
    """A page of PostgreSQL's manual."""
    return Source(f"{_DOCS}{name}.html")


def release_notes(version: int) -> Source:
    """The release notes of a major version."""
    return Source(f"https://www.postgresql.org/docs/release/{version}.0/")


class Since(NamedTuple):
    """The first major version that can do a thing, and where that is said."""

    version: int
    source: Source


SINCE: Mapping[str, Since] = {
    "ALTER TYPE … ADD VALUE in a transaction": Since(12, release_notes(12)),
    "ATTACH PARTITION under SHARE UPDATE EXCLUSIVE": Since(12, release_notes(12)),
    "GENERATED … STORED": Since(12, release_notes(12)),
    "REINDEX CONCURRENTLY": Since(12, release_notes(12)),
    "SET NOT NULL proven by a CHECK": Since(12, release_notes(12)),
    "rename of an index under SHARE UPDATE EXCLUSIVE": Since(12, release_notes(12)),
    "timestamp ↔ timestamptz without a rewrite in UTC": Since(12, release_notes(12)),
    "DROP EXPRESSION": Since(13, release_notes(13)),
    "DETACH PARTITION CONCURRENTLY": Since(14, release_notes(14)),
    "SET COMPRESSION": Since(14, release_notes(14)),
    "SET ACCESS METHOD": Since(15, release_notes(15)),
    "UNIQUE NULLS NOT DISTINCT": Since(15, release_notes(15)),
    "SET EXPRESSION": Since(17, release_notes(17)),
    "VIRTUAL generated columns": Since(18, MEASURED_18),
    "NOT NULL as a named constraint, and NOT VALID": Since(18, MEASURED_18),
    "FOREIGN KEY … NOT VALID of a partitioned table": Since(18, release_notes(18)),
    "NOT ENFORCED": Since(18, release_notes(18)),
    "GRANT locks the table": Since(18, MEASURED_18),
}
