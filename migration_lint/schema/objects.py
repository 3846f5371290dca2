"""Statements about views and types, and what is noted on tables and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration_lint.model import statements as s

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
    """Only types and domains matter to what follows."""
    if statement.object_kind not in ("type", "domain"):
        return schema
    return schema.with_type(statement.name, statement.values, domain=statement.object_kind == "domain")


def alter_object(schema: Schema, statement: s.AlterObject) -> Schema:
    """An enum has more labels; nothing else of an object is kept."""
    if statement.action != "add value" or statement.name not in schema.types:
        return schema
    return schema.with_type(statement.name, schema.types[statement.name] + statement.values)


def drop_object(schema: Schema, statement: s.DropObject) -> Schema:
    """The view or type is gone; nothing else of an object is kept."""
    if statement.object_kind in ("view", "materialized view"):
        return schema.without_view(statement.name)
    return schema.without_type(statement.name) if statement.object_kind in ("type", "domain") else schema
