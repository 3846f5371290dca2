"""Statements that make, drop, rename and arrange whole tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration_lint.layered import put
from migration_lint.model import statements as s
from migration_lint.model.tables import ForeignKey
from migration_lint.schema.constraints import without_constraint
from migration_lint.schema.key_indexes import with_key_index

if TYPE_CHECKING:
    from migration_lint.schema import Schema


def create_table(schema: Schema, statement: s.CreateTable) -> Schema:
    """Temporary tables end with the session and are left out."""
    if statement.temporary or (statement.if_not_exists and statement.table.name in schema.tables):
        return schema
    table = replace(statement.table, unlogged=True) if statement.unlogged else statement.table
    if schema.narrow_drops:
        for constraint in table.constraints.values():
            table = replace(table, indexes=with_key_index(table, table.indexes, constraint))
    return schema.with_table(table)


def drop_table(schema: Schema, statement: s.DropTable) -> Schema:
    """Foreign keys that point at it go with it and, with CASCADE, the views that read it."""
    name = statement.table
    if name not in schema.tables:
        return schema
    for other, key in list(schema.references_to(name)):
        if other != name:
            schema = without_constraint(schema, other, key.name)
    if statement.cascade:
        for view in list(schema.views_on(name)):
            schema = schema.without_view(view)
    return schema.without_table(name)


def rename_table(schema: Schema, statement: s.RenameTable) -> Schema:
    """Its indexes, the foreign keys that point at it and the views that read it follow."""
    old, new = statement.table, statement.new_name
    table = schema.tables.get(old)
    if table is None:
        return schema
    referring = list(schema.references_to(old))
    reading = list(schema.views_on(old))
    indexes = {name: replace(index, table=new) for name, index in table.indexes.items()}
    schema = schema.without_table(old).with_table(replace(table, name=new, indexes=indexes))
    for other, key in referring:
        owner = schema.tables[new if other == old else other]
        moved: ForeignKey = replace(key, to_table=new)
        schema = schema.with_table(replace(owner, constraints=put(owner.constraints, key.name, moved)))
    for name in reading:
        view = schema.views[name]
        reads = frozenset((new if read == old else read, column) for read, column in view.reads or ())
        schema = schema.with_view(replace(view, reads=reads))
    return schema


def set_option(schema: Schema, statement: s.SetTableOption) -> Schema:
    """Of the options, those that later statements depend on."""
    table = schema.tables.get(statement.table)
    if table is None:
        return schema
    if statement.option in ("logged", "unlogged"):
        return schema.with_table(replace(table, unlogged=statement.option == "unlogged"))
    if statement.option == "charset":
        return schema.with_table(replace(table, charset=statement.value))
    if statement.option == "row_format":
        return schema.with_table(replace(table, row_format=statement.value))
    return schema


def attach_partition(schema: Schema, statement: s.AttachPartition) -> Schema:
    """The table is a partition from here on."""
    partition = schema.table_or_incomplete(statement.partition)
    default = statement.bounds.strip().lower() == "default"
    return schema.with_table(replace(partition, partition_of=statement.table, default_partition=default))


def detach_partition(schema: Schema, statement: s.DetachPartition) -> Schema:
    """The table is one of its own again."""
    partition = schema.tables.get(statement.partition)
    return schema.with_table(replace(partition, partition_of=None, default_partition=False)) if partition else schema
