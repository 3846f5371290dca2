"""Values of an enum that the transaction itself has added."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.facts import MEASURED
from migration_lint.model import statements as s
from migration_lint.model.tables import ColumnType


def refuse_new_labels(run: Execution, statement: s.Statement, sql: str) -> None:
    """A value can't be used before the transaction that added it has ended (but for a type it also made)."""
    if not run.session.new_labels or isinstance(statement, (s.AlterObject, s.CreateObject, s.Comment)):
        return
    used = set(_enums_of(run, statement))
    for type_name, label in sorted(run.session.new_labels):
        if type_name in used and f"'{label}'" in sql and type_name not in run.session.new_tables:
            message = f'unsafe use of new value "{label}" of enum type {type_name}'
            run.fail("new-enum-value", message, source=MEASURED)


def _enums_of(run: Execution, statement: s.Statement) -> Iterator[str]:
    """The types of the columns of the table that `statement` is about, and of a column it adds."""
    if isinstance(statement, s.AddColumn):
        types = [statement.column.type]
    else:
        name = statement.index.table if isinstance(statement, s.CreateIndex) else getattr(statement, "table", None)
        table = run.table(name) if isinstance(name, str) else None
        types = [column.type for column in table.columns.values()] if table else []
    for each in types:
        if isinstance(each, ColumnType):
            yield each.name
