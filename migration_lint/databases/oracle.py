"""Oracle: what its locks and rewrites are is not judged."""

from __future__ import annotations

from typing import ClassVar

from migration_lint.databases.base import Session
from migration_lint.effects import NOTHING, Effect
from migration_lint.model import statements as s
from migration_lint.schema import Schema

JUDGED = "Oracle: only compatibility, data loss and reversibility are judged; locks and work are not known"


class Oracle:
    """Oracle. The rules on compatibility, data loss and reversibility need no effects, and it has none to tell."""

    engine: ClassVar[str] = "oracle"

    def __init__(self, version: tuple[int, ...]) -> None:
        self.version = version

    @property
    def title(self) -> str:
        """Such as `Oracle 23`."""
        return f"Oracle {'.'.join(map(str, self.version))}"

    def execute(self, command: s.Command, before: Schema, session: Session) -> tuple[Effect, Session]:
        """Nothing, whatever the command is."""
        return NOTHING, session
