"""Folders of SQL migrations: which tool's layout a folder has, and in which order its files run.

Sources: https://documentation.red-gate.com/flyway/flyway-concepts/migrations ·
https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md · https://github.com/amacneil/dbmate ·
https://pressly.github.io/goose · https://diesel.rs/guides/getting-started · `sqlx-core/src/migrate/source.rs` of sqlx ·
https://www.prisma.io/docs/orm/prisma-migrate · https://supabase.com/docs/guides/deployment/database-migrations ·
https://docs.liquibase.com/concepts/changelogs/sql-format.html · https://orm.drizzle.team/docs/migrations ·
https://atlasgo.io/concepts/migration-directory-integrity · https://ollycope.com/software/yoyo/latest ·
https://github.com/rickbergfalk/postgrator, and those that `marks` names.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from migration_lint.readers.sql.changesets import HEAD as CHANGESETS
from migration_lint.readers.sql.marks import PATTERNS

Tool = Literal[
    "flyway",
    "golang-migrate",
    "sqlx",
    "dbmate",
    "goose",
    "sql-migrate",
    "node-pg-migrate",
    "tern",
    "mybatis",
    "diesel",
    "prisma",
    "supabase",
    "drizzle",
    "atlas",
    "yoyo",
    "postgrator",
    "liquibase",
    "plain",
]


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One migration: the file that makes the change, the file that undoes it if that is another one, what comes first
    in order, and its name. `repeatable` is Flyway's R__ and its callbacks, `baseline` its B__: what a new database runs
    instead of all versions up to that one. `language` is what it is written in where that is not SQL."""

    path: str
    name: str
    version: tuple[int, ...]
    down_path: str | None = None
    repeatable: bool = False
    baseline: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The tool, and the migrations in the order it runs them."""

    tool: Tool
    files: tuple[MigrationFile, ...]

    @property
    def wants_downs(self) -> bool:
        """Whether the tool makes a file that undoes a migration together with each one that does it."""
        return self.tool in ("diesel", "golang-migrate")

    @property
    def numbers(self) -> bool:
        """Whether the tool tells migrations apart by their versions; others go by whole names."""
        return self.tool not in ("prisma", "liquibase", "sql-migrate", "node-pg-migrate")


_LANGUAGES = {
    "java": "Java",
    "kt": "Kotlin",
    "groovy": "Groovy",
    "scala": "Scala",
    "sh": "a shell script",
    "bash": "a shell script",
    "ps1": "PowerShell",
    "bat": "a batch file",
    "cmd": "a batch file",
    "go": "Go",
}
_FLYWAY = re.compile(
    rf"(?P<kind>[VURB])(?P<version>\d[\d._]*)?__(?P<name>.+)\.(?P<ending>sql|{'|'.join(_LANGUAGES)})", re.IGNORECASE
)
# https://documentation.red-gate.com/flyway/reference/callback-events: those of `migrate`
_CALLBACK = re.compile(
    r"(?:(?:before|after)(?:EachMigrate|Migrate|Versioned|Repeatables)|afterMigrateApplied)(?:__.+)?\.sql"
)
_GO = re.compile(r"\d+_.+(?<!_test)\.go", re.IGNORECASE)
_UP_DOWN = re.compile(
    r"(?P<version>\d+)(?P<name>[^/]*?)\.(?P<kind>up|down|do|undo|rollback)(?P<more>\.[^/]+)?\.sql", re.IGNORECASE
)
_DOWN_KINDS = ("down", "undo", "rollback")
_DIRECTORY = re.compile(r"(?P<version>[\d-]+)_(?P<name>[^/]+)/(?P<kind>up|down|migration)\.sql", re.IGNORECASE)
_NUMBERED = re.compile(r"[^\d/]{0,3}(?P<version>\d+(?:[._]\d+)*)(?P<name>[^/]*)\.(?:sql|go)", re.IGNORECASE)
# 1.2.1a comes after 1.2.1, and 1.0.0-rc2 before 1.0.0.
_LETTER = re.compile(r"\d+(?:\.\d+)*(?P<letter>[a-z])")
_PRE_RELEASE = re.compile(r"\d+(?:\.\d+)*[-_.]?(?P<word>alpha|beta|pre|rc)[-_.]?(?P<number>\d*)", re.IGNORECASE)
_MARKS: tuple[tuple[re.Pattern[str], Tool], ...] = (
    (re.compile(r"^--\s*\+goose\s+up\b", re.IGNORECASE | re.MULTILINE), "goose"),
    (re.compile(r"^--\s*\+migrate\s+up\b", re.IGNORECASE | re.MULTILINE), "sql-migrate"),
    (re.compile(r"^--\s*migrate:up\b", re.MULTILINE), "dbmate"),
    (CHANGESETS, "liquibase"),
    (PATTERNS["tern"], "tern"),
    (PATTERNS["mybatis"], "mybatis"),
    (PATTERNS["node-pg-migrate"], "node-pg-migrate"),
    (re.compile(r"^--> statement-breakpoint", re.MULTILINE), "drizzle"),
    (re.compile(r"^--\s*atlas:txmode\b", re.MULTILINE), "atlas"),
)


def find_layout(files: Mapping[str, str], beside: Collection[str] = ()) -> Layout:
    """The layout of a folder.

    `files` are its files: the path relative to it, with `/`, and the text or its beginning. `beside` are names of
    files and folders in it and above it that tell tools apart: `Cargo.toml`, `atlas.sum`, `supabase`.
    """
    paths = sorted(files)
    tool = _tool(paths, files, beside)
    if tool == "flyway":
        return Layout(tool, _flyway(paths))
    if tool in ("golang-migrate", "sqlx", "diesel", "prisma", "yoyo", "postgrator"):
        return Layout(tool, _in_order(_pairs(paths), tool))
    numbered = (_numbered(path) for path in paths if tool == "goose" or not is_foreign(path.rpartition("/")[2]))
    return Layout(tool, _in_order(numbered, tool))


# Prisma, the Supabase CLI, dbmate and diesel go by names: 20260108_b comes after 20250326162113_a.
_BY_NAME = ("prisma", "supabase", "dbmate", "diesel")


def _in_order(files: Iterable[MigrationFile], tool: Tool) -> tuple[MigrationFile, ...]:
    return tuple(sorted(files, key=lambda file: ((), file.path) if tool in _BY_NAME else (file.version, file.path)))


def is_marked(text: str) -> bool:
    """Whether a file's beginning holds a mark of a tool's."""
    return any(mark.search(text) for mark, _ in _MARKS)


def is_flyway(name: str) -> bool:
    """Whether a file is called as Flyway wants it: such files may lie in folders below its own."""
    return _FLYWAY.fullmatch(name) is not None


def is_foreign(name: str) -> bool:
    """Whether a file is called as migrations are that Flyway or goose run and that are not written in SQL."""
    flyway = _FLYWAY.fullmatch(name)
    return _GO.fullmatch(name) is not None or (flyway is not None and flyway["ending"].lower() != "sql")


def is_leaf(path: str) -> bool:
    """Whether a path ends as one of those tools that give each migration a folder: `2024-01-01_a/up.sql`."""
    return _DIRECTORY.fullmatch("/".join(path.rsplit("/", 2)[-2:])) is not None


def is_pair(name: str) -> bool:
    """Whether a file is called as one of two: `1_a.up.sql`, `1_a.down.sql`."""
    return _UP_DOWN.fullmatch(name) is not None


def is_numbered(name: str) -> bool:
    """Whether a file's name begins with a number."""
    return name[:1].isdigit()


