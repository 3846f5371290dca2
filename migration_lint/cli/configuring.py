"""From the options of the command line to the settings in force."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from migration_lint import config
from migration_lint.config import ConfigError, Configuration

_LISTS = ("select", "extend-select", "ignore", "exclude", "extend-exclude")
_VALUES = (
    "fail-on",
    "force-exclude",
    "output-format",
    "show-suppressed",
    "since",
    "staged",
    "sqlmigrate",
    "sqlmigrate-from",
)


def configuration(options: Mapping[str, Any]) -> Configuration:
    """The configuration for a command with `options`, by their Python names.

    Raises ConfigError for what cannot be used, a path that is not there included.
    """
    stdin = [Path(name)] if (name := options.get("stdin_filename")) else []
    return config.load(
        [*existing(options["paths"]), *stdin],
        options=_given(options),
        overrides=options["config"],
        isolated=options["isolated"],
    )


def existing(paths: Sequence[str]) -> list[Path]:
    """The paths given, `-` left out. Raises ConfigError for one that is not there; a broken link is."""
    for path in paths:
        if path != "-" and not os.path.lexists(path):
            raise ConfigError(f"{path}: no such file or folder")
    return [Path(path) for path in paths if path != "-"]


def _given(options: Mapping[str, Any]) -> dict[str, object]:
    """The settings that options of their own give, as a config file would hold them."""
    if options.get("since") and options.get("staged"):
        raise ConfigError("--since and --staged: only one of them can say what is under review")
    given: dict[str, object] = {}
    for key in _LISTS:
        if values := options.get(key.replace("-", "_")):
            given[key] = _split(values)
    if pairs := options.get("per_file_ignores"):
        given["per-file-ignores"] = _per_file_ignores(pairs)
    for key in _VALUES:
        if (value := options.get(key.replace("-", "_"))) is not None:
            given[key] = value
    return given


def _split(values: Sequence[str]) -> list[str]:
    return [item.strip() for value in values for item in value.split(",") if item.strip()]


def _per_file_ignores(pairs: Sequence[str]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for pair in pairs:
        # The last colon: a Windows path has one after its drive, a rule's name has none.
        pattern, colon, rules = pair.rpartition(":")
        if not colon or not pattern or not _split([rules]):
            raise ConfigError(f"--per-file-ignores: expected PATTERN:RULES, got {pair!r}")
        table.setdefault(pattern, []).extend(_split([rules]))
    return table
