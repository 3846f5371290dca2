"""Which rules are on, where, and how bad their findings are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from migration_lint import patterns
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

ALL = "ALL"
# What could not be checked must not look clean, so no setting turns these off.
ALWAYS_ON = frozenset({"syntax-error", "unreadable-file", "rule-failed", "internal-error"})
_FAMILY = 2


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules that are on, by name, in the order of their names."""

    rules: Mapping[str, type[Rule]]
    settings: Settings

    def runs_on(self, rule: str, path: str) -> bool:
        """Whether the rule named `rule` is on for the file at `path`, which is relative to the current folder."""
        if rule not in self.rules:
            return False
        if rule in ALWAYS_ON or not self.settings.per_file_ignores:
            return True
        location = patterns.relative(Path(os.path.abspath(path)), Path(os.path.abspath(self.settings.root)))
        ignored = {
            token
            for pattern, tokens in self.settings.per_file_ignores.items()
            if patterns.matches(location, (pattern,))
            for token in tokens
        }
        return _level(self.rules[rule], ignored) == 0

    def severity_of(self, finding: Finding) -> Severity:
        """The severity to report: the one set for the rule or its family, else the finding's own."""
        override = _override(finding.rule, finding.family, self.settings)
        if override is not None and override is not Severity.OFF:
            return override
        return finding.severity if finding.severity is not Severity.OFF else Severity.WARNING


def select(rules: Mapping[str, type[Rule]], settings: Settings) -> Selection:
    """The selection that `settings` make among `rules`.

    The more exact of two settings wins: a rule's name over its family, the family over `ALL`; of two equal ones,
    `ignore` wins. A rule that is off by default is on when it is named, by `ALL`, or by a severity set for it, but
    not by its family.
    """
    on = {name: rules[name] for name in sorted(rules) if name in ALWAYS_ON or _is_on(rules[name], settings)}
    return Selection(on, settings)


def _is_on(rule: type[Rule], settings: Settings) -> bool:
    selected = _level(rule, (*settings.select, *settings.extend_select))
    if selected == _FAMILY and rule.severity is Severity.OFF:
        selected = 0
    ignored = _level(rule, settings.ignore)
    if settings.deployment == "stopped" and rule.family == "compatibility" and not rule.without_release:
        ignored = max(ignored, _FAMILY)
    if selected:
        return selected > ignored
    return not settings.select and not ignored and _on_by_default(rule, settings)


def _on_by_default(rule: type[Rule], settings: Settings) -> bool:
    if rule.name in settings.severity:
        return settings.severity[rule.name] is not Severity.OFF
    return Severity.OFF not in (rule.severity, settings.severity.get(rule.family))


def _level(rule: type[Rule], tokens: Iterable[str]) -> int:
    """How exactly `tokens` name the rule: 3 by its name, 2 by its family, 1 by `ALL`, 0 not at all."""
    levels = {rule.name: 3, rule.family: _FAMILY, ALL: 1}
    return max((levels.get(token, 0) for token in tokens), default=0)


def _override(rule: str, family: str, settings: Settings) -> Severity | None:
    return settings.severity.get(rule, settings.severity.get(family))
