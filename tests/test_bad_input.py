"""What no one should give to a linter: one clear finding for it, and everything else is checked as ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_lint import config, lint
from migration_lint.reporters import FORMATS, render
from migration_lint.reporters.base import Options, Report

ROOT = Path(__file__).parent.parent
INITIAL = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Book",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("isbn", models.CharField(max_length=13, unique=True, null=True)),
                ("author", models.TextField(null=True)),
                ("original", models.ForeignKey("shop.Book", models.CASCADE, null=True)),
            ],
            options={"indexes": [models.Index(fields=["author"], name="author_idx")]},
        ),
    ]
"""
REMOVAL = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.RemoveField("book", "isbn"),
    ]
"""
EXPRESSION = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_remove")]
    operations = [%s]
"""
PLACE = 'migrations.RunSQL("SELECT 1", "")'
DROPPED = ("drop-column", "shop/migrations/0002_remove.py", 7)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop/migrations"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "__init__.py").touch()
    (folder / "0001_initial.py").write_text(INITIAL)
    (folder / "0002_remove.py").write_text(REMOVAL)
    return tmp_path


def check(project: Path, *overrides: str) -> Report:
    return lint.lint([project], config.load([project], overrides=overrides).settings, folder=project)


def found(report: Report) -> list[tuple[str, str, int]]:
    """The findings at warning or above, and what could not be analysed."""
    serious = [f for f in report.findings if f.severity >= 2 or f.rule == "not-analysed"]
    return sorted((f.rule, f.path, f.span.line) for f in serious)


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "migration_lint", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=60)


