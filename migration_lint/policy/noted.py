"""What the functions that a migration runs are seen to do, and the models that they do it to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from migration_lint.conditions import holds
from migration_lint.labels import NEWEST_LONG_TERM
from migration_lint.lowering.django import DjangoLowering
from migration_lint.lowering.django.models import Model, Models
from migration_lint.model.django import RunPython
from migration_lint.model.functions import Note
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.running_python import facts_of, model_of
from migration_lint.settings import Settings

N = TypeVar("N", bound=Note)

_OF_THE_CODE = frozenset(
    (("contenttypes", "contenttype"), ("auth", "permission"), ("auth", "group"), ("sites", "site"))
)
"""Models of Django's own that have about one row for each model, role or site: never many."""


@dataclass(frozen=True, slots=True)
class Noted(Generic[N]):
    """A note about the function that a step runs; `function` is what to call it in a message."""

    step: Step
    function: str
    note: N


def notes(migration: ReplayedMigration, kind: type[N], settings: Settings) -> Iterator[Noted[N]]:
    """The notes of one kind about all functions that the migration runs forwards, each once.

    Those under a condition that the database does not meet are left out.
    """
    seen = set()
    for step in migration.steps:
        if not isinstance(step.operation, RunPython) or not step.database:
            continue
        facts = facts_of(step.operation, step.migration)
        for note in facts.notes if facts is not None else ():
            never = note.conditional is not None and holds(note.conditional, settings.database) is False
            if isinstance(note, kind) and facts is not None and note not in seen and not never:
                seen.add(note)
                yield Noted(step, shown(facts.name), note)


def shown(name: str) -> str:
    """A function's name in a message."""
    return "the lambda" if name == "<lambda>" else f"{name.rpartition('.')[2]}()"


def model_at(step: Step, app: str, name: str, settings: Settings) -> Model:
    """A model as it is when the step begins; `app` is empty where `name` is that of a setting."""
    models: Models | None = step.worked_out.get("models")
    if models is None:
        version = settings.django_version or NEWEST_LONG_TERM
        models = DjangoLowering(settings).start(step.migration, version).models(step.models)
        step.worked_out["models"] = models
    return model_of(app, name, models)


def may_be_large(step: Step, model: Model) -> bool:
    """Whether the model's table is in use and can hold many rows."""
    return not step.is_new(model.table) and model.key not in _OF_THE_CODE
