"""Whole small Django projects: the statements that their last migration sends, and what is found in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from migration_lint import config
from migration_lint.explaining import explain
from migration_lint.rule_page import Section
from migration_lint.testing import lint_section

HEAD = """\
from django.db import migrations, models


"""
AUTHORS_AND_BOOKS = """\
migrations.CreateModel("Author", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
migrations.CreateModel("Book", [
    ("id", models.BigAutoField(primary_key=True)),
    ("title", models.CharField(max_length=50)),
    ("isbn", models.CharField(max_length=13, null=True)),
    ("price", models.IntegerField(default=0)),
    ("author", models.ForeignKey("shop.Author", models.CASCADE, null=True)),
]),
"""
TARGET = "shop/migrations/0009_target.py"


def migration(operations: str, after: str | None = None, *, head: str = HEAD, body: str = "") -> str:
    """A migration's source; its first operation stands on a line of its own, after the line `operations = [`."""
    dependencies = [("shop", after)] if after else []
    indented = "".join(f"        {line}\n" for line in operations.strip("\n").splitlines())
    return (
        f"{head}class Migration(migrations.Migration):\n{body}    dependencies = {dependencies}\n"
        f"    operations = [\n{indented}    ]\n"
    )


def project(
    operations: str, before: str = AUTHORS_AND_BOOKS, *, head: str = HEAD, body: str = "", **settings: object
) -> dict[str, str]:
    """Two migrations; `settings` are TOML values under their names with `_` for `-`."""
    values = {"django-version": "5.2", "database-version": 16, "default-auto-field": "django.db.models.BigAutoField"}
    values |= {name.replace("_", "-"): value for name, value in settings.items()}  # type: ignore[misc]
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    return {
        "pyproject.toml": "\n".join(["[tool.migration-lint]", *lines, ""]),
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": migration(before, head=head),
        TARGET: migration(operations, "0001_initial", head=head, body=body),
    }


def found(files: Mapping[str, str], path: str = TARGET) -> list[str]:
    """What is found in one file, each as `line within the operations: severity rule`, sorted."""
    lines = files[path].splitlines()
    start = lines.index("    operations = [") + 1 if "    operations = [" in lines else 0
    findings = lint_section(Section("Bad", 1, dict(files)))
    return sorted(f"{f.span.line - start}: {f.severity.label} {f.rule}" for f in findings if f.path == path)


def write(files: Mapping[str, str], folder: Path) -> None:
    """Put a project into a folder."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


def sent(files: Mapping[str, str], folder: Path, path: str = TARGET) -> list[str]:
    """The statements that one migration sends, on the database of the project's settings."""
    write(files, folder)
    settings = config.load([folder], overrides=[]).settings
    return [sql for step in explain(folder / path, settings).steps for sql in step.statements]


COMPOSITE = """\
migrations.CreateModel("Line", [
    ("pk", models.CompositePrimaryKey("book", "number"{more})),
    ("book", models.IntegerField()),
    ("number", models.IntegerField()),
]),
"""


@pytest.mark.parametrize("more", ["", ", blank=True, editable=False, primary_key=True, serialize=False"])
def test_a_composite_primary_key_is_the_only_key(tmp_path: Path, more: str) -> None:
    files = project(COMPOSITE.replace("{more}", more))
    assert sent(files, tmp_path) == [
        'CREATE TABLE "shop_line" ("book" integer NOT NULL, "number" integer NOT NULL, PRIMARY KEY ("book", "number"))'
    ]


def test_with_the_application_stopped_what_fails_or_loses_data_is_still_found() -> None:
    operations = """\
migrations.AddField("book", "pages", models.IntegerField()),
migrations.AddField("book", "code", models.UUIDField(default=uuid.uuid4, unique=True)),
migrations.AddField("book", "weight", models.FloatField(default=0)),
migrations.RemoveField("book", "price"),
migrations.RenameField("book", "isbn", "isbn13"),
migrations.RemoveField("book", "title"),
migrations.AddField("book", "title", models.TextField(null=True)),
"""
    files = project(operations, head=f"import uuid\n{HEAD}", deployment="stopped")
    assert found(files) == [
        "1: error add-not-null-column",
        "2: error blocking-unique",
        "2: error constant-unique-default",
        "6: warning irreversible-operation",
        "7: warning recreated-column",
    ]


OPERATION = """\
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Own(Operation):
    reversible = True

    def __init__(self, table, column="title"):
        self.table = table
        self.column = column

    def state_forwards(self, app_label, state):
        {state}

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        {database}

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute("DROP TABLE shop_book")


"""


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("pass", []),
        ('schema_editor.execute("CREATE INDEX own_idx ON shop_book (title)")', ["1: error blocking-index"]),
        (
            'schema_editor.execute("ALTER TABLE shop_book DROP COLUMN %s" % schema_editor.quote_name(self.column))',
            ["1: error drop-column"],
        ),
        (
            'if schema_editor.connection.vendor == "mysql": schema_editor.execute("DROP TABLE shop_book")',
            [],
        ),
        (
            'to_state.apps.get_model("shop", "Book").objects.filter(price=None).update(price=0)',
            [],
        ),
        (
            "with schema_editor.connection.cursor() as c: c.execute(f'TRUNCATE {self.table}')",
            ["1: error truncate"],
        ),
        (
            'schema_editor.remove_field(to_state.apps.get_model("shop", "Book"), None)',
            ["1: info not-analysed"],
        ),
        ("helper(self, schema_editor)", ["1: info not-analysed"]),
        ("self.helper(schema_editor)", ["1: info not-analysed"]),
    ],
)
def test_what_an_operation_of_the_projects_own_sends(database: str, expected: list[str]) -> None:
    head = OPERATION.replace("{state}", "pass").replace("{database}", database)
    assert found(project('Own("shop_book"),', head=head)) == expected


