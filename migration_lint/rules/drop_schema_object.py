from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.statements import AlterObject, CreateObject, CreateView, DropObject, Statement
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_HOLD_DATA = ("schema", "database", "sequence", "type", "domain", "extension")
_DEFINITIONS = ("view", "materialized view", "function", "procedure", "aggregate")


class DropSchemaObject(Rule):
    """A schema, database, type, extension, sequence, view or function is dropped.

    What it holds goes with it: a schema's or database's tables, a sequence's position; with CASCADE everything that
    depends on it as well, columns of a dropped type or extension included, and no error says so. Whatever still uses it
    fails.

    A view or function that the same migration makes anew is only replaced, and left alone here.
    """

    name = "drop-schema-object"
    family = "data-loss"
    severity = Severity.ERROR
    sees = (DropObject,)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        made: dict[tuple[str, str], list[int]] = {}
        everything = [(step, executed, s) for step in migration.steps for executed, s in step.statements]
        for position, (_, _, statement) in enumerate(everything):
            if (key := _made(statement)) is not None:
                made.setdefault(key, []).append(position)
        for position, (step, executed, statement) in enumerate(everything):
            if not isinstance(statement, DropObject) or statement.object_kind not in (*_HOLD_DATA, *_DEFINITIONS):
                continue
            kind, name = statement.object_kind, statement.name
            places = made.get((kind, name), [])
            if any(place < position for place in places):
                continue
            if kind in _DEFINITIONS and places and not statement.cascade:
                continue
            message = f"The {kind} {name} is dropped{_consequence(statement)}."
            text = f"-- Drop the {kind} {name} when no release that uses it runs any more"
            text += ", without CASCADE, so that nothing goes unnoticed." if statement.cascade else "."
            yield self.finding(step, message, text, objects=(kind, name), executed=executed)


def _made(statement: Statement) -> tuple[str, str] | None:
    match statement:
        case CreateView(view=view):
            return ("materialized view" if view.materialized else "view"), view.name
        case CreateObject(object_kind=kind, name=name):
            return kind, name
        case AlterObject(object_kind=kind, action="rename", values=(name,)):
            return kind, name  # nobody knows the new name yet
        case _:
            return None


def _consequence(statement: DropObject) -> str:
    if statement.cascade:
        holds = " all that it holds and" if statement.object_kind in ("schema", "database") else ""
        return f", and CASCADE drops{holds} all that depends on it with it, columns and views included"
    if statement.object_kind in ("schema", "database"):
        return " with all that it holds"
    return ": what still uses it fails"
