"""SQL inside Django migrations: RunSQL in every form, and what functions of RunPython send and write."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from migration_lint import config, explaining, lint
from migration_lint.explaining import Explanation
from migration_lint.rule import Finding

INITIAL = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Author", [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.CharField(max_length=50)),
        ]),
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=50)),
            ("pages", models.IntegerField(null=True)),
            ("author", models.ForeignKey("shop.Author", models.CASCADE, null=True)),
        ], options={"db_table": "the_books"}),
        migrations.CreateModel("Novel", [
            ("book_ptr", models.OneToOneField("shop.Book", models.CASCADE, primary_key=True, parent_link=True)),
            ("plot", models.TextField()),
        ], bases=("shop.book",)),
    ]
"""
PATH = "shop/migrations/0002_sql.py"


class Project:
    """Files below a folder of their own."""

    def __init__(self, root: Path, files: Mapping[str, str], **settings: str) -> None:
        self.root = root
        everything = {
            "shop/__init__.py": "",
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_initial.py": INITIAL,
        }
        for name, text in {**everything, **files}.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
        overrides = [f"{key.replace('_', '-')}={json.dumps(value)}" for key, value in settings.items()]
        self.settings = config.load([root], overrides=overrides).settings

    def explain(self, path: str = PATH) -> Explanation:
        return explaining.explain(self.root / path, self.settings)

    def lint(self) -> list[Finding]:
        found = lint.lint([self.root], self.settings, folder=self.root).findings
        return sorted(found, key=lambda finding: finding.sort_key)


def migration(operations: str, before: str = "", imports: str = "from django.db import migrations, models") -> str:
    lines = "\n".join(f"        {line}" for line in dedent(operations).strip().splitlines())
    return (
        f"{imports}\n{dedent(before)}\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("shop", "0001_initial")]\n    operations = [\n{lines}\n    ]\n'
    )


def statements(
    operations: str,
    before: str = "",
    imports: str = "from django.db import migrations, models",
    others: Mapping[str, str] | None = None,
    **settings: str,
) -> list[str]:
    """What a migration sends, and in brackets what about it is not known."""
    with tempfile.TemporaryDirectory() as folder:
        files = {PATH: migration(operations, before, imports), **(others or {})}
        explained = Project(Path(folder).resolve(), files, **settings).explain()
    sent = []
    for step in explained.steps:
        sent += [sql.rstrip(";") for sql in step.statements]
        sent += [f"[{reason}]" for reason in step.unknown]
    return sent


INDEX = "CREATE INDEX i ON the_books (pages)"


