"""Every rule's page, run as the test that it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migration_lint import registry, testing
from migration_lint.rule import FAMILIES

PAGES = Path(__file__).parent.parent / "rules"
# What cannot be written as the blocks of a page: a file that is no text, a rule that raises, a fault of our own.
WITHOUT_EXAMPLES = {"unreadable-file", "rule-failed", "internal-error"}
NAMES = sorted(registry.rules())


def pages() -> list[Path]:
    return sorted(page for page in PAGES.glob("*.md") if page.name != "README.md")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_page(page: Path) -> None:
    problems = testing.check_page(page)
    if page.stem in WITHOUT_EXAMPLES:
        problems = [problem for problem in problems if "there is no " not in problem]
    assert problems == []


@pytest.mark.parametrize("name", NAMES)
def test_rule_has_a_page(name: str) -> None:
    assert (PAGES / f"{name}.md").is_file()


def test_pages_have_rules() -> None:
    assert {page.stem for page in pages()} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_name_says_where_the_rule_stands(name: str) -> None:
    rule = registry.rules()[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    if name != "syntax-error":  # its module cannot be called as Python's own exception is
        assert rule.__module__ == f"migration_lint.rules.{name.replace('-', '_')}"
    assert rule.family in FAMILIES
    assert rule.__doc__ is not None
    assert rule.__doc__.split("\n\n")[0].endswith(".")


def test_index_lists_every_rule() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`([a-z-]+)`\]\(([a-z-]+)\.md\) \| ([a-z]+) \|", index, re.MULTILINE)
    expected = {(name, name, rule.severity.label) for name, rule in registry.rules().items()}
    assert set(rows) == expected
