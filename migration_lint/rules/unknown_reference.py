from __future__ import annotations

import difflib
from collections.abc import Iterator

from migration_lint.policy.references import Unmade, of_models, unmade
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_NOT_MADE = ", which no migration before it makes: it fails on every database that these migrations build."
_WORDS = {"table": "model", "column": "field", "index": "index", "constraint": "constraint"}


class UnknownReference(Rule):
    """A migration names a model, table, column, index or constraint that nothing before it makes.

    It works where somebody made the thing by hand, and fails on every other database: a new developer's, the one the
    tests build, production. Often the name is misspelt, or an earlier migration has renamed or dropped what it names.

    Nothing is said where the history leaves a doubt: something in it was not understood, it does not begin at the
    beginning, a table was made elsewhere, or IF EXISTS makes the statement good for both.
    """

    name = "unknown-reference"
    family = "history"
    severity = Severity.ERROR

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for step in migration.steps:
            yield from self.check_step(step, settings)
            found = next(of_models(step, migration), None)
            if found is not None:
                name, kind = found
                message = f"{step.operation.kind} needs the {_WORDS[kind]} {name}{_NOT_MADE}"
                yield self.finding(step, message, "", objects=(kind, name))

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for place, missing in unmade(step).items():
            of = f" of {missing.table}" if missing.kind != "table" and missing.table else ""
            message = f"{step.operation.kind} needs the {missing.kind} {missing.name}{of}{_NOT_MADE}"
            executed = step.executed[place]
            objects = (missing.kind, missing.table, missing.name)
            yield self.finding(step, message, _advice(missing), objects=objects, executed=executed)


def _advice(missing: Unmade) -> str:
    near = difflib.get_close_matches(missing.name, missing.known, n=1)
    if near:
        return f"-- Is {near[0]} meant?"
    listed = ", ".join(missing.known[:20])
    return f"-- There is: {listed}" if listed else ""