def test_an_operation_of_another_file_is_found_where_it_is_used() -> None:
    own = OPERATION.replace("{state}", "pass")
    own = own.replace("{database}", 'schema_editor.execute(f"ALTER TABLE {self.table} DROP COLUMN {self.column}")')
    files = project('Own("shop_book"),\nOwn("shop_book", column="isbn"),', head=f"from shop.own import Own\n{HEAD}")
    assert found(files | {"shop/own.py": own}) == ["1: error drop-column", "2: error drop-column"]


def test_what_an_own_operation_does_to_the_state_is_not_guessed() -> None:
    head = OPERATION.replace("{state}", 'state.remove_field(app_label, "book", "title")')
    head = head.replace("{database}", 'schema_editor.execute("ALTER TABLE shop_book DROP COLUMN title")')
    assert found(project('Own("shop_book"),', head=head)) == ["1: error drop-column", "1: info not-analysed"]


def test_a_subclass_that_sends_its_own_sql_keeps_its_state() -> None:
    head = """\
from django.db import migrations, models


class AddIndexLater(migrations.AddIndex):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute("CREATE INDEX CONCURRENTLY book_isbn ON shop_book (isbn)")


class Checked(migrations.RunSQL):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute("SET LOCAL lock_timeout = '1s'")
        schema_editor.execute(self.sql)


"""
    operations = """\
AddIndexLater("book", models.Index(fields=["isbn"], name="book_isbn")),
migrations.RenameIndex("book", new_name="isbn_book", old_name="book_isbn"),
Checked("ALTER TABLE shop_book DROP COLUMN title", migrations.RunSQL.noop),
"""
    files = project(operations, head=head, body="    atomic = False\n")
    assert found(files) == ["2: info unrepeatable", "3: error drop-column"]


def broken(files: Mapping[str, str], folder: Path) -> list[str]:
    """What the running release can no longer do."""
    write(files, folder)
    steps = explain(folder / TARGET, config.load([folder], overrides=[]).settings).steps
    return [sentence for step in steps for sentence in step.sentences if "running release" in sentence]


RELATION = """\
migrations.CreateModel("Author", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel("Book", [
    ("id", models.BigAutoField(primary_key=True)),
    ("author", {field}),
]),
"""
ADD_KEY = (
    'migrations.RunSQL("ALTER TABLE shop_book ADD CONSTRAINT k FOREIGN KEY (author_id) '
    'REFERENCES shop_author (id) NOT VALID", migrations.RunSQL.noop),'
)


