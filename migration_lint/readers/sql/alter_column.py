"""ALTER TABLE … ALTER COLUMN."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.statements import (
    AlterColumnType,
    DropDefault,
    DropNotNull,
    SetColumnOption,
    SetDefault,
    SetIdentity,
    SetNotNull,
    Statement,
)
from migration_lint.readers.sql.column_types import read_type
from migration_lint.readers.sql.columns import read_default
from migration_lint.readers.sql.cursor import Tokens
from migration_lint.readers.sql.expressions import default_of


def alter_column(cursor: Tokens, table: str, column: str) -> Iterator[Statement]:
    """Read what follows ALTER [COLUMN] name."""
    if cursor.accept("SET", "DATA", "TYPE") or cursor.accept("TYPE"):
        yield _alter_type(cursor, table, column)
    elif cursor.accept("SET", "NOT", "NULL"):
        yield SetNotNull(table, column)
    elif cursor.accept("DROP", "NOT", "NULL"):
        yield DropNotNull(table, column)
    elif cursor.accept("SET", "DEFAULT"):
        default = default_of(read_default(cursor), cursor)
        yield SetDefault(table, column, default) if default else DropDefault(table, column)
    elif cursor.accept("DROP", "DEFAULT"):
        yield DropDefault(table, column)
    elif cursor.accept("ADD", "GENERATED"):
        options = [token.word for token in cursor.until(",")]
        yield SetIdentity(table, column, "identity", starts="START" in options)
    elif cursor.accept("DROP", "IDENTITY"):
        cursor.accept("IF", "EXISTS")
        yield SetIdentity(table, column, None)
    elif cursor.accept("DROP", "EXPRESSION"):
        cursor.accept("IF", "EXISTS")
        yield SetColumnOption(table, column, "expression", None)
    elif cursor.accept("SET", "EXPRESSION", "AS"):
        yield SetColumnOption(table, column, "expression", cursor.text(cursor.parenthesised()))
    else:
        yield _column_option(cursor, table, column)


def _alter_type(cursor: Tokens, table: str, column: str) -> Statement:
    column_type = read_type(cursor)
    collation = cursor.name() if cursor.accept("COLLATE") else None
    using = cursor.text(cursor.until(",")) if cursor.accept("USING") else None
    return AlterColumnType(table, column, column_type, using, collation)


def _column_option(cursor: Tokens, table: str, column: str) -> Statement:
    """SET STATISTICS, SET STORAGE, SET COMPRESSION, SET (…), identity options, MySQL's visibility."""
    word = cursor.accept_any("SET", "RESET", "RESTART")
    if word is None:
        raise cursor.unexpected()
    if cursor.looking_at("("):
        return SetColumnOption(table, column, "attributes", cursor.text(cursor.parenthesised()))
    if option := cursor.accept_any("STATISTICS", "STORAGE", "COMPRESSION"):
        return SetColumnOption(table, column, option.lower(), cursor.text(cursor.until(",")))
    if option := cursor.accept_any("VISIBLE", "INVISIBLE"):
        return SetColumnOption(table, column, "visibility", option.lower())
    if word == "RESTART" or cursor.looking_at_any(
        "GENERATED", "START", "INCREMENT", "RESTART", "CACHE", "MINVALUE", "MAXVALUE", "NO", "CYCLE", "SEQUENCE"
    ):
        return SetColumnOption(table, column, "identity", cursor.text(cursor.until(",")))
    raise cursor.unexpected()
