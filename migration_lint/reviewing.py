"""What is under review: the migrations that have come since a git revision, and older ones that were edited since."""

from __future__ import annotations

import io
import os
import textwrap
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from migration_lint import discovery, git, sql_folders
from migration_lint.git import Changes
from migration_lint.history import History, Key, Review
from migration_lint.lowering.django.alteration import NON_DATABASE_OPTIONS
from migration_lint.model.django import Field
from migration_lint.model.migration import Migration, NotAMigration
from migration_lint.model.sql import SqlMigration
from migration_lint.model.statements import Command, Unanalysed
from migration_lint.model.values import Function, Span
from migration_lint.readers import alembic, django
from migration_lint.readers.parsing import ParseError
from migration_lint.settings import Settings
from migration_lint.source import Source, UnreadableError
from migration_lint.sql_folders import SqlFolder, SqlHistory

KEEP_CHECKSUMS = frozenset(("flyway", "liquibase", "sqlx"))
"""The tools that refuse to go on when a migration differs from what they have run.

https://documentation.red-gate.com/fd/validate-277578898.html, https://github.com/transact-rs/sqlx/issues/3794,
https://docs.liquibase.com/concepts/changelogs/changeset-checksums.html
"""
_WHOLE_TEXT = frozenset(("flyway", "sqlx"))  # their checksums count comments and white space too
_LAYOUT_TOKENS = frozenset((tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT))


def reviewer(settings: Settings) -> Reviewer | None:
    """Who tells what is under review; None if nobody has asked for less than all migrations.

    Raises:
        git.GitError: git cannot tell what has changed.
    """
    if settings.staged:
        return Reviewer("HEAD", git.staged_changes(settings.root), settings)
    if settings.since is not None:
        return Reviewer(settings.since, git.changes_since(settings.since, settings.root), settings)
    return None


class Reviewer:
    """Compares migrations with what they were at the revision `title`, from which the work tree has `changes`."""

    def __init__(self, title: str, changes: Changes, settings: Settings) -> None:
        self.title = title
        self._changes = changes
        self._settings = settings

    def covers(self, path: str) -> bool:
        """Whether the file is new or has changed."""
        return path in self._changes.added or path in self._changes.changed

    def deleted_below(self, paths: Iterable[Path]) -> dict[Path, set[str]]:
        """The Python files that are gone from folders of migrations at or below `paths`, by folder."""
        roots = {Path(os.path.abspath(path)) for path in paths if path.is_dir()}
        found: dict[Path, set[str]] = {}
        for path in sorted(self._changes.deleted):
            folder = Path(path).parent
            if path.endswith(".py") and folder.name == "migrations" and not roots.isdisjoint((folder, *folder.parents)):
                found.setdefault(folder, set()).add(path)
        return found

    def deleted_revisions(self, paths: Iterable[Path]) -> dict[str, set[str]]:
        """Alembic's revisions that are gone from below `paths`, by the folder of the `env.py` that ran them."""
        roots = {Path(os.path.abspath(path)) for path in paths if path.is_dir()}
        found: dict[str, set[str]] = {}
        for path in sorted(self._changes.deleted):
            location = discovery.script_location(os.path.dirname(path)) if path.endswith(".py") else None
            if location is not None and not roots.isdisjoint(Path(path).parents):
                found.setdefault(location, set()).add(path)
        return found

    def of_python(self, graph: History, gone: Mapping[str, str], source_of: Callable[[str], Source]) -> Review:
        """What of a history is under review; `gone` maps deleted files to their application's label."""
        migrations = graph.migrations.items()
        earlier = ((self._earlier(path), label) for path, label in sorted(gone.items()))
        return Review(
            self.title,
            frozenset(key for key, migration in migrations if migration.path in self._changes.added),
            tuple(sorted(key for key, migration in migrations if self._is_edited(migration.path, source_of))),
            tuple(replace(before[0], app=label) for before, label in earlier if before is not None),
        )

    def of_sql(self, folder: SqlFolder, now: SqlHistory, source_of: Callable[[str], Source | None]) -> Review:
        """What of a folder of SQL files is under review."""
        return Review(
            self.title,
            frozenset((each.app, each.name) for each in now.migrations if each.path in self._changes.added),
            tuple(self._edited_sql(folder, now, source_of)),
        )

    def _edited_sql(
        self, folder: SqlFolder, now: SqlHistory, source_of: Callable[[str], Source | None]
    ) -> Iterator[Key]:
        """The released migrations that are others now; where any file has changed, the folder is read as it was."""
        changed = self._changes.changed & folder.given
        if not changed:
            return
        was = sql_folders.read(folder, self._settings, lambda path: self._source_before(path, source_of))
        before = {(each.path, each.name): each for each in was.migrations}
        for each in now.migrations:
            old = before.get((each.path, each.name))
            if old is None or each.repeatable or each.path not in changed:
                continue
            if not same(each, now.sources[each.path].text, old, was.sources[each.path].text):
                yield each.app, each.name

    def _is_edited(self, path: str, source_of: Callable[[str], Source]) -> bool:
        before = self._earlier(path) if path in self._changes.changed else None
        if before is None:  # it has not changed, or was no migration
            return False
        source = source_of(path)
        now = _read(source)
        return not isinstance(now, Migration) or not same(now, source.text, *before)

    def _earlier(self, path: str) -> tuple[Migration, str] | None:
        """A Python migration as it was, with its text; None where it could not be read."""
        try:
            source = Source.from_bytes(path, self._changes.before(path) or b"", max_size=self._settings.max_file_size)
            migration = _read(source)
        except (UnreadableError, ParseError):
            return None
        return (migration, source.text) if isinstance(migration, Migration) else None

    def _source_before(self, path: str, source_of: Callable[[str], Source | None]) -> Source | None:
        content = self._changes.before(path) if path in self._changes.changed else None
        try:
            return source_of(path) if content is None else Source.from_bytes(path, content)
        except UnreadableError:
            return None


