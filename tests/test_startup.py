"""What is quick has to stay quick: nothing heavy is imported before it is needed.

How long it takes is measured by `benchmarks/startup.py`; a timed test would fail on a busy machine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# The parsers, the rules, the pipeline, and what takes longest in the standard library among what one might reach for.
HEAVY = (
    "libcst",
    "sqlparse",
    "migration_lint.rules",
    "migration_lint.registry",
    "migration_lint.lint",
    "migration_lint.settings",
    "migration_lint.reporters",
    "importlib.metadata",
    "subprocess",
    "json",
    "tomllib",
    "asyncio",
    "concurrent",
    "difflib",
)


def imported(*arguments: str) -> list[str]:
    """The modules that a run with `arguments` imports, as `-X importtime` lists them."""
    command = [sys.executable, "-X", "importtime", "-m", "migration_lint", *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    lines = [line for line in run.stderr.splitlines() if line.startswith("import time:")]
    return [line.rpartition("|")[2].strip() for line in lines]


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_nothing_heavy_is_imported(argument: str) -> None:
    modules = imported(argument)
    assert "click" in modules
    assert "migration_lint.cli" in modules
    heavy = [module for module in modules if any(module == name or module.startswith(f"{name}.") for name in HEAVY)]
    assert heavy == []


def test_the_settings_in_force_are_shown_without_rules_and_parsers(tmp_path: Path) -> None:
    modules = imported("config", str(tmp_path))
    assert "migration_lint.config" in modules
    assert [module for module in modules if module in ("libcst", "sqlparse")] == []
