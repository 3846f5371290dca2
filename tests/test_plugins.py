"""Rules of other distributions: built and installed for real, and run by the command line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENTRY_POINTS = """\
[migration_lint.rules]
acme/no-json = acme_rules:NoJson
"""
RULE = '''\
from migration_lint.model.django import AddField
from migration_lint.rule import Rule, Severity


class NoJson(Rule):
    """A JSON column is added.

    Nobody at Acme wants one.
    """

    name = "acme/no-json"
    family = "schema"
    severity = Severity.WARNING
    options = {"allowed": ()}

    def check_step(self, step, settings):
        match step.operation:
            case AddField(name=name, field=field) if field.kind.endswith(".JSONField"):
                if name not in self.option("allowed", settings):
                    yield self.finding(step, f"{name} is JSON.", "", objects=(name,))
'''
PAGE = """\
# acme/no-json

A JSON column is added.

Nobody at Acme wants one.

Family: schema. Severity: warning.

## Bad: a JSON column

```python
# shop/migrations/0001_initial.py
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("book", "data", models.JSONField(null=True)),  # warning: [acme/no-json]
    ]
```

## Good: text

```python
# shop/migrations/0001_initial.py
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("book", "data", models.TextField(null=True)),
    ]
```
"""
MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("book", "data", models.JSONField(null=True)),
        migrations.RunPython(print),
    ]
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    def found(self) -> list[tuple[str, int]]:
        return [(finding["rule"], finding["line"]) for finding in json.loads(self.out)["findings"]]


@dataclass(frozen=True)
class Installed:
    """A folder of installed distributions, and a project to check."""

    site: Path
    project: Path

    def python(self, *arguments: str) -> Result:
        environment = {"PYTHONPATH": f"{ROOT}:{self.site}", "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=self.project, env=environment, capture_output=True, text=True, timeout=60)
        return Result(done.returncode, done.stdout, done.stderr)

    def check(self, *arguments: str) -> Result:
        return self.python("-m", "migration_lint", "--output-format", "json", *arguments)


def wheel(folder: Path, rule: str, entry_points: str = ENTRY_POINTS, name: str = "acme_rules") -> Path:
    """A wheel, as any build backend makes it."""
    info = f"{name}-1.0.dist-info"
    files = {
        "acme_rules.py": rule,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": entry_points,
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    built = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(built, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return built


Install = Callable[..., Installed]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Installs a distribution with the rule given, beside a project that adds a JSON column."""
    site, project = tmp_path / "site", tmp_path / "project"
    folder = project / "shop/migrations"
    folder.mkdir(parents=True)
    (folder / "0001_initial.py").write_text(MIGRATION)

    def install(rule: str, **extra: str) -> Installed:
        with zipfile.ZipFile(wheel(tmp_path, rule, **extra)) as archive:
            archive.extractall(site)
        return Installed(site, project)

    return install


def test_a_plugin_installed_by_pip(install: Install, tmp_path: Path) -> None:
    installed = install(RULE)
    shutil.rmtree(installed.site)
    pip = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps"]
    built = wheel(tmp_path, RULE)
    subprocess.run([sys.executable, *pip, "--target", str(installed.site), str(built)], check=True, timeout=60)

    result = installed.check()
    assert (result.code, result.err) == (1, "")
    assert result.found() == [("acme/no-json", 9), ("irreversible-python", 10)]
    listed = installed.python("-m", "migration_lint", "rules").out
    assert re.search(r"^acme/no-json +schema +warning +A JSON column is added\.$", listed, re.MULTILINE)
    page = installed.python("-m", "migration_lint", "rule", "acme/no-json").out
    assert page == PAGE.split("\n## ")[0].strip() + "\n"
    allowed = installed.check("--config", "rules.'acme/no-json'.allowed=['data']")
    assert allowed.found() == [("irreversible-python", 10)]


