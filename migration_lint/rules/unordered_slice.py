from __future__ import annotations

from collections.abc import Iterator

from migration_lint.lowering.django.models import Model
from migration_lint.model.django import RunPython
from migration_lint.model.functions import RowsPaged
from migration_lint.policy import batches
from migration_lint.policy.noted import model_at, notes
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class UnorderedSlice(Rule):
    """A queryset is read page by page in an order that may change in between.

    Each slice is a query of its own. Without an order the database gives rows as it finds them, which changes as soon
    as a row is written: some rows come twice and others never. The same happens where the loop changes a field that
    the queryset filters or sorts by: the rows that are done fall out, and the next slice begins that much too late.

    Order by a key that does not change and go on behind the last one that was seen, or take the first thousand of those
    left over, again and again, until there are none.
    """

    name = "unordered-slice"
    family = "data-migration"
    severity = Severity.ERROR
    sees = (RunPython,)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        seen = set()
        for noted in notes(migration, RowsPaged, settings):
            paged = noted.note
            if (paged.span, paged.model) in seen:
                continue
            model = model_at(noted.step, paged.app, paged.model, settings)
            order = _order(paged, model)
            moving = [name for name in (*paged.wanted, *(order or ())) if name.lstrip("-") in paged.written]
            if order != () and not moving:
                continue
            seen.add((paged.span, paged.model))
            if moving:
                why = f"{noted.function} changes {moving[0].lstrip('-')}, which the queryset is chosen or sorted by"
                then = "rows fall out of the pages that were read, and the next page leaves out as many"
            else:
                why, then = "the queryset has no order", "some rows are read twice and others never"
            message = f"{noted.function} reads {model.table} page by page, but {why}: {then}."
            name = model.state.name if paged.app else "User"
            todo = batches.pages(name)
            yield self.finding(noted.step, message, todo, objects=(model.table,), span=paged.span)


def _order(paged: RowsPaged, model: Model) -> tuple[str, ...] | None:
    """What the pages are ordered by: nothing if empty, None where that can't be told."""
    if paged.order is not None:
        random = "?" in paged.order
        return None if "<unknown>" in paged.order else () if random else paged.order
    if not model.known or model.parents:
        return None
    ordering = model.state.options.get("ordering", ())
    if not isinstance(ordering, tuple) or not all(isinstance(name, str) for name in ordering):
        return None
    if model.state.options.get("order_with_respect_to"):
        return None
    return tuple(str(name) for name in ordering)
