from __future__ import annotations

import re
from collections.abc import Iterator

from migration_lint.databases.base import Session
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class MissingLockTimeout(Rule):
    """A migration waits for a lock without limit.

    A statement that needs a table for itself waits until all queries on the table are done, and everybody else waits
    behind it: one long report, and the application stands still. With `lock_timeout` the migration gives up after a
    moment and can be tried again.

    Set it before the first statement that locks (a `lock_timeout` of 0 is none). Where the connection or the role sets
    it, say `lock-timeout-set-elsewhere = true`. PostgreSQL only; off until it is selected.
    """

    name = "missing-lock-timeout"
    family = "locking"
    severity = Severity.OFF

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        if settings.database != "postgresql":
            return
        for step in migration.steps:
            found = next(self._waits(step, settings), None)
            if found is not None:
                yield found
                return

    def _waits(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed in step.executed:
            if has_timeout(executed.session, settings):
                continue
            for lock in executed.effect.locks:
                if lock.mode.blocks_reads and lock.mode.blocks_writes and not step.is_new(lock.table):
                    message = (
                        f"{step.operation.kind} waits for {lock.table} without a lock_timeout, and everybody who uses "
                        f"{lock.table} waits behind it."
                    )
                    todo = give_up(step, executed, settings)
                    yield self.finding(
                        step, message, todo, objects=(lock.table,), executed=executed, severity=Severity.WARNING
                    )


def give_up(step: Step, executed: Executed, settings: Settings) -> str:
    """What to write before a command so that it gives up waiting for a lock after a moment."""
    if settings.database in ("mysql", "mariadb"):
        sql = "SET SESSION lock_wait_timeout = 2"
    elif step.migration.framework == "django" or executed.session.transactional or executed.session.several:
        sql = "SET LOCAL lock_timeout = '2s'"
    else:
        return "SET lock_timeout = '2s';\n-- and after the last statement:\nRESET lock_timeout;"
    return f"{sql};" if step.migration.framework != "django" else f'migrations.RunSQL("{sql}", migrations.RunSQL.noop)'


def has_timeout(session: Session, settings: Settings) -> bool:
    """Whether the session gives up waiting for locks at some time."""
    mysql = settings.database in ("mysql", "mariadb")
    value = session.variables.get("lock_wait_timeout" if mysql else "lock_timeout")
    limited = value is not None and re.match(r"0+\D*$", value.strip("'\" ")) is None and value.lower() != "default"
    return limited or settings.lock_timeout_set_elsewhere