def test_a_constraint_for_what_was_a_relation_breaks_hardly_any_insert(tmp_path: Path) -> None:
    field = 'models.ForeignKey("shop.Author", models.CASCADE, db_constraint=False)'
    assert broken(project(ADD_KEY, RELATION.replace("{field}", field)), tmp_path) == [
        (
            "the running release can no longer insert some rows into shop_book, because author_id must be a row of "
            "shop_author"
        ),
        (
            "the running release can no longer delete some rows from shop_author, because rows of shop_book refer to "
            "it, which the running release does not know"
        ),
    ]


def test_a_constraint_for_what_was_a_number_breaks_inserts(tmp_path: Path) -> None:
    field = 'models.BigIntegerField(db_column="author_id", db_index=True)'
    assert broken(project(ADD_KEY, RELATION.replace("{field}", field)), tmp_path)[0] == (
        "the running release can no longer insert into shop_book, because author_id must be a row of shop_author"
    )


def test_an_insert_asks_for_generated_columns_back(tmp_path: Path) -> None:
    before = """\
migrations.CreateModel("Box", [
    ("id", models.BigAutoField(primary_key=True)),
    ("side", models.IntegerField()),
    ("area", models.GeneratedField(
        expression=models.F("side") * models.F("side"), output_field=models.IntegerField(), db_persist=True)),
]),
"""
    assert broken(project('migrations.RemoveField("box", "area"),', before), tmp_path) == [
        "the running release can no longer read or insert into shop_box, because shop_box.area is dropped"
    ]


PLACES = """\
migrations.CreateModel("Place", [
    ("id", models.BigAutoField(primary_key=True)),
    ("at", gis.PointField()),
    ("area", gis.PolygonField(null=True, srid=3857, spatial_index=False)),
]),
"""
GIS = "from django.contrib.gis.db import models as gis\n"
POSTGIS = "django.contrib.gis.db.backends.postgis"


@pytest.mark.parametrize(
    ("operation", "statements", "findings"),
    [
        (
            'AddField("place", "door", gis.PointField(null=True))',
            [
                'ALTER TABLE "shop_place" ADD COLUMN "door" geometry(POINT,4326) NULL',
                'CREATE INDEX "shop_place_door_00e05b98_id" ON "shop_place" USING GIST ("door")',
            ],
            ["1: error blocking-index"],
        ),
        (
            'AddField("place", "door", gis.GeometryField(null=True, geography=True, dim=3, spatial_index=False))',
            ['ALTER TABLE "shop_place" ADD COLUMN "door" geography(GEOMETRYZ,4326) NULL'],
            [],
        ),
        (
            'AlterField("place", "at", gis.PointField(null=True, help_text="door"))',
            ['ALTER TABLE "shop_place" ALTER COLUMN "at" DROP NOT NULL'],
            [],
        ),
        (
            'AlterField("place", "area", gis.MultiPolygonField(null=True, srid=3857, spatial_index=False))',
            ['ALTER TABLE "shop_place" ALTER COLUMN "area" TYPE geometry(MULTIPOLYGON,3857)'],
            ["1: error table-rewrite"],
        ),
        (
            'AlterField("place", "area", gis.PolygonField(null=True, srid=3857, spatial_index=False, dim=3))',
            [
                (
                    'ALTER TABLE "shop_place" ALTER COLUMN "area" TYPE geometry(POLYGONZ,3857) '
                    'USING ST_Force3D("area")::geometry(POLYGONZ,3857)'
                )
            ],
            ["1: error table-rewrite"],
        ),
        (
            'AlterField("place", "area", gis.PolygonField(null=True, srid=3857))',
            ['CREATE INDEX "shop_place_area_ecfa12f0_id" ON "shop_place" USING GIST ("area")'],
            ["1: error blocking-index"],
        ),
        (
            'AlterField("place", "at", gis.PointField(spatial_index=False))',
            ['DROP INDEX IF EXISTS "shop_place_at_a2db4e9c_id"'],
            ["1: info blocking-drop-index"],
        ),
        (
            'CreateModel("Map", [("id", models.BigAutoField(primary_key=True)), ("tiles", gis.RasterField())])',
            [
                (
                    'CREATE TABLE "shop_map" ("id" bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, '
                    '"tiles" raster NOT NULL)'
                ),
                'CREATE INDEX "shop_map_tiles_1a1817a7_id" ON "shop_map" USING GIST (ST_ConvexHull("tiles"))',
            ],
            [],
        ),
    ],
)
def test_geometries(tmp_path: Path, operation: str, statements: list[str], findings: list[str]) -> None:
    files = project(f"migrations.{operation},", PLACES, head=f"{GIS}{HEAD}", database=POSTGIS)
    assert sent(files, tmp_path) == statements
    assert found(files) == findings


