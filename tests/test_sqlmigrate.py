"""Statements from Django's own command, run on a real project, and from its saved output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from migration_lint import explaining, lint
from migration_lint.config import ConfigError, load
from migration_lint.rule import Finding, Severity
from tests.postgres_server import PostgresServer

COMMAND = f"{sys.executable} manage.py sqlmigrate"
MANAGE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
INITIAL = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Author", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=50)),
            ("pages", models.IntegerField(null=True)),
        ]),
    ]
"""
CHANGES = """
import json

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Build(Operation):
    reversible = True

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute(json.loads('"CREATE INDEX pages_built ON shop_book (pages)"'))

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def describe(self):
        return "Build what is missing"


def nothing(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("book", "author", models.ForeignKey("shop.Author", models.CASCADE, null=True)),
        migrations.AlterModelOptions("book", {"ordering": ["title"]}),
        Build(),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AddIndex("book", models.Index(fields=["title"], name="title_i")),
                migrations.RunSQL("UPDATE shop_book SET pages = 0 WHERE pages < 0", migrations.RunSQL.noop),
            ],
        ),
        migrations.AddField("book", "isbn", models.CharField(max_length=13, db_index=True, default="")),
        migrations.RunPython(nothing, nothing),
    ]
"""
LINES = {
    name: next(number for number, line in enumerate(CHANGES.splitlines(), start=1) if mark in line)
    for name, mark in {"author": '"author"', "Build": " Build()", "title_i": "title_i", "isbn": "isbn"}.items()
}


class Project:
    """A Django project in a folder of its own."""

    def __init__(self, root: Path, database: dict[str, Any]) -> None:
        self.root = root
        self.write("manage.py", MANAGE)
        self.write(
            "settings.py",
            f"""
            SECRET_KEY = "none"
            INSTALLED_APPS = ["shop"]
            DATABASES = {{"default": {database!r}}}
            DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            """,
        )
        for name in ("shop/__init__.py", "shop/migrations/__init__.py"):
            self.write(name, "")
        self.write("migration-lint.toml", 'django-version = "5.2"\n')
        self.write("shop/migrations/0001_initial.py", INITIAL)
        self.write("shop/migrations/0002_changes.py", CHANGES)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        return file

    def settings(self, *overrides: str, **options: object) -> Any:
        keys = {name.replace("_", "-"): value for name, value in options.items()}
        return load([self.root], options=keys, overrides=overrides).settings

    def lint(self, *overrides: str, path: str = ".", **options: object) -> list[Finding]:
        settings = self.settings(*overrides, **options)
        report = lint.lint([self.root / path], settings, folder=self.root)
        return sorted(report.findings, key=lambda finding: finding.sort_key)

    def sql(self, name: str) -> str:
        arguments = [sys.executable, "manage.py", "sqlmigrate", "shop", name]
        return subprocess.run(arguments, cwd=self.root, capture_output=True, text=True, check=True).stdout


SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, SQLITE)


def on_postgresql(server: PostgresServer, root: Path, name: str) -> Project:
    database = {"ENGINE": "django.db.backends.postgresql", **server.django_settings(name)}
    return Project(root, database)


def found(findings: list[Finding], rule: str) -> list[tuple[int, Severity]]:
    return [(finding.span.line, finding.severity) for finding in findings if finding.rule == rule]


