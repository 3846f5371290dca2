from __future__ import annotations

from collections.abc import Sequence

from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import add_column, add_not_valid, drop_column, drop_constraint, quoted, validate
from migration_lint.model.django import AddField
from migration_lint.model.statements import AddColumn, AddConstraint
from migration_lint.model.tables import ForeignKey
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork
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
        columns: list[tuple[str, str]] = []
        added: list[tuple[str, str]] = []
        validated: list[str] = []
        for executed in commands:
            for s in executed.command.statements:
                match s:
                    case AddConstraint(table=table, constraint=ForeignKey() as key):
                        alone = len(executed.command.statements) == 1
                        sql = online.not_valid(executed.command.sql) if alone else add_not_valid(table, key)
                        added.append((sql, drop_constraint(table, key.name)))
                        validated.append(validate(table, key.name))
                    case AddColumn(table=table, column=column, constraints=constraints):
                        for key in (each for each in constraints if isinstance(each, ForeignKey)):
                            columns.append((add_column(table, column), drop_column(table, column.name)))
                            added.append((add_not_valid(table, key), drop_constraint(table, key.name)))
                            validated.append(validate(table, key.name))
                    case _:
                        pass
        state = online.operation_source(operation, settings)
        child = step.before.table(works[0].work.table)
        if state is None and child is not None and child.partitioned:
            parent = quoted(child.name)
            return (
                f"-- 1. The same on each partition of {parent}, NOT VALID, and VALIDATE it in a later migration.\n"
                f"-- 2. Then on {parent} itself: it takes over what its partitions have, and checks nothing."
            )
        name = (works[0].work.object or works[0].work.table).lower()
        if state is None:
            return sql_files.migrations(
                step,
                sql_files.Part(f"add_{name}", [*columns, *added]),
                sql_files.Part(f"validate_{name}", [(sql, None) for sql in validated]),
            )
        built = online.index_builds(step)
        database = [online.run_sql(sql) for sql in online.kept_sql(step, commands)]
        database += [online.run_sql(sql, reverse) for sql, reverse in built + added]
        return online.files(
            step,
            (f"add_{name}", [online.separately(database, [state])], not built),
            (f"validate_{name}", [online.run_sql(sql) for sql in validated], True),
        )
