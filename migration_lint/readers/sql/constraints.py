"""Constraints of tables and the keys of indexes, wherever they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migration_lint.model.tables import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    Index,
    IndexKey,
    NotNull,
    PrimaryKey,
    Unique,
)
from migration_lint.readers.sql.cursor import Tokens
from migration_lint.readers.sql.expressions import call_name, columns_read, not_null_columns
from migration_lint.readers.sql.lexing import Token
from migration_lint.readers.sql.naming import DefaultNames


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an index or constraint, the columns its expression reads (None: not known), and what stands for it
    in a default name: the column, or the function that is called."""

    key: IndexKey
    columns: frozenset[str] | None
    label: str


@dataclass(slots=True)
class Attributes:
    """What may follow a constraint or an index, in any order."""

    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    enforced: bool = True
    nulls_distinct: bool = True
    include: tuple[str, ...] = ()
    using_index: str | None = None
    where: list[Token] | None = None
    method: str | None = None


def read_keys(cursor: Tokens) -> list[Key]:
    """Read `(key, …)`."""
    cursor.expect("(")
    keys = cursor.list_of(lambda: read_key(cursor))
    cursor.expect(")")
    return keys


def read_key(cursor: Tokens, *stops: str) -> Key:
    """Read a column or an expression with its collation, operator class and order."""
    column, expression = _read_key_target(cursor)
    opclass = None
    descending = False
    while not cursor.at_end() and not cursor.looking_at_any(",", ")", *stops):
        if cursor.accept("COLLATE"):
            cursor.name()
        elif word := cursor.accept_any("ASC", "DESC"):
            descending = word == "DESC"
        elif cursor.accept("NULLS"):
            cursor.next()
        elif cursor.accept("WITHOUT", "OVERLAPS"):
            continue
        elif opclass is None and cursor.at_name():
            opclass = cursor.name()
            if cursor.looking_at("("):
                cursor.parenthesised()
        else:
            raise cursor.unexpected()
    if column is not None:
        return Key(IndexKey(column, None, opclass, descending), frozenset(), column)
    key = IndexKey(None, cursor.text(expression), opclass, descending)
    return Key(key, columns_read(expression, cursor), call_name(expression, cursor) or "expr")


def _read_key_target(cursor: Tokens) -> tuple[str | None, list[Token]]:
    """The column, or None and the expression."""
    if cursor.looking_at("("):
        return None, cursor.parenthesised()
    start = cursor.position
    name = cursor.name()
    if not cursor.looking_at("("):
        return name, []
    arguments = cursor.parenthesised()
    if cursor.family == "mysql" and len(arguments) == 1 and arguments[0].kind == "number":
        return name, []
    return None, cursor.tokens[start : cursor.position]


def read_attributes(cursor: Tokens, *, index: bool = True) -> Attributes:
    """Read what follows a constraint; `index` says that MySQL's index options may be among it."""
    found = Attributes()
    while _read_attribute(cursor, found) or (index and _read_index_option(cursor, found)):
        pass
    return found


def _read_attribute(cursor: Tokens, found: Attributes) -> bool:
    if cursor.accept("NOT", "DEFERRABLE"):
        found.deferrable = False
    elif cursor.accept("DEFERRABLE"):
        found.deferrable = True
    elif cursor.accept("INITIALLY"):
        found.initially_deferred = cursor.next().word == "DEFERRED"
        found.deferrable = found.deferrable or found.initially_deferred
    elif cursor.accept("NOT", "VALID"):
        found.validated = False
    elif cursor.accept("NOT", "ENFORCED"):
        found.enforced = False
    elif cursor.accept("NULLS", "NOT", "DISTINCT"):
        found.nulls_distinct = False
    elif cursor.accept("INCLUDE"):
        found.include = cursor.column_list()
    elif cursor.accept("USING", "INDEX", "TABLESPACE"):
        cursor.identifier()
    elif cursor.accept("USING", "INDEX"):
        found.using_index = cursor.identifier()
    elif cursor.looking_at("WITH", "("):
        cursor.next()
        cursor.parenthesised()
    elif cursor.accept("ON", "CONFLICT"):
        cursor.next()
    else:
        return cursor.accept("NO", "INHERIT") or cursor.accept("ENFORCED") or cursor.accept("NULLS", "DISTINCT")
    return True


