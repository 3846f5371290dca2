"""Sessions and transactions: settings, locks, where a transaction begins and ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migration_lint.model.statements.base import Statement


@dataclass(frozen=True, slots=True)
class SetConstraints(Statement):
    """SET CONSTRAINTS; no names means ALL."""

    names: tuple[str, ...]
    immediate: bool


@dataclass(frozen=True, slots=True)
class SetVariable(Statement):
    """SET, SET LOCAL, and RESET (`value` None)."""

    name: str
    value: str | None
    scope: Literal["session", "local", "global"]


@dataclass(frozen=True, slots=True)
class LockTable(Statement):
    """`mode` is the engine's own name, upper case, such as `ACCESS EXCLUSIVE` or `WRITE`; with no tables it is MySQL's
    UNLOCK TABLES."""

    tables: tuple[str, ...]
    mode: str


@dataclass(frozen=True, slots=True)
class TransactionControl(Statement):
    action: Literal["begin", "commit", "rollback", "savepoint", "release"]
