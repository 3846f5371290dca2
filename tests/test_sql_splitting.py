"""Where statements begin and end: whatever can hide a semicolon, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_lint.readers.sql import split

DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite", "generic")


def texts(sql: str, dialect: str = "postgresql") -> list[str]:
    return [sql[raw.start : raw.end] for raw in split(sql, dialect) if raw.kind != "empty"]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "first",
    [
        "SELECT 'a;b'",
        "SELECT 'it''s; so'",
        'SELECT 1 AS "a;b"',
        "SELECT 1 /* ; */ + 1",
        "SELECT 1 -- ; '\n + 1",
        "CREATE TABLE begin (begin int, end int)",
        "SELECT begin FROM t",
        "SELECT '{{ a }}'",
        "SELECT {{ a|default(';') }}",
    ],
)
def test_a_drop_after_it_is_seen(first: str, dialect: str) -> None:
    assert texts(f"{first};\nDROP TABLE x", dialect) == [first, "DROP TABLE x"]


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("postgresql", r"VALUES ('C:\'); DROP TABLE x", [r"VALUES ('C:\')", "DROP TABLE x"]),
        ("sqlite", r"VALUES ('C:\'); DROP TABLE x", [r"VALUES ('C:\')", "DROP TABLE x"]),
        ("generic", r"VALUES ('C:\'); DROP TABLE x", [r"VALUES ('C:\')", "DROP TABLE x"]),
        ("mysql", r"VALUES ('it\'s;'); DROP TABLE x", [r"VALUES ('it\'s;')", "DROP TABLE x"]),
        ("mysql", 'VALUES ("a\\";"); DROP TABLE x', ['VALUES ("a\\";")', "DROP TABLE x"]),
        ("postgresql", r"VALUES (E'it\'s;'); DROP TABLE x", [r"VALUES (E'it\'s;')", "DROP TABLE x"]),
        ("postgresql", r"e'\';'; DROP TABLE x", [r"e'\';'", "DROP TABLE x"]),
        ("postgresql", r"SELECT namee'\'; DROP TABLE x", [r"SELECT namee'\'", "DROP TABLE x"]),
        ("postgresql", r"SELECT U&'\0041;'; DROP TABLE x", [r"SELECT U&'\0041;'", "DROP TABLE x"]),
        ("postgresql", "/* a /* b */ ; */ DROP TABLE x; SELECT 1", ["DROP TABLE x", "SELECT 1"]),
        ("mysql", "/* a /* b */ DROP TABLE x; SELECT 1", ["DROP TABLE x", "SELECT 1"]),
        ("mysql", "SELECT 1; # it's\nDROP TABLE x", ["SELECT 1", "DROP TABLE x"]),
        ("generic", "# it's\nDROP TABLE x; SELECT 1", ["DROP TABLE x", "SELECT 1"]),
        ("postgresql", "SELECT 1; -- it's\rDROP TABLE x", ["SELECT 1", "DROP TABLE x"]),
        ("generic", "SELECT 1; -- it's\rDROP TABLE x", ["SELECT 1", "DROP TABLE x"]),
        ("sqlite", "SELECT 1; -- it's\rDROP TABLE x", ["SELECT 1"]),
        ("postgresql", "SELECT a #> '{b;c}'; DROP TABLE x", ["SELECT a #> '{b;c}'", "DROP TABLE x"]),
        ("mysql", "SELECT 5--3; DROP TABLE x", ["SELECT 5--3", "DROP TABLE x"]),
        ("mysql", "---- it's\nDROP TABLE x;", ["DROP TABLE x"]),
        ("mysql", "SELECT 5\n--3; DROP TABLE x", ["SELECT 5\n--3", "DROP TABLE x"]),
        ("mysql", "SELECT `a;b`; DROP TABLE x", ["SELECT `a;b`", "DROP TABLE x"]),
        ("sqlite", "SELECT [it's;]; DROP TABLE x", ["SELECT [it's;]", "DROP TABLE x"]),
        ("postgresql", "SELECT $$;$$; DROP TABLE x", ["SELECT $$;$$", "DROP TABLE x"]),
        ("postgresql", "SELECT $a$;$b$;$a$; DROP TABLE x", ["SELECT $a$;$b$;$a$", "DROP TABLE x"]),
        ("postgresql", "SELECT a$b$c; DROP TABLE x", ["SELECT a$b$c", "DROP TABLE x"]),
        ("postgresql", "SELECT $1; DROP TABLE x", ["SELECT $1", "DROP TABLE x"]),
        ("postgresql", ";; ;DROP TABLE x;;", ["DROP TABLE x"]),
        ("postgresql", "{% if a == ';' %}DROP TABLE x;{% endif %}", ["DROP TABLE x"]),
        ("postgresql", "{# it's; #}DROP TABLE x", ["DROP TABLE x"]),
    ],
)
def test_a_dialects_own_quotes_and_comments(dialect: str, sql: str, expected: list[str]) -> None:
    assert texts(sql, dialect) == expected


def test_a_begin_atomic_body_is_one_statement() -> None:
    body = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END"
    assert texts(f"{body}; DROP TABLE x") == [body, "DROP TABLE x"]


def test_a_plpgsql_body_is_one_statement() -> None:
    body = "CREATE FUNCTION f() RETURNS trigger AS $f$ BEGIN a := 'x;'; RETURN NEW; END $f$ LANGUAGE plpgsql"
    assert texts(f"{body}; DROP TABLE x") == [body, "DROP TABLE x"]


def test_a_rules_actions_are_one_statement() -> None:
    rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); INSERT INTO b VALUES (2))"
    assert texts(f"{rule}; DROP TABLE x") == [rule, "DROP TABLE x"]


@pytest.mark.parametrize("dialect", ["mysql", "sqlite", "generic"])
def test_a_triggers_body_is_one_statement(dialect: str) -> None:
    trigger = (
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN IF b THEN SET c = 1; END IF; "
        "SET d = CASE WHEN e THEN 1 END; CASE f WHEN 1 THEN SET g = 1; END CASE; END"
    )
    assert texts(f"{trigger};\nDROP TABLE x;", dialect) == [trigger, "DROP TABLE x"]


def test_a_trigger_without_a_block_ends_at_its_semicolon() -> None:
    trigger = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1"
    assert texts(f"{trigger}; DROP TABLE x", "mysql") == [trigger, "DROP TABLE x"]


def test_a_body_that_never_ends_hides_nothing() -> None:
    sql = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET b = 1; DROP TABLE x; DROP TABLE y"
    found = list(split(sql, "mysql"))
    assert texts(sql, "mysql")[1:] == ["DROP TABLE x", "DROP TABLE y"]
    assert found[0].problem is not None
    assert (found[0].problem.offset, found[0].problem.message) == (0, "the body of this routine never ends")
    assert found[1].problem is None


def test_delimiter_changes_what_ends_a_statement() -> None:
    sql = "DELIMITER $$\nCREATE TRIGGER t BEGIN a; b; END$$\ndelimiter ;\nDROP TABLE x;"
    assert [(sql[raw.start : raw.end], raw.kind, raw.terminator) for raw in split(sql, "mysql")] == [
        ("DELIMITER $$", "client", ""),
        ("CREATE TRIGGER t BEGIN a; b; END", "sql", "$$"),
        ("delimiter ;", "client", ""),
        ("DROP TABLE x", "sql", ";"),
    ]


def test_a_column_named_delimiter_changes_nothing() -> None:
    table = "CREATE TABLE t (\n  delimiter varchar(5)\n)"
    assert texts(f"{table};\nDROP TABLE x", "mysql") == [table, "DROP TABLE x"]


def test_conditional_comments_are_run_and_their_marks_are_comments() -> None:
    sql = "/*!40101 SET NAMES utf8 */; /*!50003 CREATE*/ /*!50003 TABLE t (a int) */; DROP TABLE x"
    found = list(split(sql, "mysql"))
    assert [sql[a:b] for a, b in found[1].comments] == ["/*!50003", "*/", "/*!50003", "*/"]
    assert texts(sql, "mysql")[2] == "DROP TABLE x"


def test_copy_data_are_passed_over() -> None:
    sql = "COPY t (a) FROM stdin;\n1\t'2\n;;DROP TABLE y;\n\\.\n\nDROP TABLE x;"
    copy, drop = split(sql, "postgresql")
    assert copy.data is not None
    assert sql[slice(*copy.data)] == "1\t'2\n;;DROP TABLE y;\n"
    assert sql[drop.start : drop.end] == "DROP TABLE x"


def test_copy_data_without_an_end_are_said() -> None:
    (copy,) = split("COPY t FROM STDIN;\n1\n", "postgresql")
    assert copy.problem is not None
    assert copy.problem.message == "the data of this COPY have no end (a line of \\.)"


def test_copy_from_a_program_has_no_data() -> None:
    assert texts("COPY t FROM '/x';\nDROP TABLE x") == ["COPY t FROM '/x'", "DROP TABLE x"]


def test_psql_commands_end_with_their_line() -> None:
    sql = "\\connect it's;\nDROP TABLE x;\nSELECT 1 \\gset\nDROP TABLE y"
    assert [(sql[raw.start : raw.end], raw.kind) for raw in split(sql, "postgresql")] == [
        ("\\connect it's;", "client"),
        ("DROP TABLE x", "sql"),
        ("SELECT 1", "sql"),
        ("\\gset", "client"),
        ("DROP TABLE y", "sql"),
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_go_ends_a_batch(dialect: str) -> None:
    assert texts("GO\nCREATE TABLE a (b int)\nGO\nDROP TABLE x\ngo 5\n", dialect) == [
        "CREATE TABLE a (b int)",
        "DROP TABLE x",
    ]


def test_a_column_named_go_ends_nothing() -> None:
    assert texts("SELECT a,\n go\n FROM t; DROP TABLE x") == ["SELECT a,\n go\n FROM t", "DROP TABLE x"]


@pytest.mark.parametrize(
    ("sql", "offset", "message"),
    [
        ("SELECT 1; SELECT 'abc; DROP TABLE x", 17, "the quote ' is never closed"),
        ('SELECT 1; SELECT "abc; DROP TABLE x', 17, 'the quote " is never closed'),
        ("SELECT 1; SELECT $a$abc; DROP TABLE x", 17, "the dollar quote $a$ is never closed"),
        ("SELECT 1; SELECT /* /* */ abc", 17, "the comment /* is never closed"),
        ("SELECT 1; /* DROP TABLE x", 10, "the comment /* is never closed"),
    ],
)
def test_what_is_never_closed_is_said(sql: str, offset: int, message: str) -> None:
    first, last = split(sql, "postgresql")
    assert first.problem is None
    assert last.problem is not None
    assert (last.problem.offset, last.problem.message) == (offset, message)


def test_comments_stand_apart() -> None:
    sql = "-- one\n/* two */ DROP /* three */ TABLE x -- four\n; -- five\n# six"
    first, last = split(sql, "mysql")
    assert sql[first.start : first.end] == "DROP /* three */ TABLE x"
    assert [sql[a:b] for a, b in first.leading] == ["-- one", "/* two */"]
    assert [sql[a:b] for a, b in first.comments] == ["/* three */", "-- four"]
    assert last.kind == "empty"
    assert [sql[a:b] for a, b in last.leading] == ["-- five", "# six"]


SNIPPETS = st.sampled_from(
    ["SELECT 1", "'a;b'", '"c;d"', "/* ; */", "-- ;\n", "E'\\';'", "$$;$$", "begin", "x", "(", ")", "é", "1.5"]
)


@given(st.lists(st.lists(SNIPPETS, min_size=1, max_size=6), min_size=1, max_size=5))
def test_joining_and_splitting_again_gives_the_same_statements(statements: list[list[str]]) -> None:
    sql = [" ".join(parts) for parts in statements]
    written = [text.strip() for text in texts(";".join(sql))]
    assert written == [text for part in sql for text in texts(part)]


@given(st.text(alphabet="';\"$`-*/#\\\n{}%aeE(x) beginGO", max_size=60), st.sampled_from(DIALECTS))
def test_statements_are_in_order_and_lose_nothing_but_comments(sql: str, dialect: str) -> None:
    position = 0
    for raw in split(sql, dialect):
        for start, end in (*raw.leading, (raw.start, raw.end)):
            assert position <= start <= end <= len(sql)
            between = sql[position:start]
            assert not between.strip() or raw.kind == "client" or set(between) & set(";\\-/#gG")
            position = end
        if raw.data is not None:
            position = raw.data[1]
