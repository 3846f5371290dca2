from __future__ import annotations

from collections.abc import Sequence

from migration_lint.advice import online, sql_files
from migration_lint.model.django import ValidateConstraint
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork
from migration_lint.replay import Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class ValidateInSameTransaction(BlockingWorkRule):
    """A constraint is validated in a transaction that already locks the table.

    Adding a constraint NOT VALID and validating it later is meant to let reads and writes go on during the scan. Locks
    are held until the transaction ends, though: in one migration with the statement that adds it, or with any other
    change of the table, the scan runs under that one's lock, as if there had been no NOT VALID.

    Validate in a migration of its own. `atomic = False` will do as well: each statement is then a transaction.
    """

    name = "validate-in-same-transaction"
    family = "locking"
    severity = Severity.ERROR

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        operation = step.operation
        if isinstance(operation, ValidateConstraint):
            source = f'ValidateConstraint("{operation.model_name}", name="{operation.name}")'
            return online.files(step, (f"validate_{operation.name}".lower(), [source], True))
        name = (works[0].work.object or works[0].work.table).lower()
        part = sql_files.Part(f"validate_{name}", [(works[0].executed.command.sql, None)])
        return sql_files.migrations(step, part)
