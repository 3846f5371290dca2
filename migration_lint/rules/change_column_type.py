from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice, describing
from migration_lint.model.statements import AlterColumnType, ModifyColumn
from migration_lint.policy.type_changes import type_changes
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings
from migration_lint.type_families import other_kind


class ChangeColumnType(Rule):
    """A column gets a type of another kind, such as a number for a text.

    The release still running sends values of the old type, which the database may refuse, and gets values of the new
    one, which its code does not expect: text where it adds numbers, a moment where it compares days. Statements that
    its connections have prepared fail once more because their result has another type.

    Add a column of the new type beside the old one, write both, copy the rows, read the new one, and drop the old one
    in a later release.
    """

    name = "change-column-type"
    family = "compatibility"
    severity = Severity.WARNING
    sees = (AlterColumnType, ModifyColumn)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for change in type_changes(step):
            table, column = change.table, change.column
            released = step.released.column(table, column)
            if change.lost is not None or not other_kind(change.old, change.new) or not (released and released.running):
                continue
            broken = [b for b in step.breaks if (b.table, b.column, b.edge) == (table, column, False)]
            if broken:
                what = describing.describe_break(broken[0])
            else:
                what = f"the release still running expects {change.old} when it reads {table}"
            message = f"{table}.{column} changes from {change.old} to {change.new}: {what}."
            text = advice.beside(step.operation, table, column, change.new, settings.database)
            yield self.finding(step, message, text, objects=(table, column), executed=change.executed)
