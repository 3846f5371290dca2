"""What it takes to know that a column holds no NULL."""

from __future__ import annotations

from migration_lint.databases.postgresql.execution import Execution
from migration_lint.model.tables import Check, NotNull


def require_no_nulls(run: Execution, table: str, column: str) -> None:
    """The server looks at every row for NULLs."""
    run.work("scan", table, f"to check that no {column} is NULL")
    message = f'column "{column}" of relation "{table}" contains null values'
    run.fail("null-values", message, f"{column} is NULL in some row")


def proven_not_null(run: Execution, name: str, column: str) -> bool:
    """Whether a valid CHECK, or a valid NOT NULL constraint, keeps NULLs out already."""
    table = run.table(name)
    for constraint in table.constraints.values() if table else ():
        if isinstance(constraint, NotNull) and constraint.column == column and constraint.validated:
            return True
        if isinstance(constraint, Check) and column in constraint.not_null and _is_in_force(constraint):
            return run.has("SET NOT NULL proven by a CHECK")
    return False


def _is_in_force(check: Check) -> bool:
    return check.validated and check.enforced
