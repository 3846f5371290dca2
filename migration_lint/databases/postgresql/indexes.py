"""Indexes: built, dropped, renamed and built again."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.databases.postgresql.constraints import fail_on_duplicates
from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.facts import MEASURED, page
from migration_lint.databases.postgresql.locks import (
    ACCESS_EXCLUSIVE,
    SHARE,
    SHARE_UPDATE_EXCLUSIVE,
    SHARE_WITH_INDEXES,
)
from migration_lint.model import statements as s
from migration_lint.model.statements import Command
from migration_lint.model.tables import Exclusion, PrimaryKey, Table, Unique


def create_index(run: Execution, statement: s.CreateIndex) -> None:
    """Writers wait for the build, unless it is done concurrently."""
    index = statement.index
    table = run.table(index.table)
    if statement.concurrently:
        run.refuse_in_transaction("CREATE INDEX CONCURRENTLY")
        if table is not None and table.partitioned:
            message = f'cannot create index on partitioned table "{table.name}" concurrently'
            run.fail("invalid-definition", message, source=page("sql-createindex"))
    mode = SHARE_UPDATE_EXCLUSIVE if statement.concurrently else SHARE
    tables = [index.table] if statement.only else [index.table, *_partitions(run, index.table)]
    for name in tables:
        run.lock(name, mode)
    run.refuse_pending(index.table, "CREATE INDEX")
    if run.schema.table_of_index(index.name) is not None:
        if not statement.if_not_exists:
            run.fail("invalid-definition", f'relation "{index.name}" already exists')
        return
    # ON ONLY makes a partitioned table's index in the catalogue alone; its partitions' are attached to it later.
    empty = statement.only and table is not None and table.partitioned
    for name in () if empty else tables:
        run.work("index build", name, object=index.name)
    if not index.nulls_distinct:
        run.require("UNIQUE NULLS NOT DISTINCT", "NULLS NOT DISTINCT")
    if index.unique:
        keys = tuple(key.column or key.expression or "expression" for key in index.keys)
        fail_on_duplicates(run, index.table, index.name, keys, index.where)


def _partitions(run: Execution, table: str) -> Iterator[str]:
    for partition in run.schema.partitions_of(table):
        yield partition
        yield from _partitions(run, partition)


def drop_index(run: Execution, statement: s.DropIndex) -> None:
    """The table is locked for a moment, or hardly at all concurrently; nothing is read."""
    if statement.concurrently:
        run.refuse_in_transaction("DROP INDEX CONCURRENTLY")
        if statement.cascade:
            run.fail("invalid-definition", "DROP INDEX CONCURRENTLY does not support CASCADE")
    owner = run.schema.table_of_index(statement.name)
    if owner is None:
        if statement.table is not None and run.is_whole(statement.table):
            return
        if statement.table is None:
            if not run.schema.is_whole():
                run.unsure(f"which table is locked: the history did not make the index {statement.name}")
            return
        owner = statement.table
    run.lock(owner, SHARE_UPDATE_EXCLUSIVE if statement.concurrently else ACCESS_EXCLUSIVE)
    table = run.table(owner)
    if table is not None and statement.name in table.constraints and not statement.cascade:
        message = f"cannot drop index {statement.name} because constraint {statement.name} on table {owner} requires it"
        run.fail("dependent-object", message)


def refuse_several(run: Execution, command: Command) -> None:
    """One command drops one index concurrently."""
    if sum(isinstance(statement, s.DropIndex) and statement.concurrently for statement in command.statements) > 1:
        run.fail("invalid-definition", "DROP INDEX CONCURRENTLY does not support dropping multiple objects")


def rename_index(run: Execution, statement: s.RenameIndex) -> None:
    """The index alone is locked, which no reader or writer of the table notices."""
    if not run.has("rename of an index under SHARE UPDATE EXCLUSIVE"):
        owner = statement.table or run.schema.table_of_index(statement.name)
        if owner is not None:
            run.lock(owner, ACCESS_EXCLUSIVE, page("sql-alterindex"))


def reindex(run: Execution, statement: s.Reindex) -> None:
    """An index built again locks out writers, and readers that would plan with it, unless done concurrently."""
    if statement.concurrently:
        if not run.require("REINDEX CONCURRENTLY", "REINDEX CONCURRENTLY"):
            return
        run.refuse_in_transaction("REINDEX CONCURRENTLY")
    if statement.target_kind in ("schema", "database", "system"):
        run.refuse_in_transaction(f"REINDEX {statement.target_kind.upper()}", page("sql-reindex"))
        run.unsure(f"which tables REINDEX {statement.target_kind.upper()} locks: all of them that it reaches")
    mode = SHARE_UPDATE_EXCLUSIVE if statement.concurrently else SHARE_WITH_INDEXES
    for table, index in _reindexed(run, statement):
        run.lock(table, mode, MEASURED)
        run.work("index build", table, object=index)


def _reindexed(run: Execution, statement: s.Reindex) -> Iterator[tuple[str, str | None]]:
    """Pairs of a table and an index of it; without an index where the table's indexes are not known."""
    if statement.target_kind == "index" and statement.target is not None:
        owner = run.schema.table_of_index(statement.target)
        if owner is not None:
            yield owner, statement.target
        else:
            yield f"the table of {statement.target}", statement.target
        return
    for table in _targets(run, statement):
        names = tuple(index_names(table))
        yield from ((table.name, name) for name in names)
        if not table.complete:
            yield table.name, None


def _targets(run: Execution, statement: s.Reindex) -> Iterator[Table]:
    if statement.target_kind != "table":
        yield from run.schema.tables.values()
    elif statement.target is not None:
        yield run.table(statement.target) or Table(statement.target, {}, complete=False)


def index_names(table: Table) -> Iterator[str]:
    """The names of all indexes of the table, those of constraints included."""
    yield from table.indexes
    for constraint in table.constraints.values():
        if isinstance(constraint, (PrimaryKey, Unique, Exclusion)):
            yield constraint.name
