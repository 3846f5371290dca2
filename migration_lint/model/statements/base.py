"""A statement, and the commands that send them."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.values import Span


@dataclass(frozen=True, slots=True)
class Statement:
    """Base of all statements."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is sent to the database in one piece.

    `sql` is its text as the framework would send it or as it was written. `span` points at it in the file where it
    stands there (SQL), else None: findings then point at the operation. `online` holds what MySQL's `ALGORITHM=` and
    `LOCK=` clauses ask for.
    """

    sql: str
    statements: tuple[Statement, ...]
    span: Span | None = None
    algorithm: str | None = None
    lock: str | None = None
