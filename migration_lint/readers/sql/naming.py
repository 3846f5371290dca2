"""The names databases give to what its author left unnamed."""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 63  # bytes; PostgreSQL's NAMEDATALEN less one


class DefaultNames:
    """Names for the unnamed constraints and indexes of one table, as one statement makes them.

    A name that this statement has already used gets a number, as in the database; what the table had before is not
    known here.
    """

    def __init__(self, table: str, family: str) -> None:
        self.table = table.rpartition(".")[2]
        self.family = family
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        """Note a name that was written."""
        self._taken.add(name)
        return name

    def primary_key(self) -> str:
        """The name of an unnamed PRIMARY KEY."""
        return "PRIMARY" if self.family == "mysql" else self._choose((), "pkey")

    def unique(self, columns: Sequence[str]) -> str:
        """The name of an unnamed UNIQUE."""
        return self._first_column(columns) if self.family == "mysql" else self._choose(columns, "key")

    def index(self, columns: Sequence[str]) -> str:
        """The name of an unnamed index."""
        return self._first_column(columns) if self.family == "mysql" else self._choose(columns, "idx")

    def foreign_key(self, columns: Sequence[str]) -> str:
        """The name of an unnamed FOREIGN KEY."""
        return self._numbered(f"{self.table}_ibfk_") if self.family == "mysql" else self._choose(columns, "fkey")

    def check(self, columns: frozenset[str] | None) -> str:
        """The name of an unnamed CHECK: PostgreSQL puts a column in it where there is only one."""
        if self.family == "mysql":
            return self._numbered(f"{self.table}_chk_")
        return self._choose(tuple(columns) if columns and len(columns) == 1 else (), "check")

    def exclusion(self, columns: Sequence[str]) -> str:
        """The name of an unnamed EXCLUDE."""
        return self._choose(columns, "excl")

    def not_null(self, column: str) -> str:
        """The name of an unnamed NOT NULL constraint."""
        return self._choose((column,), "not_null")

    def _choose(self, columns: Sequence[str], label: str) -> str:
        """As PostgreSQL's ChooseRelationName does."""
        middle = "_".join(columns)
        number = 0
        while (name := _joined(self.table, middle, f"{label}{number or ''}")) in self._taken:
            number += 1
        return self.take(name)

    def _first_column(self, columns: Sequence[str]) -> str:
        """As MySQL names keys: after the first column, `_2` and so on where that name is taken."""
        first = columns[0] if columns else "functional_index"
        name, number = first, 1
        while name in self._taken:
            number += 1
            name = f"{first}_{number}"
        return self.take(name)

    def _numbered(self, stem: str) -> str:
        number = 1
        while f"{stem}{number}" in self._taken:
            number += 1
        return self.take(f"{stem}{number}")


def _joined(table: str, middle: str, label: str) -> str:
    """As PostgreSQL's makeObjectName does: the longer of the two first parts gives way."""
    first, second = table.encode(), middle.encode()
    available = _LONGEST - len(label) - 1 - (1 if middle else 0)
    while len(first) + len(second) > available:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    parts = [first.decode(errors="ignore"), *([second.decode(errors="ignore")] if middle else []), label]
    return "_".join(parts)


def moved_to(schema: str, name: str) -> str:
    """The name after SET SCHEMA; `public` is left out, as everywhere."""
    plain = name.rpartition(".")[2]
    return plain if schema == "public" else f"{schema}.{plain}"
