from __future__ import annotations

from collections.abc import Sequence

from migration_lint import online
from migration_lint.blocking import BlockingWorkRule
from migration_lint.causes import CausedWork
from migration_lint.model.statements import Maintenance, RefreshMaterializedView, Reindex
from migration_lint.replay import Step
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
        statements = works[0].executed.command.statements
        mark = "#" if step.migration.framework == "django" else "--"
        if any(isinstance(s, Maintenance) for s in statements):
            return f"{mark} Outside of migrations, while the table is used: pg_repack --table={works[0].work.table}"
        if any(isinstance(s, (Reindex, RefreshMaterializedView)) for s in statements):
            return f"{online.concurrently(works[0].executed.command.sql)};"
        names = dict.fromkeys(caused.work.object for caused in works if caused.work.object)
        return "\n".join(
            [
                f"{mark} 1. In a migration with atomic = False, drop what would be built again:",
                *(f'{mark}    DROP INDEX CONCURRENTLY "{name}"' for name in names),
                f"{mark} 2. Change the column as it stands here.",
                f"{mark} 3. In another migration with atomic = False, build it with CREATE INDEX CONCURRENTLY.",
            ]
        )
