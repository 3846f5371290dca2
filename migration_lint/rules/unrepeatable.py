from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model import statements as s
from migration_lint.replay import Executed, ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

# Running these again changes nothing, or does no harm.
_REPEATABLE = (
    s.Forget,
    s.Expect,
    s.SetVariable,
    s.SetConstraints,
    s.TransactionControl,
    s.LockTable,
    s.Query,
    s.Comment,
    s.SetDefault,
    s.DropDefault,
    s.SetNotNull,
    s.DropNotNull,
    s.AlterColumnType,
    s.ModifyColumn,
    s.ValidateConstraint,
    s.Reindex,
    s.RefreshMaterializedView,
    s.Maintenance,
    s.Delete,
    s.Truncate,
    s.Grant,
    s.Update,
)


class Unrepeatable(Rule):
    """Outside of a transaction, two or more statements can't be run again.

    With `atomic = False`, and on MySQL and MariaDB always, what has run stays when a later statement fails: the
    migration counts as not applied, and running it again fails at the first statement that was done already. Somebody
    has to take it back by hand. An index whose concurrent build failed stays behind as well, marked invalid: it has to
    be dropped before the next try.

    Keep such a migration to one statement of the kind, or write IF [NOT] EXISTS. Initial migrations are left alone:
    their database can be made anew.
    """

    name = "unrepeatable"
    family = "locking"
    severity = Severity.INFO

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        transactional_ddl = settings.database not in ("mysql", "mariadb")
        if (migration.transactional and transactional_ddl) or settings.database == "oracle":
            return
        if migration.migration.initial or migration.migration.replaces or not migration.migration.dependencies:
            return
        once = [
            (step, e)
            for step in migration.steps
            for e in step.executed
            if not _is_repeatable(e) and not (transactional_ddl and _is_taken_back(e))
        ]
        if len({id(step) for step, _ in once}) < 2 and len(once) < 2:
            return
        step, executed = once[1]
        statements = "\n".join(f"{' '.join(e.command.sql.split()).rstrip(';')};" for _, e in once)
        message = (
            f"If {migration.migration.name} fails after its first statement, it can't be run again: {len(once)} of its "
            "statements fail where they were done already, and no transaction takes them back."
        )
        mark = "#" if migration.migration.framework == "django" else "--"
        shown = "\n".join(f"{mark}   {line}" for line in statements.split("\n")[:5])
        advice = f"{mark} One migration for each of:\n{shown}"
        yield self.finding(step, message, advice, objects=(migration.migration.name,), executed=executed)


def _is_taken_back(executed: Executed) -> bool:
    """Whether a transaction that the SQL opens, or one around a string of several statements, undoes it."""
    return executed.session.transactional or executed.session.several


def _is_repeatable(executed: Executed) -> bool:
    return not executed.command.sql or all(_statement_is_repeatable(each) for each in executed.command.statements)


def _statement_is_repeatable(statement: s.Statement) -> bool:
    if isinstance(statement, _REPEATABLE):
        return True
    guards = ("if_exists", "if_not_exists", "replace")
    return any(getattr(statement, guard, False) for guard in guards)
