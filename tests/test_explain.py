"""`explain`: what one migration does, for its reviewer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from migration_lint.cli import cli
from tests.projects import write

INITIAL = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True)), ("isbn", models.TextField())]),
    ]
"""
SECOND = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AlterModelOptions("book", {"ordering": ["id"]}),
        migrations.AddIndex("book", models.Index(fields=["isbn"], name="isbn_idx")),
        migrations.RunPython(print),
        migrations.RemoveField("book", "isbn"),
    ]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shop/migrations"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "0001_initial.py").write_text(INITIAL)
    (folder / "0002_second.py").write_text(SECOND)
    return folder


def explain(path: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["explain", str(path), *options])


def steps(path: Path, *options: str) -> list[tuple[str, str | None, bool | None]]:
    document = json.loads(explain(path, "--output-format", "json", *options).stdout)
    found = document["operations"]
    return [(each["kind"], each["risk"], each["reversible"]) for each in found]


def test_risk_and_way_back_of_each_operation(folder: Path) -> None:
    assert steps(folder / "0002_second.py") == [
        ("AlterModelOptions", "low", True),
        ("AddIndex", "medium", True),
        ("RunPython", None, False),
        ("RemoveField", "high", True),
    ]
    large = 'large-tables=["shop_book"]'
    assert steps(folder / "0002_second.py", "--config", large)[1] == ("AddIndex", "high", True)
    assert steps(folder / "0001_initial.py") == [("CreateModel", "low", True)]


def test_text_shows_the_statements_in_order(folder: Path) -> None:
    result = explain(folder / "0002_second.py")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert text.index('CREATE INDEX "isbn_idx" ON "shop_book" ("isbn")') < text.index('DROP COLUMN "isbn"')
    assert "builds the index isbn_idx on" in text


@pytest.mark.parametrize(
    ("content", "message"),
    [("x = 1\n", "0003.py: "), ("class (:\n", "'(' was never closed"), ("\0", "contains a NUL character in line 1")],
)
def test_what_is_no_migration_is_said_in_one_line(folder: Path, content: str, message: str) -> None:
    (folder / "0003.py").write_text(content)
    result = explain(folder / "0003.py")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr


def test_a_fault_of_our_own_leaves_nothing_that_looks_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from migration_lint.databases.postgresql import PostgreSQL

    monkeypatch.setattr(PostgreSQL, "execute", lambda *arguments: 1 / 0)
    result = explain(folder / "0002_second.py")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("migration-lint: error: internal error: ZeroDivisionError")


def test_sql_is_explained_for_the_database_that_its_text_is_written_for(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/1_a.sql").write_text("CREATE TABLE `book` (`id` bigint unsigned) ENGINE=InnoDB;")
    (tmp_path / "migrations/2_b.sql").write_text("CREATE INDEX i ON `book` (`id`);")
    document = json.loads(explain(tmp_path / "migrations/2_b.sql", "--output-format", "json").stdout)
    assert (document["database"], document["operations"][0]["sentences"]) == (
        "MySQL 8.4",
        [("takes an exclusive metadata lock on book and builds the index i on it: reads and writes go on meanwhile")],
    )


CHANGESETS = """\
--liquibase formatted sql
--changeset ann:1
CREATE TABLE book (id bigint PRIMARY KEY, title text);
--rollback DROP TABLE book;
--changeset bob:2 runInTransaction:false
CREATE INDEX CONCURRENTLY book_title ON book (title);
ALTER TABLE book DROP COLUMN title;
--rollback ALTER TABLE book ADD COLUMN title text;
"""


def test_all_changesets_of_a_file_are_explained(tmp_path: Path) -> None:
    file = tmp_path / "changelog/books.sql"
    write(tmp_path, {"changelog/books.sql": CHANGESETS})
    document = json.loads(explain(file, "--output-format", "json").stdout)
    assert document["migration"].endswith(".books.sql")
    assert [(each["migration"], each["kind"], each["reversal"]) for each in document["operations"]] == [
        ("ann:1", "CREATE TABLE", ""),
        ("bob:2", "CREATE INDEX", ""),
        ("bob:2", "ALTER TABLE", "what it drops comes back empty"),
    ]
    lines = explain(file).stdout.splitlines()
    assert lines[0].endswith("books.sql on PostgreSQL 15, 2 migrations: high risk")
    assert ("ann:1, in one transaction" in lines, "bob:2, without a transaction" in lines) == (True, True)


def test_a_down_file_leads_to_what_it_undoes(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/1_a.up.sql": "CREATE TABLE a (b int);", "migrations/1_a.down.sql": "DROP TABLE a;"})
    result = explain(tmp_path / "migrations/1_a.down.sql")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("1_a.down.sql: undoes 1_a.up.sql; explain that file\n")


def test_a_text_that_a_migration_reads_leads_there(folder: Path) -> None:
    reads = (
        "from pathlib import Path\n\nfrom django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0002_second")]\n'
        '    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), "")]\n'
    )
    write(folder, {"0003_text.py": reads, "0003_text.sql": "DROP TABLE shop_book;\n"})
    document = json.loads(explain(folder / "0003_text.sql", "--output-format", "json").stdout)
    assert document["path"].endswith("shop/migrations/0003_text.py")
    assert [each["statements"] for each in document["operations"]] == [["DROP TABLE shop_book"]]
