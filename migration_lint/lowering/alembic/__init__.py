"""Alembic's operations as statements: the SQL that Alembic sends, read as any other SQL is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from migration_lint.advice.sql_text import spelled
from migration_lint.lowering.alembic.names import quoted
from migration_lint.lowering.alembic.operations import create_type, enumeration_of, statements_of
from migration_lint.lowering.alembic.parts import Holes, RefusedError
from migration_lint.lowering.base import Lowered
from migration_lint.model import statements as s
from migration_lint.model.alembic import AlembicOperation, AlembicSql
from migration_lint.model.django import SqlText
from migration_lint.model.migration import NotAnalysed, Operation
from migration_lint.model.tables import Check, Column, ColumnType, Default, Index
from migration_lint.model.values import Unknown
from migration_lint.schema import Schema
from migration_lint.settings import Engine
from migration_lint.source import placed

_OTHERS_TEXT = re.compile(r"unresolved_\d+_")
# A parameter of SQLAlchemy's text(): not a cast, and not a colon that is escaped.
_PARAMETER = re.compile(r"'(?:[^']|'')*'|::|\\:|(?<![:\w]):(\w+)")


def lower(operation: Operation, schema: Schema, engine: Engine) -> Lowered:
    """What an operation sends, as the engine spells it; of SQLite's and Oracle's SQL only the sense is used, which
    PostgreSQL's has too."""
    dialect = engine if engine in ("mysql", "mariadb") else "postgresql"
    match operation:
        case AlembicSql(sql=Unknown() as unknown):
            return Lowered(problems=(unknown,))
        case AlembicSql(sql=SqlText() as sql):
            return Lowered(tuple(_read(_bound(sql.text), engine, sql.exact and sql.span)))
        case AlembicOperation(name="create_type" | "drop_type"):
            return _type(operation, schema, dialect)
        case AlembicOperation():
            return _operation(operation, dialect)
    return Lowered()


def lowered(operations: Iterable[Operation], schema: Schema, engine: Engine) -> tuple[s.Command, ...] | None:
    """What operations send, one after the other; None where a part of it is not known."""
    found: list[s.Command] = []
    for operation in operations:
        each = lower(operation, schema, engine)
        if each.problems or isinstance(operation, NotAnalysed):
            return None
        found += each.commands
        for command in each.commands:
            for statement in command.statements:
                schema = schema.apply(statement)
    return tuple(found)


def _operation(operation: AlembicOperation, dialect: Engine) -> Lowered:
    holes, commands = Holes(dialect), list[s.Command]()
    try:
        for text in statements_of(operation.name, dict(operation.options), holes):
            commands += (_filled(command, holes) for command in _read(spelled(text, dialect), dialect))
    except RefusedError as refused:
        return Lowered(tuple(commands), (Unknown(operation.name, str(refused)),))
    return Lowered(tuple(commands), tuple(holes.found.values()))


def _type(operation: AlembicOperation, schema: Schema, dialect: Engine) -> Lowered:
    """`Enum(…).create(bind)` and `.drop(bind)`: on PostgreSQL alone a type of its own, looked for first by default."""
    options = dict(operation.options)
    found = enumeration_of(options, dialect)
    if dialect != "postgresql":
        return Lowered()
    if found is None:
        return Lowered(problems=(Unknown(operation.name, "the enumeration's name is not known"),))
    there = found.name in schema.types
    looks = options.get("checkfirst", True) is not False
    if operation.name == "drop_type":
        exists = "IF EXISTS " if looks else ""
        return Lowered(tuple(_read(f"DROP TYPE {exists}{quoted(found.name)}", dialect)))
    return Lowered() if there and looks else Lowered(tuple(_read(create_type(found), dialect)))


def _read(text: str, dialect: Engine, span: Any = None) -> Iterable[s.Command]:
    from migration_lint.readers.sql import read_sql

    return read_sql(text, dialect, placed(text, span) if span else None)


def _bound(text: str) -> str:
    """SQL with its parameters as PostgreSQL writes them, of the same length."""

    def replaced(match: re.Match[str]) -> str:
        if match[0] == r"\:":
            return " :"
        return "$1".ljust(len(match[0])) if match[1] is not None else match[0]

    return _PARAMETER.sub(replaced, text)


def _filled(command: s.Command, holes: Holes) -> s.Command:
    """The command with what is not known in the place of the names that stand for it."""
    if not holes.found:
        return command
    statements = tuple(_statement(statement, holes) for statement in command.statements)
    sql = _OTHERS_TEXT.sub(lambda match: f"<{holes.found[match[0]].source}>", command.sql)
    return replace(command, sql=sql, statements=statements)


def _statement(statement: s.Statement, holes: Holes) -> s.Statement:
    match statement:
        case s.AddColumn(column=column, constraints=constraints):
            inline = tuple(_checked(each, holes) for each in constraints)
            return replace(statement, column=_column(column, holes), constraints=inline)
        case s.CreateTable(table=table):
            columns = {name: _column(column, holes) for name, column in table.columns.items()}
            own = {name: _checked(each, holes) for name, each in table.constraints.items()}
            return replace(statement, table=replace(table, columns=columns, constraints=own))
        case s.AlterColumnType(type=kind, using=using):
            if isinstance(kind, ColumnType):
                kind = holes.found.get(kind.name, kind)
            if isinstance(using, str):
                using = _hole(using, holes) or using
            return replace(statement, type=kind, using=using)
        case s.ModifyColumn(definition=column):
            return replace(statement, definition=_column(column, holes))
        case s.SetDefault(default=Default(sql=sql)) if (unknown := _hole(sql, holes)) is not None:
            return replace(statement, default=unknown)
        case s.AddConstraint(constraint=constraint):
            return replace(statement, constraint=_checked(constraint, holes))
        case s.CreateIndex(index=index):
            return replace(statement, index=_index(index, holes))
    return statement


def _hole(sql: str, holes: Holes) -> Unknown | None:
    match = _OTHERS_TEXT.search(sql)
    return holes.found.get(match[0]) if match else None


def _column(column: Column, holes: Holes) -> Column:
    kind, default = column.type, column.default
    if isinstance(kind, ColumnType) and kind.name in holes.found:
        kind = holes.found[kind.name]
    if isinstance(default, Default):
        default = _hole(default.sql, holes) or default
    return replace(column, type=kind, default=default)


def _checked(constraint: Any, holes: Holes) -> Any:
    if isinstance(constraint, Check) and _hole(constraint.sql, holes) is not None:
        sql = _OTHERS_TEXT.sub(lambda match: holes.found[match[0]].source, constraint.sql)
        return replace(constraint, sql=sql, columns=None, not_null=frozenset())
    return constraint


def _index(index: Index, holes: Holes) -> Index:
    if index.where is not None and _hole(index.where, holes) is not None:
        index = replace(
            index, where=_OTHERS_TEXT.sub(lambda m: holes.found[m[0]].source, index.where), where_columns=None
        )
    if any(key.expression and _hole(key.expression, holes) for key in index.keys):
        index = replace(index, expression_columns=None)
    return index