def test_on_postgresql_findings_stay_where_the_operations_are(postgres: PostgresServer, tmp_path: Path) -> None:
    with postgres.database() as name:
        project = on_postgresql(postgres, tmp_path, name)
        derived = project.lint()
        real = project.lint(sqlmigrate=COMMAND)
        settings = project.settings(sqlmigrate=COMMAND)
        explained = explaining.explain(project.root / "shop/migrations/0002_changes.py", settings)
    assert set(found(derived, "not-analysed")) == {(LINES["Build"], Severity.INFO)}
    assert found(derived, "blocking-index") == [
        (LINES["author"], Severity.ERROR),
        (LINES["title_i"], Severity.ERROR),
        (LINES["isbn"], Severity.ERROR),
    ]
    assert found(real, "sqlmigrate-failed") == []
    assert found(real, "blocking-index") == [
        (LINES["author"], Severity.ERROR),
        (LINES["Build"], Severity.ERROR),
        (LINES["title_i"], Severity.ERROR),
        (LINES["isbn"], Severity.ERROR),
    ]
    known = {("blocking-index", LINES["Build"]), ("not-analysed", LINES["Build"])}
    assert {(f.rule, f.span.line, f.message) for f in real if (f.rule, f.span.line) not in known} == {
        (f.rule, f.span.line, f.message) for f in derived if (f.rule, f.span.line) not in known
    }
    statements = {step.line: step.statements for step in explained.steps}
    assert statements[LINES["Build"]] == ("CREATE INDEX pages_built ON shop_book (pages)",)
    assert [sql.split(" (")[0] for sql in statements[LINES["isbn"]]] == [
        """ALTER TABLE "shop_book" ADD COLUMN "isbn" varchar(13) DEFAULT '' NOT NULL""",
        'ALTER TABLE "shop_book" ALTER COLUMN "isbn" DROP DEFAULT',
        'CREATE INDEX "shop_book_isbn_d60b4a22" ON "shop_book"',
        'CREATE INDEX "shop_book_isbn_d60b4a22_like" ON "shop_book"',
    ]


def test_on_sqlite_the_statements_are_djangos(project: Project) -> None:
    path = project.root / "shop/migrations/0002_changes.py"
    derived = explaining.explain(path, project.settings("database=sqlite"))
    real = explaining.explain(path, project.settings("database=sqlite", sqlmigrate=COMMAND))
    printed = [" ".join(line.split()) for line in project.sql("0002_changes").splitlines()]
    expected = [line for line in printed if line and not line.startswith(("--", "BEGIN", "COMMIT"))]
    shown = sorted(sql.rstrip(";") for step in real.steps for sql in step.statements)
    assert shown == sorted(sql.rstrip(";") for sql in expected)
    by_line = {step.line: step.statements for step in real.steps}
    assert by_line[LINES["Build"]] == ("CREATE INDEX pages_built ON shop_book (pages)",)
    assert [step.line for step in real.steps] == [step.line for step in derived.steps]
    assert lint_rules(project, "database=sqlite", sqlmigrate=COMMAND)["sqlmigrate-failed"] == []


def lint_rules(project: Project, *overrides: str, **options: object) -> dict[str, list[str]]:
    """The messages of the findings, by rule; of sqlmigrate-failed in any case."""
    messages: dict[str, list[str]] = {"sqlmigrate-failed": []}
    for finding in project.lint(*overrides, **options):
        messages.setdefault(finding.rule, []).append(f"{finding.path}: {finding.message}")
    return messages


