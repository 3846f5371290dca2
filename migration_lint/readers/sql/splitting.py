"""Where each statement of an SQL text begins and ends: one compiled pattern a dialect, one pass, linear time.

Only what can hide a semicolon is looked at: strings, quoted names, comments, dollar quotes, COPY data, bodies of
routines, lines meant for the client. Sources: PostgreSQL documentation 4.1 and psql's `psqlscan.l`; MySQL reference
manual 9.1, 9.7 and the `DELIMITER` command of its client; the SQLite documentation on keywords and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from migration_lint.readers.sql.hiding import CLIENT_LINE_AT_START, family, hiding_pattern

Region = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is opened at `offset` and never closed."""

    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class RawStatement:
    """One statement: `text[start:end]`, without its terminator and without the comments around it.

    `leading` are the comments between the statement before and this one, `comments` those inside it, where the marks
    of MySQL's conditional comments (`/*!40101` and `*/`) count as comments and what they enclose does not. `data` are
    the rows that follow a COPY … FROM STDIN. A `client` statement is a line meant for psql or the mysql client, an
    `empty` one holds the comments after the last statement.
    """

    start: int
    end: int
    terminator: str = ""
    kind: Literal["sql", "client", "empty"] = "sql"
    leading: tuple[Region, ...] = ()
    comments: tuple[Region, ...] = ()
    data: Region | None = None
    problem: Problem | None = None


def split(text: str, dialect: str) -> Iterator[RawStatement]:
    """The statements of `text` in order. Unknown dialects are read as `generic`."""
    return _Splitter(text, family(dialect)).run()


def blanked(text: str, start: int, end: int, comments: tuple[Region, ...]) -> str:
    """`text[start:end]` with each of `comments` replaced by as many spaces."""
    pieces = []
    for first, last in comments:
        if first >= end:
            break
        pieces += [text[start:first], " " * (last - first)]
        start = last
    pieces.append(text[start:end])
    return "".join(pieces)


def comments(text: str, dialect: str) -> Iterator[Region]:
    """All comments of `text`, in order."""
    for raw in split(text, dialect):
        yield from raw.leading
        yield from raw.comments


def count_rows(text: str, start: int, end: int, dialect: str) -> int | None:
    """How many rows the VALUES hold whose first parenthesis is at `start`; None where they do not end before `end`."""
    rows = depth = 0
    position = start
    separator = ""  # what stands between two rows, comments left out
    pattern = hiding_pattern(family(dialect), ";", True)
    while match := pattern.search(text, position, end):
        character = text[match.start()]
        if depth == 0:
            separator += text[position : match.start()]
        position = match.end()
        if character == "$":
            position = text.find(match.group(), position, end) + len(match.group())
        elif character == "/":
            position = _comment_end(text, match.start(), nested=dialect == "postgresql") or end
        elif character == "(":
            if depth == 0 and rows and separator.upper().split() not in ([","], [",", "ROW"], [",ROW"]):
                return rows
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                rows += 1
                separator = ""
    return rows if rows and depth == 0 else None


def _comment_end(text: str, start: int, *, nested: bool) -> int | None:
    """Where the comment opened at `start` ends; None if it never does. PostgreSQL's nest."""
    depth, position = 1, start + 2
    while depth:
        close = text.find("*/", position)
        if close < 0:
            return None
        opening = text.find("/*", position, close) if nested else -1
        depth += -1 if opening < 0 else 1
        position = (close if opening < 0 else opening) + 2
    return position


_ROUTINE = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:(?:definer\s*=\s*\S+|aggregate|temp|temporary|constraint|editionable)\s+)*"
    r"(?:function|procedure|trigger|event|package|rule)\b|begin\s+not\s+atomic\b",
    re.IGNORECASE,
)
_COPY_FROM_STDIN = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_FROM_STDIN = re.compile(r"\bfrom\s+stdin\b", re.IGNORECASE)
_END_OF_COPY = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
_NOT_SPACE = re.compile(r"\S")
_STATEMENT_START = re.compile(
    r"\s*(?:\Z|--|/\*|(?:alter|analyze|begin|call|comment|commit|copy|create|declare|delete|do|drop|exec|execute|go|grant|"
    r"if|insert|lock|merge|print|replace|revoke|rollback|select|set|start|truncate|update|use|with)\b)",
    re.IGNORECASE,
)
_HEAD_LENGTH = 500


