"""Projects in the layout of each tool, as their users have them: what is run, in which order, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import check, found, write

BOOK = "CREATE TABLE book (id bigint PRIMARY KEY, title text);\n"
INDEX = "CREATE INDEX book_title ON book (title);\n"
ONLINE = "CREATE INDEX CONCURRENTLY book_title ON book (title);\n"
DROP = "DROP TABLE book;\n"
GO = 'package migrations\n\nimport "github.com/pressly/goose/v3"\n'


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        (f"-- +migrate Up\n{BOOK}-- +migrate Down\n{DROP}", ""),
        (f"-- Up Migration\n{BOOK}\n---- Down Migration\n{DROP}", ""),
        (f"{BOOK}---- create above / drop below ----\n{DROP}", ""),
        (f"-- // Books.\n-- Words about it.\n{BOOK}-- //@UNDO\n{DROP}", ""),
        (f"-- +goose Up\n{BOOK}-- +goose Down\n{DROP}", ""),
        (f"-- migrate:up\n{BOOK}-- migrate:down\n{DROP}", ""),
    ],
    ids=["sql-migrate", "node-pg-migrate", "tern", "mybatis", "goose", "dbmate"],
)
def test_what_a_mark_says_undoes_is_not_run(tmp_path: Path, text: str, marker: str) -> None:
    write(
        tmp_path,
        {"store/1_a.sql": text, "store/2_b.sql": text.replace(BOOK, INDEX).replace(DROP, "DROP INDEX book_title;")},
    )
    report = check(tmp_path, select=("ALL",), ignore=("missing-lock-timeout", "schema"))
    assert [rule for _, _, rule in found(report)] == ["blocking-index"]
    assert (report.coverage.migrations, report.coverage.skipped) == (2, 0)


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("0001.books.sql", "0001.books.rollback.sql"),
        ("001.do.sql", "001.undo.sql"),
        ("001.do.books.sql", "001.undo.books.sql"),
        ("1_books.up.sql", "1_books.down.sql"),
    ],
)
def test_what_a_name_says_undoes_is_not_run(tmp_path: Path, up: str, down: str) -> None:
    write(tmp_path, {f"migrations/{up}": BOOK, f"migrations/{down}": DROP})
    report = check(tmp_path, select=("data-loss", "compatibility", "reversibility"))
    assert (found(report), report.coverage.migrations, report.coverage.files) == ([], 1, 2)


@pytest.mark.parametrize(
    "files",
    [
        {"migrations/{}.sql": "-- +goose NO TRANSACTION\n-- +goose Up\n{}"},
        {"migrations/{}.sql": "-- +migrate Up notransaction\n{}"},
        {"migrations/{}.sql": "-- migrate:up transaction:false\n{}"},
        {"migrations/{}.sql": "---- tern: disable-tx ----\n{}---- create above / drop below ----\n"},
        {"migrations/{}.sql": "-- atlas:txmode none\n\n{}"},
        {"migrations/{}.sql": "-- no-transaction\n{}", "Cargo.toml": ""},
        {"migrations/{}/up.sql": "{}", "migrations/{}/metadata.toml": "run_in_transaction = false\n"},
        {"migrations/{}.sql": "--liquibase formatted sql\n--changeset a:{} runInTransaction:false\n{}"},
        {"db/migration/V{}__a.sql": "{}"},
        {"prisma/migrations/{}/migration.sql": "{}"},
        {"migrations/{}.up.sql": "{}"},
    ],
    ids=lambda files: next(iter(files)).format("1") + next(iter(files.values())).split("{}")[0].strip(),
)
def test_each_tool_runs_a_statement_outside_of_a_transaction(tmp_path: Path, files: dict[str, str]) -> None:
    for version, sql in (("1", BOOK), ("2", ONLINE)):
        for name, text in files.items():
            name = name.format(version if "V{}" in name else f"{version}_a")
            values = (version, sql) if text.count("{}") == 2 else (sql,)
            write(tmp_path, {name: text.format(*values)})
    assert found(check(tmp_path, select=("locking",))) == []


@pytest.mark.parametrize(
    "files",
    [
        {"migrations/{}.sql": "-- +goose Up\n{}"},
        {"migrations/{}.sql": "-- +migrate Up\n{}"},
        {"migrations/{}.sql": "-- migrate:up\n{}"},
        {"migrations/{}.sql": "{}---- create above / drop below ----\n"},
        {"migrations/{}.sql": "-- Up Migration\n{}"},
        {"migrations/{}.sql": "{}", "migrations/atlas.sum": "h1:"},
        {"migrations/{}.sql": "\n-- no-transaction\n{}", "Cargo.toml": ""},
        {"migrations/{}/up.sql": "{}"},
        {"supabase/migrations/{}.sql": "{}"},
        {"drizzle/{}.sql": "{}", "drizzle/meta/_journal.json": "{{}}"},
        {"db/migration/V{}__a.sql": "REINDEX TABLE CONCURRENTLY book; -- {}"},
    ],
    ids=lambda files: next(iter(files)).format("1") + next(iter(files.values())).split("{}")[0].strip(),
)
def test_each_tool_opens_a_transaction_unless_it_is_told_not_to(tmp_path: Path, files: dict[str, str]) -> None:
    for version, sql in (("1", BOOK), ("2", ONLINE)):
        for name, text in files.items():
            write(tmp_path, {name.format(version if "V{}" in name else f"{version}_a"): text.format(sql)})
    rules = {rule for _, _, rule in found(check(tmp_path, select=("concurrent-in-transaction",)))}
    assert rules == {"concurrent-in-transaction"}


class TestOneString:
    """Several statements that are sent in one string are a transaction to PostgreSQL."""

    def rules(self, root: Path, name: str, text: str) -> list[tuple[int, str]]:
        write(root, {f"migrations/{name}": text})
        report = check(root, select=("fails-when-run", "concurrent-in-transaction"))
        return [(line, rule) for _, line, rule in found(report)]

    def test_goose_sends_a_statement_block_at_once(self, tmp_path: Path) -> None:
        head = "-- +goose NO TRANSACTION\n-- +goose Up\n"
        second = ONLINE.replace("book_title", "second")
        block = f"-- +goose StatementBegin\n{ONLINE}-- +goose StatementEnd\n"
        assert self.rules(tmp_path, "1.sql", f"{head}{ONLINE}{second}") == []
        assert self.rules(tmp_path, "1.sql", f"{head}{block}{block.replace(ONLINE, second)}") == []
        both = f"{head}-- +goose StatementBegin\n{ONLINE}{second}-- +goose StatementEnd\n"
        assert self.rules(tmp_path, "1.sql", both) == [(4, "fails-when-run"), (5, "fails-when-run")]

    def test_dbmate_sends_all_at_once(self, tmp_path: Path) -> None:
        text = f"-- migrate:up transaction:false\n{ONLINE}ANALYZE book;\n"
        assert self.rules(tmp_path, "1.sql", text) == [(2, "fails-when-run")]

    def test_sqlx_cuts_where_it_is_told_to(self, tmp_path: Path) -> None:
        write(tmp_path, {"Cargo.toml": ""})
        assert self.rules(tmp_path, "1_a.sql", f"-- no-transaction\nSELECT 1;\n{ONLINE}") == [(3, "fails-when-run")]
        text = f"-- no-transaction\nSELECT 1;\n/* sqlx: split */\n{ONLINE}"
        assert self.rules(tmp_path, "1_a.sql", text) == []

    def test_a_changeset_that_is_not_split(self, tmp_path: Path) -> None:
        head = "--liquibase formatted sql\n--changeset a:1 runInTransaction:false"
        assert self.rules(tmp_path, "a.sql", f"{head}\nSELECT 1;\n{ONLINE}") == []
        text = f"{head} splitStatements:false\nSELECT 1;\n{ONLINE}"
        assert self.rules(tmp_path, "a.sql", text) == [(4, "fails-when-run")]


class TestFlyway:
    def test_folders_for_databases_are_histories_of_their_own(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "db/migration/V2__index.sql": "CREATE INDEX i ON book (id);",
                "db/migration/postgresql/V1__a.sql": BOOK,
                "db/migration/mysql/V1__a.sql": "CREATE TABLE book (id bigint PRIMARY KEY);",
                "db/migration/mysql/V3__b.sql": "ALTER TABLE book MODIFY id int;",
                "db/migration/h2/V1__a.sql": "CREATE TABLE book (id bigint);",
            },
        )
        report = check(tmp_path, select=("blocking-index", "table-rewrite", "history"))
        assert found(report) == [
            ("db/migration/V2__index.sql", 1, "blocking-index"),
            ("db/migration/mysql/V3__b.sql", 1, "table-rewrite"),
        ]
        assert report.database == "PostgreSQL 15 and MySQL 8.4"
        assert report.notes == ("1 file skipped: what H2 does is not judged",)

    def test_migrations_in_other_languages_are_not_analysed_and_stand_in_their_place(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "db/migration/V1__a.sql": BOOK,
                "db/migration/V2__Fill.java": "package db.migration;\nclass V2__Fill {}\n",
                "db/migration/V3__c.sql": "ALTER TABLE book ADD COLUMN title text;\n",
            },
        )
        report = check(tmp_path, select=("not-analysed", "fails-when-run"))
        assert [(f.path, f.span.line, f.message) for f in report.findings] == [
            ("db/migration/V2__Fill.java", 1, "V2__Fill.java was not fully analysed: it is Java, only SQL is read.")
        ]
        assert (report.coverage.migrations, report.coverage.not_analysed) == (3, 1)

    def test_java_alone_is_told_as_well(self, tmp_path: Path) -> None:
        write(tmp_path, {"src/main/java/db/migration/V1__A.java": "", "src/main/java/app/V1__A.txt": ""})
        assert found(check(tmp_path)) == [("src/main/java/db/migration/V1__A.java", 1, "not-analysed")]

    def test_callbacks_of_migrate_run_last_and_again_and_again(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "db/migration/V1__a.sql": BOOK,
                "db/migration/beforeMigrate.sql": "DELETE FROM book;\n",
                "db/migration/afterMigrate__grants.sql": "TRUNCATE book;\n",
                "db/migration/afterClean.sql": DROP,
            },
        )
        report = check(tmp_path, select=("data-loss", "drop-table"))
        assert found(report) == [
            ("db/migration/afterMigrate__grants.sql", 1, "truncate"),
            ("db/migration/beforeMigrate.sql", 1, "delete-without-where"),
        ]
        assert (report.coverage.migrations, report.coverage.skipped) == (3, 1)

    MIXED = f"ALTER TABLE book ADD COLUMN a int;\n{ONLINE}"

    def test_a_file_of_both_kinds_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path, {"db/migration/V1__a.sql": BOOK, "db/migration/V2__b.sql": self.MIXED})
        report = check(tmp_path, select=("fails-when-run", "concurrent-in-transaction"))
        assert [(f.span.line, f.message) for f in report.findings] == [
            (
                2,
                (
                    "CREATE INDEX fails when it runs: Flyway refuses a file in which some statements run in a "
                    "transaction and others cannot (mixed is false)."
                ),
            )
        ]

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("flyway.toml", "[flyway]\nmixed = true\n"),
            ("flyway.conf", "flyway.url=jdbc:x\nflyway.mixed=true\n"),
            ("conf/flyway.conf", "flyway.mixed = true\n"),
        ],
    )
    def test_the_configuration_allows_it(self, tmp_path: Path, name: str, text: str) -> None:
        write(tmp_path, {"db/migration/V1__a.sql": BOOK, "db/migration/V2__b.sql": self.MIXED, name: text})
        assert found(check(tmp_path, select=("fails-when-run", "concurrent-in-transaction"))) == []

    def test_no_transaction_for_all_or_for_one(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "flyway.toml": "[flyway]\nexecuteInTransaction = false\n",
                "db/migration/V1__a.sql": BOOK,
                "db/migration/V2__b.sql": "REINDEX TABLE CONCURRENTLY book;",
                "db/migration/V3__c.sql": "REINDEX TABLE CONCURRENTLY book;",
                "db/migration/V3__c.sql.conf": "executeInTransaction=true\n",
            },
        )
        report = check(tmp_path, select=("concurrent-in-transaction",))
        assert found(report) == [("db/migration/V3__c.sql", 1, "concurrent-in-transaction")]


class TestGoose:
    def test_go_beside_sql_is_not_analysed_and_nothing_is_made_up_after_it(self, tmp_path: Path) -> None:
        up = "-- +goose Up\n"
        write(
            tmp_path,
            {
                "migrations/00001_a.sql": f"{up}{BOOK}",
                "migrations/00002_fill.go": GO,
                "migrations/00002_fill_test.go": GO,
                "migrations/embed.go": "package migrations\n",
                "migrations/00003_c.sql": f"{up}ALTER TABLE book DROP COLUMN isbn;",
            },
        )
        report = check(tmp_path, select=("not-analysed", "fails-when-run"))
        assert ("migrations/00002_fill.go", 1, "not-analysed") in found(report)
        assert {path for path, _, rule in found(report) if rule == "fails-when-run"} == set()
        assert (report.coverage.migrations, report.coverage.skipped) == (3, 0)

    def test_a_variable_of_the_environment_is_not_analysed(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1_a.sql": "-- +goose ENVSUB ON\n-- +goose Up\nCREATE TABLE ${NAME} (id int);\n"})
        assert [(line, rule) for _, line, rule in found(check(tmp_path, select=("not-analysed",)))] == [
            (3, "not-analysed")
        ]


class TestLiquibase:
    HEAD = "--liquibase formatted sql\n"

    def statements(self, root: Path, text: str, **settings: object) -> list[tuple[int, str]]:
        write(root, {"db/changelog/a.sql": self.HEAD + text})
        report = check(root, select=("drop-table", "truncate", "not-analysed", "fails-when-run"), **settings)
        return [(line, rule) for _, line, rule in found(report)]

    @pytest.mark.parametrize(
        ("attributes", "runs"),
        [
            ("", True),
            ("dbms:postgresql", True),
            ("dbms:mysql,postgresql", True),
            ('dbms:"mysql, postgresql"', True),
            ("dbms:!h2", True),
            ("dbms:mysql", False),
            ("dbms:!postgresql", False),
            ("ignore:true", False),
            ("context:prod labels:a", True),
            ("runOnChange:true", True),
        ],
    )
    def test_the_attributes_say_what_is_run(self, tmp_path: Path, attributes: str, runs: bool) -> None:
        text = f"--changeset a:1\nCREATE TABLE a (b int);\n--changeset a:2 {attributes}\nDROP TABLE a;\n"
        expected = [(5, "drop-table")] if runs else []
        assert self.statements(tmp_path, text, database="postgresql", database_named=True) == expected

    def test_a_file_for_another_database_is_told(self, tmp_path: Path) -> None:
        write(tmp_path, {"db/changelog/a.sql": f"{self.HEAD}--changeset a:1 dbms:postgresql\n{BOOK}"})
        write(tmp_path, {"db/changelog/b.sql": f"{self.HEAD}--changeset a:2 dbms:mysql\n{BOOK}"})
        write(tmp_path, {"migration-lint.toml": 'database = "postgresql"\n'})
        report = check(tmp_path)
        assert report.notes == ("1 file skipped: none of its changesets is run on PostgreSQL",)

    @pytest.mark.parametrize(
        ("attribute", "text"),
        [
            ("endDelimiter:GO", "DROP TABLE a\nGO\nTRUNCATE b\nGO\n"),
            ("endDelimiter:/", "DROP TABLE a\n/\nTRUNCATE b\n/\n"),
            ("endDelimiter:@@", "DROP TABLE a @@\n\nTRUNCATE b@@\n"),
            ('endDelimiter:"\\n@"', "DROP TABLE a\n@\nTRUNCATE b\n"),
            ("endDelimiter:;", "DROP TABLE a;\n\nTRUNCATE b;\n"),
        ],
    )
    def test_statements_end_where_it_is_said(self, tmp_path: Path, attribute: str, text: str) -> None:
        tables = "--changeset a:1\nCREATE TABLE a (b int); CREATE TABLE b (c int);\n"
        assert self.statements(tmp_path, f"{tables}--changeset a:2 {attribute}\n{text}", database_named=True) == [
            (5, "drop-table"),
            (7, "truncate"),
        ]

    @pytest.mark.parametrize(
        "rollback",
        [
            "--rollback DROP TABLE a;\n--rollback DROP TABLE b;\n",
            "-- rollback DROP TABLE a; DROP TABLE b;\n",
            "--rollback DROP TABLE\n--rollback   a;\n--rollback DROP TABLE b\n",
            "/* liquibase rollback\nDROP TABLE a;\nDROP TABLE b;\n*/\n",
        ],
    )
    def test_a_rollback_on_several_lines_is_one_text(self, tmp_path: Path, rollback: str) -> None:
        text = f"--changeset a:1\nCREATE TABLE a (x int);\nCREATE TABLE b (x int);\n{rollback}"
        write(tmp_path, {"db/changelog/a.sql": self.HEAD + text})
        assert found(check(tmp_path, select=("reversibility", "not-analysed", "data-loss"))) == []
        write(tmp_path, {"db/changelog/a.sql": self.HEAD + text.replace("DROP TABLE b", "SELECT 1")})
        assert [rule for *_, rule in found(check(tmp_path, select=("reversibility",)))] == ["downgrade-mismatch"]

    @pytest.mark.parametrize(
        "text", ["--rollback empty", "--rollback not required", "--rollback changesetId:1 changesetAuthor:a"]
    )
    def test_a_rollback_that_says_that_none_is_needed(self, tmp_path: Path, text: str) -> None:
        first = "--changeset a:1\nCREATE TABLE a (x int);\n--rollback DROP TABLE a;\n"
        write(tmp_path, {"db/changelog/a.sql": f"{self.HEAD}{first}--changeset a:2\nCREATE TABLE b (x int);\n{text}\n"})
        assert found(check(tmp_path, select=("reversibility",))) == []

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("db.changelog-master.xml", '<databaseChangeLog><changeSet id="1"/></databaseChangeLog>'),
            ("db.changelog-1.yaml", "databaseChangeLog:\n  - changeSet:\n      id: 1\n"),
            ("changes.json", '{"databaseChangeLog": [{"changeSet": {"id": 1}}]}'),
        ],
    )
    def test_changelogs_that_are_not_sql_are_told(self, tmp_path: Path, name: str, text: str) -> None:
        write(tmp_path, {f"src/main/resources/db/changelog/{name}": text, "package.json": '{"a": 1}'})
        report = check(tmp_path)
        assert report.coverage.skipped == 1
        assert report.notes == ("1 file skipped: of Liquibase's changelogs only those in SQL are read",)
        report = check(tmp_path, f"src/main/resources/db/changelog/{name}")
        assert (report.findings, report.coverage.skipped) == ((), 1)
        assert report.notes[0].endswith(f"{name} was skipped: of Liquibase's changelogs only those in SQL are read")

    def test_a_list_of_files_is_no_changelog_that_is_missed(self, tmp_path: Path) -> None:
        master = '<databaseChangeLog><includeAll path="changes"/></databaseChangeLog>'
        write(tmp_path, {"db/changelog/db.changelog-master.xml": master})
        write(tmp_path, {"db/changelog/changes/1.sql": f"{self.HEAD}--changeset a:1\n{BOOK}"})
        report = check(tmp_path)
        assert (report.coverage.migrations, report.coverage.skipped, report.notes) == (1, 0, ())


class TestDatabase:
    @pytest.mark.parametrize(
        ("files", "database"),
        [
            ({"prisma/migrations/migration_lock.toml": 'provider = "mysql"\n'}, "MySQL 8.4"),
            ({"prisma/migrations/migration_lock.toml": '# x\nprovider = "sqlite"'}, "SQLite 3.31"),
            ({"prisma/migrations/migration_lock.toml": 'provider = "postgresql"'}, "PostgreSQL 15"),
        ],
    )
    def test_prismas_lock_file_names_it(self, tmp_path: Path, files: dict[str, str], database: str) -> None:
        write(tmp_path, {"prisma/migrations/20240101_a/migration.sql": BOOK, **files})
        assert check(tmp_path).database == database

    @pytest.mark.parametrize(
        ("folder", "database"),
        [
            ("migrations/mysql", "MySQL 8.4"),
            ("migrations/postgres", "PostgreSQL 15"),
            ("migrations/sqlite3", "SQLite 3.31"),
            ("db/mysql/migrations", "MySQL 8.4"),
            ("oracles/migrations", "PostgreSQL 15"),
        ],
    )
    def test_the_folders_name_tells(self, tmp_path: Path, folder: str, database: str) -> None:
        write(tmp_path, {f"{folder}/1_a.up.sql": BOOK, f"{folder}/1_a.down.sql": DROP})
        assert check(tmp_path).database == database

    @pytest.mark.parametrize(
        ("path", "text", "title"),
        [
            (
                "migrations/1.sql",
                "CREATE TABLE [dbo].[book] (id int IDENTITY(1,1), title nvarchar(50))\nGO\n",
                "SQL Server",
            ),
            ("migrations/1.sql", "CREATE TABLE e (d Date) ENGINE = MergeTree ORDER BY d;", "ClickHouse"),
            ("migrations/clickhouse/1.sql", "ALTER TABLE e DROP COLUMN a;", "ClickHouse"),
            ("migrations/h2/1.sql", "DROP TABLE e;", "H2"),
        ],
    )
    def test_what_is_not_judged_is_told_and_taken_for_no_other(
        self, tmp_path: Path, path: str, text: str, title: str
    ) -> None:
        write(tmp_path, {path: text})
        report = check(tmp_path)
        assert (report.findings, report.coverage.skipped) == ((), 1)
        assert report.notes == (f"1 file skipped: what {title} does is not judged",)

    def test_a_lock_file_for_another_database_is_told(self, tmp_path: Path) -> None:
        write(tmp_path, {"prisma/migrations/migration_lock.toml": 'provider = "sqlserver"'})
        write(tmp_path, {"prisma/migrations/1_a/migration.sql": DROP})
        assert check(tmp_path).notes == ("1 file skipped: what SQL Server does is not judged",)

    def test_a_named_database_wins_over_the_text(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1.sql": "CREATE TABLE a (b nvarchar(50));\n", "migrations/2.sql": "DROP TABLE a;"})
        write(tmp_path, {"migration-lint.toml": 'database = "postgresql"\n'})
        assert [rule for *_, rule in found(check(tmp_path, select=("drop-table",)))] == ["drop-table"]


def test_a_dump_of_the_schema_beside_migrations_is_none(tmp_path: Path) -> None:
    up = "-- migrate:up\n"
    write(tmp_path, {"db/migrations/1_a.sql": up + BOOK, "db/schema.sql": f"SET x = 1;\n{BOOK}", "db/seeds.sql": DROP})
    report = check(tmp_path)
    assert (found(report), report.coverage.files, report.history.migrations) == ([], 1, 1)


def test_supabase_runs_no_seed(tmp_path: Path) -> None:
    write(tmp_path, {"supabase/migrations/20240101000000_a.sql": BOOK, "supabase/seed.sql": "DELETE FROM book;"})
    report = check(tmp_path)
    assert (found(report), report.coverage.files) == ([], 1)


@pytest.mark.parametrize(
    ("head", "tail", "advised"),
    [
        ("-- +migrate Up\n", "-- +migrate Down\n", "-- +migrate Up notransaction\n"),
        ("", "---- create above / drop below ----\n", "---- tern: disable-tx ----\n"),
        ("-- +goose Up\n", "-- +goose Down\n", "-- +goose NO TRANSACTION\n-- +goose Up\n"),
    ],
    ids=["sql-migrate", "tern", "goose"],
)
def test_advice_is_marked_as_the_tool_wants_it(tmp_path: Path, head: str, tail: str, advised: str) -> None:
    write(tmp_path, {"migrations/1_a.sql": f"{head}{BOOK}{tail}{DROP}"})
    write(tmp_path, {"migrations/2_b.sql": f"{head}{INDEX}{tail}DROP INDEX book_title;\n"})
    (finding,) = check(tmp_path, select=("blocking-index",)).findings
    file = finding.advice[finding.advice.index("-- migrations/") :].split("\n", 1)
    assert file[1].startswith(f"{advised}CREATE INDEX CONCURRENTLY")
    write(tmp_path, {"migrations/2_b.sql": file[1]})
    assert found(check(tmp_path, select=("locking", "reversibility"))) == []


def test_an_empty_part_that_undoes_is_told_by_its_mark(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/1_a.sql": f"-- +migrate Up\n{BOOK}-- +migrate Down\n"})
    (finding,) = check(tmp_path, select=("reversibility",)).findings
    assert finding.message == "1_a cannot be undone: -- +migrate Down is empty."
