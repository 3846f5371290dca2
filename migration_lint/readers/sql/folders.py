"""SQL folders -> migrations: what of each file runs, in which transaction, and what undoes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from migration_lint.model.migration import Dependency
from migration_lint.model.sql import SqlMigration, SqlStatement
from migration_lint.model.statements import (
    Command,
    CreateIndex,
    DetachPartition,
    DropIndex,
    Maintenance,
    Reindex,
)
from migration_lint.model.values import Span
from migration_lint.readers.sql.layouts import Layout, MigrationFile
from migration_lint.readers.sql.reading import LONGEST_READ_WHOLE, read_sql
from migration_lint.source import Source

_Read = Callable[..., Iterator[Command]]

_MARKS = {
    "goose": re.compile(
        r"^[ \t]*--[ \t]*\+goose[ \t]+(?P<word>up|down|no[ \t]+transaction|statementbegin|statementend)\b(?P<rest>.*)",
        re.IGNORECASE | re.MULTILINE,
    ),
    "dbmate": re.compile(r"^[ \t]*--[ \t]*migrate:(?P<word>up|down)\b(?P<rest>.*)", re.MULTILINE),
    "liquibase": re.compile(r"^[ \t]*--[ \t]*(?P<word>changeset|rollback)\b(?P<rest>.*)", re.IGNORECASE | re.MULTILINE),
}
_NO_TRANSACTION = re.compile(r"\A\s*--\s*no-transaction\b", re.IGNORECASE)
_DIESEL_NO_TRANSACTION = re.compile(r"^\s*run_in_transaction\s*=\s*false\b", re.MULTILINE)
_FLYWAY_NO_TRANSACTION = re.compile(r"^\s*executeInTransaction\s*=\s*false\b", re.MULTILINE | re.IGNORECASE)
_MYSQL_WORDS = re.compile(
    r"`\w|\bengine\s*=|\bauto_increment\b|^\s*delimiter\s|\bunsigned\b", re.IGNORECASE | re.MULTILINE
)
_SQLITE_WORDS = re.compile(r"\bautoincrement\b|^\s*pragma\s|\bwithout\s+rowid\b", re.IGNORECASE | re.MULTILINE)
_POSTGRESQL_WORDS = re.compile(
    r"\$\w*\$|\w::\w|\bconcurrently\b|\b(?:big|small)?serial\b|\bjsonb\b|\btimestamptz\b|\bplpgsql\b|\bcreate\s+extension\b"
    r"|\busing\s+g(?:in|ist)\b|\bgenerated\s+(?:always|by\s+default)\s+as\s+identity\b",
    re.IGNORECASE,
)


def dialect_of(text: str) -> str:
    """The dialect that a text is most likely in, by words only one of them has; `generic` if none is there."""
    found = {
        "mysql": len(_MYSQL_WORDS.findall(text)),
        "sqlite": len(_SQLITE_WORDS.findall(text)),
        "postgresql": len(_POSTGRESQL_WORDS.findall(text)),
    }
    best = max(found, key=lambda name: found[name])
    return best if found[best] else "generic"


@dataclass(slots=True)
class _Section:
    """One migration of a file: what it does and undoes, and whether it runs in a transaction."""

    name: str
    transaction: bool
    up: list[SqlStatement] = field(default_factory=list)
    down: list[SqlStatement] = field(default_factory=list)
    has_down: bool = False
    start: int = 0


def read_folder(
    layout: Layout,
    sources: Mapping[str, Source],
    dialect: str,
    app: str,
    beside: Mapping[str, str] | None = None,
    longest: int = LONGEST_READ_WHOLE,
) -> tuple[SqlMigration, ...]:
    """The migrations of a folder in the order they run, each depending on the one before.

    `sources` holds the SQL files by their path relative to the folder; files that are missing there are passed over.
    `beside` holds the texts of other files that count: diesel's `metadata.toml`, Flyway's `.sql.conf`. Two files of one
    version depend on the same one before them, so neither comes after the other. A name that another migration has
    (changesets of several files) gets the file's before it. Flyway's baseline replaces the versions up to its own.
    Of files longer than `longest` characters only the heads of statements are read.
    """
    read = partial(read_sql, dialect=dialect, longest=longest)
    found: list[SqlMigration] = []
    previous: tuple[Dependency, ...] = ()
    current: tuple[Dependency, ...] = ()
    version: tuple[int, ...] | None = None
    taken: set[str] = set()
    for file in layout.files:
        if file.path not in sources:
            continue
        beside_it = layout.numbers and file.version == version and file.version and not file.repeatable
        if not beside_it:
            previous, current = current or previous, ()
        version = file.version
        before = () if file.baseline else previous
        for migration in _read_file(layout, file, sources, read, app, beside or {}):
            name = migration.name if migration.name not in taken else f"{file.path}::{migration.name}"
            taken.add(name)
            found.append(replace(migration, name=name, dependencies=before))
            before = (Dependency(app, name),)
        if file.baseline:
            found[-1] = _baseline(found[-1], file.version, found[:-1])
        if not (file.baseline and found[-1].replaces):
            current += before
    downs = _has_downs(layout, found)
    return tuple(replace(migration, has_downs=downs and not migration.repeatable) for migration in found)


def _baseline(migration: SqlMigration, version: tuple[int, ...], earlier: list[SqlMigration]) -> SqlMigration:
    """Flyway's baseline, with the versions that a new database leaves out for it."""
    replaced = tuple(Dependency(each.app, each.name) for each in earlier if each.version and each.version <= version)
    return replace(migration, version=(), replaces=replaced)


