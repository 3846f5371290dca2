"""What a lowering hands to the replay."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.statements import Command
from migration_lint.model.values import Unknown


@dataclass(frozen=True, slots=True)
class Lowered:
    """The commands one operation sends at once, in order; deferred ones come when the migration finishes.

    `problems` are what could not be told about the operation (a field type nobody knows, a model the history never
    created): each a source text and a reason. `failure` is what the framework itself refuses, in its own words;
    `on_schema` says that it does so for what the database holds.
    """

    commands: tuple[Command, ...] = ()
    problems: tuple[Unknown, ...] = ()
    failure: str | None = None
    on_schema: bool = False
