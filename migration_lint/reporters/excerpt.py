"""The lines of a file that a finding is about, with the place underlined."""

from __future__ import annotations

from os.path import commonprefix

from migration_lint.model.values import Span
from migration_lint.reporters.terminal import TAB, Style, cells, visible
from migration_lint.rule import Severity

_HEAD = 4
"""How many lines of a long region are shown before its last one."""

_ELLIPSIS = "..."
_LEAD = 20
"""How many characters before a region are shown when its line is too long to show from the start."""


def excerpt(lines: list[str], span: Span, width: int, style: Style, severity: Severity) -> list[str]:
    """The lines of `span` with their numbers, carets below the first and the last, at most `width` cells wide.

    Indentation that all of them share is left out; a long region is shown by its first lines and its last. A region
    without any text, such as that of an empty file, gives nothing.
    """
    last = span.end_line - 1 if span.end_column == 1 and span.end_line > span.line else span.end_line
    last = min(last, len(lines))
    if not any(line.strip() for line in lines[span.line - 1 : last]):
        return []
    numbers = list(range(span.line, last + 1))
    cut = len(numbers) > _HEAD + 2
    shown = [*numbers[:_HEAD], last] if cut else numbers
    written = (lines[number - 1] for number in shown if lines[number - 1].strip())
    indent = len(commonprefix([line[: _indentation(line)] for line in written]))  # noqa: RUF071 - these are no paths
    digits = len(str(last))
    room = max(width - digits - len("   | "), 20)
    blank = style.dim(f"  {' ' * digits} |")
    result = []
    for number in shown:
        line = lines[number - 1]
        start = span.column if number == span.line else _indentation(line) + 1
        end = span.end_column if number == span.end_line else len(line.rstrip()) + 1
        text, carets = _window(line, indent, start, end, room)
        if cut and number == last:
            result.append(style.dim(f"  {_ELLIPSIS[:digits]:>{digits}} |"))
        result.append(f"{style.dim(f'  {number:>{digits}} |')} {text}".rstrip())
        if number in (span.line, last):
            result.append(f"{blank} {style.severity(severity, carets)}")
    return result


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _window(line: str, indent: int, start: int, end: int, room: int) -> tuple[str, str]:
    """The part of `line` to show and the carets below it, from column `start` to before `end`, both from 1."""
    first = indent if start - 1 - indent < room - _LEAD else start - 1 - _LEAD
    lead = _ELLIPSIS if first > indent else ""
    pieces: list[str] = []
    used = len(lead)
    for char in line[first:].rstrip():
        pieces.append(" " * (TAB - used % TAB) if char == "\t" else visible(char))
        used += cells(pieces[-1])
        if used > room:
            while used > room - len(_ELLIPSIS):
                used -= cells(pieces.pop())
            pieces.append(_ELLIPSIS)
            break
    before = len(lead) + cells("".join(pieces[: start - 1 - first]))
    marked = cells("".join(pieces[max(start - 1 - first, 0) : end - 1 - first]))
    return lead + "".join(pieces), " " * before + "^" * max(marked, 1)
