"""One lexical scan of Python text: where its tokens and comments stand, and whether a parser can survive it.

It knows no grammar, so it works on text that does not parse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

# The limit of CPython's own tokenizer (MAXLEVEL in Parser/lexer/state.h): a deeper file is no Python.
DEEPEST_BRACKETS = 200
# libcst's parser recurses where expressions nest and its time grows with the square of a chain's length. Measured with
# libcst 1.9: 2,000 `+` take 1.3 s, 10,000 more than a minute; 2,000 `lambda:` take 0.8 GB, 5,000 end the process.
LONGEST_CHAIN = 2_000
DEEPEST_PREFIXES = 500
# The same limits for many shorter chains in one file, in steps of the parser: one longest chain's worth.
MOST_WORK = LONGEST_CHAIN**2
_BRACKET_WORK = 20  # steps that each bracket costs for every bracket around it
_SHALLOW = 20  # brackets and chains below this cost nothing worth counting

_STRING = r"""
    [bBfFrRtTuU]{0,2} (?:
        \"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"""
      | '''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''
      | "[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*"
      | '[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*'
    )
"""
_TOKEN = re.compile(
    rf"""
    (?:[ \t\f\r\n]+|\#[^\r\n]*|\\(?:\r\n|\r|\n))+       # what stands between tokens
  | {_STRING}
  | [^\W\d]\w*
  | \.\d[\d_]*(?:[eE][+-]?\d[\d_]*)?[jJ]?
  | [()\[\]{{}},.;]
  | 0[xXoObB][\da-fA-F_]+
  | \d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d[\d_]*)?[jJ]?
  | \*\*=?|//=?|>>=?|<<=?|->|[-+*/%@&|^=!<>:]=?
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_HOLED_STRING = re.compile(r"""(?<!\w)(?:[fFtT][rR]?|[rR][fFtT])(\"""|'''|"|')""")
_STRING_STOPS = {
    quote: re.compile(r"\\(?:\r\n|[^{}])|\{\{|\}\}|\{|" + end, re.DOTALL)
    for quote, end in (('"""', '"""'), ("'''", "'''"), ('"', r'"|[\r\n]'), ("'", r"'|[\r\n]"))
}
_FORMAT_STOP = re.compile(r"[{}]")
_HOLE_STOP = re.compile(rf"{_STRING} | [()\[\]{{}}:] | \#[^\r\n]*", re.VERBOSE | re.DOTALL)
_BETWEEN = frozenset(" \t\f\r\n#\\")
_COMMENT = re.compile(r"#[^\r\n]*")
_LINE_END = re.compile(r"(?<!\\)[\r\n]|#")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from its `#` on: its text, where it begins, and whether nothing but space stands before it."""

    text: str
    start: int
    own_line: bool


@dataclass(frozen=True, slots=True)
class Excess:
    """Where and why a parser would not survive the text, or not finish in time. `python_refuses` says that CPython
    does not accept such text either."""

    offset: int
    reason: str
    python_refuses: bool


@dataclass(frozen=True, slots=True)
class Scan:
    """The tokens of a Python file in order: their text and the offset each begins at. A string, one with holes too,
    is one token; line ends, indentation, comments and continuation lines are none."""

    text: str
    tokens: list[str]
    starts: list[int]
    _gaps: list[tuple[int, str]]

    def comments(self, containing: str = "") -> tuple[Comment, ...]:
        """The comments that contain a text, in order."""
        if containing not in self.text:
            return ()
        found = []
        for start, gap in self._gaps:
            if "#" not in gap or containing not in gap:
                continue
            for match in _COMMENT.finditer(gap):
                if containing in match[0]:
                    before = gap[: match.start()].rstrip(" \t\f")
                    own_line = before.endswith(("\n", "\r")) or (not before and start == 0)
                    found.append(Comment(match[0], start + match.start(), own_line))
        return tuple(found)

    def excess(self) -> Excess | None:
        """What a parser would not survive, None for text that it takes."""
        few = len(self.tokens) <= DEEPEST_PREFIXES and sum(map(self.text.count, _OPENING)) <= DEEPEST_BRACKETS
        if few and _HOLED_STRING.search(self.text) is None:  # too short to exceed any limit, as most files are
            return None
        return _excess(self)

    def unterminated_string(self) -> int | None:
        """The offset of the first string that is not closed, None if all are."""
        for token, start in zip(self.tokens, self.starts, strict=True):
            opening = _HOLED_STRING.match(token) if token[0] in _HOLED_PREFIXES else None
            if token in _QUOTES or (opening is not None and not token.endswith(opening[1], opening.end())):
                return start
        return None

    def lines_begin_at(self) -> frozenset[int]:
        """The offsets of tokens that begin a line, other than by a continuation."""
        return frozenset(start + len(gap) for start, gap in self._gaps if _LINE_END.search(gap))


def scan(text: str) -> Scan:
    """Scan Python text."""
    pieces = _TOKEN.findall(text) if _HOLED_STRING.search(text) is None else _pieces_with_holes(text)
    tokens: list[str] = []
    starts: list[int] = []
    gaps: list[tuple[int, str]] = []
    for start, piece in zip(accumulate(map(len, pieces), initial=0), pieces, strict=False):
        if piece[0] in _BETWEEN:
            gaps.append((start, piece))
        else:
            tokens.append(piece)
            starts.append(start)
    return Scan(text, tokens, starts, gaps)


def _pieces_with_holes(text: str) -> list[str]:
    """What `_TOKEN` finds, strings with holes in one piece, whatever strings stand in their holes."""
    pieces: list[str] = []
    position = 0
    while position < len(text):
        opening = _HOLED_STRING.match(text, position)
        if opening is None:
            found = _TOKEN.match(text, position)
            assert found is not None
            end = found.end()
        else:
            end = _holed_string(text, opening).end
        pieces.append(text[position:end])
        position = end
    return pieces


@dataclass(frozen=True, slots=True)
class _HoledString:
    """Where a string with holes ends (if it is not closed, where its line or the text does), the offsets of its
    outermost holes, and how deep its holes nest."""

    end: int
    holes: list[tuple[int, int]]
    depth: int


def _holed_string(text: str, opening: re.Match[str]) -> _HoledString:
    """Follow an f-string or t-string to its end, as PEP 701 reads it: its holes hold any expression, with any quotes.

    The stack holds the quote of each string, `:` for each format specification, and for each hole the number of
    brackets open in it.
    """
    stack: list[str | int] = [opening[1]]
    holes: list[tuple[int, int]] = []
    position, hole, deepest = opening.end(), 0, 1
    while stack:
        state = stack[-1]
        if isinstance(state, int):
            stop = _HOLE_STOP.search(text, position)
        else:
            stop = (_FORMAT_STOP if state == ":" else _STRING_STOPS[state]).search(text, position)
        if stop is None or stop[0] in ("\r", "\n"):
            end = len(text) if stop is None else stop.start()
            return _HoledString(end, [*holes, (hole, end)], deepest)
        position, found = stop.end(), stop[0]
        if isinstance(state, int):
            inner = _HOLED_STRING.match(text, stop.start())
            if inner is not None:
                stack.append(inner[1])
                position = inner.end()
            elif found in ("(", "[", "{"):
                stack[-1] = state + 1
            elif found == ":" and not state:
                stack[-1] = ":"
            elif found == "}" and not state:
                stack.pop()
                if len(stack) == 1:
                    holes.append((hole, stop.start()))
            elif found in (")", "]", "}"):
                stack[-1] = state - 1
        elif found == "{":
            if len(stack) == 1:
                hole = position
            stack.append(0)
            deepest = max(deepest, len(stack))
        elif found == state:
            stack.pop()
        elif state == ":":  # a closing brace ends the specification and its hole
            stack.pop()
            if len(stack) == 1:
                holes.append((hole, stop.start()))
    return _HoledString(position, holes, deepest)


_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_SEPARATORS = frozenset(",;=:")
_ARITHMETIC = frozenset(("+", "-", "*", "/", "//", "%", "@", "&", "|", "^", "<<", ">>"))
_COMPARISONS = frozenset(("<", ">", "==", "!=", "<=", ">="))
_OPERATORS = _ARITHMETIC | _COMPARISONS | {".", "and", "or", "in", "is", "for", "if"}
_PREFIXES = frozenset(("not", "lambda", "else", "**", "~", "await"))
_QUOTES = frozenset(("'", '"'))
_HOLED_PREFIXES = frozenset("fFtTrR")


@dataclass(slots=True)
class _Chain:
    """What has been counted since the last separator at one level of brackets."""

    links: int = 0
    prefixes: int = 0
    strings: int = 0


def _excess(scanned: Scan) -> Excess | None:
    line_starts = scanned.lines_begin_at()
    outer: list[_Chain] = []
    chain, work, branches, operand = _Chain(), 0, 0, False
    for token, start in zip(scanned.tokens, scanned.starts, strict=True):
        if not outer and start in line_starts:
            work += chain.links**2 if chain.links > _SHALLOW else 0
            chain, operand = _Chain(), False
        if token in _OPENING:
            chain.links += operand
            outer.append(chain)
            chain, operand = _Chain(), False
            if len(outer) > _SHALLOW:
                work += len(outer) * _BRACKET_WORK
            if len(outer) > DEEPEST_BRACKETS:
                return Excess(start, f"too many nested brackets: Python allows {DEEPEST_BRACKETS}", True)
        elif token in _CLOSING:
            work += chain.links**2 if chain.links > _SHALLOW else 0
            chain, operand = outer.pop() if outer else _Chain(), True
        elif token in _SEPARATORS:
            work += chain.links**2 if chain.links > _SHALLOW else 0
            chain.links = chain.strings = 0
            if token != ":":  # a lambda goes on behind its colon
                chain.prefixes = 0
            operand = False
        elif token in _PREFIXES or (not operand and token in ("-", "+")):
            chain.prefixes += 1
            operand = False
        elif token in _OPERATORS:
            chain.links += 1
            operand = False
        elif token[-1] in _QUOTES:
            chain.strings += 1
            operand = True
        else:
            branches += token == "elif"
            operand = True
        if len(token) > _SHALLOW and token[0] in _HOLED_PREFIXES and _HOLED_STRING.match(token):
            inside = _excess_in_string(token, start)
            if inside is not None:
                return inside
        if max(chain.links, chain.strings, branches) > LONGEST_CHAIN:
            what = f"more than {LONGEST_CHAIN:,} operators, attributes, calls, strings or branches in a row"
            return Excess(start, what, False)
        if chain.prefixes > DEEPEST_PREFIXES:
            return Excess(start, f"more than {DEEPEST_PREFIXES} operators nested in one another", False)
        if work > MOST_WORK:
            return Excess(start, "too many long and deeply nested expressions", False)
    return None


def _excess_in_string(token: str, start: int) -> Excess | None:
    opening = _HOLED_STRING.match(token)
    assert opening is not None
    string = _holed_string(token, opening)
    if string.depth > DEEPEST_BRACKETS:
        return Excess(start, "strings nested too deeply in one another", False)
    for begin, end in string.holes:
        found = scan(token[begin:end]).excess()
        if found is not None:
            return Excess(start + begin + found.offset, found.reason, found.python_refuses)
    return None
