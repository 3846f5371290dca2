"""What leads from a name to the tables and views that have to do with it, so that nobody has to look through all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from migration_lint.layered import Names, differing, put, taken
from migration_lint.model.tables import Constraint, ForeignKey, Table, View

_Name = TypeVar("_Name", str, tuple[str, str])
_ByName = Mapping[str, Names[_Name]]
_NONE: Names[Any] = Names()


@dataclass(frozen=True, slots=True)
class Links:
    """`owners` are the tables that have an index or a constraint of a name, `references` the foreign keys that point
    at a table, each with the table it stands on, `partitions` the partitions of a table, `readers` the views that read
    one, `incomplete` the tables of which not all is known."""

    owners: _ByName[str] = field(default_factory=dict)
    references: _ByName[tuple[str, str]] = field(default_factory=dict)
    partitions: _ByName[str] = field(default_factory=dict)
    readers: _ByName[str] = field(default_factory=dict)
    incomplete: Names[str] = _NONE

    def after(self, name: str, old: Table | None, new: Table | None) -> Links:
        """The links once the table `name` is `new` and no longer `old`."""
        old, new = old or Table(name, {}), new or Table(name, {})
        if _linked_alike(old, new):
            return self
        owners, references, partitions = self.owners, self.references, self.partitions
        changed = (*differing(old.indexes, new.indexes), *differing(old.constraints, new.constraints))
        for part in dict.fromkeys(changed):
            had = part in old.indexes or part in old.constraints
            has = part in new.indexes or part in new.constraints
            if had is not has:
                owners = _linked(owners, part, name) if has else _unlinked(owners, part, name)
            was, now = _target(old.constraints.get(part)), _target(new.constraints.get(part))
            if was != now:
                references = _unlinked(references, was, (name, part)) if was is not None else references
                references = _linked(references, now, (name, part)) if now is not None else references
        if old.partition_of != new.partition_of:
            partitions = _unlinked(partitions, old.partition_of, name) if old.partition_of else partitions
            partitions = _linked(partitions, new.partition_of, name) if new.partition_of else partitions
        incomplete = self.incomplete
        if old.complete is not new.complete:
            incomplete = incomplete.minus((name,)) if new.complete else incomplete.plus((name,))
        return Links(owners, references, partitions, self.readers, incomplete)

    def after_view(self, name: str, old: View | None, new: View | None) -> Links:
        """The links once the view `name` is `new` and no longer `old`."""
        readers = self.readers
        was, now = _read(old), _read(new)
        for table in was:
            readers = _unlinked(readers, table, name) if table not in now else readers
        for table in now:
            readers = _linked(readers, table, name) if table not in was else readers
        return self if readers is self.readers else replace(self, readers=readers)


def links_of(tables: Mapping[str, Table], views: Mapping[str, View]) -> Links:
    """The links of what was not made one by one."""
    links = Links()
    for table in tables.values():
        links = links.after(table.name, None, table)
    for view in views.values():
        links = links.after_view(view.name, None, view)
    return links


def _linked_alike(old: Table, new: Table) -> bool:
    """Whether nothing has changed but columns and options, as in most statements."""
    parts = old.indexes is new.indexes and old.constraints is new.constraints
    return parts and old.partition_of == new.partition_of and old.complete is new.complete


def _target(constraint: Constraint | None) -> str | None:
    return constraint.to_table if isinstance(constraint, ForeignKey) else None


def _read(view: View | None) -> dict[str, None]:
    """The tables that a view reads, in an order that is always the same."""
    return dict.fromkeys(sorted(table for table, _ in view.reads or ())) if view else {}


def _linked(links: _ByName[_Name], to: str, name: _Name) -> _ByName[_Name]:
    return put(links, to, links.get(to, _NONE).plus((name,)))


def _unlinked(links: _ByName[_Name], to: str, name: _Name) -> _ByName[_Name]:
    left = links[to].minus((name,))
    return put(links, to, left) if left else taken(links, to)
