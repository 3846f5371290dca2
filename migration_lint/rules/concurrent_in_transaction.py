from __future__ import annotations

from collections.abc import Iterator

from migration_lint.advice import alembic_files, sql_files
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.django import AddIndex, RemoveIndex
from migration_lint.model.sql import SqlMigration
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class ConcurrentInTransaction(Rule):
    """A CONCURRENTLY runs in the migration's transaction, which the database refuses.

    PostgreSQL builds and drops indexes concurrently in several transactions of its own, so the statement fails within
    another one. Django runs a migration in a transaction unless it says `atomic = False`; its AddIndexConcurrently and
    RemoveIndexConcurrently refuse to start there.

    Put the operation into a migration of its own with `atomic = False`: should it fail half way, nothing else has to be
    taken back by hand. Tools that run SQL files have marks of their own for that, which the advice names. Alembic runs
    revisions in a transaction as well; within `op.get_context().autocommit_block()` there is none.
    """

    name = "concurrent-in-transaction"
    family = "locking"
    severity = Severity.ERROR
    precision = "very-high"

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if not isinstance(step.migration.atomic, bool) or not (step.transactional or step.migration.framework == "sql"):
            return
        operation = step.operation
        if isinstance(operation, (AddIndex, RemoveIndex)) and operation.concurrently and step.failure is not None:
            yield self._found(step, operation.kind, None)
            return
        for executed in step.executed:
            if refused_concurrently(executed):
                yield self._found(step, " ".join(executed.command.sql.split()).rstrip(";"), executed)

    def _found(self, step: Step, what: str, executed: Executed | None) -> Finding:
        shown = what if len(what) <= 60 else f"{what[:57]}..."
        message = f"{shown} fails when {step.migration.name} runs: the migration is one transaction."
        if isinstance(step.migration, AlembicMigration) and executed is not None:
            advice = alembic_files.outside(executed.command)
        elif isinstance(step.migration, SqlMigration) and executed is not None:
            if not step.transactional:
                message = f"{shown} fails when {step.migration.name} runs: BEGIN has opened a transaction."
            advice = sql_files.outside(step, executed.command)
        else:
            advice = (
                "class Migration(migrations.Migration):\n"
                "    atomic = False  # best in a migration that holds nothing but this operation"
            )
        return self.finding(step, message, advice, objects=(what,), executed=executed)


def refused_concurrently(executed: Executed) -> bool:
    """Whether the command is one that CONCURRENTLY keeps out of a transaction that the migration opened."""
    if not executed.session.transactional or not any(f.kind == "in-transaction" for f in executed.effect.failures):
        return False
    return any(getattr(statement, "concurrently", False) for statement in executed.command.statements)
