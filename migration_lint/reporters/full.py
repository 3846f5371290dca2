"""Text for reading: each finding with its excerpt, what will happen, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.reporters.base import Options, Report
from migration_lint.reporters.concise import place
from migration_lint.reporters.excerpt import excerpt
from migration_lint.reporters.terminal import Style, block, joined, printable, summary, wrap
from migration_lint.rule import Finding

_INDENT = "  "


def render(report: Report, options: Options) -> str:
    """The findings, a blank line after each, and the summary."""
    style = Style(options.color)
    lines: list[str] = []
    for finding in report.shown(options):
        lines += [*_finding(finding, report, options.width, style), ""]
    return joined([*lines, *summary(report, options)])


def _finding(finding: Finding, report: Report, width: int, style: Style) -> Iterator[str]:
    where = style.bold(place(finding.path, finding.span))
    label = style.severity(finding.severity, finding.severity.label)
    yield f"{where}: {label}[{style.bold(printable(finding.rule))}]"
    if finding.suppressed is not None:
        yield from wrap(f"Suppressed: {finding.suppressed or 'no reason given'}", width, _INDENT)
    if source := report.sources.get(finding.path):
        yield from excerpt(source.lines, finding.span, width, style, finding.severity)
    yield from wrap(finding.message, width, _INDENT)
    for related in finding.related:
        yield from wrap(f"{place(related.path, related.span)}: {related.message}", width, _INDENT, "- ")
    if finding.advice.strip():
        yield f"{_INDENT}{style.bold('Instead:')}"
        yield from block(finding.advice, _INDENT * 3)
