"""The hooks, run by the real pre-commit: it installs the package from a git repository and runs it on commits."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import REMOVAL, SHOP, write

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parent.parent
SHIPPED = ("migration_lint", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")

SECOND_LEAF = REMOVAL.replace('migrations.RemoveField(model_name="book", name="isbn"),', "")
CYCLE = SECOND_LEAF.replace('("shop", "0001_initial")', '("shop", "0003_cycle")')


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with a tag, as pre-commit clones it, and a cache of pre-commit's own."""
    folder = tmp_path_factory.mktemp("hook")
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    for arguments in (["init"], ["add", "-A"], ["commit", "-m", "Release"], ["tag", "v0.1.0"]):
        run = git(folder, *arguments)
        assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def project(tmp_path: Path, hook: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with one migration committed, and both hooks configured."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(hook.parent / "pre-commit-cache"))
    monkeypatch.delenv("PRE_COMMIT", raising=False)
    write(tmp_path, SHOP)
    (tmp_path / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hook}\n  rev: v0.1.0\n  hooks:\n"
        "  - id: migration-lint\n    args: [--output-format, concise]\n  - id: migration-lint-project\n"
    )
    for arguments in (["init"], ["add", "-A"], ["commit", "-m", "Start"]):
        run = git(tmp_path, *arguments)
        assert run.returncode == 0, run.stderr
    return tmp_path


def pre_commit(folder: Path, *arguments: str) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments, "--color=never"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    return run.returncode, run.stdout + run.stderr


def test_the_manifest_is_valid(project: Path) -> None:
    code, output = pre_commit(project, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    assert (code, output) == (0, "")


def test_a_clean_project_passes(project: Path) -> None:
    code, output = pre_commit(project, "run", "--all-files")
    assert code == 0, output
    assert "migration-lint...........................................................Passed" in output
    assert "migration-lint (whole project)...........................................Passed" in output


def test_only_the_staged_file_is_reported_and_its_history_is_read(project: Path) -> None:
    (project / "shop/migrations/0002_remove_isbn.py").write_text(REMOVAL)
    git(project, "add", "shop/migrations/0002_remove_isbn.py")
    code, output = pre_commit(project, "run", "migration-lint")
    assert code == 1
    assert "- exit code: 1" in output
    assert "shop/migrations/0002_remove_isbn.py:7:9: error[drop-column]" in output
    assert "0001_initial.py" not in output


def test_a_commit_is_blocked(project: Path) -> None:
    code, output = pre_commit(project, "install")
    assert code == 0, output
    (project / "shop/migrations/0002_remove_isbn.py").write_text(REMOVAL)
    git(project, "add", "-A")
    run = git(project, "commit", "-m", "Remove isbn")
    assert run.returncode == 1
    assert "error[drop-column]" in run.stdout + run.stderr
    assert git(project, "log", "--format=%s").stdout == "Start\n"


def test_untracked_migrations_are_no_history(project: Path) -> None:
    (project / "shop/migrations/0002_first.py").write_text(SECOND_LEAF)
    git(project, "add", "-A")
    # Somebody's draft, which pre-commit leaves on disk: with it there would be a cycle.
    (project / "shop/migrations/0003_cycle.py").write_text(CYCLE.replace("0003_cycle", "0004_other"))
    (project / "shop/migrations/0004_other.py").write_text(CYCLE)
    code, output = pre_commit(project, "run")
    assert code == 0, output


def test_the_project_hook_sees_what_no_single_file_shows(project: Path) -> None:
    (project / "shop/migrations/0002_first.py").write_text(CYCLE)
    (project / "shop/migrations/0003_cycle.py").write_text(CYCLE.replace("0003_cycle", "0002_first"))
    git(project, "add", "-A")
    code, output = pre_commit(project, "run", "migration-lint-project")
    assert code == 1
    assert "dependency-cycle" in output


def test_sql_is_checked_in_its_history_and_a_down_by_itself(project: Path) -> None:
    write(
        project,
        {
            "db/migrations/1_books.up.sql": "CREATE TABLE book (id bigint PRIMARY KEY, title text);\n",
            "db/migrations/1_books.down.sql": "DROP TABLE book;\n",
        },
    )
    for arguments in (["add", "-A"], ["commit", "-m", "Books"]):
        assert git(project, *arguments).returncode == 0
    up, down = "db/migrations/2_title.up.sql", "db/migrations/2_title.down.sql"
    write(project, {up: "CREATE INDEX book_title ON book (title);\n", down: "DROP INDEX book_title;\n"})
    git(project, "add", "-A")
    code, output = pre_commit(project, "run", "migration-lint")
    assert code == 1
    assert f"{up}:1:1: error[blocking-index]" in output
    assert "1_books" not in output
    write(project, {up: "CREATE TABLE page (id int);\nCREATE TABLE word (id int);\n", down: "DROP TABLE page;\n"})
    for arguments in (["add", "-A"], ["commit", "-m", "Pages"]):
        assert git(project, *arguments).returncode == 0
    write(project, {down: "DROP TABLE page, book;\n"})
    git(project, "add", "-A")
    code, output = pre_commit(project, "run", "migration-lint", "--verbose")
    assert code == 0, output
    assert f"{down}:1:1: warning[downgrade-mismatch]" in output


def test_a_text_that_a_migration_reads_is_judged_there(project: Path) -> None:
    reads = (
        "from pathlib import Path\n\nfrom django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0001_initial")]\n'
        '    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), "")]\n'
    )
    write(project, {"shop/migrations/0002_index.py": reads, "shop/migrations/0002_index.sql": "SELECT 1;\n"})
    for arguments in (["add", "-A"], ["commit", "-m", "Nothing"]):
        assert git(project, *arguments).returncode == 0
    write(project, {"shop/migrations/0002_index.sql": "DROP TABLE shop_book;\n"})
    git(project, "add", "-A")
    code, output = pre_commit(project, "run", "migration-lint")
    assert code == 1
    assert re.search(r"^shop/migrations/0002_index\.py:8:\d+: error\[drop-table\]", output, re.MULTILINE)
