from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.model.django import AddField
from migration_lint.model.statements import AddColumn
from migration_lint.model.tables import Column
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class AddNotNullColumn(Rule):
    """A NOT NULL column is added that the database has no default for.

    Without any default, adding the column fails as soon as the table has a row. With a Python `default`, Django fills
    the existing rows and drops the database's default at once: the release still running does not know the column,
    leaves it out of its INSERTs, and each of them fails until the new release is everywhere.

    A default that stays in the database (`db_default`, Django 5.0 and later) avoids both; so does a nullable column that
    is filled and made NOT NULL by a later release.
    """

    name = "add-not-null-column"
    family = "compatibility"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            if not isinstance(statement, AddColumn) or step.is_new(statement.table):
                continue
            table, column = statement.table, statement.column
            where = f"{table}.{column.name}"
            if any(failure.kind == "not-null-without-default" for failure in executed.effect.failures):
                message = f"{where} is NOT NULL and has no default: adding it fails if {table} has any row."
            elif any(b.table == table and b.column == column.name and "insert" in b.calls for b in step.breaks):
                message = (
                    f"{where} is NOT NULL and keeps no default in the database: the release still running leaves the "
                    f"column out, so its INSERTs into {table} fail."
                )
            else:
                continue
            yield self.finding(step, message, _advice(step, column, settings), objects=(table, column.name))


def _advice(step: Step, column: Column, settings: Settings) -> str:
    operation = step.operation
    if not isinstance(operation, AddField):
        return (
            f"-- Add it with a default that stays, or nullable first:\n-- ADD COLUMN {column.name} {column.type} NULL"
        )
    names = f'"{operation.model_name}", "{operation.name}"'
    default = dict(operation.field.options).get("default")
    constant = default if isinstance(default, (str, int, float, bool)) else None
    if settings.django_version is not None and settings.django_version >= (5, 0) and constant is not None:
        kept = advice.field_source(operation.field, without=("default",), db_default=advice.source(constant))
        return f"migrations.AddField({names}, {kept})"
    nullable = advice.field_source(operation.field, without=("null",), null="True")
    return (
        "# Now: nullable, so that both releases can insert. Fill it, and make it NOT NULL in a later release.\n"
        f"migrations.AddField({names}, {nullable})"
    )
