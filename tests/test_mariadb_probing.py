"""Predictions against a real MariaDB that is asked for one algorithm after the other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pymysql
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from migration_lint.databases.mysql import MariaDB
from tests.mariadb_server import MariaDBServer, RefusedError
from tests.mariadb_statements import PARENT, alterations, tables
from tests.mysql_prediction import Replay, certain_failures, rewrites, way

pytestmark = pytest.mark.mariadb

# Every pair of these is tried; each stands for a rule on types, lengths in bytes, character sets or labels.
TYPES = (
    "tinyint",
    "int",
    "int unsigned",
    "bigint",
    "decimal(10,2)",
    "decimal(12,2)",
    "double",
    "datetime",
    "datetime(6)",
    "timestamp(6)",
    "char(10)",
    "varchar(31)",
    "varchar(32)",
    "varchar(63)",
    "varchar(64)",
    "varchar(130) character set latin1",
    "varchar(300) character set latin1",
    "varchar(43) character set utf8mb3",
    "text character set utf8mb3",
    "varchar(63) collate utf8mb4_bin",
    "text",
    "longtext",
    "varbinary(200)",
    "varbinary(300)",
    "enum('a','b')",
    "enum('a','b','c')",
    "set('a','b')",
    "json",
    "uuid",
)
# What the server refuses for reasons that no migration file shows, or that we leave to it.
UNPREDICTED = (
    "1071",  # an index entry gets too long
    "1283",  # a type that FULLTEXT does not take
    "1709",  # an index entry of an old row format gets too long
    "every algorithm",  # COPY too, though each part is possible alone
)


@pytest.fixture(scope="module")
def database(mariadb: MariaDBServer) -> MariaDB:
    return MariaDB(mariadb.version[:2])


def disagreement(mariadb: MariaDBServer, database: MariaDB, before: Sequence[str], alter: str) -> str | None:
    """What was predicted and what the server did, where the two differ."""
    effect = Replay(database, before).run(alter)
    failures = certain_failures(effect)
    try:
        measured, rebuilt = mariadb.first_way(before, alter)
    except RefusedError as refused:
        known = failures or str(refused).startswith(UNPREDICTED)
        return None if known else f"{alter} is refused ({refused}), predicted {way(effect)}, after {before}"
    predicted = way(effect), bool(rewrites(effect)), failures
    if predicted == (measured, rebuilt, []):
        return None
    return f"{alter}: measured {measured}, rebuilt {rebuilt}; predicted {predicted}, after {before}"


def test_every_pair_of_types(mariadb: MariaDBServer, database: MariaDB) -> None:
    found = [
        disagreement(
            mariadb, database, [f"CREATE TABLE t (id int PRIMARY KEY, x {old})"], f"ALTER TABLE t MODIFY x {new}"
        )
        for old, new in itertools.product(TYPES, TYPES)
    ]
    assert [text for text in found if text] == []


@given(data=st.data())
@settings(
    max_examples=400,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
def test_random_statements_on_random_tables(mariadb: MariaDBServer, database: MariaDB, data: st.DataObject) -> None:
    create, table = data.draw(tables())
    alter = data.draw(alterations(table))
    mariadb.clear()
    mariadb.execute(PARENT)
    try:
        mariadb.execute(create)
    except pymysql.Error:
        assume(False)
    assert disagreement(mariadb, database, [PARENT, create], alter) is None


ROWS = "CREATE TABLE t (id bigint PRIMARY KEY, p_id bigint NULL, CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id))"
FREE = "CREATE TABLE t (id bigint PRIMARY KEY, p_id bigint NULL, KEY k (p_id))"


@pytest.mark.parametrize(
    ("before", "sql", "parents"),
    [
        (FREE, "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id)", {"p"}),
        (ROWS, "ALTER TABLE t DROP FOREIGN KEY fk", {"p"}),
        (ROWS, "ALTER TABLE t ADD COLUMN x int NULL", {"p"}),
        (ROWS, "DROP TABLE t", {"p"}),
        (FREE, "ALTER TABLE t ADD COLUMN x int NULL", set()),
        (FREE, "DROP TABLE t", set()),
    ],
)
def test_the_referenced_table_is_locked_against_writers(
    mariadb: MariaDBServer, database: MariaDB, before: str, sql: str, parents: set[str]
) -> None:
    effect = Replay(database, [PARENT, before]).run(sql)
    assert {lock.table for lock in effect.locks if lock.mode.blocks_writes} - {"t"} == parents
    for touch, waits in (("SELECT * FROM p", False), ("INSERT INTO p VALUES (1)", bool(parents))):
        mariadb.clear()
        mariadb.execute(PARENT)
        mariadb.execute(before)
        assert mariadb.waits_for(touch, sql) is waits


@pytest.mark.parametrize(
    ("before", "sql"),
    [("", "PARTITION BY HASH (id) PARTITIONS 2"), (" PARTITION BY HASH (id) PARTITIONS 2", "REMOVE PARTITIONING")],
)
def test_partitions_are_laid_out_anew_whatever_is_asked_for(
    mariadb: MariaDBServer, database: MariaDB, before: str, sql: str
) -> None:
    mariadb.clear()
    mariadb.execute(f"CREATE TABLE t (id bigint PRIMARY KEY){before}")
    count = "SELECT table_id FROM information_schema.innodb_sys_tables WHERE name LIKE 'lint/t%'"
    mariadb.cursor.execute(count)
    tables = set(mariadb.cursor.fetchall())
    mariadb.execute(f"ALTER TABLE t ALGORITHM=INSTANT {sql}")
    mariadb.cursor.execute(count)
    assert not tables & set(mariadb.cursor.fetchall())
    assert way(Replay(database, ["CREATE TABLE t (id bigint PRIMARY KEY)"]).run(f"ALTER TABLE t {sql}")) in (
        "ALGORITHM=COPY, LOCK=SHARED",
        "ALGORITHM=COPY, LOCK=NONE",
    )
