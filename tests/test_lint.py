"""The pipeline from the command line to the exit code, and settings that change what comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_lint import config, lint
from migration_lint.cli import cli

ROOT = Path(__file__).parent.parent
INITIAL = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("isbn", models.CharField(max_length=13, null=True)),
                ("tenant", models.IntegerField()),
            ],
        ),
    ]
"""
SECOND = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddIndex("book", models.Index(fields=["isbn"], name="isbn_idx")),
        migrations.RemoveField("book", "isbn"),
        migrations.RunPython(print),
    ]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop/migrations"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "0001_initial.py").write_text(INITIAL)
    (folder / "0002_second.py").write_text(SECOND)
    return tmp_path


def run(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "migration_lint", *arguments]
    extra = {"PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=project, env={**os.environ, **extra}, capture_output=True, timeout=60)


def found(project: Path, *overrides: str) -> dict[str, str]:
    """The severity of each rule's finding on the second migration."""
    report = lint.lint([project], config.load([project], overrides=overrides).settings, folder=project)
    return {
        f.rule: f.severity.label
        for f in report.findings
        if f.path == "shop/migrations/0002_second.py" and f.suppressed is None
    }


ORDINARY = {"blocking-index": "error", "drop-column": "error", "irreversible-python": "error"}


@pytest.mark.parametrize(
    ("override", "changes"),
    [
        ("deployment=stopped", {"drop-column": None}),
        ('small-tables=["shop_book"]', {"blocking-index": "warning"}),
        ('small-tables=["shop.Book"]', {"blocking-index": "warning"}),
        ("severity={locking='info'}", {"blocking-index": "info"}),
        ("severity={locking='info', blocking-index='warning'}", {"blocking-index": "warning"}),
        ("severity={drop-column='off'}", {"drop-column": None}),
        ("database=mysql", {"blocking-index": None}),
        ("per-file-ignores={'**/0002*'=['reversibility']}", {"irreversible-python": None}),
        ("per-file-ignores={'elsewhere/**'=['ALL']}", {}),
        ('select=["drop-column"]', {"blocking-index": None, "irreversible-python": None}),
        ('ignore=["ALL"]', {"blocking-index": None, "drop-column": None, "irreversible-python": None}),
        ('tenant-fields=["tenant"]', {"tenant-first-index": "warning"}),
    ],
)
def test_settings_take_effect(project: Path, override: str, changes: dict[str, str | None]) -> None:
    expected = {rule: severity for rule, severity in (ORDINARY | changes).items() if severity is not None}
    actual = found(project, override)
    assert {rule: actual.get(rule) for rule in ORDINARY | changes} == (dict.fromkeys(ORDINARY | changes) | expected)


def test_per_file_ignores_hold_for_what_the_graph_shows(project: Path) -> None:
    file = project / "shop/migrations/0002_second.py"
    file.write_text(SECOND.replace("0001_initial", "0001_gone"))
    assert found(project)["missing-dependency"] == "error"
    assert "missing-dependency" not in found(project, "per-file-ignores={'**/0002*'=['history']}")


COMMENT = "  # migration-lint: ignore[drop-column] nobody reads it"


def test_a_comment_accepts_its_own_operation_and_no_neighbour(project: Path) -> None:
    file = project / "shop/migrations/0002_second.py"
    file.write_text(SECOND.replace('"isbn"),\n', f'"isbn"),{COMMENT}\n'))
    assert found(project) == {rule: "error" for rule in ORDINARY if rule != "drop-column"}
    file.write_text(SECOND.replace('_idx")),\n', f'_idx")),{COMMENT}\n'))
    assert found(project) == ORDINARY | {"unused-ignore": "warning"}
    file.write_text(SECOND.replace("print),\n", "print),  # migration-lint: ignore[drop-colum] typo\n"))
    assert found(project) == ORDINARY | {"unknown-rule-in-ignore": "error"}


def test_suppressed_findings_are_shown_when_asked_for(project: Path) -> None:
    file = project / "shop/migrations/0002_second.py"
    file.write_text(SECOND.replace('"isbn"),\n', f'"isbn"),{COMMENT}\n'))
    for option, count in (("--no-show-suppressed", 0), ("--show-suppressed", 1)):
        result = run(project, "--select", "drop-column", "--output-format", "json", option)
        assert result.returncode == 0
        document = json.loads(result.stdout)
        assert (len(document["findings"]), document["summary"]["suppressed"]) == (count, 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 1),
        (("--exit-zero",), 0),
        (("--select", "reversibility", "--config", "severity={reversibility='warning'}"), 0),
        (("--select", "reversibility", "--config", "severity={reversibility='warning'}", "--fail-on", "warning"), 1),
        (("--select", "nothing"), 2),
        (("--config", "hot-tabels=['a']"), 2),
        (("shop/migrations/0001_initial.py",), 0),
        (("odd/broken.py", "--exit-zero"), 3),
        (("odd/broken.py", "--ignore", "syntax-error,meta,ALL"), 3),
    ],
)
def test_exit_codes(project: Path, arguments: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "odd").mkdir()
    (project / "odd/broken.py").write_text("class (:\n")
    monkeypatch.chdir(project)
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == code, result.stderr
    assert "Traceback" not in result.stderr


