"""The replay of the history: each operation with what it sends, what that does, and the schema around it."""

from __future__ import annotations

from migration_lint.replay.history import Replay
from migration_lint.replay.steps import Executed, Failure, ReplayedMigration, Step

__all__ = ["Executed", "Failure", "Replay", "ReplayedMigration", "Step"]
