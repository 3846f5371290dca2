from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

from migration_lint import git
from migration_lint.discovery import (
    EVERY_KIND,
    MissingPathError,
    discover,
    holds_sql_migrations,
    migration_folders,
    migrations_in,
)
from migration_lint.settings import Settings
from migration_lint.source import Source, UnreadableError


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def found(root: Path, *given: str, kinds: Collection[str] = EVERY_KIND, **settings: object) -> list[str]:
    chosen = Settings(root=root, **settings)  # type: ignore[arg-type]
    return [os.path.relpath(c, root) for c in discover([root / g for g in given], chosen, kinds=kinds)]  # type: ignore[arg-type]


def test_finds_the_files_that_django_would_load(tmp_path: Path) -> None:
    make(tmp_path, "shop/migrations/0001_initial.py", "shop/migrations/0002_b.py", "shop/migrations/__init__.py")
    make(tmp_path, "shop/migrations/_helper.py", "shop/migrations/~0003.py", "shop/migrations/notes.txt")
    make(tmp_path, "shop/migrations/sub/0001_x.py", "shop/models.py", "auth/migrations/0001_initial.py", "manage.py")
    assert found(tmp_path, ".") == [
        "auth/migrations/0001_initial.py",
        "manage.py",
        "shop/migrations/0001_initial.py",
        "shop/migrations/0002_b.py",
    ]
    assert found(tmp_path, "shop") == [
        "shop/migrations/0001_initial.py",
        "shop/migrations/0002_b.py",
        "shop/models.py",
    ]


def test_a_file_or_folder_that_is_given_may_be_called_anything(tmp_path: Path) -> None:
    make(tmp_path, "a/odd/0001.py", "a/odd/__init__.py", "a/_b.py")
    assert found(tmp_path, "a/odd") == ["a/odd/0001.py"]
    assert found(tmp_path, "a/_b.py", "a/odd/__init__.py", "a/odd/0001.py", "a/odd") == ["a/_b.py", "a/odd/0001.py"]


def test_migration_modules_name_further_folders(tmp_path: Path) -> None:
    make(tmp_path, "project/db/shop_steps/0001.py", "project/other/0001.py", "shop_steps/0001.py")
    modules = {"shop": "project.db.shop_steps", "none": ""}
    assert found(tmp_path, ".", migration_modules=modules) == ["project/db/shop_steps/0001.py"]
    assert migration_folders(tmp_path, Settings(root=tmp_path, migration_modules=modules)) == [
        tmp_path / "project/db/shop_steps"
    ]


def test_other_frameworks_are_told_apart_by_their_place(tmp_path: Path) -> None:
    make(tmp_path, "db/env.py", "db/versions/abc.py", "flask/migrations/env.py", "flask/migrations/versions/def.py")
    make(tmp_path, "sql/migrations/V1__a.sql", "sql/data/x.sql", "app/versions/models.py")
    given = discover([tmp_path], Settings(root=tmp_path), kinds=EVERY_KIND)
    assert [(os.path.relpath(c, tmp_path), c.kind, c.named) for c in given] == [
        ("db/versions/abc.py", "alembic", False),
        ("flask/migrations/versions/def.py", "alembic", False),
        ("sql/migrations/V1__a.sql", "sql", False),
    ]
    named = discover([tmp_path / "sql/data/x.sql"], Settings(root=tmp_path), kinds=EVERY_KIND)
    assert [(c.kind, c.named) for c in named] == [("sql", True)]
    assert found(tmp_path, ".", kinds={"django"}) == []


def test_numbered_files_are_migrations_where_nothing_else_lies(tmp_path: Path) -> None:
    make(tmp_path, "db/upgrades/1.0.sql", "db/upgrades/1.1.sql", "db/one/1.sql", "db/mixed/1.sql", "db/mixed/x.sql")
    make(tmp_path, "db/mixed/2.sql", "tests/1.sql", "tests/2.sql", "tests/data/1.sql", "tests/data/2.sql")
    make(tmp_path, "migrations/search/0001_a.sql", "migrations/search/helper/x.sql", "queries/1.sql", "queries/2.sql")
    assert found(tmp_path, ".", kinds=EVERY_KIND) == [
        "db/upgrades/1.0.sql",
        "db/upgrades/1.1.sql",
        "migrations/search/0001_a.sql",
    ]
    assert found(tmp_path, "tests", kinds=EVERY_KIND) == ["tests/1.sql", "tests/2.sql"]


def test_a_package_that_only_carries_sql_is_not_python(tmp_path: Path) -> None:
    make(tmp_path, "a/migrations/__init__.py", "a/migrations/01_x.sql")
    make(tmp_path, "b/migrations/__init__.py", "b/migrations/0001_x.py", "b/migrations/01_x.sql")
    assert found(tmp_path, "a", kinds={"sql"}) == ["a/migrations/01_x.sql"]
    assert holds_sql_migrations(tmp_path / "a/migrations")
    assert not holds_sql_migrations(tmp_path / "b/migrations")


