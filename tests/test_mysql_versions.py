"""What differs between versions, servers, tables and sessions; the sources stand in databases/mysql/facts.py."""

from __future__ import annotations

import pytest

from migration_lint.databases.base import Session
from migration_lint.databases.mysql import MariaDB, MySQL
from tests.mysql_prediction import Replay, certain_failures, rewrites, way

INSTANT = "ALGORITHM=INSTANT"
INPLACE = "ALGORITHM=INPLACE, LOCK=NONE"
INPLACE_SHARED = "ALGORITHM=INPLACE, LOCK=SHARED"
NOCOPY = "ALGORITHM=NOCOPY, LOCK=NONE"
COPY = "ALGORITHM=COPY, LOCK=SHARED"
COPY_ONLINE = "ALGORITHM=COPY, LOCK=NONE"

AUTHOR = "CREATE TABLE author (id bigint AUTO_INCREMENT PRIMARY KEY, pen varchar(20) NOT NULL)"
BOOK = """CREATE TABLE book (id bigint AUTO_INCREMENT PRIMARY KEY, title varchar(50) NOT NULL, n int NULL, d date NULL,
  author_id bigint NULL, e enum('a', 'b') NOT NULL, KEY by_n (n))"""
MYSQL_57, MYSQL_8012, MYSQL_8028, MYSQL_8029 = MySQL((5, 7)), MySQL((8, 0, 12)), MySQL((8, 0, 28)), MySQL((8, 0, 29))
MYSQL_80, MYSQL_84, MYSQL_90 = MySQL((8, 0)), MySQL((8, 4)), MySQL((9, 0))
MARIADB_105, MARIADB_114 = MariaDB((10, 5)), MariaDB((11, 4))

ADD_LAST = "ALTER TABLE book ADD COLUMN x int NULL"
ADD_FIRST = "ALTER TABLE book ADD COLUMN x int NULL FIRST"
DROP = "ALTER TABLE book DROP COLUMN d"
RENAME = "ALTER TABLE book RENAME COLUMN d TO e2"
SET_DEFAULT = "ALTER TABLE book ALTER COLUMN n SET DEFAULT 5"
APPEND_LABEL = "ALTER TABLE book MODIFY e enum('a', 'b', 'c') NOT NULL"
ADD_CHECK = "ALTER TABLE book ADD CONSTRAINT positive CHECK (n > 0)"
REFERENCES = "ALTER TABLE book ADD COLUMN x bigint NULL REFERENCES author (id)"
RETYPE = "ALTER TABLE book MODIFY n bigint NULL"


@pytest.mark.parametrize(
    ("database", "sql", "expected", "rewritten"),
    [
        (MYSQL_57, ADD_LAST, INPLACE, True),
        (MySQL((8, 0, 11)), ADD_LAST, INPLACE, True),
        (MYSQL_8012, ADD_LAST, INSTANT, False),
        (MYSQL_8028, ADD_FIRST, INPLACE, True),
        (MYSQL_8029, ADD_FIRST, INSTANT, False),
        (MYSQL_80, ADD_FIRST, INSTANT, False),
        (MYSQL_8028, DROP, INPLACE, True),
        (MYSQL_84, DROP, INSTANT, False),
        (MYSQL_84, "ALTER TABLE book DROP COLUMN n", INPLACE, True),
        (MARIADB_105, "ALTER TABLE book DROP COLUMN n", NOCOPY, False),
        (MySQL((8, 0, 27)), RENAME, INPLACE, False),
        (MYSQL_8028, RENAME, INSTANT, False),
        (MYSQL_57, SET_DEFAULT, INPLACE, False),
        (MYSQL_84, SET_DEFAULT, INSTANT, False),
        (MYSQL_57, APPEND_LABEL, INPLACE, False),
        (MYSQL_84, APPEND_LABEL, INSTANT, False),
        (MySQL((8, 0, 15)), ADD_CHECK, INSTANT, False),
        (MySQL((8, 0, 16)), ADD_CHECK, COPY, True),
        (MARIADB_105, ADD_CHECK, COPY, True),
        (MYSQL_84, REFERENCES, INSTANT, False),
        (MYSQL_90, REFERENCES, COPY, True),
        (MARIADB_105, REFERENCES, COPY, True),
        (MYSQL_84, RETYPE, COPY, True),
        (MARIADB_105, RETYPE, COPY, True),
        (MARIADB_114, RETYPE, COPY_ONLINE, True),
        (MYSQL_84, "ALTER TABLE book ADD COLUMN x int NULL, ADD INDEX i (d)", INPLACE, True),
        (MARIADB_105, "ALTER TABLE book ADD COLUMN x int NULL, DROP INDEX by_n", NOCOPY, False),
        (MYSQL_84, "ALTER TABLE book DROP PRIMARY KEY, ADD PRIMARY KEY (n)", INPLACE, True),
        (MYSQL_84, "ALTER TABLE book ADD FULLTEXT INDEX words (title)", INPLACE_SHARED, True),
        (MYSQL_84, "ALTER TABLE book ADD INDEX half ((n / 2))", INPLACE_SHARED, False),
        (MYSQL_84, "ALTER TABLE book CONVERT TO CHARACTER SET latin1", COPY, True),
        (MARIADB_105, "ALTER TABLE book CONVERT TO CHARACTER SET latin1", COPY, True),
        (MYSQL_84, "ALTER TABLE book ENGINE=InnoDB", INPLACE, True),
        (MYSQL_84, "OPTIMIZE TABLE book", INPLACE, True),
        (MYSQL_84, "ALTER TABLE book ADD CONSTRAINT positive CHECK (n > 0) NOT ENFORCED", INSTANT, False),
    ],
)
def test_algorithm_lock_and_rewrite(database: MySQL | MariaDB, sql: str, expected: str, rewritten: bool) -> None:
    effect = Replay(database, [AUTHOR, BOOK]).run(sql)
    assert (way(effect), rewrites(effect)) == (expected, {"book"} if rewritten else set())


