from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.statements import SetTableOption
from migration_lint.model.statements import Truncate as TruncateStatement
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings


class Truncate(Rule):
    """TRUNCATE empties a table.

    All rows are gone at once, and no reverse migration brings them back. With CASCADE the tables that refer to it are
    emptied as well, and those that refer to them. MySQL's DROP PARTITION and TRUNCATE PARTITION do the same to a part.
    """

    name = "truncate"
    family = "data-loss"
    severity = Severity.ERROR
    sees = (TruncateStatement, SetTableOption)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            if isinstance(statement, SetTableOption) and not step.is_new(statement.table):
                yield from self._check_partitions(step, executed, statement)
            if not isinstance(statement, TruncateStatement) or _is_refused(executed):
                continue
            tables = tuple(table for table in statement.tables if not step.is_new(table))
            if not tables:
                continue
            message = f"TRUNCATE deletes every row of {' and '.join(tables)}"
            if statement.cascade:
                others = _referring(executed.before, tables)
                message += f"; CASCADE also empties {', '.join(others)}" if others else " and, by CASCADE, of all that "
                message += "" if others else "refers to it"
            text = f"-- Delete what must go, in batches: DELETE FROM {tables[0]} WHERE id BETWEEN 1 AND 1000;"
            yield self.finding(step, f"{message}.", text, objects=tables, executed=executed)

    def _check_partitions(self, step: Step, executed: Executed, statement: SetTableOption) -> Iterator[Finding]:
        """MySQL's and MariaDB's partitions, which hold their rows by themselves."""
        action, _, rest = (statement.value or "").partition(" ")
        if statement.option != "partitioning" or action.lower() not in ("drop", "truncate"):
            return
        names = rest.partition(" ")[2] or rest
        message = f"{action.upper()} PARTITION deletes every row of {statement.table} in {names}."
        text = (
            f"-- Keep the rows first, if anybody may ask for them: SELECT * FROM {statement.table} PARTITION ({names})."
        )
        yield self.finding(step, message, text, objects=(statement.table, names), executed=executed)


def _is_refused(executed: Executed) -> bool:
    """Whether the server refuses it whatever the rows are, so that it empties nothing."""
    return any(failure.kind == "referenced-table" for failure in executed.effect.failures)


def _referring(schema: Schema, tables: tuple[str, ...]) -> list[str]:
    """The tables that refer to these, and those that refer to them in turn."""
    found = dict.fromkeys(tables)
    pending = list(tables)
    while pending:
        for owner, _ in schema.references_to(pending.pop()):
            if owner not in found:
                found[owner] = None
                pending.append(owner)
    return [table for table in found if table not in tables]
