"""Settings that change what is found in Django migrations, from the config file to the findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_django_cases import HEAD, found, migration, project, sent

ADD_INDEX = 'migrations.AddIndex("book", models.Index(fields=["isbn"], name="book_isbn")),'
ADD_COLUMN = 'migrations.AddField("book", "note", models.TextField(null=True)),'
REFER = """\
migrations.CreateModel("Prize", [
    ("id", models.BigAutoField(primary_key=True)),
    ("author", models.ForeignKey("shop.Author", models.CASCADE)),
]),
"""


@pytest.mark.parametrize(
    ("operations", "hot", "expected"),
    [
        (ADD_COLUMN, ["shop_book"], ["1: error hot-table"]),
        (ADD_COLUMN, ["shop.Book"], ["1: error hot-table"]),
        (ADD_COLUMN, ["shop_author"], []),
        (REFER, ["shop_author"], ["1: error hot-table"]),
        (
            'migrations.AlterField("book", "isbn", models.CharField(max_length=13, null=True, blank=True)),',
            ["shop_book"],
            [],
        ),
        (
            f'migrations.RunSQL("SET LOCAL lock_timeout = 100", migrations.RunSQL.noop),\n{ADD_COLUMN}',
            ["shop_book"],
            ["2: info hot-table"],
        ),
    ],
)
def test_no_lock_at_all_on_hot_tables(operations: str, hot: list[str], expected: list[str]) -> None:
    assert found(project(operations, hot_tables=hot)) == expected


def test_an_index_of_a_hot_table_is_dropped_with_a_warning() -> None:
    before = project(ADD_INDEX, hot_tables=["shop_book"])
    after = {"shop/migrations/0010_drop.py": migration('migrations.RemoveIndex("book", "book_isbn"),', "0009_target")}
    assert found(before | after, "shop/migrations/0010_drop.py") == ["1: warning blocking-drop-index"]


@pytest.mark.parametrize(
    ("setting", "tables", "expected"),
    [
        ("small_tables", ["shop_book"], ["1: warning blocking-index"]),
        ("small_tables", ["shop.Book"], ["1: warning blocking-index"]),
        ("small_tables", ["shop_author"], ["1: error blocking-index"]),
        ("large_tables", ["shop_book"], ["1: error blocking-index"]),
    ],
)
def test_the_size_of_a_table_decides_how_bad_an_index_is(setting: str, tables: list[str], expected: list[str]) -> None:
    assert found(project(ADD_INDEX, **{setting: tables})) == expected


TENANTS = """\
migrations.CreateModel("Tenant", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel("Doc", [
    ("id", models.BigAutoField(primary_key=True)),
    ("tenant", models.ForeignKey("shop.Tenant", models.CASCADE)),
    ("number", models.IntegerField()),
]),
migrations.CreateModel("Country", [("id", models.BigAutoField(primary_key=True)), ("number", models.IntegerField())]),
"""
INDEXES = """\
AddIndexConcurrently("doc", models.Index(fields=["number", "tenant"], name="a")),
AddIndexConcurrently("doc", models.Index(fields=["tenant", "number"], name="b")),
AddIndexConcurrently("country", models.Index(fields=["number"], name="c")),
"""
UNIQUE = """\
migrations.CreateModel("Note", [
    ("id", models.BigAutoField(primary_key=True)),
    ("tenant", models.ForeignKey("shop.Tenant", models.CASCADE)),
    ("code", models.CharField(max_length=9, unique=True)),
]),
migrations.CreateModel("Page", [
    ("id", models.BigAutoField(primary_key=True)),
    ("tenant", models.ForeignKey("shop.Tenant", models.CASCADE)),
    ("code", models.CharField(max_length=9)),
], options={"unique_together": {("tenant", "code")}}),
"""
CONCURRENTLY = f"from django.contrib.postgres.operations import AddIndexConcurrently\n{HEAD}"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"tenant_fields": ["tenant"]}, ["1: warning tenant-first-index"]),
        ({"tenant_models": ["shop.Tenant"]}, ["1: warning tenant-first-index"]),
        ({"tenant_fields": ["tenant"], "global_models": ["shop.Doc"]}, []),
        ({"tenant_models": ["shop.Author"]}, []),
    ],
)
def test_indexes_begin_with_the_tenant_where_there_is_one(settings: dict[str, object], expected: list[str]) -> None:
    files = project(INDEXES, TENANTS, head=CONCURRENTLY, body="    atomic = False\n", **settings)
    assert [line for line in found(files) if "tenant" in line] == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"tenant_fields": ["tenant"]}, ["1: warning tenant-first-unique"]),
        ({"tenant_models": ["shop.Tenant"]}, ["1: warning tenant-first-unique"]),
    ],
)
def test_what_is_unique_is_so_within_the_tenant(settings: dict[str, object], expected: list[str]) -> None:
    assert found(project(UNIQUE, TENANTS, **settings)) == expected


@pytest.mark.parametrize(
    ("field", "key", "reference"),
    [
        ("BigAutoField", "bigint", "bigint"),
        ("AutoField", "integer", "integer"),
        ("SmallAutoField", "smallint", "smallint"),
    ],
)
def test_the_default_auto_field_is_the_type_of_keys_that_nobody_wrote(
    tmp_path: Path, field: str, key: str, reference: str
) -> None:
    operations = """\
migrations.CreateModel("Kind", [("name", models.TextField())]),
migrations.AddField("author", "kind", models.ForeignKey("shop.Kind", models.CASCADE, null=True, db_constraint=False)),
"""
    files = project(operations, default_auto_field=f"django.db.models.{field}")
    create, add, index = sent(files, tmp_path)
    assert create == (
        f'CREATE TABLE "shop_kind" ("id" {key} NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, '
        '"name" text NOT NULL)'
    )
    assert add == f'ALTER TABLE "shop_author" ADD COLUMN "kind_id" {reference} NULL'
    assert index.startswith("CREATE INDEX ")


USERS = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("User", [("id", models.UUIDField(primary_key=True)), FIELDS]),
    ]
"""


@pytest.mark.parametrize(
    ("fields", "settings", "type_", "table"),
    [
        ("", {"auth_user_model": "accounts.User"}, "uuid", "accounts_user"),
        ('("password", models.TextField()), ("last_login", models.DateTimeField())', {}, "uuid", "accounts_user"),
        ("", {}, "integer", "auth_user"),
    ],
)
def test_the_user_model_is_the_one_of_the_settings(
    tmp_path: Path, fields: str, settings: dict[str, object], type_: str, table: str
) -> None:
    operation = (
        'migrations.AddField("book", "owner", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)),'
    )
    files = project(operation, head=f"from django.conf import settings\n{HEAD}", **settings)
    files["shop/migrations/0009_target.py"] = files["shop/migrations/0009_target.py"].replace(
        "[('shop', '0001_initial')]",
        "[('shop', '0001_initial'), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]",
    )
    files["accounts/migrations/__init__.py"] = ""
    files["accounts/migrations/0001_initial.py"] = USERS.replace("FIELDS", fields)
    add = sent(files, tmp_path)[0]
    assert add.startswith(f'ALTER TABLE "shop_book" ADD COLUMN "owner_id" {type_} NULL CONSTRAINT ')
    assert f'REFERENCES "{table}"("id")' in add


def test_the_database_and_its_version_decide() -> None:
    operations = 'migrations.AlterField("book", "title", models.CharField(max_length=100)),'
    assert found(project(operations)) == []
    assert found(project(operations, database="mysql", database_version="8.4")) == ["1: error table-rewrite"]
    assert found(project(operations, database="mariadb", database_version="10.11")) == ["1: error table-rewrite"]
    assert found(project(operations, database="sqlite", database_version="3.45")) == []
