from __future__ import annotations

from collections.abc import Iterator

from migration_lint import describing
from migration_lint.model.django import DeleteModel
from migration_lint.model.statements import DropTable as DropTableStatement
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class DropTable(Rule):
    """A table is dropped that the running release still uses.

    Every query of the release still running on that table fails, deleting rows of the tables it refers to included, and
    its data is lost. The tables its foreign keys point at are locked as well while it goes.

    Take the model out of the code and out of Django's state first, and drop the table in a later release: a state-only
    removal in an earlier migration tells that this was done, and the drop is then only a note on what is lost.
    """

    name = "drop-table"
    family = "compatibility"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            if not isinstance(statement, DropTableStatement) or step.is_new(statement.table):
                continue
            table = statement.table
            known = step.released.table(table)
            if known is not None and not known.running:
                message = f"{table} is dropped with its data; an earlier migration took it out of the code."
                yield self.finding(step, message, "", objects=(table,), executed=executed, severity=Severity.INFO)
                continue
            message = f"{table} is dropped with its data while the release still running uses it: its queries fail."
            message += _also_locked(step, executed, table)
            yield self.finding(step, message, _advice(step, table), objects=(table,), executed=executed)


def _also_locked(step: Step, executed: Executed, table: str) -> str:
    """What happens to the tables that the dropped one refers to."""
    gone = {*step.new_tables, table}
    others = describing.describe(executed.effect, held=executed.session.held, new_tables=gone)
    return "".join(f" It {sentence}." for sentence in others)


def _advice(step: Step, table: str) -> str:
    operation = step.operation
    if not isinstance(operation, DeleteModel):
        return f"# Release the code that no longer uses {table} first; drop the table in a later release."
    return "\n".join(
        (
            "# Now: take the model out of the code and the state, and leave the table.",
            "migrations.SeparateDatabaseAndState(",
            f'    state_operations=[migrations.DeleteModel("{operation.name}")],',
            ")",
            "# In a later release: drop the table.",
            "migrations.SeparateDatabaseAndState(",
            f'    database_operations=[migrations.DeleteModel("{operation.name}")],',
            ")",
        )
    )
