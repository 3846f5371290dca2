"""Statements that add, drop and change constraints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration_lint.layered import put, taken
from migration_lint.model import statements as s
from migration_lint.model.tables import Check, ForeignKey, NotNull, PrimaryKey, Unique
from migration_lint.schema.key_indexes import with_key_index, without_key_index

if TYPE_CHECKING:
    from migration_lint.schema import Schema


def add_constraint(schema: Schema, statement: s.AddConstraint) -> Schema:
    """An index that it uses becomes its own; a primary key and a valid NOT NULL make their columns NOT NULL."""
    table = schema.table_or_incomplete(statement.table)
    constraint, indexes, columns = statement.constraint, table.indexes, table.columns
    if statement.using_index is not None and statement.using_index in indexes:
        keys = tuple(key.column for key in indexes[statement.using_index].keys if key.column is not None)
        indexes = taken(indexes, statement.using_index)
        if isinstance(constraint, (PrimaryKey, Unique)) and not constraint.columns:
            constraint = replace(constraint, columns=keys)
    not_null: tuple[str, ...] = ()
    if isinstance(constraint, PrimaryKey):
        not_null = constraint.columns
    elif isinstance(constraint, NotNull) and constraint.validated:
        not_null = (constraint.column,)
    for name in not_null:
        if name in columns:
            columns = put(columns, name, replace(columns[name], nullable=False))
    if schema.narrow_drops:
        indexes = with_key_index(table, indexes, constraint)
        if isinstance(constraint, (PrimaryKey, Unique)):
            indexes = without_key_index(table, indexes, constraint.columns, constraint.name)
    constraints = put(table.constraints, constraint.name, constraint)
    return schema.with_table(replace(table, columns=columns, indexes=indexes, constraints=constraints))


def without_constraint(schema: Schema, table_name: str, name: str) -> Schema:
    """The schema without a constraint that it holds; nothing else goes with it."""
    table = schema.tables[table_name]
    return schema.with_table(replace(table, constraints=taken(table.constraints, name)))


def drop_constraint(schema: Schema, statement: s.DropConstraint) -> Schema:
    """With CASCADE, the foreign keys that need it go too; a column whose NOT NULL it was may be NULL."""
    table = schema.tables.get(statement.table)
    if table is None or statement.name not in table.constraints:
        return schema
    gone = table.constraints[statement.name]
    schema = without_constraint(schema, table.name, statement.name)
    if isinstance(gone, NotNull):
        return schema.with_column_changed(table.name, gone.column, nullable=True)
    if statement.cascade and isinstance(gone, (PrimaryKey, Unique)):
        for other, key in list(schema.references_to(table.name)):
            if set(key.to_columns) == set(gone.columns):
                schema = without_constraint(schema, other, key.name)
    return schema


def validate_constraint(schema: Schema, statement: s.ValidateConstraint) -> Schema:
    """It holds for all rows from here on."""
    table = schema.tables.get(statement.table)
    constraint = table.constraints.get(statement.name) if table else None
    if table is None or not isinstance(constraint, (Check, ForeignKey, NotNull)):
        return schema
    valid = replace(constraint, validated=True)
    schema = schema.with_table(replace(table, constraints=put(table.constraints, statement.name, valid)))
    if isinstance(constraint, NotNull):
        return schema.with_column_changed(table.name, constraint.column, nullable=False)
    return schema


def rename_constraint(schema: Schema, statement: s.RenameConstraint) -> Schema:
    """The same constraint under another name."""
    table = schema.tables.get(statement.table)
    if table is None or statement.name not in table.constraints:
        return schema
    renamed = replace(table.constraints[statement.name], name=statement.new_name)
    constraints = put(taken(table.constraints, statement.name), statement.new_name, renamed)
    return schema.with_table(replace(table, constraints=constraints))


def alter_constraint(schema: Schema, statement: s.AlterConstraint) -> Schema:
    """When a foreign key is checked, and whether a CHECK is."""
    table = schema.tables.get(statement.table)
    constraint = table.constraints.get(statement.name) if table else None
    if table is None or constraint is None:
        return schema
    if isinstance(constraint, ForeignKey) and statement.deferrable is not None:
        deferred = bool(statement.initially_deferred)
        constraint = replace(constraint, deferrable=statement.deferrable, initially_deferred=deferred)
    elif isinstance(constraint, Check) and statement.enforced is not None:
        constraint = replace(constraint, enforced=statement.enforced)
    return schema.with_table(replace(table, constraints=put(table.constraints, statement.name, constraint)))
