"""For the tests of rules, ours and those of plugins: a rule's page checked against what the rule finds."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from migration_lint import config, lint, registry, rule_page
from migration_lint.rule import Finding, Severity
from migration_lint.rule_page import Expectation, Section


def check_page(path: str | Path) -> list[str]:
    """What is wrong with the rule page at `path`; nothing when the list is empty.

    The page's name is the rule's: `no-json.md`, or `<plugin>/no-json.md` for a plugin's rule. Its head must hold the
    rule's docstring and facts word for word. A Bad section is linted with the page's rule and the family *meta* and
    must find exactly what it marks; a Good or Fixed one with all default rules, and nothing of severity warning or
    above may be found.
    """
    path = Path(path)
    page = rule_page.parse(path.read_text(encoding="utf-8"))
    name = next((n for n in (path.stem, f"{path.parent.name}/{path.stem}") if n in registry.rules()), None)
    if name is None:
        return [f"{path.name}: there is no rule of that name"]
    problems = []
    if page.head != rule_page.head_of(registry.rules()[name]):
        problems.append(f"{path.name}: the head differs from the rule's docstring and facts")
    for kind in ("bad", "good"):
        if not any(section.kind == kind for section in page.sections):
            problems.append(f"{path.name}: there is no {kind.capitalize()} section")
    for section in page.sections:
        problems += [f"{path.name}, '{section.title}': {problem}" for problem in _check_section(section, name)]
    return problems


def lint_section(section: Section, *selected: str) -> tuple[Finding, ...]:
    """The findings on a section's project, with the rules or families named; with none named, all default ones."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        overrides = [f"select={json.dumps(selected)}"] if selected else []
        if section.base or section.gone:
            _write(root, {**section.base, **section.gone})
            _commit(root)
            overrides.append("since=HEAD")
            for name in section.gone:
                (root / name).unlink()
        _write(root, section.files)
        settings = config.load([root], overrides=overrides).settings
        report = lint.lint([root], settings, folder=root)
        return tuple(finding for finding in report.findings if finding.suppressed is None)


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="")


def _commit(root: Path) -> None:
    """Make the files below `root` the base revision."""
    author = ("-c", "user.name=page", "-c", "user.email=page@localhost", "-c", "commit.gpgsign=false")
    for command in (("init", "--quiet"), ("add", "--all"), (*author, "commit", "--quiet", "--message", "base")):
        subprocess.run(["git", "-C", str(root), *command], check=True, capture_output=True)


def _check_section(section: Section, name: str) -> list[str]:
    if section.kind == "bad":
        if not section.expected:
            return ["a Bad section must mark what is found"]
        actual = sorted(_expectation(finding) for finding in lint_section(section, name, "meta"))
        expected = sorted(section.expected)
        return [
            f"{e.path}:{e.line}: {e.severity} [{e.rule}] is marked but not found" for e in expected if e not in actual
        ] + [f"{e.path}:{e.line}: {e.severity} [{e.rule}] is found but not marked" for e in actual if e not in expected]
    found = tuple(finding for finding in lint_section(section) if finding.severity >= Severity.WARNING)
    return [f"{f.path}:{f.span.line}: {f.severity.label} [{f.rule}] is found: {f.message}" for f in found]


def _expectation(finding: Finding) -> Expectation:
    return Expectation(finding.path, finding.span.line, finding.severity.label, finding.rule)