def _read(source: Source) -> Migration | NotAMigration:
    """The migration in a Python file, by the place where that stands."""
    is_revision = discovery.script_location(os.path.dirname(source.path)) is not None
    return alembic.read(source) if is_revision else django.read(source)


def same(migration: Migration, text: str, other: Migration, other_text: str) -> bool:
    """Whether two versions of a migration, with the texts of their files, ask the database for the same.

    Comments, layout, dependencies and what only Python sees of a field make no difference, unless the tool that runs
    the migration goes by its text.
    """
    if isinstance(migration, SqlMigration) and migration.layout in _WHOLE_TEXT:
        return text.splitlines() == other_text.splitlines()
    one = (_facts(migration.operations), migration.atomic, list(_functions(migration, text)))
    return one == (_facts(other.operations), other.atomic, list(_functions(other, other_text)))


def _facts(value: Any) -> Any:
    """A part of a migration's facts without the places where it stands."""
    match value:
        case Span():
            return None
        case Field():
            options = [(name, _facts(option)) for name, option in value.options if name not in NON_DATABASE_OPTIONS]
            return (value.kind, value.bases, sorted(options, key=lambda option: option[0]))
        case Function():
            return value.name
        case Command() if not any(isinstance(statement, Unanalysed) for statement in value.statements):
            return _facts(value.statements)
        case Command():
            return " ".join(value.sql.split())
        case tuple() | list():
            return [_facts(item) for item in value]
        case _ if is_dataclass(value):
            return (type(value), [_facts(getattr(value, each.name)) for each in fields(value)])
        case _:
            return value


def _functions(migration: Migration, text: str) -> Iterator[list[str]]:
    """The words of the Python functions that a migration runs."""
    if isinstance(migration, SqlMigration):
        return
    lines = text.splitlines(keepends=True)
    for function in migration.functions:
        yield _words(lines[function.span.line - 1 : function.span.end_line])


def _words(lines: Sequence[str]) -> list[str]:
    source = textwrap.dedent("".join(lines))
    try:
        found = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return source.split()
    return [token.string for token in found if token.type not in _LAYOUT_TOKENS]
