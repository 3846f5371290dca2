"""Comments that tell a tool which part of a SQL file does something, which undoes it, and how it is to be run.

Sources: https://pressly.github.io/goose/documentation/annotations/ ·
https://github.com/amacneil/dbmate#migration-options · https://github.com/rubenv/sql-migrate#writing-migrations ·
https://salsita.github.io/node-pg-migrate (`sqlMigration.ts`) · https://github.com/jackc/tern#migrations ·
https://mybatis.org/migrations/migrate.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import Command
from migration_lint.model.values import Span
from migration_lint.source import Source

Read = Callable[..., Iterator[Command]]

_LINE = re.IGNORECASE | re.MULTILINE
_GOOSE = r"^[ \t]*--[ \t]*\+{}[ \t]+(?P<word>up|down|no[ \t]+transaction|statementbegin|statementend)\b(?P<rest>.*)"
PATTERNS = {
    "goose": re.compile(_GOOSE.format("goose"), _LINE),
    "sql-migrate": re.compile(_GOOSE.format("migrate"), _LINE),
    "dbmate": re.compile(r"^--[ \t]*migrate:(?P<word>up|down)\b(?P<rest>.*)", re.MULTILINE),
    "node-pg-migrate": re.compile(r"^[ \t]*--[ \t-]*(?P<word>up|down)[ \t]+migration(?P<rest>.*)", _LINE),
    "tern": re.compile(
        r"^----[ \t]*(?P<word>create above / drop below|tern: disable-tx)[ \t]*----(?P<rest>)", re.MULTILINE
    ),
    "mybatis": re.compile(r"^--[ \t]*//[ \t]*@(?P<word>undo)\b(?P<rest>.*)", _LINE),
}
_BEGINS_DOWN = ("down", "create above / drop below", "undo")
# sql-migrate writes `Up notransaction`, dbmate `up transaction:false`.
_NO_TRANSACTION = re.compile(r"\btransaction:false\b|\bnotransaction\b", re.IGNORECASE)


@dataclass(slots=True)
class Section:
    """One migration of a file: what it does and undoes, and whether it runs in a transaction."""

    name: str
    transaction: bool
    up: list[SqlStatement] = field(default_factory=list)
    down: list[SqlStatement] = field(default_factory=list)
    has_down: bool = False
    start: int = 0
    repeatable: bool = False


def section(tool: str, name: str, source: Source, read: Read) -> Section:
    """What a file in which such comments stand does and undoes.

    A comment also ends the statement before it, whether that has a semicolon or not. What stands between
    StatementBegin and StatementEnd is sent in one string.
    """
    text = source.text
    found = Section(name, transaction=True)
    marks = list(PATTERNS[tool].finditer(text))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(text)]
    is_down = False
    for mark, start, end in zip([None, *marks], starts, ends, strict=True):
        word = mark["word"].lower() if mark else ""
        if word == "up" or word in _BEGINS_DOWN:
            is_down = word != "up"
            found.has_down |= is_down
        option = mark["rest"] if mark is not None and word == "up" else ""
        if word.startswith("no") or word == "tern: disable-tx" or _NO_TRANSACTION.search(option):
            found.transaction = False
        part = statements(source, start, text[start:end], read)
        (found.down if is_down else found.up).extend(together(part) if word == "statementbegin" else part)
    return found


def statements(source: Source, first: int, text: str, read: Read) -> list[SqlStatement]:
    """The statements of a text that stands in a file from the offset `first` on."""

    def span_of(start: int, end: int) -> Span:
        return source.span(first + start, first + end)

    found = []
    for command in read(text, span_of=span_of):
        assert command.span is not None
        found.append(SqlStatement(span=command.span, command=command))
    return found


def together(found: list[SqlStatement]) -> list[SqlStatement]:
    """Statements that are sent in one string."""
    return [replace(each, several=len(found) > 1) for each in found]
