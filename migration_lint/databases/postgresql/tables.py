"""Tables: made, dropped, renamed, and their options and partitions changed."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.databases.postgresql.bounds import proves_bounds
from migration_lint.databases.postgresql.constraints import (
    add_constraint,
    drop_foreign_key,
    foreign_keys,
    refuse_foreign_key,
)
from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.facts import MEASURED, page
from migration_lint.databases.postgresql.locks import (
    ACCESS_EXCLUSIVE,
    ACCESS_SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
)
from migration_lint.model import statements as s
from migration_lint.model.tables import ForeignKey, Index, PrimaryKey, Table, Unique

_ALTER_TABLE = page("sql-altertable")


def create_table(run: Execution, statement: s.CreateTable) -> None:
    """Others can't see the table yet; those that its foreign keys point at can't be written to for a moment."""
    table = statement.table
    if statement.temporary or (statement.if_not_exists and run.table(table.name) is not None):
        return
    run.lock(table.name, ACCESS_EXCLUSIVE)
    run.apply(statement)  # a foreign key may point at the table itself
    for key in foreign_keys(table):
        run.lock(key.to_table, SHARE_ROW_EXCLUSIVE)
        refuse_foreign_key(run, table.name, key)
    if table.partition_of is not None:
        run.lock(table.partition_of, ACCESS_EXCLUSIVE)
        _search_default(run, table.partition_of, table.name)


def _search_default(run: Execution, parent: str, partition: str) -> None:
    """No row of the default partition may belong to a new one."""
    for name in _default_partitions(run, parent):
        if name != partition:
            run.lock(name, ACCESS_EXCLUSIVE)
            run.work("scan", name, f"to check that none of its rows belongs to {partition}")


def _default_partitions(run: Execution, parent: str) -> Iterator[str]:
    for name in run.schema.partitions_of(parent):
        partition = run.table(name)
        if partition is not None and partition.default_partition:
            yield name


def drop_table(run: Execution, statement: s.DropTable) -> None:
    """Nothing is read; foreign keys lock their other ends, and CASCADE what it takes along."""
    name = statement.table
    table = run.table(name)
    if table is None and statement.if_exists:
        run.unsure(f"whether {name} exists: the history did not make it")
    run.lock(name, ACCESS_EXCLUSIVE)
    run.refuse_pending(name, "DROP TABLE")
    for constraint in table.constraints.values() if table else ():
        if isinstance(constraint, ForeignKey) and constraint.to_table != name:
            drop_foreign_key(run, constraint)
    if table is not None and table.partition_of is not None:
        run.lock(table.partition_of, ACCESS_EXCLUSIVE)
    for partition in run.schema.partitions_of(name):
        run.lock(partition, ACCESS_EXCLUSIVE)
    if table is not None and not table.complete:
        run.unsure(f"which foreign keys and views hang on {name}: the history did not make it")
    dependents = [(other, f"constraint {key.name} on {other}") for other, key in run.schema.references_to(name)]
    dependents += [(view, f"view {view}") for view in run.views_on(name)]
    for relation, dependent in dependents:
        if relation == name:
            continue
        if statement.cascade:
            run.lock(relation, ACCESS_EXCLUSIVE)
        else:
            message = f"cannot drop table {name} because other objects depend on it"
            run.fail("dependent-object", f"{message}: {dependent}")


def rename_table(run: Execution, statement: s.RenameTable) -> None:
    """A change of the catalogue only, allowed with triggers pending."""
    run.lock(statement.table, ACCESS_EXCLUSIVE)


_WEAK_OPTIONS = {
    "storage_parameters": SHARE_UPDATE_EXCLUSIVE,
    "cluster": SHARE_UPDATE_EXCLUSIVE,
    "statistics": SHARE_UPDATE_EXCLUSIVE,
    "trigger": SHARE_ROW_EXCLUSIVE,
}
_REWRITING = {
    "logged": "to write all of it to the log",
    "unlogged": "to take it out of the log",
    "tablespace": "to move it to another tablespace",
    "access_method": "to store it in another way",
}


def set_table_option(run: Execution, statement: s.SetTableOption) -> None:
    """Most options take the table for a moment; where its rows lie is changed by writing them anew."""
    name, option = statement.table, statement.option
    mode = _WEAK_OPTIONS.get(option, ACCESS_EXCLUSIVE)
    if option == "storage_parameters" and "user_catalog_table" in (statement.value or ""):
        mode = ACCESS_EXCLUSIVE
    run.lock(name, mode, MEASURED if option not in ("inherit", "of", "tablespace", "access_method") else _ALTER_TABLE)
    run.refuse_pending(name, "ALTER TABLE")
    if option == "access_method" and not run.require("SET ACCESS METHOD", "SET ACCESS METHOD"):
        return
    table = run.table(name)
    if option in ("logged", "unlogged") and table is not None and table.unlogged == (option == "unlogged"):
        return
    if option in _REWRITING:
        measured = option in ("logged", "unlogged")
        run.work("rewrite", name, _REWRITING[option], source=MEASURED if measured else _ALTER_TABLE)
    if option == "inherit" and statement.value:
        parent, leaves = statement.value.removeprefix("no "), statement.value.startswith("no ")
        run.lock(parent, ACCESS_SHARE if leaves else SHARE_UPDATE_EXCLUSIVE)


def attach_partition(run: Execution, statement: s.AttachPartition) -> None:
    """The partition's rows are checked against its bounds, and what the parent has is built on it."""
    partition = statement.partition
    weak = run.has("ATTACH PARTITION under SHARE UPDATE EXCLUSIVE")
    run.lock(statement.table, SHARE_UPDATE_EXCLUSIVE if weak else ACCESS_EXCLUSIVE)
    run.lock(partition, ACCESS_EXCLUSIVE)
    for name in (statement.table, partition):
        run.refuse_pending(name, "ALTER TABLE")
    parent, found = run.table(statement.table), run.table(partition)
    if found is None or not proves_bounds(found, statement.bounds):
        run.work("scan", partition, "to check that its rows lie within the bounds")
        run.fail(
            "check-violated",
            f'partition constraint of relation "{partition}" is violated by some row',
            f"some row of {partition} lies outside the bounds",
        )
    _search_default(run, statement.table, partition)
    if parent is None or found is None:
        return
    for index in _missing_indexes(parent, found):
        run.work("index build", partition, f"because {parent.name} has it", object=index, source=_ALTER_TABLE)
    own = {(key.columns, key.to_table) for key in found.constraints.values() if isinstance(key, ForeignKey)}
    for key in parent.constraints.values():
        if isinstance(key, ForeignKey) and (key.columns, key.to_table) not in own:
            add_constraint(run, s.AddConstraint(partition, key))