def _has_downs(layout: Layout, migrations: list[SqlMigration]) -> bool:
    """Whether migrations are undone here: the tool wants it of each, or at least half of them can be."""
    once = [migration for migration in migrations if not migration.repeatable and not migration.replaces]
    return layout.wants_downs or 0 < len(once) <= 2 * sum(migration.down is not None for migration in once)


def _read_file(
    layout: Layout,
    file: MigrationFile,
    sources: Mapping[str, Source],
    read: _Read,
    app: str,
    beside: Mapping[str, str],
) -> Iterator[SqlMigration]:
    source = sources[file.path]
    down_source = sources.get(file.down_path) if file.down_path else None
    sections = _sections(layout, file, source, read, beside)
    for index, section in enumerate(sections):
        down = tuple(section.down) if section.has_down else None
        if down_source is not None:
            down = tuple(_operations(down_source, read))
        end = sections[index + 1].start if index + 1 < len(sections) else len(source.text)
        yield SqlMigration(
            path=source.path,
            framework="sql",
            app=app,
            name=section.name,
            span=source.span(section.start, end),
            atomic=section.transaction,
            operations=tuple(section.up),
            inputs=(down_source.path,) if down_source else (),
            layout=layout.tool,
            down=down,
            down_path=down_source.path if down_source else None,
            repeatable=file.repeatable,
            in_one_string=layout.tool in ("golang-migrate", "prisma", "sqlx", "diesel"),
            version=file.version if layout.numbers and not file.repeatable else (),
        )


def _sections(
    layout: Layout, file: MigrationFile, source: Source, read: _Read, beside: Mapping[str, str]
) -> list[_Section]:
    if layout.tool in _MARKS:
        return _marked(layout.tool, file.name, source, read)
    section = _Section(file.name, _in_transaction(layout, file, source.text, beside))
    section.up = list(_operations(source, read))
    if layout.tool == "flyway" and any(_runs_outside(operation.command) for operation in section.up):
        # Flyway looks for such statements by itself and then opens no transaction.
        section.transaction = False
    return [section]


def _in_transaction(layout: Layout, file: MigrationFile, text: str, beside: Mapping[str, str]) -> bool:
    if layout.tool == "diesel":
        folder = file.path.rpartition("/")[0]
        return not _DIESEL_NO_TRANSACTION.search(beside.get(f"{folder}/metadata.toml", ""))
    if layout.tool == "flyway":
        return not _FLYWAY_NO_TRANSACTION.search(beside.get(f"{file.path}.conf", ""))
    if layout.tool == "sqlx":
        return not _NO_TRANSACTION.match(text)
    # golang-migrate, Prisma and psql open none; the Supabase CLI sends all statements as one batch.
    return layout.tool == "supabase"


def _runs_outside(command: Command) -> bool:
    """Whether PostgreSQL refuses the command in a transaction."""
    for statement in command.statements:
        if isinstance(statement, (CreateIndex, DropIndex, Reindex, DetachPartition)) and statement.concurrently:
            return True
        if isinstance(statement, Maintenance) and statement.action.startswith("vacuum"):
            return True
    return False


def _operations(source: Source, read: _Read) -> Iterator[SqlStatement]:
    for command in read(source.text, span_of=source.span):
        yield _operation(command)


def _operation(command: Command) -> SqlStatement:
    assert command.span is not None
    return SqlStatement(span=command.span, command=command)


def _marked(tool: str, name: str, source: Source, read: _Read) -> list[_Section]:
    """The sections of a file in which comments say what is up, what is down, and where a changeset begins.

    Such a comment also ends the statement before it, whether that has a semicolon or not.
    """
    text = source.text
    sections = [_Section(name, transaction=True)]
    marks = list(_MARKS[tool].finditer(text))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(text)]
    is_down = False
    for mark, start, end in zip([None, *marks], starts, ends, strict=True):
        word = mark["word"].lower() if mark else ""
        if mark is not None and word == "changeset":
            sections.append(_changeset(mark))
            is_down = False
        elif mark is not None and word == "rollback":
            sections[-1].has_down = True
            if mark["rest"].strip().lower() not in ("empty", "not required"):
                sections[-1].down += _part(source, mark.start("rest"), mark.end("rest"), read)
        elif word in ("up", "down"):
            is_down = word == "down"
            sections[-1].has_down |= is_down
        options = mark["rest"].replace(" ", "").lower() if mark else ""
        if word.startswith("no") or (word == "up" and "transaction:false" in options):
            sections[-1].transaction = False
        (sections[-1].down if is_down else sections[-1].up).extend(_part(source, start, end, read))
    return sections if len(sections) == 1 or sections[0].up else sections[1:]


def _changeset(mark: re.Match[str]) -> _Section:
    """`--changeset author:id runInTransaction:false`."""
    attributes = mark["rest"].split()
    transaction = "runintransaction:false" not in mark["rest"].lower()
    return _Section(attributes[0] if attributes else "", transaction, start=mark.start())


def _part(source: Source, first: int, last: int, read: _Read) -> list[SqlStatement]:
    """The statements of a part of the file."""

    def span_of(start: int, end: int) -> Span:
        return source.span(first + start, first + end)

    return [_operation(command) for command in read(source.text[first:last], span_of=span_of)]