class TestRunSQL:
    @pytest.mark.parametrize(
        ("operation", "before"),
        [
            (f'migrations.RunSQL("{INDEX}")', ""),
            (f'migrations.RunSQL(sql="{INDEX};", reverse_sql="DROP TABLE the_books")', ""),
            (f'migrations.RunSQL(["{INDEX}"], ["DROP TABLE the_books"])', ""),
            (f'migrations.RunSQL([("{INDEX}", None)])', ""),
            (f'migrations.RunSQL((("{INDEX}", []),))', ""),
            ("migrations.RunSQL(SQL)", f'SQL = "{INDEX}"'),
            ('migrations.RunSQL(f"CREATE INDEX {NAME} ON {TABLE} (pages)")', 'NAME, TABLE = "i", "the_books"'),
            ('migrations.RunSQL("CREATE INDEX {} ON {t} (pages)".format("i", t=TABLE))', 'TABLE = "the_books"'),
            ('migrations.RunSQL("CREATE INDEX %s ON %s (pages)" % ("i", TABLE))', 'TABLE = "the_books"'),
            ('migrations.RunSQL("CREATE INDEX i ON " + TABLE + " (pages)")', 'TABLE = "the_books"'),
            ('migrations.RunSQL("CREATE INDEX i "\n    "ON the_books (pages)")', ""),
            ("migrations.RunSQL(dedent(SQL))", f'from textwrap import dedent\nSQL = """\n    {INDEX}\n"""'),
            (
                "migrations.RunSQL(make(TABLE))",
                'TABLE = "the_books"\ndef make(t):\n    return f"CREATE INDEX i ON {t} (pages)"',
            ),
            ("*[migrations.RunSQL(f'CREATE INDEX i ON {t} (pages)') for t in ('the_books',)]", ""),
            ("Own()", f'class Own(migrations.RunSQL):\n    def __init__(self):\n        super().__init__("{INDEX}")'),
            (f'Own("{INDEX}")', "class Own(migrations.RunSQL):\n    reversible = False"),
        ],
    )
    def test_forms(self, operation: str, before: str) -> None:
        assert statements(operation, before) == [INDEX]

    def test_class_constant(self, tmp_path: Path) -> None:
        text = migration("migrations.RunSQL(SQL)").replace("    operations", f'    SQL = "{INDEX}"\n    operations')
        explained = Project(tmp_path, {PATH: text}).explain()
        assert [step.statements for step in explained.steps] == [(INDEX,)]

    @pytest.mark.parametrize(
        "expression",
        [
            "open(os.path.join(os.path.dirname(__file__), 'sql', 'x.sql')).read()",
            "(Path(__file__).parent / 'sql/x.sql').read_text()",
        ],
    )
    def test_file_beside_it(self, expression: str) -> None:
        imports = "import os\nfrom pathlib import Path\nfrom django.db import migrations"
        others = {"shop/migrations/sql/x.sql": f"-- an index\n{INDEX};\nDROP INDEX j;\n"}
        assert statements(f"migrations.RunSQL({expression})", imports=imports, others=others) == [INDEX, "DROP INDEX j"]

    def test_constant_of_another_file(self) -> None:
        others = {"shop/sql.py": f'SQL = "{INDEX}"\n'}
        assert statements("migrations.RunSQL(SQL)", "from shop.sql import SQL", others=others) == [INDEX]

    def test_reverse_sql_is_not_run(self) -> None:
        assert (
            statements('migrations.RunSQL("", "DROP TABLE the_books"), migrations.RunSQL(migrations.RunSQL.noop)') == []
        )

    def test_state_operations_change_the_state_alone(self, tmp_path: Path) -> None:
        operations = """
        migrations.RunSQL(
            "ALTER TABLE the_books ADD COLUMN isbn text",
            migrations.RunSQL.noop,
            state_operations=[migrations.AddField("book", "isbn", models.TextField(null=True))],
        ),
        migrations.AlterField("book", "isbn", models.TextField(null=True, db_index=True)),
        """
        sent = [step.statements for step in Project(tmp_path, {PATH: migration(operations)}).explain().steps]
        assert sent[0] == ("ALTER TABLE the_books ADD COLUMN isbn text",)
        assert sent[1] == ()
        assert [sql.split(" (")[0] for sql in sent[2]] == [
            'CREATE INDEX "the_books_isbn_182289b6" ON "the_books"',
            'CREATE INDEX "the_books_isbn_182289b6_like" ON "the_books"',
        ]

    GUARDED = """
    class PostgresOnly(migrations.RunSQL):
        def database_forwards(self, app_label, schema_editor, from_state, to_state):
            if schema_editor.connection.vendor != "postgresql":
                return
            super().database_forwards(app_label, schema_editor, from_state, to_state)
    """

    def test_guarded_subclass(self) -> None:
        operation = f'PostgresOnly("{INDEX}")'
        assert statements(operation, self.GUARDED) == [INDEX]
        assert statements(operation, self.GUARDED, database="sqlite") == []

    def test_what_is_not_constant_is_said(self) -> None:
        sent = statements(
            'migrations.RunSQL([f"DROP TABLE {settings.TABLE}", "DROP INDEX j"])', "from django.conf import settings"
        )
        assert sent == ["DROP INDEX j", "[TABLE is read from the settings]"]


def function(body: str, helpers: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in dedent(body).strip().splitlines())
    return f"from django.db import connection\n{dedent(helpers)}\n\ndef run(apps, schema_editor):\n{lines}\n"


def sent_by(body: str, helpers: str = "", operation: str = "migrations.RunPython(run)", **settings: str) -> list[str]:
    return statements(operation, function(body, helpers), **settings)


UNREAD = "[what its Python code does to the database]"


