from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migration_lint.history import History
from migration_lint.lowering.django.state import ModelState, relation_target
from migration_lint.model.django import AddField, AlterField, CreateModel, Field, RunPython
from migration_lint.model.functions import ModelAsked
from migration_lint.model.migration import Migration
from migration_lint.model.values import Span
from migration_lint.policy.declared import Declared, creator, declared_before, has_migrations, is_understood
from migration_lint.policy.noted import notes
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


@dataclass(frozen=True, slots=True)
class _Need:
    """A model of another application that a step needs, where it says so, and in whose words."""

    step: Step
    app: str
    model: str
    span: Span
    how: str


class UndeclaredAppDependency(Rule):
    """A migration uses a model of another application on whose migrations it does not depend.

    `apps.get_model` and foreign keys find what the migrations that have run so far have made. Which of two
    applications Django migrates first is decided by the dependencies alone; without one it may work here and fail on a
    new database, in the tests, or once a third application changes the order: with `LookupError: No installed app with
    label …`, or because a related model cannot be resolved.

    Dependencies of dependencies count, and so do `run_before`, `replaces`, `swappable_dependency` and `__first__`. A
    function that asks whether the application is installed, or copes with its absence, is left alone.
    """

    name = "undeclared-app-dependency"
    family = "data-migration"
    severity = Severity.ERROR
    sees = (RunPython, CreateModel, AddField, AlterField)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        history, key = migration.history, (migration.migration.app, migration.migration.name)
        if key not in history.parents:
            return
        declared: Declared | None = None
        seen = set()
        for need in (*_models_asked(migration, settings), *_models_related(migration, settings)):
            if need.app == key[0] or need.app in seen:
                continue
            declared = declared or declared_before(key, history, settings)
            if declared.open and not any(app == need.app for app, _ in history.migrations):
                continue
            missing = _missing(need, declared, history)
            if missing is None:
                continue
            seen.add(need.app)
            why, name = missing
            message = f"{need.how} {need.app}.{need.model}, but {why}: on a new database it may not be there yet."
            text = _advice(migration.migration, need.app, name, settings)
            yield self.finding(need.step, message, text, objects=(need.app,), span=need.span)


def _missing(need: _Need, declared: Declared, history: History) -> tuple[str, str] | None:
    """What does not have to run before, in words, and the name of the migration to depend on."""
    if need.app not in declared.apps:
        if not has_migrations(need.app, history):
            return None
        made = creator(need.app, need.model, history, history.order)
        return f"this migration does not depend on {need.app}", made[1] if made else "__first__"
    if creator(need.app, need.model, history, declared.migrations) is not None:
        return None
    made = creator(need.app, need.model, history, history.order)
    if made is None or not is_understood(need.app, history):
        return None
    return f"this migration does not depend on {made[0]}.{made[1]}, which makes it", made[1]


def _models_asked(migration: ReplayedMigration, settings: Settings) -> Iterator[_Need]:
    for noted in notes(migration, ModelAsked, settings):
        asked = noted.note
        app, _, model = (asked.app, "", asked.model) if asked.app else _user(settings).partition(".")
        if not asked.guarded and (asked.app or asked.model == "AUTH_USER_MODEL"):
            yield _Need(noted.step, app, model, asked.span, f"{noted.function} asks for")


def _models_related(migration: ReplayedMigration, settings: Settings) -> Iterator[_Need]:
    """The models that relations name, but for those of applications that the migration itself depends on: there
    `makemigrations` has written the right migration down."""
    named = {_user(settings).partition(".")[0] if d.setting else d.app for d in migration.migration.dependencies}
    for step in migration.steps:
        if not step.state:
            continue
        match step.operation:
            case CreateModel(name=name, fields=fields):
                pairs = fields
            case (
                AddField(model_name=name, name=field_name, field=one)
                | AlterField(model_name=name, name=field_name, field=one)
            ):
                pairs = ((field_name, one),)
            case _:
                continue
        owner = ModelState(step.migration.app, name)
        for field_name, field in pairs:
            options = dict(field.options) if isinstance(field, Field) else {}
            key = relation_target(options.get("to"), owner, _user(settings)) if "to" in options else None
            if key is not None and key[0] not in named and isinstance(field, Field):
                yield _Need(step, *key, field.span, f"{name}.{field_name} refers to")


def _user(settings: Settings) -> str:
    return settings.auth_user_model or "auth.User"


def _advice(migration: Migration, app: str, name: str, settings: Settings) -> str:
    known = [f'("{d.app}", "{d.name}")' for d in migration.dependencies if d.setting is None]
    known += [
        f"migrations.swappable_dependency(settings.{d.setting})"
        for d in migration.dependencies
        if d.setting is not None
    ]
    added = f'("{app}", "{name}")'
    if app == _user(settings).partition(".")[0] and app == "auth":
        added = "migrations.swappable_dependency(settings.AUTH_USER_MODEL)" if name == "__first__" else added
    return "dependencies = [\n" + "".join(f"    {line},\n" for line in (*known, added)) + "]"
