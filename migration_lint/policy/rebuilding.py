"""Tables that SQL makes anew from a copy of their rows, as SQLite's users have to
(https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes).

The table is made under another name, gets the rows, and takes the old one's place; or the old one gives up its name
first; or the rows are kept in a third table meanwhile. At the end a table of the old name is there, with the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migration_lint.model.django import RunSQL
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import CreateTable, DropTable, Insert, RenameTable, Statement
from migration_lint.replay import Executed, ReplayedMigration, Step


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A table that is there again under its name; `dropped` is what it was called when it was dropped, if it was, by
    the statement that `executed` holds. `lost` are the columns that the new table does not have."""

    table: str
    step: Step
    executed: Executed
    dropped: str | None
    lost: tuple[str, ...]


def rebuilt_tables(migration: ReplayedMigration) -> tuple[Rebuilt, ...]:
    """The tables of earlier releases that the migration makes anew with their rows."""
    old_names: dict[str, str] = {}  # what a table is called now -> what it was called before the migration
    made: set[str] = set()
    gone: dict[str, tuple[Step, Executed, str | None]] = {}
    copied = False
    for step, executed, statement in _sql(migration):
        match statement:
            case CreateTable(table=table, as_select=as_select):
                made.add(table.name)
                copied = copied or as_select
            case Insert(rows=None):
                copied = True
            case RenameTable(table=old, new_name=new) if old in made:
                made.discard(old)
                made.add(new)
            case RenameTable(table=old, new_name=new):
                old_names[new] = old_names.pop(old, old)
                gone.setdefault(old_names[new], (step, executed, None))
            case DropTable(table=name) if name in made:
                made.discard(name)
            case DropTable(table=name) if copied:
                gone[old_names.pop(name, name)] = step, executed, name
            case _:
                pass
    again = {name: each for name, each in gone.items() if copied and name in made}
    return tuple(Rebuilt(name, *each, _lost(name, each[0], migration)) for name, each in again.items())


def _sql(migration: ReplayedMigration) -> Iterator[tuple[Step, Executed, Statement]]:
    for step in migration.steps:
        if isinstance(step.operation, (RunSQL, SqlStatement)):
            for executed, statement in step.statements:
                yield step, executed, statement


def _lost(name: str, step: Step, migration: ReplayedMigration) -> tuple[str, ...]:
    before, after = step.released.table(name), migration.final.table(name)
    if before is None or after is None or not after.complete:
        return ()
    return tuple(column for column in before.columns if column not in after.columns)
