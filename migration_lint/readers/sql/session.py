"""Sessions, transactions, locks and maintenance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from migration_lint.model.statements import (
    LockTable,
    Maintenance,
    Query,
    RefreshMaterializedView,
    SetConstraints,
    SetVariable,
    Statement,
    TransactionControl,
)
from migration_lint.readers.sql.columns import string_value
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.lexing import words

Scope = Literal["session", "local", "global"]


def set_variable(cursor: Tokens) -> Iterator[Statement]:
    """Read SET, SET LOCAL, SET CONSTRAINTS, and MySQL's SET of several variables."""
    cursor.expect("SET")
    if cursor.accept("CONSTRAINTS"):
        names = () if cursor.accept("ALL") else tuple(cursor.list_of(cursor.name))
        word = cursor.accept_any("IMMEDIATE", "DEFERRED")
        if word is None:
            raise cursor.unexpected()
        yield SetConstraints(names, immediate=word == "IMMEDIATE")
        return
    while True:
        yield _assignment(cursor)
        if not cursor.accept(","):
            break


def _assignment(cursor: Tokens) -> SetVariable:
    scope: Scope = "session"
    if word := cursor.accept_any("SESSION", "LOCAL", "GLOBAL", "PERSIST", "PERSIST_ONLY"):
        local = word == "LOCAL" and cursor.family != "mysql"
        scope = "local" if local else "session" if word in ("SESSION", "LOCAL") else "global"
    if cursor.accept("TIME", "ZONE"):
        name = "timezone"
    elif cursor.accept("TRANSACTION") or cursor.accept("CHARACTERISTICS", "AS", "TRANSACTION"):
        return SetVariable("transaction", cursor.text(cursor.rest()).lower(), "local")
    elif cursor.accept("AUTHORIZATION"):
        name = "session_authorization"
    elif cursor.accept("NAMES") or cursor.accept("CHARACTER", "SET") or cursor.accept("CHARSET"):
        return SetVariable("names", cursor.text(cursor.until(",")), scope)
    elif cursor.accept("PASSWORD") or cursor.accept("RESOURCE", "GROUP") or cursor.accept("DEFAULT", "ROLE"):
        raise NotUnderstoodError("it is about the server's accounts")
    else:
        name, scope = _variable_name(cursor, scope)
    cursor.accept_any("=", "TO", ":=")
    # PostgreSQL's lists (`search_path TO a, b`) go on after a comma, MySQL's next assignment begins there.
    value = cursor.until(",") if cursor.family == "mysql" else cursor.rest()
    if not value:
        raise cursor.unexpected("expected a value")
    text = string_value(value[0].text) if len(value) == 1 and value[0].kind == "string" else cursor.text(value)
    return SetVariable(name, None if text.upper() == "DEFAULT" else text, scope)


def _variable_name(cursor: Tokens, scope: Scope) -> tuple[str, Scope]:
    if not cursor.current.text.startswith("@"):
        return cursor.name().lower(), scope
    name = cursor.next().text.lower()
    if name.startswith("@@"):
        first, _, rest = name[2:].partition(".")
        if first in ("global", "persist", "persist_only"):
            return rest, "global"
        return (rest, "session") if first in ("session", "local") else (name[2:], scope)
    return name, scope


def reset(cursor: Tokens) -> Iterator[Statement]:
    """Read RESET."""
    cursor.expect("RESET")
    if cursor.family == "mysql":
        raise NotUnderstoodError("it is about the server's logs or replication")
    cursor.accept("SESSION", "AUTHORIZATION")
    name = "session_authorization" if cursor.at_end() else cursor.name().lower()
    if name == "time" and cursor.accept("ZONE"):
        name = "timezone"
    cursor.rest()
    yield SetVariable(name, None, "session")


def pragma(cursor: Tokens) -> Iterator[Statement]:
    """Read SQLite's PRAGMA."""
    cursor.expect("PRAGMA")
    name = cursor.name().lower()
    if cursor.accept("="):
        yield SetVariable(name, cursor.text(cursor.rest()), "session")
    elif cursor.looking_at("("):
        yield SetVariable(name, cursor.text(cursor.parenthesised()), "session")
    else:
        yield Query()


def lock(cursor: Tokens) -> Iterator[Statement]:
    """Read LOCK TABLE; MySQL gives each table its own mode."""
    cursor.expect("LOCK")
    if cursor.family == "mysql":
        cursor.accept_any("TABLES", "TABLE")
        yield from cursor.list_of(lambda: _mysql_lock(cursor))
        return
    cursor.accept("TABLE")
    tables = cursor.list_of(lambda: _lockable(cursor))
    mode = "ACCESS EXCLUSIVE"
    if cursor.accept("IN"):
        mode = " ".join(token.word for token in cursor.until("MODE"))
        cursor.expect("MODE")
    cursor.accept("NOWAIT")
    yield LockTable(tuple(tables), mode)


def _lockable(cursor: Tokens) -> str:
    cursor.accept("ONLY")
    name = cursor.name()
    cursor.accept("*")
    return name


def _mysql_lock(cursor: Tokens) -> LockTable:
    table = cursor.name()
    cursor.accept("AS")
    if cursor.at_name() and not cursor.looking_at_any("READ", "WRITE", "LOW_PRIORITY"):
        cursor.identifier()
    cursor.accept("LOW_PRIORITY")
    mode = cursor.next().word
    cursor.accept("LOCAL")
    return LockTable((table,), mode)