class TestSavedOutput:
    """`--sqlmigrate-from`."""

    OUTPUT = """\
        BEGIN;
        --
        -- Add field author to book
        --
        ALTER TABLE "shop_book" ADD COLUMN "author_id" bigint NULL;
        --
        -- Change Meta options on book
        --
        -- (no-op)
        --
        -- Build what is missing
        --
        DROP TABLE shop_author;
        --
        -- Custom state/database change combination
        --
        CREATE INDEX "title_i" ON "shop_book" ("title");
        UPDATE shop_book SET pages = 0 WHERE pages < 0;
        --
        -- Add field isbn to book
        --
        ALTER TABLE "shop_book" ADD COLUMN "isbn" varchar(13) DEFAULT '' NOT NULL;
        --
        -- Raw Python operation
        --
        -- THIS OPERATION CANNOT BE WRITTEN AS SQL
        CREATE INDEX "late" ON "shop_book" ("isbn");
        COMMIT;
        """

    @pytest.mark.parametrize("file", ["out/shop/0002_changes.sql", "out/shop.0002_changes.sql"])
    def test_folder(self, project: Project, file: str) -> None:
        project.write(file, self.OUTPUT)
        self.check(project, project.root / "out")

    def test_file_of_several(self, project: Project) -> None:
        first = (
            '-- shop.0001_initial\nBEGIN;\n--\n-- Create model Author\n--\nCREATE TABLE "shop_author" ("id" bigint);\n'
        )
        first += '--\n-- Create model Book\n--\nCREATE TABLE "shop_book" ("id" bigint, "title" text);\nCOMMIT;\n'
        text = f"{first}-- shop.0002_changes\n{dedent(self.OUTPUT)}"
        self.check(project, project.write("all.sql", text), first=[])

    def test_file_that_does_not_say_whose_it_is(self, project: Project) -> None:
        path = project.write("one.sql", self.OUTPUT)
        messages = {f.message for f in project.lint(sqlmigrate_from=str(path)) if f.rule == "sqlmigrate-failed"}
        expected = f"The output of sqlmigrate is missing for this migration: {path} has no line `-- app.name` "
        assert messages == {f"{expected}that says whose output follows."}

    def test_migration_without_operations(self, project: Project) -> None:
        text = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    operations = []\n"
        project.write(
            "shop/migrations/0003_none.py",
            text.replace("    op", '    dependencies = [("shop", "0002_changes")]\n    op'),
        )
        project.write("out/shop/0003_none.sql", "BEGIN;\nCOMMIT;\n")
        findings = project.lint(sqlmigrate_from=str(project.root / "out"))
        assert [f.message for f in findings if "0003" in f.path] == []

    def check(self, project: Project, path: Path, first: list[str] | None = None) -> None:
        findings = project.lint(sqlmigrate_from=str(path))
        assert [(f.span.line, f.message.split(" is dropped")[0]) for f in findings if f.rule == "drop-table"] == [
            (LINES["Build"], "shop_author")
        ]
        assert [f.span.line for f in findings if f.rule == "blocking-index"] == [LINES["title_i"], LINES["isbn"]]
        missing = [(f.path, f.severity) for f in findings if f.rule == "sqlmigrate-failed"]
        expected = [("shop/migrations/0001_initial.py", Severity.INFO)] if first is None else first
        assert missing == expected

    def test_other_operations(self, project: Project) -> None:
        project.write("out/shop/0002_changes.sql", "BEGIN;\n--\n-- Add field x to book\n--\nSELECT 1;\nCOMMIT;\n")
        (finding,) = (
            f
            for f in project.lint(sqlmigrate_from=str(project.root / "out"))
            if "0002" in f.path and f.rule == "sqlmigrate-failed"
        )
        assert finding.severity is Severity.ERROR
        assert finding.message == (
            "The output of sqlmigrate is missing for this migration: the output has 1 operation, and the migration 6 "
            "operations."
        )

    @pytest.mark.parametrize(
        ("statement", "database", "said"),
        [
            ('CREATE TABLE "new__shop_book" ("id" integer NOT NULL PRIMARY KEY);', "postgresql", "SQLite"),
            ('CREATE TABLE "a" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT);', "postgresql", "SQLite"),
            ('ALTER TABLE "shop_book" ADD COLUMN "at" timestamp with time zone NULL;', "sqlite", "PostgreSQL"),
            ("ALTER TABLE `shop_book` ADD COLUMN `at` datetime(6) NULL;", "postgresql", "MySQL"),
            ('ALTER TABLE "shop_book" ADD COLUMN "at" integer NULL;', "mariadb", "another database"),
            ('ALTER TABLE "shop_book" ADD COLUMN "at" integer NULL;', "postgresql", None),
            ('ALTER TABLE "shop_book" ADD COLUMN "at" integer NULL;', "sqlite", None),
            ("ALTER TABLE `shop_book` ADD COLUMN `at` integer NULL;", "mariadb", None),
            ("UPDATE `shop_book` SET a = 'AUTOINCREMENT';", "postgresql", None),
        ],
    )
    def test_output_for_another_database(
        self, project: Project, statement: str, database: str, said: str | None
    ) -> None:
        output = "\n".join(line for line in dedent(self.OUTPUT).splitlines() if '"' not in line)
        project.write("out/shop/0002_changes.sql", output.replace("DROP TABLE shop_author;", statement))
        findings = project.lint(f'database="{database}"', sqlmigrate_from=str(project.root / "out"))
        failed = [f.message for f in findings if f.rule == "sqlmigrate-failed" and "0002" in f.path]
        judged = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}[database]
        expected = (
            f"The output of sqlmigrate is missing for this migration: the output is for {said}, and the migration is "
            f"judged on {judged}."
        )
        assert failed == ([] if said is None else [expected])

    def test_there_must_be_one(self, project: Project) -> None:
        with pytest.raises(ConfigError, match=r"^--sqlmigrate-from: gone: no such file or folder$"):
            project.settings(sqlmigrate_from="gone")


