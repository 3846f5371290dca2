"""From the paths the user gives to histories: which files are read, whose they are, and what they depend on.

A given path says what is reported on. The truth needs more: a file's neighbours, and the migrations of every
application that they depend on. Those are looked for below the root of the history and read only as far as dependencies
reach.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from migration_lint import alembic_history, discovery, history, labels, patterns
from migration_lint.discovery import Candidate
from migration_lint.history import History
from migration_lint.linking import Linker, Parsed, Reader
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.migration import Migration
from migration_lint.model.sql import files_of
from migration_lint.readers import alembic, django
from migration_lint.readers.parsing import ParseError, parse
from migration_lint.readers.spans import Spans
from migration_lint.settings import Settings
from migration_lint.source import Source, UnreadableError
from migration_lint.tree import Failed, Tree, Unparsed, World

if TYPE_CHECKING:
    from migration_lint.reviewing import Reviewer

Progress = Callable[[int, int], None]


def load(
    paths: Sequence[Path],
    settings: Settings,
    stdin: tuple[str, bytes] | None = None,
    progress: Progress | None = None,
    review: Reviewer | None = None,
) -> Tree:
    """Read what `paths` name, and what that depends on.

    `stdin` is the path and the content of a file that is not read from disk. With `review`, only what is
    under review is reported on.
    """
    return _Loader(settings, stdin, progress, review).load(paths)


class _Loader:
    def __init__(
        self,
        settings: Settings,
        stdin: tuple[str, bytes] | None,
        progress: Progress | None,
        review: Reviewer | None,
    ) -> None:
        self._settings = settings
        self._review = review
        self._stdin = {os.path.abspath(stdin[0]): stdin[1]} if stdin else {}
        self._progress = progress
        self._tree = Tree()
        self._migrations: dict[Path, list[Migration]] = {}
        self._linker = Linker(settings.root, self._parsed, django)
        self._alembic_linker = Linker(settings.root, self._parsed, alembic)
        self._last: tuple[str, Parsed] | None = None
        self._folders: Sequence[Path] | None = None
        self._given: dict[Path, set[str]] = {}
        self._deleted: Mapping[Path, set[str]] = {}

    def load(self, paths: Sequence[Path]) -> Tree:
        given = discovery.discover(paths, self._settings, unsaved=tuple(self._stdin), kinds=discovery.EVERY_KIND)
        if self._review is not None:
            given = [each for each in given if self._review.covers(each.path) or each.path in self._stdin]
            self._deleted = self._review.deleted_below(paths)
            self._given = {folder: set() for folder in self._deleted}
        self._tree.reported |= {candidate.path for candidate in given}
        self._tree.named = {candidate.path for candidate in given if candidate.named}
        sql: list[Candidate] = []
        revisions: list[Candidate] = []
        for candidate in given:
            if candidate.kind == "alembic":
                revisions.append(candidate)
            elif candidate.kind == "sql":
                sql.append(candidate)
            elif candidate.kind == "changelog":
                self._tree.skipped[candidate.path] = "of Liquibase's changelogs only those in SQL are read"
            elif os.path.isdir(candidate.path) and not candidate.path.endswith(".py"):
                self._read(candidate.path)  # says why a folder can't be
            else:
                self._given.setdefault(Path(os.path.dirname(candidate.path)), set()).add(candidate.path)
        pythons = set(filter(discovery.holds_python_migrations, {os.path.dirname(each.path) for each in sql}))
        for beside in (each for each in pythons if discovery.script_location(each) is None):
            self._given.setdefault(Path(beside), set())
        folders = sorted(self._given)
        for index, folder in enumerate(folders):
            self._read_folder(folder)
            if self._progress is not None:
                self._progress(index + 1, len(folders))
        sql = self._not_read_by_python(sql, pythons)
        by_label: dict[str, list[Path]] = {}
        for folder, migrations in self._migrations.items():
            if folder in self._deleted or any(migration.path in self._tree.reported for migration in migrations):
                by_label.setdefault(self._label(folder), []).append(folder)
        worlds = [self._world(group) for group in _projects(by_label)]
        self._tree.worlds = [world for world in worlds if world.reported]
        gone = self._review.deleted_revisions(paths) if self._review is not None else {}
        self._read_alembic(revisions, gone)
        if sql:
            self._read_sql(sql)
        return self._tree

    def _read_alembic(self, given: Sequence[Candidate], gone: Mapping[str, set[str]]) -> None:
        """Read the folders that revisions stand in; what one `env.py` runs is a project of its own.

        `gone` are the revisions that were deleted, by the folder of their `env.py`.
        """
        by_location: dict[str, set[str]] = {location: set() for location in gone}
        for each in given:
            location = discovery.script_location(os.path.dirname(each.path)) or ""
            by_location.setdefault(location, set()).add(each.path)
        for location, paths in by_location.items():
            paths |= {each.path for each in discovery.revisions_of(location, self._settings)}
            read = (self._read(path, alembic, self._alembic_linker) for path in sorted(paths))
            app = patterns.relative(Path(location), self._settings.root)
            found = alembic_history.of_one_project((m for m in read if isinstance(m, AlembicMigration)), app)
            reported = {migration.path for migration in found} & self._tree.reported
            if not found or not (reported or location in gone):
                continue
            graph = history.build(found, "")
            if self._review is not None:
                deleted = dict.fromkeys(gone.get(location, ()), app)
                review = self._review.of_python(graph, deleted, self._source)
                graph = replace(graph, review=review)
                reported |= {migration.path for migration in review.deleted}
            self._tree.worlds.append(World(graph, self._settings, frozenset(reported)))

    def _not_read_by_python(self, given: Sequence[Candidate], pythons: Collection[str]) -> list[Candidate]:
        """The SQL files that are migrations of their own.

        Whoever gives one that a Python migration reads means that migration. One that merely lies in one of the
        folders of such migrations, `pythons`, and that none of them reads, is skipped.
        """
        readers: dict[str, list[str]] = {}
        for migration in (migration for migrations in self._migrations.values() for migration in migrations):
            for path in migration.inputs:
                readers.setdefault(path, []).append(migration.path)
        found = []
        for candidate in given:
            if candidate.path in readers:
                self._tree.reported.update(readers[candidate.path])
            elif candidate.named or os.path.dirname(candidate.path) not in pythons:
                found.append(candidate)
            else:
                self._tree.skipped[candidate.path] = "no migration beside it reads it"
        return found

    def _read_sql(self, given: Sequence[Candidate]) -> None:
        """Read the folders that SQL files are part of; each is a project of its own."""
        from migration_lint import sql_folders

        folders, skipped = sql_folders.group(given, self._settings)
        self._tree.skipped.update(skipped)
        for folder in folders:
            try:
                found = sql_folders.read(folder, self._settings, self._sql_source)
            except Exception as error:
                self._tree.failed += [Failed(path, error) for path in sorted(folder.given)]
                continue
            self._tree.skipped.update(found.skipped)
            # Whoever gives a migration means the file that undoes it too; that file alone may be given as well.
            whole = {path for m in found.migrations if m.path in folder.given for path in files_of(m)}
            alone = {path for m in found.migrations for path in files_of(m)} & folder.given
            if whole | alone:
                self._tree.reported |= whole
                self._tree.sources |= {path: source for path, source in found.sources.items() if path in whole}
                graph = history.build(found.migrations, "")
                if self._review is not None:
                    graph = replace(graph, review=self._review.of_sql(folder, found, self._sql_source))
                self._tree.worlds.append(World(graph, found.settings, frozenset(whole | alone)))

    def _sql_source(self, path: str) -> Source | None:
        try:
            return self._source(path)
        except UnreadableError as error:
            if path in self._tree.reported:
                self._tree.unreadable.append(error)
            else:
                self._tree.passed_over[path] = error.reason
            return None

    def _read_folder(self, folder: Path) -> None:
        """Read a folder's migrations, the given files' neighbours included; only once."""
        if folder in self._migrations:
            return
        beside = {candidate.path for candidate in discovery.migrations_in(folder, self._settings)}
        names = sorted(self._given.get(folder, set()) | beside)
        self._migrations[folder] = [migration for path in names if (migration := self._read(path)) is not None]

    def _read(self, path: str, reader: Reader = django, linker: Linker | None = None) -> Migration | None:
        """The migration in a file; where there is none, that is noted with the reason."""
        given = path in self._tree.reported
        try:
            parsed = self._parse(path)
            migration = reader.read_parsed(path, parsed.text, parsed.module, parsed.positions)
            if isinstance(migration, Migration):
                return (linker or self._linker).link(migration)
            if given:
                self._tree.skipped[path] = migration.reason
        except UnreadableError as error:
            if given:
                self._tree.unreadable.append(error)
            else:
                self._tree.passed_over[path] = error.reason
        except ParseError as error:
            if given:
                self._tree.unparsed.append(Unparsed(path, error.span, error.message))
            else:
                self._tree.passed_over[path] = f"line {error.span.line}: {error.message}"
        except Exception as error:  # one fault of ours must not hide what there is to say about all other files
            if given:
                self._tree.failed.append(Failed(path, error))
            else:
                self._tree.passed_over[path] = f"{type(error).__name__}: {error}"
        return None

    def _parse(self, path: str) -> Parsed:
        """The tree of a file; the last one is kept, because a migration with references is read a second time."""
        if self._last is None or self._last[0] != path:
            source = self._source(path)
            module = parse(source)
            self._last = (path, Parsed(source.text, module, Spans(source, module)))
        return self._last[1]

    def _parsed(self, path: str) -> Parsed | None:
        try:
            return self._parse(path)
        except (UnreadableError, ParseError):
            return None

    def _source(self, path: str) -> Source:
        """The text of a file; that of the files reported on is kept."""
        if path in self._tree.sources:
            return self._tree.sources[path]
        limit, content = self._settings.max_file_size, self._stdin.get(path)
        source = (
            Source.read(path, max_size=limit) if content is None else Source.from_bytes(path, content, max_size=limit)
        )
        if path in self._tree.reported:
            # A fresh one: what the parser computes about the text need not be kept.
            self._tree.sources[path] = replace(source)
        return source

    def _label(self, folder: Path) -> str:
        return labels.label_of(folder, self._migrations[folder], self._settings)

    def _world(self, folders: Sequence[Path]) -> World:
        """The history of some folders and of everything that they depend on, whose labels don't clash."""
        chosen = {self._label(folder): folder for folder in folders}
        migrations = {label: self._labelled(folder, label) for label, folder in chosen.items()}
        searched: set[str] = set()
        while True:
            listed = [migration for group in migrations.values() for migration in group]
            user_model = labels.user_model(listed, self._settings)
            wanted = {user_model.partition(".")[0]} | {
                dependency.app
                for migration in listed
                for dependency in (*migration.dependencies, *migration.run_before, *migration.replaces)
                if dependency.app
            }
            if labels.needs_user_model(listed, self._settings) and (app := self._user_app(folders)) is not None:
                wanted.add(app)
            new = sorted(wanted - migrations.keys() - searched)
            if not new:
                break
            searched.update(new)
            for label in new:
                if (folder := self._find(label, folders)) is not None:
                    migrations[label] = self._labelled(folder, label)
        graph = history.build(listed, user_model.partition(".")[0])
        version = labels.django_version(graph.migrations.values(), self._settings)
        self._skip_superseded(graph)
        reported = {
            migration.path for folder in folders for migration in self._migrations[folder]
        } & self._tree.reported
        if self._review is not None:
            gone = {path: self._label(folder) for folder in folders for path in self._deleted.get(folder, ())}
            review = self._review.of_python(graph, gone, self._source)
            graph = replace(graph, review=review)
            reported |= {migration.path for migration in review.deleted}
        settings = replace(self._settings, auth_user_model=user_model, django_version=version)
        return World(graph, settings, frozenset(reported - self._tree.skipped.keys()))

    def _skip_superseded(self, graph: History) -> None:
        for key in graph.superseded:
            path, squash = graph.migrations[key].path, graph.squashed[key]
            if path in self._tree.reported:
                self._tree.skipped[path] = f"{squash[1]} replaces it and others that are no longer there"

    def _labelled(self, folder: Path, label: str) -> list[Migration]:
        return [replace(migration, app=label) for migration in self._migrations[folder]]

    def _find(self, label: str, near: Sequence[Path]) -> Path | None:
        """The folder of an application that was not given, the nearest one where several have its label."""
        candidates = sorted(self._other_folders(), key=lambda folder: (-_shared(folder, near), str(folder)))
        likely = [folder for folder in candidates if folder.parent.name == label]
        for folder in (*likely, *(c for c in candidates if c not in likely)):
            if folder not in self._migrations and not labels.may_be(label, folder, self._settings):
                continue
            self._read_folder(folder)
            if self._migrations[folder] and self._label(folder) == label:
                return folder
        return None

    def _user_app(self, near: Sequence[Path]) -> str | None:
        """The application nearby whose first migration seems to create a user model, going by its text."""
        for folder in sorted(self._other_folders(), key=lambda folder: (-_shared(folder, near), str(folder))):
            for candidate in discovery.migrations_in(folder, self._settings):
                if os.path.basename(candidate.path).startswith("0001") and _mentions_user_fields(candidate.path):
                    self._read_folder(folder)
                    if any(labels.creates_user(migration) for migration in self._migrations[folder]):
                        return self._label(folder)
        return None

    def _other_folders(self) -> Sequence[Path]:
        if self._folders is None:
            self._folders = tuple(discovery.migration_folders(self._settings.root, self._settings))
        return self._folders


def _projects(by_label: dict[str, list[Path]]) -> list[list[Path]]:
    """The folders in groups in which no label stands twice: a tree may hold several projects.

    A group is what lies below one folder of the tree; it is made smaller until its labels are unique.
    """
    labelled = [(folder, label) for label, folders in by_label.items() for folder in folders]
    groups, pending = [], [labelled] if labelled else []
    while pending:
        group = pending.pop()
        if len({label for _, label in group}) == len(group):
            groups.append(sorted(folder for folder, _ in group))
            continue
        common = Path(os.path.commonpath([str(folder) for folder, _ in group]))
        below: dict[Path, list[tuple[Path, str]]] = {}
        for folder, label in group:
            below.setdefault(common.joinpath(*folder.relative_to(common).parts[:1]), []).append((folder, label))
        pending.extend(below.values())
    return sorted(groups)


def _mentions_user_fields(path: str) -> bool:
    try:
        text = Path(path).read_bytes()
    except OSError:
        return False
    return all(name.encode() in text for name in labels.USER_FIELDS)


def _shared(folder: Path, near: Sequence[Path]) -> int:
    """How many leading parts of its path a folder shares with the nearest of others."""
    return max((len(Path(os.path.commonpath([folder, other])).parts) for other in near), default=0)
