from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.statements import CreateTable
from migration_lint.model.tables import ColumnType, PrimaryKey
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_SMALL = frozenset({"integer", "int", "smallint", "mediumint", "tinyint"})


class SmallPrimaryKey(Rule):
    """A new table gets a primary key of 32 bits or fewer.

    It runs out at 2,147,483,647, and failed inserts use numbers up as well. Widening it later rewrites the table and
    every table that refers to it under locks that stop all traffic; a 64-bit key costs four bytes a row today.
    """

    name = "small-primary-key"
    family = "schema"
    severity = Severity.OFF

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            if not isinstance(statement, CreateTable):
                continue
            table = statement.table
            for constraint in table.constraints.values():
                if not isinstance(constraint, PrimaryKey) or len(constraint.columns) != 1:
                    continue
                column = table.columns.get(constraint.columns[0])
                if column and column.auto and isinstance(column.type, ColumnType) and column.type.name in _SMALL:
                    message = f"The primary key of {table.name}, {column.name}, is {column.type}: it runs out."
                    advice = "models.BigAutoField(primary_key=True)"
                    yield self.finding(step, message, advice, objects=(table.name, column.name), executed=executed)
