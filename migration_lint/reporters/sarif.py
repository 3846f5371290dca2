"""SARIF 2.1.0 as GitHub code scanning reads it; equal input gives equal bytes, so there are no times and no random ids.

https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from migration_lint import HOME
from migration_lint.model.values import Span
from migration_lint.reporters.base import Options, Report, RuleInfo, count, effect_data, sentence
from migration_lint.reporters.fingerprints import line_hashes
from migration_lint.rule import Finding, Severity
from migration_lint.selection import ALWAYS_ON

MAX_RESULTS = 25_000
"""GitHub rejects a run with more."""

_MAX_DESCRIPTION = 1024
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEM_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_FAMILY_TAGS = {
    "locking": ["availability", "locking"],
    "compatibility": ["availability", "compatibility"],
    "data-loss": ["data-loss"],
}

Json = dict[str, Any]


def render(report: Report, options: Options) -> str:
    """One run with all rules in force. Suppressed findings are left out unless asked for: GitHub would open alerts."""
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(report, options)],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _run(report: Report, options: Options) -> Json:
    pairs = report.findings_with_identity(suppressed=options.show_suppressed)
    rules = _rules(report, (finding for finding, _ in pairs))
    indexes = {rule.name: index for index, rule in enumerate(rules)}
    places = _Places(report)
    # GitHub keeps the first ones, so the worst come first; the sort is stable.
    kept = sorted(pairs, key=lambda pair: -pair[0].severity)[:MAX_RESULTS]
    category = f"{options.category.rstrip('/')}/" if options.category else None
    return {
        "tool": {
            "driver": {
                "name": "migration-lint",
                "version": report.version,
                "informationUri": HOME,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        **({"automationDetails": {"id": category}} if category else {}),
        "invocations": [_invocation(report, len(pairs) - len(kept), places)],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The top folder of the repository."}}},
        "columnKind": "utf16CodeUnits",
        "results": [_result(finding, identity, indexes[finding.rule], places) for finding, identity in kept],
        "properties": {"database": report.database},
    }


def _rules(report: Report, findings: Iterable[Finding]) -> list[RuleInfo]:
    """The rules in force and those of the findings, each once, by name."""
    found = {finding.rule: RuleInfo(finding.rule, finding.family, finding.severity, "") for finding in findings}
    known = found | {rule.name: rule for rule in report.rules}
    return [known[name] for name in sorted(known)]


def _rule(rule: RuleInfo) -> Json:
    page = rule.page.strip() or sentence(rule.name)
    more = f"\n\n[{rule.name}]({rule.address})" if rule.address else ""
    return {
        "id": rule.name,
        "shortDescription": {"text": _cut(page.split("\n\n")[0])},
        "fullDescription": {"text": _cut(page)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        **({"helpUri": rule.address} if rule.address else {}),
        "help": {"text": page, "markdown": page + more},
        "properties": {
            "precision": rule.precision,
            "problem.severity": _PROBLEM_LEVELS[rule.severity],
            "tags": [*_FAMILY_TAGS.get(rule.family, [rule.family]), "database", "migrations"],
        },
    }


def _cut(text: str) -> str:
    """`text` as one paragraph that GitHub takes."""
    flat = sentence(" ".join(text.split()))
    return flat if len(flat) <= _MAX_DESCRIPTION else f"{flat[: _MAX_DESCRIPTION - 3].rsplit(' ', 1)[0]}..."


class _Places:
    """Where findings lie, in SARIF's terms; remembers what it has worked out about each file."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._artifacts: dict[str, Json] = {}
        self._hashes: dict[str, list[str]] = {}

    def physical(self, path: str, span: Span) -> Json:
        """The `physicalLocation` of a region."""
        if path not in self._artifacts:
            self._artifacts[path] = self._artifact(path)
        region = {
            "startLine": span.line,
            "startColumn": self._column(path, span.line, span.column),
            "endLine": span.end_line,
            "endColumn": self._column(path, span.end_line, span.end_column),
        }
        return {"artifactLocation": self._artifacts[path], "region": region}

    def line_hash(self, path: str, line: int) -> str | None:
        """GitHub's hash of a line, None where the file or the line is not there."""
        if path not in self._hashes:
            source = self._report.sources.get(path)
            self._hashes[path] = line_hashes(source.bytes) if source else []
        hashes = self._hashes[path]
        return hashes[line - 1] if line <= len(hashes) else None

    def _artifact(self, path: str) -> Json:
        place = self._report.repository_path(path)
        if place.is_absolute():
            return {"uri": place.as_uri()}
        return {"uri": quote(place.as_posix(), errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}

    def _column(self, path: str, line: int, column: int) -> int:
        """A column of code points as one of UTF-16 code units."""
        source = self._report.sources.get(path)
        lines = source.lines if source else []
        before = lines[line - 1][: column - 1] if line <= len(lines) else ""
        return column + sum(ord(char) > 0xFFFF for char in before)


def _result(finding: Finding, identity: str, index: int, places: _Places) -> Json:
    line_hash = places.line_hash(finding.path, finding.span.line)
    hashes = {"primaryLocationLineHash": line_hash} if line_hash else {}
    suppression = {"kind": "inSource", "status": "accepted"}
    if finding.suppressed:
        suppression["justification"] = finding.suppressed
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": places.physical(finding.path, finding.span)}],
        **({"relatedLocations": list(_related(finding, places))} if finding.related else {}),
        "partialFingerprints": {**hashes, "migrationLint/v1": identity},
        **({"suppressions": [suppression]} if finding.suppressed is not None else {}),
        "properties": {
            **({"advice": finding.advice} if finding.advice else {}),
            "effects": [effect_data(effect) for effect in finding.effects],
        },
    }


def _message(finding: Finding) -> str:
    """The message, and a link to each related place; its first sentence is the alert's title."""
    links = [
        f"[{_literal(related.message.strip().rstrip('.'))}]({number})"
        for number, related in enumerate(finding.related, start=1)
    ]
    see = f" See {', '.join(links)}." if links else ""
    return _literal(sentence(finding.message)) + see


def _literal(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]")


def _related(finding: Finding, places: _Places) -> Iterator[Json]:
    for number, related in enumerate(finding.related, start=1):
        yield {
            "id": number,
            "physicalLocation": places.physical(related.path, related.span),
            "message": {"text": _literal(sentence(related.message))},
        }


def _invocation(report: Report, left_out: int, places: _Places) -> Json:
    unchecked = [finding for finding in report.findings if finding.rule in ALWAYS_ON]
    notifications: list[Json] = [
        {
            "level": "error",
            "message": {"text": _literal(sentence(finding.message))},
            "locations": [{"physicalLocation": places.physical(finding.path, finding.span)}],
        }
        for finding in sorted(unchecked, key=lambda finding: finding.sort_key)
    ]
    notes = list(report.notes)
    if left_out:
        notes.append(f"GitHub takes {MAX_RESULTS} results of a run: {count(left_out, 'result')} left out.")
    notifications += [{"level": "warning", "message": {"text": _literal(sentence(note))}} for note in notes]
    return {"executionSuccessful": not unchecked, "toolExecutionNotifications": notifications}
