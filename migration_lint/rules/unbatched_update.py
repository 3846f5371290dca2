from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.alembic import AlembicSql
from migration_lint.model.django import RunPython, RunSQL
from migration_lint.model.functions import RowsWritten
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import Update
from migration_lint.model.tables import PrimaryKey
from migration_lint.policy import batches, table_sizes
from migration_lint.policy.data_steps import overwritten
from migration_lint.policy.noted import shown
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.running_python import facts_of
from migration_lint.settings import Settings


class UnbatchedUpdate(Rule):
    """One UPDATE writes every row of a table that is in use.

    All rows stay locked until the transaction ends: whoever changes one of them waits, and if the migration is stopped
    half way all of its work is undone. On PostgreSQL each row is written anew, so the table may grow to twice its size.

    Some thousand rows at a time, by key and each batch in a transaction of its own (`atomic = False`), hold up nobody
    for long and can go on where they stopped. An UPDATE of the rows that are still NULL in the column it fills counts
    too, because when it runs first that is all of them. Where it overwrites values that cannot be had back,
    `delete-without-where` speaks instead.
    """

    name = "unbatched-update"
    family = "data-migration"
    severity = Severity.WARNING
    sees = (Update,)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if not isinstance(step.operation, (RunPython, RunSQL, SqlStatement, AlembicSql)):
            return
        for executed, statement in step.statements:
            if not isinstance(statement, Update) or step.is_new(statement.table):
                continue
            if statement.whole_table and overwritten(step, statement):
                continue
            if statement.whole_table or statement.all_nulls:
                yield self._finding(step, executed, statement, settings)

    def _finding(self, step: Step, executed: Executed, statement: Update, settings: Settings) -> Finding:
        table, columns = statement.table, [name for name, _ in statement.columns]
        which = "every row" if statement.whole_table else f"every row in which {' and '.join(columns)} is still NULL"
        until = "the whole transaction ends" if step.transactional else "it ends"
        facts = facts_of(step.operation, step.migration) if isinstance(step.operation, RunPython) else None
        who = "One UPDATE" if facts is None else f"One UPDATE in {shown(facts.name)}"
        message = f"{who} writes {which} of {table}: these rows stay locked until {until}."
        todo = batches.sql_update(table, columns, _key(executed, table))
        if facts is not None:
            calls = [action for action in facts.actions if isinstance(action, RowsWritten)]
            for call in (call for call in calls if call.span == executed.command.span):
                todo = batches.batched_update(facts.name, call.app, call.model, [name for name, _ in call.fields])
        severity = table_sizes.adjusted(self.severity, (table,), settings)
        return self.finding(step, message, todo, objects=(table, *columns), executed=executed, severity=severity)


def _key(executed: Executed, name: str) -> str:
    """The column by which rows can be taken in turn."""
    table = executed.before.table(name)
    keys = [c for c in table.constraints.values() if isinstance(c, PrimaryKey)] if table is not None else []
    return keys[0].columns[0] if keys and len(keys[0].columns) == 1 else "id"
