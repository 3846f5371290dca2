"""The projects in `testdata/`: what the linter says about each is kept beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from migration_lint.cli import cli

TESTDATA = Path(__file__).parent.parent / "testdata"
PROJECTS = sorted(folder.name for folder in TESTDATA.iterdir() if folder.is_dir())


@pytest.mark.parametrize("project", PROJECTS)
def test_the_output_is_the_one_beside_the_project(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To accept a change, write the output again as `testdata/README.md` says, and read the difference."""
    monkeypatch.chdir(TESTDATA)
    for name in ("NO_COLOR", "FORCE_COLOR", "PRE_COMMIT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    result = CliRunner().invoke(cli, [project])
    assert result.stdout == (TESTDATA / f"{project}.txt").read_text(encoding="utf-8")
    assert (result.exit_code, result.stderr) == (1, "")


@pytest.mark.parametrize("manage", sorted(TESTDATA.glob("*/manage.py")), ids=lambda path: path.parent.name)
def test_django_agrees_that_the_migrations_make_the_models(manage: Path) -> None:
    run = subprocess.run(
        [sys.executable, manage.name, "makemigrations", "--check", "--dry-run"],
        cwd=manage.parent,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (run.returncode, run.stdout) == (0, "No changes detected\n")
