from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from migration_lint.describing import listed
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings


class ManyChanges(Rule):
    """One migration changes many things that have nothing to do with each other.

    If one of its steps fails or has to be taken back, all of them do; while it runs it holds the locks of all, and who
    reviews it has to keep all of them in mind. Tables that refer to each other count as one change; new tables do not
    count.

    Off until it is selected; `[tool.migration-lint.rules.many-changes]` with `max = 5` allows more than 3.
    """

    name = "many-changes"
    family = "history"
    severity = Severity.OFF
    options: ClassVar[Mapping[str, int]] = {"max": 3}

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        if migration.migration.replaces or migration.migration.initial:
            return
        groups = _groups(migration)
        if len(groups) <= self.option("max", settings):
            return
        names = listed([min(group) for group in groups])
        message = (
            f"{migration.migration.name} changes {len(groups)} things that do not belong together, around {names}: if "
            "one of them fails, none of them is there."
        )
        advice = "# One migration for each of them."
        yield self.file_finding(migration.migration, message, advice, objects=tuple(min(group) for group in groups))


def _groups(migration: ReplayedMigration) -> list[set[str]]:
    """The tables that the migration changes, those that refer to each other together, in the order of their change."""
    groups: list[set[str]] = []
    for step in migration.steps:
        for executed in step.executed:
            tables = {lock.table for lock in executed.effect.locks}
            tables |= {
                table for s in executed.command.statements if isinstance(table := getattr(s, "table", None), str)
            }
            tables = {table for table in tables if not step.is_new(table)}
            if not tables:
                continue
            tables |= {other for table in tables for other in _linked(table, migration.final)}
            joined = [group for group in groups if group & tables]
            groups = [group for group in groups if group not in joined]
            groups.append(set().union(tables, *joined))
    return groups


def _linked(table: str, schema: Schema) -> Iterator[str]:
    """The tables on the other side of a table's foreign keys."""
    found = schema.table(table)
    for constraint in found.constraints.values() if found else ():
        to_table = getattr(constraint, "to_table", None)
        if to_table is not None:
            yield to_table
    yield from (owner for owner, _ in schema.references_to(table))
