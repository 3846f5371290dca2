from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.advice.sql_text import one_line, quoted
from migration_lint.model.alembic import AlembicOperation, AlembicSql
from migration_lint.model.django import AlterField, Field, RenameField, RenameModel, RunSQL
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import AlterObject, CreateView, RenameColumn
from migration_lint.model.statements import RenameTable as RenameTableStatement
from migration_lint.policy.rebuilding import rebuilt_tables
from migration_lint.policy.references import names_unmade
from migration_lint.policy.transactions import transactions
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class RenameTable(Rule):
    """A table is renamed that the running release knows by its old name.

    The release still running uses the old name, so all of its queries on the table fail from the moment the migration
    commits until the new release is everywhere, and the other way round if the release is rolled back. Renaming a
    model also renames its many-to-many tables and the columns in them.

    To rename the model in Python alone, keep the table with `db_table` in Meta. A view that carries the old name,
    made in the same transaction, keeps the running release at work; so does another table that takes its place.
    """

    name = "rename-table"
    family = "compatibility"
    severity = Severity.ERROR
    sees = (AlterObject, RenameColumn, RenameTableStatement)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        together = {id(step): steps for steps in transactions(migration, settings) for step in steps}
        rebuilt = {each.table for each in rebuilt_tables(migration)}
        for step in migration.steps:
            yield from self._check(step, _given(together.get(id(step), (step,))) | rebuilt, settings)
            yield from self._check_schemas(step)

    def _check(self, step: Step, given: set[str], settings: Settings) -> Iterator[Finding]:
        renamed = []
        first = None
        for executed, statement in step.statements:
            match statement:
                case RenameTableStatement(table=old, new_name=new) if not names_unmade(step, executed):
                    known = step.released.table(old)
                    swapped = new in step.released.tables  # a copy takes the place of what it is a copy of
                    if not (step.is_new(old) or old in given or swapped) and (known is None or known.running):
                        renamed.append((old, old, new))
                        first = first or executed
                case RenameColumn(table=table, column=old, new_name=new) if isinstance(step.operation, RenameModel):
                    if not step.is_new_column(table, old):
                        renamed.append((table, f"{table}.{old}", new))
                        first = first or executed
                case _:
                    pass
        if not renamed:
            return
        names = ", ".join(f"{old} to {new}" for _, old, new in renamed)
        new_names = {new for table, old, new in renamed if table == old}
        tables = " and ".join(dict.fromkeys(table for table, _, _ in renamed if table not in new_names))
        message = (
            f"Renames {names} while the release still running uses the old "
            f"{'names' if len(renamed) > 1 else 'name'}: its queries on {tables} fail."
        )
        main = next((old for table, old, _ in renamed if table == old), None)
        text = _advice(step, main, has_columns=any(table != old for table, old, _ in renamed))
        if first is not None and isinstance(step.operation, (RunSQL, SqlStatement, AlembicOperation, AlembicSql)):
            text = _sql_advice(first, renamed, settings)
        yield self.finding(
            step,
            message,
            text,
            objects=tuple(old for _, old, _ in renamed),
            executed=first if isinstance(step.operation, RunSQL) else None,
        )

    def _check_schemas(self, step: Step) -> Iterator[Finding]:
        for executed, statement in step.statements:
            match statement:
                case AlterObject(object_kind="schema", action="rename", name=old, values=(new,)):
                    message = (
                        f"Renames the schema {old} to {new} while the release still running uses the old name: its "
                        "queries on the tables in it fail."
                    )
                    text = f"# Keep the name {old}."
                    yield self.finding(step, message, text, objects=(old,), executed=executed)
                case _:
                    pass


def _in_transaction(executed: Executed) -> bool:
    return executed.session.transactional or executed.session.several


def _sql_advice(executed: Executed, renamed: list[tuple[str, str, str]], settings: Settings) -> str:
    """A view of the old name in the same transaction, where that takes writes as the table did."""
    if settings.database != "postgresql":
        return "\n".join(f"-- Keep the name {old}: tell the code that {new} is called so." for _, old, new in renamed)
    lines = [f"{one_line(executed.command.sql)};"]
    for _, old, new in renamed:
        new_name = f"{old.rpartition('.')[0]}.{new}" if "." in old and "." not in new else new
        lines.append(f"CREATE VIEW {quoted(old)} AS SELECT * FROM {quoted(new_name)};")
    if not _in_transaction(executed):
        lines = ["BEGIN;", *lines, "COMMIT;"]
    return "\n".join(["# The running release reads and writes the view; drop it in a later release.", *lines])


def _given(steps: tuple[Step, ...]) -> set[str]:
    """The names that views and other tables get in one transaction, so that nobody else sees them gone."""
    statements = [statement for step in steps for _, statement in step.statements]
    views = {statement.view.name for statement in statements if isinstance(statement, CreateView)}
    return views | {statement.new_name for statement in statements if isinstance(statement, RenameTableStatement)}


def _many_to_many_advice(step: Step, operation: RenameField | AlterField, table: str) -> str:
    """The table of a many-to-many field keeps its name where the field says it."""
    hint = f'# Keep the name, with db_table="{table}" in the field: nothing is sent to the database.'
    if isinstance(operation, AlterField):
        kept = advice.field_source(operation.field, without=("db_table",), db_table=advice.source(table))
        return f'{hint}\nmigrations.AlterField("{operation.model_name}", "{operation.name}", {kept})'
    model = step.models.model(step.migration.app, operation.model_name)
    declared = model.fields.get(operation.old_name) if model else None
    if not isinstance(declared, Field):
        return hint
    kept = advice.field_source(declared, without=("db_table",), db_table=advice.source(table))
    return (
        f'{hint}\nmigrations.AlterField("{operation.model_name}", "{operation.old_name}", {kept})\n'
        f'migrations.RenameField("{operation.model_name}", "{operation.old_name}", "{operation.new_name}")'
    )


def _advice(step: Step, table: str | None, *, has_columns: bool) -> str:
    operation = step.operation
    if table is None:
        return "# Name the columns of the many-to-many table in a model of its own (through), so that they stay."
    if isinstance(operation, (RenameField, AlterField)):
        return _many_to_many_advice(step, operation, table)
    if not isinstance(operation, RenameModel):
        return f'# Keep the name: db_table = "{table}" in the model\'s Meta.'
    lines = [
        f'# Rename the model in Python only, with db_table = "{table}" in its Meta: nothing is sent to the database.',
        "migrations.SeparateDatabaseAndState(",
        "    state_operations=[",
        f'        migrations.AlterModelTable("{operation.old_name}", "{table}"),',
        f'        migrations.RenameModel("{operation.old_name}", "{operation.new_name}"),',
        "    ],",
        ")",
    ]
    if has_columns:
        lines.append(
            "# Its many-to-many columns have the model's name: give those fields a through model that keeps them."
        )
    return "\n".join(lines)
