"""Which files are migrations: found below the folders that are given, by where they stand and what they are called."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from migration_lint import git, patterns
from migration_lint.settings import Settings

Kind = Literal["django", "alembic", "sql", "changelog"]
PYTHON: frozenset[Kind] = frozenset(("django", "alembic"))
EVERY_KIND: frozenset[Kind] = PYTHON | {"sql", "changelog"}

_SQL_FOLDER = re.compile(r"\w*migrations?|migrate|versions")
_FOREIGN = (".java", ".kt", ".groovy", ".scala", ".go", ".sh", ".bash", ".ps1", ".bat", ".cmd")
_CHANGELOG_PATH = re.compile(r"change-?log|changesets?|changes|liquibase|migrations?", re.IGNORECASE)
_LARGEST_CHANGELOG = 1_000_000  # characters in which a changeset must begin
_NO_SERIES = re.compile(r"tests?|testdata|test_data|fixtures?|seeds?|queries|examples?", re.IGNORECASE)
_WILDCARD = re.compile(r"[*?\[/]")
_BEGINNING = 4_000  # characters within which a file of a tool's has the tool's mark


class MissingPathError(Exception):
    """A path that was given and does not exist."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: no such file or folder")
        self.path = path


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A file that may be a migration, and of what framework by the place where it stands; its reader decides.

    `named` says that the user gave this very file.
    """

    path: str
    kind: Kind
    named: bool = False

    def __fspath__(self) -> str:
        return self.path


def discover(
    paths: Iterable[str | os.PathLike[str]],
    settings: Settings,
    *,
    unsaved: Collection[str | os.PathLike[str]] = (),
    kinds: Collection[Kind] = PYTHON,
) -> list[Candidate]:
    """The files that `paths`, files and folders, name, sorted by path, each once and absolute.

    A file that is given is a candidate whatever its folder is called; of a given folder's own files every one is,
    below it those in migration folders. `__init__.py` never is. What is given wins over the exclude patterns unless
    `force_exclude` is set. `unsaved` are paths of files that need not exist. Under pre-commit, what git does not track
    below a given folder is no part of the commit that is checked.

    Raises:
        MissingPathError: a path does not exist.
    """
    found: dict[str, Candidate] = {}
    for given in [*paths, *unsaved]:
        path = os.path.abspath(given)
        exclusion = _Exclusion(settings, path)
        if settings.force_exclude and exclusion.covers(path):
            continue
        if os.path.isdir(path) and not path.endswith(".py"):
            unknown = _untracked(path, "*.py", "*.sql", *(f"*{ending}" for ending in _FOREIGN))
            for candidate in _Walk(settings, exclusion).below(path):
                if candidate.path not in unknown:
                    found.setdefault(candidate.path, candidate)
        elif os.path.lexists(path) or given in unsaved:
            if os.path.basename(path) != "__init__.py":
                found[path] = Candidate(path, _kind_of(path), named=True)
        else:
            raise MissingPathError(os.fspath(given))
    return sorted(candidate for candidate in found.values() if candidate.kind in kinds)


def migrations_in(folder: str | os.PathLike[str], settings: Settings) -> list[Candidate]:
    """The Python files of one folder that Django would load: its neighbours' history.

    Under pre-commit, files that git does not know are none: they are no part of the commit that is checked.
    """
    path = os.path.abspath(folder)
    exclusion = _Exclusion(settings, path)
    try:
        _, files = _entries(path)
    except OSError:
        return []
    names = [os.path.join(path, name) for name in files if name.endswith(".py") and name[0] not in "_~"]
    unknown = _untracked(path, "*.py") if names else frozenset()
    return sorted(
        Candidate(name, _kind_of(name)) for name in names if name not in unknown and not exclusion.covers(name)
    )


def revisions_of(location: str, settings: Settings) -> list[Candidate]:
    """Alembic's revisions that the `env.py` in a folder runs.

    Under pre-commit, files that git does not know are none.
    """
    exclusion = _Exclusion(settings, location)
    try:
        below, _ = _entries(location)
    except OSError:
        return []
    names: list[str] = []
    for each in (os.path.join(location, name) for name in below if name.startswith("versions")):
        for folder, files in _Walk(settings, exclusion).folders(each):
            names += [os.path.join(folder, name) for name in files if name.endswith(".py") and name[0] not in "_~"]
    unknown = _untracked(location, "*.py") if names else frozenset()
    return sorted(Candidate(n, "alembic") for n in names if n not in unknown and not exclusion.covers(n))


def sql_files(folder: str | os.PathLike[str], settings: Settings, *, below: bool) -> list[str]:
    """The SQL files of one folder, and of those below it if `below` is set, absolute and sorted; with them the
    migrations of the same tools that are written in other languages.

    Under pre-commit, files that git does not know are none.
    """
    path = os.path.abspath(folder)
    exclusion = _Exclusion(settings, path)
    names: list[str] = []
    for each, files in _Walk(settings, exclusion).folders(path):
        names += [os.path.join(each, name) for name in files if _is_sqls(name) and name[0] not in "_~"]
        if not below:
            break
    unknown = _untracked(path, *{f"*{os.path.splitext(name)[1]}" for name in names}) if names else frozenset()
    return sorted(name for name in names if name not in unknown and not exclusion.covers(name))


def is_named_for_migrations(folder: str) -> bool:
    """Whether a folder is called as those that hold SQL migrations are."""
    return _SQL_FOLDER.fullmatch(folder) is not None


def holds_python_migrations(folder: str) -> bool:
    """Whether Python migrations lie in a folder: SQL files beside them are texts that those read."""
    try:
        return _is_pythons(folder, _entries(folder)[1])
    except OSError:
        return False


def holds_sql_migrations(folder: str) -> bool:
    """Whether a folder's SQL files are migrations: by its name, by their names, or by what the first or last says."""
    try:
        return _holds_sql_migrations(folder, _entries(folder)[1])
    except OSError:
        return False


