from __future__ import annotations

from collections.abc import Sequence

from migration_lint import online
from migration_lint.blocking import BlockingWorkRule
from migration_lint.causes import CausedWork
from migration_lint.model.django import AddField
from migration_lint.model.statements import AddConstraint
from migration_lint.replay import Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class BlockingForeignKey(BlockingWorkRule):
    """A foreign key is checked against all rows while it is added.

    Writes to both tables wait until every row has been looked up in the other table; where the migration holds a
    stronger lock already, as after adding the column, reads wait too. MySQL and MariaDB copy the whole table.

    PostgreSQL can add the constraint NOT VALID, which is a matter of a moment and holds for new rows; VALIDATE
    CONSTRAINT in a later migration looks at the old ones while reads and writes go on. A new nullable column without a
    default has nothing to check.
    """

    name = "blocking-foreign-key"
    family = "locking"
    severity = Severity.ERROR

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        if settings.database != "postgresql":
            return online.by_tool(step, works[0].work.table)
        operation = step.operation
        if isinstance(operation, AddField):
            return (
                "# Nullable and without a default there is nothing to check: fill it in batches afterwards.\n"
                f"{online.field_then_index(step, operation)}"
            )
        commands = list({id(caused.executed): caused.executed for caused in works}.values())
        added, validated = [], []
        for executed in commands:
            for s in executed.command.statements:
                if isinstance(s, AddConstraint):
                    drop = f'ALTER TABLE "{s.table}" DROP CONSTRAINT "{s.constraint.name}"'
                    added.append((online.not_valid(executed.command.sql), drop))
                    validated.append(f'ALTER TABLE "{s.table}" VALIDATE CONSTRAINT "{s.constraint.name}"')
        state = online.operation_source(operation, settings)
        if state is None:
            lines = [f"{sql};" for sql, _ in added]
            return "\n".join([*lines, "-- Then, in a later migration:", *(f"{sql};" for sql in validated)])
        built = online.index_builds(step)
        database = [online.run_sql(sql) for sql in online.kept_sql(step, commands)]
        database += [online.run_sql(sql, reverse) for sql, reverse in built + added]
        name = (works[0].work.object or works[0].work.table).lower()
        return online.files(
            step,
            (f"add_{name}", [online.separately(database, [state])], not built),
            (f"validate_{name}", [online.run_sql(sql) for sql in validated], True),
        )
