"""Rules know no locks: what a statement locks, and whom that keeps waiting, is said by the database modules alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from migration_lint.databases.mysql import plan
from migration_lint.databases.postgresql import locks
from migration_lint.databases.sqlite import WRITE
from migration_lint.effects import LockMode

RULES = Path(locks.__file__).parents[2] / "rules"
MODES = {mode.name for module in (locks, plan) for mode in vars(module).values() if isinstance(mode, LockMode)} | {
    WRITE.name
}
# `ALGORITHM=` and `LOCK=` are MySQL's words, the rest PostgreSQL's and SQLite's names of their modes.
LOCK_TEXT = re.compile(rf"\b({'|'.join(sorted(map(re.escape, MODES), key=len, reverse=True))})\b|LOCK=|ALGORITHM=")


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """String literals, parts of f-strings included; docstrings, which speak to readers, are left out."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None
        if isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


def lock_texts(source: str) -> list[str]:
    return [f"line {node.lineno}: {node.value}" for node in texts(ast.parse(source)) if LOCK_TEXT.search(node.value)]


@pytest.mark.parametrize("path", sorted(RULES.glob("*.py")), ids=lambda path: path.stem)
def test_rule_names_no_lock(path: Path) -> None:
    assert lock_texts(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source", ['f"takes ACCESS EXCLUSIVE on {table}"', '"a SHARE lock"', '"LOCK=SHARED"', '"ALGORITHM=COPY"']
)
def test_the_search_finds_some(source: str) -> None:
    assert len(lock_texts(f'class A:\n    """SHARE in a docstring"""\n    b = {source}\n')) == 1
