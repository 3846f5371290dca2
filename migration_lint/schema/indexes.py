"""Statements that make, drop and rename indexes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration_lint.layered import put, taken
from migration_lint.model import statements as s
from migration_lint.model.tables import Unique
from migration_lint.schema.constraints import rename_constraint
from migration_lint.schema.key_indexes import without_key_index

if TYPE_CHECKING:
    from migration_lint.schema import Schema


def create_index(schema: Schema, statement: s.CreateIndex) -> Schema:
    """The table has one more index."""
    table = schema.table_or_incomplete(statement.index.table)
    if statement.if_not_exists and statement.index.name in table.indexes:
        return schema
    indexes = put(table.indexes, statement.index.name, statement.index)
    if schema.narrow_drops:
        keys = tuple(key.column for key in statement.index.keys if key.column is not None)
        indexes = without_key_index(table, indexes, keys, statement.index.name)
    return schema.with_table(replace(table, indexes=indexes))


def drop_index(schema: Schema, statement: s.DropIndex) -> Schema:
    """MySQL's DROP INDEX drops a UNIQUE constraint too, which is its index there."""
    owner = statement.table or schema.table_of_index(statement.name)
    table = schema.tables.get(owner) if owner else None
    if table is None:
        return schema
    constraints = table.constraints
    if isinstance(constraints.get(statement.name), Unique):
        constraints = taken(constraints, statement.name)
    return schema.with_table(replace(table, indexes=taken(table.indexes, statement.name), constraints=constraints))


def rename_index(schema: Schema, statement: s.RenameIndex) -> Schema:
    """The same index, or the constraint that it belongs to, under another name."""
    owner = statement.table or schema.table_of_index(statement.name)
    table = schema.tables.get(owner) if owner else None
    if table is None:
        return schema
    old, new = statement.name, statement.new_name
    if old not in table.indexes:
        return rename_constraint(schema, s.RenameConstraint(table.name, old, new))
    indexes = put(taken(table.indexes, old), new, replace(table.indexes[old], name=new))
    return schema.with_table(replace(table, indexes=indexes))