def test_other_peoples_code_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a/migrations/0001.py", "env/pyvenv.cfg", "env/app/migrations/0001.py")
    make(
        tmp_path,
        ".venv/x/migrations/0001.py",
        "lib/site-packages/x/migrations/0001.py",
        "node_modules/m/migrations/1.py",
    )
    assert found(tmp_path, ".") == ["a/migrations/0001.py"]
    assert found(tmp_path, "env", "lib/site-packages") == [
        "env/app/migrations/0001.py",
        "lib/site-packages/x/migrations/0001.py",
    ]


def test_patterns_exclude_what_is_found_and_not_what_is_given(tmp_path: Path) -> None:
    make(
        tmp_path,
        "a/migrations/0001.py",
        "old/b/migrations/0001.py",
        "old/b/migrations/0002.py",
        "c/migrations/0001_x.py",
    )
    patterns = {"extend_exclude": ("old/b", "*_x.py")}
    assert found(tmp_path, ".", **patterns) == ["a/migrations/0001.py"]
    assert found(tmp_path, "old", **patterns) == []
    assert found(tmp_path, "old/b/migrations", **patterns) == ["old/b/migrations/0001.py", "old/b/migrations/0002.py"]
    assert found(tmp_path, "c/migrations/0001_x.py", **patterns) == ["c/migrations/0001_x.py"]
    forced = {**patterns, "force_exclude": True}
    assert found(tmp_path, "old/b/migrations", "c/migrations/0001_x.py", "a/migrations/0001.py", **forced) == [
        "a/migrations/0001.py"
    ]


def test_links_are_followed_once(tmp_path: Path) -> None:
    make(tmp_path, "b/migrations/0001.py")
    make(tmp_path.with_name("outside"), "migrations/0001.py")
    (tmp_path / "b/self").symlink_to("..")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "out").symlink_to(tmp_path.with_name("outside"))
    assert found(tmp_path, ".") == ["b/migrations/0001.py", "out/migrations/0001.py"]


def test_what_cannot_be_read_is_found_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "a/migrations"
    (folder / "0001_folder.py").mkdir(parents=True)
    (folder / "0002_broken.py").symlink_to("gone.py")
    (folder / "0003_loop.py").symlink_to("0003_loop.py")
    expected = [f"a/migrations/{name}.py" for name in ("0001_folder", "0002_broken", "0003_loop")]
    assert found(tmp_path, ".") == found(tmp_path, *expected) == expected
    for name in expected:
        with pytest.raises(UnreadableError):
            Source.read(tmp_path / name)


def test_a_missing_path_is_an_error_unless_it_is_not_saved_yet(tmp_path: Path) -> None:
    gone = tmp_path / "a/migrations/0001.py"
    with pytest.raises(MissingPathError) as caught:
        discover([gone], Settings(root=tmp_path))
    assert str(caught.value) == f"{gone}: no such file or folder"
    assert [c.path for c in discover([], Settings(root=tmp_path), unsaved=[gone])] == [str(gone)]


def test_folders_of_the_history(tmp_path: Path) -> None:
    make(tmp_path, "b/migrations/0001.py", "a/migrations/__init__.py", "venv/x/migrations/0001.py")
    make(tmp_path, "flask/migrations/env.py", "skipped/migrations/0001.py")
    settings = Settings(root=tmp_path, extend_exclude=("skipped",))
    assert migration_folders(tmp_path, settings) == [tmp_path / "a/migrations", tmp_path / "b/migrations"]


def test_neighbours_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a/migrations"
    make(folder, "0002.py", "0001.py", "__init__.py", "_x.py", "a.txt", "sub/0001.py")
    command = ["git", "-C", str(tmp_path), "-c", "init.defaultBranch=main"]
    subprocess.run([*command, "init", "-q"], check=True)
    subprocess.run([*command, "add", "a/migrations/0001.py"], check=True)
    settings = Settings(root=tmp_path)
    monkeypatch.delenv("PRE_COMMIT", raising=False)
    assert [Path(c).name for c in migrations_in(folder, settings)] == ["0001.py", "0002.py"]
    monkeypatch.setenv("PRE_COMMIT", "1")
    assert [Path(c).name for c in migrations_in(folder, settings)] == ["0001.py"]
    assert [Path(c).name for c in discover([folder], settings)] == ["0001.py"]
    assert [Path(c).name for c in discover([folder / "0002.py"], settings)] == ["0002.py"]
    assert migrations_in(tmp_path / "none", settings) == []
    assert git.top_level(folder) == tmp_path


def test_neighbours_outside_of_a_repository_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "0001.py")
    monkeypatch.setenv("PRE_COMMIT", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert [Path(c).name for c in migrations_in(tmp_path, Settings(root=tmp_path))] == ["0001.py"]
