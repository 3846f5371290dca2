"""What the rules on data migrations say of the ways in which people write them, beside what their pages show."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent

import pytest

from migration_lint import config, lint
from migration_lint.rule import Finding

INITIAL = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Author", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=50)),
            ("isbn", models.CharField(max_length=20, null=True)),
        ]),
    ]
"""
LOOPS = ("unbatched-iteration", "save-in-loop", "unbatched-update", "delete-without-where", "unordered-slice")


def findings(files: Mapping[str, str], select: tuple[str, ...], **settings: object) -> list[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, text in {"shop/__init__.py": "", "shop/migrations/0001_initial.py": INITIAL, **files}.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
        overrides = [f"{key}={json.dumps(value)}" for key, value in {"select": select, **settings}.items()]
        report = lint.lint([root], config.load([root], overrides=overrides).settings, folder=root)
        return [finding for finding in report.findings if finding.suppressed is None]


def migration(body: str, helpers: str = "", operation: str = "migrations.RunPython(run)", attributes: str = "") -> str:
    lines = indent(dedent(body).strip(), "    ")
    return (
        f"from django.db import migrations, models\n{dedent(helpers)}\n\n"
        f"def run(apps, schema_editor):\n    Book = apps.get_model('shop', 'Book')\n{lines}\n"
        f"\n\nclass Migration(migrations.Migration):\n    {attributes}\n    dependencies = [('shop', '0001_initial')]\n"
        f"    operations = [{operation}]\n"
    )


def found(body: str, *select: str, helpers: str = "", **others: str) -> list[tuple[str, str]]:
    """Each rule with the line that it points at."""
    text = migration(body, helpers)
    files = {"shop/migrations/0002_rows.py": text, **others}
    lines = dedent(text).splitlines()
    return [(f.rule, lines[f.span.line - 1].strip()) for f in findings(files, select or LOOPS)]


class TestLoops:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("for b in Book.objects.all():\n    print(b)", "unbatched-iteration"),
            ("books = Book.objects.order_by('pk')\nfor b in books:\n    print(b)", "unbatched-iteration"),
            ("for b in Book._default_manager.select_related('author'):\n    print(b)", "unbatched-iteration"),
            ("for i, b in enumerate(Book.objects.all()):\n    print(i, b)", "unbatched-iteration"),
            ("for b in sorted(Book.objects.all(), key=str):\n    print(b)", "unbatched-iteration"),
            ("for b in list(Book.objects.iterator()):\n    print(b)", "unbatched-iteration"),
            ("with open('x') as f:\n    for b in Book.objects.all():\n        print(b, f)", "unbatched-iteration"),
            ("if Book.objects.exists():\n    for b in Book.objects.all():\n        print(b)", "unbatched-iteration"),
            ("for b in Book.objects.filter(isbn=None):\n    b.isbn = ''\n    b.save()", "save-in-loop"),
            ("for b in Book.objects.filter(isbn__isnull=True):\n    b.isbn = ''\n    b.save()", "save-in-loop"),
            ("for b in Book.objects.exclude(title=None):\n    print(b)", None),
            ("for b in Book.objects.filter(isbn=None):\n    print(b)", None),
            ("for b in Book.objects.filter(isbn=None, title='x'):\n    b.isbn = ''\n    b.save()", None),
            ("for b in Book.objects.filter(pk__in=[1]).filter(isbn=None):\n    b.isbn = ''\n    b.save()", None),
            ("for b in Book.objects.iterator():\n    print(b)", None),
            ("for b in Book.objects.all().iterator(chunk_size=100):\n    print(b)", None),
            ("for b in Book.objects.all()[:100]:\n    b.save()", None),
            ("for pk in Book.objects.values_list('pk', flat=True):\n    print(pk)", None),
            ("for b in Book.objects.none():\n    b.save()", None),
            ("for b in Book.objects.raw('SELECT 1'):\n    b.save()", None),
            ("for b in unknown(Book.objects.all()):\n    b.save()", None),
            ("names = {b.pk: b for b in Book.objects.all()}\nprint(names)", None),
            ("for b in [Book(title='a'), Book(title='b')]:\n    b.save()", None),
            ("for b in Book.objects.iterator():\n    b.pk = None\n    b.save()", None),
            ("for b in Book.objects.iterator():\n    Book(title=b.title).save()", None),
        ],
    )
    def test_a_loop(self, body: str, expected: str | None) -> None:
        assert [rule for rule, _ in found(body)] == ([expected] if expected else [])

    def test_save_speaks_in_the_place_of_the_loop(self) -> None:
        body = "for book in Book.objects.all():\n    book.title = ''\n    book.save()"
        assert found(body) == [("save-in-loop", "book.save()")]

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (
                "for book in Book.objects.iterator():\n    book.save()",
                (
                    "run() writes each book on its own: one UPDATE for every row of shop_book, and these rows stay "
                    "locked until the whole transaction ends."
                ),
            ),
            (
                "for book in Book.objects.all():\n    if not book.isbn:\n        book.save()",
                (
                    "run() writes each book on its own: one UPDATE for each row of shop_book that it changes, and "
                    "these rows stay locked until the whole transaction ends. The loop also loads the whole table into "
                    "memory at once."
                ),
            ),
            (
                "for book in Book.objects.iterator():\n    if book.isbn:\n        continue\n    book.save()",
                (
                    "run() writes each book on its own: one UPDATE for each row of shop_book that it changes, and "
                    "these rows stay locked until the whole transaction ends."
                ),
            ),
            (
                "Book.objects.filter(isbn=None).update(isbn='')",
                (
                    "One UPDATE in run() writes every row in which isbn is still NULL of shop_book: these rows stay "
                    "locked until the whole transaction ends."
                ),
            ),
        ],
    )
    def test_message(self, body: str, message: str) -> None:
        (finding,) = findings({"shop/migrations/0002_rows.py": migration(body)}, LOOPS)
        assert finding.message == message

    def test_a_helper_of_another_file(self) -> None:
        helper = """
        def each(model):
            for row in model.objects.all():
                row.title = ''
                row.save()
        """
        body = "print(1)\neach(Book)"
        files = {
            "shop/migrations/0002_rows.py": migration(body, "from shop.helpers import each"),
            "shop/helpers.py": helper,
        }
        (finding,) = findings(files, LOOPS)
        assert (finding.rule, finding.path, finding.span.line) == ("save-in-loop", "shop/migrations/0002_rows.py", 7)

    @pytest.mark.parametrize(
        ("operation", "helpers"),
        [
            (
                "migrations.RunPython(Runner.go)",
                "class Runner:\n    @staticmethod\n    def go(apps, editor):\n        run(apps, editor)\n",
            ),
            ("migrations.RunPython(lambda apps, editor: run(apps, editor))", ""),
            ("migrations.RunPython(partial(run))", "from functools import partial\n"),
            ("migrations.RunPython(code=run, reverse_code=run)", ""),
        ],
    )
    def test_how_it_is_run(self, operation: str, helpers: str) -> None:
        text = migration("for b in Book.objects.all():\n    print(b)", helpers, operation)
        assert [f.rule for f in findings({"shop/migrations/0002_rows.py": text}, LOOPS)] == ["unbatched-iteration"]

    def test_reverse_code_is_judged_by_its_own_family(self) -> None:
        operation = "migrations.RunPython(migrations.RunPython.noop, run)"
        text = migration("Book.objects.all().delete()", operation=operation)
        assert findings({"shop/migrations/0002_rows.py": text}, LOOPS) == []

    @pytest.mark.parametrize(
        ("settings", "severities"),
        [
            ({}, ["warning", "warning"]),
            ({"small-tables": ["shop.Book"]}, ["info", "info"]),
            ({"large-tables": ["shop_book"]}, ["error", "error"]),
            ({"hot-tables": ["shop_book"]}, ["error", "error"]),
        ],
    )
    def test_sizes_of_tables(self, settings: dict[str, object], severities: list[str]) -> None:
        body = "for b in Book.objects.all():\n    print(b)\nBook.objects.filter(isbn=None).update(isbn='')"
        found = findings({"shop/migrations/0002_rows.py": migration(body)}, LOOPS, **settings)
        assert [f.severity.label for f in found] == severities

    def test_the_user_model(self) -> None:
        body = "for u in apps.get_model(settings.AUTH_USER_MODEL).objects.all():\n    print(u)"
        text = migration(body, "from django.conf import settings")
        (finding,) = findings({"shop/migrations/0002_rows.py": text}, LOOPS)
        assert finding.message.startswith("The loop in run() loads every row of auth_user into memory")

    def test_another_database(self) -> None:
        body = "if schema_editor.connection.vendor == 'mysql':\n    for b in Book.objects.all():\n        print(b)"
        text = {"shop/migrations/0002_rows.py": migration(body)}
        assert findings(text, LOOPS) == []
        assert [f.rule for f in findings(text, LOOPS, database="mysql")] == ["unbatched-iteration"]


