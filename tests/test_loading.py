"""Which files make up a history, and which of them are reported on."""

from __future__ import annotations

from pathlib import Path

from migration_lint import config, lint
from migration_lint.loading import load
from migration_lint.reporters.base import Report
from migration_lint.tree import Tree

TEXT = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [{}]
    operations = [{}]
"""
CREATE = (
    'migrations.CreateModel("Book", [("id", models.AutoField(primary_key=True)), ("a", models.TextField(null=True))])'
)
REMOVE = 'migrations.RemoveField("book", "a")'


def write(root: Path, files: dict[str, tuple[str, ...]]) -> None:
    (root / ".git").mkdir(exist_ok=True)
    for name, (dependencies, *operations) in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(TEXT.format(dependencies, ", ".join(operations)))


def read(root: Path, *paths: str) -> Tree:
    given = [root / path for path in paths] or [root]
    return load(given, config.load(given).settings, None, None)


def check(root: Path, *paths: str) -> Report:
    given = [root / path for path in paths] or [root]
    return lint.lint(given, config.load(given).settings, folder=root)


def worlds(tree: Tree) -> list[list[str]]:
    return sorted(["/".join(key) for key in world.history.order] for world in tree.worlds)


PROJECT = {
    "shop/migrations/0001_initial.py": ("", CREATE),
    "shop/migrations/0002_remove.py": ('("shop", "0001_initial")', REMOVE),
    "blog/migrations/0001_initial.py": ('("shop", "0001_initial")',),
    "zoo/migrations/0001_initial.py": ("",),
}


def test_a_path_says_what_is_reported_and_dependencies_what_is_read(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    tree = read(tmp_path, "blog/migrations/0001_initial.py")
    assert worlds(tree) == [["shop/0001_initial", "blog/0001_initial", "shop/0002_remove"]]
    assert tree.reported == {str(tmp_path / "blog/migrations/0001_initial.py")}
    report = check(tmp_path, "blog")
    assert (report.coverage.migrations, report.history.migrations) == (1, 3)


def test_two_projects_with_the_same_labels(tmp_path: Path) -> None:
    write(tmp_path, {f"{folder}/{name}": text for folder in ("one", "two") for name, text in PROJECT.items()})
    report = check(tmp_path)
    assert [(f.rule, f.path) for f in report.findings if f.severity > 1] == [
        ("drop-column", "one/shop/migrations/0002_remove.py"),
        ("drop-column", "two/shop/migrations/0002_remove.py"),
    ]
    assert (report.coverage.migrations, report.history.migrations) == (8, 8)


def test_a_folder_that_several_projects_need_is_reported_once(tmp_path: Path) -> None:
    shared = {f"shared/{name}": text for name, text in PROJECT.items() if name.startswith("shop")}
    own = {f"{each}/app/migrations/0001.py": ('("shop", "0002_remove")',) for each in ("one", "two")}
    write(tmp_path, shared | own)
    report = check(tmp_path)
    assert [(f.rule, f.path) for f in report.findings if f.severity > 1] == [
        ("drop-column", "shared/shop/migrations/0002_remove.py")
    ]
    assert report.coverage.migrations == 4


def test_the_nearest_of_several_applications_with_a_label(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "one/shop/migrations/0001_initial.py": ("",),
            "two/shop/migrations/0001_initial.py": ("", CREATE),
            "two/blog/migrations/0001.py": ('("shop", "0001_initial")',),
        },
    )
    (world,) = read(tmp_path, "two/blog").worlds
    assert world.history.migrations["shop", "0001_initial"].path == str(
        tmp_path / "two/shop/migrations/0001_initial.py"
    )


def test_what_a_squash_has_replaced_in_part_is_skipped_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path, {"shop/migrations/0001_initial.py": ("", CREATE)})
    squash = TEXT.format("", CREATE).replace(
        "    dep", '    replaces = [("shop", "0001_initial"), ("shop", "0002")]\n    dep'
    )
    (tmp_path / "shop/migrations/0001_squashed.py").write_text(squash)
    report = check(tmp_path)
    assert (report.coverage.migrations, report.coverage.skipped, report.coverage.files) == (1, 1, 2)
    report = check(tmp_path, "shop/migrations/0001_initial.py")
    assert (report.coverage.migrations, report.coverage.skipped) == (0, 1)
    assert report.notes == (
        "shop/migrations/0001_initial.py was skipped: 0001_squashed replaces it and others that are no longer there",
    )


def test_a_file_from_an_editor_takes_the_place_of_the_one_on_disk(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    file = tmp_path / "shop/migrations/0002_remove.py"
    unsaved = (str(file), TEXT.format('("shop", "0001_initial")', "").encode())
    report = lint.lint([], config.load([file]).settings, folder=tmp_path, stdin=unsaved)
    assert (report.findings, report.coverage.migrations) == ((), 1)
    new = (str(tmp_path / "shop/migrations/0003_new.py"), file.read_bytes().replace(b"0001_initial", b"0002_remove"))
    report = lint.lint([], config.load([file]).settings, folder=tmp_path, stdin=new)
    assert [f.path for f in report.findings] == ["shop/migrations/0003_new.py"]


def test_sql_files_are_checked_where_they_are_given_and_where_their_folder_is(tmp_path: Path) -> None:
    (tmp_path / "db/migrations").mkdir(parents=True)
    for number in (1, 2):
        (tmp_path / f"db/migrations/000{number}_drop.sql").write_text(f"DROP TABLE shop_{number};\n")
    (tmp_path / "odd.sql").write_text("DROP TABLE shop_odd;\n")
    folder = [("drop-table", f"db/migrations/000{number}_drop.sql") for number in (1, 2)]
    for paths, expected in (("db",), folder), (("odd.sql",), [("drop-table", "odd.sql")]):
        assert [(f.rule, f.path) for f in check(tmp_path, *paths).findings if f.severity > 2] == expected


def test_only_folders_that_may_hold_a_dependency_are_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        PROJECT | {"odd/migrations/0001_initial.py": ("",), "odd/migrations/0002.py": ('("far", "0001_initial")',)},
    )
    write(tmp_path, {"app/migrations/0001.py": ('("far", "0002"), ("installed", "0001_initial")',)})
    (tmp_path / "zoo/migrations/0002_broken.py").write_text("class (:\n")
    tree = read(tmp_path, "app")
    assert worlds(tree) == [["far/0001_initial", "far/0002", "app/0001"]]
    assert tree.passed_over == {}
