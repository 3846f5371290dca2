from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from migration_lint.linking import Linker, Parsed
from migration_lint.model import django as d
from migration_lint.model.migration import Migration, NotAnalysed
from migration_lint.model.values import Reference, Span, Unknown
from migration_lint.readers import django
from migration_lint.readers.django import read
from migration_lint.readers.parsing import ParseError, parse
from migration_lint.readers.spans import Spans
from migration_lint.source import Source, UnreadableError

HEAD = "from django.db import migrations, models\n"


def parsed(path: str) -> Parsed | None:
    try:
        source = Source.read(path)
        module = parse(source)
    except (UnreadableError, ParseError):
        return None
    return Parsed(source.text, module, Spans(source, module))


class Project:
    """A tree of files below a folder, and its linker."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.linker = Linker(root, parsed, django)

    def write(self, path: str, text: str) -> str:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
        return str(file)

    def link(self, body: str, imports: str = "", path: str = "shop/migrations/0002_more.py") -> Migration:
        """The linked migration with `body` in its class."""
        lines = "".join(f"    {line}\n" for line in dedent(body).splitlines())
        text = f"{HEAD}{dedent(imports)}\nclass Migration(migrations.Migration):\n{lines}"
        return self.linker.link(self.read(self.write(path, text)))

    def read(self, file: str) -> Migration:
        found = read(Source.read(file))
        assert isinstance(found, Migration)
        return found

    def relative(self, paths: tuple[str, ...]) -> list[str]:
        return [Path(p).relative_to(self.root).as_posix() for p in paths]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize(
    ("path", "imports", "line"),
    [
        ("shop/migrations/base.py", "from .base import OPERATIONS", 4),
        ("shop/migrations/__init__.py", "from . import OPERATIONS", 4),
        ("shop/base.py", "from ..base import OPERATIONS", 4),
        ("shop/base.py", "from shop.base import OPERATIONS", 4),
        ("shop/base.py", "from shop.base import *", 4),
        ("shop/base.py", "import shop.base\nOPERATIONS = shop.base.OPERATIONS", 5),
        ("shop/base.py", "from shop import base\nOPERATIONS = [*base.OPERATIONS]", 3),
        ("shop/base/__init__.py", "from shop.base import OPERATIONS", 4),
    ],
)
def test_operations_of_another_file_by_every_name(project: Project, path: str, imports: str, line: int) -> None:
    project.write(path, f"{HEAD}OPERATIONS = [migrations.DeleteModel('Book')]\n")
    found = project.link("operations = OPERATIONS", imports)
    assert [(o.kind, o.span.line) for o in found.operations] == [("DeleteModel", line)]
    assert project.relative(found.inputs) == [path]


def test_a_helper_is_called_with_the_migrations_arguments(project: Project) -> None:
    project.write("tools/steps.py", f"{HEAD}def drop(*names):\n    return [migrations.DeleteModel(n) for n in names]\n")
    found = project.link("operations = drop('A', 'B')", "from tools.steps import drop")
    assert [(o.name, o.span) for o in found.operations if isinstance(o, d.DeleteModel)] == [
        ("A", Span(4, 18, 4, 32)),
        ("B", Span(4, 18, 4, 32)),
    ]


def test_atomic_of_a_base_class(project: Project) -> None:
    project.write("shop/base.py", f"{HEAD}class Online(migrations.Migration):\n    atomic = False\n")
    file = project.write(
        "shop/migrations/0002_more.py",
        "from shop.base import Online\n\nclass Migration(Online):\n    operations = []\n",
    )
    alone = project.read(file)
    assert alone.atomic == Reference("shop.base.Online", "atomic")
    assert project.linker.link(alone).atomic is False


def test_what_stays_outside_stays_a_reference(project: Project) -> None:
    file = project.write(
        "shop/migrations/0002_more.py",
        "from elsewhere import Online\n\nclass Migration(Online):\n    operations = [Online.step()]\n",
    )
    found = project.linker.link(project.read(file))
    assert found.atomic == Reference("elsewhere.Online", "atomic")
    (operation,) = found.operations
    assert isinstance(operation, NotAnalysed)
    assert found.inputs == ()


def test_a_field_class_of_the_project(project: Project) -> None:
    project.write(
        "shop/fields.py",
        f"{HEAD}class Code(models.CharField):\n"
        "    def __init__(self, *args, **kwargs):\n        kwargs['max_length'] = 8\n"
        "        super().__init__(*args, **kwargs)\n",
    )
    project.write("shop/shortcuts.py", "from .fields import Code as ShortCode\n")
    found = project.link(
        "operations = [migrations.AddField('book', 'x', shop.shortcuts.ShortCode(null=True))]", "import shop.shortcuts"
    )
    (operation,) = found.operations
    assert isinstance(operation, d.AddField)
    assert (operation.field.kind, operation.field.bases, operation.field.options) == (
        "shop.shortcuts.ShortCode",
        ("django.db.models.CharField",),
        (("null", True), ("max_length", 8)),
    )
    assert project.relative(found.inputs) == ["shop/fields.py", "shop/shortcuts.py"]


def test_sql_beside_the_migration(project: Project) -> None:
    project.write("shop/migrations/sql/view.sql", "CREATE VIEW v AS SELECT 1")
    found = project.link(
        "operations = [migrations.RunSQL(open(os.path.join(os.path.dirname(__file__), 'sql', 'view.sql')).read())]",
        "import os",
    )
    (operation,) = found.operations
    assert isinstance(operation, d.RunSQL)
    assert operation.sql == (d.SqlText("CREATE VIEW v AS SELECT 1", Span(4, 37, 4, 108), exact=False),)
    assert project.relative(found.inputs) == ["shop/migrations/sql/view.sql"]


def test_nothing_is_read_outside_of_the_tree(project: Project, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.sql").write_text("SELECT 1")
    inner = Project(tmp_path / "inner")
    found = inner.link("operations = [migrations.RunSQL(open(__file__ + '/../../../../secret.sql').read())]")
    (operation,) = found.operations
    assert isinstance(operation, d.RunSQL)
    assert isinstance(operation.sql[0], Unknown)
    assert found.inputs == ()


def test_a_function_of_another_file(project: Project) -> None:
    project.write(
        "shop/fill.py",
        "from shop.models import Book\n\ndef helper():\n    Book.objects.all()\n\n"
        "def fill(apps, schema_editor):\n    helper()\n\ndef nothing(apps, schema_editor):\n    pass\n",
    )
    found = project.link("operations = [migrations.RunPython(fill, nothing)]", "from shop.fill import fill, nothing")
    (operation,) = found.operations
    assert isinstance(operation, d.RunPython)
    assert operation.code == Reference("shop.fill", "fill")
    assert operation.reverse_code == Reference("shop.fill", "nothing")
    assert [(f.name, f.does_nothing, [u.name for u in f.model_uses]) for f in found.functions] == [
        ("shop.fill.fill", False, ["Book"]),
        ("shop.fill.nothing", True, []),
    ]


def test_files_that_import_each_other(project: Project) -> None:
    project.write("shop/a.py", "from shop.b import X, Y\nZ = X + 'a'\n")
    project.write("shop/b.py", "from shop.a import X, Z\nY = Z + 'b'\n")
    found = project.link(
        "operations = [migrations.RunSQL(X), migrations.RunSQL(Y), migrations.RunSQL(Z)]", "from shop.a import X, Y, Z"
    )
    texts = [operation.sql[0] for operation in found.operations if isinstance(operation, d.RunSQL)]
    assert [isinstance(text, Unknown) for text in texts] == [True, True, True]


def test_a_file_that_can_not_be_parsed(project: Project) -> None:
    project.write("shop/base.py", "OPERATIONS = [\n")
    (operation,) = project.link("operations = OPERATIONS", "from shop.base import OPERATIONS").operations
    assert isinstance(operation, NotAnalysed)
    assert operation.reason == "OPERATIONS comes from another file"


def test_each_migration_has_its_own_inputs(project: Project) -> None:
    project.write("shop/a.py", "X = 'SELECT 1'\n")
    project.write("shop/b.py", "from shop.a import X\nY = X\n")
    one = project.link("operations = [migrations.RunSQL(Y)]", "from shop.b import Y", "shop/migrations/0001_one.py")
    two = project.link("operations = [migrations.RunSQL(X)]", "from shop.a import X", "shop/migrations/0002_two.py")
    three = project.link("operations = [migrations.RunSQL(Y)]", "from shop.b import Y", "shop/migrations/0003_three.py")
    assert project.relative(one.inputs) == ["shop/a.py", "shop/b.py"]
    assert project.relative(two.inputs) == ["shop/a.py"]
    assert project.relative(three.inputs) == ["shop/a.py", "shop/b.py"]


def test_a_migration_that_needs_nothing_is_left_alone(project: Project) -> None:
    file = project.write("shop/migrations/0001_x.py", f"{HEAD}class Migration(migrations.Migration): pass\n")
    found = project.read(file)
    assert project.linker.link(found) is found