class TestUpdates:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("Book.objects.update(title='')", "delete-without-where"),
            ("Book.objects.using('x').all().update(title='')", "delete-without-where"),
            ("Book.objects.filter(title=None).update(title='')", "unbatched-update"),
            ("qs = Book.objects.filter(isbn=None)\nif qs.exists():\n    qs.update(isbn='')", "unbatched-update"),
            ("Book.objects.filter(isbn=None).exclude(title=None).update(isbn='')", "unbatched-update"),
            ("Book.objects.all().delete()", "delete-without-where"),
            ("Book.objects.filter(isbn=None).update(title='')", None),
            ("Book.objects.filter(isbn__isnull=False).update(isbn=None)", None),
            (
                (
                    "while True:\n    pks = list(Book.objects.filter(isbn=None).values_list('pk', flat=True)[:100])\n"
                    "    if not pks:\n        break\n    Book.objects.filter(pk__in=pks).update(isbn='')"
                ),
                None,
            ),
            (
                (
                    "for a in apps.get_model('shop', 'Author').objects.iterator():\n"
                    "    Book.objects.filter(author=a).update(title='')"
                ),
                None,
            ),
            ("Book.objects.get_or_create(title='')", None),
            ("Book.objects.filter(title='').delete()", None),
            ("Book.objects.get(pk=1).delete()", None),
        ],
    )
    def test_an_update(self, body: str, expected: str | None) -> None:
        assert [rule for rule, _ in found(body)] == ([expected] if expected else [])

    def test_a_new_column_is_only_filled(self) -> None:
        operation = "migrations.AddField('book', 'stock', models.IntegerField(null=True)), migrations.RunPython(run)"
        text = migration("Book.objects.update(stock=0)", operation=operation)
        assert [f.rule for f in findings({"shop/migrations/0002_rows.py": text}, LOOPS)] == ["unbatched-update"]

    @pytest.mark.parametrize(
        ("sql", "expected"),
        [
            ("UPDATE book SET isbn = '' WHERE isbn IS NULL", ["unbatched-update"]),
            ("update book set isbn = '' where (isbn is null)", ["unbatched-update"]),
            ("UPDATE book SET isbn = '', n = 1 WHERE isbn IS NULL AND n IS NULL", ["unbatched-update"]),
            ("UPDATE book SET n = n", ["unbatched-update"]),
            ("UPDATE book SET n = 1", ["delete-without-where"]),
            ("UPDATE book SET isbn = '' WHERE isbn IS NULL AND id < 1000", []),
            ("UPDATE book SET isbn = '' WHERE isbn IS NULL OR n = 1", []),
            ("UPDATE book SET isbn = '' WHERE n IS NULL", []),
            ("UPDATE book SET isbn = '' WHERE id IN (SELECT id FROM book WHERE isbn IS NULL LIMIT 100)", []),
            ("UPDATE new SET n = 1", []),
        ],
    )
    def test_sql(self, sql: str, expected: list[str]) -> None:
        files = {
            "migrations/001_tables.sql": "CREATE TABLE book (id bigint PRIMARY KEY, isbn text, n integer);\n",
            "migrations/002_rows.sql": f"CREATE TABLE new (id bigint PRIMARY KEY, n integer);\n{sql};\n",
        }
        assert [f.rule for f in findings(files, LOOPS)] == expected