def test_stdin_is_the_file_it_is_named_after(project: Path) -> None:
    command = [sys.executable, "-m", "migration_lint", "-", "--stdin-filename", "shop/migrations/0002_second.py"]
    text = SECOND.replace("        migrations.RunPython(print),\n", "")
    done = subprocess.run(
        [*command, "--output-format", "concise", "-q"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=text.encode(),
        capture_output=True,
        timeout=60,
    )
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, [line.split(":")[:2] for line in lines]) == (
        1,
        [["shop/migrations/0002_second.py", "7"], ["shop/migrations/0002_second.py", "8"]],
    )


def test_one_run_gives_text_and_valid_sarif_and_the_same_bytes_every_time(project: Path) -> None:
    outputs = set()
    for seed in ("0", "1", "77"):
        result = run(project, "-o", "sarif:out.sarif", "-o", "json:out.json", PYTHONHASHSEED=seed)
        sarif = (project / "out.sarif").read_bytes()
        outputs.add((result.stdout, sarif, (project / "out.json").read_bytes()))
    assert len(outputs) == 1
    schema = json.loads((ROOT / "tests/data/sarif-2.1.0.schema.json").read_text())
    document = json.loads(sarif)
    jsonschema.validate(document, schema)
    assert sorted({found["ruleId"] for found in document["runs"][0]["results"]}) == sorted(ORDINARY)
    assert result.stdout.startswith(b"shop/migrations/0002_second.py:7:9: error[blocking-index]\n")


def contrib() -> Iterator[Path]:
    import django.contrib

    yield from sorted(Path(django.contrib.__file__).parent.glob("*/migrations/0*.py"))


FILES = {str(path): path.read_text() for path in contrib()}


def mangled(data: Any, text: str) -> str:
    """A text with a few of its lines and words left out, doubled or exchanged."""
    lines = text.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 3))):
        first, second = (data.draw(st.integers(0, len(lines) - 1)) for _ in "ab")
        match data.draw(st.sampled_from(["swap", "drop", "double", "word"])):
            case "swap":
                lines[first], lines[second] = lines[second], lines[first]
            case "drop":
                lines[first] = "\n"
            case "double":
                lines[first] *= 2
            case _:
                words = lines[first].split(" ")
                words[data.draw(st.integers(0, len(words) - 1))] = data.draw(
                    st.sampled_from(["None,", "0,", '"",', "[],", "*x,", "models.F(1),", '"é",', "-1", "lambda: 0,"])
                )
                lines[first] = " ".join(words)
    return "".join(lines)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_mangled_real_migrations_end_no_run(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(FILES)))
    text = mangled(data, FILES[path])
    engine = data.draw(st.sampled_from(["postgresql", "mysql", "mariadb", "sqlite", "oracle"]))
    configured = config.load([], isolated=True, overrides=[f"database={engine}"]).settings
    report = lint.lint([], configured, stdin=(path, text.encode()))
    assert not [f.message for f in report.findings if f.rule in ("internal-error", "rule-failed")], text
    assert report.coverage.files == 1
