from __future__ import annotations

from collections.abc import Iterator

from migration_lint.lowering.django.models import Model
from migration_lint.lowering.django.state import ModelState, ProjectState
from migration_lint.model.django import Field, RunPython
from migration_lint.model.functions import MethodUsed
from migration_lint.model.values import Reference, Value
from migration_lint.policy.noted import model_at, notes
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

# Models of Django's own, whose managers migrations can use and whose methods they cannot.
_CONTRIB = frozenset(
    (
        *(("auth", "user"), ("auth", "group"), ("auth", "permission"), ("contenttypes", "contenttype")),
        *(("sites", "site"), ("sessions", "session"), ("admin", "logentry")),
    )
)
_MODEL = Reference("django.db.models", "Model")


class HistoricalModelMethod(Rule):
    """A data migration calls a method or manager that historical models do not have.

    What `apps.get_model` gives is built from the migrations: its fields, Django's own methods, and managers with
    `use_in_migrations = True`. Methods, properties and managers of the class in `models.py` are not there, and the call
    raises AttributeError, on whichever database has a row for it first. A `save()` of one's own is not there either and
    what it would have done is left undone without a word.

    Where a mixin among the model's bases, a manager of the state or a field of another package may have the method,
    nothing is said.
    """

    name = "historical-model-method"
    family = "data-migration"
    severity = Severity.WARNING
    sees = (RunPython,)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        seen = set()
        for noted in notes(migration, MethodUsed, settings):
            used, models = noted.note, noted.step.models
            model = model_at(noted.step, used.app, used.model, settings)
            if (noted.function, model.key, used.name) in seen or "hasattr" in (used.conditional or ""):
                continue
            if _may_have(used, model, models):
                continue
            seen.add((noted.function, model.key, used.name))
            name = model.state.name if used.app else "User"
            owner = {"row": f"a {name}", "query": f"{name}.{used.manager or 'objects'}", "class": name}[used.on]
            message = (
                f"{noted.function} uses {used.name} of {owner}, which the {name} that apps.get_model gives does not "
                "have: it raises AttributeError."
            )
            todo = f"# Write into the migration what it does:\ndef {used.name}({name.lower()}):\n    ..."
            if used.on == "query":
                todo = f"# Write the query into the migration:\n{name}.objects.filter(...)"
            yield self.finding(noted.step, message, todo, objects=(model.table, used.name), span=used.span)


def _may_have(used: MethodUsed, model: Model, models: ProjectState) -> bool:
    """Whether the historical model has it, or nobody can tell."""
    state = models.model(*model.key)
    if state is None:
        return model.key not in _CONTRIB or used.on == "query"
    if used.on == "query":
        return state.managers != () or not _plain(state, models, set())
    return (
        state.managers is None
        or used.name in state.managers
        or not _plain(state, models, set())
        or model.get_field(used.name) is not None
        or used.name.endswith("_set")
        or any(_foreign(declared) and name in used.name for name, declared in state.fields.items())
    )


def _plain(state: ModelState, models: ProjectState, seen: set[tuple[str, str]]) -> bool:
    """Whether nothing among the bases of a model brings methods of its own."""
    if state.key in seen:
        return True
    seen.add(state.key)
    return all(_brings_nothing(base, state, models, seen) for base in state.bases)


def _brings_nothing(base: Value, state: ModelState, models: ProjectState, seen: set[tuple[str, str]]) -> bool:
    if isinstance(base, str):
        app, _, name = base.rpartition(".")
        parent = models.model(app or state.app, name)
        return (app, name.lower()) in _CONTRIB if parent is None else _plain(parent, models, seen)
    return base == _MODEL


def _foreign(declared: object) -> bool:
    """Whether a field's class is not Django's, so that it may bring methods."""
    return not isinstance(declared, Field) or not declared.kind.startswith("django.")