_VALUED_OPTIONS = ("COMMENT", "KEY_BLOCK_SIZE", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE")


def _read_index_option(cursor: Tokens, found: Attributes) -> bool:
    """MySQL's options of a key."""
    if cursor.accept("USING"):
        found.method = cursor.next().text.lower()
    elif cursor.accept_any(*_VALUED_OPTIONS) or cursor.accept("WITH", "PARSER"):
        cursor.accept("=")
        cursor.next()
    elif cursor.accept("WHERE"):
        found.where = cursor.until(",")
    else:
        cursor.accept("NOT") if cursor.looking_at("NOT", "IGNORED") else None
        return bool(cursor.accept_any("VISIBLE", "INVISIBLE", "IGNORED", "CLUSTERED", "NONCLUSTERED"))
    return True


def at_constraint(cursor: Tokens) -> bool:
    """Whether a table constraint comes next, not a column that is named like one."""
    if cursor.looking_at("CONSTRAINT"):
        return True
    if cursor.looking_at("PRIMARY", "KEY") or cursor.looking_at("FOREIGN", "KEY"):
        return True
    if cursor.looking_at("EXCLUDE", "USING") or cursor.looking_at("EXCLUDE", "("):
        return True
    return cursor.looking_at_any("UNIQUE", "CHECK") or cursor.looking_at("NOT", "NULL")


def read_constraint(cursor: Tokens, table: str, names: DefaultNames) -> tuple[Constraint | Index, str | None]:
    """Read a table constraint, and the index it takes over (USING INDEX).

    MySQL's UNIQUE over an expression is an index.
    """
    name = None
    if cursor.accept("CONSTRAINT") and not cursor.looking_at_any("PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
        cursor.accept("IF", "NOT", "EXISTS")
        name = names.take(cursor.identifier())
    if cursor.accept("PRIMARY", "KEY"):
        return _primary_key(cursor, name, names)
    if cursor.accept("UNIQUE"):
        return _unique(cursor, table, name, names)
    if cursor.accept("FOREIGN", "KEY"):
        return _foreign_key(cursor, name, names), None
    if cursor.accept("CHECK"):
        expression = cursor.parenthesised()
        return check_of(expression, cursor, name, names), None
    if cursor.accept("EXCLUDE"):
        return _exclusion(cursor, name, names), None
    if cursor.accept("NOT", "NULL"):
        column = cursor.identifier()
        validated = read_attributes(cursor).validated
        return NotNull(name or names.not_null(column), column, validated), None
    raise cursor.unexpected("expected a constraint")


def _primary_key(cursor: Tokens, name: str | None, names: DefaultNames) -> tuple[PrimaryKey, str | None]:
    cursor.accept("IF", "NOT", "EXISTS")
    _read_method(cursor)
    columns = () if cursor.looking_at("USING", "INDEX") else _column_names(read_keys(cursor))
    attributes = read_attributes(cursor)
    name = name or attributes.using_index or names.primary_key()
    return PrimaryKey("PRIMARY" if cursor.family == "mysql" else name, columns), attributes.using_index


def _unique(cursor: Tokens, table: str, name: str | None, names: DefaultNames) -> tuple[Unique | Index, str | None]:
    if cursor.family != "postgresql":
        cursor.accept_any("INDEX", "KEY")
        cursor.accept("IF", "NOT", "EXISTS")
    if cursor.family in ("mysql", "generic") and not cursor.looking_at_any("(", "USING", "NULLS"):
        name = names.take(cursor.identifier())
    nulls_distinct = True
    if cursor.accept("NULLS", "NOT", "DISTINCT"):
        nulls_distinct = False
    else:
        cursor.accept("NULLS", "DISTINCT")
    if cursor.family == "mysql":
        _read_method(cursor)
    keys = [] if cursor.looking_at("USING", "INDEX") else read_keys(cursor)
    attributes = read_attributes(cursor)
    name = name or attributes.using_index or names.unique([key.label for key in keys])
    if any(key.key.column is None for key in keys):
        return index_of(name, table, keys, attributes, unique=True), None
    unique = Unique(
        name,
        _column_names(keys),
        deferrable=attributes.deferrable,
        initially_deferred=attributes.initially_deferred,
        include=attributes.include,
        nulls_distinct=nulls_distinct and attributes.nulls_distinct,
    )
    return unique, attributes.using_index


def _read_method(cursor: Tokens) -> str | None:
    """MySQL's `USING BTREE` before the keys."""
    if cursor.looking_at("USING") and not cursor.looking_at("USING", "INDEX"):
        cursor.next()
        return cursor.next().text.lower()
    return None


def _column_names(keys: Sequence[Key]) -> tuple[str, ...]:
    return tuple(key.key.column or key.key.expression or "" for key in keys)


def _foreign_key(cursor: Tokens, name: str | None, names: DefaultNames) -> ForeignKey:
    cursor.accept("IF", "NOT", "EXISTS")
    if not cursor.looking_at("("):
        index = cursor.identifier()  # MySQL's name for the index
        name = name or names.take(index)
    cursor.expect("(")
    columns = cursor.list_of(lambda: _period_column(cursor))
    cursor.expect(")")
    cursor.expect("REFERENCES")
    return references(cursor, tuple(columns), name or names.foreign_key(columns))


def _period_column(cursor: Tokens) -> str:
    name = cursor.identifier()
    return cursor.identifier() if name.upper() == "PERIOD" and cursor.at_name() else name


def references(cursor: Tokens, columns: tuple[str, ...], name: str) -> ForeignKey:
    """Read what follows REFERENCES; no columns there mean the primary key."""
    to_table = cursor.name()
    to_columns: tuple[str, ...] = ()
    if cursor.accept("("):
        to_columns = tuple(cursor.list_of(lambda: _period_column(cursor)))
        cursor.expect(")")
    on_delete = None
    while True:
        if cursor.accept("MATCH"):
            cursor.next()
        elif cursor.accept("ON", "DELETE"):
            on_delete = _read_action(cursor)
        elif cursor.accept("ON", "UPDATE"):
            _read_action(cursor)
        else:
            break
    attributes = read_attributes(cursor, index=False)
    return ForeignKey(
        name,
        columns,
        to_table,
        to_columns,
        deferrable=attributes.deferrable,
        initially_deferred=attributes.initially_deferred,
        on_delete=on_delete,
        # PostgreSQL 18 looks at no row for a foreign key that is NOT ENFORCED and calls it not valid.
        validated=attributes.validated and attributes.enforced,
    )


def _read_action(cursor: Tokens) -> str:
    word = cursor.next().word
    if word in ("SET", "NO"):
        word = f"{word} {cursor.next().word}"
        if cursor.looking_at("("):
            cursor.parenthesised()
    return word


def check_of(expression: list[Token], cursor: Tokens, name: str | None, names: DefaultNames) -> Check:
    """The CHECK of an expression, with the attributes that come next."""
    columns = columns_read(expression, cursor)
    attributes = read_attributes(cursor, index=False)
    return Check(
        name or names.check(columns),
        cursor.text(expression),
        columns,
        not_null_columns(expression, cursor),
        validated=attributes.validated,
        enforced=attributes.enforced,
    )


def _exclusion(cursor: Tokens, name: str | None, names: DefaultNames) -> Exclusion:
    method = cursor.next().text.lower() if cursor.accept("USING") else "btree"
    cursor.expect("(")
    keys = cursor.list_of(lambda: _excluded_key(cursor))
    cursor.expect(")")
    attributes = read_attributes(cursor)
    where = attributes.where
    reads = [key.columns for key in keys] + [columns_read(where or [], cursor)]
    columns = {key.key.column for key in keys if key.key.column}
    known = None if None in reads else frozenset(columns.union(*(read for read in reads if read)))
    return Exclusion(
        name or names.exclusion([key.label for key in keys]),
        tuple(key.key for key in keys),
        method=method,
        where=condition_text(where, cursor),
        columns=known,
        deferrable=attributes.deferrable,
    )


def _excluded_key(cursor: Tokens) -> Key:
    key = read_key(cursor, "WITH")
    cursor.expect("WITH")
    cursor.until(",")
    return key


def condition_text(where: list[Token] | None, cursor: Tokens) -> str | None:
    """A predicate's SQL, without the parentheses around all of it."""
    if where is None:
        return None
    text = cursor.text(where)
    return text[1:-1].strip() if len(where) > 2 and _is_enclosed(where) else text


def _is_enclosed(tokens: list[Token]) -> bool:
    depth = 0
    for index, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0:
            return index == len(tokens) - 1
    return False


def index_of(
    name: str, table: str, keys: Sequence[Key], attributes: Attributes, *, unique: bool, cursor: Tokens | None = None
) -> Index:
    """The index of these keys and attributes."""
    where = attributes.where
    expression_columns = [key.columns for key in keys if key.key.column is None]
    return Index(
        name,
        table,
        tuple(key.key for key in keys),
        unique=unique,
        method=attributes.method or "btree",
        where=condition_text(where, cursor) if cursor else None,
        include=attributes.include,
        where_columns=columns_read(where, cursor) if where and cursor else frozenset(),
        expression_columns=None if None in expression_columns else frozenset().union(*filter(None, expression_columns)),
        nulls_distinct=attributes.nulls_distinct,
    )