FIELDS = """\
class Code(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 12)
        super().__init__(*args, **kwargs)


class Pages(models.PositiveIntegerField):
    description = "how many"


class Wide(models.IntegerField):
    def get_internal_type(self):
        return "BigIntegerField"


class Money(models.Field):
    def db_type(self, connection):
        return "numeric(12, 2)"


class Tiny(models.IntegerField):
    def db_type(self, connection):
        if connection.vendor == "mysql":
            return "tinyint"
        return "smallint"


class Fixed(models.CharField):
    def db_type(self, connection):
        return f"char({self.max_length})"


class Secret(models.CharField):
    def db_type(self, connection):
        return encrypted(super().db_type(connection))


"""


@pytest.mark.parametrize(
    ("operation", "statements", "findings"),
    [
        ('AddField("book", "x", Code(null=True))', ["ADD COLUMN x varchar(12) NULL"], []),
        ('AlterField("book", "isbn", Code(max_length=13, null=True))', [], []),
        (
            'AlterField("book", "price", Wide(default=0))',
            ["ALTER COLUMN price TYPE bigint USING price::bigint"],
            ["1: error table-rewrite"],
        ),
        (
            'AddField("book", "x", Pages(null=True))',
            ["ADD COLUMN x integer NULL CHECK (x >= 0)"],
            ["1: error blocking-check"],
        ),
        ('AddField("book", "x", Money(null=True))', ["ADD COLUMN x numeric(12, 2) NULL"], []),
        ('AddField("book", "x", Fixed(max_length=2, null=True))', ["ADD COLUMN x char(2) NULL"], []),
        (
            'AlterField("book", "price", Tiny(default=0))',
            ["ALTER COLUMN price TYPE smallint"],
            ["1: error narrow-column", "1: error table-rewrite"],
        ),
        (
            'AddField("book", "x", Secret(max_length=2, null=True))',
            ["ADD COLUMN x <type of Secret> NULL"],
            ["1: info not-analysed"],
        ),
    ],
)
def test_fields_of_the_projects_own(tmp_path: Path, operation: str, statements: list[str], findings: list[str]) -> None:
    files = project(f"migrations.{operation},", head=f"{HEAD}{FIELDS}")
    alter = "ALTER TABLE shop_book "
    assert [sql.replace('"', "").removeprefix(alter) for sql in sent(files, tmp_path)] == statements
    assert found(files) == findings


OTHERS = """\
migrations.CreateModel("Shadow", [("id", models.BigAutoField(primary_key=True)), ("x", models.IntegerField())],
    options={"managed": False, "db_table": "shop_book"}),
migrations.CreateModel("Reprint", [], options={"proxy": True}, bases=("shop.book",)),
migrations.CreateModel("Ebook", [
    ("book_ptr", models.OneToOneField("shop.book", models.CASCADE, parent_link=True, primary_key=True)),
    ("size", models.IntegerField(null=True)),
], bases=("shop.book",)),
"""


