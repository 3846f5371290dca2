"""Folders of SQL migrations on disk: which files belong to one, and what lies around it that counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from migration_lint import discovery, patterns
from migration_lint.databases.selection import engine_of
from migration_lint.discovery import Candidate
from migration_lint.model.sql import SqlMigration, files_of
from migration_lint.model.values import Span, Unknown
from migration_lint.readers.sql import dialect_of, find_layout, layouts, read_folder
from migration_lint.settings import OLDEST_SUPPORTED, Settings
from migration_lint.source import Source

_NO_PLACE = "neither its name nor its folder says that it is a migration; give the file itself to have it checked"
_NOT_RUN = "the tool that runs this folder's migrations runs no file of this name"
_SIGN_LENGTH = 100_000  # characters of each file that are looked at for signs of its dialect


@dataclass(slots=True)
class SqlFolder:
    """The files of one history: `given` ones are reported on, `files` are all of them, neighbours included."""

    root: str
    given: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


def group(given: Iterable[Candidate], settings: Settings) -> tuple[list[SqlFolder], dict[str, str]]:
    """The folders that the given SQL files are part of, and the files that are part of none, with the reason.

    A file of a folder that holds migrations stands in the history of all of them. Any other file is checked by
    itself if it was named; one that merely lies in a given folder counts if its name has a number.
    """
    folders: dict[str, SqlFolder] = {}
    skipped: dict[str, str] = {}
    for candidate in given:
        path, name = candidate.path, os.path.basename(candidate.path)
        root = _root(path, settings)
        numbered = layouts.is_numbered(name) and not discovery.holds_python_migrations(root)
        if discovery.holds_sql_migrations(os.path.dirname(path)):
            folder = folders.setdefault(root, SqlFolder(root))
            folder.files |= set(discovery.sql_files(root, settings, below=root != os.path.dirname(path)))
        elif numbered:
            folder = folders.setdefault(root, SqlFolder(root))
            beside = discovery.sql_files(root, settings, below=False)
            folder.files |= {each for each in beside if layouts.is_numbered(os.path.basename(each))}
        elif candidate.named:
            folder = folders.setdefault(path, SqlFolder(root))
        else:
            skipped[path] = _NO_PLACE
            continue
        folder.given.add(path)
        folder.files.add(path)
    return [folders[key] for key in sorted(folders)], skipped


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
    layout = find_layout({path: source.text for path, source in sources.items()}, _beside(folder.root, settings))
    settings = _with_dialect(settings, sources.values())
    app = patterns.relative(folder.root, settings.root)
    app = os.path.basename(folder.root) if app == "." else app
    options = _options(folder.root, sources)
    migrations = read_folder(layout, sources, settings.database, app, options, settings.max_file_size)
    migrations = tuple(_told_if_large(migration, sources, settings) for migration in migrations)
    used = {path for migration in migrations for path in files_of(migration)}
    texts = {source.path: source for source in sources.values()}
    return SqlHistory(migrations, settings, texts, dict.fromkeys((folder.given & texts.keys()) - used, _NOT_RUN))


def _relative(path: str, root: str) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")


def _beside(root: str, settings: Settings) -> set[str]:
    """The names in a folder and above it that tell tools apart."""
    found = {os.path.basename(os.path.dirname(root))}
    for folder in (Path(root), *Path(root).parents):
        if (folder / "Cargo.toml").is_file():
            found.add("Cargo.toml")
        if folder == settings.root:
            break
    return found


def _options(root: str, paths: Iterable[str]) -> dict[str, str]:
    """The texts beside migrations that say how they run, by their paths relative to the folder."""
    found = {}
    for path in paths:
        for name in (f"{path}.conf", f"{path.rpartition('/')[0]}/metadata.toml"):
            try:
                found[name] = Path(root, name).read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
    return found


def _with_dialect(settings: Settings, sources: Iterable[Source]) -> Settings:
    """The settings with the database that the text is written for, unless somebody has named one."""
    if settings.database_named:
        return settings
    engine = engine_of(dialect_of("\n".join(source.text[:_SIGN_LENGTH] for source in sources)))
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
