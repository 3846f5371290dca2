from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.alembic import AlembicSql
from migration_lint.model.django import RunPython, RunSQL
from migration_lint.model.functions import RowsWritten
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import Delete, Update
from migration_lint.policy.data_steps import overwritten
from migration_lint.policy.noted import shown
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.running_python import facts_of
from migration_lint.settings import Settings


class DeleteWithoutWhere(Rule):
    """DELETE or UPDATE has no WHERE, or one that is always true.

    DELETE then takes every row, UPDATE overwrites the column in every row, and no reverse migration brings the old
    values back. `Book.objects.all().delete()` is such a DELETE, and takes along what refers to the rows. An UPDATE that
    fills a column which the same migration has added overwrites nothing and is left alone.
    """

    name = "delete-without-where"
    family = "data-loss"
    severity = Severity.ERROR
    sees = (Delete, Update)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if not isinstance(step.operation, (RunPython, RunSQL, SqlStatement, AlembicSql)):
            return
        for executed, statement in step.statements:
            match statement:
                case Delete(table=table, whole_table=True) if not step.is_new(table):
                    message = f"{_who(step, 'DELETE', executed)} deletes every row of {table}."
                    text = _instead(step, executed, f"-- DELETE FROM {table} WHERE ...;")
                    yield self.finding(step, message, text, objects=(table,), executed=executed)
                case Update(table=table, whole_table=True) if lost := overwritten(step, statement):
                    names = " and ".join(f"{table}.{name}" for name in lost)
                    message = f"{_who(step, 'UPDATE', executed)} overwrites {names} in every row."
                    text = _instead(step, executed, f"-- UPDATE {table} SET {lost[0]} = ... WHERE ...;")
                    yield self.finding(
                        step,
                        message,
                        text,
                        objects=(table, *lost),
                        executed=executed,
                        severity=Severity.WARNING,
                    )
                case _:
                    pass


def _call(step: Step, executed: Executed) -> RowsWritten | None:
    """The call of the ORM that sends a command."""
    facts = facts_of(step.operation, step.migration) if isinstance(step.operation, RunPython) else None
    calls = (action for action in facts.actions if isinstance(action, RowsWritten)) if facts is not None else ()
    return next((call for call in calls if call.span == executed.command.span), None)


def _who(step: Step, word: str, executed: Executed) -> str:
    call, operation = _call(step, executed), step.operation
    facts = facts_of(operation, step.migration) if isinstance(operation, RunPython) else None
    if call is None or facts is None:
        return f"{word} without a WHERE that limits it"
    return f"{call.kind}() in {shown(facts.name)}, of a queryset without a filter,"


def _instead(step: Step, executed: Executed, sql: str) -> str:
    call = _call(step, executed)
    if call is None:
        return sql
    values = ", ".join(f"{name}=..." for name, _ in call.fields)
    return f"{call.model if call.app else 'User'}.objects.filter(...).{call.kind}({values})"
