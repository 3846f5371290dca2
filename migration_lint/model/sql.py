"""Migrations that are plain SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from migration_lint.model.migration import Migration, Operation
from migration_lint.model.statements import Command

_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_KINDS = frozenset(
    re.findall(
        r"\w+",
        """UNIQUE FULLTEXT SPATIAL INDEX TEMPORARY TEMP UNLOGGED FOREIGN TABLE TABLES MATERIALIZED VIEW OR REPLACE TYPE
        DOMAIN SEQUENCE SCHEMA DATABASE EXTENSION FUNCTION PROCEDURE TRIGGER EVENT POLICY RULE ROLE USER AGGREGATE
        COLLATION PUBLICATION SUBSCRIPTION SERVER OWNED DEFAULT PRIVILEGES FULL INTO FROM ON COLUMN CONSTRAINTS
        INSTANCE""",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlStatement(Operation):
    """One SQL statement of a file; `span` covers it. `several` says that it is sent in one string with others;
    PostgreSQL makes that a transaction. `refusal` is why the tool itself does not run it."""

    command: Command
    several: bool = False
    refusal: str | None = None

    @property
    def kind(self) -> str:
        """The words it begins with that say what it does, upper case: `CREATE UNIQUE INDEX`."""
        first, *others = _COMMENTS.sub(" ", self.command.sql[:200]).upper().split()[:5] or [""]
        kinds = [*takewhile(_KINDS.__contains__, others)]
        # A table may be called event, role or user: a name comes after these words.
        last = next((place for place, word in enumerate(kinds, 1) if word in ("FROM", "INDEX", "INTO", "TABLE")), None)
        return " ".join([first, *kinds[:last]])


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlMigration(Migration):
    """A migration of a SQL folder; its operations are `SqlStatement`s.

    `layout` is the tool whose layout the folder has. `down` undoes it: None where nothing is there to do so.
    `has_downs` says that the layout asks for one. A `repeatable` migration runs again whenever it changes, after all
    others. `in_one_string` says that the tool sends all statements at once, which PostgreSQL wraps in a transaction if
    they are several. `version` is what the tool tells migrations apart by, so that no two may have the same; empty
    where it goes by names. `last_path` is the folder's last file that has one, after which a new migration comes.
    """

    layout: str
    down: tuple[SqlStatement, ...] | None = None
    down_path: str | None = None
    has_downs: bool = False
    repeatable: bool = False
    in_one_string: bool = False
    version: tuple[int, ...] = ()
    last_path: str | None = None


def files_of(migration: Migration) -> tuple[str, ...]:
    """The files that findings about a migration may point into: its own, and the one that undoes it."""
    down_path = migration.down_path if isinstance(migration, SqlMigration) else None
    return (migration.path,) if down_path is None else (migration.path, down_path)
