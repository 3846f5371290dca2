"""What the rules on compatibility, lost data and the schema say, word for word, and what no page of theirs shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_known_wrong_answers import found, lint_files, migrations


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            'AddField("book", "stock", models.IntegerField())',
            "shop_book.stock is NOT NULL and has no default: adding it fails if shop_book has any row.",
        ),
        (
            'AlterField("book", "title", models.CharField(max_length=20))',
            (
                "shop_book.title shrinks from varchar(50) to varchar(20), which cannot hold texts longer than 20 "
                "characters: the migration fails if some title is longer than 20 characters, and so does the release "
                "still running."
            ),
        ),
        (
            'AlterField("book", "price", models.IntegerField())',
            (
                "shop_book.price shrinks from numeric(10,2) to integer, which cannot hold decimals: "
                "existing values are cut off or rounded to fit without an error."
            ),
        ),
        (
            'AlterField("book", "pages", models.TextField(null=True))',
            (
                "shop_book.pages changes from integer to text: the release still running expects integer when it reads "
                "shop_book."
            ),
        ),
        (
            'RenameModel("Book", "Novel")',
            (
                "Renames shop_book to shop_novel while the release still running uses the old name: "
                "its queries on shop_book fail."
            ),
        ),
        (
            'RunSQL("TRUNCATE shop_book, shop_author", migrations.RunSQL.noop)',
            "TRUNCATE deletes every row of shop_book and shop_author.",
        ),
    ],
)
def test_message(tmp_path: Path, operation: str, message: str) -> None:
    files = migrations(f"migrations.{operation},")
    assert message in [each.message for each in lint_files(tmp_path, files).findings]


def test_stopped_application(tmp_path: Path) -> None:
    files = migrations('migrations.RemoveField("book", "state"),\nmigrations.RenameField("book", "pages", "size"),')
    assert found(lint_files(tmp_path, files, 'deployment = "stopped"')) == []


def test_many_to_many_table_that_an_earlier_release_forgot(tmp_path: Path) -> None:
    files = migrations(
        'migrations.AddField("book", "authors", models.ManyToManyField("shop.Author")),',
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("book", "authors")]),',
        'migrations.RunSQL("DROP TABLE shop_book_authors", migrations.RunSQL.noop),',
    )
    assert [
        f"{f.severity.label} {f.message}" for f in lint_files(tmp_path, files).findings if f.rule == "drop-table"
    ] == [
        (
            "info shop_book_authors is dropped with all data; an earlier migration took it out of the code. "
            "It takes ACCESS EXCLUSIVE on shop_book and shop_author: reads and writes wait until the transaction ends."
        )
    ]


def test_a_column_made_anew_is_in_use_until_it_is_dropped(tmp_path: Path) -> None:
    files = migrations(
        'migrations.RemoveField("book", "pages"),\nmigrations.AddField("book", "pages", models.TextField(null=True)),'
    )
    assert found(lint_files(tmp_path, files)) == ["error drop-column m2:8", "warning recreated-column m2:9"]


def test_random_default_that_the_migration_fills(tmp_path: Path) -> None:
    operations = """
    migrations.AddField("book", "token", models.CharField(max_length=40, default=make_token, null=True)),
    migrations.RunPython(fill, migrations.RunPython.noop),
    """
    files = migrations(operations)
    name = "shop/migrations/0002_m2.py"
    functions = "\ndef make_token():\n    return secrets.token_hex(20)\n\ndef fill(apps, editor):\n    pass\n"
    files[name] = files[name].replace("\nclass", f"{functions}\nclass")
    assert [f.rule for f in lint_files(tmp_path, files).findings if f.rule == "constant-unique-default"] == []


def test_django_before_4_1_sets_the_sequence_of_a_new_serial(tmp_path: Path) -> None:
    create = 'migrations.CreateModel("Shelf", [("id", models.IntegerField(primary_key=True))]),'
    alter = 'migrations.AlterField("shelf", "id", models.AutoField(primary_key=True)),'
    for version, expected in (("3.2", []), ("5.2", ["error identity-restart m3:8"])):
        report = lint_files(tmp_path, migrations(create, alter), f'django-version = "{version}"')
        assert [each for each in found(report) if "identity" in each] == expected
