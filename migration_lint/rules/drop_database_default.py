from __future__ import annotations

from collections.abc import Iterator

from migration_lint.advice.sql_text import one_line
from migration_lint.model.django import AlterField
from migration_lint.model.statements import DropDefault, ModifyColumn, SetIdentity, Statement
from migration_lint.model.tables import Column
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings


class DropDatabaseDefault(Rule):
    """A NOT NULL column loses the default that the database had for it.

    INSERTs that leave the column to the database then fail: those of the release still running, which knows the
    default from `db_default` or knows nothing of the column, and those of every other program. The same happens when
    a key is no longer numbered by the database.

    Release code that sends a value first, and drop the default in a later release; or make the column nullable.
    """

    name = "drop-database-default"
    family = "compatibility"
    severity = Severity.WARNING
    sees = (DropDefault, ModifyColumn, SetIdentity)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for step in migration.steps:
            seen = set()
            for executed, statement in step.statements:
                place = _place(statement)
                if place is None or place in seen or step.is_new_column(*place):
                    continue
                seen.add(place)
                lost = _lost(step.released, migration.final, *place)
                if lost is None:
                    continue
                table, column = place
                message = (
                    f"{table}.{column} is NOT NULL and loses {lost}: INSERTs that leave it to the database, as the "
                    "release still running may, fail."
                )
                text = _advice(step, step.released.column(table, column), column, executed)
                yield self.finding(step, message, text, objects=place, executed=executed)


def _place(statement: Statement) -> tuple[str, str] | None:
    """The column that a statement may take the default from."""
    match statement:
        case DropDefault(table=table, column=column) | SetIdentity(table=table, column=column, kind=None):
            return table, column
        case ModifyColumn(table=table, column=column, definition=definition) if column == definition.name:
            return table, column
        case _:
            return None


def _lost(released: Schema, final: Schema, table: str, column: str) -> str | None:
    """What filled the column and no longer does once the migration has run."""
    old, new = released.column(table, column), final.column(table, column)
    if old is None or new is None or new.nullable or new.default is not None or new.auto or new.generated:
        return None
    if old.auto is not None:
        return "the numbers that the database gave it"
    return "its default" if old.default is not None else None


def _advice(step: Step, known: Column | None, column: str, executed: Executed) -> str:
    operation = step.operation
    kept = "the database's numbers" if known is not None and known.auto is not None else "the default"
    if isinstance(operation, AlterField):
        return (
            f"# Leave {operation.name} out of this migration: release code that sends a value itself, and take\n"
            f"# {kept} away in a later release."
        )
    return (
        f"-- Release code that sends {column} itself first; take {kept} away in a later release:\n"
        f"{one_line(executed.command.sql)};"
    )
