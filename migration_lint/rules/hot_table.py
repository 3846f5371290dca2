from __future__ import annotations

from collections.abc import Iterator

from migration_lint import describing
from migration_lint.policy import table_sizes
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.rules.blocking_drop_index import drops_index
from migration_lint.rules.missing_lock_timeout import give_up, has_timeout
from migration_lint.settings import Settings


class HotTable(Rule):
    """A table that the settings call hot is locked, if only for a moment.

    Even a lock that is held for a millisecond has to be waited for: until the longest query on the table is done, the
    ALTER TABLE stands in the queue and everybody else behind it. On a table that is always in use that is an outage.
    Adding a foreign key locks the table that it points at as well.

    Set `hot-tables` to the tables (or models, as `shop.Book`) that this matters for. With a `lock_timeout` in force the
    migration gives way and can be tried again: then this is only a note. Work that goes on under a lock is found by the
    rules about that work, as an error on these tables.
    """

    name = "hot-table"
    family = "locking"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if not settings.hot_tables:
            return
        worked_on = {work.table for _, work in step.work if work.under.blocks_writes}
        seen: set[str] = set()
        for executed in step.executed:
            if drops_index(executed) and settings.database == "postgresql":
                continue  # the rule about that speaks
            for lock in executed.effect.locks:
                table = lock.table
                if table in seen | worked_on or step.is_new(table) or not table_sizes.is_hot(table, settings):
                    continue
                if lock.mode.blocks_writes:
                    seen.add(table)
                    yield self._found(step, executed, table, settings)

    def _found(self, step: Step, executed: Executed, table: str, settings: Settings) -> Finding:
        happens = describing.describe_table(executed.effect, table)
        message = f"{step.operation.kind} {happens}; {table} is one of the hot-tables."
        tried = has_timeout(executed.session, settings)
        advice = (
            "# Before it, so that the migration gives up instead of making all others wait; then run it again:\n"
            f"{give_up(step, executed, settings)}"
        )
        severity = Severity.INFO if tried else self.severity
        return self.finding(step, message, advice, objects=(table,), executed=executed, severity=severity)
