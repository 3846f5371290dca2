"""Every rule's page, run as the test that it is, and the index of all pages.

`python tests/test_rule_pages.py` writes the index.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from migration_lint import registry, testing
from migration_lint.rule import FAMILIES

PAGES = Path(__file__).parent.parent / "rules"
# What cannot be written as the blocks of a page: a file that is no text, a rule that raises, a fault of our own.
WITHOUT_EXAMPLES = {"unreadable-file", "rule-failed", "internal-error"}
NAMES = sorted(registry.rules())


HEADINGS = {
    "locking": "other queries wait",
    "compatibility": "the running release breaks",
    "data-loss": "rows are lost",
    "reversibility": "there is no way back",
    "data-migration": "code that changes rows",
    "history": "the graph of migrations",
    "tenancy": "with `tenant-fields` or `tenant-models` set",
    "upgrade": "what a new database or version lacks",
    "schema": "the schema itself",
    "meta": "the check itself",
}


def index() -> str:
    """The text of `rules/README.md`."""
    text = "# Rules\n\nOne page a rule: what it finds, why it hurts, and examples that are its tests. "
    text += "`migration-lint rule NAME` prints a page.\n"
    for family, what in HEADINGS.items():
        rules = [rule for rule in registry.rules().values() if rule.family == family]
        if rules:
            text += f"\n## {family}: {what}\n\n| rule | severity | found |\n|---|---|---|\n"
        for rule in rules:
            found = " ".join(inspect.cleandoc(rule.__doc__ or "").split("\n\n")[0].split())
            text += f"| [`{rule.name}`]({rule.name}.md) | {rule.severity.label} | {found} |\n"
    return text


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


def test_the_index_is_up_to_date() -> None:
    assert tuple(HEADINGS) == FAMILIES
    assert (PAGES / "README.md").read_text(encoding="utf-8") == index()


if __name__ == "__main__":
    (PAGES / "README.md").write_text(index(), encoding="utf-8")