class TestPrograms:
    """What goes wrong with `--sqlmigrate` is said of the migration it goes wrong for."""

    def script(self, project: Project, text: str) -> str:
        return f"{sys.executable} {project.write('fake.py', text)}"

    def failures(self, project: Project, command: str, *overrides: str) -> list[tuple[str, Severity, str]]:
        findings = project.lint(*overrides, sqlmigrate=command)
        assert [f.span.line for f in findings if f.rule == "blocking-index"] == [
            LINES["author"],
            LINES["title_i"],
            LINES["isbn"],
        ]
        said = "The output of sqlmigrate is missing for this migration: "
        return [
            (f.path, f.severity, f.message.removeprefix(said).replace(command, "COMMAND"))
            for f in findings
            if f.rule == "sqlmigrate-failed"
        ]

    def test_error_for_one(self, project: Project) -> None:
        text = """
        import sys
        if sys.argv[2] == "0002_changes":
            print("Traceback (most recent call last):", file=sys.stderr)
            print("ImportError: no module named x", file=sys.stderr)
            sys.exit(1)
        for model in ("Author", "Book"):
            print("--\\n-- Create model " + model + "\\n--")
            print(f'CREATE TABLE "shop_{model.lower()}" (id bigint, title varchar(50), pages integer NULL);')
        """
        assert self.failures(project, self.script(project, text)) == [
            (
                "shop/migrations/0002_changes.py",
                Severity.ERROR,
                "`COMMAND shop 0002_changes` ended with exit code 1: ImportError: no module named x.",
            )
        ]

    def test_hanging_program_is_ended_with_its_children(self, project: Project) -> None:
        text = """
        import pathlib, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pathlib.Path(f"pid-{sys.argv[2]}").write_text(str(child.pid))
        time.sleep(60)
        """
        start = time.monotonic()
        found = self.failures(project, self.script(project, text), "sqlmigrate-timeout=1")
        assert time.monotonic() - start < 20
        assert [reason for _, _, reason in found] == [
            "`COMMAND shop 0001_initial` did not end within 1 seconds.",
            "`COMMAND shop 0002_changes` did not end within 1 seconds.",
        ]
        if os.name == "posix":
            for file in project.root.glob("pid-*"):
                assert not is_running(int(file.read_text()))

    def test_no_such_program(self, project: Project) -> None:
        assert [reason for _, _, reason in self.failures(project, "no-such-program x")] == [
            "`COMMAND shop 0001_initial` cannot be run: No such file or directory.",
            "`COMMAND shop 0002_changes` cannot be run: No such file or directory.",
        ]

    def test_traceback_with_exit_code_zero(self, project: Project) -> None:
        text = "print('Traceback (most recent call last):\\n  File x\\nKeyError: 1')"
        assert [reason for _, _, reason in self.failures(project, self.script(project, text))] == [
            "the output is a traceback: KeyError: 1.",
            "the output is a traceback: KeyError: 1.",
        ]

    def test_binary_output(self, project: Project) -> None:
        text = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 50)"
        assert [reason for _, _, reason in self.failures(project, self.script(project, text))] == [
            "the output has 0 operations, and the migration 2 operations.",
            "the output has 0 operations, and the migration 6 operations.",
        ]

    def test_no_shell(self, project: Project) -> None:
        self.failures(project, self.script(project, "pass") + "; touch made")
        assert not (project.root / "made").exists()

    def test_config_files_run_nothing(self, project: Project) -> None:
        project.write("migration-lint.toml", 'sqlmigrate = "touch made"\n')
        with pytest.raises(ConfigError, match="only the command line can have a program run"):
            project.settings()

    @pytest.mark.parametrize(("command", "said"), [("a 'b", "no closing quotation"), ("", "expected a string")])
    def test_no_command(self, project: Project, command: str, said: str) -> None:
        with pytest.raises(ConfigError, match=said):
            project.settings(sqlmigrate=command)


def is_running(process: int) -> bool:
    """Whether a process lives; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_command_line(project: Project) -> None:
    """Only what is under review is run; the settings tell where they come from."""
    arguments = [sys.executable, "-m", "migration_lint", "--output-format", "json", "--sqlmigrate", COMMAND]
    run = subprocess.run(
        [*arguments, "--config", "database=sqlite", "shop/migrations/0002_changes.py"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    report = json.loads(run.stdout)
    assert (report["summary"]["migrations"], report["history"]["migrations"]) == (1, 2)
    assert [f for f in report["findings"] if f["rule"] in ("sqlmigrate-failed", "not-analysed")] == []
