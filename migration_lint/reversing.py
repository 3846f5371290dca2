"""Whether an operation can be undone, by what, and what undoing it does not bring back."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.django import (
    DeleteModel,
    RemoveField,
    RunPython,
    RunSQL,
    SqlText,
)
from migration_lint.model.migration import NotAnalysed
from migration_lint.model.sql import SqlMigration
from migration_lint.model.statements import Command, DropColumn, DropTable
from migration_lint.replay import Step
from migration_lint.settings import Engine
from migration_lint.source import placed

_EMPTY = "what it drops comes back empty"


@dataclass(frozen=True, slots=True)
class Reversal:
    """`possible` is None where it is not known; `note` says why not, or what is lost all the same."""

    possible: bool | None
    note: str = ""


def reversal(step: Step) -> Reversal:
    """How the operation of a step is undone when its migration is."""
    if isinstance(step.migration, SqlMigration) and not isinstance(step.operation, NotAnalysed):
        return _by_down(step, step.migration)
    if isinstance(step.migration, AlembicMigration) and not step.migration.downgrade and step.executed:
        return Reversal(False, f"its downgrade() {'refuses' if step.migration.refuses else 'does nothing'}")
    match step.operation:
        case RunPython(reverse_code=None):
            return Reversal(False, "it has no reverse_code")
        case RunSQL(reverse_sql=None):
            return Reversal(False, "it has no reverse_sql")
        case NotAnalysed():
            return Reversal(None, "it was not analysed")
        case RemoveField() | DeleteModel() if step.database and step.executed:
            return Reversal(True, _EMPTY)
        case RunSQL() if _drops(step):
            return Reversal(True, _EMPTY)
        case _:
            return Reversal(True)


def _by_down(step: Step, migration: SqlMigration) -> Reversal:
    if migration.down is None:
        return Reversal(False, "its migration has no down")
    if not migration.down:
        return Reversal(True, "its migration's down does nothing")
    return Reversal(True, _EMPTY if _drops(step) else "")


def _drops(step: Step) -> bool:
    return any(isinstance(statement, (DropTable, DropColumn)) for _, statement in step.statements)


def way_back(step: Step, engine: Engine) -> tuple[Command, ...] | None:
    """The commands that a RunSQL's reverse_sql sends; None where there is none, or a part of it is not known."""
    if "way back" not in step.worked_out:
        step.worked_out["way back"] = _way_back(step, engine)
    found: tuple[Command, ...] | None = step.worked_out["way back"]
    return found


def _way_back(step: Step, engine: Engine) -> tuple[Command, ...] | None:
    from migration_lint.readers.sql import read_sql

    operation = step.operation
    if not isinstance(operation, RunSQL) or operation.reverse_sql is None or not step.database:
        return None
    found: list[Command] = []
    for part in operation.reverse_sql:
        if not isinstance(part, SqlText):
            return None
        found += read_sql(part.text, engine, placed(part.text, part.span) if part.exact else None)
    return tuple(found)
