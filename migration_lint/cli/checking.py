"""What `check` does: configure, lint, report, and say by the exit code how it went."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from migration_lint import reporters
from migration_lint.cli import CLEAN, FINDINGS, NOT_CHECKED, OUTPUT_FORMATS, terminal
from migration_lint.cli.configuring import configuration
from migration_lint.config import ConfigError, shown
from migration_lint.reporters.base import Options, Report
from migration_lint.selection import ALWAYS_ON
from migration_lint.settings import Settings

_FOR_PROGRAMS = frozenset({"json", "sarif"})


def run(options: Mapping[str, Any]) -> int:
    """Check what `options`, those of the command by their Python names, ask for; return the exit code."""
    files = _output_files(options["output_file"])
    stdin_filename = _stdin_filename(options["paths"], options["stdin_filename"])
    configured = configuration(options)
    settings = configured.settings
    if options["verbose"]:
        terminal.note(f"config file: {shown(configured.file) if configured.file else 'none'}")

    report = _lint(options["paths"], settings, stdin_filename)
    for note in report.notes if not options["quiet"] else ():
        terminal.note(note)
    for output_format, file in files:
        _write_file(file, reporters.render(output_format, report, Options(show_suppressed=settings.show_suppressed)))
    _write_stdout(report, settings, options)
    return _exit_code(report, settings, exit_zero=options["exit_zero"])


def _lint(paths: Sequence[str], settings: Settings, stdin_filename: str | None) -> Report:
    from migration_lint import lint

    stdin = (stdin_filename, sys.stdin.buffer.read()) if stdin_filename is not None else None
    given = [Path(path) for path in paths if path != "-"] or ([] if stdin else [Path()])
    progress = terminal.Progress(sys.stderr)
    try:
        return lint.lint(given, settings, stdin=stdin, progress=progress)
    finally:
        progress.clear()


def _write_stdout(report: Report, settings: Settings, options: Mapping[str, Any]) -> None:
    output_format = "statistics" if options["statistics"] else settings.output_format
    shown_as = Options(
        color=terminal.wants_colour(options["color"], sys.stdout),
        width=shutil.get_terminal_size().columns,
        show_suppressed=settings.show_suppressed,
        summary=not options["quiet"],
    )
    text = reporters.render(output_format, report, shown_as)
    if output_format in _FOR_PROGRAMS:
        terminal.write_utf8(text)
    else:
        terminal.write(text)


def _exit_code(report: Report, settings: Settings, *, exit_zero: bool) -> int:
    if any(finding.rule in ALWAYS_ON for finding in report.findings):
        return NOT_CHECKED
    failing = any(f.severity >= settings.fail_on and f.suppressed is None for f in report.findings)
    return FINDINGS if failing and not exit_zero else CLEAN


def _stdin_filename(paths: Sequence[str], name: str | None) -> str | None:
    """The path that stdin stands for, None if it is not to be read."""
    if "-" not in paths:
        if name is not None:
            raise ConfigError("--stdin-filename names what `-` reads; give `-` as the path")
        return None
    if len(paths) > 1:
        raise ConfigError("`-` reads one file from stdin, so it cannot go with other paths")
    if name is None:
        raise ConfigError("`-` needs --stdin-filename PATH: where a migration lies says whose it is")
    return name


def _output_files(values: Sequence[str]) -> list[tuple[str, Path]]:
    """The pairs of format and file that `--output-file` names, each file known to have a folder to be in."""
    files = []
    for value in values:
        output_format, colon, name = value.partition(":")
        if not colon or not name or output_format not in OUTPUT_FORMATS:
            raise ConfigError(
                f"--output-file: expected FORMAT:FILE with one of {', '.join(OUTPUT_FORMATS)}, got {value!r}"
            )
        file = Path(name)
        if not file.parent.is_dir():
            raise ConfigError(f"--output-file: {name}: there is no folder {os.path.dirname(name)!r}")
        if file.is_dir():
            raise ConfigError(f"--output-file: {name}: is a folder")
        files.append((output_format, file))
    return files


def _write_file(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(f"--output-file: {file}: cannot be written: {error.strerror or error}") from None