class _Splitter:
    """The state of one pass: the statement that is being collected, and what ends it."""

    def __init__(self, text: str, family: str) -> None:
        self.text = text
        self.family = family
        self.delimiter = ";"
        self.bodies = True  # False once a body was found that never ends: the rest is then split at each semicolon
        self.depth: int | None = None  # open blocks, inside the body of a routine
        self.conditional = False  # inside a conditional comment of MySQL
        self.problem: Problem | None = None
        self.resume = 0
        self.found: list[RawStatement] = []
        self.leading: list[Region] = []
        self._begin(0)

    def _begin(self, position: int) -> None:
        """Forget the statement collected so far; the next one begins at `position` or later."""
        self.examined = position
        self.first: int | None = None
        self.comments: list[Region] = []
        self.depth = None

    def run(self) -> Iterator[RawStatement]:
        # The pattern knows a client's line by the line break before it, which the first line does not have.
        if first_line := CLIENT_LINE_AT_START[self.family].match(self.text):
            self._client_line(*first_line.span())
        while self.resume <= len(self.text):
            pattern = hiding_pattern(self.family, self.delimiter, self.depth is not None)
            matches = pattern.finditer(self.text, self.resume)
            self.resume = len(self.text) + 1
            yield from self._pass(matches)
            if self.resume > len(self.text) and self.depth:
                self._give_up_body()
        self._statement(len(self.text), len(self.text))
        yield from self.found

    def _pass(self, matches: Iterator[re.Match[str]]) -> Iterator[RawStatement]:
        """Look at the matches in turn until one ends elsewhere than its text says; `resume` is then set."""
        text = self.text
        length = len(text)
        delimiter = self.delimiter
        for match in matches:
            start, end = match.span()
            character = text[start]
            if text.startswith(delimiter, start):
                self._terminator(start, end)
            elif character in "'\"`":
                if end - start == 1:
                    self._never_closed(start, f"the quote {character} is never closed")
                    return
            elif character == "\n":
                self._client_line(start + 1, end)
            elif character == "\\":
                self._meta_command(start, end)
            elif character in "-#/*{":
                self._comment_or_template(start, end)
            elif character == "$":
                self._dollar_quote(start, end)
            elif character != "[":
                self._block(match.group().lower())
            if self.found:
                yield from self.found
                self.found.clear()
            if self.resume <= length:
                return

    def _touch(self, position: int) -> None:
        """Note where the statement begins, if it begins before `position`."""
        if self.first is None and (found := _NOT_SPACE.search(self.text, self.examined, position)):
            self.first = found.start()

    def _begun(self, position: int) -> bool:
        """Whether a statement has begun before `position`."""
        self._touch(position)
        return self.first is not None

    def _never_closed(self, position: int, message: str) -> None:
        self._touch(position + 1)
        self.problem = Problem(position, message)

    def _comment_or_template(self, start: int, end: int) -> None:
        text = self.text
        if text[start] == "{":
            if text[start + 1] in "#%":
                self._comment(start, end)
        elif text[start] == "*":
            if self.conditional:
                self.conditional = False
                self.comments.append((start, end))
        elif text[start] == "/" and end - start > 2:
            self._touch(start + 1)
            self.conditional = True
            self.comments.append((start, end))
        elif text[start] == "/":
            closed = _comment_end(text, start, nested=self.family == "postgresql")
            if closed is None:
                self.problem = Problem(start, "the comment /* is never closed")
            self.resume = len(text) if closed is None else closed
            self._comment(start, self.resume)
        elif self.family == "mysql" and text[start] == "-" and text[start + 2 : start + 3] > " " and self._begun(start):
            self.resume = start + 2
        else:
            self._comment(start, end)

    def _comment(self, start: int, end: int) -> None:
        self._touch(start)
        (self.leading if self.first is None else self.comments).append((start, end))
        self.examined = end

    def _dollar_quote(self, start: int, end: int) -> None:
        tag = self.text[start:end]
        close = self.text.find(tag, end)
        if close < 0:
            self._never_closed(start, f"the dollar quote {tag} is never closed")
            self.resume = len(self.text)
        else:
            self.resume = close + len(tag)

    def _block(self, word: str) -> None:
        """Count what opens and closes inside the body of a routine."""
        if word in ("begin", "("):
            self.depth = (self.depth or 0) + 1
        elif word == "case":
            # Outside a block an END of CASE is the only END there is, so both sides are left uncounted there.
            self.depth = self.depth + 1 if self.depth else 0
        elif word in (")", "end") or word.endswith("case"):
            self.depth = max((self.depth or 0) - 1, 0)

    def _give_up_body(self) -> None:
        """The body never ends: read the statement again without looking for one."""
        start = self.first if self.first is not None else self.examined
        self.bodies = False
        self.problem = Problem(start, "the body of this routine never ends")
        self._begin(start)
        self.resume = start

    def _terminator(self, start: int, end: int) -> None:
        self._touch(start)
        if self.first is not None and self.delimiter == ";":
            if self.depth:
                return
            if self.depth is None and self.bodies and self._is_routine(start):
                self.depth = 0
                self.resume = self.examined = self.first
                self.first = None
                self.comments = []
                return
        self._statement(start, end)

    def _is_routine(self, end: int) -> bool:
        assert self.first is not None
        if self.text[self.first] not in "cCbB/":
            return False
        end = min(end, self.first + _HEAD_LENGTH)
        return _ROUTINE.match(blanked(self.text, self.first, end, tuple(self.comments)).lstrip()) is not None

    def _statement(self, end: int, after: int) -> None:
        """The statement collected so far, if there is one, ending before `end`; what follows begins at `after`."""
        self._touch(end)
        data = None
        if self.first is not None:
            data = self._copy_data(end, after)
            self.found.append(
                RawStatement(
                    self.first,
                    self._trimmed(end),
                    self.text[end:after].strip(),
                    "sql",
                    tuple(self.leading),
                    tuple(self.comments),
                    data,
                    self.problem,
                )
            )
            self.leading = []
        elif end == len(self.text) and (self.leading or self.problem):
            self.found.append(RawStatement(end, end, "", "empty", tuple(self.leading), problem=self.problem))
        in_body = self.depth is not None
        self.problem = None
        self._begin(after)
        if data:
            line_end = self.text.find("\n", data[1])
            self.resume = len(self.text) if line_end < 0 else line_end
            self._begin(self.resume)
        elif in_body:
            self.resume = after

    def _trimmed(self, end: int) -> int:
        """`end` without white space and comments before it."""
        comments = list(self.comments)
        first = self.first or 0
        while True:
            while end > first and self.text[end - 1].isspace():
                end -= 1
            if not comments or comments[-1][1] != end or self.text.startswith("*/", comments[-1][0]):
                return end
            end = comments.pop()[0]

    def _copy_data(self, end: int, after: int) -> Region | None:
        """The rows after COPY … FROM STDIN; psql takes them up to a line of `\\.`, else up to the end."""
        assert self.first is not None
        text = self.text
        if self.family not in ("postgresql", "generic") or text[self.first : self.first + 4].lower() != "copy":
            return None
        if end - self.first > 100_000 or not _COPY_FROM_STDIN.match(
            blanked(text, self.first, end, tuple(self.comments))
        ):
            return None
        start = text.find("\n", after) + 1
        if not start or not _NOT_SPACE.search(text, start):
            return None
        if not (last := _END_OF_COPY.search(text, start)):
            self.problem = Problem(start, "the data of this COPY have no end (a line of \\.)")
            return (start, len(text))
        return (start, last.start())

    def _meta_command(self, start: int, end: int) -> None:
        """A psql command. One that sends the statement before it (\\g, \\gexec, \\watch) ends that statement."""
        self._touch(start)
        word = self.text[start + 1 : end].split(None, 1)[0].lower() if end > start + 1 else ""
        if self.first is not None and word[:1] != "g" and word not in ("watch", "crosstabview"):
            self.comments.append((start, end))
            return
        if self.first is not None:
            self._statement(start, start)
        if word != ".":
            self._client(start, end)
        self._begin(end)
        if word == "copy" and _FROM_STDIN.search(self.text, start, end):
            # The rows stand in the file, up to a line of \\.
            last = _END_OF_COPY.search(self.text, end)
            self.resume = last.end() if last else len(self.text)
            self._begin(self.resume)

    def _client(self, start: int, end: int) -> None:
        self.found.append(RawStatement(start, end, "", "client", tuple(self.leading)))
        self.leading = []

    def _client_line(self, start: int, end: int) -> None:
        """A line of its own: GO or a slash ends a batch, DELIMITER says what ends a statement from here on, a dot is
        before what sqlite3's shell does."""
        text = self.text
        words = text[start:end].split()
        self._touch(start)
        if words[0].lower() in ("go", "/"):
            if _STATEMENT_START.match(text, end):
                self._statement(start, start)
                self._begin(end)
                self.resume = end
        elif self.first is None:
            if not words[0].startswith("."):
                self.delimiter = words[1]
            self._client(start, end)
            self._begin(end)
            self.resume = end
