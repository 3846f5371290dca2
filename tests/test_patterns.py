"""Path patterns of `exclude` and `per-file-ignores`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_lint.patterns import matches, rebase, relative


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("venv", "venv/lib/x.py", True),
        ("venv", "a/venv/x.py", True),
        ("venv", "a/venv2/x.py", False),
        ("0001_*.py", "shop/migrations/0001_initial.py", True),
        ("0001_*.py", "shop/migrations/10001_initial.py", False),
        ("000?_x.py", "a/0001_x.py", True),
        ("000[12]_x.py", "a/0002_x.py", True),
        ("000[!12]_x.py", "a/0002_x.py", False),
        ("000[!12]_x.py", "a/0003_x.py", True),
        ("[", "[", True),
        ("a[b", "a[b/c", True),
        ("./venv", "venv/x.py", True),
        ("./venv", "a/venv/x.py", False),
        ("shop/migrations", "shop/migrations/0001.py", True),
        ("shop/migrations", "old/shop/migrations/0001.py", False),
        ("shop/*", "shop/migrations/0001.py", True),
        ("*/migrations/0001.py", "shop/migrations/0001.py", True),
        ("*/migrations/0001.py", "a/shop/migrations/0001.py", False),
        ("**/migrations/0001.py", "a/shop/migrations/0001.py", True),
        ("**/migrations/0001.py", "migrations/0001.py", True),
        ("shop/**/0001.py", "shop/0001.py", True),
        ("shop/**", "shop/a/b.py", True),
        ("shop/**", "shop2/a/b.py", False),
        ("../blog/x.py", "../blog/x.py", True),
        ("a.py", "a-py", False),
        ("é*", "été.py", True),
    ],
)
def test_matches(pattern: str, path: str, expected: bool) -> None:
    assert matches(path, [pattern]) is expected


def test_no_pattern_matches_nothing() -> None:
    assert not matches("a/b.py", [])


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("venv", "venv"),
        ("venv/", "venv"),
        ("./old", "shop/old"),
        ("old/*.py", "shop/old/*.py"),
        ("../blog/old", "blog/old"),
        ("../old", "./old"),
        ("**/old", "**/old"),
        ("**", "**"),
        ("/srv/app/blog/old", "blog/old"),
    ],
)
def test_rebase(pattern: str, expected: str) -> None:
    assert rebase(pattern, Path("/srv/app/shop"), Path("/srv/app")) == expected


def test_a_pattern_of_the_same_folder_stays() -> None:
    assert rebase("./old/", Path("/srv/app"), Path("/srv/app")) == "./old"


def test_relative() -> None:
    assert relative("/srv/app/shop/x.py", Path("/srv/app")) == "shop/x.py"
    assert relative("/srv/blog/x.py", Path("/srv/app")) == "../blog/x.py"


@given(st.text(alphabet="ab*?[]!^/.-", min_size=1), st.text(alphabet="ab/.-", min_size=1))
def test_every_pattern_is_a_pattern(pattern: str, path: str) -> None:
    assert matches(path, [pattern]) in (True, False)


@given(st.text(alphabet="ab.-_", min_size=1), st.lists(st.sampled_from(["a", "b", "c"]), max_size=3))
def test_a_plain_name_matches_wherever_it_stands(name: str, above: list[str]) -> None:
    assert matches("/".join([*above, name]), [name])
    assert matches("/".join([*above, name, "below.py"]), [name])
