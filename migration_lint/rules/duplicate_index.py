from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from migration_lint import advice
from migration_lint.model.django import AddIndex
from migration_lint.model.statements import AddConstraint, CreateIndex, CreateTable
from migration_lint.model.tables import Index, IndexKey, PrimaryKey, Table, Unique
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_Keys = tuple[Hashable, ...]


class DuplicateIndex(Rule):
    """An index is covered by another one that begins with the same columns.

    The database answers every query that the shorter index could serve from the longer one. What is left of it is its
    price: disk, memory, and one more index to keep up with each INSERT and UPDATE. The indexes that Django makes by
    itself for foreign keys are left alone.
    """

    name = "duplicate-index"
    family = "schema"
    severity = Severity.WARNING
    sees = (AddConstraint, CreateIndex, CreateTable)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        added = [(step, *each) for step in migration.steps for each in _added(step)]
        names: dict[str, list[str]] = {}
        for _, _, table_name, name in added:
            names.setdefault(table_name, []).append(name)
        tables = {table_name: migration.final.table(table_name) for table_name in names}
        leading = {name: _Leading(table, names[name]) for name, table in tables.items() if table is not None}
        found: dict[tuple[str, str], tuple[Step, Executed, str]] = {}
        for step, executed, table_name, name in added:
            pair = leading[table_name].pair(name) if table_name in leading else None
            if pair is not None:
                # Where the migration adds both, the one that makes it two is the later one.
                found[table_name, pair[0]] = step, executed, pair[1]
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


class _Leading:
    """The indexes of a table that begin as one of `names` does, to be found by their keys."""

    def __init__(self, table: Table, names: Iterable[str]) -> None:
        plain = [index for index in table.indexes.values() if _is_plain(index)]
        self._covers = {index.name: tuple(map(_key, index.keys)) for index in plain}
        for constraint in table.constraints.values():
            if isinstance(constraint, (PrimaryKey, Unique)):
                self._covers[constraint.name] = constraint.columns
        first = {keys[0] for name in names if (keys := self._covers.get(name))}
        self._covers = {name: keys for name, keys in self._covers.items() if keys and keys[0] in first}
        plain = [index for index in plain if index.name in self._covers]
        droppable = [index for index in plain if not index.unique and index.implicit not in ("foreign key", "like")]
        self._places = {index.name: place for place, index in enumerate(droppable)}
        # Of each only two are needed: the first one, and the first other one.
        self._by_beginning: dict[_Keys, list[str]] = {}
        self._by_keys: dict[_Keys, list[str]] = {}
        for name, keys in self._covers.items():
            for length in range(1, len(keys) + 1):
                _note(self._by_beginning, keys[:length], name)
        for index in droppable:
            _note(self._by_keys, self._covers[index.name], index.name)

    def pair(self, name: str) -> tuple[str, str] | None:
        """The index that is one too many, and the one that covers it, where `name` is one of the two."""
        keys = self._covers.get(name)
        if keys is None:
            return None
        found = []
        if name in self._places:
            found += [(name, long) for long in self._by_beginning[keys] if long != name]
        # Of two equal indexes the one this migration adds is the one too many.
        for length in range(1, len(keys) + (name not in self._places)):
            found += [(short, name) for short in self._by_keys.get(keys[:length], ()) if short != name]
        return min(found, key=lambda pair: self._places[pair[0]], default=None)


def _key(key: IndexKey) -> Hashable:
    """A key to be compared by: the column alone where nothing else is said of it, as in a constraint."""
    return key if key.opclass or key.descending else key.column


def _note(found: dict[_Keys, list[str]], keys: _Keys, name: str) -> None:
    names = found.setdefault(keys, [])
    if len(names) < 2:
        names.append(name)


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