def test_a_plugins_page_is_its_test(install: Install) -> None:
    installed = install(RULE)
    page = installed.project / "docs/acme/no-json.md"
    page.parent.mkdir(parents=True)
    check = f"from migration_lint.testing import check_page; print(check_page({str(page)!r}))"
    page.write_text(PAGE)
    assert installed.python("-c", check) == Result(0, "[]\n", "")
    page.write_text(PAGE.replace("TextField", "JSONField"))
    assert installed.python("-c", check).out == (
        """["no-json.md, 'Good: text': shop/migrations/0001_initial.py:9: warning [acme/no-json] is found: """
        """data is JSON."]\n"""
    )


CHECKS = {
    "a step, lazily": "def check_step(self, step, settings):\n        yield 1 / 0",
    "a step, at once": "def check_step(self, step, settings):\n        return 1 / 0",
    "a migration, lazily": "def check_migration(self, migration, settings):\n        yield 1 / 0",
    "a migration, at once": "def check_migration(self, migration, settings):\n        return 1 / 0",
    "the history, lazily": "def check_history(self, history, settings):\n        yield 1 / 0",
    "the history, at once": "def check_history(self, history, settings):\n        return 1 / 0",
    "what is no finding": "def check_step(self, step, settings):\n        yield 'text'",
    "nothing at all": "def check_step(self, step, settings):\n        pass",
}


def with_method(method: str) -> str:
    return RULE[: RULE.index("def check_step")] + method + "\n"


def test_rules_that_raise_are_findings_and_the_others_go_on(install: Install) -> None:
    names = {f"acme/{chr(ord('a') + number)}": method for number, method in enumerate(CHECKS.values())}
    head = RULE[: RULE.index("    def check_step")]
    rules = [
        head.replace("acme/no-json", name).replace("NoJson", f"Rule{name[-1]}") + f"    {method}\n"
        for name, method in names.items()
    ]
    points = "[migration_lint.rules]\n" + "".join(f"{name} = acme_rules:Rule{name[-1]}\n" for name in names)
    result = install("\n".join(rules), entry_points=points).check("--exit-zero", "--ignore", "meta")
    assert (result.code, result.err) == (3, "")
    findings = json.loads(result.out)["findings"]
    reasons = dict.fromkeys(names, "ZeroDivisionError: division by zero")
    reasons["acme/g"] = "TypeError: it yielded 'text', which is no finding of its own"
    reasons["acme/h"] = "TypeError: 'NoneType' object is not iterable"
    assert [finding["message"] for finding in findings if finding["rule"] == "rule-failed"] == [
        f"The rule '{name}' failed on this migration and did not check it ({reason})."
        for name, reason in reasons.items()
    ]
    assert [(f["rule"], f["line"]) for f in findings if f["rule"] != "rule-failed"] == [("irreversible-python", 10)]


@pytest.mark.parametrize(
    ("rule", "points", "message"),
    [
        ("import nowhere\n", ENTRY_POINTS, "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
        ("NoJson = 5\n", ENTRY_POINTS, "is no subclass of migration_lint.rule.Rule"),
        (
            RULE,
            ENTRY_POINTS.replace("acme/no", "no"),
            "must be called <plugin>/<name>, in its entry point and in itself",
        ),
        (
            RULE.replace('"schema"', '"style"'),
            ENTRY_POINTS,
            "has no known family; it is one of locking, compatibility,",
        ),
        (
            RULE.replace("Severity.WARNING", "2"),
            ENTRY_POINTS,
            "has no severity; it is one of migration_lint.rule.Severity",
        ),
        (
            RULE.replace("    options", "    def __init__(self, x): pass\n    options"),
            ENTRY_POINTS,
            "cannot be made: TypeError",
        ),
        (with_method("pass").replace('"""', "#").replace("    Nobody", "    # "), ENTRY_POINTS, "has no docstring"),
    ],
)
def test_a_broken_plugin_is_one_clear_line(install: Install, rule: str, points: str, message: str) -> None:
    result = install(rule, entry_points=points).check()
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("migration-lint: error: the rule ")
    assert " (from acme_rules) " + message in result.err
    assert result.err.count("\n") == 1


def test_two_plugins_of_one_name(install: Install) -> None:
    install(RULE)
    result = install(RULE, name="other_rules").check()
    assert (result.code, result.out) == (2, "")
    assert "is there twice; one of its distributions has to go" in result.err
