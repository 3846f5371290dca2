"""Folders of SQL migrations: the tool, the order, what runs in which transaction, what undoes it."""

from __future__ import annotations

import pytest

from migration_lint.model import statements as s
from migration_lint.model.migration import Dependency
from migration_lint.model.sql import SqlMigration
from migration_lint.model.values import Span
from migration_lint.readers.sql import dialect_of, find_layout, read_folder
from migration_lint.source import Source


def folder(
    files: dict[str, str], *, beside: tuple[str, ...] = (), texts: dict[str, str] | None = None
) -> tuple[SqlMigration, ...]:
    sources = {path: Source(f"db/{path}", text) for path, text in files.items()}
    return read_folder(find_layout(files, beside), sources, "postgresql", "db", texts)


def done(migration: SqlMigration) -> list[s.Statement]:
    return [found for operation in migration.operations for found in operation.command.statements]


def undone(migration: SqlMigration) -> list[s.Statement] | None:
    if migration.down is None:
        return None
    return [found for operation in migration.down for found in operation.command.statements]


@pytest.mark.parametrize(
    ("paths", "beside", "tool", "order"),
    [
        (
            ["V2__b.sql", "V10__c.sql", "V1.1__a.sql", "R__view.sql", "V1__z.sql"],
            (),
            "flyway",
            ["V1__z", "V1.1__a", "V2__b", "V10__c", "R__view"],
        ),
        (["2_b.up.sql", "10_c.up.sql", "2_b.down.sql", "1_a.up.sql"], (), "golang-migrate", ["1_a", "2_b", "10_c"]),
        (["1_a.up.sql", "1_a.down.sql"], ("Cargo.toml",), "sqlx", ["1_a"]),
        (["20240101000000_a.sql"], ("Cargo.toml",), "sqlx", ["20240101000000_a"]),
        (["2024-01-01-000000_a/up.sql", "2024-01-01-000000_a/down.sql"], (), "diesel", ["2024-01-01-000000_a"]),
        (["2024_b/migration.sql", "2023_a/migration.sql"], (), "prisma", ["2023_a", "2024_b"]),
        (["20240101000000_a.sql"], ("supabase",), "supabase", ["20240101000000_a"]),
        (
            ["20250326162113_a/migration.sql", "20260108_b/migration.sql"],
            (),
            "prisma",
            ["20250326162113_a", "20260108_b"],
        ),
        (["20250326162113_a.sql", "20260108_b.sql"], ("supabase",), "supabase", ["20250326162113_a", "20260108_b"]),
        (["20250326162113_a.up.sql", "20260108_b.up.sql"], (), "golang-migrate", ["20260108_b", "20250326162113_a"]),
        (
            ["1.0.1.sql", "1.0.0.sql", "1.0.0a.sql", "1.0.0-rc2.sql", "1.0.0-rc10.sql", "1.0.0-beta1.sql", "0.9.sql"],
            (),
            "plain",
            ["0.9", "1.0.0-beta1", "1.0.0-rc2", "1.0.0-rc10", "1.0.0", "1.0.0a", "1.0.1"],
        ),
        (["10-c.sql", "9-b.sql", "0001 a.sql", "seed.sql"], (), "plain", ["seed", "0001 a", "9-b", "10-c"]),
    ],
)
def test_layouts_are_known_by_their_names(
    paths: list[str], beside: tuple[str, ...], tool: str, order: list[str]
) -> None:
    layout = find_layout(dict.fromkeys(paths, ""), beside)
    assert (layout.tool, [file.name for file in layout.files]) == (tool, order)


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("-- +goose Up\nSELECT 1;", "goose"),
        ("-- migrate:up\nSELECT 1;", "dbmate"),
        ("--liquibase formatted sql\n--changeset a:1\nSELECT 1;", "liquibase"),
    ],
)
def test_layouts_are_known_by_their_marks(text: str, tool: str) -> None:
    assert find_layout({"1_a.sql": text}).tool == tool


def test_a_pair_of_files() -> None:
    (migration,) = folder({"1_a.up.sql": "CREATE TABLE a (b int);", "1_a.down.sql": "DROP TABLE a;"})
    assert migration.path == "db/1_a.up.sql"
    assert migration.name == "1_a"
    assert (migration.atomic, migration.in_one_string, migration.has_downs) == (False, True, True)
    assert [operation.kind for operation in migration.operations] == ["CREATE TABLE"]
    assert migration.operations[0].span == Span(1, 1, 1, 23)
    assert undone(migration) == [s.DropTable("a")]
    assert migration.inputs == ("db/1_a.down.sql",)


def test_a_missing_down_is_none() -> None:
    first, second = folder({"1_a.up.sql": "SELECT 1", "1_a.down.sql": "", "2_b.up.sql": "SELECT 1"})
    assert undone(first) == []
    assert undone(second) is None
    assert second.has_downs


