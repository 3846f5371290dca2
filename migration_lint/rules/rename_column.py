from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.advice.sql_text import add_column, spelled
from migration_lint.model.django import AlterField, Field, RenameField, RenameModel
from migration_lint.model.statements import ModifyColumn
from migration_lint.model.statements import RenameColumn as RenameColumnStatement
from migration_lint.model.tables import Column
from migration_lint.policy.transactions import transactions
from migration_lint.replay import ReplayedMigration, Step
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
    sees = (ModifyColumn, RenameColumnStatement)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        together = {id(step): steps for steps in transactions(migration, settings) for step in steps}
        for step in migration.steps:
            if not isinstance(step.operation, RenameModel):
                yield from self._check(step, _renames(together.get(id(step), ())), settings)

    def _check(self, step: Step, renames: set[tuple[str, str, str]], settings: Settings) -> Iterator[Finding]:
        """`renames` are those that commit together with the step: nobody sees a name go that comes back."""
        for executed, statement in step.statements:
            match statement:
                case RenameColumnStatement(table=table, column=old, new_name=new):
                    pass
                case ModifyColumn(table=table, column=old, definition=Column(name=new)) if new != old:
                    pass
                case _:
                    continue
            owner, known = step.released.table(table), step.released.column(table, old)
            if owner is not None and owner.complete and known is None:
                continue  # an earlier operation of the same migration gave it this name
            if step.is_new_column(table, old) or (known is not None and not known.running):
                continue
            if (table, new, old) in renames:
                continue
            message = (
                f"{table}.{old} is renamed to {new} while the release still running selects and inserts {old}: "
                f"its queries on {table} fail."
            )
            text = _advice(step, table, old, new, settings)
            yield self.finding(step, message, text, objects=(table, old, new), executed=executed)


def _renames(steps: tuple[Step, ...]) -> set[tuple[str, str, str]]:
    """Table, old and new name of each column that the steps rename."""
    statements = [statement for step in steps for _, statement in step.statements]
    return {(s.table, s.column, s.new_name) for s in statements if isinstance(s, RenameColumnStatement)}


def _advice(step: Step, table: str, old: str, new: str, settings: Settings) -> str:
    match step.operation:
        case RenameField(model_name=model_name, old_name=old_name, new_name=new_name):
            model = step.models.model(step.migration.app, model_name)
            field = model.fields.get(model.field_name(old_name) or "") if model else None
            if not isinstance(field, Field):
                return f'# Keep the column: db_column="{old}" on the field {new_name}.'
            kept = advice.field_source(field, without=("db_column",), db_column=f'"{old}"')
            return (
                f'# Rename the field in Python only, with db_column="{old}" in the model; nothing is sent.\n'
                "migrations.SeparateDatabaseAndState(\n"
                "    state_operations=[\n"
                f'        migrations.RenameField("{model_name}", "{old_name}", "{new_name}"),\n'
                f'        migrations.AlterField("{model_name}", "{new_name}", {kept}),\n'
                "    ],\n"
                ")"
            )
        case AlterField(model_name=model_name, name=name, field=field):
            kept = advice.field_source(field, without=("db_column",), db_column=f'"{old}"')
            return f'# Keep the column, here and in the model.\nmigrations.AlterField("{model_name}", "{name}", {kept})'
        case _:
            known = step.before.column(table, old)
            added = (
                f"{spelled(add_column(table, known, new), settings.database)};"
                if known
                else f"-- ALTER TABLE {table} ADD COLUMN {new} ...;"
            )
            return (
                f"-- {new} beside {old}: write both, copy the rows, read {new}, and drop {old} in a later release.\n"
                f"{added}"
            )
