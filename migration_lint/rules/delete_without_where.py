from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RunSQL
from migration_lint.model.statements import Delete, Update
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class DeleteWithoutWhere(Rule):
    """DELETE or UPDATE has no WHERE, or one that is always true.

    DELETE then takes every row, UPDATE overwrites the column in every row, and no reverse migration brings the old
    values back. An UPDATE that fills a column which the same migration has added overwrites nothing and is left alone.
    """

    name = "delete-without-where"
    family = "data-loss"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if not isinstance(step.operation, RunSQL) and step.migration.framework == "django":
            return
        for executed, statement in step.statements:
            match statement:
                case Delete(table=table, whole_table=True) if not step.is_new(table):
                    message = f"DELETE without a WHERE that limits it deletes every row of {table}."
                    text = f"-- DELETE FROM {table} WHERE ...;"
                    yield self.finding(step, message, text, objects=(table,), executed=executed)
                case Update(table=table, columns=columns, whole_table=True):
                    lost = tuple(name for name, to in columns if to != "itself" and not step.is_new_column(table, name))
                    if not lost:
                        continue
                    names = " and ".join(f"{table}.{name}" for name in lost)
                    message = f"UPDATE without a WHERE that limits it overwrites {names} in every row."
                    text = f"-- UPDATE {table} SET {lost[0]} = ... WHERE ...;"
                    yield self.finding(
                        step,
                        message,
                        text,
                        objects=(table, *lost),
                        executed=executed,
                        severity=Severity.WARNING,
                    )
                case _:
                    pass