def test_each_depends_on_the_one_before_and_two_of_one_version_on_the_same() -> None:
    migrations = folder({"V1__a.sql": "", "V2__b.sql": "", "V2__c.sql": "", "V3__d.sql": ""})
    assert [migration.dependencies for migration in migrations] == [
        (),
        (Dependency("db", "V1__a"),),
        (Dependency("db", "V1__a"),),
        (Dependency("db", "V2__b"), Dependency("db", "V2__c")),
    ]


def test_goose() -> None:
    text = """-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY i ON t (a)
-- +goose StatementBegin
CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql
-- +goose StatementEnd
-- +goose Down
DROP INDEX i;
"""
    (migration,) = folder({"001_a.sql": text})
    assert migration.atomic is False
    assert [type(found).__name__ for found in done(migration)] == ["CreateIndex", "CreateObject"]
    assert migration.operations[0].span == Span(3, 1, 3, 37)
    assert undone(migration) == [s.DropIndex("i")]


def test_dbmate() -> None:
    (migration,) = folder({"1_a.sql": "-- migrate:up transaction:false\nDROP TABLE a\n\n-- migrate:down\n"})
    assert migration.atomic is False
    assert done(migration) == [s.DropTable("a")]
    assert undone(migration) == []


def test_dbmate_runs_in_a_transaction_else() -> None:
    (migration,) = folder({"1_a.sql": "-- migrate:up\nDROP TABLE a;"})
    assert migration.atomic is True
    assert undone(migration) is None


def test_liquibase_changesets_are_migrations() -> None:
    text = """--liquibase formatted sql

--changeset ann:1
CREATE TABLE a (b int);
--rollback DROP TABLE a;

--changeset bob:2 runInTransaction:false
CREATE INDEX CONCURRENTLY i ON a (b);
"""
    first, second = folder({"changes.sql": text})
    assert [(m.name, m.atomic, m.dependencies) for m in (first, second)] == [
        ("ann:1", True, ()),
        ("bob:2", False, (Dependency("db", "ann:1"),)),
    ]
    assert undone(first) == [s.DropTable("a")]
    assert first.down is not None
    assert first.down[0].span == Span(5, 12, 5, 24)
    assert undone(second) is None
    assert (first.span, second.span) == (Span(3, 1, 7, 1), Span(7, 1, 9, 1))


def test_diesel_reads_its_metadata() -> None:
    files = {"1_a/up.sql": "SELECT 1", "1_a/down.sql": "", "2_b/up.sql": "SELECT 1"}
    migrations = folder(files, texts={"1_a/metadata.toml": "run_in_transaction = false\n"})
    assert [(migration.name, migration.atomic) for migration in migrations] == [("1_a", False), ("2_b", True)]


def test_flyway_leaves_out_the_transaction_where_a_statement_needs_that() -> None:
    migrations = folder(
        {
            "V1__a.sql": "CREATE TABLE a (b int)",
            "V2__b.sql": "CREATE INDEX CONCURRENTLY i ON a (b)",
            "V3__c.sql": "SELECT 1",
            "U1__a.sql": "DROP TABLE a",
        },
        texts={"V3__c.sql.conf": "executeInTransaction=false"},
    )
    assert [migration.atomic for migration in migrations] == [True, False, False]
    assert undone(migrations[0]) == [s.DropTable("a")]


@pytest.mark.parametrize(("text", "atomic"), [("-- no-transaction\nSELECT 1", False), ("SELECT 1", True)])
def test_sqlx_says_when_it_wants_no_transaction(text: str, atomic: bool) -> None:
    (migration,) = folder({"1_a.sql": text}, beside=("Cargo.toml",))
    assert migration.atomic is atomic


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("CREATE TABLE `a` (b int unsigned) ENGINE=InnoDB", "mysql"),
        ("CREATE TABLE a (b serial, c jsonb DEFAULT '{}'::jsonb)", "postgresql"),
        ("CREATE TABLE a (b INTEGER PRIMARY KEY AUTOINCREMENT)", "sqlite"),
        ("CREATE TABLE `a` (`b` INTEGER PRIMARY KEY AUTOINCREMENT, c BIGINT UNSIGNED)", "sqlite"),
        ("CREATE TABLE a (b int)", "generic"),
    ],
)
def test_the_dialect_shows_in_the_text(text: str, dialect: str) -> None:
    assert dialect_of(text) == dialect


@pytest.mark.parametrize(
    ("text", "transaction"),
    [
        ("LOCK TABLE a; ALTER TABLE a ADD b int;", True),
        ("SET LOCAL lock_timeout = '1s'; ALTER TABLE a ADD b int;", True),
        ("BEGIN; LOCK TABLE a; COMMIT; ALTER TABLE a ADD b int;", False),
        ("ALTER TABLE a ADD b int;", False),
    ],
)
def test_who_runs_plain_files_opens_a_transaction_where_they_need_one(text: str, transaction: bool) -> None:
    (migration,) = folder({"1_a.sql": text})
    assert migration.atomic is transaction