class TestSqlOfFunctions:
    @pytest.mark.parametrize(
        ("body", "helpers"),
        [
            (f'schema_editor.execute("{INDEX}")', ""),
            (f'schema_editor.execute(sql="{INDEX}", params=None)', ""),
            (f'with connection.cursor() as cursor:\n    cursor.execute("{INDEX}")', ""),
            (
                f'c = schema_editor.connection.cursor()\ntry:\n    c.execute("{INDEX}")\nfinally:\n    c.close()',
                "",
            ),
            (f'schema_editor.connection.cursor().execute("{INDEX}", [])', ""),
            (f'connections["default"].cursor().execute("{INDEX}")', "from django.db import connections"),
            (
                f'connections[schema_editor.connection.alias].cursor().execute("{INDEX}")',
                "from django.db import connections",
            ),
            (
                'for table in TABLES:\n    schema_editor.execute(f"CREATE INDEX i ON {table} (pages)")',
                'TABLES = ["the_books"]',
            ),
            (
                'helper(schema_editor, table="the_books")',
                'def helper(editor, table):\n    editor.execute("CREATE INDEX i ON %s (pages)" % table)',
            ),
            (
                (
                    'T = apps.get_model("shop", "Book")\n'
                    'schema_editor.execute(f"CREATE INDEX i ON {T._meta.db_table} (pages)")'
                ),
                "",
            ),
            (
                (
                    'Book = apps.get_model("shop.Book")\ncolumn = Book._meta.get_field("pages").column\n'
                    'schema_editor.execute("CREATE INDEX i ON {} ({})".format(Book._meta.db_table, column))'
                ),
                "",
            ),
        ],
    )
    def test_constants(self, body: str, helpers: str) -> None:
        assert sent_by(body, helpers) == [INDEX]

    def test_lambda_and_method(self) -> None:
        before = f'class Helper:\n    @staticmethod\n    def run(apps, editor):\n        editor.execute("{INDEX}")'
        assert statements("migrations.RunPython(Helper.run)", before) == [INDEX]
        assert statements(f'migrations.RunPython(lambda apps, editor: editor.execute("{INDEX}"))') == [INDEX]

    def test_function_of_another_file(self) -> None:
        others = {"shop/steps.py": f'def run(apps, schema_editor):\n    schema_editor.execute("{INDEX}")\n'}
        assert statements("migrations.RunPython(run)", "from shop.steps import run", others=others) == [INDEX]

    def test_quoted_names(self) -> None:
        body = """
        table = schema_editor.quote_name(apps.get_model("shop", "Book")._meta.db_table)
        schema_editor.execute("DROP INDEX %s" % schema_editor.connection.ops.quote_name("i"))
        schema_editor.execute("COMMENT ON TABLE " + table + " IS 'x'")
        """
        assert sent_by(body) == ['DROP INDEX "i"', "COMMENT ON TABLE \"the_books\" IS 'x'"]
        assert sent_by(body, database="mysql")[0] == "DROP INDEX `i`"

    def test_parameters(self) -> None:
        body = "schema_editor.execute(\"UPDATE the_books SET title = %s WHERE title LIKE 'a%%'\", ['x'])"
        assert sent_by(body) == ["UPDATE the_books SET title = %s WHERE title LIKE 'a%'"]

    def test_reverse_function_is_not_run(self) -> None:
        operation = "migrations.RunPython(migrations.RunPython.noop, run)"
        assert sent_by(f'schema_editor.execute("{INDEX}")', operation=operation) == []

    def test_other_vendor(self) -> None:
        body = f"""
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute("DROP TABLE x")
        if schema_editor.connection.vendor != "postgresql":
            return
        schema_editor.execute("{INDEX}")
        """
        assert sent_by(body) == [INDEX]
        assert sent_by(body, database="sqlite") == ["DROP TABLE x"]

    def test_what_is_not_constant_is_said(self) -> None:
        body = """
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables")
            for row in cursor.fetchall():
                cursor.execute(f"DROP TABLE {row[0]}")
        """
        assert sent_by(body) == [
            "SELECT tablename FROM pg_tables",
            "DROP TABLE {row[0]}",
            UNREAD,
            "[what DROP TABLE {row[0]} does: it is the result of a call, which only running it tells]",
        ]

    def test_schema_editor_that_is_not_followed(self) -> None:
        body = 'schema_editor.remove_index(apps.get_model("shop", "Book"), None)\nelsewhere.change(schema_editor)'
        assert sent_by(body, "import elsewhere") == [
            "[what schema_editor.remove_index does is not followed]",
            "[what elsewhere.change does is not followed]",
            UNREAD,
        ]


