"""What cannot be told is said where it matters, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_lint import config, lint

HEAD = """from django.conf import settings
from django.db import migrations, models
from django.utils.module_loading import import_string
from elsewhere import SIZE, TheField, fields

Key = import_string(settings.DEFAULT_AUTO_FIELD)


class Migration(migrations.Migration):
    dependencies = [{before}]
    operations = [{operation}]
"""
BOOK = 'migrations.CreateModel("Book", [("id", {key}), ("title", models.CharField(max_length=9)), ("x", {x})])'
PLAIN_KEY = "models.AutoField(primary_key=True)"
PLAIN = "models.IntegerField()"


def not_analysed(folder: Path, *operations: str, default_auto_field: str | None = None) -> list[tuple[str, str]]:
    """(file, message) of all findings, each operation in a migration of its own."""
    migrations = folder / "shop" / "migrations"
    migrations.mkdir(parents=True)
    before = ""
    for number, operation in enumerate(operations, 1):
        name = f"000{number}_x"
        (migrations / f"{name}.py").write_text(HEAD.format(before=before, operation=operation))
        before = f'("shop", "{name}")'
    (folder / "pyproject.toml").write_text(
        "[tool.migration-lint]\nselect = ['not-analysed']\n"
        + (f"default-auto-field = '{default_auto_field}'\n" if default_auto_field else "")
    )
    report = lint.lint([folder], config.load([folder]).settings, folder=folder)
    return [(Path(finding.path).stem, finding.message) for finding in report.findings]


LATER = (
    'migrations.RenameField("Book", "title", "name")',
    'migrations.AlterUniqueTogether("Book", [("name",)])',
    'migrations.AddField("Book", "pages", models.IntegerField(null=True))',
    'migrations.AddIndex("Book", models.Index(fields=["pages"], name="book_pages"))',
    'migrations.RemoveField("Book", "pages")',
)


@pytest.mark.parametrize("default_auto_field", [None, "django.db.models.BigAutoField"])
def test_a_key_of_the_class_that_a_setting_names_is_known(tmp_path: Path, default_auto_field: str | None) -> None:
    book = BOOK.format(key="Key(primary_key=True)", x=PLAIN)
    child = 'migrations.CreateModel("Page", [("book", models.ForeignKey("shop.Book", models.CASCADE))])'
    assert not_analysed(tmp_path, book, *LATER, child, default_auto_field=default_auto_field) == []


def test_an_unknown_field_is_told_where_it_is_sent_and_not_with_its_neighbours(tmp_path: Path) -> None:
    book = BOOK.format(key=PLAIN_KEY, x="TheField()")
    assert not_analysed(tmp_path, book, *LATER) == [
        ("0001_x", "CreateModel was not fully analysed: the class of the field shop.Book.x is not known.")
    ]


def test_an_unknown_field_whose_column_stays_as_it_is_is_no_problem(tmp_path: Path) -> None:
    book = BOOK.format(key=PLAIN_KEY, x="TheField()")
    renamed = 'migrations.AlterField("Book", "x", TheField(verbose_name="x"))'
    changed = 'migrations.AlterField("Book", "x", TheField(size=3))'
    assert [name for name, _ in not_analysed(tmp_path, book, renamed, changed)] == ["0001_x", "0003_x"]


@pytest.mark.parametrize("option", ["null", "unique", "db_index", "db_column", "max_length"])
def test_an_option_that_is_not_constant(tmp_path: Path, option: str) -> None:
    book = BOOK.format(key=PLAIN_KEY, x=f"models.CharField({option}=SIZE)")
    changed = f'migrations.AlterField("Book", "x", models.CharField({option}=SIZE, default="a"))'
    reason = f"`{option}` is not a constant."
    assert not_analysed(tmp_path, book, *LATER, changed) == [
        ("0001_x", f"CreateModel was not fully analysed: {reason}"),
        ("0007_x", f"AlterField was not fully analysed: {reason}"),
    ]


def test_an_index_on_a_column_of_unknown_name(tmp_path: Path) -> None:
    book = BOOK.format(key=PLAIN_KEY, x="models.CharField(db_column=SIZE)")
    index = 'migrations.AddIndex("Book", models.Index(fields=["x"], name="book_x"))'
    assert [name for name, _ in not_analysed(tmp_path, book, *LATER, index)] == ["0001_x", "0007_x"]


def test_a_foreign_key_to_a_key_of_unknown_type_is_told_of_when_it_is_made(tmp_path: Path) -> None:
    book = BOOK.format(key="TheField(primary_key=True)", x=PLAIN)
    child = 'migrations.CreateModel("Page", [("book", models.ForeignKey("shop.Book", models.CASCADE))])'
    nullable = 'migrations.AlterField("Page", "book", models.ForeignKey("shop.Book", models.CASCADE, null=True))'
    reason = "the type of shop.Page.book is that of the key of shop.book, which is not known."
    assert not_analysed(tmp_path, book, child, nullable) == [
        ("0001_x", "CreateModel was not fully analysed: the class of the field shop.Book.id is not known."),
        ("0002_x", f"CreateModel was not fully analysed: {reason}"),
    ]


def test_fields_that_cannot_be_told_are_said_once_and_for_what_needs_them(tmp_path: Path) -> None:
    book = 'migrations.CreateModel("Book", fields())'
    known = 'migrations.AddField("Book", "title", models.TextField(null=True))'
    unknown = 'migrations.AlterField("Book", "pages", models.IntegerField())'
    found = not_analysed(tmp_path, book, known, unknown)
    assert [name for name, _ in found] == ["0001_x", "0003_x"]
    assert found[1][1] == "AlterField was not fully analysed: not all fields of shop.Book are known."


def test_a_table_of_unknown_name_is_told_of_once(tmp_path: Path) -> None:
    book = 'migrations.CreateModel("Book", [("title", models.TextField())], {"db_table": SIZE})'
    assert not_analysed(tmp_path, book, *LATER) == [
        ("0001_x", "CreateModel was not fully analysed: the table's name is not a constant.")
    ]
