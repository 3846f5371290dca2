"""GitHub's workflow commands: each finding becomes an annotation of the line it is about.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.reporters.base import Options, Report, count
from migration_lint.reporters.terminal import joined, summary
from migration_lint.rule import Finding, Severity

SHOWN = 10
"""How many annotations of a type GitHub shows of one step; the rest is only in the log
(https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations)."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}


def render(report: Report, options: Options) -> str:
    """One command a finding, the worst first because GitHub keeps the first ones, then the summary. Suppressed
    findings are never annotated."""
    findings = [finding for finding, _ in report.findings_with_identity(suppressed=False)]
    lines = [_command(finding, report) for finding in sorted(findings, key=lambda finding: -finding.severity)]
    return joined([*lines, *_hidden(report), *summary(report, options)])


def _command(finding: Finding, report: Report) -> str:
    span = finding.span
    properties = {
        "title": f"migration-lint ({finding.rule})",
        "file": report.repository_path(finding.path).as_posix(),
        "line": str(span.line),
        "endLine": str(span.end_line),
    }
    # GitHub refuses columns of a region of several lines.
    if span.line == span.end_line:
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    advice = f"\n\n{finding.advice}" if finding.advice else ""
    text = f"{finding.path}:{span.line}:{span.column}: {finding.rule}: {finding.message}{advice}"
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _hidden(report: Report) -> Iterator[str]:
    for severity, noun in _NOUNS.items():
        if (more := report.counts[severity] - SHOWN) > 0:
            yield f"{count(more, f'more {noun}')} in this log: GitHub annotates {SHOWN} of a type."
