"""What `explain`, `rule`, `rules` and `config` print."""

from __future__ import annotations

import inspect
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import migration_lint
from migration_lint import registry
from migration_lint.cli import terminal
from migration_lint.cli.configuring import configuration
from migration_lint.config import ConfigError, Configuration, nearest, settings_by_key, shown
from migration_lint.rule import Rule, Severity
from migration_lint.rule_page import head_of

# A wheel carries the catalogue as `pages`; in a checkout it lies beside the package.
_PACKAGE = Path(migration_lint.__file__).parent
_CATALOGUES = (_PACKAGE / "pages", _PACKAGE.parent / "rules")


def rule_page(name: str) -> str:
    """The page of the rule `name`; raises ConfigError if there is none."""
    rules = registry.rules()
    if name not in rules:
        raise ConfigError(f"unknown rule {name!r}{nearest(name, rules)}")
    return _page(rules[name])


def explanation(path: str, options: Mapping[str, Any], output_format: str, color: str) -> str:
    """What the migration at `path` does; raises ConfigError where there is none."""
    from migration_lint import explaining
    from migration_lint.reporters.explanation import render_json, render_text

    settings = configuration(options).settings
    try:
        explained = explaining.explain(Path(path), settings)
    except explaining.NoMigrationError as error:
        raise ConfigError(str(error)) from None
    for text in explained.notes:
        terminal.note(text)
    if output_format == "json":
        return render_json(explained)
    width = shutil.get_terminal_size().columns
    return render_text(explained, color=terminal.wants_colour(color, sys.stdout), width=width)


def rule_list(output_format: str) -> str:
    """All rules with family, default severity and what they find."""
    rules = registry.rules().values()
    if output_format == "json":
        listed = [
            {"name": rule.name, "family": rule.family, "severity": rule.severity.label, "summary": _summary(rule)}
            for rule in rules
        ]
        return _json({"version": 1, "rules": listed})
    width = max(len(rule.name) for rule in rules)
    return "".join(
        f"{rule.name:{width}}  {rule.family:14}  {rule.severity.label:7}  {_summary(rule)}\n" for rule in rules
    )


def settings_list(configuration: Configuration, output_format: str) -> str:
    """Every setting, its value and where it came from; the text is TOML that a config file may hold."""
    values = settings_by_key(configuration.settings)
    file = shown(configuration.file) if configuration.file else None
    if output_format == "json":
        settings = {
            key: {"value": _plain(value), "origin": configuration.origins[key]} for key, value in values.items()
        }
        return _json({"version": 1, "file": file, "settings": settings})
    lines = [f"# config file: {file or 'none'}"]
    for key, value in values.items():
        text = f"{key} = {_toml(_plain(value))}" if value is not None else f"# {key} is not set"
        lines.append(f"{text}  # {configuration.origins[key]}")
    return "\n".join(lines) + "\n"


def _page(rule: type[Rule]) -> str:
    """The rule's page in Markdown; of a plugin's rule, whose page is not here, its head."""
    pages = (folder / f"{rule.name}.md" for folder in _CATALOGUES)
    page = next((page for page in pages if page.is_file()), None)
    return page.read_text(encoding="utf-8") if page else f"{head_of(rule)}\n"


def _summary(rule: type[Rule]) -> str:
    """What the rule finds: the first paragraph of its docstring, on one line."""
    return " ".join((inspect.getdoc(rule) or "").split("\n\n")[0].split())


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """A setting's value in the types that a config file has."""
    match value:
        case Severity():
            return value.label
        case Path():
            return shown(value)
        case tuple() if value and all(isinstance(part, int) for part in value):
            return ".".join(map(str, value))
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return value


def _toml(value: Any) -> str:
    match value:
        case dict():
            items = ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items())
            return f"{{ {items} }}" if items else "{}"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)
