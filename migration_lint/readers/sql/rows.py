"""INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY and what selects rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Literal

from migration_lint.model.statements import Delete, Insert, Query, SetVariable, Statement, Truncate, Unanalysed, Update
from migration_lint.readers.sql import joined
from migration_lint.readers.sql.assignments import read_assignment, read_rows
from migration_lint.readers.sql.columns import string_value
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.expressions import call_name, functions_called
from migration_lint.readers.sql.lexing import Token, words

# Functions that a SELECT calls for what they do, not for what they return, and that no statement here stands for.
_ACTING_FUNCTIONS = words(
    """create_hypertable add_retention_policy add_compression_policy add_continuous_aggregate_policy add_dimension
    drop_chunks compress_chunk decompress_chunk create_distributed_table create_reference_table
    undistribute_table alter_distributed_table addgeometrycolumn dropgeometrycolumn dropgeometrytable
    updategeometrysrid populate_geometry_columns create_parent run_maintenance dblink dblink_exec lo_import
    lo_export lo_unlink pg_terminate_backend pg_cancel_backend pg_reload_conf query_to_xml add_jobs sp_rename"""
)
_HARMLESS_FUNCTIONS = words(
    """setval nextval currval lastval now version clock_timestamp gen_random_uuid uuid_generate_v4 random txid_current
    coalesce count sum max min lower upper length concat format substring replace to_char to_regclass exists
    last_insert_id database schema sleep postgis_version postgis_full_version"""
)
_MODIFYING = ("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE")
_NO_ALIAS = (
    "SET",
    "WHERE",
    "USING",
    "FROM",
    "RETURNING",
    "ORDER",
    "LIMIT",
    "VALUES",
    "SELECT",
    "ON",
    "WHEN",
    "DEFAULT",
)


def insert(cursor: Tokens) -> Iterator[Statement]:
    """Read INSERT or REPLACE. The rows of VALUES are counted where they have been lexed to the end."""
    while cursor.accept_any("INSERT", "REPLACE", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE"):
        pass
    if cursor.accept("OR"):
        cursor.next()
    cursor.accept("INTO")
    table = cursor.name()
    if cursor.accept("AS"):
        cursor.identifier()
    if cursor.family == "mysql" and cursor.accept("PARTITION"):
        cursor.parenthesised()
    columns = None
    if cursor.looking_at("(") and not cursor.looking_at_any("SELECT") and not _is_query(cursor):
        columns = cursor.name_list()
    cursor.until("VALUES", "VALUE", "SELECT", "SET", "DEFAULT", "TABLE", "WITH", "(", "EXEC", "EXECUTE")
    word = cursor.accept_any("VALUES", "VALUE", "SET", "DEFAULT")
    rows = None
    if word in ("SET", "DEFAULT"):
        rows = 1
    elif word is not None:
        rows = _count_rows(cursor)
    cursor.rest()
    yield Insert(table, columns, rows)


def _is_query(cursor: Tokens) -> bool:
    position = 0
    while cursor.looking_at("(", offset=position):
        position += 1
    return any(cursor.looking_at(word, offset=position) for word in ("SELECT", "WITH", "VALUES", "TABLE"))


def _count_rows(cursor: Tokens) -> int | None:
    """How many rows VALUES holds; None where its end was not lexed."""
    count = 0
    while cursor.accept("ROW") or cursor.looking_at("("):
        if not cursor.looking_at("("):
            return None
        cursor.next()
        cursor.until()
        if not cursor.accept(")"):
            return None
        count += 1
        if not cursor.accept(","):
            return count
    return None


def update(cursor: Tokens) -> Iterator[Statement]:
    """Read UPDATE."""
    cursor.expect("UPDATE")
    while cursor.accept_any("LOW_PRIORITY", "IGNORE", "ONLY"):
        pass
    if cursor.accept("OR"):
        cursor.next()
    start = cursor.position
    references = cursor.until("SET")
    if cursor.family in ("mysql", "generic") and joined.is_joined(references):
        yield from joined.update(references, cursor)
        return
    cursor.position = start
    table = cursor.name()
    cursor.accept("*")
    alias = cursor.until("SET")
    aliases = {table.rpartition(".")[2], *(cursor.fold(token) for token in alias[-1:])}
    cursor.expect("SET")
    assignments = cursor.list_of(lambda: read_assignment(cursor))
    rows = read_rows(cursor)
    columns = tuple(pair for assignment in assignments for pair in assignment.pairs(cursor, aliases))
    nulls = rows.null_tests(cursor, {name for name, _ in columns})
    all_nulls = not rows.limited and bool(nulls) and all(nulls)
    yield Update(table, columns, rows.whole_table, any(nulls), all_nulls=all_nulls)


def delete(cursor: Tokens) -> Iterator[Statement]:
    """Read DELETE."""
    cursor.expect("DELETE")
    while cursor.accept_any("LOW_PRIORITY", "QUICK", "IGNORE"):
        pass
    if cursor.looking_at("HISTORY", "FROM"):
        cursor.next()  # MariaDB's rows that are no more
    if cursor.family in ("mysql", "generic") and joined.at_joined_delete(cursor):
        yield from joined.delete(cursor)
        return
    cursor.expect("FROM")
    cursor.accept("ONLY")
    table = cursor.name()
    cursor.accept("*")
    yield Delete(table, read_rows(cursor).whole_table)


_MATCHES = ("MATCHED", "NOT")


def merge(cursor: Tokens) -> Iterator[Statement]:
    """Read MERGE: a statement for each thing that its WHEN clauses do to rows."""
    cursor.expect("MERGE")
    cursor.accept("INTO")
    cursor.accept("ONLY")
    table = cursor.name()
    tokens = cursor.rest()
    if not any(token.word == "WHEN" for token in tokens):
        raise cursor.unexpected("expected WHEN")
    clauses = [
        i for i, (token, after) in enumerate(pairwise(tokens)) if token.word == "WHEN" and after.word in _MATCHES
    ]
    for start, end in zip(clauses, [*clauses[1:], len(tokens)], strict=True):
        action = cursor.part(tokens[start:end])
        action.until("THEN")
        action.expect("THEN")
        if action.accept("INSERT"):
            yield Insert(table, action.column_list() if action.looking_at("(") else None)
        elif action.accept("DELETE"):
            yield Delete(table, whole_table=False)
        elif action.accept("UPDATE", "SET"):
            assignments = action.list_of(partial(read_assignment, action))
            columns = tuple(pair for each in assignments for pair in each.pairs(action, {table}))
            yield Update(table, columns, whole_table=False)


def truncate(cursor: Tokens) -> Iterator[Statement]:
    """Read TRUNCATE."""
    cursor.expect("TRUNCATE")
    cursor.accept("TABLE")

    def table() -> str:
        cursor.accept("ONLY")
        name = cursor.name()
        cursor.accept("*")
        return name

    tables = cursor.list_of(table)
    if not (cursor.accept("RESTART", "IDENTITY")):
        cursor.accept("CONTINUE", "IDENTITY")
    yield Truncate(tuple(tables), cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE")


def copy(cursor: Tokens) -> Iterator[Statement]:
    """Read COPY: into a table it inserts, out of one it reads."""
    cursor.expect("COPY")
    cursor.accept("BINARY")
    if cursor.looking_at("("):
        part = cursor.part(cursor.parenthesised())
        cursor.rest()
        yield from modify(part) if part.looking_at_any(*_MODIFYING) else query(part)
        return
    table = cursor.name()
    columns = cursor.column_list() if cursor.looking_at("(") else None
    direction = cursor.accept_any("FROM", "TO")
    if direction is None:
        raise cursor.unexpected()
    cursor.rest()
    yield Insert(table, columns) if direction == "FROM" else Query((table,))


def load_data(cursor: Tokens) -> Iterator[Statement]:
    """Read MySQL's LOAD DATA … INTO TABLE, LOAD INDEX INTO CACHE, and PostgreSQL's LOAD of a library."""
    if cursor.family == "postgresql" or cursor.looking_at("LOAD", "INDEX"):
        cursor.rest()
        yield Query()
        return
    cursor.until("INTO")
    cursor.expect("INTO", "TABLE")
    table = cursor.name()
    cursor.rest()
    yield Insert(table, None)


def query(cursor: Tokens) -> Iterator[Statement]:
    """Read SELECT, VALUES or TABLE: what it reads, or what the one function it calls does."""
    cursor.accept_any("SELECT", "VALUES")
    tokens = cursor.rest()
    functions = functions_called(tokens, cursor)
    acting = [name for name in functions if name in _ACTING_FUNCTIONS]
    called = call_name(tokens, cursor)
    if called == "set_config":
        yield _set_config(cursor.part(list(tokens)))
    elif acting or (called is not None and not _is_harmless(called)):
        name = acting[0] if acting else called
        yield Unanalysed(f"SELECT {name}(…)", f"what the function {name} does is not known")
    else:
        _refuse_select_into(tokens, cursor)
        yield Query(tables_read(tokens, cursor), "setval" in functions)


def _is_harmless(function: str) -> bool:
    """Whether a function that is all of a query does nothing but return something, or touches only a sequence."""
    return function.lower() in _HARMLESS_FUNCTIONS or function.lower().startswith(("pg_", "current_"))


def _set_config(cursor: Tokens) -> SetVariable:
    """`set_config(name, value, is_local)` is a SET."""
    cursor.name()
    arguments = cursor.part(cursor.parenthesised())
    name, value, local = ([*arguments.list_of(lambda: arguments.until(",")), [], [], []])[:3]
    if len(name) != 1 or name[0].kind != "string" or not value:
        raise NotUnderstoodError("the variable that set_config sets is not a constant")
    scope: Literal["local", "session"] = "local" if local and local[0].word == "TRUE" else "session"
    constant = len(value) == 1 and value[0].kind == "string"
    text = string_value(value[0].text) if constant else cursor.text(value)
    return SetVariable(string_value(name[0].text).lower(), text, scope)


def _refuse_select_into(tokens: Sequence[Token], cursor: Tokens) -> None:
    """SELECT … INTO makes a table, except in MySQL."""
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0 and token.word == "FROM":
            return
        if depth == 0 and token.word == "INTO" and cursor.family != "mysql":
            raise NotUnderstoodError("SELECT … INTO makes a table of columns that are not known here")


_AFTER_ON = ("FROM", "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION")


def tables_read(tokens: Sequence[Token], cursor: Tokens) -> tuple[str, ...]:
    """The tables named after FROM and JOIN, subqueries included, those that WITH defines left out."""
    found: dict[str, None] = {}
    defined = (
        {
            cursor.fold(token)
            for token, following in pairwise(tokens)
            if following.word == "AS" and token.kind in ("word", "quoted")
        }
        if tokens and tokens[0].word == "WITH"
        else set()
    )
    reader = cursor.part(list(tokens))
    while not reader.at_end():
        token = reader.next()
        if token.word not in ("FROM", "JOIN"):
            continue
        while True:
            reader.accept_any("ONLY", "LATERAL")
            if not reader.at_name() or reader.looking_at_any("SELECT"):
                break
            name = reader.name()
            if not reader.looking_at("(") and name not in defined:
                found[name] = None
            reader.accept("AS")
            if reader.at_name() and not reader.looking_at_any(*_NO_ALIAS, "JOIN", "LEFT", "INNER", "CROSS", "RIGHT"):
                reader.identifier()
            if reader.accept("ON"):
                reader.until(",", *_AFTER_ON)
            if not reader.accept(","):
                break
    return tuple(found)


def with_query(cursor: Tokens) -> Iterator[Statement]:
    """Read WITH … and what follows it; what the named parts write is read as well."""
    start = cursor.position
    cursor.expect("WITH")
    cursor.accept("RECURSIVE")
    written = False
    while True:
        cursor.identifier()
        if cursor.looking_at("("):
            cursor.parenthesised()
        cursor.expect("AS")
        cursor.accept("NOT")
        cursor.accept("MATERIALIZED")
        part = cursor.part(cursor.parenthesised())
        if part.looking_at_any(*_MODIFYING):
            written = True
            yield from modify(part)
        cursor.until(",", "SELECT", "VALUES", "TABLE", *_MODIFYING)
        if not cursor.accept(","):
            break
    if cursor.looking_at_any(*_MODIFYING):
        yield from modify(cursor)
    elif written:
        cursor.rest()
    else:
        cursor.position = start
        yield from query(cursor)


def modify(cursor: Tokens) -> Iterator[Statement]:
    """Read one INSERT, UPDATE, DELETE, MERGE or REPLACE."""
    readers = {"INSERT": insert, "REPLACE": insert, "UPDATE": update, "DELETE": delete, "MERGE": merge}
    return readers[cursor.current.word](cursor)
