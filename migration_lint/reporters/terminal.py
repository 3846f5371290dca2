"""Text for people: colours, widths, wrapping, and nothing from a file that could disturb a terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from migration_lint.reporters.base import Options, Report, count
from migration_lint.rule import Severity

TAB = 4
_MAX_WIDTH = 120

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}


@dataclass(frozen=True, slots=True)
class Style:
    """Puts text in ANSI colours, or leaves it as it is."""

    color: bool

    def bold(self, text: str) -> str:
        """Bright text."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """Text that stands back."""
        return self._paint("2", text)

    def severity(self, severity: Severity, text: str) -> str:
        """Text in the colour of `severity`."""
        return self._paint(f"1;{_COLORS[severity]}", text)

    def _paint(self, codes: str, text: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.color and text else text


def printable(text: str) -> str:
    """`text` on one line, with an escape for each character that would move the cursor, change colours, reorder the
    line or stay invisible."""
    return text if text.isprintable() else "".join(map(visible, text))


def visible(char: str) -> str:
    """`char`, or its Python escape if it is not printable."""
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def cells(text: str) -> int:
    """How many cells of a terminal printable `text` takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(char) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def wrap(text: str, width: int, indent: str, bullet: str = "") -> list[str]:
    """The words of `text` in lines of at most `width` cells, `indent` included; a longer word has a line of its own.
    The lines after the first stand below the text behind `bullet`."""
    first, indent = indent + bullet, indent + " " * len(bullet)
    room = min(width, _MAX_WIDTH) - len(indent)
    lines: list[str] = []
    used = room
    for word in map(printable, text.split()):
        if lines and used + 1 + cells(word) <= room:
            lines[-1] += f" {word}"
            used += 1 + cells(word)
        else:
            lines.append((indent if lines else first) + word)
            used = cells(word)
    return lines


def block(text: str, indent: str) -> list[str]:
    """The lines of `text`, unwrapped and indented, without the blank ones around them."""
    lines = text.expandtabs(TAB).strip("\r\n").split("\n")
    return [(indent + printable(line.rstrip())).rstrip() for line in lines]


def joined(lines: list[str]) -> str:
    """`lines`, each with its end."""
    return "".join(f"{line}\n" for line in lines)


def summary(report: Report, options: Options) -> list[str]:
    """What was found, and what it rests on; nothing where no summary is wanted."""
    if not options.summary:
        return []
    coverage = report.coverage
    found = [
        count(report.counts[severity], noun)
        for severity, noun in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "info"))
        if report.counts[severity]
    ]
    verdict = f"Found {', '.join(found)}" if found else "No findings" if coverage.migrations else "No migrations found"
    suppressed = f" ({report.suppressed} suppressed)" if report.suppressed else ""
    checked = [
        count(coverage.migrations, "migration"),
        count(coverage.operations, "operation"),
        f"{coverage.not_analysed} not analysed",
    ]
    since = f"since {printable(report.since)}, " if report.since else ""
    return [
        f"{verdict}{suppressed}.",
        f"Checked {', '.join(checked)} ({since}for {printable(report.database)}).",
        *([f"Skipped {count(coverage.skipped, 'file')} without a migration."] if coverage.skipped else []),
    ]
