"""The settings in force, and where each of them came from.

A layer is one place that sets something: a file, or the command line. A later layer wins; tables are merged key by
key, `extend-…` and `ignore` add to what earlier layers say, and `select` starts the selection of rules afresh.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from migration_lint import git
from migration_lint.config.errors import ConfigError, nearest
from migration_lint.config.files import find_file, parse_value, read_table, shown
from migration_lint.config.keys import KEYS, Place
from migration_lint.settings import OLDEST_SUPPORTED, Settings

__all__ = ["COMMAND_LINE", "DEFAULT", "ConfigError", "Configuration", "load", "nearest", "settings_by_key", "shown"]

COMMAND_LINE = "command line"
DEFAULT = "default"

_ADDING = frozenset({"extend-select", "extend-exclude", "ignore"})


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings, the file they were read from, and for each setting's name where it came from: the file's path,
    `command line`, both joined by ` + `, or `default`."""

    settings: Settings
    file: Path | None
    origins: Mapping[str, str]


def load(
    paths: Sequence[Path] = (),
    *,
    options: Mapping[str, object] | None = None,
    overrides: Sequence[str] = (),
    isolated: bool = False,
) -> Configuration:
    """Find, read and check the configuration for `paths` (none: the current folder).

    `options` are settings by name as given by options of the command line, in the values a file would hold.
    `overrides` are the values of `--config`: `KEY=VALUE`, or a file to read instead of the nearest one. Raises
    ConfigError, whose message names the place, for whatever cannot be used.
    """
    start = _common_folder(paths)
    named, assignments = _split_overrides(overrides)
    if named is not None and isolated:
        raise ConfigError("--isolated ignores config files, so it cannot go with --config FILE")
    file = named if named is not None else None if isolated else find_file(start)
    root = _root(start, file)

    merged = _Merge()
    if file is not None:
        table, label = read_table(file)
        merged.add(table, Place(label, Path(os.path.abspath(file)).parent, root), shown(file))
    here = Path.cwd()
    merged.add(assignments, Place("--config", here, root), COMMAND_LINE)
    for key, value in (options or {}).items():
        merged.add({key: value}, Place(f"--{key}", here, root, option=True), COMMAND_LINE)
    return merged.configuration(file, root)


class _Merge:
    """The layers laid on one another so far: typed values and origins, by the names of the settings."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._origins: dict[str, list[str]] = {}

    def add(self, table: Mapping[str, object], place: Place, origin: str) -> None:
        if unknown := next((key for key in table if key not in KEYS), None):
            raise ConfigError(f"{place.label}: unknown key {unknown!r}{nearest(unknown, KEYS)}")
        checked = {key: KEYS[key](value, place.at(key)) for key, value in table.items()}
        if "database" in checked:
            backends = {**self._values.get("database-backends", {}), **checked.get("database-backends", {})}
            checked["database"] = place.at("database").engine(checked["database"], backends)
        self._forget_what_no_longer_holds(checked)
        for key, value in checked.items():
            self._set(key, value, origin)

    def _forget_what_no_longer_holds(self, new: Mapping[str, Any]) -> None:
        if "select" in new:
            self._drop("extend-select", "ignore")
        if new.get("database", self._values.get("database")) != self._values.get("database"):
            self._drop("database-version")
        for key, other in (("since", "staged"), ("staged", "since")):
            if key in new:  # what is under review is said anew
                self._drop(other)
        for key, other in (("extend-select", "ignore"), ("ignore", "extend-select")):
            if key in new and other in self._values:
                self._values[other] = tuple(name for name in self._values[other] if name not in new[key])

    def _drop(self, *keys: str) -> None:
        for key in keys:
            self._values.pop(key, None)
            self._origins.pop(key, None)

    def _set(self, key: str, value: Any, origin: str) -> None:
        old = self._values.get(key)
        if old is not None and isinstance(value, Mapping):
            value = _overlaid(old, value)
        elif old is not None and key in _ADDING:
            value = (*old, *(item for item in value if item not in old))
        else:
            self._origins[key] = []
        self._values[key] = value
        if origin not in self._origins[key]:
            self._origins[key].append(origin)

    def configuration(self, file: Path | None, root: Path) -> Configuration:
        values = {key.replace("-", "_"): value for key, value in self._values.items()}
        if "database" in values:
            values.setdefault("database_version", OLDEST_SUPPORTED[values["database"]])
            values["database_named"] = True
        origins = {key: " + ".join(self._origins.get(key, [DEFAULT])) for key in KEYS}
        return Configuration(Settings(root=root, **values), file, origins)


def _overlaid(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`old` with the entries of `new` over it, tables inside likewise."""
    result = dict(old)
    for key, value in new.items():
        below = result.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = _overlaid(below, value) if both else value  # type: ignore[arg-type]
    return result


def _split_overrides(overrides: Sequence[str]) -> tuple[Path | None, dict[str, object]]:
    """The file named by `--config`, and the settings given by it as one table."""
    file: Path | None = None
    table: dict[str, object] = {}
    for override in overrides:
        key, equals, text = override.partition("=")
        # A file may have a `=` in its name; what exists is a file.
        if not equals or not re.fullmatch(r"\s*[\w-]+\s*(\..+)?", key) or Path(override).is_file():
            if file is not None:
                raise ConfigError(f"--config: two config files, {shown(file)} and {override}")
            file = Path(override)
            continue
        table = _overlaid(table, parse_value(key, text))
    return file, table


def _common_folder(paths: Sequence[Path]) -> Path:
    """The folder in which the search for a config file begins: the innermost one that holds all `paths`."""
    full = [os.path.abspath(path) for path in paths] or [os.getcwd()]
    try:
        common = Path(os.path.commonpath(full))
    except ValueError:  # on several drives
        common = Path(full[0])
    return common if common.is_dir() else common.parent


def _root(start: Path, file: Path | None) -> Path:
    """The folder whose migrations make up the history: the config's, else the git top level, else the current one.

    Where none of them holds `start`, it is the folder that the packages around `start` lie in.
    """
    folders = [Path(os.path.abspath(file)).parent] if file is not None else []
    if top := git.top_level(start):
        folders.append(top)
    elif (here := Path.cwd()) != Path(here.anchor):  # the whole file system is nobody's project
        folders.append(here)
    around = (folder for folder in folders if folder == start or folder in start.parents)
    return next(around, None) or next(
        folder for folder in (start, *start.parents) if not os.path.lexists(folder / "__init__.py")
    )


def settings_by_key(settings: Settings) -> dict[str, Any]:
    """Each setting's value by its name in the file, in the order in which Settings lists them."""
    names = {field.name.replace("_", "-"): field.name for field in fields(Settings)}
    return {key: getattr(settings, name) for key, name in names.items() if key in KEYS}
