"""What a finding on SQL tells people to write, for each tool that runs folders of SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_lint import config, lint
from migration_lint.advice.sql_text import one_line, quoted
from migration_lint.rule_page import Section
from migration_lint.testing import lint_section

TABLE = "CREATE TABLE book (id bigint PRIMARY KEY, title varchar(50));\n"
INDEX = "CREATE INDEX book_title ON book (title);\n"
BUILT = "CREATE INDEX CONCURRENTLY book_title ON book (title);"
DROPPED = "DROP INDEX CONCURRENTLY book_title;"

FOLDERS = {
    "plain": (
        {"m/001_a.sql": TABLE, "m/002_b.sql": INDEX},
        ["-- m/003_index_book_title.sql", BUILT],
    ),
    "flyway": (
        {"m/V1__a.sql": TABLE, "m/V1.1__b.sql": INDEX},
        [
            "-- m/V1.2__index_book_title.sql",
            BUILT,
            "-- m/V1.2__index_book_title.sql.conf",
            "executeInTransaction=false",
        ],
    ),
    "golang-migrate": (
        {
            "m/000001_a.up.sql": TABLE,
            "m/000001_a.down.sql": "DROP TABLE book;",
            "m/000002_b.up.sql": INDEX,
            "m/000002_b.down.sql": "DROP INDEX book_title;",
        },
        ["-- m/000003_index_book_title.up.sql", BUILT, "-- m/000003_index_book_title.down.sql", DROPPED],
    ),
    "goose": (
        {"m/00001_a.sql": f"-- +goose Up\n{TABLE}", "m/00002_b.sql": f"-- +goose Up\n{INDEX}"},
        [
            "-- m/00003_index_book_title.sql",
            "-- +goose NO TRANSACTION",
            "-- +goose Up",
            BUILT,
            "-- +goose Down",
            DROPPED,
        ],
    ),
    "dbmate": (
        {"m/20240101000000_a.sql": f"-- migrate:up\n{TABLE}", "m/20240102000000_b.sql": f"-- migrate:up\n{INDEX}"},
        [
            "-- m/20240102000001_index_book_title.sql",
            "-- migrate:up transaction:false",
            BUILT,
            "-- migrate:down transaction:false",
            DROPPED,
        ],
    ),
    "sqlx": (
        {"Cargo.toml": "", "m/1_a.sql": TABLE, "m/2_b.sql": INDEX},
        ["-- m/3_index_book_title.sql", "-- no-transaction", BUILT],
    ),
    "diesel": (
        {
            "m/2024-01-01-000000_a/up.sql": TABLE,
            "m/2024-01-01-000000_a/down.sql": "DROP TABLE book;",
            "m/2024-01-02-000000_b/up.sql": INDEX,
            "m/2024-01-02-000000_b/down.sql": "DROP INDEX book_title;",
        },
        [
            "-- m/2024-01-02-000001_index_book_title/up.sql",
            BUILT,
            "-- m/2024-01-02-000001_index_book_title/down.sql",
            DROPPED,
            "-- m/2024-01-02-000001_index_book_title/metadata.toml",
            "run_in_transaction = false",
        ],
    ),
    "prisma": (
        {"m/20240101000000_a/migration.sql": TABLE, "m/20240102000000_b/migration.sql": INDEX},
        ["-- m/20240102000001_index_book_title/migration.sql", BUILT],
    ),
    "liquibase": (
        {"m/log.sql": f"--liquibase formatted sql\n--changeset ann:1\n{TABLE}--changeset ann:2\n{INDEX}"},
        ["-- log.sql:", "--changeset ann:index_book_title runInTransaction:false", BUILT, f"--rollback {DROPPED}"],
    ),
}


@pytest.mark.parametrize("tool", FOLDERS)
def test_an_index_is_built_outside_of_a_transaction(tmp_path: Path, tool: str) -> None:
    files, expected = FOLDERS[tool]
    for name, text in {"pyproject.toml": "[tool.migration-lint]\n", **files}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = config.load([tmp_path], overrides=['select=["blocking-index"]']).settings
    (found,) = lint.lint([tmp_path], settings, folder=tmp_path).findings
    first, *lines = found.advice.splitlines()
    assert first.startswith("-- Take this statement out of ")
    assert lines == expected


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("book", "book"),
        ("app.book", "app.book"),
        ("Order Line", '"Order Line"'),
        ("app.order", 'app."order"'),
        ('a"b', '"a""b"'),
    ],
)
def test_names_are_quoted_where_they_need_it(name: str, written: str) -> None:
    assert quoted(name) == written


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE INDEX -- for the search\n  i ON book (title) ;\n", "CREATE INDEX i ON book (title)"),
        ("SELECT '--  a  /* b */' /* c */ ;", "SELECT '--  a  /* b */'"),
        ('SELECT $$ a  -- b\n$$, "x  y"', 'SELECT $$ a  -- b\n$$, "x  y"'),
    ],
)
def test_a_statement_on_one_line(sql: str, expected: str) -> None:
    assert one_line(sql) == expected


def test_a_psql_variable_stays_one_in_advice() -> None:
    files = {
        "migrations/001_jobs.sql": "CREATE TABLE :app.jobs (id bigint PRIMARY KEY, n integer);\n",
        "migrations/002_n.sql": "ALTER TABLE :app.jobs ALTER COLUMN n TYPE smallint;\n",
    }
    advice = {finding.rule: finding.advice for finding in lint_section(Section("Variable", 1, files))}
    assert advice["narrow-column"].split("\n")[-1] == "ALTER TABLE :app.jobs ADD COLUMN n_new smallint;"