@pytest.mark.parametrize(
    ("charset", "old", "new", "mysql", "mariadb"),
    [
        ("utf8mb4", 31, 64, COPY, INSTANT),
        ("utf8mb4", 32, 63, INPLACE, INSTANT),
        ("utf8mb4", 32, 64, COPY, COPY),
        ("utf8mb4", 63, 64, COPY, COPY),
        ("utf8mb4", 64, 128, INPLACE, INSTANT),
        ("utf8mb4", 64, 63, COPY, COPY),
        ("utf8mb3", 42, 100, COPY, INSTANT),
        ("utf8mb3", 43, 100, COPY, COPY),
        ("utf8mb3", 43, 85, INPLACE, INSTANT),
        ("latin1", 127, 256, COPY, INSTANT),
        ("latin1", 128, 256, COPY, COPY),
        ("latin1", 128, 255, INPLACE, INSTANT),
    ],
)
@pytest.mark.parametrize("key", ["", ", KEY (x)"])
def test_longer_varchar(charset: str, old: int, new: int, mysql: str, mariadb: str, key: str) -> None:
    before = [f"CREATE TABLE t (id int PRIMARY KEY, x varchar({old}) NULL{key}) DEFAULT CHARSET={charset}"]
    sql = f"ALTER TABLE t MODIFY x varchar({new}) NULL"
    assert way(Replay(MYSQL_84, before).run(sql)) == mysql
    assert way(Replay(MARIADB_105, before).run(sql)) == mariadb


@pytest.mark.parametrize("version", [(8, 4), (5, 7)])
def test_a_fulltext_index_makes_rebuilds_block_writes(version: tuple[int, ...]) -> None:
    replay = Replay(MySQL(version), [AUTHOR, BOOK, "CREATE FULLTEXT INDEX words ON book (title)"])
    assert way(replay.run(ADD_LAST)) == INPLACE_SHARED


def test_cascading_keys_forbid_lock_none() -> None:
    cascading = (
        "CREATE TABLE c (id int PRIMARY KEY, a bigint, n int, FOREIGN KEY (a) REFERENCES author (id) ON DELETE CASCADE)"
    )
    add_index = "ALTER TABLE c ADD INDEX i (n)"
    assert way(Replay(MYSQL_84, [AUTHOR, cascading]).run(add_index)) == INPLACE_SHARED
    assert way(Replay(MARIADB_105, [AUTHOR, cascading]).run(add_index)) == NOCOPY
    assert way(Replay(MARIADB_114, [AUTHOR, cascading]).run("ALTER TABLE c MODIFY n bigint NULL")) == COPY


ADD_KEY = "ALTER TABLE book ADD CONSTRAINT fk FOREIGN KEY (author_id) REFERENCES author (id)"


@pytest.mark.parametrize(
    ("database", "unchecked"), [(MYSQL_84, INPLACE), (MARIADB_105, NOCOPY)], ids=["mysql", "mariadb"]
)
def test_a_foreign_key_is_checked_by_a_copy(database: MySQL | MariaDB, unchecked: str) -> None:
    checked = Replay(database, [AUTHOR, BOOK]).run(ADD_KEY)
    assert way(checked) == COPY
    assert [(failure.kind, failure.rows) for failure in checked.failures] == [
        ("foreign-key-violated", "author_id of some row is not in author")
    ]
    free = Replay(database, [AUTHOR, BOOK, "SET foreign_key_checks = 0"]).run(ADD_KEY)
    assert (way(free), [work.kind for work in free.work], free.failures) == (unchecked, ["index build"], ())
    assert {lock.table for lock in checked.locks} == {"book", "author"}