def _holds_sql_migrations(folder: str, files: Sequence[str]) -> bool:
    names = [name for name in files if _is_sqls(name)]
    if not names or _is_pythons(folder, files):
        return False
    if not any(name.lower().endswith(".sql") for name in names):
        from migration_lint.readers.sql import layouts

        return any(layouts.is_flyway(name) for name in names)
    above, name = os.path.split(folder)
    if is_named_for_migrations(name):
        return True
    from migration_lint.readers.sql import dialects, layouts

    if dialects.named(name) is not None and is_named_for_migrations(os.path.basename(above)):
        return True  # `migrations/postgres`
    if all(map(layouts.is_numbered, names)) and _is_series(folder, names):
        return True

    paths = [os.path.join(folder, name) for name in names if name.lower().endswith(".sql")]
    return (
        "atlas.sum" in files
        or os.path.exists(os.path.join(folder, "meta", "_journal.json"))  # Drizzle
        or any(layouts.is_flyway(name) or layouts.is_pair(name) for name in names)
        or any(layouts.is_leaf(path.replace(os.sep, "/")) for path in paths)
        or any(layouts.is_marked(_beginning(path)) for path in dict.fromkeys((paths[0], paths[-1])))
    )


def _is_series(folder: str, names: Sequence[str]) -> bool:
    """Whether files that all begin with a number are run one after the other: several are, but where tests or queries
    are kept, and whatever lies in a folder of migrations."""
    above, name = os.path.split(folder)
    parent = os.path.basename(above)
    if is_named_for_migrations(parent):
        return True
    return len(names) > 1 and not _NO_SERIES.fullmatch(name) and not _NO_SERIES.fullmatch(parent)


def _is_sqls(name: str) -> bool:
    """Whether a file is SQL, or called as what tools for SQL migrations run beside it."""
    if name.lower().endswith(".sql"):
        return True
    if not name.lower().endswith(_FOREIGN):
        return False
    from migration_lint.readers.sql import layouts

    return layouts.is_foreign(name)


def _is_changelog(path: str) -> bool:
    """Whether a file holds changesets of Liquibase that are not written in SQL."""
    if not path.lower().endswith((".xml", ".yaml", ".yml", ".json")):
        return False
    if not _CHANGELOG_PATH.search("/".join(path.replace(os.sep, "/").rsplit("/", 3)[1:])):
        return False
    return "databaseChangeLog" in _beginning(path) and "changeSet" in _beginning(path, _LARGEST_CHANGELOG)


def _is_pythons(folder: str, files: Sequence[str]) -> bool:
    if "__init__.py" in files:
        # Alone it only makes a package of the folder, so that its SQL is installed.
        return any(name.endswith(".py") and name != "__init__.py" for name in files)
    return any(name[0].isdigit() and name.endswith(".py") for name in files) or _is_alembic(folder)


def _beginning(path: str, length: int = _BEGINNING) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(length)
    except OSError:
        return ""


def migration_folders(root: str | os.PathLike[str], settings: Settings) -> list[Path]:
    """The folders below `root` that hold Django migrations by their name or by `migration_modules`, sorted."""
    path = os.path.abspath(root)
    walk = _Walk(settings, _Exclusion(settings, path))
    return sorted(Path(folder) for folder, _ in walk.folders(path) if walk.is_migration_folder(folder))


