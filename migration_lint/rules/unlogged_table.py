from __future__ import annotations

import re
from collections.abc import Iterator

from migration_lint.model.statements import CreateTable, SetTableOption, Statement
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class UnloggedTable(Rule):
    """A table is made UNLOGGED.

    PostgreSQL empties an unlogged table when the server has crashed or was stopped hard, a replica never has its rows,
    and neither has a backup made from the write-ahead log. Only what can be computed again belongs there.
    """

    name = "unlogged-table"
    family = "data-loss"
    severity = Severity.WARNING
    sees = (CreateTable, SetTableOption)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            table = _unlogged(statement)
            if table is not None:
                message = f"{table} is UNLOGGED: a crash of the server empties it, and replicas never have its rows."
                text = f"-- Leave it out: {table} stays as it is."
                if isinstance(statement, CreateTable):
                    text = (
                        re.sub(r"\bUNLOGGED\s+", "", executed.command.sql.rstrip("; \n"), count=1, flags=re.IGNORECASE)
                        + ";"
                    )
                yield self.finding(step, message, text, objects=(table,), executed=executed)


def _unlogged(statement: Statement) -> str | None:
    match statement:
        case CreateTable(table=table, unlogged=True, temporary=False):
            return table.name
        case SetTableOption(table=name, option="unlogged"):
            return name
        case _:
            return None
