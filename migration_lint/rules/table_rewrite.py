from __future__ import annotations

from collections.abc import Sequence

from migration_lint import advice, online
from migration_lint.blocking import BlockingWorkRule
from migration_lint.causes import CausedWork
from migration_lint.model.django import AddField, AlterField
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
                mark = "#" if step.migration.framework == "django" else "--"
                return (
                    f"{mark} Instead: add a new, nullable column without a default beside the old one, write to both,\n"
                    f"{mark} fill it in batches, read from it, and drop the old one in a later release."
                )


_INT = "IntegerField"
