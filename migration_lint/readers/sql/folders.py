"""SQL folders -> migrations: what of each file runs, in which transaction, and what undoes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from migration_lint.model.migration import Dependency, NotAnalysed
from migration_lint.model.sql import SqlMigration, SqlStatement
from migration_lint.model.statements import LockTable, SetVariable, TransactionControl
from migration_lint.model.values import Span
from migration_lint.readers.sql import marks
from migration_lint.readers.sql.changesets import changesets, is_formatted
from migration_lint.readers.sql.layouts import Layout, MigrationFile
from migration_lint.readers.sql.marks import Read, Section, statements, together
from migration_lint.readers.sql.reading import LONGEST_READ_WHOLE, read_sql
from migration_lint.source import Source

# They send a file, or a part of it, as it is; PostgreSQL makes several statements of one string a transaction.
_ONE_STRING = (
    "golang-migrate",  # https://github.com/golang-migrate/migrate/tree/master/database/postgres, no x-multi-statement
    "prisma",
    "sqlx",  # `Executor::execute` of the whole text: the simple query protocol
    "diesel",  # `batch_execute`
    "dbmate",  # `Exec(migration.Up)`
    "node-pg-migrate",  # `pgm.sql(content)`
    "postgrator",
    "drizzle",
)
# Where a tool cuts such a string: https://orm.drizzle.team/docs/migrations; sqlx from 0.9 on.
_BREAKPOINT = re.compile(
    r"^[ \t]*--> statement-breakpoint|-> statement-breakpoint|/\*[ \t]*sqlx:[ \t]*split[ \t]*\*/", re.M
)
_DIESEL_NO_TRANSACTION = re.compile(r"^\s*run_in_transaction\s*=\s*false\b", re.MULTILINE)
_ATLAS_NO_TRANSACTION = re.compile(r"\A(?:\s*--.*\n)*?\s*--\s*atlas:txmode\s+none\b")
_YOYO_NO_TRANSACTION = re.compile(r"^--\s*transactional:\s*false\b", re.MULTILINE | re.IGNORECASE)
_TRANSACTION_EACH = ("flyway", "supabase", "drizzle", "yoyo", "liquibase")
_FLYWAY_OPTION = r"^[ \t]*(?:flyway\.)?{}[ \t]*=[ \t]*\"?{}\b"
_FLYWAY_NO_TRANSACTION = re.compile(_FLYWAY_OPTION.format("executeInTransaction", "false"), re.M | re.I)
_FLYWAY_MIXED = re.compile(_FLYWAY_OPTION.format("mixed", "true"), re.M | re.I)
# What Flyway runs outside of a transaction by itself: its PostgreSQLParser, detectCanExecuteInTransaction.
_FLYWAY_OUTSIDE = re.compile(
    r"(?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE|SUBSCRIPTION)\b|ALTER\s+SYSTEM\b"
    r"|(?:CREATE|DROP)(?:\s+UNIQUE)?\s+INDEX\s+CONCURRENTLY\b|REINDEX(?:\s+VERBOSE)?\s+(?:SCHEMA|DATABASE|SYSTEM)\b"
    r"|VACUUM\b|DISCARD\s+ALL\b",
    re.IGNORECASE,
)
_FLYWAY_REFUSES = (
    "Flyway refuses a file in which some statements run in a transaction and others cannot (mixed is false)"
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is the same for all files of a folder. `beside` holds the texts of other files that count."""

    layout: Layout
    sources: Mapping[str, Source]
    read: Read
    app: str
    engine: str
    beside: Mapping[str, str]


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
    `beside` holds the texts of other files that count: diesel's `metadata.toml`, Flyway's `.sql.conf` and, under the
    empty path, its configuration. Two files of one
    version depend on the same one before them, so neither comes after the other. A name that another migration has
    (changesets of several files) gets the file's before it. Flyway's baseline replaces the versions up to its own.
    Of files longer than `longest` characters only the heads of statements are read.
    """
    read = partial(read_sql, dialect=dialect, longest=longest)
    reading = _Reading(layout, sources, read, app, dialect, beside or {})
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
        for migration in _read_file(reading, file):
            name = migration.name if migration.name not in taken else f"{file.path}::{migration.name}"
            taken.add(name)
            found.append(replace(migration, name=name, dependencies=before))
            before = (Dependency(app, name),)
        if file.baseline:
            found[-1] = _baseline(found[-1], file.version, found[:-1])
        if not (file.baseline and found[-1].replaces):
            current += before
    downs = _has_downs(layout, found)
    versioned = (file.path for file in reversed(layout.files) if file.version and not file.repeatable)
    last = next((sources[path].path for path in versioned if path in sources), None)
    return tuple(replace(each, has_downs=downs and not each.repeatable, last_path=last) for each in found)


def _baseline(migration: SqlMigration, version: tuple[int, ...], earlier: list[SqlMigration]) -> SqlMigration:
    """Flyway's baseline, with the versions that a new database leaves out for it."""
    replaced = tuple(Dependency(each.app, each.name) for each in earlier if each.version and each.version <= version)
    return replace(migration, version=(), replaces=replaced)


