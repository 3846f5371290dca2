"""Config files: finding the one that applies, and reading the table in it."""

from __future__ import annotations

import os
import re
import sys
from decimal import Decimal
from pathlib import Path

from migration_lint import git
from migration_lint.config.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN_FILE = "migration-lint.toml"
PYPROJECT = "pyproject.toml"
TABLE = "migration-lint"


def find_file(start: Path) -> Path | None:
    """The nearest config file from `start` upwards, to the top of the git repository or of the file system.

    That is a `migration-lint.toml`, else a `pyproject.toml` with the table [tool.migration-lint].
    """
    top = git.top_level(start)
    for folder in (start, *start.parents):
        own, pyproject = folder / OWN_FILE, folder / PYPROJECT
        if os.path.isfile(own):
            return own
        if os.path.isfile(pyproject) and _pyproject_table(pyproject) is not None:
            return pyproject
        if folder == top:
            return None
    return None


def read_table(file: Path) -> tuple[dict[str, object], str]:
    """The settings in `file`, and what messages call the place. Raises ConfigError."""
    if file.name == PYPROJECT:
        table = _pyproject_table(file)
        if table is None:
            raise ConfigError(f"{shown(file)}: there is no [tool.{TABLE}] in it")
        return table, f"{shown(file)}: [tool.{TABLE}]"
    table = _parsed(file)
    if TABLE in _table(table.get("tool")):
        raise ConfigError(f"{shown(file)}: settings stand at the top level here, without [tool.{TABLE}]")
    return table, shown(file)


def parse_value(key: str, text: str) -> dict[str, object]:
    """The table that `KEY=VALUE` stands for: `VALUE` is a TOML value, or a bare word that means a string."""
    try:
        return _loads(f"{key} = {text}")
    except tomllib.TOMLDecodeError:
        pass
    # Words only: a value that was meant as TOML and has a typo must not become a string in silence.
    if re.fullmatch(r"[^\s\"'\[\]{},=#]+", text.strip()):
        try:
            return _loads(f"{key} = '{text.strip()}'")
        except tomllib.TOMLDecodeError:
            pass
    raise ConfigError(f"--config: {key}={text} is neither a file nor KEY=VALUE with a TOML value")


def shown(file: Path) -> str:
    """The path as messages write it: relative to the current folder where it lies below it, with `/`."""
    full = Path(os.path.abspath(file))
    here = Path.cwd()
    return (full.relative_to(here) if here in full.parents else full).as_posix()


def _pyproject_table(file: Path) -> dict[str, object] | None:
    tool = _table(_parsed(file).get("tool"))
    if TABLE not in tool:
        return None
    table = tool[TABLE]
    if not isinstance(table, dict):
        raise ConfigError(f"{shown(file)}: tool.{TABLE} has to be a table")
    return table


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _parsed(file: Path) -> dict[str, object]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{shown(file)}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown(file)}: is not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        return _loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{shown(file)}: is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{shown(file)}: is nested too deeply") from None


def _loads(text: str) -> dict[str, object]:
    # Decimal keeps the digits as written: as a version, 10.10 is not 10.1.
    table: dict[str, object] = tomllib.loads(text, parse_float=Decimal)
    return table
