from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.advice.sql_text import add_column, spelled
from migration_lint.model.django import AddField, AlterField
from migration_lint.model.statements import AddColumn
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings


class AddNotNullColumn(Rule):
    """A NOT NULL column is added that the database has no default for.

    Without any default, adding the column fails as soon as the table has a row. With a Python `default`, Django fills
    the existing rows and drops the database's default at once: the release still running does not know the column,
    leaves it out of its INSERTs, and each of them fails until the new release is everywhere.

    A default that stays in the database (`db_default`, Django 5.0 and later) avoids both; so does a nullable column
    that is filled and made NOT NULL by a later release.
    """

    name = "add-not-null-column"
    family = "compatibility"
    severity = Severity.ERROR
    without_release = True

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for step in migration.steps:
            for table, column, executed in _fails(step):
                message = f"{table}.{column} is NOT NULL and has no default: adding it fails if {table} has any row."
                text = _advice(migration, step, table, column, settings)
                yield self.finding(step, message, text, objects=(table, column), executed=executed)
            for table, column in _needed(step, migration.final):
                message = (
                    f"{table}.{column} is NOT NULL and keeps no default in the database: the release still running "
                    f"leaves the column out, so its INSERTs into {table} fail."
                )
                text = _advice(migration, step, table, column, settings)
                last = [executed for executed, s in step.statements if getattr(s, "table", None) == table][-1:]
                yield self.finding(step, message, text, objects=(table, column), executed=last[0] if last else None)


def _fails(step: Step) -> Iterator[tuple[str, str, Executed]]:
    """The columns that cannot be added to a table with rows."""
    for executed, statement in step.statements:
        fails = any(failure.kind == "not-null-without-default" for failure in executed.effect.failures)
        if not fails or not isinstance(statement, AddColumn) or step.is_new(statement.table):
            continue
        column = statement.column
        if not column.nullable and column.default is None and column.auto is None and column.generated is None:
            yield statement.table, column.name, executed


def _needed(step: Step, final: Schema) -> Iterator[tuple[str, str]]:
    """The new columns that INSERTs have to name from now on, unless a later operation sees to it."""
    failing = {(table, column) for table, column, _ in _fails(step)}
    for found in dict.fromkeys((b.table, b.column) for b in step.breaks if "insert" in b.calls and not b.edge):
        table, name = found
        if name is None or found in failing or step.is_new(table) or not step.is_new_column(table, name):
            continue
        column = final.column(table, name)
        if column is not None and not column.nullable and column.default is None:
            yield table, name


def _advice(migration: ReplayedMigration, step: Step, table: str, column: str, settings: Settings) -> str:
    operation = step.operation
    if not isinstance(operation, (AddField, AlterField)):
        # The column may be added by one statement and made NOT NULL by another.
        every = (s for each in migration.steps for _, s in each.statements)
        adding = (s for s in every if isinstance(s, AddColumn) and (s.table, s.column.name) == (table, column))
        added = next((s.column for s in adding), None)
        if added is None:
            return "-- Leave it nullable in this release, and make it NOT NULL in a later one."
        return (
            "-- Nullable first; fill it in batches, and make it NOT NULL in a later release:\n"
            f"{spelled(add_column(table, added), settings.database)};"
        )
    names = f'"{operation.model_name}", "{operation.name}"'
    default = dict(operation.field.options).get("default")
    constant = default if isinstance(default, (str, int, float, bool)) else None
    unique = any(key in ("unique", "primary_key") and value is True for key, value in operation.field.options)
    if (
        settings.django_version is not None
        and settings.django_version >= (5, 0)
        and constant is not None
        and not unique
    ):
        kept = advice.field_source(operation.field, without=("default",), db_default=advice.source(constant))
        return f"migrations.{operation.kind}({names}, {kept})"
    nullable = advice.field_source(operation.field, without=("default", "null", "unique"), null="True")
    return (
        "# Now: nullable, so that both releases can insert. Fill it, and make it NOT NULL in a later release.\n"
        f"migrations.{operation.kind}({names}, {nullable})"
    )
