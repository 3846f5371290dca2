"""One line a finding, in the form that editors and grep know."""

from __future__ import annotations

from migration_lint.model.values import Span
from migration_lint.reporters.base import Options, Report
from migration_lint.reporters.terminal import Style, joined, printable, summary
from migration_lint.rule import Finding


def render(report: Report, options: Options) -> str:
    """`path:line:column: severity[rule] message` for each finding, and the summary."""
    style = Style(options.color)
    return joined([*(_line(finding, style) for finding in report.shown(options)), *summary(report, options)])


def place(path: str, span: Span) -> str:
    """`path:line:column`, which terminals and editors make a link of."""
    return f"{printable(path)}:{span.line}:{span.column}"


def _line(finding: Finding, style: Style) -> str:
    label = style.severity(finding.severity, finding.severity.label)
    rule = style.bold(printable(finding.rule))
    suppressed = "" if finding.suppressed is None else " (suppressed)"
    message = " ".join(map(printable, finding.message.split()))
    return f"{style.bold(place(finding.path, finding.span))}: {label}[{rule}]{suppressed} {message}"
