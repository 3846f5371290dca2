from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RunSQL
from migration_lint.model.statements import Comment, Maintenance, Query, SetVariable, Statement, ValidateConstraint
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_HARMLESS = (Comment, Maintenance, Query, SetVariable, ValidateConstraint)


class IrreversibleSql(Rule):
    """RunSQL has no reverse_sql, so the migration cannot be undone.

    `migrate` to an earlier migration stops with IrreversibleError, and so do all later migrations: when a release has
    to be rolled back there is no way back. SQL that leaves nothing behind (a setting, a comment, ANALYZE, VALIDATE
    CONSTRAINT) needs no undoing, but Django still refuses to go back: then this is only a note, and
    `reverse_sql=migrations.RunSQL.noop` opens the way.
    """

    name = "irreversible-sql"
    family = "reversibility"
    severity = Severity.ERROR
    sees = (RunSQL,)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        operation = step.operation
        if not isinstance(operation, RunSQL) or operation.reverse_sql is not None or not step.database:
            return
        if not operation.sql:
            return
        statements = [statement for executed in step.executed for statement in executed.command.statements]
        harmless = bool(statements) and not step.problems and all(leaves_nothing(s) for s in statements)
        message = f"RunSQL has no reverse_sql: {step.migration.app}.{step.migration.name} cannot be undone."
        advice = "reverse_sql=migrations.RunSQL.noop"
        if not harmless:
            advice = 'reverse_sql="..."  # SQL that undoes it, or migrations.RunSQL.noop if nothing needs undoing'
        severity = Severity.INFO if harmless else self.severity
        yield self.finding(step, message, advice, objects=_tables(statements), severity=severity)


def leaves_nothing(statement: Statement) -> bool:
    """Whether nothing is there to undo once the statement has run."""
    return isinstance(statement, _HARMLESS)


def _tables(statements: list[Statement]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(table) for s in statements if (table := getattr(s, "table", None)) is not None))
