"""CREATE INDEX, DROP INDEX, ALTER INDEX and REINDEX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from migration_lint.model.statements import AlterObject, CreateIndex, DropIndex, Reindex, RenameIndex, Statement
from migration_lint.readers.sql.constraints import Attributes, index_of, read_attributes, read_keys
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.naming import DefaultNames


def create_index(cursor: Tokens, *, unique: bool, method: str | None = None) -> Iterator[Statement]:
    """Read what follows CREATE [UNIQUE] INDEX; `method` is MySQL's FULLTEXT or SPATIAL."""
    concurrently = cursor.accept("CONCURRENTLY")
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = None if cursor.looking_at("ON") else cursor.name()
    if cursor.accept("USING"):
        method = cursor.next().text.lower()
    cursor.expect("ON")
    only = cursor.accept("ONLY")
    table = cursor.name()
    if cursor.accept("USING"):
        method = cursor.identifier().lower()
    keys = read_keys(cursor)
    attributes = _read_options(cursor)
    attributes.method = method or attributes.method
    names = DefaultNames(table, cursor.family)
    # PostgreSQL puts an index into its table's schema, whatever its name says.
    schema = table.rpartition(".")[0]
    if name is None:
        name = names.index([key.label for key in keys])
        name = f"{schema}.{name}" if schema and cursor.family != "mysql" else name
    index = index_of(name, table, keys, attributes, unique=unique, cursor=cursor)
    yield CreateIndex(index, concurrently, if_not_exists, only)


def _read_options(cursor: Tokens) -> Attributes:
    attributes = read_attributes(cursor)
    while not cursor.at_end() and not cursor.looking_at_any("ALGORITHM", "LOCK"):
        if cursor.accept("TABLESPACE"):
            cursor.identifier()
        elif cursor.accept("WHERE"):
            attributes.where = cursor.until("ALGORITHM", "LOCK")
        else:
            raise cursor.unexpected()
    return attributes


def drop_index(cursor: Tokens) -> Iterator[Statement]:
    """Read what follows DROP INDEX."""
    concurrently = cursor.accept("CONCURRENTLY")
    if_exists = cursor.accept("IF", "EXISTS")
    names = cursor.list_of(cursor.name)
    table = cursor.name() if cursor.accept("ON") else None
    cascade = cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    for name in names:
        yield DropIndex(name, table, concurrently, if_exists, cascade)


def alter_index(cursor: Tokens) -> Iterator[Statement]:
    """Read what follows ALTER INDEX."""
    cursor.accept("IF", "EXISTS")
    if cursor.looking_at("ALL", "IN", "TABLESPACE"):
        raise NotUnderstoodError("it moves all indexes of a tablespace")
    name = cursor.name()
    if cursor.accept("RENAME", "TO"):
        yield RenameIndex(name, cursor.identifier())
        return
    words: list[str] = []
    while cursor.current.kind == "word" and len(words) < 2:
        words.append(cursor.next().text.lower())
    if words == ["set", "tablespace"]:
        raise NotUnderstoodError("it moves the index, and queries of its table wait until it is moved")
    cursor.rest()
    yield AlterObject("index", name, " ".join(words))


def reindex(cursor: Tokens) -> Iterator[Statement]:
    """Read what follows REINDEX."""
    concurrently = False
    if cursor.looking_at("("):
        options = [token.word for token in cursor.parenthesised()]
        if "CONCURRENTLY" in options:
            following = options[options.index("CONCURRENTLY") + 1 :][:1]
            concurrently = following not in (["FALSE"], ["OFF"])
    kinds: dict[str, Literal["table", "index", "schema", "database", "system"]] = {
        "TABLE": "table",
        "INDEX": "index",
        "SCHEMA": "schema",
        "DATABASE": "database",
        "SYSTEM": "system",
    }
    word = cursor.accept_any(*kinds)
    if word is None:
        if cursor.family != "sqlite":
            raise cursor.unexpected()
        target = None if cursor.at_end() else cursor.name()
        yield Reindex("index" if target else "database", target)
        return
    concurrently = cursor.accept("CONCURRENTLY") or concurrently
    target = None if cursor.at_end() else cursor.name()
    yield Reindex(kinds[word], target, concurrently)
