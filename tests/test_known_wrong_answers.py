"""What other tools are known to get wrong about migrations, each with the right answer."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from migration_lint import config, lint
from migration_lint.reporters.base import Report

INITIAL = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Author", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=50)),
            ("state", models.CharField(max_length=9, default="new", choices=[("new", "New")])),
            ("price", models.DecimalField(max_digits=10, decimal_places=2)),
            ("pages", models.IntegerField(null=True)),
        ]),
    ]
"""
MIGRATION = """
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "{after}")]
    operations = [
{operations}
    ]
"""


def lint_files(root: Path, files: dict[str, str], conf: str = "") -> Report:
    """The report on a project of these files."""
    for name, text in {"pyproject.toml": f"[tool.migration-lint]\n{conf}", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return lint.lint([root], config.load([root]).settings, folder=root)


def found(report: Report) -> list[str]:
    """What is found at warning or above: `severity rule file:line`, the name of the file without its number."""
    return [
        f"{each.severity.label} {each.rule} {Path(each.path).stem[5:]}:{each.span.line}"
        for each in report.findings
        if each.severity.label in ("warning", "error") and each.suppressed is None
    ]


def migrations(*groups: str) -> dict[str, str]:
    """The project with further migrations of these operations, each depending on the one before."""
    files = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": INITIAL}
    names = ["0001_initial", *(f"{number:04}_m{number}" for number in range(2, len(groups) + 2))]
    for after, name, operations in zip(names, names[1:], groups, strict=False):
        text = textwrap.indent(textwrap.dedent(operations).strip("\n"), " " * 8)
        files[f"shop/migrations/{name}.py"] = MIGRATION.format(after=after, operations=text)
    return files


# The first operation of a migration stands on line 8.
@pytest.mark.parametrize(
    "operation",
    [
        'AlterField("book", "title", models.CharField(max_length=50, help_text="As printed"))',
        'AlterField("book", "title", models.CharField(max_length=50, verbose_name="name", blank=True))',
        'AlterField("book", "state", models.CharField(max_length=9, default="new", choices=[("x", "X")]))',
        'AlterField("book", "state", models.CharField(max_length=9, default="old", choices=[("new", "New")]))',
        'AlterField("book", "title", models.CharField(max_length=200))',
        'AlterField("book", "title", models.TextField())',
        'AlterField("book", "price", models.DecimalField(max_digits=12, decimal_places=2))',
        'AlterModelOptions("book", {"ordering": ["title"]})',
        'AddField("book", "authors", models.ManyToManyField("shop.Author"))',
        'AddField("book", "stock", models.IntegerField(db_default=0))',
        'RunSQL("CREATE TABLE stock (id int PRIMARY KEY)", reverse_sql="DROP TABLE stock")',
        "RunSQL(\"COMMENT ON TABLE shop_book IS 'DROP COLUMN title; TRUNCATE shop_book'\", migrations.RunSQL.noop)",
        'RunSQL("SELECT 1 -- DROP TABLE shop_book", migrations.RunSQL.noop)',
        'RunSQL("/* DELETE FROM shop_book; */ SELECT 1", migrations.RunSQL.noop)',
        'SeparateDatabaseAndState(state_operations=[migrations.RemoveField("book", "pages")])',
        'SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Author")])',
        'RunSQL("", migrations.RunSQL.noop)',
    ],
)
def test_harmless(tmp_path: Path, operation: str) -> None:
    files = migrations(f"migrations.{operation},")
    assert found(lint_files(tmp_path, files, 'django-version = "5.2"')) == []


@pytest.mark.parametrize(
    ("operation", "rules"),
    [
        ('AlterField("book", "pages", models.PositiveIntegerField(null=True))', ["error blocking-check m2:8"]),
        ('AddField("book", "copies", models.PositiveIntegerField(null=True))', ["error blocking-check m2:8"]),
        ('RunSQL("alter table shop_book drop pages", migrations.RunSQL.noop)', ["error drop-column m2:8"]),
        (
            'RunSQL("ALTER TABLE shop_book\\n  DROP\\n  COLUMN pages", migrations.RunSQL.noop)',
            ["error drop-column m2:8"],
        ),
        ('RunSQL("DROP /* now */ TABLE -- it\\n shop_book", migrations.RunSQL.noop)', ["error drop-table m2:8"]),
        ('RunSQL(["SELECT 1", "drop table shop_book"], migrations.RunSQL.noop)', ["error drop-table m2:8"]),
    ],
)
def test_harmful(tmp_path: Path, operation: str, rules: list[str]) -> None:
    assert found(lint_files(tmp_path, migrations(f"migrations.{operation},"))) == rules


def test_removal_in_database_operations(tmp_path: Path) -> None:
    operations = """
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RemoveField("book", "pages"),
        ],
    ),
    """
    assert found(lint_files(tmp_path, migrations(operations))) == ["error drop-column m2:10"]


def test_removal_prepared_by_an_earlier_release(tmp_path: Path) -> None:
    forget = 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("book", "pages")]),'
    drop = 'migrations.RunSQL("ALTER TABLE shop_book DROP pages", "ALTER TABLE shop_book ADD pages integer"),'
    report = lint_files(tmp_path, migrations(forget, drop))
    assert found(report) == []
    assert [(f.rule, f.severity.label) for f in report.findings if f.rule.startswith("drop-")] == [
        ("drop-column", "info")
    ]


