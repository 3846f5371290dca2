"""What a migration's dependencies make sure has run before it, the applications outside of the tree included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from migration_lint.history import History, Key
from migration_lint.model.django import CreateModel, RenameModel, RunSQL, SeparateDatabaseAndState
from migration_lint.model.migration import Migration, NotAnalysed, Operation
from migration_lint.settings import Settings

# What the migrations of Django's own applications depend on, in 3.2 to 6.1. None stands for the user model's.
_CONTRIB: dict[str, tuple[str | None, ...]] = {
    "admin": (None, "contenttypes"),
    "auth": ("contenttypes",),
    "contenttypes": (),
    "flatpages": ("sites",),
    "redirects": ("sites",),
    "sessions": (),
    "sites": (),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """`migrations` are those of the tree, `apps` all applications. `open` says that something among them, which is not
    in the tree, may depend on more."""

    migrations: frozenset[Key]
    apps: frozenset[str]
    open: bool


def declared_before(key: Key, history: History, settings: Settings) -> Declared:
    """What runs before a migration whatever the order of the rest."""
    found: set[Key] = set()
    pending = list(history.parents.get(key, ()))
    while pending:
        parent = pending.pop()
        if parent not in found:
            found.add(parent)
            pending += history.parents.get(parent, ())
    user_app = (settings.auth_user_model or "auth.User").partition(".")[0]
    in_tree = {app for app, _ in history.migrations}
    outside: set[str] = set()
    unsure = False
    for migration in (history.migrations[each] for each in (*found, key) if each in history.migrations):
        for dependency in migration.dependencies:
            if dependency.setting not in (None, "AUTH_USER_MODEL"):
                unsure = True
            else:
                app = user_app if dependency.setting else dependency.app
                if app not in in_tree:
                    outside.add(app)
        unsure |= any("dependencies" in problem.reason for _, problem in migration.problems)
    outside |= _behind(outside, user_app)
    apps = {app for app, _ in found} | outside
    return Declared(frozenset(found), frozenset(apps), unsure or not outside <= {*_CONTRIB, *in_tree, user_app})


def _behind(apps: Iterable[str], user_app: str) -> set[str]:
    """What Django's own applications depend on themselves."""
    found: set[str] = set()
    pending = list(apps)
    while pending:
        for needed in _CONTRIB.get(pending.pop(), ()):
            app = needed or user_app
            if app not in found:
                found.add(app)
                pending.append(app)
    return found


def has_migrations(app: str, history: History) -> bool:
    """Whether an application is known to have migrations: it is in the tree, Django's own, or somebody names one."""
    if app in _CONTRIB or any(label == app for label, _ in history.migrations):
        return True
    return any(d.app == app for migration in history.migrations.values() for d in migration.dependencies)


def creator(app: str, model: str, history: History, among: Iterable[Key]) -> Key | None:
    """The first of the migrations given that makes a model of that name."""
    for key in among:
        if key[0] == app and key in history.migrations:
            for operation in state_operations(history.migrations[key].operations):
                match operation:
                    case CreateModel(name=name) | RenameModel(new_name=name) if name.lower() == model.lower():
                        return key
    return None


def is_understood(app: str, history: History) -> bool:
    """Whether all migrations of an application are understood, so that a model they do not make is not there."""
    return not any(map(_is_unclear, (m for (label, _), m in history.migrations.items() if label == app)))


def _is_unclear(migration: Migration) -> bool:
    return bool(migration.problems) or any(
        isinstance(operation, NotAnalysed) for operation in state_operations(migration.operations)
    )


def state_operations(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations that change the models, those inside others included."""
    for operation in operations:
        match operation:
            case SeparateDatabaseAndState(state_operations=inner):
                yield from state_operations(inner)
            case RunSQL(state_operations=inner):
                yield from state_operations(inner)
            case _:
                yield operation
