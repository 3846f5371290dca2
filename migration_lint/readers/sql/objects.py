"""Views, types, sequences, functions and all other objects: CREATE, ALTER, DROP, COMMENT, GRANT."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from migration_lint.model.statements import (
    AlterObject,
    Comment,
    CreateObject,
    CreateView,
    DropObject,
    Grant,
    RenameColumn,
    RenameTable,
    Statement,
)
from migration_lint.model.tables import Domain, View
from migration_lint.readers.sql.column_types import read_type
from migration_lint.readers.sql.columns import string_value
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.lexing import words
from migration_lint.readers.sql.naming import moved_to
from migration_lint.readers.sql.views import reads_of

# The longest come first, because the first that fits is taken.
KINDS = tuple(
    tuple(kind.split())
    for kind in (
        "ACCESS METHOD",
        "AGGREGATE",
        "CAST",
        "COLLATION",
        "CONVERSION",
        "DATABASE",
        "DEFAULT CONVERSION",
        "DOMAIN",
        "EVENT TRIGGER",
        "EVENT",
        "EXTENSION",
        "FOREIGN DATA WRAPPER",
        "FOREIGN TABLE",
        "FUNCTION",
        "GROUP",
        "LANGUAGE",
        "LARGE OBJECT",
        "MATERIALIZED VIEW",
        "OPERATOR CLASS",
        "OPERATOR FAMILY",
        "OPERATOR",
        "PACKAGE",
        "POLICY",
        "PROCEDURAL LANGUAGE",
        "PROCEDURE",
        "PUBLICATION",
        "RESOURCE GROUP",
        "ROLE",
        "ROUTINE",
        "RULE",
        "SCHEMA",
        "SEQUENCE",
        "SERVER",
        "STATISTICS",
        "SUBSCRIPTION",
        "SYNONYM",
        "TABLESPACE",
        "TEXT SEARCH CONFIGURATION",
        "TEXT SEARCH DICTIONARY",
        "TEXT SEARCH PARSER",
        "TEXT SEARCH TEMPLATE",
        "TRANSFORM",
        "TRIGGER",
        "TYPE",
        "USER MAPPING",
        "USER",
        "VIEW",
    )
)
_ON_TABLE = ("policy", "rule", "trigger")


def read_kind(cursor: Tokens) -> str | None:
    """Read the words for a kind of object: lower case, a space between."""
    for kind in KINDS:
        if cursor.accept(*kind):
            return " ".join(kind).lower()
    return None


def create_object(cursor: Tokens, *, replace: bool) -> Iterator[Statement]:
    """Read what follows CREATE [OR REPLACE], where that is no table and no index."""
    cursor.accept_any("TRUSTED", "CONSTRAINT", "RECURSIVE")
    kind = read_kind(cursor)
    if kind is None:
        raise cursor.unexpected()
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    if kind in ("view", "materialized view"):
        yield _view(cursor, replace=replace or if_not_exists, materialized=kind == "materialized view")
        return
    if kind == "schema" and cursor.family == "postgresql":
        yield _schema(cursor, replace=if_not_exists)
        return  # what is made in it in the same breath is left over, and so not understood
    name = _object_name(cursor, kind)
    table = _table_of(cursor, kind)
    values = _enum_labels(cursor) if kind == "type" else ()
    domain = _domain(cursor) if kind == "domain" else None
    rest = cursor.rest()
    if kind == "function":
        values = tuple(token.word.lower() for token in rest if token.word in ("IMMUTABLE", "STABLE"))[:1]
    yield CreateObject(kind, name, table, values, replace or if_not_exists, domain)


def _schema(cursor: Tokens, *, replace: bool) -> CreateObject:
    """Read `[name] [AUTHORIZATION role]`; the role's name is the schema's if none is given."""
    name = None if cursor.looking_at("AUTHORIZATION") else cursor.identifier()
    if cursor.accept("AUTHORIZATION"):
        role = cursor.identifier()
        name = name or role
    return CreateObject("schema", name or "", replace=replace)


def _object_name(cursor: Tokens, kind: str) -> str:
    if kind == "cast":
        return cursor.text(cursor.parenthesised())
    if kind.startswith("operator") and cursor.current.kind == "symbol":
        return cursor.text(cursor.until("USING", "OWNER", "SET", "(", ","))
    if kind == "user mapping":
        cursor.accept("IF", "EXISTS")
        cursor.expect("FOR")
    if kind == "transform":
        cursor.expect("FOR")
    if kind == "statistics" and cursor.looking_at("("):
        cursor.parenthesised()
    if kind == "statistics" and cursor.looking_at("ON"):
        return ""
    if cursor.current.kind in ("string", "number"):
        return cursor.next().text
    return cursor.name()


def _table_of(cursor: Tokens, kind: str) -> str | None:
    """The table that a trigger, rule or policy is on: `ON table`, or `TO table` of a rule."""
    if kind not in _ON_TABLE:
        return None
    cursor.until("ON" if kind != "rule" else "TO")
    return cursor.name() if cursor.accept("ON") or cursor.accept("TO") else None


def _enum_labels(cursor: Tokens) -> tuple[str, ...]:
    if not cursor.accept("AS", "ENUM"):
        return ()
    return tuple(string_value(token.text) for token in cursor.parenthesised() if token.kind == "string")


def _domain(cursor: Tokens) -> Domain:
    cursor.accept("AS")
    base = read_type(cursor)
    rest = [token.word for token in cursor.rest()]
    return Domain(base, "CHECK" in rest or ("NOT", "NULL") in pairwise(rest))


_VIEW_ENDINGS = (
    ("WITH", "NO", "DATA"),
    ("WITH", "DATA"),
    ("WITH", "CASCADED", "CHECK", "OPTION"),
    ("WITH", "LOCAL", "CHECK", "OPTION"),
    ("WITH", "CHECK", "OPTION"),
)


def _view(cursor: Tokens, *, replace: bool, materialized: bool) -> CreateView:
    name = cursor.name()
    if cursor.looking_at("("):
        cursor.parenthesised()
    cursor.until("AS")
    cursor.expect("AS")
    body = cursor.rest()
    for ending in _VIEW_ENDINGS:
        if tuple(token.word for token in body[-len(ending) :]) == ending:
            body = body[: -len(ending)]
            break
    return CreateView(View(name, reads_of(body, cursor), materialized), replace)


def drop_object(cursor: Tokens) -> Iterator[Statement]:
    """Read what follows DROP, where that is no table and no index."""
    cursor.accept_any("TRUSTED")
    kind = read_kind(cursor)
    if kind is None:
        if cursor.accept("OWNED", "BY"):
            raise NotUnderstoodError("what the role owns is not known")
        raise cursor.unexpected()
    if_exists = cursor.accept("IF", "EXISTS")
    names = cursor.list_of(lambda: _dropped_name(cursor, kind))
    table = cursor.name() if kind in _ON_TABLE and cursor.accept("ON") else None
    cascade = any(token.word == "CASCADE" for token in cursor.rest())
    for name in names:
        yield DropObject(kind, name, table, cascade, if_exists)


def _dropped_name(cursor: Tokens, kind: str) -> str:
    name = _object_name(cursor, kind)
    if cursor.looking_at("("):
        cursor.parenthesised()
    return name


def alter_object(cursor: Tokens) -> Iterator[Statement]:
    """Read what follows ALTER, where that is no table and no index."""
    if cursor.accept("DEFAULT", "PRIVILEGES"):
        yield AlterObject("default privileges", "", cursor.text(cursor.rest()).lower())
        return
    if cursor.accept("SYSTEM"):
        raise NotUnderstoodError("it changes the server's configuration")
    kind = read_kind(cursor)
    if kind is None:
        raise cursor.unexpected()
    cursor.accept("IF", "EXISTS")
    if cursor.looking_at("ALL", "IN", "TABLESPACE"):
        raise NotUnderstoodError("it moves all that is in a tablespace")
    start = cursor.position
    name = _object_name(cursor, kind)
    if cursor.looking_at("("):
        cursor.parenthesised()
    if kind == "view" and cursor.looking_at("AS"):
        # MySQL's other word for CREATE OR REPLACE.
        cursor.position = start
        yield _view(cursor, replace=True, materialized=False)
        return
    table = cursor.name() if kind in _ON_TABLE and cursor.accept("ON") else None
    yield from _alteration(cursor, kind, name, table)


def _alteration(cursor: Tokens, kind: str, name: str, table: str | None) -> Iterator[Statement]:
    values: tuple[str, ...] = ()
    if kind == "type" and cursor.accept("ADD", "VALUE"):
        cursor.accept("IF", "NOT", "EXISTS")
        values = (string_value(cursor.next().text),)
        action = "add value"
    elif kind == "type" and cursor.accept("RENAME", "VALUE"):
        old = string_value(cursor.next().text)
        cursor.expect("TO")
        values = (old, string_value(cursor.next().text))
        action = "rename value"
    elif cursor.accept("RENAME", "TO"):
        new_name = cursor.identifier()
        if kind in ("view", "materialized view", "foreign table"):
            yield RenameTable(name, new_name)
            return
        values = (new_name,)
        action = "rename"
    elif kind in ("view", "materialized view") and cursor.accept("SET", "SCHEMA"):
        yield RenameTable(name, moved_to(cursor.identifier(), name))
        return
    elif kind in ("view", "materialized view") and cursor.accept("RENAME"):
        cursor.accept("COLUMN")
        old = cursor.identifier()
        cursor.expect("TO")
        yield RenameColumn(name, old, cursor.identifier())
        return
    elif cursor.accept("OWNED", "BY"):
        values = (cursor.name(),)
        action = "owned by"
    else:
        action = _action_words(cursor)
    if kind == "domain" and [token.word for token in cursor.rest()[-2:]] == ["NOT", "VALID"]:
        action += " not valid"
    cursor.rest()
    yield AlterObject(kind, name, action, table, values)


def _action_words(cursor: Tokens) -> str:
    """The leading words: `owner to`, `set schema`, `add constraint`, `validate constraint`."""
    words: list[str] = []
    while cursor.current.kind == "word" and len(words) < (3 if words[1:] == ["not"] else 2):
        words.append(cursor.next().text.lower())
    return " ".join(words)


def comment(cursor: Tokens) -> Iterator[Statement]:
    """Read COMMENT ON."""
    cursor.expect("COMMENT", "ON")
    if cursor.accept("TABLE"):
        table, column = cursor.name(), None
    elif cursor.accept("COLUMN"):
        qualified = cursor.name()
        table, _, column = qualified.rpartition(".")
    else:
        target = cursor.until("IS")
        cursor.rest()
        kind = cursor.part(target)
        described = read_kind(kind) or kind.next().text.lower()
        yield AlterObject(described, cursor.text(kind.rest()), "comment")
        return
    cursor.expect("IS")
    text = cursor.next()
    yield Comment(table, column, string_value(text.text) if text.kind == "string" else None)


def grant(cursor: Tokens) -> Iterator[Statement]:
    """Read GRANT and REVOKE: one statement a table, or one that names none."""
    revoke = cursor.next().word == "REVOKE"
    proxy = cursor.looking_at("PROXY")
    cursor.until("ON", "TO", "FROM")
    tables: list[str] = []
    if cursor.accept("ON"):
        is_table = cursor.accept("TABLE") or not _names_other_kind(cursor)
        objects = cursor.until("TO", "FROM")
        if is_table and not proxy:
            part = cursor.part(objects)
            tables = [name for name in part.list_of(lambda: _granted(part)) if name]
    roles: list[str] = []
    if cursor.accept_any("TO", "FROM"):
        roles = cursor.list_of(lambda: _role(cursor))
    cursor.rest()
    for table in tables or (None,):
        yield Grant(revoke, table, tuple(roles))


_GRANTED_KINDS = words(
    "ALL SCHEMA SEQUENCE FUNCTION PROCEDURE ROUTINE DATABASE TYPE DOMAIN LANGUAGE TABLESPACE FOREIGN LARGE PARAMETER"
)


def _names_other_kind(cursor: Tokens) -> bool:
    """Whether what is granted is on something that is no table; a table may have the name of a kind."""
    if cursor.looking_at("*"):
        return True
    if not cursor.looking_at_any(*_GRANTED_KINDS):
        return False
    following = cursor.tokens[cursor.position + 1]
    return following.kind in ("word", "quoted") and following.word not in ("TO", "FROM")


def _granted(cursor: Tokens) -> str:
    name = cursor.name()
    return "" if cursor.accept(".", "*") else name


def _role(cursor: Tokens) -> str:
    cursor.accept("GROUP")
    token = cursor.current
    role = string_value(cursor.next().text) if token.kind == "string" else cursor.identifier()
    if cursor.current.text.startswith("@"):
        # MySQL's 'user'@'host'.
        cursor.next()
        if cursor.current.kind == "string":
            cursor.next()
    return role