def _has_downs(layout: Layout, migrations: list[SqlMigration]) -> bool:
    """Whether migrations are undone here: the tool wants it of each, or at least half of them can be."""
    once = [migration for migration in migrations if not migration.repeatable and not migration.replaces]
    return layout.wants_downs or 0 < len(once) <= 2 * sum(migration.down is not None for migration in once)


def _read_file(reading: _Reading, file: MigrationFile) -> Iterator[SqlMigration]:
    layout, source = reading.layout, reading.sources[file.path]
    down_source = reading.sources.get(file.down_path) if file.down_path else None
    sections = _sections(reading, file, source)
    for index, section in enumerate(sections):
        down = tuple(section.down) if section.has_down else None
        if down_source is not None:
            down = tuple(statements(down_source, 0, down_source.text, reading.read))
        end = sections[index + 1].start if index + 1 < len(sections) else len(source.text)
        repeatable = file.repeatable or section.repeatable
        yield SqlMigration(
            path=source.path,
            framework="sql",
            app=reading.app,
            name=section.name,
            span=source.span(section.start, end),
            atomic=section.transaction,
            operations=tuple(section.up) if file.language is None else (_foreign(file),),
            inputs=(down_source.path,) if down_source else (),
            layout=layout.tool,
            down=down,
            down_path=down_source.path if down_source else None,
            repeatable=repeatable,
            in_one_string=layout.tool in _ONE_STRING,
            version=file.version if layout.numbers and not repeatable else (),
        )


def _foreign(file: MigrationFile) -> NotAnalysed:
    """What a migration does that is not written in SQL: nobody knows."""
    return NotAnalysed(
        span=Span(1, 1, 1, 2), name=file.path.rpartition("/")[2], reason=f"it is {file.language}, only SQL is read"
    )


def _needs_transaction(operations: Iterable[SqlStatement]) -> bool:
    """Whether a file asks for what PostgreSQL has only in a transaction and opens none: whoever runs it does."""
    statements = [statement for operation in operations for statement in operation.command.statements]
    if any(isinstance(each, TransactionControl) and each.action == "begin" for each in statements):
        return False
    return any(
        isinstance(each, LockTable) or (isinstance(each, SetVariable) and each.scope == "local") for each in statements
    )


def _sections(reading: _Reading, file: MigrationFile, source: Source) -> list[Section]:
    tool = reading.layout.tool
    if file.language is not None:
        return [Section(file.name, transaction=True)]
    if tool == "liquibase" and is_formatted(source.text):
        return changesets(file.name, source, reading.read, reading.engine)
    if tool in marks.PATTERNS:
        section = marks.section(tool, file.name, source, reading.read)
    else:
        section = Section(file.name, _in_transaction(reading, file, source.text))
        section.up = statements(source, 0, source.text, reading.read)
    if (tool, reading.engine) == ("plain", "postgresql") and _needs_transaction(section.up):
        section.transaction = True
    if tool in _ONE_STRING:
        section.up = _in_strings(section.up, source)
    if tool == "flyway":
        _as_flyway(reading, section)
    return [section]


def _in_transaction(reading: _Reading, file: MigrationFile, text: str) -> bool:
    tool, beside = reading.layout.tool, reading.beside
    if tool == "diesel":
        # https://diesel.rs/guides/configuring-diesel-cli
        return not _DIESEL_NO_TRANSACTION.search(beside.get(f"{file.path.rpartition('/')[0]}/metadata.toml", ""))
    if tool == "flyway":
        # https://documentation.red-gate.com/flyway/reference/script-configuration
        own = beside.get(f"{file.path}.conf")
        return not _FLYWAY_NO_TRANSACTION.search(beside.get("", "") if own is None else own)
    if tool == "sqlx":
        return not text.startswith("-- no-transaction")
    if tool == "atlas":
        # https://atlasgo.io/versioned/apply#transaction-configuration
        return not _ATLAS_NO_TRANSACTION.match(text)
    if tool == "yoyo":
        return not _YOYO_NO_TRANSACTION.search(text)
    # golang-migrate, Prisma and psql open none; the Supabase CLI sends all statements as one batch.
    return tool in _TRANSACTION_EACH


def _in_strings(found: list[SqlStatement], source: Source) -> list[SqlStatement]:
    """The statements as they are sent: all in one string, or in several where the tool cuts it."""
    cuts = [source.position(match.start()) for match in _BREAKPOINT.finditer(source.text)]
    strings: dict[int, list[SqlStatement]] = {}
    for each in found:
        place = (each.span.line, each.span.column)
        strings.setdefault(sum(cut <= place for cut in cuts), []).append(each)
    return [each for string in strings.values() for each in together(string)]


def _as_flyway(reading: _Reading, section: Section) -> None:
    """Flyway looks for statements that no transaction can hold, and opens none for a file of them."""
    outside = [_FLYWAY_OUTSIDE.match(each.command.sql) is not None for each in section.up]
    if reading.engine not in ("postgresql", "generic") or not any(outside):
        return
    section.transaction = False
    if not all(outside) and not _FLYWAY_MIXED.search(reading.beside.get("", "")):
        first = outside.index(not outside[0])
        section.up[first] = replace(section.up[first], refusal=_FLYWAY_REFUSES)
