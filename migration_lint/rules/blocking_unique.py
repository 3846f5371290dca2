from __future__ import annotations

from collections.abc import Sequence

from migration_lint import advice
from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import add_column, create_index, drop_column, drop_constraint, drop_index, quoted
from migration_lint.model.django import AddField
from migration_lint.model.statements import AddColumn, AddConstraint, CreateIndex
from migration_lint.model.tables import Index, IndexKey, PrimaryKey, Unique
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork
from migration_lint.replay import Executed, Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class BlockingUnique(BlockingWorkRule):
    """A UNIQUE or PRIMARY KEY constraint builds its index while everybody waits.

    PostgreSQL builds the index of a constraint under ACCESS EXCLUSIVE: until it is done nobody reads or writes the
    table. And if two rows have the same value, all of that was in vain, for the migration fails.

    A unique index can be built with CONCURRENTLY while the table is used. Once it stands, making it the constraint's
    (`ADD CONSTRAINT … UNIQUE USING INDEX`) is a matter of a moment. In Django the constraint goes into the state beside
    that SQL with SeparateDatabaseAndState.
    """

    name = "blocking-unique"
    family = "locking"
    severity = Severity.ERROR

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        if settings.database != "postgresql":
            return online.by_tool(step, works[0].work.table)
        commands = {id(caused.executed): caused.executed for caused in works}
        built: list[tuple[str, str]] = []
        attached: list[tuple[str, str]] = []
        for executed in commands.values():
            _part(executed, built, attached)
        operation = step.operation
        state = online.operation_source(operation, settings)
        table = step.before.table(works[0].work.table)
        if state is None and table is not None and table.partitioned:
            return _by_partition(table.name)
        if state is None:
            name = (works[0].work.object or works[0].work.table).lower()
            columns = [
                (add_column(s.table, s.column), drop_column(s.table, s.column.name))
                for executed in commands.values()
                for s in executed.command.statements
                if isinstance(s, AddColumn)
            ]
            return sql_files.migrations(
                step,
                *([sql_files.Part(f"column_{name}", columns)] if columns else []),
                sql_files.Part(f"build_{name}", built, outside=True),
                sql_files.Part(f"attach_{name}", attached),
            )
        first = ""
        if isinstance(operation, AddField):
            without = ("unique", "null", "default", "db_index")
            field = advice.field_source(operation.field, without=without, null="True")
            kept = advice.field_source(operation.field, without=("null", "default"), null="True")
            if operation.field.kind.endswith(".OneToOneField"):
                field = field.replace("OneToOneField(", "ForeignKey(", 1)[:-1] + ", db_index=False)"
            names = f'"{operation.model_name}", "{operation.name}"'
            first = f"# Here: the field, nullable and not unique yet.\nmigrations.AddField({names}, {field})\n"
            state = f"migrations.AlterField({names}, {kept})"
        else:
            for sql in online.kept_sql(step, commands.values()):
                if sql.startswith("DROP INDEX"):
                    built.append((online.concurrently(sql), ""))
                else:
                    attached.append((sql, ""))
        database = [online.run_sql(sql, reverse or None) for sql, reverse in attached]
        name = (works[0].work.object or works[0].work.table).lower()
        return first + online.files(
            step,
            (f"build_{name}", [online.run_sql(sql, reverse or None) for sql, reverse in built], False),
            (f"attach_{name}", [online.separately(database, [state])], True),
            instead=not first,
        )


def _part(executed: Executed, built: list[tuple[str, str]], attached: list[tuple[str, str]]) -> None:
    """The indexes that a command builds, and how each becomes the constraint's, both with the way back."""
    for statement in executed.command.statements:
        match statement:
            case CreateIndex(index=index):
                built.append((online.concurrently(executed.command.sql), drop_index(index.name, index.table)))
            case AddConstraint(table=table, constraint=Unique() | PrimaryKey() as key):
                _part_key(table, key, built, attached)
            case AddColumn(table=table, constraints=constraints):
                for constraint in constraints:
                    if isinstance(constraint, (Unique, PrimaryKey)):
                        _part_key(table, constraint, built, attached)
            case _:
                pass


def _part_key(
    table: str, key: Unique | PrimaryKey, built: list[tuple[str, str]], attached: list[tuple[str, str]]
) -> None:
    kind = "UNIQUE" if isinstance(key, Unique) else "PRIMARY KEY"
    index = Index(key.name, table, tuple(IndexKey(column) for column in key.columns), unique=True)
    gone = drop_index(key.name, table).replace("CONCURRENTLY", "CONCURRENTLY IF EXISTS", 1)
    built.append((create_index(index), gone))
    name = quoted(key.name)
    added = f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {name} {kind} USING INDEX {name}"
    attached.append((added, drop_constraint(table, key.name)))


def _by_partition(table: str) -> str:
    """A partitioned table's constraint can take no index over; it takes the constraints of its partitions."""
    return (
        f"-- 1. For each partition of {quoted(table)}: CREATE UNIQUE INDEX CONCURRENTLY outside of a transaction,\n"
        "--    then ALTER TABLE ... ADD CONSTRAINT ... UNIQUE USING INDEX.\n"
        f"-- 2. ALTER TABLE ONLY {quoted(table)} ADD CONSTRAINT ...: it builds nothing, and is not valid yet.\n"
        "-- 3. ALTER INDEX ... ATTACH PARTITION for each of them; with the last one it is valid."
    )