class TestSlices:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("for i in range(0, 5000, 1000):\n    print(Book.objects.all()[i:i + 1000])", True),
            ("n = Book.objects.count()\nfor i in range(0, n, 10):\n    print(Book.objects.all()[i:i + 10])", True),
            ("i = 0\nwhile i < 100:\n    print(Book.objects.all()[i:i + 10])\n    i += 10", True),
            ("for i in range(0, 50, 10):\n    print(Book.objects.order_by()[i:i + 10])", True),
            ("for i in range(0, 50, 10):\n    print(Book.objects.order_by('pk')[i:i + 10])", False),
            ("for i in range(0, 50, 10):\n    print(Book.objects.order_by(*ORDER)[i:i + 10])", False),
            ("books = Book.objects.all()\nfor i in range(0, len(books), 10):\n    print(books[i:i + 10])", False),
            ("books = list(Book.objects.all())\nfor i in range(0, len(books), 10):\n    print(books[i:i + 10])", False),
            ("while Book.objects.filter(isbn=None).exists():\n    print(Book.objects.filter(isbn=None)[:10])", False),
            ("print(Book.objects.all()[5:10])", False),
            ("for text in ('abc', 'def'):\n    print(text[1:2])", False),
        ],
    )
    def test_a_slice(self, body: str, expected: bool) -> None:
        assert [rule for rule, _ in found(body, "unordered-slice")] == ["unordered-slice"] * expected

    def test_a_changing_filter(self) -> None:
        body = """
        books = Book.objects.filter(title='old').order_by('pk')
        for i in range(0, books.count(), 10):
            Book.objects.filter(pk__in=[b.pk for b in books[i:i + 10]]).update(title='new')
        """
        (finding,) = findings({"shop/migrations/0002_rows.py": migration(body)}, ("unordered-slice",))
        assert finding.message == (
            "run() reads shop_book page by page, but run() changes title, which the queryset is chosen or sorted by: "
            "rows fall out of the pages that were read, and the next page leaves out as many."
        )


