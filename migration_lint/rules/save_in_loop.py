from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RunPython
from migration_lint.model.functions import RowsLooped
from migration_lint.policy import batches, table_sizes
from migration_lint.policy.noted import may_be_large, model_at, notes
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Related, Rule, Severity
from migration_lint.settings import Settings


class SaveInLoop(Rule):
    """A loop over a whole table saves each row on its own.

    That is one UPDATE for each row, sent and answered one after the other. On a large table the migration takes many
    times as long as it need, and in a transaction all rows stay locked until the last one is written.

    `update()` with `F()` expressions does it in the database where the new value follows from the row's other columns;
    else `bulk_update` writes some thousand rows with one statement. A queryset that is limited by a key, a value or a
    slice is left alone, since nobody can tell here how many rows that leaves.
    """

    name = "save-in-loop"
    family = "data-migration"
    severity = Severity.WARNING
    sees = (RunPython,)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for noted in notes(migration, RowsLooped, settings):
            step, loop = noted.step, noted.note
            if not loop.takes_all or loop.saved is None:
                continue
            model = model_at(step, loop.app, loop.model, settings)
            if not may_be_large(step, model):
                continue
            which = f"every row of {model.table}" if loop.every else f"each row of {model.table} that it changes"
            locked = ", and these rows stay locked until the whole transaction ends" if step.transactional else ""
            loaded = "" if loop.streamed else " The loop also loads the whole table into memory at once."
            message = f"{noted.function} writes each {loop.row} on its own: one UPDATE for {which}{locked}.{loaded}"
            todo = batches.batched_saves(noted.function, loop.app, loop.model, loop.row, loop.fields)
            related = (Related(step.migration.path, loop.span, "the loop"),) if loop.span != loop.saved else ()
            yield self.finding(
                step,
                message,
                todo,
                objects=(model.table,),
                severity=table_sizes.adjusted(self.severity, (model.table,), settings),
                related=related,
                span=loop.saved,
            )
