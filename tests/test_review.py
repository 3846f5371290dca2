"""`--since` and `--staged`: what is under review, and what that makes of all else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from migration_lint.cli import cli

HEAD = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
INITIAL = (
    HEAD
    + """    initial = True
    operations = [
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=100)),
        ]),
    ]
"""
)


def migration(after: str, *operations: str) -> str:
    lines = "".join(f"        {operation},\n" for operation in operations)
    return f'{HEAD}    dependencies = [("shop", "{after}")]\n    operations = [\n{lines}    ]\n'


INDEX = 'migrations.AddIndex("book", models.Index(fields=["title"], name="book_title"))'


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs git in an empty repository, the current folder, whose branch is `main`."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "PRE_COMMIT"):
        monkeypatch.delenv(name, raising=False)
    author = ("-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")

    def run(*arguments: str) -> None:
        subprocess.run(["git", *author, *arguments], check=True, capture_output=True)

    run("init", "--quiet", "--initial-branch=main")
    return run


def write(**files: str) -> None:
    folder = Path("shop/migrations")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


def commit(git: Callable[..., None]) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", "work")


def findings(*arguments: str) -> list[tuple[str, str, int]]:
    document = lint(*arguments)
    return [(each["rule"], each["path"].rpartition("/")[2], each["line"]) for each in document["findings"]]


def lint(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli, ["--output-format", "json", *arguments, "."])
    assert result.exit_code in (0, 1), result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_only_what_came_since_is_reported_on(git: Callable[..., None]) -> None:
    write(m0001_initial=INITIAL, m0002_index=migration("m0001_initial", INDEX))
    commit(git)
    git("switch", "--quiet", "--create", "feature")
    write(m0003_gone=migration("m0002_index", 'migrations.RemoveIndex("book", "book_title")'))
    commit(git)
    write(m0004_again=migration("m0003_gone", INDEX))  # not committed yet
    assert findings("--select", "locking") == [
        ("blocking-index", "m0002_index.py", 7),
        ("blocking-drop-index", "m0003_gone.py", 7),
        ("blocking-index", "m0004_again.py", 7),
    ]
    document = lint("--select", "locking", "--since", "main")
    assert [(each["rule"], each["path"]) for each in document["findings"]] == [
        ("blocking-drop-index", "shop/migrations/m0003_gone.py"),
        ("blocking-index", "shop/migrations/m0004_again.py"),
    ]
    assert document["summary"]["migrations"] == 2
    assert document["history"]["migrations"] == 4
    assert findings("--select", "locking", "--since", "feature") == [("blocking-index", "m0004_again.py", 7)]


def test_the_base_is_where_the_branch_left_the_revision(git: Callable[..., None]) -> None:
    write(m0001_initial=INITIAL)
    commit(git)
    git("branch", "feature")
    write(m0002_index=migration("m0001_initial", INDEX))
    commit(git)
    git("switch", "--quiet", "feature")
    write(m0002_drop=migration("m0001_initial", 'migrations.RemoveField("book", "title")'))
    commit(git)
    assert findings("--since", "main", "--select", "compatibility") == [("drop-column", "m0002_drop.py", 7)]


def test_what_is_under_review_together_is_one_release(git: Callable[..., None]) -> None:
    write(m0001_initial=INITIAL)
    commit(git)
    write(
        m0002_shop=migration(
            "m0001_initial",
            'migrations.CreateModel("Shop", [("id", models.AutoField(primary_key=1)), ("name", models.TextField())])',
        ),
        m0003_more=migration(
            "m0002_shop",
            'migrations.AddIndex("shop", models.Index(fields=["name"], name="shop_name"))',
            'migrations.AddField("shop", "city", models.TextField())',
            'migrations.AddField("book", "isbn", models.TextField(null=True))',
        ),
        m0004_less=migration(
            "m0003_more",
            'migrations.RemoveField("shop", "name")',
            'migrations.RemoveField("book", "isbn")',
            'migrations.RemoveField("book", "title")',
        ),
    )
    together = findings("--since", "main", "--select", "locking,compatibility", "--ignore", "lock-pile-up")
    assert together == [("drop-column", "m0004_less.py", 9)]
    alone = findings("--select", "locking,compatibility", "--ignore", "lock-pile-up")
    assert alone == [
        ("blocking-index", "m0003_more.py", 7),
        ("add-not-null-column", "m0003_more.py", 8),
        ("drop-column", "m0004_less.py", 7),
        ("drop-column", "m0004_less.py", 8),
        ("drop-column", "m0004_less.py", 9),
    ]


def test_a_removal_is_staged_only_by_an_earlier_release(git: Callable[..., None]) -> None:
    write(m0001_initial=INITIAL)
    commit(git)
    state_only = 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("book", "title")])'
    drop = 'migrations.RunSQL("ALTER TABLE shop_book DROP COLUMN title", migrations.RunSQL.noop)'
    write(m0002_forget=migration("m0001_initial", state_only), m0003_drop=migration("m0002_forget", drop))
    severities = {each["severity"] for each in lint("--since", "main", "--select", "drop-column")["findings"]}
    assert severities == {"error"}
    (Path("shop/migrations") / "m0003_drop.py").unlink()
    commit(git)
    write(m0003_drop=migration("m0002_forget", drop))
    severities = {each["severity"] for each in lint("--since", "main", "--select", "drop-column")["findings"]}
    assert severities == {"info"}


def test_what_is_released_has_run_before_what_is_new(git: Callable[..., None]) -> None:
    def widened(size: int) -> str:
        return f'migrations.RunSQL("ALTER TABLE shop_book ALTER COLUMN title TYPE varchar({size})", "")'

    write(m0001_initial=INITIAL, z_old=migration("m0001_initial", widened(200)))
    commit(git)
    write(a_new=migration("m0001_initial", widened(150)))  # before z_old in the order of an empty database
    assert findings("--select", "compatibility") == []
    assert findings("--select", "compatibility", "--since", "main") == [("narrow-column", "a_new.py", 7)]


def test_staged_is_what_the_next_commit_adds(git: Callable[..., None]) -> None:
    write(m0001_initial=INITIAL)
    git("add", "--all")
    assert lint("--staged")["summary"]["migrations"] == 1  # before the first commit of all
    commit(git)
    write(m0002_index=migration("m0001_initial", INDEX))
    assert lint("--staged")["summary"]["migrations"] == 0
    git("add", "--all")
    assert findings("--staged", "--select", "locking") == [("blocking-index", "m0002_index.py", 7)]


def test_sql_folders_are_reviewed_alike(git: Callable[..., None]) -> None:
    folder = Path("db/migrations")
    folder.mkdir(parents=True)
    (folder / "001_book.sql").write_text("CREATE TABLE book (id bigint PRIMARY KEY, title text);\n")
    (folder / "002_index.sql").write_text("CREATE INDEX book_title ON book (title);\n")
    commit(git)
    (folder / "003_shop.sql").write_text("CREATE TABLE shop (id bigint PRIMARY KEY, name text);\n")
    (folder / "004_index.sql").write_text("CREATE INDEX shop_name ON shop (name);\nDROP TABLE book;\n")
    assert findings("--since", "main", "--select", "blocking-index,compatibility") == [
        ("drop-table", "004_index.sql", 2)
    ]


def test_a_config_file_may_say_since_when(git: Callable[..., None]) -> None:
    Path("migration-lint.toml").write_text('since = "main"\n')
    write(m0001_initial=INITIAL, m0002_index=migration("m0001_initial", INDEX))
    commit(git)
    assert lint()["summary"]["migrations"] == 0
    assert lint("--since", "")["summary"]["migrations"] == 2
    assert lint("--staged")["summary"]["migrations"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "nowhere"], "git knows no revision 'nowhere'; name a branch, a tag or a commit"),
        (["--since", "origin/main"], "git knows no revision 'origin/main'; fetch it first"),
        (["--since", "--output=x"], "git knows no revision '--output=x'; name a branch, a tag or a commit"),
        (["--since", "main", "--staged"], "--since and --staged: only one of them can say what is under review"),
    ],
)
def test_what_git_cannot_tell_is_one_line(git: Callable[..., None], arguments: list[str], message: str) -> None:
    write(m0001_initial=INITIAL)
    commit(git)
    result = CliRunner().invoke(cli, [*arguments, "."])
    assert (result.exit_code, result.stderr) == (2, f"migration-lint: error: {message}\n")


def test_a_shallow_clone_is_told_what_to_fetch(git: Callable[..., None]) -> None:
    write(m0001_initial=INITIAL)
    commit(git)
    git("switch", "--quiet", "--orphan", "other")
    write(m0001_other=INITIAL)
    commit(git)
    result = CliRunner().invoke(cli, ["--since", "main", "."])
    assert result.exit_code == 2
    assert result.stderr == (
        "migration-lint: error: main and HEAD have no common commit here; fetch their history "
        "(in GitHub Actions: actions/checkout with `fetch-depth: 0`)\n"
    )


def test_without_a_repository_there_is_nothing_to_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(m0001_initial=INITIAL)
    result = CliRunner().invoke(cli, ["--staged", "."])
    assert (result.exit_code, result.stderr) == (2, f"migration-lint: error: {tmp_path} is not in a git repository\n")


def test_a_repository_below_a_link_and_a_folder_of_it(
    git: Callable[..., None], tmp_path: Path, monkeypatch: Any
) -> None:
    write(m0001_initial=INITIAL)
    commit(git)
    write(m0002_index=migration("m0001_initial", INDEX))
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path)
    monkeypatch.chdir(link)
    assert findings("--since", "main", "--select", "locking") == [("blocking-index", "m0002_index.py", 7)]
    monkeypatch.chdir(tmp_path / "shop")
    assert findings("--since", "main", "--select", "locking") == [("blocking-index", "m0002_index.py", 7)]


def test_an_edited_migration_can_be_taken_back_as_advised(git: Callable[..., None]) -> None:
    write(m0001_initial=INITIAL)
    commit(git)
    write(m0001_initial=INITIAL.replace("100", "200"))
    (found,) = lint("--since", "main", "--select", "history")["findings"]
    assert found["message"] == (
        "m0001_initial was released before and asks the database for something else now: databases that have run it "
        "keep what it did then, only new ones get what it says now."
    )
    command = found["advice"].splitlines()[0]
    assert command == "# git checkout main -- shop/migrations/m0001_initial.py"
    git(*command.split()[2:])
    assert lint("--since", "main")["findings"] == []