class TestSideEffects:
    @pytest.mark.parametrize(
        ("helpers", "body", "call"),
        [
            ("import requests as r", "r.post('https://x')", "r.post"),
            ("from requests import get", "get('https://x')", "get"),
            ("import httpx", "with httpx.Client() as c:\n    c.get('/')", "c.get"),
            ("from urllib.request import urlopen", "urlopen('https://x').read()", "urlopen"),
            ("import boto3", "boto3.client('s3').delete_object(Key='x')", "boto3.client('s3').delete_object"),
            ("from django.core.mail import EmailMessage", "EmailMessage('x').send()", "EmailMessage('x').send"),
            ("import smtplib", "smtplib.SMTP('x').sendmail()", "smtplib.SMTP('x').sendmail"),
            ("from time import sleep", "sleep(1)", "sleep"),
            ("from shop import tasks", "tasks.index.apply_async((1,))", "tasks.index.apply_async"),
            ("from celery import current_app", "current_app.send_task('x')", "current_app.send_task"),
            ("from django.core import management", "management.call_command('x')", "management.call_command"),
            ("import subprocess", "subprocess.Popen(['x'])", "subprocess.Popen"),
            ("import os", "os.system('x')", "os.system"),
            ("import os", "os.makedirs('x')", "os.makedirs"),
            ("from pathlib import Path", "(Path('x') / 'y').unlink()", None),
            ("from pathlib import Path", "Path('x').unlink()", "Path('x').unlink"),
            ("", "open('x', mode='w')", "open"),
            ("", "open('x')", None),
            ("", "open('x', 'rb')", None),
            ("import os", "os.path.exists('x')", None),
            ("import requests", "requests.Request('GET', 'x')", None),
            ("from django.core.cache import cache", "cache.get('x')", None),
            ("from django.core.cache import caches", "caches['x'].clear()", "caches['x'].clear"),
            (
                "from django.core.files.storage import default_storage",
                "default_storage.delete('x')",
                "default_storage.delete",
            ),
            ("from django.core.files.storage import default_storage", "default_storage.exists('x')", None),
            ("", "input('Sure?')", "input"),
            ("from django.db import transaction", "transaction.on_commit(print)", None),
            ("import logging", "logging.getLogger('x').info('y')", None),
        ],
    )
    def test_a_call(self, helpers: str, body: str, call: str | None) -> None:
        files = {"shop/migrations/0002_rows.py": migration(body, helpers)}
        messages = [f.message for f in findings(files, ("side-effect",))]
        assert [m.partition("() in run()")[0] for m in messages] == ([call] if call else [])