@pytest.mark.parametrize(
    ("operation", "statements", "findings"),
    [
        ('AddField("shadow", "y", models.IntegerField(default=1))', [], []),
        ('AlterField("shadow", "x", models.BigIntegerField())', [], []),
        ('RemoveField("shadow", "x")', [], []),
        ('RenameField("shadow", "x", "y")', [], []),
        ('AlterModelTable("shadow", "elsewhere")', [], []),
        ('DeleteModel("Shadow")', [], []),
        ('AlterModelOptions("shadow", {"managed": True})', [], []),
        ('AlterModelOptions("reprint", {"ordering": ["title"]})', [], []),
        ('DeleteModel("Reprint")', [], []),
        ('RenameModel("Reprint", "Edition")', [], []),
        ('RemoveField("book", "isbn")', ["ALTER TABLE shop_book DROP COLUMN isbn CASCADE"], ["1: error drop-column"]),
        (
            'AddField("book", "pages", models.IntegerField(null=True))',
            ["ALTER TABLE shop_book ADD COLUMN pages integer NULL"],
            [],
        ),
        ('RemoveField("ebook", "size")', ["ALTER TABLE shop_ebook DROP COLUMN size CASCADE"], ["1: error drop-column"]),
        ('DeleteModel("Ebook")', ["DROP TABLE shop_ebook CASCADE"], ["1: error drop-table"]),
    ],
)
def test_unmanaged_proxy_and_inheriting_models(
    tmp_path: Path, operation: str, statements: list[str], findings: list[str]
) -> None:
    files = project(f"migrations.{operation},", AUTHORS_AND_BOOKS + OTHERS)
    assert [sql.replace('"', "") for sql in sent(files, tmp_path)] == statements
    assert found(files) == findings


@pytest.mark.parametrize(
    ("engine", "statement"),
    [
        ("postgresql", 'ALTER TABLE "shop_book" ALTER COLUMN "price" TYPE smallint'),
        ("mysql", "ALTER TABLE `shop_book` MODIFY `price` tinyint NOT NULL"),
    ],
)
def test_a_column_type_that_depends_on_the_engine(tmp_path: Path, engine: str, statement: str) -> None:
    operation = 'migrations.AlterField("book", "price", Tiny(default=0)),'
    settings = {"database": engine, "database_version": 17 if engine == "postgresql" else "8.4"}
    assert sent(project(operation, head=f"{HEAD}{FIELDS}", **settings), tmp_path) == [statement]


def advice(files: Mapping[str, str], rule: str) -> str:
    """What the one finding of a rule in the last migration tells to write."""
    (only,) = (f for f in lint_section(Section("Bad", 1, dict(files))) if f.path == TARGET and f.rule == rule)
    return only.advice


TAGS = """\
migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel("Book", [
    ("id", models.BigAutoField(primary_key=True)),
    ("tags", models.ManyToManyField("shop.Tag", blank=True)),
    ("slug", models.SlugField(null=True)),
]),
"""


def test_a_many_to_many_table_keeps_its_name_through_its_field() -> None:
    told = advice(project('migrations.RenameField("book", "tags", "labels"),', TAGS), "rename-table")
    assert told == (
        '# Keep the name, with db_table="shop_book_tags" in the field: nothing is sent to the database.\n'
        'migrations.AlterField("book", "tags", '
        'models.ManyToManyField(to="shop.Tag", blank=True, db_table="shop_book_tags"))\n'
        'migrations.RenameField("book", "tags", "labels")'
    )
    operations = "\n".join(f"{line}," for line in told.splitlines()[1:])
    assert found(project(operations, TAGS)) == []


def test_both_indexes_of_a_text_column_go_with_the_state_that_knows_of_them() -> None:
    files = project('migrations.AlterField("book", "slug", models.CharField(max_length=50, null=True)),', TAGS)
    assert found(files) == ["1: info blocking-drop-index"]
    told = advice(files, "blocking-drop-index")
    path = "shop/migrations/0010_drop_shop_book_slug_284cf2fa.py"
    note, name, source = told.split("\n", 2)
    assert (note, name) == ("# Take this operation out of 0009_target, and write instead:", f"# {path}")
    files[TARGET] = migration("", "0001_initial")
    assert found(files | {path: source}, path) == []
    assert source.count("DROP INDEX CONCURRENTLY IF EXISTS") == 2
    assert 'migrations.AlterField("book", "slug", models.CharField(max_length=50, null=True))' in source


CODES = """\
migrations.CreateModel("Book", [
    ("id", models.BigAutoField(primary_key=True)),
    ("code", models.CharField(max_length=9, unique=True)),
    ("pages", models.PositiveIntegerField()),
    ("area", models.GeneratedField(
        expression=models.F("pages") * 2, output_field=models.IntegerField(), db_persist=True)),
]),
"""


