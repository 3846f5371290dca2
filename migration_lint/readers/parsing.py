"""Python text -> its syntax tree, for any text: libcst's parser is native code that some texts would kill or stall."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise

import libcst as cst

from migration_lint.model.values import Span
from migration_lint.source import Source

_EXPECTED = re.compile(r"parser error: error at (\d+):(\d+): ")
_STRING = re.compile(r"([A-Za-z]{0,2})[\"']")
_LONGEST_SHOWN = 30
_OPENING = {"(": ")", "[": "]", "{": "}"}


class ParseError(Exception):
    """A file without a syntax tree: where, and why."""

    def __init__(self, path: str, span: Span, message: str) -> None:
        super().__init__(f"{path}:{span.line}:{span.column}: {message}")
        self.path = path
        self.span = span
        self.message = message


class PythonSyntaxError(ParseError):
    """The text is no Python, of any version."""


class TooComplexError(ParseError):
    """The text may be Python, but the parser would not survive it or not finish in reasonable time and memory."""


def parse(source: Source) -> cst.Module:
    """The tree of a Python file.

    Raises:
        PythonSyntaxError: the text is no Python.
        TooComplexError: the parser can't take it.
    """
    excess = source.scan.excess()
    if excess is not None:
        kind = PythonSyntaxError if excess.python_refuses else TooComplexError
        span = source.span(excess.offset, min(excess.offset + 1, len(source.text)))
        raise kind(source.path, span, excess.reason)
    try:
        return cst.parse_module(source.text)
    except cst.ParserSyntaxError as error:
        raise _syntax_error(source, error) from error
    except cst.CSTValidationError as error:  # what the grammar allows and Python does not
        message = str(error).rstrip(".")
        raise PythonSyntaxError(source.path, _mixed_strings(source), message[:1].lower() + message[1:]) from error
    except RecursionError as error:  # an import of a name with a thousand dots
        raise TooComplexError(source.path, source.span(0, 0), "it is nested too deeply to be parsed") from error


def _syntax_error(source: Source, error: cst.ParserSyntaxError) -> PythonSyntaxError:
    expected = _EXPECTED.match(error.message)
    if expected is None:
        span, message = _bad_token(source, error.message)
    else:
        span, message = _unexpected(source, source.offset(int(expected[1]), int(expected[2]) + 1))
    return PythonSyntaxError(source.path, span, message)


def _unexpected(source: Source, behind: int) -> tuple[Span, str]:
    """The token that ends at or before `behind`, where the parser gave up, or the bracket that misled it."""
    tokens, starts = source.scan.tokens, source.scan.starts
    unclosed = _unclosed(tokens)
    if unclosed is not None:
        return source.span(starts[unclosed], starts[unclosed] + 1), f"{tokens[unclosed]!r} was never closed"
    last = bisect_left(starts, behind) - 1
    if last < 0:
        return source.span(0, 0), "unexpected end of the file"
    end = starts[last] + len(tokens[last])
    if source.position(end)[0] < source.position(behind)[0]:
        return source.span(end, end), "unexpected end of the line"
    shown = tokens[last] if len(tokens[last]) <= _LONGEST_SHOWN else f"{tokens[last][:_LONGEST_SHOWN]}…"
    return source.span(starts[last], end), f"unexpected {shown!r}"


def _mixed_strings(source: Source) -> Span:
    """The first string that stands beside one of the other kind, text or bytes; the file's beginning if none does."""
    tokens, starts = source.scan.tokens, source.scan.starts
    kinds = [_STRING.match(token) for token in tokens]
    for index, (first, second) in enumerate(pairwise(kinds), start=1):
        if first and second and ("b" in first[1].lower()) != ("b" in second[1].lower()):
            return source.span(starts[index], starts[index] + len(tokens[index]))
    return source.span(0, 0)


def _unclosed(tokens: list[str]) -> int | None:
    """The index of the innermost bracket that is never closed, if those that are closed match."""
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token in _OPENING:
            stack.append(index)
        elif token in (")", "]", "}") and (not stack or _OPENING[tokens[stack.pop()]] != token):
            return None
    return stack[-1] if stack else None


def _bad_token(source: Source, message: str) -> tuple[Span, str]:
    """Where a text stops being tokens: libcst says what is wrong, not where."""
    reason = message.removeprefix("tokenizer error: ")
    if reason.startswith("unterminated"):
        start = source.scan.unterminated_string()
        if start is not None:
            return source.span(start, start + 1), reason
    number = bisect_left(range(1, len(source.line_starts) + 1), True, key=lambda lines: _fails(source, lines, message))
    line = source.line(number + 1)
    begin = source.offset(number + 1, len(line) - len(line.lstrip()) + 1)
    return source.span(begin, source.offset(number + 1, len(line) + 1)), reason


def _fails(source: Source, lines: int, message: str) -> bool:
    """Whether the first lines of a text already have the fault; tokens come before grammar, so a cut adds none."""
    try:
        cst.parse_module(source.text[: source.offset(lines + 1)])
    except cst.ParserSyntaxError as error:
        return error.message == message
    return False
