from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RunPython
from migration_lint.model.functions import RowsLooped
from migration_lint.policy import table_sizes
from migration_lint.policy.noted import may_be_large, model_at, notes
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class UnbatchedIteration(Rule):
    """A loop loads every row of a table into memory.

    A queryset that is looped over fetches all of its rows and keeps them until the loop ends. On a table of millions
    of rows the migration grows until the machine stops it, and all that it did is undone. `iterator()` fetches and
    forgets some thousand at a time.

    A queryset that is limited by a key, a value or a slice is left alone, since nobody can tell here how many rows
    that leaves. Tables listed in `small-tables` are only noted, those in `large-tables` are errors. Where the loop
    also saves each row, `save-in-loop` speaks instead.
    """

    name = "unbatched-iteration"
    family = "data-migration"
    severity = Severity.WARNING
    sees = (RunPython,)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for noted in notes(migration, RowsLooped, settings):
            step, loop = noted.step, noted.note
            if not loop.takes_all or loop.streamed or loop.saved is not None:
                continue
            model = model_at(step, loop.app, loop.model, settings)
            if not may_be_large(step, model):
                continue
            message = (
                f"The loop in {noted.function} loads every row of {model.table} into memory before its first round and "
                "keeps them all until it ends."
            )
            name = model.state.name if loop.app else "User"
            todo = f"for {loop.row} in {name}.objects.iterator(chunk_size=2000):\n    ..."
            severity = table_sizes.adjusted(self.severity, (model.table,), settings)
            yield self.finding(step, message, todo, objects=(model.table,), severity=severity, span=loop.span)