def test_what_stands_on_a_table_made_two_operations_before(tmp_path: Path) -> None:
    operations = """
    migrations.CreateModel("Review", [("id", models.BigAutoField(primary_key=True)), ("stars", models.IntegerField())]),
    migrations.AddField("review", "book", models.ForeignKey("shop.Book", models.CASCADE)),
    migrations.AddField("review", "text", models.TextField()),
    migrations.AddIndex("review", models.Index(fields=["stars"], name="review_stars")),
    migrations.AddConstraint("review", models.UniqueConstraint(fields=["book", "stars"], name="review_once")),
    migrations.AddConstraint("review", models.CheckConstraint(condition=models.Q(stars__gt=0), name="review_stars_gt")),
    migrations.AlterField("review", "stars", models.BigIntegerField()),
    migrations.RemoveField("review", "text"),
    """
    # The constraint leads with the book, so that the foreign key's own index is one too many; that harms nobody.
    assert found(lint_files(tmp_path, migrations(operations))) == []


def test_not_null_after_a_validated_check(tmp_path: Path) -> None:
    check = 'models.CheckConstraint(condition=models.Q(pages__isnull=False), name="pages_known")'
    files = migrations(
        f'AddConstraintNotValid("book", {check}),',
        'ValidateConstraint("book", "pages_known"),',
        'migrations.AlterField("book", "pages", models.IntegerField()),',
    )
    assert found(lint_files(tmp_path, files)) == []


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    files = migrations('migrations.DeleteModel("Book"),')
    files["shop/migrations/0003_bad.py"] = "class Migration(:\n"
    files["other/migrations/0001_initial.py"] = INITIAL.replace(
        "initial = True", 'dependencies = [("shop", "0009_no")]'
    )
    assert found(lint_files(tmp_path, files)) == [
        "error missing-dependency initial:4",
        "error drop-table m2:8",
        "error syntax-error bad:1",
    ]


def test_a_suppression_leaves_the_neighbour_alone(tmp_path: Path) -> None:
    operations = """
    migrations.RemoveField("book", "title"),
    migrations.RemoveField("book", "pages"),  # migration-lint: ignore[drop-column] nobody runs the old release
    migrations.RemoveField("book", "price"),
    """
    assert found(lint_files(tmp_path, migrations(operations))) == [
        "error drop-column m2:8",
        "error drop-column m2:10",
        "warning irreversible-operation m2:8",
        "warning irreversible-operation m2:10",
    ]


