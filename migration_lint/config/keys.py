"""Every setting by its name in the file, and what its value has to be."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from migration_lint import patterns, reporters
from migration_lint.config.errors import ConfigError, nearest
from migration_lint.rule import FAMILIES, Rule, Severity
from migration_lint.selection import ALL
from migration_lint.settings import Engine


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: what messages call it, the folder its paths are relative to, and the history's root.

    `option` says that it is an option of the command line, so that its label already names the key.
    """

    label: str
    base: Path
    root: Path
    option: bool = False

    def at(self, key: str) -> Place:
        """The place of `key` inside this one."""
        if self.option:
            return replace(self, option=False)
        between = " " if self.label.endswith("]") or self.label.startswith("--") else ": "
        return replace(self, label=f"{self.label}{between}{key}")

    def inside(self, key: str) -> Place:
        """The place of an entry of the table that stands here."""
        return replace(self, label=f"{self.label}.{key}")

    def wrong(self, expected: str, value: object) -> ConfigError:
        """The error for a value that is not what was expected."""
        return ConfigError(f"{self.label}: expected {expected}, got {_described(value)}")

    def engine(self, name: str, backends: Mapping[str, Engine]) -> Engine:
        """The engine that `name` means: an engine, a Django backend, or a backend that the project has mapped."""
        if name in backends:
            return backends[name]
        from migration_lint.databases.selection import engine_of

        engine: Engine | None = engine_of(name)
        if engine is None:
            known = (*get_args(Engine), *backends)
            hint = "; map your own backend to its engine in database-backends" if "." in name else nearest(name, known)
            raise ConfigError(f"{self.label}: unknown database {name!r}{hint}")
        return engine


Converter = Callable[[Any, Place], Any]


def _described(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Decimal() | int() | str():
            return repr(value) if isinstance(value, str) else str(value)
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def _string(value: object, place: Place) -> str:
    if not isinstance(value, str) or not value:
        raise place.wrong("a string", value)
    return value


def _command(value: object, place: Place) -> str:
    if not place.label.startswith("--"):
        raise ConfigError(f"{place.label}: only the command line can have a program run: --sqlmigrate COMMAND")
    try:
        words = shlex.split(_string(value, place))
    except ValueError as error:
        raise ConfigError(f"{place.label}: {str(value)!r} is no command: {str(error).lower()}") from None
    if not words:
        raise place.wrong("a command", value)
    return str(value)


def _existing(value: object, place: Place) -> Path:
    path = place.base / _string(value, place)
    if not path.exists():
        raise ConfigError(f"{place.label}: {value}: no such file or folder")
    return path


def _revision(value: object, place: Place) -> str | None:
    """A git revision; the empty string takes back what a config file says."""
    return None if value == "" else _string(value, place)


def _boolean(value: object, place: Place) -> bool:
    if not isinstance(value, bool):
        raise place.wrong("true or false", value)
    return value


def _positive(value: object, place: Place) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise place.wrong("a whole number above 0", value)
    return value


def _strings(value: object, place: Place) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise place.wrong("a list of strings", value if not isinstance(value, list) else _first_not_string(value))
    return tuple(dict.fromkeys(value))


def _first_not_string(values: list[object]) -> object:
    return next(value for value in values if not isinstance(value, str) or not value)


def _patterns(value: object, place: Place) -> tuple[str, ...]:
    return tuple(patterns.rebase(pattern, place.base, place.root) for pattern in _strings(value, place))


def _one_of(*choices: str) -> Converter:
    def convert(value: object, place: Place) -> str:
        if value not in choices:
            near = nearest(value, choices) if isinstance(value, str) else ""
            raise ConfigError(f"{place.wrong(_listed(choices), value)}{near}")
        return str(value)

    return convert


def _listed(choices: tuple[str, ...]) -> str:
    return f"{', '.join(map(repr, choices[:-1]))} or {choices[-1]!r}"


def _severity(value: object, place: Place) -> Severity:
    return Severity[_one_of("error", "warning", "info", "off")(value, place).upper()]


def _fail_on(value: object, place: Place) -> Severity:
    return Severity[_one_of("error", "warning", "info")(value, place).upper()]


def _version(value: object, place: Place) -> tuple[int, ...]:
    text = str(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4}){0,3}", text):
        raise place.wrong('a version such as "16" or "8.0.35"', value)
    return tuple(int(part) for part in text.split("."))


