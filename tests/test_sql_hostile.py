"""Text that no one would write by hand: it takes bounded time, raises nothing and hides nothing that follows."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_lint.model import statements as s
from migration_lint.readers.sql import read_sql

DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite", "generic", "oracle")


def read(sql: str, dialect: str = "postgresql") -> list[s.Statement]:
    return [statement for command in read_sql(sql, dialect) for statement in command.statements]


def test_deep_brackets_are_not_analysed_and_hide_nothing() -> None:
    sql = f"ALTER TABLE t ADD CHECK ({'(' * 10_000}1{')' * 10_000}); DROP TABLE x"
    assert read(sql) == [
        s.Unanalysed("ALTER TABLE t ADD", "its brackets nest deeper than 500"),
        s.DropTable("x"),
    ]


@pytest.mark.parametrize("opening", ["DO", "DO $x$ BEGIN EXECUTE"])
def test_blocks_in_blocks_are_not_followed_for_ever(opening: str) -> None:
    tags = [f"$a{number}$" for number in range(2_000)]
    sql = (
        "".join(f"{opening} {tag} BEGIN " for tag in tags)
        + "DROP TABLE y;"
        + "".join(f" END {tag}" for tag in tags[::-1])
    )
    assert read(f"{sql}; DROP TABLE x")


def test_an_insert_of_many_rows_is_one_statement() -> None:
    rows = ",".join(f"({number}, 'a;''b', NULL)" for number in range(100_000))
    assert read(f"INSERT INTO t (a, b, c) VALUES {rows}; DROP TABLE x") == [
        s.Insert("t", ("a", "b", "c"), 100_000),
        s.DropTable("x"),
    ]


def test_of_a_text_that_is_too_large_only_heads_are_read() -> None:
    columns = ", ".join(f"c{number} integer" for number in range(500))
    sql = f"CREATE TABLE t ({columns}); INSERT INTO t VALUES (1); DROP TABLE x"
    commands = read_sql(sql, "postgresql", longest=5_000)
    assert [statement for command in commands for statement in command.statements] == [
        s.Unanalysed("CREATE TABLE t", "the text is too large, so long statements are not looked into"),
        s.Insert("t", None),
        s.DropTable("x"),
    ]


def test_what_follows_after_too_many_statements_is_not_read_and_said_to_be_so() -> None:
    sql = "CREATE TABLE a (); " + "INSERT INTO a VALUES (1); " * 4 + "DROP TABLE b; DROP TABLE c; DROP TABLE d;\n\n"
    reason = "3 statements of one text come before it, and no more are read"
    commands = list(read_sql(sql, "postgresql", lambda *place: place, most=3))  # type: ignore[arg-type, return-value]
    assert [statement for command in commands for statement in command.statements][-2:] == [
        s.DropTable("b"),
        s.Unanalysed("from DROP TABLE c on", reason),
    ]
    assert [commands[-1].sql, commands[-1].span] == ["DROP TABLE c", (sql.index("DROP TABLE c"), len(sql) - 2)]


def test_no_statement_is_lost_below_the_limit() -> None:
    sql = "DROP TABLE b;" * 3 + " -- the end\n"
    assert [statement for command in read_sql(sql, "postgresql", most=3) for statement in command.statements] == [
        s.DropTable("b")
    ] * 3


@pytest.mark.parametrize(
    "opening",
    ["{{ ", "{% ", "${", "$a$ $b$ ", "/* ", "(", "'", '"', "\\", "--", "CASE ", "GO\n", "[a", "E'", "U&'", "#"],
)
@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "generic"])
def test_what_is_opened_again_and_again_ends(opening: str, dialect: str) -> None:
    assert read("SELECT " + opening * 5_000 + "; DROP TABLE x", dialect)


def test_many_bodies_that_never_end_take_linear_time() -> None:
    found = read("CREATE TRIGGER t BEGIN x;\n" * 3_000 + "DROP TABLE x", "mysql")
    assert found[-1] == s.DropTable("x")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_binary_is_read_without_a_crash(dialect: str) -> None:
    read(bytes(range(256)).decode("latin-1") * 20 + "\x00\ud800", dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "foreign",
    [
        "ALTER TABLE t MODIFY (a NUMBER(10) NOT NULL)",
        "EXEC sp_rename 'a.b', 'c', 'COLUMN'",
        "IF EXISTS (SELECT 1) DROP TABLE y",
        "ALTER TABLE t ADD COLUMN a int AFTER b",
        "CREATE TABLE [dbo].[t] ([id] int IDENTITY(1, 1))",
        "ALTER TABLE t ADD a int, b int",
        "PRAGMA foreign_keys = off",
        "ALTER SESSION SET x = 1",
    ],
)
def test_another_dialects_statement_hides_nothing(foreign: str, dialect: str) -> None:
    assert read(f"{foreign}; DROP TABLE x", dialect)[-1] == s.DropTable("x")


SOUP = r"""ALTER TABLE ADD COLUMN DROP CREATE INDEX ON CONSTRAINT PRIMARY KEY FOREIGN REFERENCES CHECK UNIQUE DEFAULT
    NOT NULL AS SELECT FROM WHERE UPDATE SET INSERT INTO VALUES DELETE WITH TYPE USING GENERATED IDENTITY RENAME TO VIEW
    TRIGGER FUNCTION EXECUTE BEGIN END CASE WHEN THEN MODIFY CHANGE GRANT COMMENT IS LOCK VACUUM REINDEX TRUNCATE COPY
    STDIN MERGE MATCHED EXCLUDE PARTITION OF BY FOR ATTACH DETACH a b.c "d" `e` [f] 'g' $$h$$ 1 2.5 ( ) , . ; = :: * +
    {{i}} ${j} %s :k @l /* */ -- E' # \copy \x DELIMITER GO DO BEGIN IF LOOP EXCEPTION DECLARE"""
WORDS = [*SOUP.split(), "\n"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25), st.sampled_from(DIALECTS))
def test_no_soup_of_words_raises(words: list[str], dialect: str) -> None:
    for command in read_sql(" ".join(words), dialect):
        assert command.statements


HEADS = ["ALTER TABLE t", "CREATE TABLE t (", "CREATE INDEX i ON t (", "UPDATE t SET", "INSERT INTO t", "DELETE FROM t",
         "CREATE VIEW v AS SELECT", "MERGE INTO t", "GRANT a", "COMMENT ON", "DROP", "SET", "LOCK", "ALTER TYPE t",
         "ALTER TABLE t ADD", "ALTER TABLE t ALTER a", "CREATE", "WITH a AS (", "RENAME TABLE", "REINDEX"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(HEADS), st.lists(st.sampled_from(WORDS), max_size=15), st.sampled_from(DIALECTS))
def test_no_soup_after_a_head_raises(head: str, words: list[str], dialect: str) -> None:
    for command in read_sql(" ".join([head, *words]), dialect):
        assert command.statements


@given(st.text(max_size=80), st.sampled_from(DIALECTS))
def test_no_text_raises(text: str, dialect: str) -> None:
    for command in itertools.islice(read_sql(text, dialect), 100):
        assert command.statements
