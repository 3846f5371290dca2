"""How many findings there are of each rule."""

from __future__ import annotations

from collections import Counter

from migration_lint.reporters.base import Options, Report
from migration_lint.reporters.terminal import Style, joined, printable, summary


def render(report: Report, options: Options) -> str:
    """One line a rule: count, severity and name; the worst severity first, then the most findings."""
    counts = Counter((finding.severity, finding.rule) for finding in report.shown(options))
    ordered = sorted(counts.items(), key=lambda item: (-item[0][0], -item[1], item[0][1]))
    digits = max((len(str(number)) for number in counts.values()), default=0)
    style = Style(options.color)
    lines = [
        f"{number:>{digits}}  {style.severity(severity, f'{severity.label:<7}')}  {printable(rule)}"
        for (severity, rule), number in ordered
    ]
    below = summary(report, options)
    return joined([*lines, *([""] if lines and below else []), *below])