def test_a_unique_constraint_is_no_index_to_drop() -> None:
    files = project(
        'migrations.AlterField("book", "code", models.CharField(max_length=9, unique=True, db_collation="C")),', CODES
    )
    assert advice(files, "blocking-reindex").splitlines() == [
        "# 1. In a migration with atomic = False, drop what would be built again:",
        "#    DROP INDEX CONCURRENTLY shop_book_code_6d2c2ad5_like",
        "#    ALTER TABLE shop_book DROP CONSTRAINT shop_book_code_key",
        "# 2. Change the column as it stands here.",
        "# 3. In another migration with atomic = False, build it with CREATE INDEX CONCURRENTLY.",
        "# 4. Make the unique index a constraint again: ADD CONSTRAINT ... UNIQUE USING INDEX ...",
    ]


def test_a_comment_needs_no_type() -> None:
    before = CODES.replace('    ("area"', '    ("size", models.IntegerField()),\n    ("area"').replace(
        'F("pages")', 'F("size")'
    )
    operation = 'migrations.AlterField("book", "pages", models.PositiveIntegerField(db_comment="how many")),'
    told = advice(project(operation, before), "table-scan")
    assert "COMMENT ON COLUMN" in told
    assert "TYPE" not in told
    assert found(project(f"{told},", before)) == []


def test_a_generated_column_comes_back_generated() -> None:
    told = advice(project('migrations.RemoveField("book", "area"),', CODES), "drop-column")
    assert 'GENERATED ALWAYS AS (("pages" * 2)) STORED' in told


@pytest.mark.parametrize(
    ("constraint", "rows"),
    [
        (
            'fields=["code"], condition=models.Q(pages__gt=1)',
            'two rows of shop_book where "pages" > 1 have the same code',
        ),
        ('models.functions.Lower("code"), "pages"', 'two rows of shop_book have the same (LOWER("code")), pages'),
    ],
)
def test_the_rows_that_keep_a_unique_index_from_being_built(constraint: str, rows: str) -> None:
    operation = f'migrations.AddConstraint("book", models.UniqueConstraint({constraint}, name="u")),'
    findings = lint_section(Section("Bad", 1, project(operation, CODES)))
    (message,) = (f.message for f in findings if f.path == TARGET and f.rule == "blocking-index")
    assert message.endswith(f" It fails if {rows}.")


RENAMED_BACK = """\
migrations.RenameField("book", "isbn", "number"),
migrations.AlterField("book", "number", models.CharField(max_length=13, null=True, db_column="isbn")),
"""
SWAPPED = """\
migrations.RenameField("book", "isbn", "old"),
migrations.RenameField("book", "title", "isbn"),
migrations.RenameField("book", "old", "title"),
"""


@pytest.mark.parametrize(
    ("operations", "body", "settings", "expected"),
    [
        (RENAMED_BACK, "", {}, []),
        (RENAMED_BACK, "    atomic = False\n", {}, ["1: error rename-column"]),
        (RENAMED_BACK, "", {"database": "mysql", "database_version": "8.4"}, ["1: error rename-column"]),
        (SWAPPED, "", {}, ["1: error rename-column", "2: error rename-column"]),
    ],
)
def test_a_column_that_has_its_name_back_before_the_commit(
    operations: str, body: str, settings: dict[str, object], expected: list[str]
) -> None:
    lines = found(project(operations, body=body, **settings))
    assert [line for line in lines if "rename" in line] == expected


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (
            (
                'migrations.AlterModelTable("book", "volumes"),\n'
                'migrations.AddField("book", "note", models.TextField(null=True)),'
            ),
            [],
        ),
        (
            (
                'migrations.AlterModelTable("book", "volumes"),\n'
                'migrations.AddField("author", "note", models.TextField(null=True)),'
            ),
            ["AddField locks shop_author while the migration still holds volumes"],
        ),
    ],
)
def test_a_renamed_table_is_still_one_table(operations: str, expected: list[str]) -> None:
    findings = lint_section(Section("Bad", 1, project(operations)))
    told = [f.message.partition(":")[0] for f in findings if f.rule == "lock-pile-up"]
    assert told == expected