REMOVES = REMOVAL.encode()
BAD = "shop/migrations/0003_bad.py"
FILES: dict[str, tuple[bytes, list[tuple[str, str, int]], str]] = {
    "not UTF-8": (b"x = '\xff'\n", [("unreadable-file", BAD, 1)], "is not UTF-8: byte 0xff in line 1"),
    "UTF-16": ("x = 1".encode("utf-16"), [("unreadable-file", BAD, 1)], "is UTF-16, not UTF-8"),
    "an unknown cookie": (b"# coding: klingon\n", [("unreadable-file", BAD, 1)], "names an encoding that Python"),
    "a NUL": (b"x = 1\n\0", [("unreadable-file", BAD, 1)], "contains a NUL character in line 2"),
    "a syntax error": (b"x = 1\nclass (:\n", [("syntax-error", BAD, 2)], "'(' was never closed"),
    "text beside bytes": (
        b"x = (\n    'a'\n    b'b'\n)\n",
        [("syntax-error", BAD, 3)],
        "cannot concatenate string and bytes",
    ),
    "1,500 brackets": (
        (EXPRESSION % ("(" * 1500 + PLACE + ")" * 1500)).encode(),
        [("syntax-error", BAD, 6)],
        "nested",
    ),
    "an 8,000-term sum": (
        (EXPRESSION % ("+".join(["1"] * 8000))).encode(),
        [("syntax-error", BAD, 6)],
        "more than 2,000 operators",
    ),
    "empty": (b"", [], ""),
    "no Migration": (b"def helper():\n    return 1\n", [], ""),
    "South": (
        (
            b"from south.v2 import SchemaMigration\n\n\nclass Migration(SchemaMigration):\n"
            b"    def forwards(self, orm):\n        db.delete_table('x')\n"
        ),
        [],
        "",
    ),
    "a byte order mark": (b"\xef\xbb\xbf" + REMOVES, [("drop-column", BAD, 7)], ""),
    "CRLF": (REMOVES.replace(b"\n", b"\r\n"), [("drop-column", BAD, 7)], ""),
    "CR": (REMOVES.replace(b"\n", b"\r"), [("drop-column", BAD, 7)], ""),
    "latin-1 with its cookie": (
        "# coding: latin-1\n# été\n".encode("latin-1") + REMOVES,
        [("drop-column", BAD, 9)],
        "",
    ),
    "437 KB": (
        (EXPRESSION % "\n".join(f'migrations.RunSQL("SELECT {n}", ""),' for n in range(11_000))).encode(),
        [],
        "",
    ),
}
CHAINS = {
    "brackets": "[" * 10_000 + "]" * 10_000,
    "f-strings": 'f"{' * 10_000 + "1" + '}"' * 10_000,
    "attributes": "migrations" + ".a" * 10_000,
    "calls": "migrations" + "()" * 10_000,
    "and": " and ".join(["True"] * 10_000),
    "lambdas": "lambda: " * 10_000 + "1",
}
FILES |= {
    f"10,000 {name}": ((EXPRESSION % text).encode(), [("syntax-error", BAD, 6)], "") for name, text in CHAINS.items()
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_one_finding_and_the_others_are_checked(project: Path, name: str) -> None:
    content, expected, text = FILES[name]
    content = content.replace(b'"0001_initial"', b'"0002_remove"').replace(b'"isbn"', b'"author"')
    (project / BAD).write_bytes(content)
    report = check(project)
    assert found(report) == sorted([DROPPED, *expected])
    assert text in " ".join(finding.message for finding in report.findings if finding.path == BAD)
    is_migration = b"migrations.Migration" in content and all(rule != "syntax-error" for rule, _, _ in expected)
    assert report.coverage.skipped == (0 if is_migration or expected else 1)
    for output_format in FORMATS:
        assert render(output_format, report, Options()).encode()


def test_what_is_no_file(project: Path) -> None:
    folder = project / "shop/migrations"
    (folder / "0003_folder.py").mkdir()
    (folder / "0004_nowhere.py").symlink_to("gone.py")
    (folder / "0005_circle.py").symlink_to("0005_circle.py")
    os.mkfifo(folder / "0006_pipe.py")
    report = check(project)
    files = ("0003_folder", "0004_nowhere", "0005_circle", "0006_pipe")
    assert found(report) == [DROPPED, *(("unreadable-file", f"shop/migrations/{name}.py", 1) for name in files)]


def test_names_that_no_encoding_holds(project: Path) -> None:
    (project / BAD).write_text(
        EXPRESSION.replace("import migrations", "import migrations, models")
        % 'migrations.AddField("book", "\\ud800", models.TextField(null=True))'
    )
    result = run(project, *(f"-o{each}:out.{each}" for each in ("full", "concise", "json", "sarif", "github")))
    assert (result.returncode, result.stderr) == (1, "")


@pytest.mark.parametrize("engine", ["postgresql", "mysql", "mariadb", "sqlite", "oracle"])
def test_lengths_that_are_none(project: Path, engine: str) -> None:
    options = ("", "max_length=None", "max_length=-1", "max_length='x'", "max_length=1.5")
    fields = [(field, option) for field in ("CharField", "DecimalField", "BinaryField") for option in options]
    for number, (field, option) in enumerate(fields, start=3):
        (project / f"shop/migrations/{number:04}.py").write_text(
            EXPRESSION.replace("import migrations", "import migrations, models").replace(
                "0002_remove", "0002_remove" if number == 3 else f"{number - 1:04}"
            )
            % f'migrations.AlterField("book", "author", models.{field}({option}))'
        )
    report = check(project, f"database={engine}", 'ignore=["ALL"]')
    assert report.findings == ()
    assert report.coverage.migrations == 17


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(project: Path) -> None:
    (project / BAD).write_text(INITIAL)
    (project / BAD).chmod(0)
    (project / "closed").mkdir(mode=0)
    assert found(check(project)) == [DROPPED, ("unreadable-file", "closed", 1), ("unreadable-file", BAD, 1)]


def test_only_broken_files(tmp_path: Path) -> None:
    (tmp_path / "0001.py").write_text("class (:\n")
    assert found(check(tmp_path)) == [("syntax-error", "0001.py", 1)]


@pytest.mark.parametrize(
    ("dependencies", "rule"),
    [
        ('("shop", "0002_remove"), ("shop", "0009_gone")', "missing-dependency"),
        ('("shop", "0002_remove"), ("shop", "0003_bad")', "dependency-cycle"),
    ],
)
def test_a_graph_that_cannot_be_built(project: Path, dependencies: str, rule: str) -> None:
    (project / BAD).write_text(REMOVAL.replace('("shop", "0001_initial")', dependencies).replace("isbn", "author"))
    expected = [(rule, BAD, 4), DROPPED, ("drop-column", BAD, 7)]
    assert found(check(project)) == sorted(expected)


def test_a_neighbour_that_is_not_reported_is_named_where_it_is_missing(project: Path) -> None:
    (project / BAD).write_text("class (:\n")
    result = run(project, "shop/migrations/0002_remove.py", "--output-format", "concise", "-q")
    assert (result.returncode, result.stderr) == (1, "")
    result = run(project, "shop/migrations/0002_remove.py", "--output-format", "concise")
    assert result.stderr == f"migration-lint: {BAD} is missing from the history: line 1: '(' was never closed\n"


def test_files_that_are_no_migrations_are_counted_and_named_if_they_were_given(project: Path) -> None:
    (project / "shop/migrations/helpers.py").write_text("x = 1\n")
    assert check(project).coverage.skipped == 1
    result = run(project, "shop/migrations/helpers.py")
    assert result.returncode == 0
    assert result.stderr.startswith("migration-lint: shop/migrations/helpers.py was skipped: ")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--config", "database=dbase"], 2, "unknown database 'dbase'"),
        (["--config", "database-version=9"], 1, "PostgreSQL 9 is not known; it is judged as PostgreSQL 12"),
        (["--config", "database-version=42"], 1, "PostgreSQL 42 is not known; it is judged as PostgreSQL 18"),
        (["--config", "database=mysql", "--config", "database-version=5.5"], 1, "MySQL 5.5 is not known; it is judged"),
        (["--config", "database-version=new"], 2, "expected a version"),
        (["nowhere"], 2, "nowhere: no such file or folder"),
    ],
)
def test_a_database_nobody_knows(project: Path, options: list[str], code: int, message: str) -> None:
    result = run(project, *options)
    assert result.returncode == code
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_a_fault_of_our_own_is_a_finding_on_its_operation(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from migration_lint.databases.postgresql import PostgreSQL

    def fail(*arguments: object) -> None:
        raise LookupError("no\nsuch lock")

    (project / BAD).write_text(REMOVAL.replace("0001_initial", "0002_remove").replace("isbn", "author"))
    monkeypatch.setattr(PostgreSQL, "execute", fail)
    report = check(project, 'ignore=["ALL"]')
    assert [(f.rule, f.path, f.span.line) for f in report.findings if f.path.endswith("0002_remove.py")] == [
        ("internal-error", "shop/migrations/0002_remove.py", 7)
    ]
    assert {finding.rule for finding in report.findings} == {"internal-error"}
    assert report.coverage.migrations == 3
    assert report.findings[0].message == "The linter failed on this and did not check it (LookupError: no such lock)."


PIECES = INITIAL.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split(" ")
ODD = ["None", "()", "[]", "{}", "-1", "1.5", '""', '"x.y.z"', "b''", "*x", "**x", "models", "lambda: 1", "...", "1j"]


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_a_mangled_migration_ends_no_run(data: st.DataObject) -> None:
    """Parts of a migration left out, doubled, exchanged or replaced by odd values."""
    pieces = list(PIECES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(12, len(pieces) - 1))
        match data.draw(st.sampled_from(["drop", "double", "swap", "odd"])):
            case "drop":
                del pieces[at]
            case "double":
                pieces.insert(at, pieces[at])
            case "swap":
                other = data.draw(st.integers(12, len(pieces) - 1))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case _:
                pieces[at] = data.draw(st.sampled_from(ODD))
    text = " ".join(pieces)
    report = lint.lint(
        [], config.load([], isolated=True).settings, stdin=("/nowhere/shop/migrations/0001.py", text.encode())
    )
    assert not [finding for finding in report.findings if finding.rule in ("internal-error", "rule-failed")], text
