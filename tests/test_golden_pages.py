"""All Bad sections of all pages under all rules together, so that cross-talk between rules shows in review.

`python tests/test_golden_pages.py` writes the golden file anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_lint import registry, rule_page, testing

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden" / "bad_sections.txt"


def render() -> str:
    lines = []
    for page in sorted(ROOT.glob("rules/*.md")):
        if page.stem not in registry.rules():
            continue
        for section in rule_page.parse(page.read_text(encoding="utf-8")).sections:
            if section.kind != "bad":
                continue
            lines.append(f"## {page.stem}: {section.title}")
            for finding in testing.lint_section(section):
                place = f"{finding.path}:{finding.span.line}:{finding.span.column}"
                lines.append(f"{place}: {finding.severity.label}[{finding.rule}] {finding.message}")
            lines.append("")
    return "\n".join(lines)


def test_bad_sections_under_all_rules() -> None:
    assert render() == GOLDEN.read_text(encoding="utf-8")


def test_rules_need_no_more_than_they_say_that_they_see(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = render()
    for rule in registry.rules().values():
        monkeypatch.setattr(rule, "sees", ())
    assert render() == expected


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(render(), encoding="utf-8")