class TestRowsOfFunctions:
    @pytest.mark.parametrize(
        ("body", "sql"),
        [
            ("Book.objects.update(pages=1)", ["UPDATE the_books SET pages = …"]),
            ("Book.objects.all().update(pages=1, author=None)", ["UPDATE the_books SET pages = …, author_id = …"]),
            ("Book.objects.using('x').filter(pages=1).update(pages=2)", ["UPDATE the_books SET pages = … WHERE …"]),
            ("Book._default_manager.exclude(pk=1).delete()", ["DELETE FROM the_books WHERE …"]),
            ("Book.objects.all().delete()", ["DELETE FROM the_books"]),
            ("Book.objects.create(title='x')", ["INSERT INTO the_books …"]),
            ("Book.objects.bulk_create([Book(title='x')])", ["INSERT INTO the_books …"]),
            (
                "Book.objects.bulk_update(list(Book.objects.all()), ['title'])",
                ["UPDATE the_books SET title = … WHERE …"],
            ),
            (
                "book, made = Book.objects.get_or_create(title='x')\nbook.delete()",
                ["INSERT INTO the_books …", "DELETE FROM the_books WHERE …"],
            ),
            ("Book(title='x').save()", ["INSERT INTO the_books …"]),
            (
                "for book in Book.objects.all():\n    book.title = book.title.strip()\n    book.save()",
                ["UPDATE the_books SET title = … WHERE …"],
            ),
            ("for book in Book.objects.filter(pages=1)[:100]:\n    book.delete()", ["DELETE FROM the_books WHERE …"]),
            (
                "Author.objects.update_or_create(name='x', defaults={'name': 'y'})",
                ["INSERT INTO shop_author …", "UPDATE shop_author SET name = … WHERE …"],
            ),
            (
                "Novel.objects.update(pages=1, plot='')",
                ["UPDATE the_books SET pages = …", "UPDATE shop_novel SET plot = …"],
            ),
            ("Novel.objects.create(plot='')", ["INSERT INTO the_books …", "INSERT INTO shop_novel …"]),
            ("print(Book.objects.filter(pages=1).count(), Book.objects.values_list('pk', flat=True)[0])", []),
        ],
    )
    def test_calls(self, body: str, sql: list[str]) -> None:
        models = "".join(f'{name} = apps.get_model("shop", "{name}")\n' for name in ("Author", "Book", "Novel"))
        assert sent_by(models + body) == sql

    @pytest.mark.parametrize(
        "body",
        ["Book.objects.repair()", "elsewhere(Book)", "Book.objects.first().authors.add(1)", "exec('x')", "book.save()"],
    )
    def test_what_is_not_understood_is_said(self, body: str) -> None:
        assert sent_by(f'Book = apps.get_model("shop", "Book")\n{body}') == [UNREAD]

    def test_nulls_and_the_column_itself(self, tmp_path: Path) -> None:
        """Neither leaves a foreign key to be checked, so the table can be altered afterwards; another value does."""
        for value, refused in (("None", False), ("models.F('author')", False), ("3", True)):
            body = f'apps.get_model("shop", "Book").objects.update(author={value})'
            add = 'migrations.RunPython(run), migrations.AddField("book", "isbn", models.TextField(null=True))'
            project = Project(tmp_path / value, {PATH: migration(add, function(body))})
            mixed = [f.severity.label for f in project.lint() if f.rule == "mixed-schema-and-data"]
            assert mixed == (["error"] if refused else ["warning"])


