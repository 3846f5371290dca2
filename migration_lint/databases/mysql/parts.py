"""The parts of an ALTER TABLE as actions of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from migration_lint.databases.mysql import columns as c
from migration_lint.databases.mysql import facts, refusals
from migration_lint.databases.mysql.plan import Action
from migration_lint.databases.mysql.server import Alteration, Server
from migration_lint.model import statements as s
from migration_lint.model.tables import Check, Column, Constraint, ForeignKey, PrimaryKey, Unique
from migration_lint.model.values import Unknown

Actions = Iterator[Action]


def actions(server: Server, statement: s.Statement, alteration: Alteration) -> Actions:
    """What `statement`, a part of an ALTER TABLE, asks of the server."""
    return PARTS[type(statement)](server, statement, alteration)


def _add_column(server: Server, statement: s.AddColumn, alteration: Alteration) -> Actions:
    column = statement.column
    if statement.if_not_exists and column.name in alteration.table.columns:
        yield server.metadata()
        return
    refused = tuple(server.column_refused(column))
    if any(isinstance(x, Unique) for x in statement.constraints):
        refused += tuple(refusals.new_unique_column(server, column))
    if column.generated is not None and column.generated.stored:
        refused += tuple(refusals.reads_auto_column(server, column.name, column.generated.columns, alteration.table))
        action = server.copy(f"to store {column.name} in every row")
    elif column.generated is not None:
        action = replace(server.metadata(), virtual=True, beside_virtual=True)
    elif column.auto is not None:
        action = server.rebuild(f"to number its rows in {column.name}", shared=True)
    else:
        action = server.add_column(statement, alteration)
    yield replace(action, failures=refused)
    for constraint in statement.constraints:
        if isinstance(constraint, (Check, ForeignKey)):
            if inline := server.add_inline(constraint, alteration):
                yield inline
        elif isinstance(constraint, PrimaryKey):
            yield server.add_primary_key(constraint, alteration)
        else:
            yield server.build(constraint.name, unique=True)


def _drop_column(server: Server, statement: s.DropColumn, alteration: Alteration) -> Actions:
    name, table = statement.column, alteration.table
    column = table.columns.get(name)
    if column is None and statement.if_exists and table.complete:
        yield server.metadata()
        return
    if column is not None and column.generated is not None and not column.generated.stored:
        indexed = c.indexes_with(table, name)
        yield replace(server.without_work() if indexed else server.metadata(), virtual=True, beside_virtual=True)
        return
    failures = tuple(refusals.dropped_column(server, name, alteration))
    reason = f"whether an index holds {name}: the history does not make {table.name}"
    yield replace(server.drop_column(name, alteration), failures=failures, unknown=() if table.complete else (reason,))


def _modify_column(server: Server, statement: s.ModifyColumn, alteration: Alteration) -> Actions:
    old, new = alteration.table.columns.get(statement.column), statement.definition
    if old is None:
        reason = f"what {statement.column} was before: the history does not make it"
        yield replace(server.metadata(), unknown=(reason,))
        return
    if new.nullable and c.is_primary(alteration.table, old.name):
        # Whatever the definition says, a column of the primary key stays NOT NULL.
        new = replace(new, nullable=False)
    change = c.compare(old, new, alteration.table)
    if isinstance(change, str):
        yield replace(server.metadata(), unknown=(change,))
        return
    failures = tuple(refusals.modified(server, change, old, new, alteration))
    yield replace(server.metadata(), failures=failures)
    yield from server.modify(change, old, new, alteration)
    if change.renamed:
        yield server.rename_column(old.name, alteration)
    order = _order(statement, alteration)
    if order != list(alteration.table.columns):
        yield server.move(old.name, order, alteration)


def _order(statement: s.ModifyColumn, alteration: Alteration) -> list[str]:
    """The columns in the order they stand in once the column has gone where FIRST or AFTER puts it."""
    names = list(alteration.table.columns)
    if statement.position is None:
        return names
    others = [name for name in names if name != statement.column]
    after = statement.position.partition(" ")[2].strip("`")
    place = others.index(after) + 1 if after in others else 0
    return [*others[:place], statement.column, *others[place:]]


def _rename_column(server: Server, statement: s.RenameColumn, alteration: Alteration) -> Actions:
    yield server.rename_column(statement.column, alteration)


def _create_index(server: Server, statement: s.CreateIndex, alteration: Alteration) -> Actions:
    index, table = statement.index, alteration.table
    if statement.if_not_exists and index.name in table.indexes:
        yield server.metadata()
        return
    if server.renames_equal_indexes and index.name in alteration.replaced_indexes:
        yield server.rename_index()
    elif index.method == "fulltext":
        earlier = len(c.special_indexes(table, "fulltext"))
        if len(c.special_indexes(alteration.after, "fulltext")) - earlier > 1:
            yield server.copy(f"to build {index.name} together with another FULLTEXT index")
        else:
            yield server.build(index.name, shared=True, rebuild=not earlier)
    elif index.method == "spatial":
        yield server.build(index.name, shared=True)
    else:
        names = tuple(key.column or key.expression or "" for key in index.keys)
        failures = (refusals.duplicates(server, index.name, names),) if index.unique else ()
        orders = index.unique and c.orders_rows(refusals.key_columns(index), table)
        action = server.build(index.name, rebuild=True) if orders else server.create_index(index, alteration)
        yield replace(action, failures=failures)


def _drop_index(server: Server, statement: s.DropIndex, alteration: Alteration) -> Actions:
    table = alteration.table
    if server.renames_equal_indexes and statement.name in alteration.replaced_indexes:
        yield server.rename_index()
        return
    constraint, index = table.constraints.get(statement.name), table.indexes.get(statement.name)
    if isinstance(constraint, Unique):
        columns = constraint.columns
    else:
        columns = refusals.key_columns(index) if index is not None else ()
    has_primary = c.primary_key(table) is not None
    if columns and columns == c.clustered_key(table) and not has_primary:
        yield server.copy(f"because {statement.name} is the key that orders its rows")
        return
    failures = tuple(refusals.dropped_index(server, statement.name, columns, alteration))
    is_unique = isinstance(constraint, Unique) or (index is not None and index.unique)
    yield replace(server.without_work(), failures=failures, beside_virtual=not is_unique)


def _rename_index(server: Server, statement: s.RenameIndex, alteration: Alteration) -> Actions:
    yield server.rename_index()


def _add_constraint(server: Server, statement: s.AddConstraint, alteration: Alteration) -> Actions:
    constraint = statement.constraint
    if isinstance(constraint, Check) and _is_inline(statement, constraint, alteration):
        yield server.add_inline(constraint, alteration) or server.metadata()
    else:
        yield _constraint(server, constraint, alteration)


def _is_inline(statement: s.AddConstraint, check: Check, alteration: Alteration) -> bool:
    """Whether the CHECK was written with the column that the part before it defines anew."""
    at = alteration.statements.index(statement)
    before = alteration.statements[at - 1] if at else None
    return isinstance(before, s.ModifyColumn) and check.columns == frozenset({before.definition.name})


def _constraint(server: Server, constraint: Constraint, alteration: Alteration) -> Action:
    if isinstance(constraint, Unique):
        duplicates = (refusals.duplicates(server, constraint.name, constraint.columns),)
        orders = c.orders_rows(constraint.columns, alteration.table)
        return replace(server.build(constraint.name, unique=True, rebuild=orders), failures=duplicates)
    if isinstance(constraint, PrimaryKey):
        if constraint.columns == c.primary_key(alteration.table) and not alteration.keeps_primary_key:
            return server.metadata()
        columns = " and ".join(constraint.columns)
        rows = f"{columns} is NULL in some row or the same in two"
        failures = (
            refusals.for_rows(server, "duplicates", "the primary key", rows),
            *refusals.second_primary_key(server, alteration),
        )
        return replace(server.add_primary_key(constraint, alteration), failures=failures)
    if isinstance(constraint, Check) and server.enforces(constraint):
        on_auto = refusals.reads_auto_column(server, constraint.name, constraint.columns or (), alteration.table)
        violated = (refusals.violated(server, constraint), *on_auto)
        return replace(server.copy(f"to check {constraint.name}"), failures=violated)
    if isinstance(constraint, ForeignKey):
        other_type = tuple(refusals.other_type(server, constraint, alteration))
        if not alteration.checks_keys:
            covered = refusals.is_covered(alteration.table, constraint.columns)
            return replace(server.add_unchecked_key(None if covered else constraint.name), failures=other_type)
        orphans = tuple(refusals.orphans(server, constraint, alteration.added_columns))
        return replace(server.copy(f"to check the foreign key {constraint.name}"), failures=orphans + other_type)
    return server.metadata()


def _drop_constraint(server: Server, statement: s.DropConstraint, alteration: Alteration) -> Actions:
    constraint = alteration.table.constraints.get(statement.name)
    if isinstance(constraint, PrimaryKey) or statement.name.upper() == "PRIMARY":
        if not alteration.adds_primary_key:
            yield server.copy("because the key that orders its rows goes")
    elif isinstance(constraint, Unique):
        yield from _drop_index(server, s.DropIndex(statement.name, statement.table), alteration)
    elif isinstance(constraint, ForeignKey):
        yield server.drop_foreign_key()
    else:
        yield server.metadata()


def _alter_constraint(server: Server, statement: s.AlterConstraint, alteration: Alteration) -> Actions:
    yield server.copy(f"to check {statement.name}") if statement.enforced else server.metadata()


def _set_option(server: Server, statement: s.SetTableOption, alteration: Alteration) -> Actions:
    words = (statement.value or "").lower().split()
    if statement.option == "order":
        yield replace(server.metadata(), unknown=(f"what ordering the rows of {statement.table} costs",))
    elif statement.option != "partitioning":
        yield server.set_option(statement, alteration)
    elif words[:2] in facts.COPYING_PARTITIONS:
        yield replace(server.copy("to lay out its rows in other partitions"), source=facts.MYSQL_PARTITIONING)
    elif words[:2] in facts.EMPTYING_PARTITIONS:
        yield replace(server.metadata(), unknown=(f"which rows of {statement.table} go with the partition",))
    else:
        yield replace(server.metadata(), unknown=(f"what changing the partitions of {statement.table} costs",))


def _set_null(server: Server, statement: s.SetNotNull | s.DropNotNull, alteration: Alteration) -> Actions:
    old = alteration.table.columns.get(statement.column)
    new = replace(old, nullable=isinstance(statement, s.DropNotNull)) if old else None
    yield from _redefine(server, statement.table, statement.column, new, alteration)


def _set_type(server: Server, statement: s.AlterColumnType, alteration: Alteration) -> Actions:
    old = alteration.table.columns.get(statement.column)
    new = replace(old, type=statement.type, collation=statement.collation) if old else None
    yield from _redefine(server, statement.table, statement.column, new, alteration)


def _set_auto(server: Server, statement: s.SetIdentity, alteration: Alteration) -> Actions:
    old = alteration.table.columns.get(statement.column)
    new = replace(old, auto=statement.kind) if old else None
    yield from _redefine(server, statement.table, statement.column, new, alteration)


def _redefine(server: Server, table: str, column: str, new: Column | None, alteration: Alteration) -> Actions:
    """MODIFY to what another dialect's statement says; no definition stands for a column nobody knows."""
    definition = new or Column(column, Unknown(column, "the history does not make it"))
    yield from _modify_column(server, s.ModifyColumn(table, column, definition), alteration)


def _metadata(server: Server, statement: s.Statement, alteration: Alteration) -> Actions:
    yield server.metadata()


def _table_comment(server: Server, statement: s.Comment, alteration: Alteration) -> Actions:
    yield server.set_option(s.SetTableOption(statement.table, "comment", statement.text), alteration)


PARTS: Mapping[type[s.Statement], Callable[[Server, Any, Alteration], Actions]] = {
    s.AddColumn: _add_column,
    s.DropColumn: _drop_column,
    s.ModifyColumn: _modify_column,
    s.RenameColumn: _rename_column,
    s.AlterColumnType: _set_type,
    s.SetNotNull: _set_null,
    s.DropNotNull: _set_null,
    s.SetIdentity: _set_auto,
    s.SetDefault: _metadata,
    s.DropDefault: _metadata,
    s.SetColumnOption: _metadata,
    s.Comment: _table_comment,
    s.SetTableOption: _set_option,
    s.CreateIndex: _create_index,
    s.DropIndex: _drop_index,
    s.RenameIndex: _rename_index,
    s.AddConstraint: _add_constraint,
    s.DropConstraint: _drop_constraint,
    s.AlterConstraint: _alter_constraint,
}
"""The statements that are part of an ALTER TABLE."""
