from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.advice.sql_text import drop_column, quoted, spelled
from migration_lint.model.django import Field, RemoveField
from migration_lint.model.statements import DropColumn as DropColumnStatement
from migration_lint.model.statements import DropTable, RenameTable
from migration_lint.model.tables import Column, ColumnType
from migration_lint.policy.rebuilding import rebuilt_tables
from migration_lint.policy.references import names_unmade
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class DropColumn(Rule):
    """A column is dropped that the running release still uses.

    An ORM names every column it knows in each SELECT and INSERT, so from the moment the column is gone the release
    still running fails on the whole table, not only where it uses that column. The column's data is lost as well.

    Take the field out of the code and out of Django's state first, and drop the column in a later release: a
    state-only removal in an earlier migration tells that this was done, and the drop is then only a note on what is
    lost.
    """

    name = "drop-column"
    family = "compatibility"
    severity = Severity.ERROR
    sees = (DropColumnStatement, DropTable, RenameTable)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        yield from super().check_migration(migration, settings)
        for rebuilt in rebuilt_tables(migration):
            for column in rebuilt.lost:
                known = rebuilt.step.released.column(rebuilt.table, column)
                if known is not None and known.running:
                    message = (
                        f"{rebuilt.table} is made anew without {column} while the release still "
                        f"running selects and inserts it: its queries on {rebuilt.table} fail."
                    )
                    text = f"-- First release the code that no longer uses {column}; copy the table in a later release."
                    objects = (rebuilt.table, column)
                    yield self.finding(rebuilt.step, message, text, objects=objects, executed=rebuilt.executed)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            if not isinstance(statement, DropColumnStatement) or names_unmade(step, executed):
                continue
            table, column = statement.table, statement.column
            known, owner = step.released.column(table, column), step.released.table(table)
            if step.is_new_column(table, column):
                continue
            if statement.if_exists and executed.before.column(table, column) is None and owner and owner.complete:
                continue
            staged = (known is not None and not known.running) or (owner is not None and not owner.running)
            if staged:
                message = f"{table}.{column} is dropped with its data; an earlier migration took it out of the code."
                yield self.finding(
                    step, message, "", objects=(table, column), executed=executed, severity=Severity.INFO
                )
                continue
            message = (
                f"{table}.{column} is dropped with its data while the release still running selects and inserts it: "
                f"its queries on {table} fail."
            )
            text = _advice(step, known, table, column, settings)
            yield self.finding(step, message, text, objects=(table, column), executed=executed)


def _sql_advice(known: Column | None, table: str, column: str, settings: Settings) -> str:
    """Both steps as SQL; in the second one the comment accepts this finding."""
    lines = [f"-- First release the code that no longer uses {column}."]
    needed = known is not None and not known.nullable and known.default is None and known.auto is None
    if needed and settings.database == "postgresql":
        lines[0] += " It has to leave the column out of INSERTs:"
        lines.append(f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} DROP NOT NULL;")
    dropped = spelled(drop_column(table, column), settings.database)
    return "\n".join(
        [
            *lines,
            "-- In a later release:",
            "-- migration-lint: ignore[drop-column] no running release uses it",
            f"{dropped};",
        ]
    )


def _advice(step: Step, known: Column | None, table: str, column: str, settings: Settings) -> str:
    operation = step.operation
    if not isinstance(operation, RemoveField):
        return _sql_advice(known, table, column, settings)
    names = f'"{operation.model_name}", "{operation.name}"'
    lines = ["# Now: take the field out of the code and the state, and leave the column."]
    model = step.models.model(step.migration.app, operation.model_name)
    field = model.fields.get(operation.name) if model else None
    if known is not None and not known.nullable and known.default is None and isinstance(field, Field):
        nullable = advice.field_source(field, without=("null",), null="True")
        lines[0] += " It becomes nullable, so that the new code can leave it out."
        lines.append(f"migrations.AlterField({names}, {nullable})")
    # The state no longer has the field then, so Django could not drop its column.
    drop = f'ALTER TABLE "{table}" DROP COLUMN "{column}"'
    typed = known is not None and isinstance(known.type, ColumnType)
    back = f'ALTER TABLE "{table}" ADD COLUMN "{column}" {known.type}' if known and typed else ""
    if back and known and known.generated:
        back += f" GENERATED ALWAYS AS ({known.generated.sql}) {'STORED' if known.generated.stored else 'VIRTUAL'}"
    later = f"migrations.RunSQL({advice.source(drop)}, {advice.source(back)})"
    lines += [
        f"migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField({names})])",
        "# In a later release: drop the column.",
        advice.django_file(step.migration, f"drop_{operation.model_name}_{operation.name}".lower(), [later]),
    ]
    return "\n".join(lines)
