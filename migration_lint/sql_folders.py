"""Folders of SQL migrations on disk: which files belong to one, and what lies around it that counts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from migration_lint import discovery, patterns
from migration_lint.databases.selection import NAMES, engine_of
from migration_lint.discovery import Candidate
from migration_lint.model.sql import SqlMigration, files_of
from migration_lint.model.values import Span, Unknown
from migration_lint.readers.sql import dialect_of, dialects, find_layout, layouts, read_folder
from migration_lint.readers.sql.dialects import TITLES
from migration_lint.settings import OLDEST_SUPPORTED, Settings
from migration_lint.source import Source

_NO_PLACE = "neither its name nor its folder says that it is a SQL migration; give the file itself to have it checked"
_NOT_RUN = "the tool that runs this folder's migrations runs no file of this name"
_NOT_HERE = "none of its changesets is run on {}"
_NOT_JUDGED = "what {} does is not judged"
_FLYWAY_FILES = ("flyway.toml", "flyway.conf", "conf/flyway.toml", "conf/flyway.conf")
# https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories
_PROVIDER = re.compile(r'^\s*provider\s*=\s*"(\w+)"', re.MULTILINE)
_SIGN_LENGTH = 100_000  # characters of each file that are looked at for signs of its dialect


@dataclass(slots=True)
class SqlFolder:
    """The files of one history: `given` ones are reported on, `files` are all of them, neighbours included. `database`
    is the one that the folder is called after, or one below it."""

    root: str
    given: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    database: str | None = None


def group(given: Iterable[Candidate], settings: Settings) -> tuple[list[SqlFolder], dict[str, str]]:
    """The folders that the given SQL files are part of, and the files that are part of none, with the reason.

    A file of a folder that holds migrations stands in the history of all of them. Any other file is checked by
    itself if it was named; one that merely lies in a given folder counts if its name has a number.
    """
    folders: dict[str, SqlFolder] = {}
    skipped: dict[str, str] = {}
    # Each folder is listed once, however many of its files are given.
    holds_sql, holds_python = cache(discovery.holds_sql_migrations), cache(discovery.holds_python_migrations)
    beside = cache(lambda root, below: set(discovery.sql_files(root, settings, below=below)))
    numbered = cache(lambda root: {each for each in beside(root, False) if _is_numbered(each)})
    for candidate in given:
        path, here = candidate.path, os.path.dirname(candidate.path)
        root = _root(path, settings)
        if holds_sql(here):
            folder = folders.setdefault(root, _folder(root))
            if not folder.files >= (files := beside(root, root != here)):
                folder.files |= files
        elif _is_numbered(path) and not holds_python(root):
            folder = folders.setdefault(root, _folder(root))
            if not folder.files >= (files := numbered(root)):
                folder.files |= files
        elif candidate.named:
            folder = folders.setdefault(path, _folder(root))
        else:
            skipped[path] = _NO_PLACE
            continue
        folder.given.add(path)
        folder.files.add(path)
    return [part for key in sorted(folders) for part in _by_database(folders[key], settings)], skipped


def _is_numbered(path: str) -> bool:
    return layouts.is_numbered(os.path.basename(path))


def _folder(root: str) -> SqlFolder:
    return SqlFolder(root, database=dialects.named(os.path.basename(root)))


def _by_database(folder: SqlFolder, settings: Settings) -> list[SqlFolder]:
    """A folder, once for each database that one of its files is for: with what is for all of them, which is reported
    with the first. Files are called after a database (`1_a.sqlite.sql`), or in Flyway's folders the folder that they
    lie in (https://docs.spring.io/spring-boot/how-to/data-initialization.html, `{vendor}`)."""
    own = {path: _database_below(path, folder.root) for path in folder.files}
    names = sorted(
        {name for name in own.values() if name is not None},
        key=lambda name: (name != settings.database, name in TITLES, name),
    )
    if not names:
        return [folder]
    parts = []
    for name in names:
        files = {path for path in folder.files if own[path] in (None, name)}
        reported = {path for path in folder.given if own[path] == name or (own[path] is None and name == names[0])}
        parts.append(SqlFolder(folder.root, reported, files, name))
    return [part for part in parts if part.given]


def _database_below(path: str, root: str) -> str | None:
    """The database that a file is called after, or one of the folders between it and the root of Flyway's."""
    *between, name = Path(path).relative_to(root).parts
    parts = [*between, ""] if layouts.is_flyway(name) else name.lower().removesuffix(".sql").split(".")[1:]
    return next((database for part in parts if (database := dialects.named(part)) is not None), None)


def _root(path: str, settings: Settings) -> str:
    """The folder that a file's history begins at: its own, but for tools that use folders below theirs."""
    folder = os.path.dirname(path)
    if layouts.is_leaf(path.replace(os.sep, "/")):
        return os.path.dirname(folder)
    if layouts.is_flyway(os.path.basename(path)):
        for above in (Path(folder), *Path(folder).parents):
            if discovery.is_named_for_migrations(above.name):
                return str(above)
            if above == settings.root:
                break
    return folder


@dataclass(frozen=True, slots=True)
class SqlHistory:
    """What a folder holds: its migrations in order, the settings with the dialect of their text, its files' texts, and
    the given files that no migration is made of, with the reason."""

    migrations: tuple[SqlMigration, ...]
    settings: Settings
    sources: dict[str, Source]
    skipped: dict[str, str]


def read(folder: SqlFolder, settings: Settings, source_of: Callable[[str], Source | None]) -> SqlHistory:
    """Read a folder's migrations; `source_of` gives a file's text, None where it can't be had."""
    sources = {_relative(path, folder.root): s for path in sorted(folder.files) if (s := source_of(path)) is not None}
    texts = {source.path: source for source in sources.values()}
    given = folder.given & texts.keys()
    database = _database(folder, settings, sources.values())
    if database in TITLES:
        return SqlHistory((), settings, texts, dict.fromkeys(given, _NOT_JUDGED.format(TITLES[database])))
    settings = _on(database, settings)
    layout = find_layout({path: source.text for path, source in sources.items()}, _beside(folder.root, settings))
    app = patterns.relative(folder.root, settings.root)
    app = os.path.basename(folder.root) if app == "." else app
    options = _options(folder.root, sources, settings)
    migrations = read_folder(layout, sources, settings.database, app, options, settings.max_file_size)
    migrations = tuple(_told_if_large(migration, sources, settings) for migration in migrations)
    unused = given - {path for migration in migrations for path in files_of(migration)}
    elsewhere = {sources[file.path].path for file in layout.files}
    here = _NOT_HERE.format(NAMES[settings.database])
    skipped = {path: here if path in elsewhere else _NOT_RUN for path in unused}
    return SqlHistory(migrations, settings, texts, skipped)


def _relative(path: str, root: str) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")


def _beside(root: str, settings: Settings) -> set[str]:
    """The names in a folder and above it that tell tools apart."""
    found = {os.path.basename(os.path.dirname(root))}
    for marker in ("atlas.sum", "meta/_journal.json"):
        if Path(root, marker).is_file():
            found.add(os.path.basename(marker))
    if any((folder / "Cargo.toml").is_file() for folder in _upwards(root, settings)):
        found.add("Cargo.toml")
    return found


def _upwards(root: str, settings: Settings) -> Iterator[Path]:
    """A folder and those above it, up to the root of the project."""
    for folder in (Path(root), *Path(root).parents):
        yield folder
        if folder == settings.root:
            break


def _options(root: str, paths: Iterable[str], settings: Settings) -> dict[str, str]:
    """The texts beside migrations that say how they run, by their paths relative to the folder; Flyway's configuration
    by the empty path."""
    found = {}
    for path in paths:
        for name in (f"{path}.conf", f"{path.rpartition('/')[0]}/metadata.toml"):
            if (text := _text(Path(root, name))) is not None:
                found[name] = text
    # https://documentation.red-gate.com/flyway/reference/configuration
    files = (folder / name for folder in _upwards(root, settings) for name in _FLYWAY_FILES)
    found[""] = next((text for file in files if (text := _text(file)) is not None), "")
    return found


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _database(folder: SqlFolder, settings: Settings, sources: Iterable[Source]) -> str:
    """The database that a folder's migrations are for: what the folder is called after, what a file in it says, what
    the settings name, what the text is most likely written for."""
    lock = _PROVIDER.search(_text(Path(folder.root, "migration_lock.toml")) or "")
    named = folder.database or (dialects.named(lock[1]) if lock else None)
    if named is not None:
        return named
    if settings.database_named:
        return settings.database
    written = dialect_of("\n".join(source.text[:_SIGN_LENGTH] for source in sources if _is_sql(source.path)))
    if written == "generic":
        written = dialects.named(os.path.basename(os.path.dirname(folder.root))) or written
    return settings.database if written == "generic" else written


def _is_sql(path: str) -> bool:
    return path.lower().endswith(".sql")


def _on(database: str, settings: Settings) -> Settings:
    """The settings for a database: those given if they are for it."""
    engine = engine_of(database)
    if engine is None or engine == settings.database:
        return settings
    return replace(settings, database=engine, database_version=OLDEST_SUPPORTED[engine])


def _told_if_large(migration: SqlMigration, sources: dict[str, Source], settings: Settings) -> SqlMigration:
    """The migration, with a problem where its text was too large to be read whole."""
    text = next(source.text for source in sources.values() if source.path == migration.path)
    if len(text) <= settings.max_file_size:
        return migration
    name = os.path.basename(migration.path)
    reason = f"it is larger than max-file-size ({settings.max_file_size:,}), so only the heads of statements were read"
    return replace(migration, problems=((Span(1, 1, 1, 2), Unknown(name, reason)),))
