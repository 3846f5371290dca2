"""What is deployed together, and what of it is new: nothing of the running release is in its way."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import repeat
from typing import TypeVar

from migration_lint.layered import Names
from migration_lint.model.statements import AddColumn, CreateTable, CreateView, RenameColumn, RenameTable
from migration_lint.schema import Schema

_Name = TypeVar("_Name", str, tuple[str, str])


@dataclass(slots=True)
class Release:
    """What is deployed together: the schema before the first migration of it, and what they have created so far."""

    before: Schema
    new_tables: set[str] = field(default_factory=set)
    new_columns: set[tuple[str, str]] = field(default_factory=set)


class Arrivals:
    """What one migration of a release makes, and from which of its steps on it is new."""

    def __init__(self, release: Release) -> None:
        self._release = release
        # Where what the running release knows is made anew, having been dropped: until then it is in use.
        self._made_anew: dict[str | tuple[str, str], int] = {}

    def note(self, statement: object, before: Schema, step: int) -> None:
        """Note what a statement of a step makes, or renames."""
        release = self._release
        tables, columns = release.new_tables, release.new_columns
        match statement:
            case CreateTable(table=table) if table.name not in before.tables:
                tables.add(table.name)
                if table.name in release.before.tables:
                    self._made_anew[table.name] = step
            case CreateView(view=view) if view.materialized and view.name not in before.views:
                tables.add(view.name)
            case RenameTable(table=old, new_name=new) if old in tables:
                tables.add(new)
            case AddColumn(table=table_name, column=column) if before.column(table_name, column.name) is None:
                columns.add((table_name, column.name))
                if release.before.column(table_name, column.name) is not None:
                    self._made_anew[table_name, column.name] = step
            case RenameColumn(table=table_name, column=name, new_name=new) if (table_name, name) in columns:
                columns.add((table_name, new))
            case _:
                pass

    def new_at_each(self, names: Set[_Name], steps: int) -> Iterator[Set[_Name]]:
        """For each step of the migration in order those of the names that are new to it."""
        if not self._made_anew:
            yield from repeat(frozenset(names), steps)
            return
        arriving: dict[int, list[_Name]] = {}
        for name in names:
            arriving.setdefault(self._made_anew.get(name, 0), []).append(name)
        new: Names[_Name] = Names()
        for index in range(steps):
            new = new.plus(arriving.get(index, ()))
            yield new