def _django_version(value: object, place: Place) -> tuple[int, int]:
    version = (*_version(value, place), 0)
    return (version[0], version[1])


def _known_rules() -> Mapping[str, type[Rule]]:
    # Importing the rules takes time that a configuration without their names need not spend.
    from migration_lint import registry

    return registry.rules()


def _rule_names(value: object, place: Place) -> tuple[str, ...]:
    names = _strings(value, place)
    for name in names:
        if name != ALL:
            _check_rule_or_family(name, place)
    return names


def _check_rule_or_family(name: str, place: Place) -> None:
    if name not in FAMILIES and name not in (known := _known_rules()):
        raise ConfigError(f"{place.label}: unknown rule or family {name!r}{nearest(name, (*known, *FAMILIES, ALL))}")


def _table(value: object, place: Place) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise place.wrong("a table", value)
    return value


def _table_of(convert: Converter) -> Converter:
    def convert_table(value: object, place: Place) -> dict[str, Any]:
        return {key: convert(item, place.inside(key)) for key, item in _table(value, place).items()}

    return convert_table


def _per_file_ignores(value: object, place: Place) -> dict[str, tuple[str, ...]]:
    return {
        patterns.rebase(pattern, place.base, place.root): _rule_names(names, place.inside(pattern))
        for pattern, names in _table(value, place).items()
    }


def _severities(value: object, place: Place) -> dict[str, Severity]:
    table = _table(value, place)
    for name in table:
        _check_rule_or_family(name, place)
    return {name: _severity(severity, place.inside(name)) for name, severity in table.items()}


def _rule_options(value: object, place: Place) -> dict[str, dict[str, Any]]:
    """Options of rules; each has to be one that its rule declares, of the type of that option's default."""
    result = {}
    for name, options in _table(value, place).items():
        known = _known_rules()
        if name not in known:
            raise ConfigError(f"{place.label}: unknown rule {name!r}{nearest(name, known)}")
        inside = place.inside(name)
        result[name] = {
            option: _rule_option(known[name], option, given, inside)
            for option, given in _table(options, inside).items()
        }
    return result


def _rule_option(rule: type[Rule], option: str, value: object, place: Place) -> object:
    if option not in rule.options:
        declared = "" if rule.options else ": the rule has no options"
        raise ConfigError(f"{place.label}: unknown option {option!r}{nearest(option, rule.options)}{declared}")
    default, inside = rule.options[option], place.inside(option)
    match default:
        case bool():
            return _boolean(value, inside)
        case tuple():
            return _strings(value, inside)
        case str():
            return _string(value, inside)
        case int() | float():
            if not isinstance(value, (int, Decimal)) or isinstance(value, bool) or not Decimal(value).is_finite():
                raise inside.wrong("a number", value)
            return int(value) if isinstance(default, int) and value == int(value) else float(value)
    raise TypeError(f"{rule.name}: the default of option {option!r} is of no known type")


# Every setting but the rules' options has one line here and one attribute in Settings; a test holds them equal.
KEYS: Mapping[str, Converter] = {
    "database": _string,
    "database-version": _version,
    "database-backends": _table_of(_one_of(*get_args(Engine))),
    "django-version": _django_version,
    "select": _rule_names,
    "extend-select": _rule_names,
    "ignore": _rule_names,
    "per-file-ignores": _per_file_ignores,
    "severity": _severities,
    "fail-on": _fail_on,
    "exclude": _patterns,
    "extend-exclude": _patterns,
    "force-exclude": _boolean,
    "output-format": _one_of(*reporters.FORMATS),
    "show-suppressed": _boolean,
    "tenant-fields": _strings,
    "tenant-models": _strings,
    "global-models": _strings,
    "hot-tables": _strings,
    "large-tables": _strings,
    "small-tables": _strings,
    "auth-user-model": _string,
    "default-auto-field": _string,
    "app-labels": _table_of(_string),
    "migration-modules": _table_of(_string),
    "deployment": _one_of("rolling", "stopped"),
    "lock-timeout-set-elsewhere": _boolean,
    "max-file-size": _positive,
    "since": _revision,
    "staged": _boolean,
    "sqlmigrate": _command,
    "sqlmigrate-from": _existing,
    "sqlmigrate-timeout": _positive,
    "rules": _rule_options,
}
