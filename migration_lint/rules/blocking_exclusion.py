from __future__ import annotations

from collections.abc import Sequence

from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork
from migration_lint.replay import Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class BlockingExclusion(BlockingWorkRule):
    """An EXCLUDE constraint is added to a table in use.

    PostgreSQL builds the constraint's index while nobody reads or writes the table, and has no other form: neither NOT
    VALID nor USING INDEX is to be had for EXCLUDE.

    The way out is a new table that has the constraint from the start: write to both, copy the old rows in batches, then
    rename the two in one short transaction. On a small table, or with the application stopped, the plain form will do.
    """

    name = "blocking-exclusion"
    family = "locking"
    severity = Severity.ERROR

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        table = works[0].work.table
        mark = "#" if step.migration.framework == "django" else "--"
        return (
            f"{mark} 1. Make a new table like {table} that has {works[0].work.object} from the start.\n"
            f"{mark} 2. Write to both in the code, and copy the old rows in batches.\n"
            f"{mark} 3. Rename the two tables in one short transaction.\n"
            f'{mark} If the table is small, say so: small-tables = ["{table}"]'
        )
