"""The command line as a user meets it: which command runs, what goes to which stream, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from migration_lint import __version__
from migration_lint.cli import cli
from migration_lint.cli.terminal import Progress, wants_colour
from tests.projects import REMOVAL, SHOP, write

ROOT = Path(__file__).parent.parent

BROKEN = "class Migration(:\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a project whose second migration drops a column."""
    (tmp_path / ".git").mkdir()
    write(tmp_path, SHOP | {"shop/migrations/0002_remove_isbn.py": REMOVAL})
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "PRE_COMMIT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str, **extra: Any) -> Result:
    return CliRunner().invoke(cli, arguments, **extra)


def process(*arguments: str, **extra: Any) -> subprocess.Popen[bytes]:
    """The command in a process of its own, its streams as pipes."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **extra.pop("env", {})}
    return subprocess.Popen([sys.executable, "-m", "migration_lint", *arguments], env=environment, **(pipes | extra))


def found(result: Result) -> list[tuple[str, str, int]]:
    """Rule, path and line of each finding of a run with JSON output."""
    return [(each["rule"], each["path"], each["line"]) for each in json.loads(result.stdout)["findings"]]


DROPPED = ("drop-column", "shop/migrations/0002_remove_isbn.py", 7)


class TestCommands:
    def test_version(self) -> None:
        result = run("--version")
        assert (result.exit_code, result.stdout) == (0, f"migration-lint {__version__}\n")

    @pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["check", "-h"], ["rules", "-h"]])
    def test_help(self, arguments: list[str]) -> None:
        result = run(*arguments)
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage: migration-lint ")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--output-format", "json"],
            ["check", "--output-format", "json"],
            ["--output-format=json", "."],
            ["shop", "--output-format", "json"],
            ["check", "shop/migrations", "--output-format", "json"],
            ["shop/migrations/0002_remove_isbn.py", "--output-format=json"],
            ["-q", "shop/migrations/0002_remove_isbn.py", "shop", "--output-format", "json"],
        ],
    )
    def test_check_is_implied(self, project: Path, arguments: list[str]) -> None:
        result = run(*arguments)
        assert found(result) == [DROPPED]
        assert result.exit_code == 1

    def test_a_first_word_that_is_a_command_is_the_command(self, project: Path) -> None:
        (project / "rules/migrations").mkdir(parents=True)
        (project / "rules/migrations/__init__.py").touch()
        (project / "rules/migrations/0001_initial.py").write_text(SHOP["shop/migrations/0001_initial.py"])
        assert "drop-column" in run("rules").stdout
        result = run("./rules", "--output-format", "json")
        assert json.loads(result.stdout)["summary"]["migrations"] == 1
        assert run("check", "rules", "--output-format", "json").stdout == result.stdout

    def test_only_given_files_are_reported(self, project: Path) -> None:
        result = run("shop/migrations/0001_initial.py", "--output-format", "json")
        assert (result.exit_code, found(result)) == (0, [])

    def test_rule_prints_the_page(self) -> None:
        result = run("rule", "drop-column")
        assert result.exit_code == 0
        assert result.stdout == (ROOT / "rules/drop-column.md").read_text(encoding="utf-8")

    def test_rules_as_json(self) -> None:
        listed = json.loads(run("rules", "--output-format", "json").stdout)
        assert listed["version"] == 1
        by_name = {each["name"]: each for each in listed["rules"]}
        assert list(by_name) == sorted(by_name)
        assert by_name["drop-column"]["family"] == "compatibility"
        assert by_name["drop-column"]["severity"] == "error"
        assert by_name["small-primary-key"]["severity"] == "off"

    def test_rules_as_text_has_one_line_a_rule(self) -> None:
        names = [each["name"] for each in json.loads(run("rules", "--output-format", "json").stdout)["rules"]]
        assert [line.split()[0] for line in run("rules").stdout.splitlines()] == names

    def test_config_shows_values_and_origins(self, project: Path) -> None:
        (project / "pyproject.toml").write_text(
            '[tool.migration-lint]\ndeployment = "stopped"\nseverity.drop-table = "info"\n'
        )
        result = run("config", "--config", "database-version=17", "--ignore", "drop-column,locking", "shop")
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert lines[0] == "# config file: pyproject.toml"
        for line in (
            'database = "postgresql"  # default',
            'database-version = "17"  # command line',
            "# django-version is not set  # default",
            'ignore = ["drop-column", "locking"]  # command line',
            'severity = { "drop-table" = "info" }  # pyproject.toml',
            'deployment = "stopped"  # pyproject.toml',
            "force-exclude = false  # default",
        ):
            assert line in lines

    def test_the_config_that_is_shown_is_a_config(self, project: Path) -> None:
        shown = run("config", "--config", 'app-labels={"a b" = "c"}', "--config", "max-file-size=5").stdout
        (project / "migration-lint.toml").write_text(shown, encoding="utf-8")
        first, second = (
            json.loads(text)["settings"]
            for text in (
                run("config", "--output-format", "json", "--isolated", "--config", 'app-labels={"a b" = "c"}',
                    "--config", "max-file-size=5").stdout,
                run("config", "--output-format", "json").stdout,
            )
        )  # fmt: skip
        assert {key: each["value"] for key, each in first.items()} == {
            key: each["value"] for key, each in second.items()
        }
        assert first["app-labels"] == {"value": {"a b": "c"}, "origin": "command line"}
        assert second["max-file-size"] == {"value": 5, "origin": "migration-lint.toml"}


class TestExitCodes:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["none"], "none: no such file or folder"),
            (["check", "rule-x"], "rule-x: no such file or folder"),
            (
                ["--output-format", "yaml"],
                (
                    "Invalid value for '--output-format': 'yaml' is not one of "
                    "'full', 'concise', 'json', 'sarif', 'github'."
                ),
            ),
            (["--select", "drop-colum"], "--select: unknown rule or family 'drop-colum'; did you mean 'drop-column'?"),
            (["--per-file-ignores", "drop-column"], "--per-file-ignores: expected PATTERN:RULES, got 'drop-column'"),
            (["--config", "databse=x"], "--config: unknown key 'databse'; did you mean 'database'?"),
            (["rule", "drop-colum"], "unknown rule 'drop-colum'; did you mean 'drop-column'?"),
            (["rule"], "Missing argument 'NAME'."),
            (
                ["--output-file", "out.json"],
                ("--output-file: expected FORMAT:FILE with one of full, concise, json, sarif, github, got 'out.json'"),
            ),
            (["-o", "sarif:none/out.sarif"], "--output-file: none/out.sarif: there is no folder 'none'"),
            (["-o", "sarif:shop"], "--output-file: shop: is a folder"),
            (["-"], "`-` needs --stdin-filename PATH: where a migration lies says whose it is"),
            (
                ["-", "shop", "--stdin-filename", "x.py"],
                "`-` reads one file from stdin, so it cannot go with other paths",
            ),
            (["--stdin-filename", "x.py"], "--stdin-filename names what `-` reads; give `-` as the path"),
        ],
    )
    def test_wrong_usage_is_one_line_and_2(self, project: Path, arguments: list[str], message: str) -> None:
        result = run(*arguments)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migration-lint: error: {message}\n")

    def test_an_unknown_option_is_one_line_and_2(self, project: Path) -> None:
        """The words are click's, and differ between its versions."""
        result = run("--selct", "x")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("migration-lint: error: No such option")
        assert "--select" in result.stderr
        assert result.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ([], 1),
            (["shop/migrations/0001_initial.py"], 0),
            (["--exit-zero"], 0),
            (["--ignore", "drop-column"], 0),
            (["--ignore", "compatibility"], 0),
            (["--per-file-ignores", "shop/migrations/0002*:compatibility"], 0),
            (["--config", "severity.drop-column=warning"], 0),
            (["--config", "severity.drop-column=warning", "--fail-on", "warning"], 1),
            (["--config", "deployment=stopped"], 0),
            (["--exclude", "0002*"], 0),
        ],
    )
    def test_findings_are_1_from_fail_on_up(self, project: Path, arguments: list[str], code: int) -> None:
        assert run(*arguments).exit_code == code

    @pytest.mark.parametrize(
        "arguments",
        [[], ["--exit-zero"], ["--ignore", "syntax-error"], ["--ignore", "ALL"], ["--select", "locking"],
         ["--per-file-ignores", "*:ALL"], ["--config", "severity.syntax-error=off"]],
    )  # fmt: skip
    def test_what_could_not_be_checked_is_3_whatever_is_asked(self, project: Path, arguments: list[str]) -> None:
        (project / "shop/migrations/0003_broken.py").write_text(BROKEN)
        result = run(*arguments, "--output-format", "json")
        assert result.exit_code == 3
        assert [rule for rule, path, _ in found(result) if path.endswith("0003_broken.py")] == ["syntax-error"]

    def test_the_unexpected_is_one_line_and_3(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: object, **__: object) -> None:
            raise ZeroDivisionError("no\nluck")

        monkeypatch.setattr("migration_lint.lint.lint", fails)
        result = run()
        assert result.exit_code == 3
        assert result.stderr == (
            "migration-lint: error: internal error: ZeroDivisionError: no luck\n"
            "migration-lint: run it again with -v for the traceback\n"
        )
        verbose = run("-v")
        assert verbose.exit_code == 3
        assert "Traceback (most recent call last):" in verbose.stderr
        assert verbose.stderr.endswith("migration-lint: error: internal error: ZeroDivisionError: no luck\n")

    def test_wrong_usage_has_no_traceback_even_with_verbose(self, project: Path) -> None:
        assert run("-v", "--select", "x").stderr == "migration-lint: error: --select: unknown rule or family 'x'\n"