class TestMethods:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("Book.objects.first().publish()", True),
            ("for b in Book.objects.iterator():\n    b.publish()", True),
            ("book, made = Book.objects.get_or_create(title='')\nbook.publish()", True),
            ("Book(title='x').publish()", True),
            ("Book.objects.published()", True),
            ("Book.objects.filter(title='').published()", True),
            ("Book.published.all()", True),
            ("Book.live_objects.all()", True),
            ("Book.make('x')", True),
            ("Book.objects.first().title.strip()", False),
            ("Book.objects.first().author_set.add(1)", False),
            ("Book.objects.first().refresh_from_db()", False),
            ("Book.objects.filter(title='').in_bulk()", False),
            ("list(Book.objects.all()).sort()", False),
            ("Book.publish = print\nBook.objects.first().publish()", False),
            ("setattr(Book, 'publish', print)\nBook.objects.first().publish()", False),
            ("b = Book.objects.first()\nif hasattr(b, 'publish'):\n    b.publish()", False),
            ("try:\n    Book.objects.first().publish()\nexcept AttributeError:\n    pass", False),
            ("from shop.models import Book as B\nB.objects.published()", False),
            ("apps.get_model('elsewhere', 'Thing').objects.first().publish()", False),
            ("apps.get_model('auth', 'User').objects.create_user('x')", False),
            ("apps.get_model('contenttypes', 'ContentType').objects.get_for_model(Book)", False),
            ("apps.get_model('contenttypes', 'ContentType').objects.get(pk=1).model_class()", True),
            ("Book.DoesNotExist()", False),
            ("print(Book._meta.get_field('title'))", False),
        ],
    )
    def test_a_method(self, body: str, expected: bool) -> None:
        assert [rule for rule, _ in found(body, "historical-model-method")] == ["historical-model-method"] * expected


class TestAliases:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("Book.objects.create(title='')", True),
            ("for b in Book.objects.all():\n    print(b)", True),
            ("Book.objects.using(schema_editor.connection.alias).create(title='')", False),
            ("Book.objects.filter(title='').using(schema_editor.connection.alias).update(title='x')", False),
            ("books = Book.objects.db_manager(schema_editor.connection.alias)\nbooks.create(title='')", False),
            ("Book(title='').save(using=schema_editor.connection.alias)", False),
            ("Book(title='').save()", True),
            ("for b in Book.objects.using('x'):\n    b.save()", False),
        ],
    )
    def test_a_query(self, body: str, expected: bool) -> None:
        assert [rule for rule, _ in found(body, "ignored-database-alias")] == ["ignored-database-alias"] * expected


@pytest.mark.parametrize("line", ["q = q.filter(a=1)", "q = list(q)", "q = Paginator(q, 1)", "q = q[1:n]", "q.x = q"])
def test_long_chains_are_followed_so_far_and_no_further(line: str) -> None:
    body = "q = Book.objects.all()\n" + "\n".join([line] * 1500)
    text = migration(body, "from django.core.paginator import Paginator")
    assert findings({"shop/migrations/0002_rows.py": text}, ("data-migration", "meta")) == []
