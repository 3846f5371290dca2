"""Ways back: what they leave undone, where that is told, and how it is accepted."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.projects import check, write

BASE = """\
CREATE TABLE author (id bigint PRIMARY KEY, name text UNIQUE);
CREATE TABLE book (
    id bigint PRIMARY KEY,
    title text DEFAULT '',
    pages integer NOT NULL,
    author_id bigint CONSTRAINT book_author REFERENCES author (id)
);
CREATE INDEX book_title ON book (title);
CREATE VIEW titles AS SELECT title FROM book;
CREATE TYPE mood AS ENUM ('good', 'bad');
"""


RULES = ("reversibility", "not-analysed", "meta")


def messages(root: Path, up: str, down: str, before: str = BASE) -> list[str]:
    """What is found about a second migration with this up and down."""
    base_down = (
        "DROP VIEW titles; DROP TABLE book; DROP TABLE author; DROP TYPE mood;" if before is BASE else "SELECT 1"
    )
    write(root, {"migrations/1_base.up.sql": before, "migrations/1_base.down.sql": base_down})
    write(root, {"migrations/2_b.up.sql": up, "migrations/2_b.down.sql": down})
    return [finding.message for finding in check(root, select=RULES).findings if finding.rule == "downgrade-mismatch"]


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("ALTER TABLE book ADD COLUMN n int", "ALTER TABLE book DROP COLUMN n"),
        ("ALTER TABLE book ADD COLUMN n int UNIQUE", "ALTER TABLE book DROP COLUMN n"),
        ("CREATE TABLE a (b int); CREATE INDEX c ON a (b)", "DROP TABLE IF EXISTS a CASCADE"),
        ("ALTER TABLE book RENAME TO books", "ALTER TABLE books RENAME TO book"),
        ("ALTER TABLE book RENAME title TO name", "ALTER TABLE book RENAME COLUMN name TO title"),
        ("ALTER TABLE book ALTER pages TYPE bigint", "ALTER TABLE book ALTER COLUMN pages TYPE int"),
        ("ALTER TABLE book ALTER pages DROP NOT NULL", "ALTER TABLE book ALTER pages SET NOT NULL"),
        ("ALTER TABLE book ALTER title DROP DEFAULT", "ALTER TABLE book ALTER title SET DEFAULT ''"),
        ("DROP INDEX book_title", "CREATE INDEX CONCURRENTLY titles_again ON book (title)"),
        (
            "ALTER TABLE book DROP CONSTRAINT book_author",
            "ALTER TABLE book ADD FOREIGN KEY (author_id) REFERENCES author",
        ),
        ("DROP VIEW titles", "CREATE VIEW titles AS SELECT 1"),
        ("CREATE TYPE colour AS ENUM ('red')", "DROP TYPE colour"),
        (
            "DROP TABLE elsewhere; ALTER TABLE far DROP COLUMN off",
            "CREATE TABLE elsewhere (); ALTER TABLE far ADD off int",
        ),
        ("DROP TABLE IF EXISTS elsewhere", "SELECT 1; ALTER TABLE book ALTER title SET STATISTICS 9"),
        ("CREATE TABLE IF NOT EXISTS author (id int)", "DROP TABLE author"),
        ("CREATE TABLE x.a (b int)", "DROP SCHEMA x CASCADE"),
        ("INSERT INTO book VALUES (1)", "DELETE FROM book WHERE id = 1"),
        ("ALTER TABLE book ADD n int", "SELECT 1"),
        ("ALTER TABLE book ADD n int", "DO $$ BEGIN ALTER TABLE book DROP n; END $$"),
        (
            "DO $$ BEGIN IF true THEN ALTER TABLE book ADD n int; END IF; END $$",
            "ALTER TABLE book ALTER title DROP DEFAULT",
        ),
        ("ALTER TABLE new ADD COLUMN n int", "ALTER TABLE new DROP COLUMN n"),
        ("DROP VIEW v; CREATE VIEW v AS SELECT 1", "DROP VIEW v; CREATE VIEW v AS SELECT 2"),
    ],
)
def test_what_is_undone_or_cannot_be_known_is_not_found(tmp_path: Path, up: str, down: str) -> None:
    assert messages(tmp_path, up, down) == []


@pytest.mark.parametrize(
    ("up", "down", "told"),
    [
        ("ALTER TABLE book ADD n int, ADD m int", "ALTER TABLE book DROP m", "the column book.n stays"),
        ("ALTER TABLE book ADD n int; CREATE INDEX i ON book (n)", "DROP INDEX j", "the column book.n stays"),
        ("CREATE INDEX i ON book (id); CREATE TABLE a ()", "DROP TABLE a", "the index i of book stays"),
        ("CREATE TABLE a (); CREATE TABLE b ()", "DROP TABLE a", "the table b stays"),
        ("CREATE VIEW v AS SELECT 1; CREATE TYPE t AS ENUM ('a')", "DROP VIEW v", "the type t stays"),
        (
            "ALTER TABLE book ADD CONSTRAINT long CHECK (pages > 9), ADD n int",
            "ALTER TABLE book DROP n",
            "the constraint long of book stays",
        ),
        (
            "ALTER TABLE book DROP title, ADD n int",
            "ALTER TABLE book DROP n",
            "the column book.title does not come back",
        ),
        ("DROP INDEX book_title; CREATE TABLE a ()", "DROP TABLE a", "the index book_title of book does not come back"),
        (
            "DROP TABLE author CASCADE",
            "CREATE TABLE author (id bigint PRIMARY KEY, name text);",
            "the constraint book_author of book does not come back",
        ),
        ("DROP TABLE elsewhere; CREATE TABLE a ()", "DROP TABLE a", "the table elsewhere does not come back"),
        ("ALTER TABLE far DROP off, ADD n int", "ALTER TABLE far DROP n", "the column far.off does not come back"),
        (
            "ALTER TABLE book ADD n int",
            "ALTER TABLE book DROP n, DROP title",
            "the column book.title is dropped although the migration did not make it",
        ),
        (
            "ALTER TABLE book ADD n int",
            "DROP TABLE book",
            "the table book is dropped although the migration did not make it",
        ),
        (
            "ALTER TABLE book ALTER pages TYPE bigint, ADD n int",
            "ALTER TABLE book DROP n",
            "the column book.pages stays bigint",
        ),
        (
            "ALTER TABLE book ALTER title SET NOT NULL, ADD n int",
            "ALTER TABLE book DROP n",
            "the column book.title stays NOT NULL",
        ),
        (
            "ALTER TABLE book ALTER pages DROP NOT NULL, ADD n int",
            "ALTER TABLE book DROP n",
            "the column book.pages may still be NULL",
        ),
        (
            "ALTER TABLE book ALTER pages SET DEFAULT 5, ADD n int",
            "ALTER TABLE book DROP n",
            "the column book.pages keeps the default 5",
        ),
        (
            "ALTER TABLE book DROP pages",
            "ALTER TABLE book ADD pages bigint",
            "the column book.pages comes back as bigint, it was integer",
        ),
    ],
)
def test_what_is_not_as_before_is_told(tmp_path: Path, up: str, down: str, told: str) -> None:
    assert messages(tmp_path, up, down) == [f"The way back of 2_b does not undo it: {told}."]


def test_the_advice_drops_in_an_order_that_works_and_names_the_rest(tmp_path: Path) -> None:
    up = """\
        CREATE TABLE "Order" (id int);
        ALTER TABLE book ADD n int, DROP title;
        CREATE VIEW v AS SELECT n FROM book;
        CREATE INDEX i ON book (pages);
        ALTER TABLE book ALTER pages TYPE bigint;
        """
    messages(tmp_path, dedent(up), "ALTER TABLE author DROP name")
    (finding,) = check(tmp_path, select=RULES).findings
    assert finding.advice == dedent(
        """\
        -- The way back needs also:
        DROP VIEW v;
        DROP INDEX i;
        ALTER TABLE book DROP COLUMN n;
        DROP TABLE "Order";
        -- In the way back, leave the column author.name alone.
        -- In the way back, bring back the column book.title.
        -- In the way back, make the column book.pages what it was."""
    )
    assert finding.message.endswith(" and 3 more.")


def test_mysql_names_the_table_of_an_index(tmp_path: Path) -> None:
    write(tmp_path, {"migration-lint.toml": 'database = "mysql"\n'})
    messages(tmp_path, "CREATE INDEX i ON `a` (b); CREATE TABLE c (d int)", "DROP TABLE c", "CREATE TABLE a (b int)")
    (finding,) = check(tmp_path, select=RULES).findings
    assert finding.advice == "-- The way back needs also:\nDROP INDEX i ON a;"


UP = "CREATE TABLE a (b int);\nCREATE TABLE c (d int);\n"
DOWN = "DROP TABLE a;\n"
LAYOUTS = {
    "golang-migrate": ({"migrations/1_a.up.sql": UP, "migrations/1_a.down.sql": DOWN}, "migrations/1_a.down.sql", 1),
    "diesel": ({"migrations/1_a/up.sql": UP, "migrations/1_a/down.sql": DOWN}, "migrations/1_a/down.sql", 1),
    "sqlx": (
        {"Cargo.toml": "", "migrations/1_a.up.sql": UP, "migrations/1_a.down.sql": DOWN},
        "migrations/1_a.down.sql",
        1,
    ),
    "flyway": ({"db/migration/V1__a.sql": UP, "db/migration/U1__a.sql": DOWN}, "db/migration/U1__a.sql", 1),
    "dbmate": ({"db/migrations/1_a.sql": f"-- migrate:up\n{UP}-- migrate:down\n{DOWN}"}, "db/migrations/1_a.sql", 5),
    "goose": ({"migrations/1_a.sql": f"-- +goose Up\n{UP}-- +goose Down\n{DOWN}"}, "migrations/1_a.sql", 5),
    "liquibase": (
        {"changes/a.sql": f"--liquibase formatted sql\n--changeset ann:1\n{UP}--rollback {DOWN}"},
        "changes/a.sql",
        5,
    ),
}


@pytest.mark.parametrize(("files", "path", "line"), LAYOUTS.values(), ids=LAYOUTS)
def test_each_layouts_way_back_is_pointed_at_and_a_comment_there_accepts_it(
    tmp_path: Path, files: dict[str, str], path: str, line: int
) -> None:
    write(tmp_path, files)
    found = [(f.path, f.span.line, f.rule, f.suppressed) for f in check(tmp_path, select=RULES).findings]
    assert found == [(path, line, "downgrade-mismatch", None)]
    comment = "-- migration-lint: ignore[downgrade-mismatch] c is shared\n"
    before = "--rollback " if "--rollback" in files[path] else ""
    write(tmp_path, {path: files[path].replace(f"{before}{DOWN}", f"{comment}{before}{DOWN}")})
    found = [(f.path, f.span.line, f.rule, f.suppressed) for f in check(tmp_path, select=RULES).findings]
    assert found == [(path, line + 1, "downgrade-mismatch", "c is shared")]


class TestGivenPaths:
    FILES = LAYOUTS["golang-migrate"][0]

    def test_the_up_file_alone_is_judged_with_its_down(self, tmp_path: Path) -> None:
        write(tmp_path, self.FILES)
        report = check(tmp_path, "migrations/1_a.up.sql", select=RULES)
        assert [(f.path, f.rule) for f in report.findings] == [("migrations/1_a.down.sql", "downgrade-mismatch")]
        assert [place.path for place in report.findings[0].related] == ["migrations/1_a.up.sql"]

    def test_the_down_file_alone_is_judged_without_its_up(self, tmp_path: Path) -> None:
        write(tmp_path, {**self.FILES, "migrations/1_a.up.sql": f"{UP}WHAT IS THIS;\nSELECT 1;\nDROP TABLE book;\n"})
        assert [f.rule for f in check(tmp_path, "migrations/1_a.down.sql", select=("ALL",)).findings] == []
        write(tmp_path, self.FILES)
        report = check(tmp_path, "migrations/1_a.down.sql", select=("ALL",))
        assert [(f.path, f.rule) for f in report.findings] == [("migrations/1_a.down.sql", "downgrade-mismatch")]
        assert (report.coverage.files, report.coverage.migrations) == (1, 1)

    def test_a_rule_that_is_off_for_downs_says_nothing_there(self, tmp_path: Path) -> None:
        ignored = 'per-file-ignores = { "*.down.sql" = ["reversibility"] }\n'
        write(tmp_path, {**self.FILES, "migration-lint.toml": ignored})
        assert check(tmp_path, select=RULES).findings == ()


class TestDownText:
    def test_what_is_not_understood_is_told_in_the_down(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1_a.up.sql": UP, "migrations/1_a.down.sql": f"{DOWN}EXPLODE THE TABLE c;\n"})
        report = check(tmp_path, select=RULES)
        assert [(f.path, f.span.line, f.rule) for f in report.findings] == [
            ("migrations/1_a.down.sql", 2, "not-analysed")
        ]
        assert report.coverage.not_analysed == 1

    def test_an_unreadable_down_is_told(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1_a.up.sql": UP})
        (tmp_path / "migrations/1_a.down.sql").write_bytes(b"\xff\xfeD\0")
        assert ("migrations/1_a.down.sql", "unreadable-file") in [
            (f.path, f.rule) for f in check(tmp_path, select=RULES).findings
        ]

    def test_an_empty_down_file_is_pointed_at_and_takes_the_comment(self, tmp_path: Path) -> None:
        write(tmp_path, {"migrations/1_a.up.sql": UP, "migrations/1_a.down.sql": "\n"})
        found = [(f.path, f.span.line, f.rule) for f in check(tmp_path, select=RULES).findings]
        assert found == [("migrations/1_a.down.sql", 1, "missing-downgrade")]
        comment = "-- migration-lint: ignore[missing-downgrade] the rows may stay\n"
        write(tmp_path, {"migrations/1_a.down.sql": comment})
        assert [(f.rule, f.suppressed) for f in check(tmp_path, select=RULES).findings] == [
            ("missing-downgrade", "the rows may stay")
        ]

    def test_gooses_template_is_no_way_back(self, tmp_path: Path) -> None:
        down = "-- +goose StatementBegin\nSELECT 'down SQL query';\n-- +goose StatementEnd\n"
        write(tmp_path, {"migrations/1_a.sql": f"-- +goose Up\n{UP}-- +goose Down\n{DOWN}DROP TABLE c;\n"})
        write(tmp_path, {"migrations/2_b.sql": f"-- +goose Up\nCREATE TABLE e (f int);\n-- +goose Down\n{down}"})
        assert [(f.path, f.rule, f.message) for f in check(tmp_path, select=RULES).findings] == [
            ("migrations/2_b.sql", "missing-downgrade", "2_b cannot be undone: -- +goose Down is empty.")
        ]

    @pytest.mark.parametrize(
        ("comment", "rule", "message"),
        [
            (
                "ignore[drop-table] gone",
                "unused-ignore",
                "Drop-table does not look at what undoes a migration.",
            ),
            ("ignore[irreversible-sql] gone", "unused-ignore", "Irreversible-sql finds nothing here."),
            (
                "ignore[drop-tabel] gone",
                "unknown-rule-in-ignore",
                "There is no rule 'drop-tabel'; did you mean 'drop-table'?",
            ),
        ],
    )
    @pytest.mark.parametrize("layout", ["golang-migrate", "goose", "diesel"])
    def test_comments_that_accept_nothing_there(
        self, tmp_path: Path, layout: str, comment: str, rule: str, message: str
    ) -> None:
        files, path, line = LAYOUTS[layout]
        text = files[path].replace(DOWN, f"-- migration-lint: {comment}\n{DOWN}DROP TABLE c;\n")
        write(tmp_path, {**files, path: text})
        report = check(tmp_path, select=("ALL",))
        assert [(f.path, f.span.line, f.rule, f.message) for f in report.findings if f.family == "meta"] == [
            (path, line, rule, message)
        ]


class TestReverseSql:
    HEAD = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    operations = [\n"

    def check(self, root: Path, operation: str) -> list[tuple[int, str, str, str | None]]:
        write(root, {"shop/migrations/0001_initial.py": f"{self.HEAD}{indent(dedent(operation), ' ' * 8)}    ]\n"})
        return [(f.span.line, f.rule, f.message, f.suppressed) for f in check(root, select=RULES).findings]

    OPERATION = """\
        migrations.RunSQL(
            "CREATE TABLE a (b int); CREATE TABLE c (d int)",
            reverse_sql='''
                {comment}
                DROP TABLE a;
            ''',
        ),
        """

    def test_it_is_pointed_at_and_a_comment_in_it_accepts_it(self, tmp_path: Path) -> None:
        message = "reverse_sql does not undo what sql does: the table c stays."
        assert self.check(tmp_path, self.OPERATION.format(comment="")) == [(10, "downgrade-mismatch", message, None)]
        comment = "-- migration-lint: ignore[downgrade-mismatch] shared"
        accepted = [(10, "downgrade-mismatch", message, "shared")]
        assert self.check(tmp_path, self.OPERATION.format(comment=comment)) == accepted

    def test_a_comment_on_the_operation_accepts_it(self, tmp_path: Path) -> None:
        operation = dedent(self.OPERATION).format(comment="")
        operation = f"# migration-lint: ignore[downgrade-mismatch] shared\n{operation}"
        assert [rest for *_, rest in self.check(tmp_path, operation)] == ["shared"]

    def test_a_comment_in_it_about_what_looks_elsewhere_is_unused(self, tmp_path: Path) -> None:
        comment = "-- migration-lint: ignore[drop-table] gone"
        operation = self.OPERATION.format(comment=comment).replace("DROP TABLE a;", "DROP TABLE a; DROP TABLE c;")
        write(tmp_path, {"pyproject.toml": '[tool.migration-lint]\nextend-select = ["ALL"]\n'})
        write(tmp_path, {"shop/migrations/0001_initial.py": f"{self.HEAD}{indent(dedent(operation), ' ' * 8)}    ]\n"})
        report = check(tmp_path, select=("drop-table", "unused-ignore"))
        assert [(f.span.line, f.rule, f.message) for f in report.findings] == [
            (9, "unused-ignore", "Drop-table does not look at what undoes a migration.")
        ]

    def test_what_is_not_understood_in_it_is_told(self, tmp_path: Path) -> None:
        operation = 'migrations.RunSQL("CREATE TABLE a (b int)", "EXPLODE a"),\n'
        assert [(line, rule) for line, rule, *_ in self.check(tmp_path, operation)] == [(6, "not-analysed")]
        operation = 'migrations.RunSQL("CREATE TABLE a (b int)", open(NAME).read()),\n'
        assert [(line, rule) for line, rule, *_ in self.check(tmp_path, operation)] == [(6, "not-analysed")]
