from __future__ import annotations

from collections.abc import Iterable, Sequence

from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import create_index, drop_constraint, drop_index, quoted
from migration_lint.model.statements import Maintenance, RefreshMaterializedView, Reindex
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork
from migration_lint.replay import Executed, Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class BlockingReindex(BlockingWorkRule):
    """An index, a table or a materialized view is built again while others wait for it.

    REINDEX keeps writers out, and readers that would use the index; CLUSTER and VACUUM FULL write the whole table anew
    while nobody can even read it; so does REFRESH MATERIALIZED VIEW for the view. A change of a column's collation or
    type builds indexes on it again under the lock of the ALTER TABLE.

    REINDEX and REFRESH have a CONCURRENTLY, which needs `atomic = False` for REINDEX and a unique index for REFRESH;
    pg_repack does the work of CLUSTER and VACUUM FULL while the table is used. Where a column changes, the index can be
    dropped concurrently before and built concurrently after it.
    """

    name = "blocking-reindex"
    family = "locking"
    severity = Severity.ERROR

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        if settings.database != "postgresql":
            return online.by_tool(step, works[0].work.table)
        executed = works[0].executed
        statements = executed.command.statements
        mark = "#" if step.migration.framework == "django" else "--"
        if any(isinstance(s, Maintenance) for s in statements):
            return f"{mark} Outside of migrations, while the table is used: pg_repack --table={works[0].work.table}"
        names = dict.fromkeys(caused.work.object for caused in works if caused.work.object)
        for statement in statements:
            match statement:
                case Reindex(target_kind=kind, target=target):
                    sql = f"REINDEX {kind.upper()} CONCURRENTLY{f' {quoted(target)}' if target else ''}"
                    part = sql_files.Part(f"reindex_{target or kind}".replace(".", "_"), [(sql, None)], outside=True)
                    return sql_files.migrations(step, part)
                case RefreshMaterializedView(name=view):
                    return (
                        f"{mark} It needs a unique index on columns of {view}, without WHERE, that is there already.\n"
                        f"{online.concurrently(executed.command.sql)};"
                    )
                case _:
                    pass
        if online.operation_source(step.operation, settings) is None:
            return _around(step, executed, names)
        table = executed.before.table(works[0].work.table)
        constraints = table.constraints if table else {}
        drops = [
            drop_constraint(works[0].work.table, name) if name in constraints else drop_index(name, works[0].work.table)
            for name in names
        ]
        lines = [
            f"{mark} 1. In a migration with atomic = False, drop what would be built again:",
            *(f"{mark}    {drop}" for drop in drops),
            f"{mark} 2. Change the column as it stands here.",
            f"{mark} 3. In another migration with atomic = False, build it with CREATE INDEX CONCURRENTLY.",
        ]
        if any(name in constraints for name in names):
            lines.append(
                f"{mark} 4. Make the unique index a constraint again: ADD CONSTRAINT ... UNIQUE USING INDEX ..."
            )
        return "\n".join(lines)


def _around(step: Step, executed: Executed, names: Iterable[str]) -> str:
    """The indexes are dropped before, and built after, while others use the table."""
    tables = executed.before.tables.values()
    indexes = [table.indexes[name] for name in names for table in tables if name in table.indexes]
    there = [(drop_index(index.name, index.table), create_index(index)) for index in indexes]
    return sql_files.migrations(
        step,
        sql_files.Part("drop_indexes", there, outside=True),
        sql_files.Part("change_column", [(executed.command.sql, None)]),
        sql_files.Part("build_indexes", [(back, drop) for drop, back in there], outside=True),
    )
