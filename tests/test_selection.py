"""Which rules run, where, and at what severity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.selection import select
from migration_lint.settings import Settings


def rule(name: str, family: str, severity: Severity) -> type[Rule]:
    return type(name, (Rule,), {"name": name, "family": family, "severity": severity})


RULES = {
    made.name: made
    for made in (
        rule("blocking-index", "locking", Severity.ERROR),
        rule("missing-lock-timeout", "locking", Severity.OFF),
        rule("drop-column", "compatibility", Severity.ERROR),
        rule("auto-name", "history", Severity.WARNING),
        rule("syntax-error", "meta", Severity.ERROR),
        rule("unused-ignore", "meta", Severity.WARNING),
    )
}
DEFAULT = ["auto-name", "blocking-index", "drop-column", "syntax-error", "unused-ignore"]


def on(**settings: Any) -> list[str]:
    return list(select(RULES, Settings(**settings)).rules)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, DEFAULT),
        ({"select": ("drop-column",)}, ["drop-column", "syntax-error"]),
        ({"select": ("locking",)}, ["blocking-index", "syntax-error"]),
        ({"select": ("ALL",)}, sorted(RULES)),
        ({"extend_select": ("missing-lock-timeout",)}, sorted(RULES)),
        ({"extend_select": ("locking",)}, DEFAULT),
        ({"select": ("history",), "extend_select": ("drop-column",)}, ["auto-name", "drop-column", "syntax-error"]),
        ({"ignore": ("ALL",)}, ["syntax-error"]),
        ({"ignore": ("meta", "history")}, ["blocking-index", "drop-column", "syntax-error"]),
        ({"ignore": ("syntax-error",)}, DEFAULT),
        # The more exact setting wins; of two equal ones, ignore does.
        ({"select": ("ALL",), "ignore": ("locking",), "extend_select": ("blocking-index",)}, DEFAULT),
        ({"select": ("locking",), "ignore": ("ALL",)}, ["blocking-index", "syntax-error"]),
        ({"select": ("drop-column",), "ignore": ("drop-column",)}, ["syntax-error"]),
        ({"severity": {"missing-lock-timeout": Severity.INFO}}, sorted(RULES)),
        ({"severity": {"locking": Severity.INFO}}, DEFAULT),
        ({"severity": {"drop-column": Severity.OFF}}, ["auto-name", "blocking-index", "syntax-error", "unused-ignore"]),
        (
            {"severity": {"meta": Severity.OFF, "unused-ignore": Severity.INFO, "history": Severity.OFF}},
            ["blocking-index", "drop-column", "syntax-error", "unused-ignore"],
        ),
        ({"deployment": "stopped"}, ["auto-name", "blocking-index", "syntax-error", "unused-ignore"]),
        ({"deployment": "stopped", "select": ("drop-column",)}, ["drop-column", "syntax-error"]),
    ],
)
def test_which_rules_are_on(settings: dict[str, Any], expected: list[str]) -> None:
    assert on(**settings) == expected


def test_per_file_ignores_are_relative_to_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    ignores = {"shop/old/*.py": ("locking", "syntax-error"), "0001_*": ("ALL",), "blog": ("drop-column",)}
    selection = select(RULES, Settings(root=tmp_path, per_file_ignores=ignores))
    runs = {
        (name, path): selection.runs_on(name, path)
        for name in ("blocking-index", "drop-column", "syntax-error", "missing-lock-timeout")
        for path in ("old/0002_x.py", "new/0001_x.py", "../blog/0002_x.py")
    }
    assert runs == {
        ("blocking-index", "old/0002_x.py"): False,
        ("blocking-index", "new/0001_x.py"): False,
        ("blocking-index", "../blog/0002_x.py"): True,
        ("drop-column", "old/0002_x.py"): True,
        ("drop-column", "new/0001_x.py"): False,
        ("drop-column", "../blog/0002_x.py"): False,
        ("syntax-error", "old/0002_x.py"): True,
        ("syntax-error", "new/0001_x.py"): True,
        ("syntax-error", "../blog/0002_x.py"): True,
        ("missing-lock-timeout", "old/0002_x.py"): False,
        ("missing-lock-timeout", "new/0001_x.py"): False,
        ("missing-lock-timeout", "../blog/0002_x.py"): False,
    }


def test_severity_is_the_rules_then_the_familys_then_the_findings() -> None:
    finding = Finding("drop-column", "compatibility", Severity.INFO, "m", "a", "x.py", Span(1, 1, 1, 2), ())
    by_family = {"compatibility": Severity.WARNING}
    assert select(RULES, Settings()).severity_of(finding) is Severity.INFO
    assert select(RULES, Settings(severity=by_family)).severity_of(finding) is Severity.WARNING
    both = {**by_family, "drop-column": Severity.ERROR}
    assert select(RULES, Settings(severity=both)).severity_of(finding) is Severity.ERROR


def test_a_rule_that_is_off_by_default_finds_warnings() -> None:
    finding = Finding("missing-lock-timeout", "locking", Severity.OFF, "m", "a", "x.py", Span(1, 1, 1, 2), ())
    assert select(RULES, Settings()).severity_of(finding) is Severity.WARNING
    chosen = Settings(severity={"locking": Severity.OFF}, select=("missing-lock-timeout",))
    assert select(RULES, chosen).severity_of(replace(finding, severity=Severity.ERROR)) is Severity.ERROR
