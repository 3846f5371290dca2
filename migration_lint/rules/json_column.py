from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migration_lint.advice.sql_text import add_column
from migration_lint.model.statements import AddColumn, AlterColumnType, CreateTable, Statement
from migration_lint.model.tables import ColumnType
from migration_lint.model.values import Unknown
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class JsonColumn(Rule):
    """A PostgreSQL column has the type json where jsonb is meant.

    `json` keeps the text as it was written and has no equality operator: SELECT DISTINCT, GROUP BY and UNION over any
    row that holds the column fail, as does every comparison, and no index can be made on it. `jsonb` has none of these
    limits and is faster to read.
    """

    name = "json-column"
    family = "schema"
    severity = Severity.WARNING
    sees = (AddColumn, AlterColumnType, CreateTable)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if settings.database != "postgresql":
            return
        for executed, statement in step.statements:
            for table, column, column_type in _typed(statement):
                if isinstance(column_type, ColumnType) and column_type.name == "json":
                    message = (
                        f"{table}.{column} has the type json, which has no equality operator: SELECT DISTINCT and "
                        f"GROUP BY over {table} fail."
                    )
                    advice = f"-- {column} jsonb"
                    if isinstance(statement, AddColumn):
                        meant = replace(statement.column, type=ColumnType("jsonb"))
                        advice = f"{add_column(table, meant)};"
                    yield self.finding(step, message, advice, objects=(table, column), executed=executed)


def _typed(statement: Statement) -> Iterator[tuple[str, str, ColumnType | Unknown]]:
    match statement:
        case CreateTable(table=table):
            yield from ((table.name, column.name, column.type) for column in table.columns.values())
        case AddColumn(table=name, column=column):
            yield name, column.name, column.type
        case AlterColumnType(table=name, column=column_name, type=column_type):
            yield name, column_name, column_type
        case _:
            pass
