"""The rules there are: those of this package, found by walking it, and those of plugins, found by entry points."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache

from migration_lint import rules as package
from migration_lint.rule import FAMILIES, Rule, Severity

ENTRY_POINTS = "migration_lint.rules"
_PLUGIN_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z]+(?:-[a-z]+)*")


class PluginError(Exception):
    """A plugin's rule that cannot be used; the message names the plugin and says why."""


@cache
def rules() -> Mapping[str, type[Rule]]:
    """Every rule by name, sorted.

    Raises:
        PluginError: a plugin's rule cannot be loaded or does not keep to the contract.
    """
    found = {rule.name: rule for rule in _own_rules()}
    found |= {rule.name: rule for rule in _plugin_rules()}
    return dict(sorted(found.items()))


def _own_rules() -> Iterator[type[Rule]]:
    for module in pkgutil.iter_modules(package.__path__):
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        for value in vars(loaded).values():
            if inspect.isclass(value) and issubclass(value, Rule) and value.__module__ == loaded.__name__:
                yield value


def _plugin_rules() -> Iterator[type[Rule]]:
    # importlib.metadata takes 30 ms to import, which `--version` need not pay.
    from importlib.metadata import entry_points

    names: set[str] = set()
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        owner = f"{point.name} (from {point.dist.name if point.dist else 'an unknown distribution'})"
        if point.name in names:
            raise PluginError(f"the rule {owner} is there twice; one of its distributions has to go")
        names.add(point.name)
        try:
            value = point.load()
        except Exception as error:
            raise PluginError(f"the rule {owner} cannot be loaded: {type(error).__name__}: {error}") from error
        if not (inspect.isclass(value) and issubclass(value, Rule)):
            raise PluginError(f"the rule {owner} is no subclass of migration_lint.rule.Rule")
        if not _PLUGIN_NAME.fullmatch(point.name) or getattr(value, "name", None) != point.name:
            raise PluginError(f"the rule {owner} must be called <plugin>/<name>, in its entry point and in itself")
        if (fault := _fault(value)) is not None:
            raise PluginError(f"the rule {owner} {fault}")
        yield value


def _fault(rule: type[Rule]) -> str | None:
    """What a plugin's rule lacks of the contract, None if nothing."""
    if getattr(rule, "family", None) not in FAMILIES:
        return f"has no known family; it is one of {', '.join(FAMILIES)}"
    if not isinstance(getattr(rule, "severity", None), Severity):
        return "has no severity; it is one of migration_lint.rule.Severity"
    if not (rule.__doc__ or "").strip():
        return "has no docstring, which says what it finds"
    try:
        rule()
    except Exception as error:
        return f"cannot be made: {type(error).__name__}: {error}"
    return None