# What opens a transaction goes on with one of these; anything else is a block of statements.
_AFTER_BEGIN = words("WORK TRANSACTION TRAN ISOLATION READ DEFERRABLE DEFERRED IMMEDIATE EXCLUSIVE CONCURRENT")


def transaction(cursor: Tokens) -> Iterator[Statement]:
    """Read BEGIN, START TRANSACTION, COMMIT, END, ROLLBACK, ABORT, SAVEPOINT, RELEASE."""
    actions: dict[str, Literal["begin", "commit", "rollback", "savepoint", "release"]] = {
        "BEGIN": "begin",
        "START": "begin",
        "COMMIT": "commit",
        "END": "commit",
        "ROLLBACK": "rollback",
        "ABORT": "rollback",
        "SAVEPOINT": "savepoint",
        "RELEASE": "release",
    }
    word = cursor.next().word
    if word == "START":
        cursor.expect("TRANSACTION")
    rest = [token.word for token in cursor.rest()]
    if word == "BEGIN" and rest and rest[0] not in _AFTER_BEGIN and rest[:2] != ["NOT", "DEFERRABLE"]:
        raise NotUnderstoodError("what a compound statement does is not looked into")
    if word == "ROLLBACK" and "TO" in rest:
        # The transaction goes on, and so do the locks taken before the savepoint.
        yield Query()
    elif word in ("COMMIT", "ROLLBACK") and "PREPARED" in rest:
        raise NotUnderstoodError("it ends a transaction that another session prepared")
    else:
        yield TransactionControl(actions[word])


def vacuum(cursor: Tokens) -> Iterator[Statement]:
    """Read VACUUM and ANALYZE."""
    word = cursor.next().word
    vacuuming = word == "VACUUM"
    full = False
    if cursor.looking_at("("):
        options = [token.word for token in cursor.parenthesised()]
        if "FULL" in options:
            full = not _is_off(options, "FULL")
    while option := cursor.accept_any("FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE", "TABLE", "LOCAL"):
        full = full or option == "FULL"
    cursor.accept_any("NO_WRITE_TO_BINLOG")
    cursor.accept_any("TABLE")
    action: Literal["vacuum", "vacuum full", "analyze"] = "analyze"
    if vacuuming:
        action = "vacuum full" if full or cursor.family == "sqlite" else "vacuum"
    if cursor.at_end() or cursor.looking_at("INTO"):
        cursor.rest()
        yield Maintenance(action, None)
        return
    for table in cursor.list_of(lambda: _maintained(cursor)):
        yield Maintenance(action, table)


def _maintained(cursor: Tokens) -> str:
    cursor.accept("ONLY")
    name = cursor.name()
    cursor.accept("*")
    if cursor.looking_at("("):
        cursor.parenthesised()
    elif cursor.looking_at_any("UPDATE", "DROP", "PERSISTENT"):
        cursor.until(",")
    return name


def cluster(cursor: Tokens) -> Iterator[Statement]:
    """Read CLUSTER, also in its old form `CLUSTER index ON table`."""
    cursor.expect("CLUSTER")
    if cursor.looking_at("("):
        cursor.parenthesised()
    cursor.accept("VERBOSE")
    table = None if cursor.at_end() else cursor.name()
    if cursor.accept("ON"):
        table = cursor.name()
    elif cursor.accept("USING"):
        cursor.name()
    yield Maintenance("cluster", table)


def optimize(cursor: Tokens) -> Iterator[Statement]:
    """Read MySQL's OPTIMIZE TABLE."""
    cursor.expect("OPTIMIZE")
    cursor.accept_any("NO_WRITE_TO_BINLOG", "LOCAL")
    cursor.accept_any("TABLE", "TABLES")
    tables = cursor.list_of(cursor.name)
    cursor.rest()
    for table in tables:
        yield Maintenance("optimize", table)


def refresh(cursor: Tokens) -> Iterator[Statement]:
    """Read REFRESH MATERIALIZED VIEW."""
    cursor.expect("REFRESH", "MATERIALIZED", "VIEW")
    concurrently = cursor.accept("CONCURRENTLY")
    name = cursor.name()
    if cursor.accept("WITH"):
        cursor.accept("NO")
        cursor.expect("DATA")
    yield RefreshMaterializedView(name, concurrently)


def harmless(cursor: Tokens) -> Iterator[Statement]:
    """What changes nothing and locks nothing that matters: SHOW, NOTIFY, DISCARD, FETCH, USE …"""
    cursor.rest()
    yield Query()


def explain(cursor: Tokens) -> Iterator[Statement]:
    """Read EXPLAIN; with ANALYZE the statement runs, and what it writes is not looked at."""
    cursor.next()
    analyses = False
    if cursor.looking_at("("):
        options = [token.word for token in cursor.parenthesised()]
        analyses = "ANALYZE" in options and not _is_off(options, "ANALYZE")
    while word := cursor.accept_any("ANALYZE", "ANALYSE", "VERBOSE", "EXTENDED"):
        analyses = analyses or word.startswith("ANALY")
    said = {token.word for token in cursor.rest()}
    if analyses and said & {"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "REFRESH", "EXECUTE"}:
        raise NotUnderstoodError("EXPLAIN ANALYZE runs the statement")
    yield Query()


def _is_off(options: Sequence[str], name: str) -> bool:
    """Whether one of PostgreSQL's options in parentheses is switched off: `(FULL false)`."""
    following = options[options.index(name) + 1 :][:1]
    return list(following) in (["FALSE"], ["OFF"])
