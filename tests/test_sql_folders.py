"""Folders of SQL migrations from paths to findings: what is read, in which order, and where findings point."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.projects import check, found, only, write

BOOK = "CREATE TABLE book (id bigint PRIMARY KEY, title text);\n"
INDEX = "CREATE INDEX book_title ON book (title);\n"
DROP = "DROP TABLE book;\n"


@pytest.mark.parametrize(
    "names",
    [
        ("db/migration/V1__a.sql", "db/migration/V2__b.sql"),
        ("src/sql/V1__a.sql", "src/sql/V10__b.sql"),
        ("db/migration/2023/V1__a.sql", "db/migration/2024/V2__b.sql"),
        ("migrations/1_a.up.sql", "migrations/02_b.up.sql"),
        ("store/1_a.up.sql", "store/2_b.up.sql"),
        ("migrations/2024-01-01-000000_a/up.sql", "migrations/2024-01-02-000000_b/up.sql"),
        ("prisma/migrations/20240101_a/migration.sql", "prisma/migrations/20240102_b/migration.sql"),
        ("supabase/migrations/20240101000000_a.sql", "supabase/migrations/20240102000000_b.sql"),
        ("migrations/001_a.sql", "migrations/2_b.sql"),
        ("db/migrate/a.sql", "db/migrate/b.sql"),
    ],
)
def test_layouts_are_found_below_a_folder_and_replayed_in_order(tmp_path: Path, names: tuple[str, str]) -> None:
    write(tmp_path, {names[0]: BOOK, names[1]: INDEX})
    report = check(tmp_path, select=("blocking-index",))
    assert found(report) == [(names[1], 1, "blocking-index")]
    assert (report.coverage.migrations, report.coverage.skipped) == (2, 0)


@pytest.mark.parametrize(
    "marks",
    [
        ("-- +goose Up\n", "-- +goose Up\n"),
        ("-- migrate:up\n",) * 2,
        ("--liquibase formatted sql\n--changeset a:1\n",) * 2,
    ],
    ids=["goose", "dbmate", "liquibase"],
)
def test_marks_make_a_folder_of_any_name_one_of_migrations(tmp_path: Path, marks: tuple[str, str]) -> None:
    write(tmp_path, {"schema/1_a.sql": marks[0] + BOOK, "schema/2_b.sql": marks[1] + INDEX})
    report = check(tmp_path, select=("blocking-index",))
    assert found(report) == [("schema/2_b.sql", 1 + marks[1].count("\n"), "blocking-index")]


def test_a_dump_is_no_migration_unless_it_is_given(tmp_path: Path) -> None:
    write(tmp_path, {"data/dump.sql": DROP, "migrations/1_a.sql": BOOK})
    assert check(tmp_path).coverage.files == 1
    report = check(tmp_path, "data/dump.sql", select=("drop-table",))
    assert found(report) == [("data/dump.sql", 1, "drop-table")]


def test_a_given_folders_own_files_are_told_when_they_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, {"schema.sql": DROP, "seeds.sql": DROP, "migrations/1_a.sql": BOOK})
    report = check(tmp_path)
    assert (report.coverage.migrations, report.coverage.skipped) == (1, 2)
    assert report.notes == (
        (
            "2 files skipped: neither its name nor its folder says that it is a SQL migration; "
            "give the file itself to have it checked"
        ),
    )


def test_what_the_tool_does_not_run_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"db/migration/V1__a.sql": BOOK, "db/migration/afterClean.sql": "SELECT 1;"})
    report = check(tmp_path)
    assert (report.coverage.migrations, report.coverage.skipped) == (1, 1)
    assert report.notes == ("1 file skipped: the tool that runs this folder's migrations runs no file of this name",)


def test_one_given_file_is_judged_in_its_history(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/1_a.sql": BOOK, "migrations/2_b.sql": INDEX, "migrations/3_c.sql": DROP})
    report = check(tmp_path, "migrations/2_b.sql", select=("blocking-index", "drop-table"))
    assert found(report) == [("migrations/2_b.sql", 1, "blocking-index")]
    assert (report.coverage.files, report.history.migrations) == (1, 3)


def test_numbered_neighbours_of_a_given_file_are_its_history_wherever_they_lie(tmp_path: Path) -> None:
    write(tmp_path, {"sql/1_a.sql": BOOK, "sql/2_b.sql": INDEX, "sql/dump.sql": DROP})
    report = check(tmp_path, "sql/2_b.sql", select=("blocking-index",))
    assert (found(report), report.history.migrations) == ([("sql/2_b.sql", 1, "blocking-index")], 2)


def test_under_pre_commit_files_that_git_does_not_know_are_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"migrations/1_a.sql": BOOK, "migrations/2_b.sql": INDEX, "migrations/2_c.sql": DROP})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "add", "migrations/1_a.sql", "migrations/2_b.sql"], check=True)
    monkeypatch.setenv("PRE_COMMIT", "1")
    report = check(tmp_path, "migrations/2_b.sql", select=("conflicting-leaves",))
    assert (found(report), report.history.migrations) == ([], 2)


def test_several_folders_and_frameworks_stand_side_by_side(tmp_path: Path) -> None:
    django = """\
        from django.db import migrations


        class Migration(migrations.Migration):
            initial = True
            operations = [migrations.RunSQL("CREATE TABLE book (id int)", migrations.RunSQL.noop)]
        """
    write(
        tmp_path,
        {
            "one/migrations/1_a.sql": BOOK,
            "one/migrations/2_b.sql": INDEX,
            "two/migrations/1_a.sql": BOOK,
            "two/migrations/2_b.sql": DROP,
            "shop/migrations/0001_initial.py": django,
        },
    )
    report = check(tmp_path, select=("locking", "drop-table"))
    assert found(report) == [
        ("one/migrations/2_b.sql", 1, "blocking-index"),
        ("two/migrations/2_b.sql", 1, "drop-table"),
    ]
    assert report.history.migrations == 5


MYSQL = {
    "migrations/1_a.sql": "CREATE TABLE `book` (`id` bigint unsigned PRIMARY KEY, `n` int) ENGINE=InnoDB;",
    "migrations/2_b.sql": "CREATE INDEX n ON `book` (`n`);",
}


class TestDialect:
    def test_the_text_tells_where_nobody_has(self, tmp_path: Path) -> None:
        write(tmp_path, MYSQL)
        report = check(tmp_path, select=("locking",))
        assert (found(report), report.database) == ([], "MySQL 8.4")

    def test_a_configured_database_wins(self, tmp_path: Path) -> None:
        write(tmp_path, MYSQL | {"migration-lint.toml": 'database = "postgresql"\n'})
        report = check(tmp_path, select=("blocking-index",))
        assert report.database == "PostgreSQL 15"

    def test_files_called_after_databases_are_their_histories(self, tmp_path: Path) -> None:
        drop = {"m/migrations/2_drop.sql": "DROP TABLE book;"}
        write(tmp_path, {"m/migrations/1_a.sqlite.sql": BOOK, "m/migrations/1_a.mysql.sql": BOOK} | drop)
        report = check(tmp_path, select=("history", "drop-table"))
        assert found(report) == [("m/migrations/2_drop.sql", 1, "drop-table")]
        assert (report.database, report.history.migrations) == ("MySQL 8.4 and SQLite 3.31", 4)

    def test_postgresql_where_the_text_says_nothing(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1_a.sql": BOOK})
        assert check(tmp_path).database == "PostgreSQL 15"


class TestTransactions:
    def test_several_statements_in_one_string_are_a_transaction(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "migrations/1_a.up.sql": BOOK,
                "migrations/2_b.up.sql": "SELECT 1;\nCREATE INDEX CONCURRENTLY i ON book (title);\n",
                "migrations/3_c.up.sql": "CREATE INDEX CONCURRENTLY j ON book (title);\n",
            },
        )
        report = check(tmp_path, select=("locking",))
        assert found(report) == [("migrations/2_b.up.sql", 2, "fails-when-run")]
        assert report.findings[0].advice == (
            "-- Take this statement out of 2_b.up.sql, and write instead:\n"
            "-- migrations/4_outside.up.sql\n"
            "CREATE INDEX CONCURRENTLY i ON book (title);\n"
            "-- migrations/4_outside.down.sql\n"
            "DROP INDEX CONCURRENTLY i;"
        )

    @pytest.mark.parametrize(
        ("name", "text", "advice"),
        [
            ("2_b.sql", "-- +goose Up\n", "-- +goose NO TRANSACTION\n-- +goose Up\n{sql}"),
            ("2_b.sql", "-- migrate:up\n", "-- migrate:up transaction:false\n{sql}"),
            (
                "2_b.sql",
                "--liquibase formatted sql\n--changeset ann:7\n",
                "--changeset ann:7 runInTransaction:false\n{sql}\n--rollback empty",
            ),
        ],
        ids=["goose", "dbmate", "liquibase"],
    )
    def test_a_tool_that_opens_one_is_told_not_to(self, tmp_path: Path, name: str, text: str, advice: str) -> None:
        sql = "CREATE INDEX CONCURRENTLY i ON book (title);"
        write(tmp_path, {f"migrations/{name}": f"{text}{sql}\n"})
        finding = only(check(tmp_path, select=("locking",)))
        assert finding.rule == "concurrent-in-transaction"
        file = "2_b.sql:" if "changeset" in advice else "migrations/2_b.sql"
        assert finding.advice == f"-- Outside of a transaction:\n-- {file}\n{advice.format(sql=sql)}"
        write(tmp_path, {f"migrations/{name}": _outside(text, sql)})
        assert found(check(tmp_path, select=("locking",))) == []

    def test_a_transaction_that_the_file_opens_takes_back_what_failed(self, tmp_path: Path) -> None:
        statements = "ALTER TABLE book ADD COLUMN a int;\nALTER TABLE book ADD COLUMN b int;\n"
        write(tmp_path, {"migrations/1_a.sql": BOOK, "migrations/2_b.sql": statements})
        assert [rule for _, _, rule in found(check(tmp_path, select=("unrepeatable",)))] == ["unrepeatable"]
        write(tmp_path, {"migrations/2_b.sql": f"BEGIN;\n{statements}COMMIT;\n"})
        assert found(check(tmp_path, select=("unrepeatable",))) == []


def _outside(head: str, sql: str) -> str:
    """The file as the advice has it."""
    if "goose" in head:
        return f"-- +goose NO TRANSACTION\n{head}{sql}\n"
    return (
        head.replace("migrate:up", "migrate:up transaction:false").replace("ann:7", "ann:7 runInTransaction:false")
        + f"{sql}\n"
    )


class TestDowns:
    def test_a_down_file_is_no_migration_and_nothing_in_it_is_judged(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1_a.up.sql": BOOK, "migrations/1_a.down.sql": DROP})
        report = check(tmp_path)
        assert (found(report), report.coverage.files, report.coverage.migrations, report.coverage.skipped) == (
            [],
            2,
            1,
            0,
        )

    def test_a_down_file_given_alone_gives_nothing(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1_a.up.sql": BOOK, "migrations/1_a.down.sql": DROP})
        report = check(tmp_path, "migrations/1_a.down.sql")
        assert (found(report), report.coverage.skipped, report.notes) == ([], 0, ())

    @pytest.mark.parametrize(
        ("missing", "message"),
        [
            ("migrations/2_b.up.sql", "2_b cannot be undone: 2_b.down.sql is not there."),
            ("migrations/2_b/up.sql", "2_b cannot be undone: 2_b/down.sql is not there."),
        ],
    )
    def test_a_missing_down_is_told_by_the_name_it_would_have(self, tmp_path: Path, missing: str, message: str) -> None:
        write(tmp_path, {missing: BOOK})
        assert only(check(tmp_path, select=("reversibility",))).message == message

    def test_the_comment_above_the_first_statement_accepts_it(self, tmp_path: Path) -> None:
        comment = "-- migration-lint: ignore[missing-downgrade] nothing was there before\n"
        write(tmp_path, {"migrations/2_b.up.sql": f"{comment}{BOOK}"})
        assert only(check(tmp_path, select=("reversibility", "meta"))).suppressed == "nothing was there before"

    def test_one_undo_among_many_files_asks_nobody_else_for_one(self, tmp_path: Path) -> None:
        files = {f"db/migration/V{n}__a.sql": f"CREATE TABLE t{n} (a int);" for n in range(1, 4)}
        write(tmp_path, files | {"db/migration/U3__a.sql": "DROP TABLE t3;"})
        assert found(check(tmp_path, select=("reversibility",))) == []


class TestConflicts:
    def test_the_file_that_was_given_is_told_of_the_other(self, tmp_path: Path) -> None:
        write(tmp_path, {"db/migration/V1__a.sql": BOOK, "db/migration/V1__b.sql": INDEX})
        finding = only(check(tmp_path, "db/migration/V1__a.sql", select=("history",)))
        assert (finding.path, finding.rule) == ("db/migration/V1__a.sql", "conflicting-leaves")
        assert finding.message == "V1__a.sql and V1__b.sql have the same version, 1: flyway can't run both."
        assert [place.path for place in finding.related] == ["db/migration/V1__b.sql"]

    def test_a_baseline_stands_beside_the_versions_that_it_replaces(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "db/migration/V1__a.sql": BOOK,
                "db/migration/V2__b.sql": "ALTER TABLE book ADD COLUMN n int;",
                "db/migration/B2__ab.sql": "CREATE TABLE book (id bigint PRIMARY KEY, title text, n int);",
                "db/migration/V3__c.sql": INDEX,
            },
        )
        report = check(tmp_path)
        assert found(report) == [("db/migration/V3__c.sql", 1, "blocking-index")]

    def test_changesets_of_one_name_in_two_files_are_two(self, tmp_path: Path) -> None:
        head = "--liquibase formatted sql\n--changeset ann:1\n"
        write(tmp_path, {"changes/a.sql": head + BOOK, "changes/b.sql": head + INDEX})
        report = check(tmp_path, select=("blocking-index", "history"))
        assert (found(report), report.coverage.migrations) == ([("changes/b.sql", 3, "blocking-index")], 2)


class TestComments:
    def suppressed(self, tmp_path: Path, text: str) -> list[tuple[int, str, str | None]]:
        write(tmp_path, {"migrations/1_a.sql": BOOK, "migrations/2_b.sql": text})
        report = check(tmp_path, select=("blocking-index", "drop-table", "meta"))
        return [(f.span.line, f.rule, f.suppressed) for f in sorted(report.findings, key=lambda f: f.sort_key)]

    def test_before_a_statement(self, tmp_path: Path) -> None:
        text = f"-- migration-lint: ignore[blocking-index] it is small\n{INDEX}{DROP}"
        assert self.suppressed(tmp_path, text) == [(2, "blocking-index", "it is small"), (3, "drop-table", None)]

    def test_inside_a_statement(self, tmp_path: Path) -> None:
        text = f"CREATE INDEX i\n-- migration-lint: ignore[blocking-index] it is small\nON book (title);\n{DROP}"
        assert self.suppressed(tmp_path, text) == [(1, "blocking-index", "it is small"), (4, "drop-table", None)]

    def test_behind_a_statement(self, tmp_path: Path) -> None:
        text = f"{INDEX.rstrip()} -- migration-lint: ignore[blocking-index] it is small\n{DROP}"
        assert self.suppressed(tmp_path, text) == [(1, "blocking-index", "it is small"), (2, "drop-table", None)]

    def test_in_the_other_comment(self, tmp_path: Path) -> None:
        text = f"/* migration-lint: ignore[blocking-index] it is small */\n{INDEX}"
        assert self.suppressed(tmp_path, text) == [(2, "blocking-index", "it is small")]

    def test_for_the_file(self, tmp_path: Path) -> None:
        text = f"{INDEX}{DROP}-- migration-lint: file-ignore[blocking-index, drop-table] all is small\n"
        assert self.suppressed(tmp_path, text) == [
            (1, "blocking-index", "all is small"),
            (2, "drop-table", "all is small"),
        ]

    def test_in_a_string_it_is_no_comment(self, tmp_path: Path) -> None:
        text = f"SELECT '\n-- migration-lint: ignore[blocking-index] no\n';\n{INDEX}"
        assert self.suppressed(tmp_path, text) == [(4, "blocking-index", None)]

    def test_in_the_body_of_a_block(self, tmp_path: Path) -> None:
        comment = "-- migration-lint: ignore[drop-table] never used"
        text = f"SELECT 1;\nDO $do$\nBEGIN\n  {comment}\n  {DROP}END $do$;\n{INDEX}"
        assert self.suppressed(tmp_path, text) == [(2, "drop-table", "never used"), (7, "blocking-index", None)]

    def test_in_a_string_of_a_block_it_is_no_comment(self, tmp_path: Path) -> None:
        text = f"DO $do$ BEGIN\nPERFORM '\n-- migration-lint: ignore[drop-table] no\n';\n{DROP}END $do$;\n"
        assert self.suppressed(tmp_path, text) == [(1, "drop-table", None)]

    def test_one_that_accepts_nothing_is_told(self, tmp_path: Path) -> None:
        text = f"SELECT 1; -- migration-lint: ignore[drop-table] why not\n{INDEX}"
        assert self.suppressed(tmp_path, text) == [(1, "unused-ignore", None), (2, "blocking-index", None)]

    def test_changesets_of_one_file_each_have_their_own(self, tmp_path: Path) -> None:
        text = (
            "--liquibase formatted sql\n--changeset a:1\n"
            f"{BOOK}--changeset a:2\n-- migration-lint: ignore[blocking-index] small\n{INDEX}--changeset a:3\n{DROP}"
        )
        write(tmp_path, {"changes/a.sql": text})
        report = check(tmp_path, select=("blocking-index", "drop-table", "meta"))
        assert [(f.span.line, f.rule, f.suppressed) for f in report.findings] == [
            (6, "blocking-index", "small"),
            (8, "drop-table", None),
        ]


class TestRunSQL:
    HEAD = "from django.db import migrations\n\n"

    def check(self, tmp_path: Path, operations: str, before: str = "") -> list[tuple[int, int, str, str | None]]:
        text = (
            f"{self.HEAD}{before}\nclass Migration(migrations.Migration):\n"
            '    dependencies = [("shop", "0001_initial")]\n'
            f"    operations = [\n{operations}    ]\n"
        )
        made = f'[migrations.RunSQL("{BOOK.strip()}", "")]'
        first = f"{self.HEAD}\nclass Migration(migrations.Migration):\n    operations = {made}\n"
        write(tmp_path, {"shop/migrations/0001_initial.py": first})
        (tmp_path / "shop/migrations/0002_sql.py").write_text(text, encoding="utf-8")
        report = check(tmp_path, select=("blocking-index", "drop-table", "meta"))
        return [(f.span.line, f.span.column, f.rule, f.suppressed) for f in report.findings]

    def test_findings_point_at_the_statement(self, tmp_path: Path) -> None:
        operations = f'        migrations.RunSQL("""\n            SELECT 1;\n            {INDEX}""", ""),\n'
        assert self.check(tmp_path, operations) == [(9, 13, "blocking-index", None)]
        one_line = f'        migrations.RunSQL("SELECT 1; {INDEX.strip()}", ""),\n'
        assert self.check(tmp_path, one_line) == [(7, 38, "blocking-index", None)]

    def test_text_that_is_put_together_is_pointed_at_by_its_operation(self, tmp_path: Path) -> None:
        operations = f'        migrations.RunSQL("SELECT 1; " + "{INDEX.strip()}", ""),\n'
        assert self.check(tmp_path, operations) == [(7, 9, "blocking-index", None)]

    def test_a_comment_in_the_text_belongs_to_its_statement(self, tmp_path: Path) -> None:
        operations = (
            '        migrations.RunSQL("""\n'
            "            -- migration-lint: ignore[blocking-index] small\n"
            f"            {INDEX}"
            f'            {DROP}""", ""),\n'
        )
        assert self.check(tmp_path, operations) == [(9, 13, "blocking-index", "small"), (10, 13, "drop-table", None)]

    def test_a_comment_on_the_operation_covers_text_that_stands_elsewhere(self, tmp_path: Path) -> None:
        operations = '        # migration-lint: ignore[blocking-index] small\n        migrations.RunSQL(SQL, ""),\n'
        before = f'SQL = """\n{INDEX}"""\n\n'
        assert self.check(tmp_path, operations, before) == [(4, 1, "blocking-index", "small")]

    def test_a_comment_in_text_that_stands_elsewhere_counts(self, tmp_path: Path) -> None:
        operations = '        migrations.RunSQL(SQL, ""),\n'
        before = f'SQL = """\n-- migration-lint: ignore[blocking-index] small\n{INDEX}"""\n\n'
        assert self.check(tmp_path, operations, before) == [(5, 1, "blocking-index", "small")]


