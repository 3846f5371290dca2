from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.advice.sql_text import quoted
from migration_lint.model.statements import AlterObject, Query, SetColumnOption, SetIdentity, Statement
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class IdentityRestart(Rule):
    """A key that rows already have numbers in begins to be numbered from 1.

    PostgreSQL gives a column that becomes an identity, as IntegerField does when it becomes AutoField, a new sequence
    that starts at 1 whatever the rows hold. INSERTs then take numbers that are in use and fail until the sequence is
    past them. MySQL and MariaDB go on after the highest number.

    Set the sequence to the highest number in the same migration.
    """

    name = "identity-restart"
    family = "compatibility"
    severity = Severity.ERROR
    sees = (SetIdentity,)
    without_release = True

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        if settings.database != "postgresql":
            return
        setting = [any(_sets_sequence(statement) for _, statement in step.statements) for step in migration.steps]
        last = max((index for index, sets in enumerate(setting) if sets), default=-1)
        for step in migration.steps[last + 1 :]:
            for executed, statement in step.statements:
                if not isinstance(statement, SetIdentity) or statement.kind is None or statement.starts:
                    continue
                table, column = statement.table, statement.column
                known = executed.before.column(table, column)
                if (known is not None and known.auto is not None) or step.is_new_column(table, column):
                    continue
                message = (
                    f"{table}.{column} is numbered from 1 although its rows have numbers: INSERTs take numbers in use "
                    "and fail."
                )
                text = _advice(step, table, column)
                yield self.finding(step, message, text, objects=(table, column), executed=executed)


def _sets_sequence(statement: Statement) -> bool:
    """Whether a statement moves a sequence on; which one is not looked at."""
    match statement:
        case Query(sets_sequence=True) | SetColumnOption(option="identity"):
            return True
        case AlterObject(object_kind="sequence", action=action):
            return action.startswith("restart")
        case _:
            return False


def _advice(step: Step, table: str, column: str) -> str:
    sequence = f"pg_get_serial_sequence('{quoted(table)}', '{column}')"
    sql = f"SELECT setval({sequence}, max({quoted(column)})) FROM {quoted(table)}"
    if step.migration.framework != "django":
        return f"-- After it, in the same migration:\n{sql};"
    return f"# After it, in the same migration:\nmigrations.RunSQL({advice.source(sql)}, migrations.RunSQL.noop)"
