from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from migration_lint import advice
from migration_lint.databases.base import Session
from migration_lint.databases.selection import database_for
from migration_lint.lowering.django.defaults import effective_default
from migration_lint.model.django import Field, RemoveField, SeparateDatabaseAndState
from migration_lint.model.migration import Operation
from migration_lint.model.statements import AddColumn, Command, DropColumn
from migration_lint.policy.noted import model_at
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings


class IrreversibleOperation(Rule):
    """An operation cannot be undone once there are rows, or says itself that it cannot.

    Undoing RemoveField adds the column again. Where it was NOT NULL and has no default, the database has nothing to put
    into the rows there are and refuses; the release that needs the column cannot be brought back by `migrate`. A
    project's own operation with `reversible = False`, or whose `database_backwards` raises, stops every way back.

    Make the column nullable in the step before, or give the field a default: then the way back is open.
    """

    name = "irreversible-operation"
    family = "reversibility"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        name = f"{migration.migration.app}.{migration.migration.name}"
        for operation in _declared(migration.migration.operations):
            message = f"{operation.kind} says that it cannot be undone: {name} cannot be either."
            todo = "# Give the operation a database_backwards that undoes what it does, and reversible = True."
            found = self.file_finding(
                migration.migration, message, todo, objects=(operation.kind,), span=operation.span
            )
            yield found
        for step in migration.steps:
            if isinstance(step.operation, RemoveField) and step.database:
                yield from self._removed(step, step.operation, migration.final, settings)

    def _removed(self, step: Step, operation: RemoveField, final: Schema, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            if not isinstance(statement, DropColumn) or final.table(statement.table) is None:
                continue  # a table that goes as well comes back without rows
            if _is_refused(step, statement, settings):
                table, column = statement.table, statement.column
                message = (
                    f"{table}.{column} is NOT NULL without a default: undoing this RemoveField adds it again, which "
                    f"fails once {table} has a row."
                )
                todo = _nullable_first(step, operation)
                yield self.finding(step, message, todo, objects=(table, column), executed=executed)


def _declared(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations whose class says that they are irreversible, those that act on the database."""
    for operation in operations:
        if operation.irreversible:
            yield operation
        elif isinstance(operation, SeparateDatabaseAndState):
            yield from _declared(operation.database_operations)


def _is_refused(step: Step, dropped: DropColumn, settings: Settings) -> bool:
    """Whether the database refuses to add the column again, as Django would, to a table with rows."""
    column = step.before.column(dropped.table, dropped.column)
    if column is None or step.is_new_column(dropped.table, dropped.column) or column.default is not None:
        return False
    operation = step.operation
    assert isinstance(operation, RemoveField)
    field = model_at(step, step.migration.app, operation.model_name, settings).get_field(operation.name)
    if field is None or field.kind is None or effective_default(field) is not None:
        return False
    again = Command("", (AddColumn(dropped.table, replace(column, comment=None)),))
    database, _ = database_for(settings)
    effect, _ = database.execute(again, step.after, Session())
    return any(failure.kind == "not-null-without-default" for failure in effect.failures)


def _nullable_first(step: Step, operation: RemoveField) -> str:
    state = step.models.model(step.migration.app, operation.model_name)
    field = state.fields.get(operation.name) if state is not None else None
    removed = f'migrations.RemoveField("{operation.model_name}", "{operation.name}")'
    if not isinstance(field, Field):
        return f"# Make the field nullable, or give it a default, before it is removed:\n{removed}"
    nullable = advice.field_source(field, without=("null", "unique", "primary_key"), null="True")
    names = f'"{operation.model_name}", "{operation.name}"'
    return (
        "# Nullable first, so that undoing the removal can add the column again:\n"
        f"migrations.AlterField({names}, {nullable})\n{removed}"
    )
