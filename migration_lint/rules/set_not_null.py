from __future__ import annotations

from collections.abc import Sequence

from migration_lint import online, sql_files
from migration_lint.blocking import BlockingWorkRule
from migration_lint.causes import CausedWork
from migration_lint.model.django import AlterField
from migration_lint.model.statements import SetNotNull as SetNotNullStatement
from migration_lint.model.tables import Check
from migration_lint.replay import Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings
from migration_lint.sql_text import add_not_valid, drop_constraint, quoted, validate


class SetNotNull(BlockingWorkRule):
    """A column is made NOT NULL while nobody can use the table.

    PostgreSQL looks at every row under ACCESS EXCLUSIVE to see that none is NULL. Where the field has a default, Django
    writes it into the NULL rows first, under the same lock. And a release that still writes NULL fails from then on.

    A valid `CHECK (column IS NOT NULL)` spares the scan (PostgreSQL 12 and later): add it NOT VALID, fill the rows that
    are NULL in batches, validate it in a later migration, then make the column NOT NULL and drop the CHECK.
    """

    name = "set-not-null"
    family = "locking"
    severity = Severity.ERROR

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        if settings.database != "postgresql":
            return online.by_tool(step, works[0].work.table)
        columns = [(s.table, s.column) for _, s in step.statements if isinstance(s, SetNotNullStatement)]
        table, column = columns[0] if columns else (works[0].work.table, "the_column")
        operation = step.operation
        if isinstance(operation, AlterField):
            return _files(step, operation, table, column, settings)
        name = f"{table.rpartition('.')[2]}_{column}_not_null"
        check = Check(name, f"{quoted(column)} IS NOT NULL", frozenset((column,)))
        alter = f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)}"
        files = sql_files.migrations(
            step,
            sql_files.Part(f"check_{name}", [(add_not_valid(table, check), drop_constraint(table, name))]),
            sql_files.Part(f"validate_{name}", [(validate(table, name), None)]),
            sql_files.Part(
                f"set_{name}",
                [(f"{alter} SET NOT NULL", f"{alter} DROP NOT NULL"), (drop_constraint(table, name), None)],
            ),
        )
        mark = "#" if step.migration.framework == "django" else "--"
        return f"{mark} Between the first and the second, fill the rows that are NULL in batches.\n{files}"


def _files(step: Step, operation: AlterField, table: str, column: str, settings: Settings) -> str:
    """The four steps as three migrations."""
    model, field = operation.model_name, operation.name
    name = f"{model}_{field}_not_null".lower()
    condition = f"{online.check_keyword(settings)}=models.Q({field}__isnull=False)"
    check = f'AddConstraintNotValid("{model}", models.CheckConstraint({condition}, name="{name}"))'
    changed = online.operation_source(operation, settings) or ""
    statements = [s for _, s in step.statements]
    if len(statements) > 1:
        # Django would write the default into the rows first, or renew a foreign key.
        alter = f'ALTER TABLE "{table}" ALTER COLUMN "{column}"'
        kept = online.kept_sql(step, [e for e in step.executed if "SET NOT NULL" in e.command.sql])
        database = [online.run_sql(f"{alter} SET NOT NULL", f"{alter} DROP NOT NULL")]
        database += [online.run_sql(sql) for sql in kept if not sql.startswith(f"{alter} ") or "TYPE" in sql]
        changed = online.separately(database, [changed])
    remove = f'migrations.RemoveConstraint("{model}", "{name}")'
    return "\n".join(
        [
            "# Between the first and the second, fill the rows that are NULL in batches.",
            online.files(
                step,
                (f"check_{name}", [check], True),
                (f"validate_{name}", [f'ValidateConstraint("{model}", name="{name}")'], True),
                (f"set_{name}", [changed, remove], True),
            ),
        ]
    )
