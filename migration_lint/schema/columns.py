"""Statements that add, drop, rename and change columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from migration_lint.layered import put, taken
from migration_lint.model import statements as s
from migration_lint.model.tables import (
    Check,
    Constraint,
    ForeignKey,
    Index,
    NotNull,
    PrimaryKey,
    Table,
    Unique,
)
from migration_lint.schema.constraints import add_constraint, without_constraint
from migration_lint.schema.parts import constraint_columns, index_columns

if TYPE_CHECKING:
    from migration_lint.schema import Schema


def add_column(schema: Schema, statement: s.AddColumn) -> Schema:
    """The column comes last; the constraints declared with it are the table's."""
    table = schema.table_or_incomplete(statement.table)
    if statement.if_not_exists and statement.column.name in table.columns:
        return schema
    columns = put(table.columns, statement.column.name, statement.column)
    schema = schema.with_table(replace(table, columns=columns))
    for constraint in statement.constraints:
        schema = add_constraint(schema, s.AddConstraint(statement.table, constraint))
    return schema


def drop_column(schema: Schema, statement: s.DropColumn) -> Schema:
    """Its constraints go with it, and foreign keys that point at it; so do indexes and, with CASCADE, views and
    generated columns that read it."""
    table = schema.tables.get(statement.table)
    gone = statement.column
    if table is None or gone not in table.columns:
        return schema
    dependents = {gone: None}
    if statement.cascade:
        for view in list(schema.views_on(table.name, gone)):
            schema = schema.without_view(view)
        for column in table.columns.values():
            if column.generated and gone in column.generated.columns:
                dependents[column.name] = None
    columns, constraints = table.columns, table.constraints
    for name in dependents:
        columns = taken(columns, name)
    for name, constraint in table.constraints.items():
        if not constraint_columns(constraint).isdisjoint(dependents):
            constraints = taken(constraints, name)
    indexes = _without_columns(table, frozenset(dependents), narrow=schema.narrow_drops)
    for other, key in list(schema.references_to(table.name)):
        if other != table.name and gone in key.to_columns:
            schema = without_constraint(schema, other, key.name)
    return schema.with_table(replace(table, columns=columns, indexes=indexes, constraints=constraints))


def _without_columns(table: Table, gone: frozenset[str], *, narrow: bool) -> Mapping[str, Index]:
    """The indexes that are left; `narrow` takes the columns out of those that have others."""
    indexes = table.indexes
    for name, index in table.indexes.items():
        if gone.isdisjoint(index_columns(index)):
            continue
        keys = tuple(key for key in index.keys if key.column not in gone) if narrow else ()
        indexes = put(indexes, name, replace(index, keys=keys)) if keys else taken(indexes, name)
    return indexes


def rename_column(schema: Schema, statement: s.RenameColumn) -> Schema:
    """The column keeps its place, and whatever stands on it follows."""
    table = schema.tables.get(statement.table)
    old, new = statement.column, statement.new_name
    if table is None or old not in table.columns:
        return schema
    columns = {}
    for name, column in table.columns.items():
        if column.generated is not None and old in column.generated.columns:
            reads = _renamed(column.generated.columns, old, new)
            column = replace(column, generated=replace(column.generated, columns=reads))
        columns[new if name == old else name] = replace(column, name=new) if name == old else column
    indexes, constraints = table.indexes, table.constraints
    for name, index in table.indexes.items():
        if (index_after := _rename_in_index(index, old, new)) != index:
            indexes = put(indexes, name, index_after)
    for name, constraint in table.constraints.items():
        if (constraint_after := _rename_in_constraint(constraint, old, new)) != constraint:
            constraints = put(constraints, name, constraint_after)
    schema = schema.with_table(replace(table, columns=columns, indexes=indexes, constraints=constraints))
    for other, key in list(schema.references_to(table.name)):
        if old in key.to_columns:
            owner = schema.tables[other]
            moved = replace(key, to_columns=_renamed(key.to_columns, old, new))
            schema = schema.with_table(replace(owner, constraints=put(owner.constraints, key.name, moved)))
    for name in list(schema.views_on(table.name, old)):
        view = schema.views[name]
        read = frozenset((t, new if (t, c) == (table.name, old) else c) for t, c in view.reads or ())
        schema = schema.with_view(replace(view, reads=read))
    return schema


def _renamed(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in names)


def _renamed_set(names: frozenset[str] | None, old: str, new: str) -> frozenset[str] | None:
    return None if names is None else frozenset(new if name == old else name for name in names)


def _rename_in_index(index: Index, old: str, new: str) -> Index:
    return replace(
        index,
        keys=tuple(replace(key, column=new) if key.column == old else key for key in index.keys),
        include=_renamed(index.include, old, new),
        where_columns=_renamed_set(index.where_columns, old, new),
        expression_columns=_renamed_set(index.expression_columns, old, new),
    )


def _rename_in_constraint(constraint: Constraint, old: str, new: str) -> Constraint:
    if isinstance(constraint, (PrimaryKey, Unique, ForeignKey)):
        return replace(constraint, columns=_renamed(constraint.columns, old, new))
    if isinstance(constraint, NotNull):
        return replace(constraint, column=new) if constraint.column == old else constraint
    if isinstance(constraint, Check):
        proven = _renamed_set(constraint.not_null, old, new) or frozenset()
        return replace(constraint, columns=_renamed_set(constraint.columns, old, new), not_null=proven)
    keys = tuple(replace(key, column=new) if key.column == old else key for key in constraint.keys)
    return replace(constraint, keys=keys, columns=_renamed_set(constraint.columns, old, new))


def alter_type(schema: Schema, statement: s.AlterColumnType) -> Schema:
    """Another type, which brings its own collation."""
    changes: dict[str, Any] = {"type": statement.type, "collation": statement.collation}
    return schema.with_column_changed(statement.table, statement.column, **changes)


def modify(schema: Schema, statement: s.ModifyColumn) -> Schema:
    """MySQL's MODIFY and CHANGE: the column is what the statement says, and nothing of what it was."""
    if statement.column != statement.definition.name:
        rename = s.RenameColumn(statement.table, statement.column, statement.definition.name)
        schema = rename_column(schema, rename)
    table = schema.tables.get(statement.table)
    if table is None:
        return schema
    columns = put(table.columns, statement.definition.name, statement.definition)
    return schema.with_table(replace(table, columns=columns))


def set_option(schema: Schema, statement: s.SetColumnOption) -> Schema:
    """Without its expression, a generated column is an ordinary one."""
    column = schema.column(statement.table, statement.column)
    if statement.option != "drop expression" or column is None:
        return schema
    return schema.with_column_changed(statement.table, statement.column, generated=None)
