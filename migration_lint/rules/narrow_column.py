from __future__ import annotations

import re
from collections.abc import Iterator

from migration_lint import advice, describing
from migration_lint.model.statements import AlterColumnType, ModifyColumn
from migration_lint.policy.type_changes import TypeChange, type_changes
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_DOES_NOT_FIT = frozenset({"too-long", "out-of-range", "invalid-cast"})


class NarrowColumn(Rule):
    """A column gets a type that cannot hold all that the old one could.

    Either the migration fails at the first value that does not fit, or, where the change is a cast, that value is cut
    off or rounded without an error and nobody can bring it back: Django casts when the kind of type changes, for
    example from TextField to CharField or from DateTimeField to DateField. The release still running goes on sending
    values of the old size.

    Look for values that do not fit and settle them first; then move to a new column of the smaller type.
    """

    name = "narrow-column"
    family = "compatibility"
    severity = Severity.ERROR
    sees = (AlterColumnType, ModifyColumn)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for change in type_changes(step):
            if change.lost is None:
                continue
            table, column = change.table, change.column
            message = (
                f"{table}.{column} shrinks from {change.old} to {change.new}, which cannot hold {change.lost}: "
                f"{_fate(change, settings.database in ('mysql', 'mariadb'))}."
            )
            text = advice.beside(step.operation, table, column, change.new, settings.database)
            yield self.finding(step, message, text, objects=(table, column), executed=change.executed)


def _fate(change: TypeChange, mysql: bool) -> str:
    """What becomes of values that do not fit."""
    if change.lost is not None and change.lost.startswith("the value"):
        return "rows that have it are refused or turned into another one, and the release still running may write it"
    named = re.compile(rf"\b{re.escape(change.column)}\b")
    failures = [
        failure
        for failure in change.executed.effect.failures
        if failure.kind in _DOES_NOT_FIT and named.search(failure.rows or failure.message)
    ]
    if failures:
        return f"the migration {describing.describe_failure(failures[0])}, and so does the release still running"
    if mysql:
        return "existing values are refused, or cut off or rounded to fit where the server is not strict about them"
    return "existing values are cut off or rounded to fit without an error"