class _Exclusion:
    """The exclude patterns that hold below a given path: those that cover the path itself do not, for it was asked
    for, unless `force_exclude` is set."""

    def __init__(self, settings: Settings, given: str) -> None:
        self._root = Path(os.path.abspath(settings.root))
        every = (*settings.exclude, *settings.extend_exclude)
        self._patterns = [p for p in every if settings.force_exclude or not self._matches(given, (p,))]
        self._names = {p.rstrip("/") for p in self._patterns if not _WILDCARD.search(p.rstrip("/"))}
        self._others = [p for p in self._patterns if p.rstrip("/") not in self._names]

    def covers(self, path: str) -> bool:
        """Whether a pattern covers the path, or a folder above it."""
        return self._matches(path, self._patterns)

    def covers_entry(self, path: str) -> bool:
        """The same for a path whose folder is known not to be covered."""
        if os.path.basename(path) in self._names:
            return True
        return bool(self._others) and self._matches(path, self._others)

    def _matches(self, path: str, among: Sequence[str]) -> bool:
        return patterns.matches(patterns.relative(path, self._root), among)


class _Walk:
    """A walk over folders, sorted, each real folder once however many links lead to it."""

    def __init__(self, settings: Settings, exclusion: _Exclusion) -> None:
        self._modules = [tuple(module.split(".")) for module in settings.migration_modules.values() if module]
        self._exclusion = exclusion
        self.unlisted: list[str] = []

    def below(self, given: str) -> Iterator[Candidate]:
        """The candidates in a folder and below it, folders that can't be listed among them: reading says why."""
        for folder, files in self.folders(given):
            named_for_python = folder == given or self.is_migration_folder(folder) or _is_alembic(folder)
            holds_sql = _holds_sql_migrations(folder, files)
            for name in files:
                path = os.path.join(folder, name)
                if name.endswith(".py"):
                    fits = named_for_python
                elif name.lower().endswith(".sql"):
                    fits = holds_sql or named_for_python
                else:
                    fits = (holds_sql and _is_sqls(name)) or _is_changelog(path)
                if fits and name[0] not in "_~" and not self._exclusion.covers_entry(path):
                    yield Candidate(path, _kind_of(path))
        yield from (Candidate(folder, "django") for folder in self.unlisted)

    def folders(self, given: str) -> Iterator[tuple[str, list[str]]]:
        """Each folder with the names of its files. Links to folders come last, so that real paths are preferred."""
        seen: set[tuple[int, int]] = set()
        pending, linked = [given], list[str]()
        while pending or linked:
            folder = pending.pop() if pending else linked.pop(0)
            identity = _identity(folder)
            if identity is None or identity in seen:
                continue
            seen.add(identity)
            try:
                below, files = _entries(folder)
            except OSError:
                self.unlisted.append(folder)
                continue
            if "pyvenv.cfg" in files and folder != given:  # a virtual environment, whatever its name
                continue
            yield folder, files
            for name in reversed(below):
                path = os.path.join(folder, name)
                if not self._exclusion.covers_entry(path):
                    (linked if os.path.islink(path) else pending).append(path)

    def is_migration_folder(self, folder: str) -> bool:
        """Whether Django would look for migrations there."""
        parts = folder.replace(os.sep, "/").split("/")
        if parts[-1] == "migrations":
            return not os.path.exists(os.path.join(folder, "env.py"))  # Alembic's or Flask-Migrate's environment
        return any(tuple(parts[-len(module) :]) == module for module in self._modules)


def _entries(folder: str) -> tuple[list[str], list[str]]:
    """The names of the folders and of the files in a folder, sorted. A folder named like a Python file counts as a
    file, so that it is reported as unreadable.

    Raises:
        OSError: the folder can't be listed.
    """
    folders: list[str] = []
    files: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            is_folder = _is_folder(entry) and not entry.name.endswith(".py")
            (folders if is_folder else files).append(entry.name)
    return sorted(folders), sorted(files)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself
        return False


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _kind_of(path: str) -> Kind:
    if _is_sqls(os.path.basename(path)):
        return "sql"
    if _is_changelog(path):
        return "changelog"
    return "alembic" if _is_alembic(os.path.dirname(path)) else "django"


def _is_alembic(folder: str) -> bool:
    """Whether a folder holds Alembic's revisions."""
    return script_location(folder) is not None


def script_location(folder: str | os.PathLike[str]) -> str | None:
    """The folder of the `env.py` that runs the revisions in a folder; None if that holds none.

    Revisions stand in a folder beside `env.py` whose name begins with `versions`, or below it. Further ones that a
    configuration names in `version_locations` are beside them for the same reason.
    """
    path = os.fspath(folder)
    while (name := os.path.basename(path)) and not name.startswith("versions"):
        path = os.path.dirname(path)
    above = os.path.dirname(path)
    return above if name and os.path.exists(os.path.join(above, "env.py")) else None


def _untracked(folder: str, *globs: str) -> frozenset[str]:
    """Under pre-commit, the files in a folder that git does not track, absolute; else none."""
    if os.environ.get("PRE_COMMIT") != "1":
        return frozenset()
    return git.untracked(folder, *globs)