def test_two_files_of_one_number(tmp_path: Path) -> None:
    files = migrations('migrations.AlterModelOptions("book", {}),')
    files["shop/migrations/0002_other.py"] = files["shop/migrations/0002_m2.py"]
    merge = 'dependencies = [("shop", "0002_m2"), ("shop", "0002_other")]'
    text = MIGRATION.format(after="0002_m2", operations="").replace('dependencies = [("shop", "0002_m2")]', merge)
    files["shop/migrations/0003_merge.py"] = text
    assert found(lint_files(tmp_path, files)) == []


def test_a_dependency_through_a_variable_and_a_squash(tmp_path: Path) -> None:
    files = migrations('migrations.AlterModelOptions("book", {}),')
    text = files["shop/migrations/0002_m2.py"]
    named = text.replace('[("shop", "0001_initial")]', "[BEFORE]").replace(
        "\nclass", '\nBEFORE = ("shop", "0001_initial")\nclass'
    )
    files["shop/migrations/0002_m2.py"] = named
    replaces = 'replaces = [("shop", "0001_initial"), ("shop", "0002_m2")]'
    files["shop/migrations/0001_squashed_0002_m2.py"] = INITIAL.replace(
        "initial = True", f"initial = True\n    {replaces}"
    )
    assert found(lint_files(tmp_path, files)) == []


def test_files_that_are_no_django_migrations(tmp_path: Path) -> None:
    files = migrations()
    south = (
        "from south.db import db\nfrom south.v2 import SchemaMigration\n\nclass Migration(SchemaMigration):\n    pass\n"
    )
    files["shop/south_migrations/0001_initial.py"] = south
    files["old/migrations/0001_initial.py"] = south
    files["old/migrations/0002_helpers.py"] = "def helper():\n    return 1\n"
    report = lint_files(tmp_path, files)
    assert found(report) == []
    assert report.coverage.migrations == 1
    assert report.coverage.skipped == 2


TABLES = """
CREATE TABLE author (id bigint PRIMARY KEY);
CREATE TABLE book (
    id bigint PRIMARY KEY,
    title varchar(50),
    price numeric(10, 2),
    pages integer,
    author_id bigint
);
"""


def sql(*texts: str) -> dict[str, str]:
    """A folder of SQL files, the tables first."""
    return {f"migrations/{number:03}_m{number}.sql": text for number, text in enumerate((TABLES, *texts), start=1)}


