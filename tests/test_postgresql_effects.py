"""What PostgreSQL's module says beyond what one server can be asked: versions, transactions, and what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from migration_lint.databases.base import Session
from migration_lint.databases.postgresql import PostgreSQL
from migration_lint.databases.postgresql.locks import ACCESS_EXCLUSIVE, SHARE
from migration_lint.effects import Effect
from migration_lint.readers.sql import read_sql
from migration_lint.schema import Schema

BOOK = """
CREATE TABLE author (id bigint PRIMARY KEY, name text);
CREATE TABLE book (id bigint PRIMARY KEY, title varchar(50) NOT NULL, n integer, at timestamptz,
  author bigint CONSTRAINT book_author REFERENCES author (id) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX book_title ON book (title);
ALTER TABLE book ADD CONSTRAINT has_n CHECK (n IS NOT NULL);
"""


def schema(sql: str = BOOK) -> Schema:
    found = Schema()
    for command in read_sql(sql, "postgresql"):
        for statement in command.statements:
            found = found.apply(statement)
    return found


def run(sql: str, version: int = 18, session: Session | None = None, before: Schema | None = None) -> Effect:
    """The effect of the last command in `sql`, the others being run before it."""
    database, state = PostgreSQL((version,)), before if before is not None else schema()
    current, effect = session or Session(), Effect()
    for command in read_sql(sql, "postgresql"):
        effect, current = database.execute(command, state, current)
        for statement in command.statements:
            state = state.apply(statement)
    return effect


def locks(effect: Effect) -> dict[str, str]:
    return {lock.table: lock.mode.name for lock in effect.locks}


def work(effect: Effect) -> list[tuple[str, str, str]]:
    """What is sure to be done."""
    return [(each.kind, each.table, each.under.name) for each in effect.work if each.sure]


def doubtful(effect: Effect) -> list[tuple[str, str, str]]:
    return [(each.kind, each.table, each.why) for each in effect.work if not each.sure]


def failures(effect: Effect) -> list[tuple[str, str]]:
    return [(each.kind, each.message) for each in effect.failures if each.rows is None]


def test_a_detached_partition_is_ended_as_weakly_as_it_was_begun() -> None:
    """Seen on PostgreSQL 18, where a DETACH CONCURRENTLY had been cancelled while it waited."""
    tables = "CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE q PARTITION OF p FOR VALUES FROM (1) TO (9)"
    effect = run("ALTER TABLE p DETACH PARTITION q FINALIZE", before=schema(tables))
    assert (locks(effect), work(effect), failures(effect)) == (
        {"p": "SHARE UPDATE EXCLUSIVE", "q": "ACCESS EXCLUSIVE"},
        [],
        [],
    )


NOT_ATOMIC = Session(transactional=False)


def test_title() -> None:
    assert PostgreSQL((16, 2)).title == "PostgreSQL 16"


@pytest.mark.parametrize(
    ("sql", "version", "needed"),
    [
        ("REINDEX TABLE CONCURRENTLY book", 11, "REINDEX CONCURRENTLY needs PostgreSQL 12"),
        ("ALTER TABLE p DETACH PARTITION q CONCURRENTLY", 13, "DETACH PARTITION CONCURRENTLY needs PostgreSQL 14"),
        ("ALTER TABLE book SET ACCESS METHOD heap2", 14, "SET ACCESS METHOD needs PostgreSQL 15"),
        ("CREATE UNIQUE INDEX i ON book (n) NULLS NOT DISTINCT", 14, "NULLS NOT DISTINCT needs PostgreSQL 15"),
        ("ALTER TABLE book ADD UNIQUE NULLS NOT DISTINCT (n)", 14, "NULLS NOT DISTINCT needs PostgreSQL 15"),
        ("ALTER TABLE book ALTER n SET EXPRESSION AS (id + 1)", 16, "SET EXPRESSION needs PostgreSQL 17"),
        (
            "ALTER TABLE book ADD g bigint GENERATED ALWAYS AS (n + 1) VIRTUAL",
            17,
            "a virtual generated column needs PostgreSQL 18",
        ),
        (
            "ALTER TABLE book ADD CONSTRAINT c NOT NULL n NOT VALID",
            17,
            "a NOT NULL table constraint needs PostgreSQL 18",
        ),
    ],
)
def test_a_feature_fails_before_its_version_and_not_from_it_on(sql: str, version: int, needed: str) -> None:
    assert failures(run(sql, version, NOT_ATOMIC)) == [("invalid-definition", needed)]
    assert failures(run(sql, version + 1, NOT_ATOMIC)) == []


def test_attaching_a_partition_locks_its_parent_less_since_12() -> None:
    sql = "ALTER TABLE parent ATTACH PARTITION part FOR VALUES FROM (0) TO (9)"
    assert locks(run(sql, 11)) == {"parent": "ACCESS EXCLUSIVE", "part": "ACCESS EXCLUSIVE"}
    assert locks(run(sql, 12)) == {"parent": "SHARE UPDATE EXCLUSIVE", "part": "ACCESS EXCLUSIVE"}


@pytest.mark.parametrize(
    ("check", "scanned"),
    [
        ("CHECK (id >= 0 AND id < 9)", False),
        ('CHECK ("id" >= 0::bigint AND ("id" < 9))', False),
        ("CHECK (id >= 0)", True),
        ("CHECK (id >= 0 AND id < 10)", True),
        ("CHECK (id >= 0 OR id < 9)", True),
        ("CHECK (n >= 0 AND n < 9)", True),
    ],
)
def test_a_check_with_the_bounds_saves_the_scan_of_an_attached_partition(check: str, scanned: bool) -> None:
    before = schema(
        f"CREATE TABLE part (id bigint NOT NULL, n bigint, {check}); CREATE TABLE parent (id bigint NOT NULL)"
    )
    effect = run("ALTER TABLE parent ATTACH PARTITION part FOR VALUES FROM (0) TO (9)", before=before)
    assert bool(effect.work) is scanned


def test_a_check_with_the_values_saves_the_scan_of_an_attached_list_partition() -> None:
    before = schema(
        "CREATE TABLE part (k text NOT NULL, CHECK (k IN ('a', 'b'))); CREATE TABLE parent (k text NOT NULL)"
    )
    attached = "ALTER TABLE parent ATTACH PARTITION part FOR VALUES IN ({})"
    assert work(run(attached.format("'a','b'"), before=before)) == []
    assert work(run(attached.format("'a'"), before=before)) == [("scan", "part", "ACCESS EXCLUSIVE")]


def test_set_not_null_reads_all_rows_unless_a_check_proves_it() -> None:
    scan = [("scan", "book", "ACCESS EXCLUSIVE")]
    assert work(run("ALTER TABLE book ALTER COLUMN n SET NOT NULL", 11)) == scan
    assert work(run("ALTER TABLE book ALTER COLUMN n SET NOT NULL", 12)) == []
    assert work(run("ALTER TABLE book ALTER COLUMN author SET NOT NULL", 12)) == scan
    not_valid = "ALTER TABLE book ADD CONSTRAINT c CHECK (author IS NOT NULL) NOT VALID;"
    assert work(run(f"{not_valid} ALTER TABLE book ALTER COLUMN author SET NOT NULL")) == scan
    valid = f"{not_valid} ALTER TABLE book VALIDATE CONSTRAINT c;"
    assert work(run(f"{valid} ALTER TABLE book ALTER COLUMN author SET NOT NULL")) == []


def test_work_runs_under_the_strongest_lock_that_the_transaction_holds() -> None:
    assert work(run("CREATE INDEX i ON book (n)")) == [("index build", "book", "SHARE")]
    sql = "ALTER TABLE book ADD y integer; CREATE INDEX i ON book (n)"
    assert work(run(sql)) == [("index build", "book", "ACCESS EXCLUSIVE")]
    assert work(run(sql, session=NOT_ATOMIC)) == [("index build", "book", "SHARE")]
    held = Session(held={"book": ACCESS_EXCLUSIVE})
    assert work(run("COMMIT; CREATE INDEX i ON book (n)", session=held)) == [("index build", "book", "SHARE")]
    renamed = "ALTER TABLE book RENAME TO tome; CREATE INDEX i ON tome (n)"
    assert work(run(renamed)) == [("index build", "tome", "ACCESS EXCLUSIVE")]


def test_one_pass_serves_all_subcommands_of_an_alter_table() -> None:
    sql = "ALTER TABLE book ALTER n TYPE bigint, ALTER author SET NOT NULL, ADD CHECK (n > 0), ADD y integer DEFAULT 1"
    assert work(run(sql)) == [("rewrite", "book", "ACCESS EXCLUSIVE")]
    sql = "ALTER TABLE book ADD CONSTRAINT c CHECK (author IS NOT NULL), ADD CONSTRAINT f CHECK (n > 0)"
    assert work(run(sql)) == [("scan", "book", "ACCESS EXCLUSIVE")] * 2


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE INDEX CONCURRENTLY i ON book (n)", "CREATE INDEX CONCURRENTLY"),
        ("DROP INDEX CONCURRENTLY book_title", "DROP INDEX CONCURRENTLY"),
        ("REINDEX INDEX CONCURRENTLY book_title", "REINDEX CONCURRENTLY"),
        ("REINDEX SCHEMA public", "REINDEX SCHEMA"),
        ("VACUUM book", "VACUUM"),
        ("VACUUM FULL book", "VACUUM"),
        ("CREATE DATABASE d", "CREATE DATABASE"),
        ("DROP DATABASE d", "DROP DATABASE"),
        ("ALTER TABLE p DETACH PARTITION q CONCURRENTLY", "ALTER TABLE ... DETACH CONCURRENTLY"),
    ],
)
def test_what_cannot_run_in_a_transaction(sql: str, words: str) -> None:
    refused = [("in-transaction", f"{words} cannot run inside a transaction block")]
    assert failures(run(sql)) == refused
    assert failures(run(sql, session=replace(NOT_ATOMIC, several=True))) == refused
    assert failures(run(sql, session=NOT_ATOMIC)) == []


def test_a_new_enum_value_waits_for_the_commit() -> None:
    mood = "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE day (id bigint, m mood, t text);"
    added, before = "ALTER TYPE mood ADD VALUE 'sad';", schema(mood)
    used = "INSERT INTO day (id, m) VALUES (1, 'sad')"
    unsafe = [("new-enum-value", 'unsafe use of new value "sad" of enum type mood')]
    assert failures(run(added + used, before=before)) == unsafe
    assert failures(run(added + used, session=NOT_ATOMIC, before=before)) == []
    assert failures(run(added + used.replace("'sad'", "'ok'"), before=before)) == []
    assert failures(run(mood + added + used, before=Schema())) == []
    assert failures(run(added + "ALTER TABLE day ALTER COLUMN m SET DEFAULT 'sad'", before=before)) == unsafe
    assert failures(run(added, 11, before=before)) == [
        ("in-transaction", "ALTER TYPE ... ADD cannot run inside a transaction block")
    ]


def test_deferred_foreign_keys_leave_triggers_pending() -> None:
    altered = "ALTER TABLE book ADD y integer"
    refused = [("pending-trigger-events", 'cannot ALTER TABLE "book" because it has pending trigger events')]
    inserted = "INSERT INTO book (id, title, author) VALUES (1, 'a', 1);"
    assert failures(run(inserted + altered)) == refused
    assert failures(run(inserted + "SET CONSTRAINTS ALL IMMEDIATE;" + altered)) == []
    assert failures(run("SET CONSTRAINTS book_author IMMEDIATE;" + inserted + altered)) == []
    assert failures(run(inserted + altered, session=NOT_ATOMIC)) == []
    assert failures(run("UPDATE book SET author = 2;" + altered)) == refused
    assert failures(run("UPDATE book SET author = NULL;" + altered)) == []
    assert failures(run("UPDATE book SET author = author;" + altered)) == []
    assert failures(run("UPDATE book SET n = 2;" + altered)) == []
    assert failures(run("UPDATE book SET n = 2; UPDATE book SET n = 3;" + altered)) == refused
    assert failures(run("ALTER TABLE book ALTER n TYPE bigint; UPDATE book SET n = 3;" + altered)) == refused
    assert failures(run("DELETE FROM author;" + altered)) == []
    assert failures(run("DELETE FROM author; ALTER TABLE author ADD y integer")) != []
    assert failures(run(inserted + "ALTER TABLE book RENAME COLUMN n TO m")) == []


def test_timestamps_change_without_a_rewrite_in_utc_only() -> None:
    sql = "ALTER TABLE book ALTER COLUMN at TYPE timestamp"
    unknown = run(sql)
    why = "to store at as timestamp, unless the session's time zone is UTC"
    assert (work(unknown), doubtful(unknown)) == ([], [("rewrite", "book", why)])
    assert work(run("SET TimeZone = 'UTC';" + sql)) == []
    assert work(run("SET TimeZone = 'Europe/Paris';" + sql)) == [("rewrite", "book", "ACCESS EXCLUSIVE")]
    assert work(run(sql, 11)) == [("rewrite", "book", "ACCESS EXCLUSIVE")]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "ALTER TABLE book ADD y some_type DEFAULT 'x'",
            "whether book is rewritten: it is if some_type is a domain with constraints",
        ),
        (
            "ALTER TABLE stranger ALTER COLUMN x TYPE text",
            "whether stranger is rewritten: the type of stranger.x before is not known",
        ),
        (
            "ALTER TABLE stranger DROP COLUMN x",
            "what hangs on stranger.x: the history did not make it",
        ),
        (
            "ALTER TABLE stranger VALIDATE CONSTRAINT c",
            "what constraint c is: the history did not make it",
        ),
        ("DROP TYPE IF EXISTS thing; DROP FUNCTION f() CASCADE", "what DROP FUNCTION f CASCADE takes with it"),
    ],
)
def test_what_is_not_known_is_said(sql: str, reason: str) -> None:
    assert run(sql).unknown == (reason,)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (
            "ALTER TABLE book ADD y integer DEFAULT our_own()",
            "to give every row its y, unless our_own is declared STABLE or IMMUTABLE",
        ),
        (
            "ALTER TABLE stranger ALTER COLUMN x TYPE bigint",
            "to store x as bigint, unless its values are stored alike already",
        ),
        (
            "ALTER TABLE stranger ALTER COLUMN x TYPE varchar(80)",
            "to store x as varchar(80), unless its values are stored alike already",
        ),
    ],
)
def test_what_may_be_done_is_said(sql: str, why: str) -> None:
    effect = run(sql)
    assert (work(effect), [reason for _, _, reason in doubtful(effect)], effect.unknown) == ([], [why], ())


def test_every_effect_names_its_sources() -> None:
    assert {source.text for source in run("ALTER TABLE book ADD y integer").sources} == {
        "measured on PostgreSQL 15 to 18"
    }
    sources = {source.text for source in run("ALTER TABLE book SET TABLESPACE fast").sources}
    assert sources == {"https://www.postgresql.org/docs/current/sql-altertable.html"}


def test_reindex_locks_out_reads_through_the_index() -> None:
    (lock,) = run("REINDEX TABLE book").locks
    assert (lock.mode.name, lock.mode.blocks_reads, lock.mode.blocks_writes) == ("SHARE", True, True)
    assert (SHARE.blocks_reads, SHARE.blocks_writes) == (False, True)