class TestOutput:
    def test_findings_go_to_stdout_and_nothing_to_stderr(self, project: Path) -> None:
        result = run("--output-format", "concise")
        assert result.stderr == ""
        first, *summary = result.stdout.splitlines()
        assert first.startswith("shop/migrations/0002_remove_isbn.py:7:9: error[drop-column] ")
        assert summary == ["Found 1 error.", "Checked 2 migrations, 2 operations, 0 not analysed (for PostgreSQL 15)."]

    def test_quiet_leaves_the_summary_out(self, project: Path) -> None:
        assert len(run("-q", "--output-format", "concise").stdout.splitlines()) == 1
        assert run("-q", "shop/migrations/0001_initial.py").stdout == ""

    def test_verbose_names_the_config_file_on_stderr(self, project: Path) -> None:
        assert run("-v").stderr == "migration-lint: config file: none\n"

    def test_statistics(self, project: Path) -> None:
        assert run("--statistics", "-q").stdout == "1  error    drop-column\n"

    def test_output_files_come_beside_stdout(self, project: Path) -> None:
        result = run("-q", "--output-format", "concise", "-o", "json:out.json", "--output-file", "sarif:out:1.sarif")
        assert result.exit_code == 1
        assert len(result.stdout.splitlines()) == 1
        assert (project / "out.json").read_text() == run("--output-format", "json").stdout
        assert json.loads((project / "out:1.sarif").read_bytes())["version"] == "2.1.0"

    def test_an_output_file_is_written_when_nothing_is_found(self, project: Path) -> None:
        assert run("shop/migrations/0001_initial.py", "-o", "sarif:out.sarif").exit_code == 0
        assert json.loads((project / "out.sarif").read_bytes())["runs"][0]["results"] == []

    def test_suppressed_findings_are_shown_when_asked(self, project: Path) -> None:
        file = project / "shop/migrations/0002_remove_isbn.py"
        comment = "        # migration-lint: ignore[drop-column] unused since 2.0\n"
        file.write_text(REMOVAL.replace("        migrations.R", f"{comment}        migrations.R"))
        assert (run().exit_code, found(run("--output-format", "json"))) == (0, [])
        shown = run("--show-suppressed", "--output-format", "json")
        assert (shown.exit_code, found(shown)) == (0, [("drop-column", "shop/migrations/0002_remove_isbn.py", 8)])

    def test_stdin_stands_for_the_file_it_names(self, project: Path) -> None:
        text = REMOVAL.replace('name="isbn"', 'name="isbn",')
        name = "shop/migrations/0002_remove_isbn.py"
        (project / name).write_text(BROKEN)
        result = run("-", "--stdin-filename", name, "--output-format", "json", input=text)
        assert found(result) == [DROPPED]
        (project / name).unlink()
        assert run("-", "--stdin-filename", name, "--output-format", "json", input=text).stdout == result.stdout

    def test_stdin_has_the_config_of_the_file_it_names(self, project: Path) -> None:
        (project / "shop/migration-lint.toml").write_text('ignore = ["drop-column"]')
        result = run("-", "--stdin-filename", "shop/migrations/0002_remove_isbn.py", input=REMOVAL)
        assert result.exit_code == 0

    def test_the_same_input_gives_the_same_bytes(self, project: Path) -> None:
        for output_format in ("full", "concise", "json", "sarif", "github"):
            assert run("--output-format", output_format).stdout == run("--output-format", output_format).stdout


