"""Liquibase's formatted SQL: the changesets of a file.

Sources: https://docs.liquibase.com/concepts/changelogs/sql-format.html,
https://docs.liquibase.com/concepts/changelogs/attributes/home.html and Liquibase's AbstractFormattedChangeLogParser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migration_lint.model.sql import SqlStatement
from migration_lint.readers.sql.marks import Read, Section, statements, together
from migration_lint.source import Source

_LINE = re.IGNORECASE | re.MULTILINE
HEAD = re.compile(r"^[ \t]*--[ \t]*liquibase[ \t]+formatted[ \t]+sql", _LINE)
_CHANGESET = re.compile(r"^[ \t]*--[ \t]*changeset[ \t]+(?P<rest>.*)", _LINE)
_ID = re.compile(r"(?P<author>\"[^\"]*\"|[^:\s]+):(?P<id>\"[^\"]*\"|\S+)")
_ATTRIBUTE = re.compile(r"(?P<name>\w+):(?P<value>\"[^\"]*\"|\S*)")
# A rollback is the rest of a line, or of several; or a comment of its own.
_ROLLBACK = re.compile(
    r"^[ \t]*--[ \t]*rollback\b(?P<line>.*)|^[ \t]*/\*[ \t]*liquibase[ \t]+rollback[ \t]*$(?P<block>[\s\S]*?)\*/", _LINE
)
_NOTHING = ("empty", "not required")
_ELSEWHERE = re.compile(r"changesetid\s*:", re.IGNORECASE)
# What Liquibase calls databases, where that is another name than ours.
_SHORT_NAMES = {"mssql": "sqlserver", "edb": "postgresql"}


def is_formatted(text: str) -> bool:
    """Whether a file says that it holds changesets; others are run as they are."""
    return HEAD.search(text) is not None


def changesets(name: str, source: Source, read: Read, engine: str) -> list[Section]:
    """The changesets of a file that run on the engine. What stands before the first belongs to none and is not run."""
    text = source.text
    marks = list(_CHANGESET.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    found = []
    for mark, end in zip(marks, ends, strict=True):
        identity = _ID.match(mark["rest"])
        attributes = {
            each["name"].lower(): each["value"].strip('"')
            for each in _ATTRIBUTE.finditer(mark["rest"], identity.end() if identity else 0)
        }
        if not _runs(attributes, engine):
            continue
        title = identity[0].replace('"', "") if identity else name
        changeset = Section(title, attributes.get("runintransaction", "true").lower() != "false", start=mark.start())
        changeset.repeatable = any(attributes.get(key, "").lower() == "true" for key in ("runonchange", "runalways"))
        rollbacks = list(_ROLLBACK.finditer(text, mark.end(), end))
        changeset.up = _up(source, mark.end(), end, rollbacks, attributes, read)
        changeset.down = _down(source, mark.end(), end, rollbacks, read)
        changeset.has_down = bool(rollbacks)
        found.append(changeset)
    return found


def _runs(attributes: dict[str, str], engine: str) -> bool:
    """Whether a changeset is run on the engine: `dbms:postgresql,mysql`, `dbms:!h2`; not at all with `ignore:true`."""
    if attributes.get("ignore", "").lower() == "true" or engine == "generic":
        return attributes.get("ignore", "").lower() != "true"
    names = [name.strip().lower() for name in attributes.get("dbms", "").split(",") if name.strip()]
    meant = [name for name in names if not name.startswith("!")]
    if any(_SHORT_NAMES.get(name[1:], name[1:]) == engine for name in names if name.startswith("!")):
        return False
    return not meant or "all" in meant or any(_SHORT_NAMES.get(name, name) == engine for name in meant)


def _up(
    source: Source, start: int, end: int, rollbacks: list[re.Match[str]], attributes: dict[str, str], read: Read
) -> list[SqlStatement]:
    """The statements of a changeset, split as its attributes say."""
    text = _kept(source.text, start, end, _between(start, end, rollbacks))
    if attributes.get("splitstatements", "").lower() == "false":
        return together(statements(source, start, text, read))
    delimiter = attributes.get("enddelimiter")
    if not delimiter or delimiter == ";":
        return statements(source, start, text, read)
    found: list[SqlStatement] = []
    for first, last in _split(text, delimiter):
        found += together(statements(source, start + first, text[first:last], read))
    return found


def _split(text: str, delimiter: str) -> Iterator[tuple[int, int]]:
    """The parts between delimiters: `GO` and `/` are lines of their own, any other may stand anywhere."""
    literal = re.escape(delimiter.replace("\\n", "").strip())
    alone = delimiter.strip().lower() in ("go", "/") or "\\n" in delimiter
    pattern = re.compile(rf"^[ \t]*{literal}[ \t]*$" if alone else literal, _LINE)
    start = 0
    for match in pattern.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _down(source: Source, start: int, end: int, rollbacks: list[re.Match[str]], read: Read) -> list[SqlStatement]:
    """What undoes a changeset: one text, on however many lines it stands."""
    regions = []
    for rollback in rollbacks:
        group = "block" if rollback["block"] is not None else "line"
        words = rollback[group].strip().lower().rstrip(";")
        if words not in _NOTHING and not _ELSEWHERE.search(words):
            regions.append(rollback.span(group))
    if not regions:
        return []
    return statements(source, start, _kept(source.text, start, end, regions), read)


def _between(start: int, end: int, marks: list[re.Match[str]]) -> list[tuple[int, int]]:
    starts = [start, *(mark.end() for mark in marks)]
    return list(zip(starts, [*(mark.start() for mark in marks), end], strict=True))


def _kept(text: str, start: int, end: int, regions: list[tuple[int, int]]) -> str:
    """A part of a text in which all but the regions is blank, line by line, so that places stay what they are."""
    pieces, last = [], start
    for first, after in regions:
        pieces += [_blank(text[last:first]), text[first:after]]
        last = after
    return "".join([*pieces, _blank(text[last:end])])


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)
