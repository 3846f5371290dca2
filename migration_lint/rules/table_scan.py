from __future__ import annotations

from collections.abc import Sequence

from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import add_not_valid, drop_constraint, validate
from migration_lint.model.django import RenameModel
from migration_lint.model.statements import (
    AddConstraint,
    AlterColumnType,
    AlterObject,
    AttachPartition,
    Comment,
    RenameTable,
)
from migration_lint.model.tables import Check, ForeignKey
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork, is_renewed
from migration_lint.replay import Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class TableScan(BlockingWorkRule):
    """A table is read from end to end while others wait for it.

    Changes that look free are not always: a column with a CHECK that gets longer or a `db_comment` (Django sets its
    type again) has the CHECK tested on all rows, a partition is searched for rows outside of its bounds, a domain's new
    constraint is tested on every table that uses it.

    The dearest one: whenever an AlterField on a foreign key touches the database, Django drops the constraint and adds
    it again, which locks both tables for reads and writes and looks up every row. A change of `null`, of `unique` or
    even of the Python `default` does that; this is an error. SeparateDatabaseAndState with the one statement that is
    needed avoids it.
    """

    name = "table-scan"
    family = "locking"
    severity = Severity.WARNING

    def severity_of(self, step: Step, works: Sequence[CausedWork]) -> Severity:
        return Severity.ERROR if _renews(step) else self.severity

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        if settings.database != "postgresql":
            return online.by_tool(step, works[0].work.table)
        state = online.operation_source(step.operation, settings)
        if _renews(step) and state is not None:
            database = [online.run_sql(sql, _back(sql)) for sql in online.kept_sql(step, [])]
            return online.separately(database, [state])
        if (comment := _only_comments(step)) and state is not None:
            return online.separately([online.run_sql(comment)], [state])
        if isinstance(step.operation, RenameModel):
            return _keep_table(step, step.operation)
        mark = "#" if step.migration.framework == "django" else "--"
        if any(isinstance(statement, AttachPartition) for _, statement in step.statements):
            return (
                f"{mark} First, in migrations of their own: add a CHECK that says what the bounds say NOT VALID, and\n"
                f"{mark} validate it; ATTACH PARTITION then need not look at the rows."
            )
        if state is None and (files := _around(step, works)):
            return files
        if _is_domain(step):
            return (
                f"{mark} NOT VALID holds for new values. To check the old ones while writes go on, give each table a\n"
                f"{mark} CHECK of its own, NOT VALID first, and validate that in a later migration.\n"
                f"{online.not_valid(works[0].executed.command.sql)};"
            )
        names = ", ".join(dict.fromkeys(caused.work.object for caused in works if caused.work.object))
        return (
            f"{mark} First drop {names or 'the constraint'}, change the column, then add it again NOT VALID and "
            f"validate it in a later\n{mark} migration."
        )


def _only_comments(step: Step) -> str | None:
    """The COMMENT, where the type that is set with it is the one that the column has."""
    comment = None
    for executed, statement in step.statements:
        match statement:
            case Comment():
                comment = executed.command.sql
            case AlterColumnType(table=table, column=name, type=new, collation=collation):
                column = executed.before.column(table, name)
                if column is None or (column.type, column.collation) != (new, collation):
                    return None
            case _:
                return None
    return comment


def _is_domain(step: Step) -> bool:
    """Whether a domain gets a constraint that can wait."""
    return any(
        isinstance(s, AlterObject) and s.object_kind == "domain" and s.action.startswith("add")
        for _, s in step.statements
    )


def _around(step: Step, works: Sequence[CausedWork]) -> str:
    """The constraints that the command tests again: dropped before it, added NOT VALID after it, validated later."""
    executed = works[0].executed
    found = [
        (table.name, constraint)
        for name in dict.fromkeys(caused.work.object for caused in works)
        for table in executed.before.tables.values()
        if isinstance(constraint := table.constraints.get(name or ""), (Check, ForeignKey))
    ]
    if not found:
        return ""
    name = found[0][1].name.lower()
    changed: list[tuple[str, str | None]] = [(drop_constraint(table, c.name), None) for table, c in found]
    changed.append((executed.command.sql, None))
    changed += [(add_not_valid(table, constraint), None) for table, constraint in found]
    validated = [(validate(table, constraint.name), None) for table, constraint in found]
    change, later = sql_files.Part(f"without_{name}", changed), sql_files.Part(f"validate_{name}", validated)
    return sql_files.migrations(step, change, later)


def _keep_table(step: Step, operation: RenameModel) -> str:
    """The model gets its new name, and the table keeps its old one."""
    statements = (statement for _, statement in step.statements)
    table = next((s.table for s in statements if isinstance(s, RenameTable)), operation.old_name.lower())
    renamed = f'migrations.RenameModel("{operation.old_name}", "{operation.new_name}")'
    kept = f'migrations.AlterModelTable("{operation.new_name}", "{table}")'
    note = f'# The table keeps its name: db_table = "{table}" stands in Meta.'
    return f"{note}\n{online.separately([], [renamed, kept])}"


def _renews(step: Step) -> bool:
    return any(isinstance(s, AddConstraint) and is_renewed(step, s.constraint) for _, s in step.statements)


def _back(sql: str) -> str | None:
    for there, back in (("DROP NOT NULL", "SET NOT NULL"), ("SET NOT NULL", "DROP NOT NULL")):
        if sql.endswith(there):
            return sql.removesuffix(there) + back
    return None
