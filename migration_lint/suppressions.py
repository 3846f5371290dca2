"""Comments that accept a finding: `# migration-lint: ignore[rule, …] reason`, `--` in SQL.

A comment belongs to what its author sees it beside: the innermost unit whose lines contain it; on a line that several
share, the one that ends last before it; on a line of its own, what begins on the next line of code. `file-ignore`
belongs to the file. A unit is an operation, an SQL statement, a function; a container is what holds units, and takes
a comment only where that stands before it, on its first line or on its last.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from migration_lint.config.errors import nearest
from migration_lint.model.values import Span
from migration_lint.source import Source

_MARK = re.compile(
    r"(?:#|--|/\*)[ \t]*migration[-_]lint\b(?=[ \t]*(?::|\[|(?:ignore|file-ignore|noqa|disable|skip)\b))", re.I
)
_NAME = re.compile(r"migration[-_]lint", re.IGNORECASE)
_WELL_FORMED = re.compile(r"migration-lint:[ \t]*(ignore|file-ignore)[ \t]*\[([^\]]*)\]")
_BLOCK = re.compile(r"do\s+(?:language\s+\w+\s+)?(\$\w*\$)", re.IGNORECASE)
_NEXT_COMMENT = re.compile(r"[ \t]+(?:#|--)[ \t]|\*/")
_EXPECTED = "expected `migration-lint: ignore[rule] reason` or `migration-lint: file-ignore[rule] reason`"


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that speaks to us. `next_line` is the first line of code behind it where nothing else stands on its
    own line, None where something does or no code follows."""

    text: str
    span: Span
    own_line: bool
    next_line: int | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What a comment can belong to."""

    span: Span
    container: bool = False


@dataclass(frozen=True, slots=True)
class Suppression:
    """One well-formed comment. `scope` is the region it covers: None for the whole file; a comment that stands beside
    nothing covers only findings that begin on its own line or, if it has that for itself, on the next line of code."""

    rules: tuple[str, ...]
    reason: str
    span: Span
    scope: Span | None

    def covers(self, rule: str, span: Span) -> bool:
        """Whether a finding of `rule` at `span` is accepted by it."""
        if rule not in self.rules:
            return False
        return self.scope is None or (
            (self.scope.line, self.scope.column)
            <= (span.line, span.column)
            < (self.scope.end_line, self.scope.end_column)
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a comment: the rule that reports it, where, and a message."""

    rule: Literal["unused-ignore", "unknown-rule-in-ignore", "ignore-without-reason"]
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Suppressions:
    """All suppression comments of one file. `malformed` are comments that were meant to be one."""

    entries: tuple[Suppression, ...] = ()
    malformed: tuple[Problem, ...] = ()

    def match(self, rule: str, span: Span) -> Suppression | None:
        """The suppression that covers a finding, the one of the smallest scope if several do."""
        covering = [entry for entry in self.entries if entry.covers(rule, span)]
        return min(covering, key=lambda entry: _size(entry.scope), default=None)

    def problems(
        self,
        used: Collection[tuple[Suppression, str]],
        ran: Collection[str],
        known: Collection[str],
        idle: Callable[[Suppression, str], str | None],
    ) -> Iterator[Problem]:
        """What is wrong with the comments, in the order of the file.

        `used` are the suppressions that matched with the rule they matched for, `ran` the rules that ran on the file:
        a comment for another may still be needed. `known` are all rules there are. `idle` says why a rule never finds
        anything where a suppression stands, None where it might.
        """
        found = [*self.malformed]
        for entry in self.entries:
            for rule in entry.rules:
                if rule not in known:
                    message = f"there is no rule {rule!r}{nearest(rule, known)}"
                    found.append(Problem("unknown-rule-in-ignore", entry.span, message))
                elif rule in ran and (entry, rule) not in used:
                    message = idle(entry, rule) or f"{rule} finds nothing here"
                    found.append(Problem("unused-ignore", entry.span, message))
            if not entry.reason:
                found.append(Problem("ignore-without-reason", entry.span, "the comment does not say why"))
        return iter(sorted(found, key=lambda problem: (problem.span.line, problem.span.column)))


