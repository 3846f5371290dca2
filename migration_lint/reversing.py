"""Whether an operation can be undone, and what undoing it does not bring back."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.django import (
    DeleteModel,
    RemoveField,
    RunPython,
    RunSQL,
)
from migration_lint.model.migration import NotAnalysed
from migration_lint.model.sql import SqlMigration
from migration_lint.replay import Step


@dataclass(frozen=True, slots=True)
class Reversal:
    """`possible` is None where it is not known; `note` says why not, or what is lost all the same."""

    possible: bool | None
    note: str = ""


def reversal(step: Step) -> Reversal:
    """How the operation of a step is undone when its migration is."""
    if isinstance(step.migration, SqlMigration) and step.migration.down is None:
        return Reversal(False, "its migration has no down")
    match step.operation:
        case RunPython(reverse_code=None):
            return Reversal(False, "it has no reverse_code")
        case RunSQL(reverse_sql=None):
            return Reversal(False, "it has no reverse_sql")
        case NotAnalysed():
            return Reversal(None, "it was not analysed")
        case RemoveField() | DeleteModel() if step.database and step.executed:
            return Reversal(True, "what it drops comes back empty")
        case _:
            return Reversal(True)
