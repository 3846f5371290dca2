"""What a statement costs does not grow with the schema that it meets: no lookup goes through all there is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from migration_lint.databases.base import Session
from migration_lint.databases.postgresql import PostgreSQL
from migration_lint.model.statements import Command
from migration_lint.readers.sql import read_sql
from migration_lint.running_code import broken_calls
from migration_lint.schema import Schema

STATEMENTS = {
    "CREATE TABLE": "CREATE TABLE new (id int PRIMARY KEY, up int REFERENCES t5)",
    "CREATE INDEX": "CREATE INDEX new ON t5 (a)",
    "CREATE INDEX on a table of many": "CREATE INDEX new ON wide (a1)",
    "DROP INDEX": "DROP INDEX i5",
    "DROP INDEX that nobody made": "DROP INDEX absent",
    "ALTER INDEX": "ALTER INDEX i5 RENAME TO new",
    "ADD COLUMN": "ALTER TABLE t5 ADD new int",
    "ADD COLUMN to a table of many": "ALTER TABLE wide ADD new int",
    "ADD CONSTRAINT to a table of many": "ALTER TABLE wide ADD CONSTRAINT new CHECK (a1 > 0)",
    "SET NOT NULL": "ALTER TABLE t5 ALTER a SET NOT NULL",
    "DROP COLUMN": "ALTER TABLE t5 DROP a",
    "RENAME COLUMN": "ALTER TABLE t5 RENAME a TO new",
    "RENAME": "ALTER TABLE t5 RENAME TO new",
    "DROP TABLE": "DROP TABLE t5 CASCADE",
    "CREATE VIEW": "CREATE VIEW new AS SELECT a FROM t5",
    "CREATE TYPE": "CREATE TYPE new AS ENUM ('x')",
    "UPDATE": "UPDATE t5 SET a = 1",
}


def commands(sql: str) -> list[Command]:
    return list(read_sql(sql, "postgresql"))


def made(size: int) -> tuple[Schema, Session]:
    """A schema of `size` tables, indexes, references, views, types and columns of one table, and who made it."""
    sql = "CREATE TABLE wide ();" + "".join(
        f"CREATE TABLE t{n} (id int PRIMARY KEY, a int, up int REFERENCES t{n - n % 7});"
        f"CREATE INDEX i{n} ON t{n} (a); CREATE VIEW v{n} AS SELECT id FROM t{n}; CREATE TYPE y{n} AS ENUM ('x');"
        f"ALTER TABLE wide ADD a{n} int; CREATE INDEX w{n} ON wide (a{n});"
        for n in range(size)
    )
    schema, session = Schema(), Session()
    for command in commands(sql):
        _, session = PostgreSQL((16,)).execute(command, schema, session)
        for statement in command.statements:
            schema = schema.apply(statement)
    return schema, session


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python `work` runs through, each round of a loop counted."""
    counted = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal counted
        counted += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


@pytest.fixture(scope="module")
def sizes() -> tuple[tuple[Schema, Session], tuple[Schema, Session]]:
    return made(60), made(600)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_costs_the_same_among_ten_times_as_many(
    name: str, sizes: tuple[tuple[Schema, Session], tuple[Schema, Session]]
) -> None:
    (command,) = commands(STATEMENTS[name])

    def run(schema: Schema, session: Session) -> None:
        PostgreSQL((16,)).execute(command, schema, session)
        after = schema.without_latest()
        for statement in command.statements:
            after = after.apply(statement)
        broken_calls(schema, schema, after, command)

    small, large = (lines_run(lambda at=at: run(*at)) for at in sizes)
    assert 0 < large < small * 1.5
