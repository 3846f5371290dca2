"""The contract between the replay and a database engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from migration_lint.effects import Effect, LockMode
from migration_lint.layered import Names
from migration_lint.model.statements import Command
from migration_lint.schema import Schema

# They commit before and after each DDL statement, so that a migration is never one transaction.
# https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html, https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/,
# https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/COMMIT.html
NON_TRANSACTIONAL_DDL = frozenset({"mysql", "mariadb", "oracle"})


@dataclass(frozen=True, slots=True)
class Session:
    """What the connection carries from one command of a transaction to the next.

    `transactional` is False outside a transaction block (`atomic = False`). `held` maps each table to the strongest
    lock held on it. `pending` maps each table with events not yet fired to the deferred foreign keys that they are of,
    `immediate` the constraints set immediate (`*` for all), `new_tables` those created in this transaction,
    `new_labels` the enum values added in it, `written` the tables of which it has written every row. `several` says
    that the command is one of several sent as one string, which PostgreSQL wraps in an implicit transaction.
    `variables` are the settings in force, such as `lock_timeout`.
    """

    transactional: bool = True
    several: bool = False
    held: Mapping[str, LockMode] = field(default_factory=dict)
    pending: Mapping[str, frozenset[str]] = field(default_factory=dict)
    immediate: frozenset[str] = frozenset()
    new_tables: Names[str] = field(default_factory=Names)
    new_labels: frozenset[tuple[str, str]] = frozenset()
    written: Names[str] = field(default_factory=Names)
    variables: Mapping[str, str | None] = field(default_factory=dict)


class Database(Protocol):
    """An engine of one version."""

    @property
    def engine(self) -> str:
        """The engine's name in the settings."""

    @property
    def version(self) -> tuple[int, ...]:
        """Its version, as far as it is given."""

    @property
    def title(self) -> str:
        """What messages call it: `PostgreSQL 16`."""

    def execute(self, command: Command, before: Schema, session: Session) -> tuple[Effect, Session]:
        """What `command` does to a database that holds `before`, and the session after it.

        The schema after it is the caller's to compute (`Schema.apply`); the session loses everything held where the
        command ends the transaction or runs outside of one.
        """
        ...
