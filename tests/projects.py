"""Small projects on disk, and what is found in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

from migration_lint import config
from migration_lint.lint import lint
from migration_lint.reporters.base import Report
from migration_lint.rule import Finding

SHOP = {
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """\
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
            ],
        ),
    ]
""",
}
"""An application with a table of books."""

REMOVAL = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.RemoveField(model_name="book", name="isbn"),
    ]
"""
"""The migration after that, which drops a column that the release still uses."""


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write the files of a project, by their paths below `root`; a common indentation is taken away."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8", newline="")


def check(root: Path, *paths: str, select: tuple[str, ...] = (), **settings: object) -> Report:
    """The report on a project, or on some paths of it, with its own settings and some others."""
    overrides = [f"select={json.dumps(select)}"] if select else []
    loaded = config.load([root], overrides=overrides).settings
    return lint([root / path for path in paths or (".",)], replace(loaded, root=root, **settings), folder=root)  # type: ignore[arg-type]


def found(report: Report) -> list[tuple[str, int, str]]:
    """Where each finding is that no comment accepts, and of which rule."""
    return [(f.path, f.span.line, f.rule) for f in report.findings if f.suppressed is None]


def only(report: Report) -> Finding:
    """The one finding there is."""
    (finding,) = report.findings
    return finding
