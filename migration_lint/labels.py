"""Which application a folder of Django migrations belongs to, by the label Django knows it by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from migration_lint import patterns
from migration_lint.model.django import AddConstraint, AddField, AlterConstraint, AlterField, CreateModel, Field
from migration_lint.model.migration import Migration, Operation
from migration_lint.settings import Settings

_LABEL = re.compile(r"""^\s+label\s*(?::\s*str\s*)?=\s*["']([A-Za-z_]\w*)["']""", re.MULTILINE)
_CONFIG = re.compile(r"^class\s+\w+\(.*AppConfig.*\):", re.MULTILINE)
NEWEST_LONG_TERM = (5, 2)
# The columns that AbstractBaseUser gives to every user model of one's own.
USER_FIELDS = frozenset({"password", "last_login"})


def label_of(folder: Path, migrations: Iterable[Migration], settings: Settings) -> str:
    """The label of the application whose migrations lie in `folder`.

    Settings come first; then what the migrations call each other, because a migration that depends on a file beside it
    must name its own application; then the label in `apps.py`; and last the name of the application's folder, which is
    Django's own default.
    """
    configured = _configured(folder, settings)
    if configured is not None:
        return configured
    migrations = list(migrations)
    names = {migration.name for migration in migrations}
    named: dict[str, set[str]] = {}
    for migration in migrations:
        for dependency in (*migration.dependencies, *migration.replaces):
            if dependency.name in names and dependency.name != migration.name and dependency.setting is None:
                named.setdefault(dependency.app, set()).add(dependency.name)
    own = _by_config(folder) or folder.parent.name
    # Another application's migration can have the name of one beside it, such as 0001_initial; seldom have several.
    best = max(map(len, named.values()), default=0)
    likely = [label for label, found in named.items() if len(found) == best]
    return own if own in likely or not likely else min(likely)


def may_be(label: str, folder: Path, settings: Settings) -> bool:
    """Whether `label_of` could say `label` of a folder, going by the text of its files: parsing them takes longer."""
    if label in (_configured(folder, settings), _by_config(folder), folder.parent.name):
        return True
    files = [file for file in folder.glob("*.py") if file.is_file()]
    names = "|".join(re.escape(file.stem) for file in files)
    edge = re.compile(rf"""["']{re.escape(label)}["']\s*,\s*["'](?:{names})["']""".encode())
    for file in files:
        try:
            text = file.read_bytes()
        except OSError:
            continue
        if edge.search(text):
            return True
    return False


def _configured(folder: Path, settings: Settings) -> str | None:
    place = patterns.relative(folder, settings.root)
    dotted = place.replace("/", ".")
    for name, label in settings.app_labels.items():
        wanted = name.strip("/").replace("/", ".")
        if _ends_with(dotted, wanted) or _ends_with(dotted.rpartition(".")[0], wanted):
            return label
    for label, module in settings.migration_modules.items():
        if _ends_with(dotted, module):
            return label
    return None


def _ends_with(dotted: str, module: str) -> bool:
    return dotted == module or dotted.endswith(f".{module}")


def _by_config(folder: Path) -> str | None:
    """The one label that the application's `apps.py` sets, if it sets any."""
    try:
        text = (folder.parent / "apps.py").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    labels = set(_LABEL.findall(text)) if _CONFIG.search(text) else set()
    return labels.pop() if len(labels) == 1 else None


def needs_user_model(migrations: Iterable[Migration], settings: Settings) -> bool:
    """Whether migrations go through AUTH_USER_MODEL while neither the settings nor they themselves tell what it is."""
    migrations = list(migrations)
    if settings.auth_user_model is not None or any(map(creates_user, migrations)):
        return False
    return any(d.setting == "AUTH_USER_MODEL" for m in migrations for d in (*m.dependencies, *m.run_before))


def creates_user(migration: Migration) -> bool:
    """Whether a migration creates a model with the fields of AbstractBaseUser."""
    return any(_users(migration))


def _users(migration: Migration) -> Iterator[str]:
    for operation in migration.operations:
        if isinstance(operation, CreateModel) and {name for name, _ in operation.fields} >= USER_FIELDS:
            yield operation.name


def user_model(migrations: Iterable[Migration], settings: Settings) -> str:
    """AUTH_USER_MODEL, as `app.Model`.

    What the settings say; else the one model of the tree that has the fields of AbstractBaseUser; else Django's own
    default, `auth.User`.
    """
    if settings.auth_user_model is not None:
        return settings.auth_user_model
    users = {f"{migration.app}.{name}" for migration in migrations for name in _users(migration)}
    return users.pop() if len(users) == 1 else "auth.User"


def django_version(migrations: Iterable[Migration], settings: Settings) -> tuple[int, int]:
    """The Django that runs the migrations: what the settings say, else the newest that their headers or features show.

    Without any sign it is the newest release with long-term support.
    """
    if settings.django_version is not None:
        return settings.django_version
    signs = [sign for migration in migrations for sign in _signs(migration)]
    return max(signs, default=NEWEST_LONG_TERM)


def _signs(migration: Migration) -> Iterator[tuple[int, int]]:
    """The versions that a migration's header and the features it uses point at."""
    if migration.generated_by is not None:
        yield migration.generated_by
    for operation in migration.operations:
        if isinstance(operation, AlterConstraint):
            yield (5, 2)
        elif isinstance(operation, AddConstraint) and operation.constraint.nulls_distinct is not None:
            yield (5, 0)
        for declared in _fields(operation):
            options = {name for name, _ in declared.options}
            if declared.kind.endswith(".CompositePrimaryKey"):
                yield (5, 2)
            if "db_default" in options or declared.kind.endswith(".GeneratedField"):
                yield (5, 0)
            if "db_comment" in options:
                yield (4, 2)


def _fields(operation: Operation) -> Iterator[Field]:
    """The fields that an operation declares."""
    if isinstance(operation, (AddField, AlterField)):
        yield operation.field
    elif isinstance(operation, CreateModel):
        yield from (declared for _, declared in operation.fields if isinstance(declared, Field))
