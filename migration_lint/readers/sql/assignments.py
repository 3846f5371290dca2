"""What UPDATE sets, and which rows a WHERE takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from migration_lint.readers.sql.cursor import Tokens
from migration_lint.readers.sql.expressions import always_true, is_null_test, operands
from migration_lint.readers.sql.lexing import Token

SetTo = Literal["null", "itself", "value"]

_AFTER_VALUE = (",", "WHERE", "FROM", "RETURNING", "ORDER", "LIMIT")


@dataclass(frozen=True, slots=True)
class Assignment:
    """`qualifier` is what stands before MySQL's `table.column`, empty if nothing does; several columns get the parts
    of one value."""

    qualifier: str
    columns: tuple[str, ...]
    value: tuple[Token, ...]

    def pairs(self, cursor: Tokens, aliases: Collection[str]) -> list[tuple[str, SetTo]]:
        """Each column with what it is set to; `aliases` are the names that its table goes by."""
        if len(self.columns) == 1:
            return [(self.columns[0], set_to(self.columns[0], self.value, cursor, aliases))]
        inner = cursor.part(list(self.value[2:-1] if self.value[0].word == "ROW" else self.value[1:-1]))
        values = inner.list_of(lambda: inner.until(","))
        if len(values) != len(self.columns):
            return [(name, "value") for name in self.columns]
        return [(name, set_to(name, each, cursor, aliases)) for name, each in zip(self.columns, values, strict=True)]


def read_assignment(cursor: Tokens) -> Assignment:
    """Read `column = value` or `(a, b) = (…)`."""
    qualifier = ""
    if cursor.looking_at("("):
        columns = cursor.column_list()
    else:
        # PostgreSQL's dot is before a field of the column, everybody else's after the table.
        name = cursor.identifier() if cursor.family == "postgresql" else cursor.name()
        qualifier, _, column = name.rpartition(".") if cursor.family != "postgresql" else ("", "", name)
        columns = (column,)
        if cursor.looking_at("[") or cursor.looking_at("."):
            cursor.until("=")
    cursor.expect("=")
    value = cursor.until(*_AFTER_VALUE)
    if not value:
        raise cursor.unexpected("expected a value")
    return Assignment(qualifier, columns, tuple(value))


def set_to(column: str, value: Sequence[Token], cursor: Tokens, aliases: Collection[str]) -> SetTo:
    """What a column is set to: NULL, what it is already, or another value."""
    if len(value) == 1 and value[0].word == "NULL":
        return "null"
    if len(value) == 3 and value[1].word == "." and cursor.fold(value[0]) in aliases:
        value = value[2:]
    if len(value) == 1 and value[0].kind in ("word", "quoted") and cursor.fold(value[0]) == column:
        return "itself"
    return "value"


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows are taken: the WHERE, and whether LIMIT or a join leaves some out."""

    where: list[Token] | None
    limited: bool

    @property
    def whole_table(self) -> bool:
        """Whether nothing leaves a row out."""
        return not self.limited and (self.where is None or always_true(self.where))

    def null_tests(self, cursor: Tokens, columns: Collection[str]) -> list[bool]:
        """For each of the conditions joined by AND, whether it is `c IS NULL` of one of the columns."""
        if self.where is None or len(operands(self.where, "OR")) > 1:
            return []
        return [is_null_test(part, cursor) in columns for part in operands(self.where, "AND")]


def read_rows(cursor: Tokens, joined: Sequence[Token] = ()) -> Rows:
    """Read the rest of UPDATE or DELETE; `joined` is what stands between the table and here."""
    cursor.until("WHERE", "RETURNING", "ORDER", "LIMIT")
    where = cursor.until("RETURNING", "ORDER", "LIMIT") if cursor.accept("WHERE") else None
    cursor.until("LIMIT")
    limited = cursor.looking_at("LIMIT") or any(token.word in ("JOIN", "STRAIGHT_JOIN") for token in joined)
    cursor.rest()
    return Rows(where, limited)
