"""What rules see of a migration: each operation with what it sends, what that does, and the schema around it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any

from migration_lint.databases.base import Session
from migration_lint.effects import Break, Effect, Work
from migration_lint.history import History
from migration_lint.lowering.django import ProjectState
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.statements import Command, Statement
from migration_lint.model.values import Span, Unknown
from migration_lint.schema import Schema
from migration_lint.sqlmigrate import Absence


@dataclass(frozen=True, slots=True)
class Executed:
    """One command as it ran: what stood before it, and what it did. `deferred` ones run when the migration ends.

    `sure` says that all that has changed the schema so far was understood.
    """

    command: Command
    effect: Effect
    before: Schema
    session: Session
    deferred: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a migration, with all that it did, its deferred commands included.

    `before` and `after` are the schema around the operation itself; `released` is the schema before the migration,
    which is what the running release knows. `breaks` are the running release's calls that this operation breaks.
    `database` and `state` say whether it acts on each (Django's SeparateDatabaseAndState). `problems` say what about
    it could not be analysed; `failure` is what the framework itself refuses. `models` is Django's state before it.
    `statements` is every statement sent, with the command it is part of; `work` the work done on tables that others
    already use, with the command that does it; a command that the server refuses does none.
    `kinds` are the types of the operation and the statements, and `Work` where there is any.
    `sure` says that all that had changed the schema before it was understood.
    `worked_out` holds what several rules ask for and only the first works out.
    """

    migration: Migration
    operation: Operation
    index: int
    executed: tuple[Executed, ...]
    before: Schema
    after: Schema
    released: Schema
    transactional: bool
    models: ProjectState
    breaks: tuple[Break, ...] = ()
    problems: tuple[Unknown, ...] = ()
    failure: str | None = None
    database: bool = True
    state: bool = True
    sure: bool = True
    new_tables: Set[str] = frozenset()
    new_columns: Set[tuple[str, str]] = frozenset()
    statements: tuple[tuple[Executed, Statement], ...] = field(init=False, repr=False, compare=False)
    work: tuple[tuple[Executed, Work], ...] = field(init=False, repr=False, compare=False)
    kinds: frozenset[type] = field(init=False, repr=False, compare=False)
    worked_out: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Work out what nearly every rule asks for."""
        sent = tuple((executed, statement) for executed in self.executed for statement in executed.command.statements)
        object.__setattr__(self, "statements", sent)
        object.__setattr__(self, "work", tuple(self._work()))
        kinds = {type(self.operation), *(type(statement) for _, statement in sent)}
        object.__setattr__(self, "kinds", frozenset(kinds | {Work} if self.work else kinds))

    def is_new(self, table: str) -> bool:
        """Whether `table` is created by the same release, so that nothing on it can block anybody."""
        return table in self.new_tables

    def is_new_column(self, table: str, column: str) -> bool:
        """Whether the column, or its table, is created by the same release."""
        return table in self.new_tables or (table, column) in self.new_columns

    def _work(self) -> Iterator[tuple[Executed, Work]]:
        for executed in self.executed:
            if any(failure.rows is None for failure in executed.effect.failures):
                continue
            for work in executed.effect.work:
                if not self.is_new(work.table):
                    yield executed, work


@dataclass(frozen=True, slots=True)
class ReplayedMigration:
    """One migration after its replay.

    `transactional` is False for `atomic = False` and on engines that commit each DDL statement; `final` is the schema
    it leaves, `history` all that there is, later migrations included. `sqlmigrate` says why Django's own output, which
    was asked for, is not what the statements come from.
    """

    migration: Migration
    steps: tuple[Step, ...]
    transactional: bool
    final: Schema
    history: History
    sqlmigrate: Absence | None = None

    def kinds(self) -> frozenset[type]:
        """The types of its operations and statements, and `Work` where there is any."""
        return frozenset[type]().union(*(step.kinds for step in self.steps))


@dataclass(frozen=True, slots=True)
class Failure:
    """What this package itself could not do, and where in the migration: an operation, or all that was deferred."""

    migration: Migration
    span: Span
    error: Exception