class TestColour:
    @pytest.mark.parametrize(
        ("choice", "environment", "terminal", "expected"),
        [
            ("auto", {}, True, True),
            ("auto", {}, False, False),
            ("auto", {"NO_COLOR": "1"}, True, False),
            ("auto", {"NO_COLOR": ""}, True, True),
            ("auto", {"FORCE_COLOR": "1"}, False, True),
            ("auto", {"FORCE_COLOR": "0"}, False, False),
            ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
            ("auto", {"TERM": "dumb"}, True, False),
            ("always", {"NO_COLOR": "1"}, False, True),
            ("never", {"FORCE_COLOR": "1"}, True, False),
        ],
    )
    def test_wants_colour(
        self,
        monkeypatch: pytest.MonkeyPatch,
        choice: str,
        environment: dict[str, str],
        terminal: bool,
        expected: bool,
    ) -> None:
        for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert wants_colour(choice, Stream(terminal)) is expected

    def test_colours_are_in_the_output_only_when_wanted(self, project: Path) -> None:
        assert "\x1b[" not in run("--output-format", "concise").stdout
        assert "\x1b[" in run("--output-format", "concise", "--color", "always", color=True).stdout


class Stream(StringIO):
    """A stream that is a terminal, or is not."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_progress_shows_after_a_second_and_only_on_a_terminal() -> None:
    times = [0.0, 0.9, 1.1, 1.15, 1.3]
    for terminal, expected in ((True, "\r\x1b[K2 of 9 folders\r\x1b[K4 of 9 folders\r\x1b[K"), (False, "")):
        stream, clock = Stream(terminal), iter(times)
        progress = Progress(stream, lambda clock=clock: next(clock))
        for done in (1, 2, 3, 4):
            progress(done, 9)
        progress.clear()
        assert stream.getvalue() == expected


class TestProcess:
    @pytest.mark.parametrize(("arguments", "code"), [(["rules"], 0), (["--output-format", "json"], 1)])
    def test_a_reader_that_goes_away_is_no_error(self, project: Path, arguments: list[str], code: int) -> None:
        with process(*arguments) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            running.stdout.close()
            assert running.stderr.read() == b""
            assert running.wait(60) == code

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_a_full_disk_is_one_line(self, project: Path) -> None:
        with open("/dev/full", "wb") as full:
            running = process("rules", stdout=full)
            _, stderr = running.communicate(timeout=60)
        assert running.returncode == 2
        assert stderr == b"migration-lint: error: stdout: cannot be written: No space left on device\n"

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
    def test_ctrl_c_is_130(self, project: Path) -> None:
        with process("-v", "-", "--stdin-filename", "shop/migrations/0003_x.py") as running:
            assert running.stdout is not None
            assert running.stderr is not None
            # Said just before it waits for stdin.
            assert running.stderr.readline() == b"migration-lint: config file: none\n"
            running.send_signal(signal.SIGINT)
            assert running.wait(60) == 130
            assert running.stdout.read() == b""
            assert running.stderr.read().strip() == b""

    @pytest.mark.parametrize("output_format", ["full", "concise", "github", "json", "sarif"])
    def test_no_character_is_too_much_for_the_stream(self, project: Path, output_format: str) -> None:
        (project / "shop/migrations/0002_remove_isbn.py").rename(project / "shop/migrations/0002_café_書.py")
        running = process("--output-format", output_format, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
        stdout, stderr = running.communicate(timeout=60)
        assert (running.returncode, stderr) == (1, b"")
        if output_format in ("json", "sarif"):
            assert "0002_caf" in json.dumps(json.loads(stdout.decode("utf-8")))
        else:
            assert b"0002_caf\\xe9_\\u66f8.py" in stdout

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
    def test_a_name_that_is_no_text(self, project: Path) -> None:
        os.rename(
            os.fsencode(project / "shop/migrations/0002_remove_isbn.py"),
            os.fsencode(project / "shop/migrations") + b"/0002_caf\xe9.py",
        )
        running = process("--output-format", "concise")
        stdout, stderr = running.communicate(timeout=60)
        assert (running.returncode, stderr) == (1, b"")
        assert b"0002_caf" in stdout
        assert b"error[drop-column]" in stdout

    def test_closed_streams(self, project: Path) -> None:
        command = f'"{sys.executable}" -m migration_lint >&- 2>&-'
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        assert subprocess.run(["sh", "-c", command], check=False, timeout=60, env=environment).returncode == 1
