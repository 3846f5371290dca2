"""SQL files that lie beside Python migrations: texts of theirs, not migrations of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import check, found, write

HEAD = "from pathlib import Path\n\nfrom django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
TABLE = f"{HEAD}    operations = [migrations.RunSQL('CREATE TABLE book (id int)', migrations.RunSQL.noop)]\n"
READ = (
    HEAD
    + '    dependencies = [("shop", "0001_initial")]\n'
    + "    operations = [migrations.RunSQL({}, migrations.RunSQL.noop)]\n"
)
BESIDE = 'open(Path(__file__).parent / "0002_drop.sql").read()'
FILES = {
    "shop/__init__.py": "",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": TABLE,
    "shop/migrations/0002_drop.py": READ.format(BESIDE),
    "shop/migrations/0002_drop.sql": "DROP TABLE book;\n",
}


@pytest.mark.parametrize("path", [".", "shop", "shop/migrations"])
@pytest.mark.parametrize(
    "reading",
    [
        BESIDE,
        'Path(__file__).with_suffix(".sql").read_text()',
        'Path(__file__).with_name("0002_drop.sql").read_text(encoding="utf-8")',
        '(Path(__file__).resolve().parent / "0002_drop.sql").open().read()',
    ],
)
def test_what_a_migration_reads_is_judged_there_and_only_there(tmp_path: Path, path: str, reading: str) -> None:
    write(tmp_path, {**FILES, "shop/migrations/0002_drop.py": READ.format(reading)})
    report = check(tmp_path, path, select=("drop-table", "not-analysed"))
    assert found(report) == [("shop/migrations/0002_drop.py", 8, "drop-table")]
    assert (report.coverage.migrations, report.coverage.skipped, report.notes) == (2, 0, ())


@pytest.mark.parametrize("path", [".", "shop", "shop/migrations"])
def test_what_none_reads_is_told(tmp_path: Path, path: str) -> None:
    write(tmp_path, {**FILES, "shop/migrations/0003_old.sql": "DROP TABLE author;\n"})
    report = check(tmp_path, path, select=("drop-table",))
    assert found(report) == [("shop/migrations/0002_drop.py", 8, "drop-table")]
    assert (report.coverage.migrations, report.coverage.skipped) == (2, 1)
    assert report.notes == ("1 file skipped: no migration beside it reads it",)


def test_whoever_gives_the_text_means_the_migration_that_reads_it(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    report = check(tmp_path, "shop/migrations/0002_drop.sql", select=("drop-table",))
    assert found(report) == [("shop/migrations/0002_drop.py", 8, "drop-table")]
    assert (report.coverage.migrations, report.coverage.skipped) == (1, 0)


def test_a_text_that_none_reads_is_checked_by_itself_if_it_is_given(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "shop/migrations/0003_old.sql": "DROP TABLE author;\n"})
    report = check(tmp_path, "shop/migrations/0003_old.sql", select=("drop-table",))
    assert found(report) == [("shop/migrations/0003_old.sql", 1, "drop-table")]


def test_texts_in_a_folder_of_their_own_are_no_migrations_either(tmp_path: Path) -> None:
    text = 'Path(__file__).with_name("sql").joinpath("0002_drop.up.sql").read_text()'
    write(
        tmp_path,
        {
            **{path: content for path, content in FILES.items() if "0002" not in path},
            "shop/migrations/0002_drop.py": READ.format(text),
            "shop/migrations/sql/0002_drop.up.sql": "DROP TABLE book;\n",
        },
    )
    report = check(tmp_path, select=("drop-table",))
    assert found(report) == [("shop/migrations/0002_drop.py", 8, "drop-table")]
    assert report.coverage.migrations == 2
