from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RenameField, RenameModel
from migration_lint.model.statements import RenameColumn as RenameColumnStatement
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class RenameColumn(Rule):
    """A column is renamed that the running release knows by its old name.

    The release still running selects and inserts the old name, so all of its queries on the table fail from the moment
    the migration commits until the new release is everywhere, and the other way round if the release is rolled back.

    To rename the field in Python alone, keep the column with `db_column`. To rename the column itself, add a new one,
    write both, copy the rows, and switch over in several releases.
    """

    name = "rename-column"
    family = "compatibility"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if isinstance(step.operation, RenameModel):
            return
        for executed, statement in step.statements:
            if not isinstance(statement, RenameColumnStatement):
                continue
            table, old, new = statement.table, statement.column, statement.new_name
            known = step.released.column(table, old)
            if step.is_new_column(table, old) or (known is not None and not known.running):
                continue
            message = (
                f"{table}.{old} is renamed to {new} while the release still running selects and inserts {old}: "
                f"its queries on {table} fail."
            )
            yield self.finding(step, message, _advice(step, old), objects=(table, old, new), executed=executed)


def _advice(step: Step, old: str) -> str:
    operation = step.operation
    if isinstance(operation, RenameField):
        return (
            f'# Rename the field in Python only: give {operation.new_name} db_column="{old}" in the model, and tell\n'
            "# Django's state so; the column keeps its name and nothing is sent to the database.\n"
            "migrations.SeparateDatabaseAndState(\n"
            "    state_operations=[\n"
            f'        migrations.RenameField("{operation.model_name}", "{operation.old_name}", '
            f'"{operation.new_name}"),\n'
            f'        # AlterField of {operation.new_name} with db_column="{old}"\n'
            "    ],\n"
            ")"
        )
    return "# Add a new column, write both, copy the rows, read the new one, and drop the old one in a later release."