def found_in_sql(report: Report) -> list[str]:
    """What is found at warning or above: `severity rule file:line`."""
    return [
        f"{each.severity.label} {each.rule} {Path(each.path).stem[4:]}:{each.span.line}"
        for each in report.findings
        if each.severity.label in ("warning", "error") and each.suppressed is None
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE book ALTER COLUMN title TYPE varchar(200);",
        "ALTER TABLE book ALTER COLUMN title TYPE text;",
        "ALTER TABLE book ALTER COLUMN price TYPE numeric(12, 2);",
        "ALTER TABLE book ALTER COLUMN title SET DEFAULT 'DROP COLUMN title';",
        "ALTER TABLE book ADD COLUMN stock integer NOT NULL DEFAULT 0;",
        "COMMENT ON TABLE book IS 'DROP TABLE book; DELETE FROM book; TRUNCATE book';",
        "-- DROP TABLE book;\nSELECT 1;",
        "/* DELETE FROM book; /* nested */ TRUNCATE book; */ SELECT 1;",
        "INSERT INTO author (id) VALUES (1); -- DROP TABLE author",
        "SELECT $$DROP TABLE book; DELETE FROM book;$$;",
        "SELECT E'it\\'s'; SELECT 'DROP TABLE book';",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN DELETE FROM book; END $f$;",
        "CREATE TABLE stock (id bigint PRIMARY KEY, title text);\nCREATE INDEX stock_title ON stock (title);",
        "CREATE TABLE stock (id bigint, title text);\nALTER TABLE stock ADD CHECK (id > 0), ALTER title SET NOT NULL;",
    ],
)
def test_harmless_sql(tmp_path: Path, statement: str) -> None:
    assert found_in_sql(lint_files(tmp_path, sql(statement))) == []


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("alter table book drop pages;", ["error drop-column m2:1"]),
        ("ALTER TABLE book\n  DROP\n  COLUMN pages;", ["error drop-column m2:1"]),
        ("DROP /* now */ TABLE -- it\n book;", ["error drop-table m2:1"]),
        ("SELECT 1; drop table book", ["error drop-table m2:1"]),
        # Nothing before them may hide what follows.
        ("INSERT INTO book (id, title) VALUES (1, 'C:\\'); DROP TABLE author;", ["error drop-table m2:1"]),
        ("SELECT begin FROM (SELECT 1 AS begin) x;\nDROP TABLE author;", ["error drop-table m2:2"]),
        ("/* a /* nested */ comment */ DROP TABLE author;", ["error drop-table m2:1"]),
        ('ALTER TABLE ONLY public.book DROP COLUMN IF EXISTS "pages" CASCADE;', ["error drop-column m2:1"]),
        ("ALTER TABLE book ADD CONSTRAINT pages_positive CHECK (pages >= 0);", ["error blocking-check m2:1"]),
        ("ALTER TABLE book ADD COLUMN copies integer CHECK (copies >= 0);", ["error blocking-check m2:1"]),
    ],
)
def test_harmful_sql(tmp_path: Path, statements: str, expected: list[str]) -> None:
    assert found_in_sql(lint_files(tmp_path, sql(statements))) == expected


def test_a_hash_in_mysql_begins_a_comment(tmp_path: Path) -> None:
    files = sql("SELECT 1; #it's\nDROP TABLE author;\nSELECT 2; # DROP TABLE book;\n")
    assert found_in_sql(lint_files(tmp_path, files, 'database = "mysql"')) == ["error drop-table m2:2"]


def test_sql_behind_a_validated_check(tmp_path: Path) -> None:
    files = sql(
        "ALTER TABLE book ADD CONSTRAINT pages_known CHECK (pages IS NOT NULL) NOT VALID;",
        "ALTER TABLE book VALIDATE CONSTRAINT pages_known;",
        "ALTER TABLE book ALTER COLUMN pages SET NOT NULL;\nALTER TABLE book DROP CONSTRAINT pages_known;",
    )
    assert found_in_sql(lint_files(tmp_path, files)) == []


def test_what_undoes_a_sql_migration_loses_nothing(tmp_path: Path) -> None:
    files = {
        "migrations/000001_tables.up.sql": TABLES,
        "migrations/000001_tables.down.sql": "DROP TABLE book;\nDROP TABLE author;\n",
        "migrations/000002_note.up.sql": "ALTER TABLE book ADD COLUMN note text;\n",
        "migrations/000002_note.down.sql": "ALTER TABLE book DROP COLUMN note;\n",
    }
    assert found_in_sql(lint_files(tmp_path, files)) == []


def test_an_accepted_statement_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    text = (
        "ALTER TABLE book DROP COLUMN title;\n"
        "-- migration-lint: ignore[drop-column] nobody runs the old release\n"
        "ALTER TABLE book DROP COLUMN pages;\n"
        "ALTER TABLE book DROP COLUMN price;\n"
    )
    expected = ["error drop-column m2:1", "error drop-column m2:4"]
    assert found_in_sql(lint_files(tmp_path, sql(text))) == expected


def test_one_bad_sql_file_does_not_hide_the_others(tmp_path: Path) -> None:
    files = sql("SELECT 'never closed", "DROP TABLE author;")
    assert "error drop-table m3:1" in found_in_sql(lint_files(tmp_path, files))