def _missing_indexes(parent: Table, partition: Table) -> Iterator[str]:
    """The parent's indexes, by name, that the partition has none like."""

    def kinds(table: Table) -> dict[tuple[object, ...], str]:
        found: dict[tuple[object, ...], str] = {_index_kind(index): index.name for index in table.indexes.values()}
        for key in table.constraints.values():
            if isinstance(key, (PrimaryKey, Unique)):
                found[type(key).__name__, key.columns] = key.name
        return found

    present = kinds(partition)
    return (name for kind, name in kinds(parent).items() if kind not in present)


def _index_kind(index: Index) -> tuple[object, ...]:
    return (index.method, index.keys, index.unique, index.where)


def detach_partition(run: Execution, statement: s.DetachPartition) -> None:
    """Queries of the whole parent wait for a moment, unless it is done concurrently, or ends what was begun so."""
    source = _ALTER_TABLE if statement.concurrently else MEASURED
    weak = statement.concurrently or statement.finalize
    if weak and not run.require("DETACH PARTITION CONCURRENTLY", "DETACH PARTITION CONCURRENTLY"):
        return
    if statement.concurrently:
        run.refuse_in_transaction("ALTER TABLE ... DETACH CONCURRENTLY", source)
        if any(_default_partitions(run, statement.table)):
            run.fail("invalid-definition", "cannot detach partitions concurrently when a default partition exists")
    run.lock(statement.table, SHARE_UPDATE_EXCLUSIVE if weak else ACCESS_EXCLUSIVE, source)
    run.lock(statement.partition, ACCESS_EXCLUSIVE, source)
    for name in () if statement.finalize else _default_partitions(run, statement.table):
        run.lock(name, ACCESS_EXCLUSIVE, source)
    for name in (statement.table, statement.partition):
        run.refuse_pending(name, "ALTER TABLE")


def create_view(run: Execution, statement: s.CreateView) -> None:
    """The tables that are read are locked as by a query; a view that is replaced, exclusively."""
    view = statement.view
    for table in sorted({table for table, _ in view.reads or ()}):
        run.lock(table, ACCESS_SHARE)
    if view.name in run.schema.views:
        run.lock(view.name, ACCESS_EXCLUSIVE)
