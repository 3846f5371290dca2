from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.advice.sql_text import add_column, spelled
from migration_lint.model.django import AddField, RunPython
from migration_lint.model.statements import AddColumn, AddConstraint, CreateIndex, Statement, Update
from migration_lint.model.tables import Column, Default, PrimaryKey, Unique
from migration_lint.model.values import Missing
from migration_lint.policy.computed_defaults import called_each_time, is_random
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class ConstantUniqueDefault(Rule):
    """A new column gets one default for all rows where each row needs a value of its own.

    Django calls a default such as `uuid.uuid4` once and writes that one value into every row there is. If the column
    is unique, the migration fails as soon as the table has two rows. If it is not, all rows quietly share what was
    meant to tell them apart; in a nullable column, which can still be filled row by row, that is only a note.

    Add the column nullable and without a default, fill it, and make it unique afterwards. A default that the database
    computes (`db_default=RandomUUID()`) is another one in each row.
    """

    name = "constant-unique-default"
    family = "compatibility"
    severity = Severity.ERROR
    sees = (AddColumn,)
    without_release = True

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for position, step in enumerate(migration.steps):
            later = migration.steps[position + 1 :]
            for executed, statement in step.statements:
                if isinstance(statement, AddColumn) and not step.is_new(statement.table):
                    yield from self._check(step, executed, statement, later, settings)

    def _check(
        self, step: Step, executed: Executed, statement: AddColumn, later: tuple[Step, ...], settings: Settings
    ) -> Iterator[Finding]:
        table, column = statement.table, statement.column
        if not isinstance(column.default, Default):
            return
        default = column.application_default
        function = None if isinstance(default, Missing) else called_each_time(default)
        value = f"what {function}() returns once" if function else f"the default {column.default.sql}"
        severity = Severity.ERROR
        if _needs_own_values(step, table, column.name):
            message = (
                f"{table}.{column.name} has to be unique, but every row gets the same value, {value}: the migration "
                f"fails if {table} has two rows."
            )
        elif function and is_random(function) and not column.default.functions and not _is_filled(table, later):
            message = f"Every row that {table} has gets the same {column.name}, {value}, and none one of its own."
            severity = Severity.INFO if column.nullable else Severity.WARNING
        else:
            return
        text = _advice(step, table, column, settings)
        yield self.finding(step, message, text, objects=(table, column.name), executed=executed, severity=severity)


def _needs_own_values(step: Step, table: str, column: str) -> bool:
    """Whether this operation makes the column unique, and the database would refuse two rows for it."""
    refused = any(failure.kind == "duplicates" for executed in step.executed for failure in executed.effect.failures)
    return refused and any(_makes_unique(statement, table, column) for _, statement in step.statements)


def _makes_unique(statement: Statement, table: str, column: str) -> bool:
    match statement:
        case AddColumn(table=owner, constraints=constraints):
            pass
        case AddConstraint(table=owner, constraint=constraint):
            constraints = (constraint,)
        case CreateIndex(index=index) if index.unique:
            return index.table == table and [key.column for key in index.keys] == [column]
        case _:
            return False
    return owner == table and any(isinstance(c, (Unique, PrimaryKey)) and c.columns == (column,) for c in constraints)


def _is_filled(table: str, later: tuple[Step, ...]) -> bool:
    """Whether the same migration goes on to write the table's rows, as far as can be told."""
    return any(
        isinstance(step.operation, RunPython)
        or any(isinstance(statement, Update) and statement.table == table for _, statement in step.statements)
        for step in later
    )


def _advice(step: Step, table: str, column: Column, settings: Settings) -> str:
    operation = step.operation
    if not isinstance(operation, AddField):
        return (
            "-- Nullable first; fill it in a migration of its own, and make it NOT NULL and unique in a later one.\n"
            f"{spelled(add_column(table, column), settings.database)};"
        )
    changes = {"null": "True"}
    if operation.field.kind.endswith(".SlugField"):  # which has an index of its own unless told otherwise
        changes["db_index"] = "False"
    without = ("default", "db_default", "null", "unique", "db_index")
    nullable = advice.field_source(operation.field, without=without, **changes)
    return (
        "# Nullable first; fill it in a migration of its own, and make it NOT NULL and unique in a later one.\n"
        f'migrations.AddField("{operation.model_name}", "{operation.name}", {nullable})'
    )
