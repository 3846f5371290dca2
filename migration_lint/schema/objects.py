"""Statements about views and types, and what is noted on tables and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration_lint.layered import put
from migration_lint.model import statements as s
from migration_lint.model.tables import ColumnType

if TYPE_CHECKING:
    from migration_lint.schema import Schema


def comment(schema: Schema, statement: s.Comment) -> Schema:
    """The text on a table or a column."""
    if statement.column is not None:
        return schema.with_column_changed(statement.table, statement.column, comment=statement.text)
    table = schema.tables.get(statement.table)
    return schema.with_table(replace(table, comment=statement.text)) if table else schema


def set_running(schema: Schema, statement: s.Forget | s.Expect) -> Schema:
    """Whether the running release knows the table or the column."""
    running = isinstance(statement, s.Expect)
    if statement.column is not None:
        return schema.with_column_changed(statement.table, statement.column, running=running)
    table = schema.tables.get(statement.table)
    return schema.with_table(replace(table, running=running)) if table else schema


def create_view(schema: Schema, statement: s.CreateView) -> Schema:
    """The view takes the place of the one of its name."""
    return schema.with_view(statement.view)


def create_object(schema: Schema, statement: s.CreateObject) -> Schema:
    """Only types, domains and what functions promise matter to what follows."""
    if statement.object_kind == "function":
        promised = statement.values[0] if statement.values else "volatile"
        return replace(schema, functions=put(schema.functions, statement.name.rpartition(".")[2], promised))
    if statement.object_kind not in ("type", "domain"):
        return schema
    return schema.with_type(statement.name, statement.values, statement.domain)


def alter_object(schema: Schema, statement: s.AlterObject) -> Schema:
    """An enum has more labels, a domain a constraint, or the type another name; nothing else of an object is kept."""
    name, domain = statement.name, schema.domains.get(statement.name)
    if statement.object_kind == "schema" and statement.action == "rename":
        return _rename_schema(schema, name, statement.values[0])
    if name not in schema.types or statement.object_kind not in ("type", "domain"):
        return schema
    if statement.action == "add value":
        return schema.with_type(name, schema.types[name] + statement.values)
    if statement.action == "rename":
        return _rename_type(schema, name, statement.values[0])
    if domain is not None and statement.action.startswith(("add", "set not null")):
        return schema.with_type(name, (), replace(domain, constrained=True))
    return schema


def _rename_schema(schema: Schema, old: str, new: str) -> Schema:
    for table in [name for name in schema.tables if name.startswith(f"{old}.")]:
        schema = schema.apply(s.RenameTable(table, f"{new}.{table.removeprefix(f'{old}.')}"))
    return schema


def _rename_type(schema: Schema, old: str, new: str) -> Schema:
    schema = schema.with_type(new, schema.types[old], schema.domains.get(old)).without_type(old)
    for table in list(schema.tables.values()):
        for column in table.columns.values():
            if isinstance(column.type, ColumnType) and column.type.name == old:
                schema = schema.with_column_changed(table.name, column.name, type=replace(column.type, name=new))
    return schema


def drop_object(schema: Schema, statement: s.DropObject) -> Schema:
    """The view or type is gone; nothing else of an object is kept."""
    if statement.object_kind in ("view", "materialized view"):
        return schema.without_view(statement.name)
    return schema.without_type(statement.name) if statement.object_kind in ("type", "domain") else schema
