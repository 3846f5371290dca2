"""SQLite locks its one database for writing, and Django copies the tables it changes; Oracle's effects are not told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from migration_lint.databases.base import Session
from migration_lint.databases.oracle import Oracle
from migration_lint.databases.sqlite import SQLite
from migration_lint.effects import NOTHING
from migration_lint.model.statements import Command, ModifyColumn, SetNotNull, Statement
from migration_lint.model.tables import Column, ColumnType
from migration_lint.readers.sql import read_sql
from migration_lint.schema import Schema

BOOK = "CREATE TABLE shop_book (id integer NOT NULL PRIMARY KEY, title varchar(50) NOT NULL, n integer NULL)"


def book() -> Schema:
    (command,) = read_sql(BOOK, "sqlite")
    return Schema().apply(command.statements[0])


@pytest.mark.parametrize(
    "statement",
    [
        SetNotNull("shop_book", "n"),
        ModifyColumn("shop_book", "title", Column("title", ColumnType("varchar", (100,)), nullable=False)),
    ],
)
def test_a_changed_column_copies_the_table_under_the_write_lock(statement: Statement) -> None:
    effect, session = SQLite((3, 45)).execute(Command("", (statement,)), book(), Session())
    assert [(work.kind, work.table, work.under.blocks_writes) for work in effect.work] == [
        ("rewrite", "shop_book", True)
    ]
    assert [lock.table for lock in effect.locks] == ["shop_book"]
    assert set(session.held) == {"shop_book"}


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE shop_book ADD COLUMN x integer NULL",
        "CREATE INDEX i ON shop_book (n)",
        "ALTER TABLE shop_book RENAME TO shop_tome",
        "UPDATE shop_book SET n = 1",
    ],
)
def test_anything_else_only_takes_the_write_lock(sql: str) -> None:
    (command,) = read_sql(sql, "sqlite")
    effect, session = SQLite((3, 45)).execute(command, book(), Session(transactional=False))
    assert [(lock.table, lock.mode.blocks_reads) for lock in effect.locks] == [("shop_book", False)]
    assert effect.work == ()
    assert session.held == {}


MADE = """\
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY, n integer, u integer UNIQUE, c integer CHECK (c > 0), k integer,
  g integer AS (k + 1) VIRTUAL, f integer REFERENCES parent (id), w integer, free text);
CREATE INDEX t_n ON t (n);
CREATE INDEX t_where ON t (c) WHERE w > 0;
"""


@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        *(
            f"ADD COLUMN x {column}"
            for column in (
                "integer",
                "integer NOT NULL DEFAULT 1",
                "integer UNIQUE",
                "integer PRIMARY KEY",
                "text DEFAULT CURRENT_TIMESTAMP",
                "text NOT NULL DEFAULT (datetime('now'))",
                "text DEFAULT ('a')",
                "text DEFAULT NULL",
                "integer AS (n) STORED",
                "integer AS (n) VIRTUAL",
                "integer REFERENCES parent (id)",
                "integer DEFAULT 1 REFERENCES parent (id)",
                "integer CHECK (x > 0)",
            )
        ),
        *(f"DROP COLUMN {column}" for column in ("id", "n", "u", "c", "k", "g", "f", "w", "free")),
        "RENAME COLUMN n TO m",
        "RENAME TO s",
    ],
)
def test_what_sqlite_refuses_is_told(change: str, rows: bool) -> None:
    sql = f"ALTER TABLE t {change}"
    schema = Schema()
    for command in read_sql(MADE, "sqlite"):
        for statement in command.statements:
            schema = schema.apply(statement)
    (command,) = read_sql(sql, "sqlite")
    session = Session() if rows else replace(Session(), new_tables=Session().new_tables.plus(("t",)))
    effect, _ = SQLite((3, 40)).execute(command, schema, session)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(f"PRAGMA foreign_keys = ON; {MADE} {'INSERT INTO t (n) VALUES (1)' if rows else ''}")
        refused = None
        try:
            connection.execute(sql)
        except sqlite3.Error as error:
            refused = str(error)
    assert bool(effect.failures) is (refused is not None), refused


def test_a_query_locks_nothing() -> None:
    (command,) = read_sql("SELECT 1 FROM shop_book", "sqlite")
    assert SQLite((3, 45)).execute(command, book(), Session()) == (NOTHING, Session())


def test_a_commit_lets_go() -> None:
    database, schema = SQLite((3, 45)), book()
    _, session = database.execute(Command("", (SetNotNull("shop_book", "n"),)), schema, Session())
    (commit,) = read_sql("COMMIT", "sqlite")
    assert database.execute(commit, schema, session)[1].held == {}


def test_oracle_tells_nothing() -> None:
    command = Command("", (SetNotNull("shop_book", "n"),))
    assert Oracle((23,)).execute(command, book(), Session()) == (NOTHING, Session())
