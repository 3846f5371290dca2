from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import add_not_valid, drop_constraint, quoted, validate
from migration_lint.effects import Work
from migration_lint.model.django import AlterField
from migration_lint.model.statements import ModifyColumn, Update
from migration_lint.model.statements import SetNotNull as SetNotNullStatement
from migration_lint.model.tables import Check
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork, blocking_work
from migration_lint.replay import Step
from migration_lint.rule import Finding, Severity
from migration_lint.settings import Settings


class SetNotNull(BlockingWorkRule):
    """A column is made NOT NULL while nobody can use the table.

    PostgreSQL looks at every row under ACCESS EXCLUSIVE to see that none is NULL. Where the field has a default, Django
    writes it into the NULL rows first, under the same lock. And a release that still writes NULL fails from then on,
    which is a warning on MySQL and MariaDB, where reads and writes go on meanwhile.

    A valid `CHECK (column IS NOT NULL)` spares the scan (PostgreSQL 12 and later): add it NOT VALID, fill the rows that
    are NULL in batches, validate it in a later migration, then make the column NOT NULL and drop the CHECK.
    """

    name = "set-not-null"
    family = "locking"
    severity = Severity.ERROR
    sees = (Work, ModifyColumn, SetNotNullStatement)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        """What others wait for; and on MySQL and MariaDB, where nobody waits, what fails."""
        yield from super().check_step(step, settings)
        if settings.database not in ("mysql", "mariadb") or any(blocking_work(step)):
            return
        filled = any(isinstance(statement, Update) and statement.only_nulls for _, statement in step.statements)
        for executed in step.executed:
            for failure in executed.effect.failures:
                if failure.kind != "null-values" or failure.rows is None:
                    continue
                message = f"{step.operation.kind} makes a column NOT NULL: "
                message += "" if filled else f"it fails if {failure.rows}, and "
                message += "the release still running can write no NULL into it any more."
                text = "# Release code that writes no NULL first, and fill the rows that are NULL in batches."
                found = self.finding(step, message, text, objects=(failure.rows,), executed=executed)
                yield replace(found, severity=Severity.WARNING)

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
                [
                    (f"{alter} SET NOT NULL", f"{alter} DROP NOT NULL"),
                    (drop_constraint(table, name), add_not_valid(table, check)),
                ],
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
