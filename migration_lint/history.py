"""Migrations as a graph, in the order the framework would run them, and their replay step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migration_lint.databases.base import Session
from migration_lint.effects import Break, Effect
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.statements import Command
from migration_lint.model.values import Unknown
from migration_lint.schema import Schema


@dataclass(frozen=True, slots=True)
class Executed:
    """One command as it ran: what stood before it, and what it did. `deferred` ones run when the migration ends."""

    command: Command
    effect: Effect
    before: Schema
    session: Session
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a migration, with all that it did, its deferred commands included.

    `before` and `after` are the schema around the operation itself; `released` is the schema before the migration,
    which is what the running release knows. `breaks` are the running release's calls that this operation breaks.
    `database` and `state` say whether it acts on each (Django's SeparateDatabaseAndState). `problems` say what about
    it could not be analysed.
    """

    migration: Migration
    operation: Operation
    index: int
    executed: tuple[Executed, ...]
    before: Schema
    after: Schema
    released: Schema
    breaks: tuple[Break, ...] = ()
    problems: tuple[Unknown, ...] = ()
    failure: str | None = None
    database: bool = True
    state: bool = True
    new_tables: frozenset[str] = frozenset()

    def is_new(self, table: str) -> bool:
        """Whether `table` is created by the same release, so that nothing on it can block anybody."""
        return table in self.new_tables


@dataclass(frozen=True, slots=True)
class ReplayedMigration:
    """One migration after its replay. `transactional` is False for `atomic = False`."""

    migration: Migration
    steps: tuple[Step, ...]
    transactional: bool
    reported: bool


@dataclass(frozen=True, slots=True)
class History:
    """All migrations of the tree, by identity."""

    migrations: Mapping[tuple[str, str], Migration]
