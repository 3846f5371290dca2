from __future__ import annotations

import re
from collections.abc import Iterator

from migration_lint.describing import describe_table
from migration_lint.model.statements import LockTable, SetVariable
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

# The rule about checks that are switched off speaks of these.
_ELSEWHERE = ("session_replication_role",)


class ExplicitLock(Rule):
    """A table is locked by hand, or a setting is left behind in the session.

    LOCK TABLE holds until the transaction ends, whatever the statements after it need: they take the locks that they
    need by themselves. A SET without LOCAL outlives the migration: behind a connection pooler that hands out sessions
    by transaction, the application gets that session back with a `statement_timeout` or a `search_path` it never asked
    for.

    Write SET LOCAL, or RESET the setting at the end.
    """

    name = "explicit-lock"
    family = "locking"
    severity = Severity.WARNING
    sees = (LockTable, SetVariable)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        reset = set()
        for step in reversed(migration.steps):
            found = []
            for executed in reversed(step.executed):
                for statement in reversed(executed.command.statements):
                    match statement:
                        case LockTable(tables=tables):
                            waited_for = {each.table for each in executed.effect.locks if each.mode.blocks_writes}
                            in_use = [table for table in tables if not step.is_new(table) and table in waited_for]
                            found += [self._locked(step, executed, table, settings) for table in in_use]
                        case SetVariable(name=name, value=None):
                            reset.add(name.lower())
                        case SetVariable(name=name, value=value, scope="session") if name.lower() not in reset:
                            if settings.database == "postgresql" and name.lower() not in _ELSEWHERE:
                                reset.add(name.lower())
                                found.append(self._left(step, executed, name, str(value)))
                        case _:
                            pass
            yield from found

    def _locked(self, step: Step, executed: Executed, table: str, settings: Settings) -> Finding:
        message = f"LOCK TABLE {describe_table(executed.effect, table)}."
        if settings.database in ("mysql", "mariadb"):
            message = f"LOCK TABLES keeps {table} from all others until UNLOCK TABLES or the end of the connection."
        advice = "-- Leave it out: the statements after it take the locks that they need."
        return self.finding(step, message, advice, objects=(table,), executed=executed)

    def _left(self, step: Step, executed: Executed, name: str, value: str) -> Finding:
        advice = f"RESET {name};"
        if executed.session.transactional:
            sql = " ".join(executed.command.sql.split()).rstrip(";")
            advice = f"{re.sub('^SET (SESSION )?', 'SET LOCAL ', sql, flags=re.IGNORECASE)};"
        message = f"SET {name} outlives the migration: whoever gets this session next has {name} = {value}."
        return self.finding(step, message, advice, objects=(name,), executed=executed)