class TestWhatIsSure:
    """What was not understood may have changed the schema: nothing that rests on the exact schema is said after it."""

    AGAIN = 'migrations.RunSQL("CREATE INDEX i ON the_books (title)", migrations.RunSQL.noop)'

    def failing(self, root: Path, between: str, before: str = "") -> list[str]:
        operations = f'migrations.RunSQL("{INDEX}", migrations.RunSQL.noop),\n{between}\n{self.AGAIN},\n'
        text = migration(operations, before)
        return [f.message for f in Project(root, {PATH: text}).lint() if f.rule == "fails-when-run"]

    TAKEN = 'RunSQL fails when it runs: relation "i" already exists.'

    def test_all_understood(self, tmp_path: Path) -> None:
        assert self.failing(tmp_path, "") == [self.TAKEN]
        rows = function('apps.get_model("shop", "Book").objects.update(pages=0)')
        assert self.failing(tmp_path / "rows", "migrations.RunPython(run),", rows) == [self.TAKEN]

    def test_index_dropped_in_python(self, tmp_path: Path) -> None:
        known = function('schema_editor.execute("DROP INDEX i")')
        assert self.failing(tmp_path, "migrations.RunPython(run),", known) == []

    @pytest.mark.parametrize(
        "body",
        [
            "schema_editor.execute(Statement('DROP INDEX %(name)s', name='i'))",
            "schema_editor.remove_index(apps.get_model('shop', 'Book'), INDEX)",
            "drop('i')",
            "if input():\n    schema_editor.execute('DROP INDEX i; CREATE INDEX j ON the_books (pages)')",
        ],
    )
    def test_python_that_is_not_followed(self, tmp_path: Path, body: str) -> None:
        before = function(body, "from django.db.backends.ddl_references import Statement")
        assert self.failing(tmp_path, "migrations.RunPython(run),", before) == []

    @pytest.mark.parametrize(
        ("operation", "before"),
        [
            ("Custom(),", "from elsewhere import Custom"),
            ("migrations.RunPython(steps.drop),", "import steps"),
            ('migrations.RunSQL(settings.SQL, ""),', "from django.conf import settings"),
            ('migrations.RunSQL("FROBNICATE i", ""),', ""),
        ],
    )
    def test_operations_that_are_not_understood(self, tmp_path: Path, operation: str, before: str) -> None:
        assert self.failing(tmp_path, operation, before) == []

    def test_what_no_schema_allows_is_still_said(self, tmp_path: Path) -> None:
        operations = 'Custom(), migrations.RunSQL("VACUUM the_books", migrations.RunSQL.noop)'
        project = Project(tmp_path, {PATH: migration(operations, "from elsewhere import Custom")})
        messages = [f.message for f in project.lint() if f.rule == "fails-when-run"]
        assert messages == ["RunSQL fails when it runs: VACUUM cannot run inside a transaction block."]


def test_findings_stand_at_the_call(tmp_path: Path) -> None:
    body = f'names = ["x"]\nschema_editor.execute(\n    "{INDEX}"\n)'
    found = Project(tmp_path, {PATH: migration("migrations.RunPython(run, run)", function(body))}).lint()
    assert [(f.rule, f.span.line) for f in found if f.rule == "blocking-index"] == [("blocking-index", 8)]


def test_long_loops_end() -> None:
    body = "for x in range(9000):\n    for y in range(9000):\n        schema_editor.execute(f'DROP INDEX i{x}')"
    assert sent_by(body)[-1] == UNREAD


@pytest.mark.parametrize(
    "body",
    [
        f"apps{'.x' * 1900}.execute('x')",
        f"Book{'.x' * 1900}.execute('x')",
        "rows = Book.objects\n" + "rows = rows.filter()\n" * 1500 + "rows.update(pages=1)",
        "text = input()\n" + "text = text + 'x'\n" * 1500 + "schema_editor.execute(text)",
        "row = Book.objects\n" + "row = row[0]\n" * 1500 + "schema_editor.execute(f'{row}')",
        "row = Book.objects\n" + "row = row.x\n" * 1500 + "schema_editor.execute(f'{row}')",
    ],
)
def test_long_chains_end(body: str) -> None:
    assert sent_by(f'Book = apps.get_model("shop", "Book")\n{body}') != []
