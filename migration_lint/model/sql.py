"""Migrations that are plain SQL."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.migration import Migration, Operation
from migration_lint.model.statements import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlStatement(Operation):
    """One SQL statement of a file; `span` covers it."""

    command: Command

    @property
    def kind(self) -> str:
        """Its first two words, upper case."""
        return " ".join(self.command.sql[:100].upper().split()[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlMigration(Migration):
    """A migration of a SQL folder; its operations are `SqlStatement`s.

    `layout` is the tool whose layout the folder has. `down` undoes it: None where nothing is there to do so.
    `has_downs` says that the layout asks for one. A `repeatable` migration runs again whenever it changes, after all
    others. `in_one_string` says that the tool sends all statements at once, which PostgreSQL wraps in a transaction if
    they are several. `version` is what the tool tells migrations apart by, so that no two may have the same; empty
    where it goes by names.
    """

    layout: str
    down: tuple[SqlStatement, ...] | None = None
    down_path: str | None = None
    has_downs: bool = False
    repeatable: bool = False
    in_one_string: bool = False
    version: tuple[int, ...] = ()


def files_of(migration: Migration) -> tuple[str, ...]:
    """The files that findings about a migration may point into: its own, and the one that undoes it."""
    down_path = migration.down_path if isinstance(migration, SqlMigration) else None
    return (migration.path,) if down_path is None else (migration.path, down_path)
