"""MySQL's UPDATE and DELETE over several tables (MySQL 8.4 manual 15.2.17 and 15.2.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migration_lint.model.statements import Delete, Statement, Update
from migration_lint.readers.sql.assignments import SetTo, read_assignment, read_rows
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.lexing import Token

_JOINING = ("JOIN", "STRAIGHT_JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "OUTER", "NATURAL")
_AFTER_TABLE = ("ON", "USING", "USE", "FORCE", "IGNORE", "PARTITION", *_JOINING)


def is_joined(references: Sequence[Token]) -> bool:
    """Whether more than one table stands there."""
    depth = 0
    for token in references:
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0 and token.word in (",", "JOIN", "STRAIGHT_JOIN"):
            return True
    return False


def tables_by_alias(references: Sequence[Token], cursor: Tokens) -> dict[str, str]:
    """The tables of MySQL's table references by the names they go by; a subquery's is empty."""
    part = cursor.part(list(references))
    found: dict[str, str] = {}
    while not part.at_end():
        if part.accept_any(",", *_JOINING):
            continue
        if part.accept("ON"):
            part.until(",", *_JOINING)
        elif part.accept("USING"):
            part.parenthesised()
        elif part.looking_at("("):
            inner = part.parenthesised()
            if inner and inner[0].word in ("SELECT", "WITH", "VALUES", "TABLE"):
                part.accept("AS")
                found[part.identifier()] = ""
            else:
                found |= tables_by_alias(inner, part)
        else:
            table, alias = _table(part)
            found[alias] = table
    return found


def _table(part: Tokens) -> tuple[str, str]:
    """Read a table and what it is called: its alias, else its own name without the database."""
    table = part.name()
    alias = table.rpartition(".")[2]
    if part.accept("PARTITION"):
        part.parenthesised()
    if part.accept("AS") or (part.at_name() and not part.looking_at_any(*_AFTER_TABLE)):
        alias = part.identifier()
    while part.accept_any("USE", "FORCE", "IGNORE"):
        part.until("(")
        part.parenthesised()
    return table, alias


def update(references: Sequence[Token], cursor: Tokens) -> Iterator[Statement]:
    """Read SET … of an UPDATE over `references`: a statement for each table whose columns are set."""
    tables = tables_by_alias(references, cursor)
    cursor.expect("SET")
    assignments = cursor.list_of(lambda: read_assignment(cursor))
    rows = read_rows(cursor, references)
    only = next(iter(tables)) if len(tables) == 1 else ""
    found: dict[str, list[tuple[str, SetTo]]] = {}
    for assignment in assignments:
        alias = assignment.qualifier.rpartition(".")[2] or only
        found.setdefault(alias if alias in tables else "", []).extend(assignment.pairs(cursor, {alias}))
    unknown = found.pop("", [])
    for alias, columns in found.items():
        yield Update(tables[alias], tuple(columns), rows.whole_table)
    if unknown:
        raise NotUnderstoodError(f"it does not say which table the column {unknown[0][0]} is of")


def delete(cursor: Tokens) -> Iterator[Statement]:
    """Read DELETE t, u FROM …, or DELETE FROM t, u USING …, after DELETE and its options: a statement a table."""
    first = cursor.accept("FROM")
    targets = cursor.list_of(lambda: _target(cursor))
    # T-SQL and Oracle leave FROM out: DELETE t WHERE …
    if first or cursor.family == "mysql" or cursor.looking_at("FROM"):
        cursor.expect("USING" if first else "FROM")
    references = cursor.until("WHERE", "ORDER", "LIMIT")
    tables = tables_by_alias(references, cursor)
    rows = read_rows(cursor, references)
    for target in targets:
        yield Delete(tables.get(target.rpartition(".")[2], target), rows.whole_table and len(tables) <= 1)


def _target(cursor: Tokens) -> str:
    name = cursor.name()
    cursor.accept(".", "*")
    return name


def at_joined_delete(cursor: Tokens) -> bool:
    """Whether what comes after DELETE names the tables to delete from apart from those that are joined."""
    if not cursor.looking_at("FROM"):
        return True
    start = cursor.position
    cursor.next()
    targets = cursor.until("USING", "WHERE", "ORDER", "LIMIT", "RETURNING", "JOIN")
    using = cursor.looking_at("USING") and not cursor.looking_at("USING", "(")
    cursor.position = start
    return using or any(token.word == "," for token in targets)
