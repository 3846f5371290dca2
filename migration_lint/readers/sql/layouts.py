"""Folders of SQL migrations: which tool's layout a folder has, and in which order its files run.

Sources: the documentation of Flyway (migrations), golang-migrate (MIGRATIONS.md), dbmate, goose, diesel (`diesel
migration`), sqlx (`sqlx migrate`), Prisma Migrate, the Supabase CLI and Liquibase (formatted SQL).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

Tool = Literal[
    "flyway", "golang-migrate", "sqlx", "dbmate", "goose", "diesel", "prisma", "supabase", "liquibase", "plain"
]


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One migration: the file that makes the change, the file that undoes it if that is another one, what comes first
    in order, and its name. `repeatable` is Flyway's R__, `baseline` its B__: what a new database runs instead of all
    versions up to that one."""

    path: str
    name: str
    version: tuple[int, ...]
    down_path: str | None = None
    repeatable: bool = False
    baseline: bool = False


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
        """Whether the tool tells migrations apart by their versions; Prisma and Liquibase go by whole names."""
        return self.tool not in ("prisma", "liquibase")


_FLYWAY = re.compile(r"(?P<kind>[VURB])(?P<version>\d[\d._]*)?__(?P<name>.+)\.sql", re.IGNORECASE)
_UP_DOWN = re.compile(r"(?P<version>\d+)_(?P<name>.+)\.(?P<kind>up|down)\.sql", re.IGNORECASE)
_DIRECTORY = re.compile(r"(?P<version>[\d-]+)_(?P<name>[^/]+)/(?P<kind>up|down|migration)\.sql", re.IGNORECASE)
_NUMBERED = re.compile(r"[^\d/]{0,3}(?P<version>\d+(?:[._]\d+)*)(?P<name>[^/]*)\.sql", re.IGNORECASE)
_MARKS: tuple[tuple[re.Pattern[str], Tool], ...] = (
    (re.compile(r"^--\s*\+goose\s+up\b", re.IGNORECASE | re.MULTILINE), "goose"),
    (re.compile(r"^--\s*migrate:up\b", re.MULTILINE), "dbmate"),
    (re.compile(r"^\s*--\s*liquibase\s+formatted\s+sql", re.IGNORECASE | re.MULTILINE), "liquibase"),
)


def find_layout(files: Mapping[str, str], beside: Collection[str] = ()) -> Layout:
    """The layout of a folder.

    `files` are its SQL files: the path relative to it, with `/`, and the text or its beginning. `beside` are names of
    files and folders in it and above it that tell tools apart: `Cargo.toml`, `migration_lock.toml`, `supabase`.
    """
    paths = sorted(files)
    tool = _tool(paths, files, beside)
    if tool == "flyway":
        return Layout(tool, _flyway(paths))
    if tool in ("golang-migrate", "sqlx", "diesel", "prisma"):
        return Layout(tool, _pairs(paths))
    numbered = (_numbered(path) for path in paths)
    return Layout(tool, tuple(sorted(numbered, key=lambda file: (file.version, file.path))))


def is_marked(text: str) -> bool:
    """Whether a file's beginning holds a mark of a tool's."""
    return any(mark.search(text) for mark, _ in _MARKS)


def is_flyway(name: str) -> bool:
    """Whether a file is called as Flyway wants it: such files may lie in folders below its own."""
    return _FLYWAY.fullmatch(name) is not None


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
    if any(_UP_DOWN.fullmatch(name) for name in names):
        return "sqlx" if "Cargo.toml" in beside else "golang-migrate"
    if "supabase" in beside:
        return "supabase"
    if "Cargo.toml" in beside and all(map(_NUMBERED.fullmatch, names)):
        return "sqlx"
    return "plain"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _flyway(paths: list[str]) -> tuple[MigrationFile, ...]:
    """Versioned ones by version, then the repeatable ones by description. A baseline stands for all up to it."""
    undo: dict[tuple[int, ...], str] = {}
    found = []
    for path in paths:
        name = path.rpartition("/")[2]
        match = _FLYWAY.fullmatch(name)
        if match is None:
            continue
        version = _version(match["version"] or "")
        if match["kind"].upper() == "U":
            undo[version] = path
        else:
            kind = match["kind"].upper()
            found.append(MigrationFile(path, name[:-4], version, None, kind == "R", kind == "B"))
    found = [
        replace(file, down_path=None if file.repeatable or file.baseline else undo.get(file.version)) for file in found
    ]
    return tuple(sorted(found, key=lambda file: (file.repeatable, file.version, file.baseline, file.path)))


def _pairs(paths: list[str]) -> tuple[MigrationFile, ...]:
    """Files that come in twos, an up and a down; a single file is an up."""
    downs: dict[str, str] = {}
    ups: list[tuple[str, str, tuple[int, ...]]] = []
    for path in paths:
        match = _DIRECTORY.fullmatch(path) or _UP_DOWN.fullmatch(path.rpartition("/")[2])
        if match is None:
            plain = _numbered(path)
            ups.append((path, plain.name, plain.version))
            continue
        name = f"{match['version']}_{match['name']}"
        if match["kind"].lower() == "down":
            downs[name] = path
        else:
            ups.append((path, name, _version(match["version"])))
    found = (MigrationFile(path, name, version, downs.get(name)) for path, name, version in ups)
    return tuple(sorted(found, key=lambda file: (file.version, file.path)))


def _numbered(path: str) -> MigrationFile:
    """A file whose place is its number; what has none comes in the order of its name, before all that have."""
    name = path.rpartition("/")[2]
    match = _NUMBERED.fullmatch(name)
    return MigrationFile(path, name[:-4], _version(match["version"]) if match else ())
