from __future__ import annotations

from collections.abc import Sequence

from migration_lint import advice
from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import add_column, drop_column, quoted, set_default
from migration_lint.model.django import AddField, AlterField
from migration_lint.model.statements import AddColumn, AlterColumnType, SetTableOption, Statement
from migration_lint.model.tables import Column
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork
from migration_lint.replay import Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class TableRewrite(BlockingWorkRule):
    """A table in use is written anew while others wait.

    PostgreSQL stores every row and every index again, and nobody can even read the table meanwhile: a change of type
    that changes what is stored, a new column whose default differs from row to row, a stored generated column, a serial
    or identity column, SET UNLOGGED. MySQL and MariaDB copy the table and let others only read. A varchar that grows,
    varchar to text, or more digits before the point are no such changes: whether a type change rewrites is told from
    the column as it was.

    Where that depends on what the files do not tell, it is a warning: timestamp to timestamptz and back is free if the
    session's time zone is UTC.

    Expand and contract: add a new column, write to both, fill the new one in batches, read from it, drop the old one.
    """

    name = "table-rewrite"
    family = "locking"
    severity = Severity.ERROR

    def severity_of(self, step: Step, works: Sequence[CausedWork]) -> Severity:
        """A warning where it depends on what the files do not tell, such as the session's time zone."""
        return self.severity if any(caused.work.sure for caused in works) else Severity.WARNING

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        operation, table = step.operation, works[0].work.table
        if settings.database != "postgresql":
            return online.by_tool(step, table)
        match operation:
            case AlterField(model_name=model, name=name, field=field) if not online.is_relation(field):
                without = ("null", "default", "db_default", "primary_key", "unique", "db_index", "auto_created")
                plain = advice.field_source(field, without=without, null="True")
                for automatic in ("SmallAutoField", "BigAutoField", "AutoField"):
                    plain = plain.replace(automatic, automatic.replace("Auto", "Integer").replace("IntegerField", _INT))
                return (
                    f"# Instead: a second column beside {table}.{name}.\n"
                    f'migrations.AddField("{model}", "{name}_new", {plain})\n'
                    f"# Then: write both in the code, fill {name}_new in batches, read from it, and drop {name} in a\n"
                    "# later release."
                )
            case AddField(model_name=model, name=name, field=field):
                plain = advice.field_source(
                    field, without=("null", "unique", "db_index", "db_default", "default"), null="True"
                )
                if field.kind.endswith(".GeneratedField"):
                    return (
                        f"# Instead: an ordinary nullable column {name}, filled in batches and kept up by code or\n"
                        "# a trigger; from PostgreSQL 18 on, db_persist=False computes it when it is read."
                    )
                return (
                    "# Here: without the default, so that no row is written.\n"
                    f'migrations.AddField("{model}", "{name}", {plain})\n'
                    "# Then, in migrations of their own: its default, which holds for new rows; the old rows in\n"
                    "# batches; its index, if it had one."
                )
            case _:
                return "\n".join(
                    text for s in works[0].executed.command.statements if (text := _instead(step, s)) is not None
                )


def _instead(step: Step, statement: Statement) -> str | None:
    """What to write in the place of one statement of SQL."""
    mark = "#" if step.migration.framework == "django" else "--"
    match statement:
        case AlterColumnType(table=table, column=name, type=new):
            column = Column(f"{name}_new", new)
            then = f"write both in the code, fill {column.name} in batches, read from it, and drop {name}."
        case AddColumn(table=table, column=column) if str(column.type) in step.before.domains:
            return (
                f"{mark} Instead: {column.name} of the type that the domain {column.type} is made of, and what that\n"
                f"{mark} checks as a CHECK of {table}, NOT VALID first and validated in a later migration."
            )
        case AddColumn(table=table, column=column):
            then = f"fill {column.name} in batches, and keep it up in the code or with a trigger."
        case SetTableOption(table=table, option="tablespace", value=value):
            return (
                f"{mark} Outside of migrations, while the table is used: pg_repack --table={table} --tablespace={value}"
            )
        case SetTableOption(table=table):
            return (
                f"{mark} Instead: make a new table like {table} that is so from the start, write to both in the code,\n"
                f"{mark} copy the rows in batches, and rename the two in one short transaction."
            )
        case _:
            return None
    statements: list[tuple[str, str | None]] = [(add_column(table, column), drop_column(table, column.name))]
    if default := set_default(table, column):
        statements.append((default, None))
        then = f"fill {column.name} of the rows that are there in batches."
    elif column.auto is not None and column.generated is None:
        sequence = quoted(f"{table}_{column.name}_seq")
        statements.insert(0, (f"CREATE SEQUENCE {sequence}", f"DROP SEQUENCE {sequence}"))
        alter = f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column.name)}"
        statements.append((f"{alter} SET DEFAULT nextval('{sequence}')", None))
        then = f"fill {column.name} of the rows that are there from the sequence, in batches."
    part = sql_files.Part(f"add_{column.name}".lower(), statements)
    return f"{sql_files.migrations(step, part)}\n{mark} Later: {then}"


_INT = "IntegerField"
