from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.advice import alembic_files, sql_files
from migration_lint.effects import Failure
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.django import AddIndex, RemoveIndex
from migration_lint.model.sql import SqlMigration
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.rules.concurrent_in_transaction import refused_concurrently
from migration_lint.rules.mixed_schema_and_data import PENDING
from migration_lint.settings import Settings


class FailsWhenRun(Rule):
    """The database, or the framework, will refuse this step.

    Whatever the rows are: VACUUM or CREATE DATABASE in a transaction, CONCURRENTLY in a string of several statements
    (which PostgreSQL makes one transaction, also with `atomic = False`), a new enum value used by the transaction that
    adds it, another type for a column that a view or a generated column reads, TRUNCATE of a table that others refer
    to, a type's argument that the server does not know, a changed GeneratedField, which Django has no SQL for.

    What only the data decides (duplicates, NULLs) is said by the rule that names the hazard.
    """

    name = "fails-when-run"
    family = "locking"
    severity = Severity.ERROR
    precision = "very-high"

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        operation = step.operation
        if step.failure is not None:
            concurrent = isinstance(operation, (AddIndex, RemoveIndex)) and operation.concurrently
            if not (concurrent and step.transactional):
                message = f"{operation.kind} fails when it runs: {step.failure.rstrip('.')}."
                yield self.finding(step, message, "", objects=(step.failure,))
            return
        for executed in step.executed:
            if refused_concurrently(executed):
                continue
            for failure in executed.effect.failures:
                if failure.rows is None and failure.kind != PENDING:
                    message = f"{operation.kind} fails when it runs: {failure.message}."
                    todo = _advice(step, failure, executed)
                    yield self.finding(step, message, todo, objects=(failure.message,), executed=executed)
                    break


def _advice(step: Step, failure: Failure, executed: Executed) -> str:
    if failure.kind == "in-transaction" and executed.command.sql[:2].upper() == "DO":
        return "# A DO block is always one transaction: write the statement by itself, with IF [NOT] EXISTS."
    if failure.kind == "in-transaction" and isinstance(step.migration, AlembicMigration):
        return alembic_files.outside(executed.command)
    if failure.kind == "in-transaction" and isinstance(step.migration, SqlMigration):
        return sql_files.outside(step, executed.command)
    if failure.kind == "in-transaction" and executed.session.several:
        parts = [" ".join(each.command.sql.split()).rstrip(";") for each in step.executed]
        listed = "\n".join(f"        {advice.source(part)}," for part in parts)
        return (
            "# A list has each statement sent by itself:\n"
            f"migrations.RunSQL(\n    [\n{listed}\n    ],\n    migrations.RunSQL.noop,\n)"
        )
    known = {
        "in-transaction": "class Migration(migrations.Migration):\n    atomic = False",
        "new-enum-value": "# Add the value in a migration of its own, and use it in the next one.",
        "dependent-object": "# Drop what depends on it first, and make it again afterwards.",
        "referenced-table": "# Name the tables that refer to it as well, or delete the rows in batches.",
    }
    return known.get(failure.kind, "")
