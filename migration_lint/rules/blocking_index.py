from __future__ import annotations

from collections.abc import Sequence

from migration_lint import advice
from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import quoted
from migration_lint.model.django import AddField, AddIndex
from migration_lint.model.tables import Table
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork
from migration_lint.replay import Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class BlockingIndex(BlockingWorkRule):
    """An index is built on a table in use without CONCURRENTLY.

    PostgreSQL lets nobody write to the table until the index is built, which takes minutes on a large one. It is worse
    when the same migration has changed the table before: Django builds the indexes of new fields (`db_index`, a foreign
    key's, the second one that text columns get for LIKE) at the end of the migration, under the ACCESS EXCLUSIVE lock
    that adding the column took, so that nobody can read either.

    CREATE INDEX CONCURRENTLY lets both go on. It can't run in a transaction, so it needs a migration of its own with
    `atomic = False`, or Alembic's `autocommit_block()`. MySQL and MariaDB build ordinary indexes online, but not
    FULLTEXT and SPATIAL ones.
    """

    name = "blocking-index"
    family = "locking"
    severity = Severity.ERROR

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        if settings.database != "postgresql":
            return online.by_tool(step, works[0].work.table)
        operation = step.operation
        if isinstance(operation, AddIndex):
            added = f'AddIndexConcurrently("{operation.model_name}", {advice.index_source(operation.index)})'
            name = (operation.index.name or f"{operation.model_name}_index").lower()
            return online.files(step, (name, [added], False))
        if isinstance(operation, AddField):
            return online.field_then_index(step, operation)
        built = online.index_builds(step)
        state = online.operation_source(operation, settings)
        if state is None:
            if any(table is not None and table.partitioned for table in _tables(step, works)):
                return _by_partition(works[0].work.table)
            return sql_files.migrations(step, sql_files.Part(_name(works), built, outside=True))
        database = [online.run_sql(sql) for sql in online.kept_sql(step, [])]
        database += [online.run_sql(sql, reverse) for sql, reverse in built]
        return online.files(step, (_name(works), [online.separately(database, [state])], False))


def _tables(step: Step, works: Sequence[CausedWork]) -> list[Table | None]:
    return [step.before.table(caused.work.table) for caused in works]


def _by_partition(table: str) -> str:
    """A partitioned table's own index can't be built concurrently."""
    return (
        f"-- 1. CREATE INDEX ... ON ONLY {quoted(table)}: an index that is not valid yet, and takes a moment.\n"
        "-- 2. For each partition, outside of a transaction: CREATE INDEX CONCURRENTLY.\n"
        "-- 3. ALTER INDEX ... ATTACH PARTITION for each of them; with the last one the index is valid."
    )


def _name(works: Sequence[CausedWork]) -> str:
    return f"index_{works[0].work.object or works[0].work.table}".lower()