@pytest.mark.parametrize(
    ("database", "sql", "failures"),
    [
        (MYSQL_84, f"{RETYPE}, ALGORITHM=INPLACE", ["MySQL refuses ALGORITHM=INPLACE: this takes ALGORITHM=COPY"]),
        (MYSQL_84, f"{RETYPE}, LOCK=NONE", ["MySQL refuses LOCK=NONE: this takes LOCK=SHARED"]),
        (MARIADB_114, f"{RETYPE}, LOCK=NONE", []),
        (MYSQL_84, f"{ADD_LAST}, ALGORITHM=INSTANT", []),
        (MYSQL_84, f"{ADD_LAST}, ALGORITHM=INPLACE, LOCK=NONE", []),
        (MYSQL_57, f"{ADD_LAST}, ALGORITHM=INSTANT", ["MySQL refuses ALGORITHM=INSTANT: this takes ALGORITHM=INPLACE"]),
        (
            MYSQL_84,
            "ALTER TABLE book ADD COLUMN r double DEFAULT (RAND()) NOT NULL",
            ["MySQL refuses the default of r (error 1674): the binary log cannot replay it"],
        ),
        (MARIADB_105, "ALTER TABLE book ADD COLUMN r double DEFAULT (RAND()) NOT NULL", []),
        (MYSQL_84, "ALTER TABLE book ADD PRIMARY KEY (n)", ["MySQL refuses a second primary key for book"]),
        (
            MYSQL_84,
            "ALTER TABLE book ADD CONSTRAINT fk FOREIGN KEY (n) REFERENCES author (id)",
            ["MySQL refuses fk: n is int, id of author bigint"],
        ),
    ],
)
def test_what_is_refused_whatever_the_rows_are(database: MySQL | MariaDB, sql: str, failures: list[str]) -> None:
    assert certain_failures(Replay(database, [AUTHOR, BOOK]).run(sql)) == failures


@pytest.mark.parametrize(
    ("sql", "kind", "rows"),
    [
        ("ALTER TABLE book MODIFY n int NOT NULL", "null-values", "n is NULL in some row"),
        (
            "ALTER TABLE book MODIFY title varchar(10) NOT NULL",
            "too-long",
            "a value of title does not fit into it",
        ),
        ("ALTER TABLE book MODIFY title int NOT NULL", "invalid-cast", "a value of title is none"),
        ("ALTER TABLE book ADD UNIQUE u (title)", "duplicates", "two rows have the same title"),
        ("ALTER TABLE book ADD COLUMN x int NOT NULL UNIQUE", "duplicates", "the table has two rows or more"),
        ("ALTER TABLE book ADD COLUMN x date NOT NULL", "not-null-without-default", "the table has a row"),
    ],
)
def test_what_is_refused_for_some_rows(sql: str, kind: str, rows: str) -> None:
    effect = Replay(MYSQL_84, [AUTHOR, BOOK]).run(sql)
    assert [(failure.kind, failure.rows) for failure in effect.failures] == [(kind, rows)]


def test_a_column_nobody_made_is_unknown() -> None:
    effect = Replay(MYSQL_84).run("ALTER TABLE legacy MODIFY x bigint NULL")
    assert (effect.algorithm, effect.unknown) == (None, ("what x was before: the history does not make it",))


@pytest.mark.parametrize("database", [MYSQL_84, MARIADB_105])
@pytest.mark.parametrize("sql", ["PARTITION BY HASH (id) PARTITIONS 4", "REMOVE PARTITIONING"])
def test_a_table_is_copied_into_other_partitions(database: MySQL | MariaDB, sql: str) -> None:
    effect = Replay(database, [AUTHOR, BOOK]).run(f"ALTER TABLE book {sql}")
    assert (way(effect), rewrites(effect), effect.unknown) == (COPY, {"book"}, ())


@pytest.mark.parametrize(
    ("sql", "unknown"),
    [
        ("COALESCE PARTITION 2", "what changing the partitions of book costs"),
        ("ADD PARTITION PARTITIONS 2", "what changing the partitions of book costs"),
        ("DROP PARTITION p", "which rows of book go with the partition"),
        ("TRUNCATE PARTITION ALL", "which rows of book go with the partition"),
        ("ORDER BY title", "what ordering the rows of book costs"),
    ],
)
@pytest.mark.parametrize("database", [MYSQL_84, MARIADB_105])
def test_what_else_partitions_cost_is_unknown(database: MySQL | MariaDB, sql: str, unknown: str) -> None:
    assert Replay(database, [AUTHOR, BOOK]).run(f"ALTER TABLE book {sql}").unknown == (unknown,)


def test_nothing_stays_locked_after_a_statement() -> None:
    replay = Replay(MYSQL_84, [AUTHOR, BOOK])
    effect = replay.run(RETYPE)
    assert {(lock.table, lock.mode.name) for lock in effect.locks} == {("book", "an exclusive metadata lock")}
    assert replay.session == Session(new_tables=frozenset({"author", "book"}))


def test_a_dropped_parent_is_refused_while_it_is_referenced() -> None:
    before = [AUTHOR, BOOK, ADD_KEY]
    assert certain_failures(Replay(MYSQL_84, before).run("DROP TABLE author")) == [
        "MySQL refuses it: the foreign key fk of book refers to author"
    ]
    assert certain_failures(Replay(MYSQL_84, [*before, "SET foreign_key_checks = 0"]).run("DROP TABLE author")) == []


def test_a_backfill_names_its_rows() -> None:
    (work,) = Replay(MYSQL_84, [AUTHOR, BOOK]).run("UPDATE book SET n = 1").work
    assert (work.kind, work.table, work.under.blocks_writes) == ("update", "book", False)
