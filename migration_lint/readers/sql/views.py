"""Which columns a view reads, where its query shows it plainly."""

from __future__ import annotations

from collections.abc import Sequence

from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.expressions import NILADIC_FUNCTIONS, columns_read
from migration_lint.readers.sql.lexing import Token

_JOIN_WORDS = ("JOIN", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "ON", "USING")
_CLAUSES = ("WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "WITH")


def reads_of(query: Sequence[Token], cursor: Tokens) -> frozenset[tuple[str, str]] | None:
    """The (table, column) pairs of a plain SELECT over one or more tables; None for anything more involved."""
    words = [token.word for token in query]
    involved = {"UNION", "INTERSECT", "EXCEPT", "LATERAL", "NATURAL", "WINDOW"}
    if words[:1] != ["SELECT"] or words.count("SELECT") != 1 or involved.intersection(words):
        return None
    try:
        return _Plain(cursor.part(list(query))).reads()
    except NotUnderstoodError:
        return None


class _Plain:
    """SELECT columns FROM tables …, without subqueries."""

    def __init__(self, cursor: Tokens) -> None:
        self.cursor = cursor
        self.tables: dict[str, str] = {}  # by alias
        self.expressions: list[Sequence[Token]] = []

    def reads(self) -> frozenset[tuple[str, str]] | None:
        cursor = self.cursor
        cursor.expect("SELECT")
        while True:
            self.expressions.append(_without_alias(cursor.until(",", "FROM")))
            if not cursor.accept(","):
                break
        if not cursor.accept("FROM"):
            return frozenset()
        self._from()
        while not cursor.at_end():
            cursor.next()
            self.expressions.append(cursor.until(*_CLAUSES))
        found: set[tuple[str, str]] = set()
        for expression in self.expressions:
            for name in self._columns(expression):
                if name is None:
                    return None
                found.add(name)
        read_from = {table for table, _ in found}
        return frozenset(found | {(table, "") for table in self.tables.values() if table not in read_from})

    def _from(self) -> None:
        cursor = self.cursor
        while not cursor.at_end() and not cursor.looking_at_any(*_CLAUSES):
            if cursor.accept("ON"):
                self.expressions.append(cursor.until(",", *_JOIN_WORDS, *_CLAUSES))
            elif cursor.looking_at("USING", "("):
                raise NotUnderstoodError("columns of several tables")
            elif cursor.accept_any(",", *_JOIN_WORDS):
                continue
            else:
                self._table()

    def _table(self) -> None:
        cursor = self.cursor
        cursor.accept("ONLY")
        table = cursor.name()
        if cursor.looking_at("("):
            raise NotUnderstoodError("a function")
        cursor.accept("AS")
        alias = table.rpartition(".")[2]
        if cursor.at_name() and not cursor.looking_at_any(*_JOIN_WORDS, *_CLAUSES):
            alias = cursor.identifier()
        self.tables[alias] = table

    def _columns(self, expression: Sequence[Token]) -> list[tuple[str, str] | None]:
        """The columns of one expression; None where a name could belong to more than one table."""
        cursor = self.cursor
        found: list[tuple[str, str] | None] = []
        if [token.word for token in expression] in (["*"], ["DISTINCT", "*"], ["ALL", "*"]):
            return [(table, "*") for table in self.tables.values()]
        for index, token in enumerate(expression):
            if token.word == "." and index and index + 1 < len(expression):
                alias, column = cursor.fold(expression[index - 1]), expression[index + 1]
                table = self.tables.get(alias)
                found.append((table, "*" if column.word == "*" else cursor.fold(column)) if table else None)
        unqualified = columns_read(_without_qualified(expression), cursor)
        if unqualified is None:
            return [None]
        only = next(iter(self.tables.values())) if len(self.tables) == 1 else None
        for column_name in unqualified:
            found.append((only, column_name) if only else None)
        return found


def _without_alias(expression: list[Token]) -> list[Token]:
    """A column of the select list without `AS alias` or a bare alias."""
    if len(expression) > 2 and expression[-2].word == "AS":
        return expression[:-2]
    last_two = expression[-2:]
    if (
        len(last_two) == 2
        and last_two[1].kind in ("word", "quoted")
        and last_two[1].word
        not in (
            "END",
            "NULL",
            "TRUE",
            "FALSE",
            *NILADIC_FUNCTIONS,
        )
    ):
        before = last_two[0]
        if (
            before.kind in ("quoted", "string", "number")
            or before.word in (")", "END")
            or (
                before.kind == "word"
                and before.word not in ("DISTINCT", "ALL", "NOT", "AND", "OR", "IS", "LIKE", "COLLATE")
            )
        ):
            return expression[:-1]
    return expression


def _without_qualified(expression: Sequence[Token]) -> list[Token]:
    """The expression without its `alias.column` names."""
    kept: list[Token] = []
    index = 0
    while index < len(expression):
        if index + 2 < len(expression) and expression[index + 1].word == ".":
            index += 3
            continue
        kept.append(expression[index])
        index += 1
    return kept