def remarks(source: Source) -> list[Remark]:
    """The comments of a Python file that speak to us."""
    if _NAME.search(source.text) is None:
        return []
    found = []
    starts = source.scan.starts
    for comment in source.scan.comments():
        if _MARK.search(comment.text) is None:
            continue
        following = bisect_left(starts, comment.start)
        next_line = source.position(starts[following])[0] if comment.own_line and following < len(starts) else None
        span = source.span(comment.start, comment.start + len(comment.text))
        found.append(Remark(comment.text, span, comment.own_line, next_line))
    return found


def sql_remarks(text: str, dialect: str, span_of: Callable[[int, int], Span]) -> list[Remark]:
    """The comments of an SQL text that speak to us; `span_of` gives the span of two offsets in it."""
    if _NAME.search(text) is None:
        return []
    from migration_lint.readers.sql import split

    found = []
    for raw in split(text, dialect):
        following = None if raw.kind == "empty" else span_of(raw.start, raw.start).line
        within = (*raw.comments, *_comments_of_block(text, raw.start, raw.end))
        for regions, next_line in ((raw.leading, following), (within, None)):
            for start, end in regions:
                if _MARK.search(text, start, end):
                    own_line = not text[text.rfind("\n", 0, start) + 1 : start].strip()
                    span = span_of(start, end)
                    found.append(Remark(text[start:end], span, own_line, next_line if own_line else None))
    return found


def _comments_of_block(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where comments stand in the body of a DO block, if that is what `text[start:end]` is: code, though quoted."""
    from migration_lint.readers.sql.splitting import comments

    opening = _BLOCK.match(text, start, end)
    if opening is not None:
        close = text.find(opening[1], opening.end(), end)
        for first, last in comments(text[opening.end() : max(close, opening.end())], "postgresql"):
            yield opening.end() + first, opening.end() + last


def read(comments: Iterable[Remark], units: Sequence[Unit]) -> Suppressions:
    """The suppressions that comments make over the units of their file."""
    entries: list[Suppression] = []
    malformed: list[Problem] = []
    for remark in comments:
        for mark in _MARK.finditer(remark.text):
            at = mark.end() - len("migration-lint")
            written = _WELL_FORMED.match(remark.text, at)
            names = tuple(name.strip() for name in written[2].split(",") if name.strip()) if written else ()
            if written is None or not names:
                malformed.append(Problem("unknown-rule-in-ignore", remark.span, _EXPECTED))
                continue
            reason = _NEXT_COMMENT.split(remark.text[written.end() :], maxsplit=1)[0].strip(" \t:-")
            scope = None if written[1] == "file-ignore" else _scope(remark, units)
            entries.append(Suppression(tuple(dict.fromkeys(names)), reason, remark.span, scope))
    return Suppressions(tuple(entries), tuple(malformed))


def _scope(remark: Remark, units: Sequence[Unit]) -> Span:
    line, column = remark.span.line, remark.span.column
    if remark.own_line:
        # A unit may begin before the next line of code: Liquibase's `--rollback` is a comment to all others.
        last = line if remark.next_line is None else remark.next_line
        beginning = [unit.span for unit in units if line < unit.span.line <= max(last, line + 1)]
        if beginning:  # the first of the line, and of those that begin together the outermost
            return min(beginning, key=lambda span: (span.line, span.column, (-span.end_line, -span.end_column)))
    sharing = [unit for unit in units if unit.span.line <= line <= unit.span.end_line]
    sharing = [unit for unit in sharing if not unit.container or line in (unit.span.line, unit.span.end_line)]
    if not remark.own_line:
        ended = [unit.span for unit in sharing if unit.span.end_line == line and unit.span.end_column <= column]
        if ended:
            return max(ended, key=lambda span: (span.end_column, (span.line, span.column)))
    if sharing:
        return min((unit.span for unit in sharing), key=_size)
    beside = remark.next_line if remark.own_line and remark.next_line is not None else line
    return Span(beside, 1, beside + 1, 1)


def _size(span: Span | None) -> tuple[int, int]:
    """A measure by which a span is larger than those inside it."""
    return (span.end_line - span.line, span.end_column - span.column) if span is not None else (1 << 62, 0)