def test_advice_on_sql_is_sql(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/1_a.sql": BOOK, "migrations/2_b.sql": "CREATE INDEX i ON book (id);"})
    report = check(tmp_path, select=("duplicate-index",))
    assert only(report).advice == "-- Leave i out."


class TestBadInput:
    def test_a_file_above_the_limit_is_read_by_its_heads_and_that_is_told(self, tmp_path: Path) -> None:
        rows = "INSERT INTO book VALUES " + ", ".join(f"({n}, 'x')" for n in range(200)) + ";\n"
        columns = ", ".join(f"column_number_{n} text" for n in range(100))
        write(tmp_path, {"migrations/1_a.sql": f"CREATE TABLE wide ({columns});\n{rows}{BOOK}{DROP}"})
        report = check(tmp_path, max_file_size=1_000, select=("not-analysed",))
        assert [(f.span.line, f.message) for f in report.findings] == [
            (
                1,
                (
                    "'1_a.sql' was not analysed: it is larger than max-file-size (1,000), "
                    "so only the heads of statements were read."
                ),
            ),
            (
                1,
                (
                    "The SQL statement 'CREATE TABLE wide' was not analysed: "
                    "the text is too large, so long statements are not looked into."
                ),
            ),
        ]

    @pytest.mark.parametrize(
        "data", [b"", b"\xff\xfe", b"\0", b"\xef\xbb\xbfSELECT 1;", b"'", b"/*", b"$$", b"--", b"\r\n;;;\r\n"]
    )
    def test_odd_files_give_findings_and_no_traceback(self, tmp_path: Path, data: bytes) -> None:
        write(tmp_path, {"migrations/1_a.sql": BOOK})
        (tmp_path / "migrations/2_b.sql").write_bytes(data)
        report = check(tmp_path)
        assert {f.rule for f in report.findings} <= {"unreadable-file", "not-analysed"}
        assert report.coverage.files == 2

    def test_a_broken_link_and_a_folder_named_like_a_file(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1_a.sql": BOOK})
        (tmp_path / "migrations/2_b.sql").symlink_to("nowhere.sql")
        (tmp_path / "migrations/3_c.sql").mkdir()
        assert found(check(tmp_path)) == [("migrations/2_b.sql", 1, "unreadable-file")]