def _tool(paths: list[str], files: Mapping[str, str], beside: Collection[str]) -> Tool:
    for mark, tool in _MARKS:
        if any(mark.search(text) for text in files.values()):
            return tool
    names = [path.rpartition("/")[2] for path in paths]
    if any(_FLYWAY.fullmatch(name) for name in names):
        return "flyway"
    if any(match["kind"].lower() == "migration" for match in map(_DIRECTORY.fullmatch, paths) if match):
        return "prisma"
    if any(map(_DIRECTORY.fullmatch, paths)):
        return "diesel"
    kinds = {pair["kind"].lower() for pair in map(_UP_DOWN.fullmatch, names) if pair}
    if kinds & {"up", "down"}:
        return "sqlx" if "Cargo.toml" in beside else "golang-migrate"
    if kinds:
        return "yoyo" if "rollback" in kinds else "postgrator"
    if "atlas.sum" in beside:
        return "atlas"
    if "_journal.json" in beside:
        return "drizzle"
    if "supabase" in beside:
        return "supabase"
    if "Cargo.toml" in beside and all(map(_NUMBERED.fullmatch, names)):
        return "sqlx"
    return "plain"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _flyway(paths: list[str]) -> tuple[MigrationFile, ...]:
    """Versioned ones by version, then the repeatable ones by description, last the callbacks, which run each time. A
    baseline stands for all up to it."""
    undo: dict[tuple[int, ...], str] = {}
    found, callbacks = [], []
    for path in paths:
        name = path.rpartition("/")[2]
        match = _FLYWAY.fullmatch(name)
        if match is None:
            if _CALLBACK.fullmatch(name):
                callbacks.append(MigrationFile(path, name[:-4], (), repeatable=True))
            continue
        version, kind = _version(match["version"] or ""), match["kind"].upper()
        if kind == "U":
            undo[version] = path
            continue
        stem = name[: -len(match["ending"]) - 1]
        language = _LANGUAGES.get(match["ending"].lower())
        found.append(MigrationFile(path, stem, version, None, kind == "R", kind == "B", language))
    found = [
        replace(file, down_path=None if file.repeatable or file.baseline else undo.get(file.version)) for file in found
    ]
    found.sort(key=lambda file: (file.repeatable, file.version, file.baseline, file.path))
    return (*found, *callbacks)


def _pairs(paths: list[str]) -> Iterator[MigrationFile]:
    """Files that come in twos, an up and a down; a single file is an up."""
    downs: dict[str, str] = {}
    ups: list[tuple[str, str, tuple[int, ...]]] = []
    for path in paths:
        match = _DIRECTORY.fullmatch(path) or _UP_DOWN.fullmatch(path.rpartition("/")[2])
        if match is None:
            plain = _numbered(path)
            ups.append((path, plain.name, plain.version))
            continue
        found = match.groupdict()
        name = f"{match['version']}{'' if 'more' in found else '_'}{match['name']}{found.get('more') or ''}"
        if match["kind"].lower() in _DOWN_KINDS:
            downs[name] = path
        else:
            ups.append((path, name, _version(match["version"])))
    for path, name, version in ups:
        yield MigrationFile(path, name, version, downs.get(name))


def _numbered(path: str) -> MigrationFile:
    """A file whose place is its number; what has none comes in the order of its name, before all that have."""
    name = path.rpartition("/")[2]
    match = _NUMBERED.fullmatch(name)
    stem, _, ending = name.rpartition(".")
    version = _version(match["version"]) if match else ()
    if letter := _LETTER.fullmatch(stem):
        version += (ord(letter["letter"]),)
    elif pre := _PRE_RELEASE.fullmatch(stem):
        # After all of the release before, and before its own.
        version = (*version[:-1], version[-1] - 1, sys.maxsize, *map(ord, pre["word"][:1]), *_version(pre["number"]))
    return MigrationFile(path, stem, version, language=_LANGUAGES.get(ending))
