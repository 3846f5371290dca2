"""SQL text -> commands: what `split` found, read statement by statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from migration_lint.model.statements import Command, Insert, Query, Statement, Unanalysed
from migration_lint.model.values import Span
from migration_lint.readers.sql import rows
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.hiding import family
from migration_lint.readers.sql.lexing import tokens, words
from migration_lint.readers.sql.splitting import RawStatement, blanked, count_rows, split
from migration_lint.readers.sql.statements import recognise

SpanOf = Callable[[int, int], Span]

LONGEST_READ_WHOLE = 10_000_000
"""Of texts of more characters than this, long statements are known by their heads only."""

MOST_STATEMENTS = 50_000
"""What follows after so many statements of one text is not read. No schema written by hand has a tenth of them;
replaying as many takes up to a minute (`benchmarks/sql_replay.py`)."""

_ROWS_A_STATEMENT = 4  # INSERTs of written rows that count as one statement, for what they cost

_LONG = 1_000  # characters; longer statements of a text that is too large are not looked into
_DEEPEST = 500  # brackets; nothing that was written by hand nests deeper
_BEFORE_VALUES = re.compile(r"[^('$]*[^('$\s]")
# The first alternative is a table of that name.
_VALUES = re.compile(r"(?:\bINTO\s+|\.\s*)VALUES\b|\bVALUES\s*\(", re.IGNORECASE)
_TEMPLATE = "a template fills this in"
_VALUES_WITHIN = 8_000  # characters; rows that begin later than this are lexed like anything else

# psql's and sqlite3's own commands that run something this reader does not see.
_HIDING_CLIENT_COMMANDS = {
    "\\i": "it reads another file",
    "\\ir": "it reads another file",
    "\\include": "it reads another file",
    "\\include_relative": "it reads another file",
    "\\!": "it runs a program",
    "\\gexec": "it runs the statements that the query before it returns",
    "\\c": "what follows runs in another database",
    "\\connect": "what follows runs in another database",
    "\\if": "what follows runs only under a condition",
    "\\elif": "what follows runs only under a condition",
    "\\else": "what follows runs only under a condition",
    ".read": "it reads another file",
    ".import": "it reads rows from another file",
    ".restore": "it replaces the whole database",
    ".shell": "it runs a program",
    ".system": "it runs a program",
}


def read_sql(
    text: str,
    dialect: str,
    span_of: SpanOf | None = None,
    longest: int = LONGEST_READ_WHOLE,
    most: int = MOST_STATEMENTS,
) -> Iterator[Command]:
    """The commands of `text`, one a statement, in order.

    `span_of` gives the span of two offsets in `text`; without it commands have no span. A statement that is not
    understood, or only in part, holds an `Unanalysed`; lines meant for a client that change nothing give no command.
    In a text of more characters than `longest`, long statements that carry no rows are not looked into. What follows
    after `most` statements is one `Unanalysed`.
    """
    reader = _Reader(text, dialect, span_of, too_large=len(text) > longest)
    left = most * _ROWS_A_STATEMENT
    for raw in split(text, dialect):
        if left <= 0 and raw.kind != "empty":
            yield reader.left_out(raw, most)
            return
        command = reader.command(raw)
        rows_only = command is None or all(isinstance(each, Insert) for each in command.statements)
        left -= 1 if rows_only else _ROWS_A_STATEMENT
        if command is not None:
            yield command


def read_statement(text: str, raw: RawStatement, dialect: str, span_of: SpanOf | None = None) -> Command | None:
    """The command of one statement that `split` found; None where there is nothing to run."""
    return _Reader(text, dialect, span_of, too_large=False).command(raw)


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is the same for all statements of a text."""

    text: str
    dialect: str
    span_of: SpanOf | None
    too_large: bool
    schemas: set[str] = field(default_factory=set)
    """The placeholders for schemas that have been told of: all names of a file may have the same one."""

    def command(self, raw: RawStatement) -> Command | None:
        span = self.span_of(raw.start, raw.end) if self.span_of else None
        sql = self.text[raw.start : raw.end]
        if raw.kind == "client":
            found = _client_command(sql, self.dialect)
            return Command(sql, found, span) if found else None
        if raw.problem is not None:
            return Command(sql, (Unanalysed(_head(sql), raw.problem.message),), span)
        if raw.kind == "empty":
            return None
        if (inserted := self._rows(raw)) is not None:
            return Command(sql, self._schemas_once(sql, inserted), span)
        if self.too_large and len(sql) > _LONG:
            reason = "the text is too large, so long statements are not looked into"
            return Command(sql, (Unanalysed(_head(sql), reason),), span)
        source = blanked(self.text, raw.start, raw.end, raw.comments)
        found, cursor = _understood(source, family(self.dialect))
        if len(cursor.tokens) == 1:
            return None  # nothing but template tags
        return Command(sql, self._schemas_once(sql, found), span, *_online(cursor))

    def left_out(self, raw: RawStatement, most: int) -> Command:
        """What stands for the statement and all that follow it."""
        span = self.span_of(raw.start, len(self.text.rstrip())) if self.span_of else None
        sql = self.text[raw.start : raw.end]
        reason = f"{most:,} statements of one text come before it, and no more are read"
        return Command(sql, (Unanalysed(f"from {_head(sql)} on", reason),), span)

    def _schemas_once(self, sql: str, found: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """`found` without the placeholders for schemas that an earlier statement has told of."""
        kept = []
        for each in found:
            if isinstance(each, Unanalysed) and each.reason == _TEMPLATE and f"{each.head}." in sql:
                if each.head in self.schemas:
                    continue
                self.schemas.add(each.head)
            kept.append(each)
        return tuple(kept)

    def _rows(self, raw: RawStatement) -> tuple[Statement, ...] | None:
        """INSERT … VALUES, by its head: the rows are counted but not lexed. None for anything else."""
        text = self.text
        if text[raw.start : raw.start + 8].upper().rstrip() not in ("INSERT", "INSERT I", "REPLACE"):
            return None
        candidates = _VALUES.finditer(text, raw.start, min(raw.end, raw.start + _VALUES_WITHIN))
        values = next((match.end() - 1 for match in candidates if match[0].endswith("(")), None)
        if values is None:
            return None
        head = blanked(text, raw.start, values, raw.comments).rstrip()
        found = _insert_head(head, family(self.dialect))
        if found is None or self.too_large:
            return found
        count = count_rows(text, values, raw.end, self.dialect)
        return tuple(Insert(each.table, each.columns, count) if isinstance(each, Insert) else each for each in found)


@lru_cache(maxsize=256)
def _insert_head(head: str, family_name: str) -> tuple[Statement, ...] | None:
    """What `INSERT INTO t (…) VALUES` asks for: a dump says the same thousands of times. None where it is no such
    head after all."""
    found, _ = _understood(head, family_name)
    return found if isinstance(found[0], Insert) else None


def _understood(source: str, family_name: str) -> tuple[tuple[Statement, ...], Tokens]:
    """What a statement asks for, with an `Unanalysed` for whatever in it is not known, and its tokens."""
    cursor = Tokens(tokens(source, family_name), family_name)
    found: list[Statement] = []
    try:
        if cursor.depth() > _DEEPEST:
            raise NotUnderstoodError(f"its brackets nest deeper than {_DEEPEST}")
        # One at a time, because what was understood before an error stands.
        for statement in recognise(cursor):
            found.append(statement)
    except NotUnderstoodError as error:
        found.append(Unanalysed(_head(source), str(error)))
    if not found and len(cursor.tokens) > 1:
        found.append(Query())
    holes = dict.fromkeys([token.text for token in cursor.tokens if token.kind == "hole"] + cursor.holes)
    found += [Unanalysed(hole, _TEMPLATE) for hole in holes]
    return tuple(found), cursor


def _head(sql: str) -> str:
    """The leading words that name a statement."""
    leading = _BEFORE_VALUES.match(sql[:200])
    return " ".join((leading[0] if leading else sql[:200]).split()[:4])[:60]


def _online(cursor: Tokens) -> tuple[str | None, str | None]:
    """What MySQL's ALGORITHM= and LOCK= clauses ask for, wherever they stand."""
    found: dict[str, str] = {}
    if cursor.family in ("mysql", "generic") and cursor.tokens[0].word in ("ALTER", "CREATE", "DROP"):
        for token, sign, value in zip(cursor.tokens, cursor.tokens[1:], cursor.tokens[2:], strict=False):
            if token.word in ("ALGORITHM", "LOCK"):
                chosen = value if sign.word == "=" else sign
                if chosen.word in _ONLINE_VALUES:
                    found[token.word] = chosen.word
    return found.get("ALGORITHM"), found.get("LOCK")


_ONLINE_VALUES = words("""DEFAULT INSTANT NOCOPY INPLACE COPY NONE SHARED EXCLUSIVE""")


def _client_command(line: str, dialect: str) -> tuple[Statement, ...]:
    """What a psql command runs, as far as that is seen."""
    name = line.split(None, 1)[0].lower()
    if reason := _HIDING_CLIENT_COMMANDS.get(name):
        return (Unanalysed(line.strip()[:60], reason),)
    if name != "\\copy":
        return ()
    family_name = family(dialect)
    source = line[1:]
    try:
        return tuple(rows.copy(Tokens(tokens(source, family_name), family_name)))
    except NotUnderstoodError as error:
        return (Unanalysed(line.strip()[:60], str(error)),)
