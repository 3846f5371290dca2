"""Real projects from the package index: nothing breaks, and what is not analysed is known one by one.

`python -m tests.test_corpus` records anew what is not analysed, in `fixtures/corpus.json`.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from migration_lint import config, lint
from tests.wheels import install

pytestmark = pytest.mark.corpus

PROJECTS = {"wagtail": 299, "pretix": 431, "mayan-edms": 531, "django-oscar": 134}
"""How many migrations each has."""
RECORDED = Path(__file__).parent / "fixtures" / "corpus.json"
BROKEN = {"rule-failed", "internal-error", "syntax-error", "unreadable-file"}


def report(folder: Path) -> tuple[int, set[str], Counter[str]]:
    """How many migrations were checked, the rules that found something, and what was not analysed where."""
    settings = config.load([folder]).settings
    found = lint.lint([folder], settings, folder=folder)
    counts = Counter(f"{f.path}: {f.message}" for f in found.findings if f.rule == "not-analysed")
    return found.coverage.migrations, {finding.rule for finding in found.findings}, counts


def test_contrib_is_analysed_whole(tmp_path: Path) -> None:
    migrations, rules, counts = report(install(tmp_path, "Django") / "django" / "contrib")
    assert migrations == 23
    assert not rules & BROKEN
    assert counts == {}


@pytest.mark.parametrize("project", PROJECTS)
def test_project(tmp_path: Path, project: str) -> None:
    migrations, rules, counts = report(install(tmp_path, project))
    assert migrations == PROJECTS[project]
    assert not rules & BROKEN
    assert not counts - Counter(json.loads(RECORDED.read_text(encoding="utf-8"))[project])


def record() -> None:
    """Write down what is not analysed now."""
    found = {}
    for project in PROJECTS:
        with tempfile.TemporaryDirectory() as folder:
            found[project] = dict(sorted(report(install(Path(folder), project))[2].items()))
    RECORDED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
