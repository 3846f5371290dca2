from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.model.django import AddIndex
from migration_lint.model.statements import AddConstraint, CreateIndex, CreateTable
from migration_lint.model.tables import Index, IndexKey, PrimaryKey, Table, Unique
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class DuplicateIndex(Rule):
    """An index is covered by another one that begins with the same columns.

    The database answers every query that the shorter index could serve from the longer one. What is left of it is its
    price: disk, memory, and one more index to keep up with each INSERT and UPDATE. The indexes that Django makes by
    itself for foreign keys are left alone.
    """

    name = "duplicate-index"
    family = "schema"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        found: dict[tuple[str, str], tuple[Step, Executed, str]] = {}
        for step in migration.steps:
            for executed, table_name, name in _added(step):
                table = migration.final.table(table_name)
                pair = _covered(table, name) if table else None
                if pair is not None:
                    # Where the migration adds both, the one that makes it two is the later one.
                    found[table_name, pair[0].name] = step, executed, pair[1]
        for (table_name, name), (step, executed, cover) in found.items():
            index = migration.final.tables[table_name].indexes[name]
            message = (
                f"The index {name} on {table_name} ({_columns(index)}) is covered by {cover}, which begins with the "
                "same columns."
            )
            yield self.finding(step, message, _advice(step, name), objects=(table_name, name), executed=executed)


def _added(step: Step) -> Iterator[tuple[Executed, str, str]]:
    for executed, statement in step.statements:
        match statement:
            case CreateIndex(index=index):
                yield executed, index.table, index.name
            case AddConstraint(table=table, constraint=Unique() | PrimaryKey() as constraint):
                yield executed, table, constraint.name
            case CreateTable(table=table):
                yield from ((executed, table.name, name) for name in table.indexes)
            case _:
                pass


def _covered(table: Table, name: str) -> tuple[Index, str] | None:
    """The index that is one too many, and the name of the one that covers it, where `name` is one of the two."""
    plain = [index for index in table.indexes.values() if _is_plain(index)]
    keys: dict[str, tuple[IndexKey, ...]] = {
        index.name: index.keys for index in plain if not index.unique and index.implicit not in ("foreign key", "like")
    }
    covers = {index.name: index.keys for index in plain}
    for constraint in table.constraints.values():
        if isinstance(constraint, (PrimaryKey, Unique)):
            covers[constraint.name] = tuple(IndexKey(column) for column in constraint.columns)
    for short, short_keys in keys.items():
        for long, long_keys in covers.items():
            if short == long or name not in (short, long) or long_keys[: len(short_keys)] != short_keys:
                continue
            # Of two equal indexes the one this migration adds is the one too many.
            if long in keys and len(long_keys) == len(short_keys) and short != name:
                continue
            return table.indexes[short], long
    return None


def _advice(step: Step, name: str) -> str:
    operation = step.operation
    if isinstance(operation, AddIndex) and operation.index.name != name:
        removed = f'RemoveIndexConcurrently("{operation.model_name}", "{name}")'
        return advice.django_file(step.migration, f"drop_{name}"[:40], [removed], atomic=False)
    return f"# Leave {name} out."


def _is_plain(index: Index) -> bool:
    return index.where is None and index.method == "btree" and not index.include and all(k.column for k in index.keys)


def _columns(index: Index) -> str:
    return ", ".join(key.column or "an expression" for key in index.keys)
