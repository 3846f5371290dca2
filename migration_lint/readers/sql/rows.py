"""INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY and what selects rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from migration_lint.model.statements import Delete, Insert, Query, SetVariable, Statement, Truncate, Unanalysed, Update
from migration_lint.readers.sql.columns import string_value
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.expressions import always_true, call_name, functions_called, is_null_test, operands
from migration_lint.readers.sql.lexing import Token, words

SetTo = Literal["null", "itself", "value"]

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
    table = cursor.name()
    cursor.accept("*")
    # What is left before SET is an alias, or MySQL's joined tables.
    before_set = cursor.until("SET")
    aliases = {table.rpartition(".")[2], *(cursor.fold(token) for token in before_set[-1:])}
    cursor.expect("SET")
    columns = cursor.list_of(lambda: _assignment(cursor, aliases))
    cursor.until("WHERE", "RETURNING", "ORDER", "LIMIT") if cursor.accept("FROM") else None
    where = _read_where(cursor)
    limited = bool(before_set) and any(token.word == "JOIN" for token in before_set)
    limited = limited or cursor.looking_at_any("LIMIT")
    cursor.rest()
    set_columns = tuple(pair for group in columns for pair in group)
    whole = not limited and (where is None or always_true(where))
    nulls = _null_tests(where, cursor, {name for name, _ in set_columns}) if where is not None else ()
    yield Update(table, set_columns, whole, any(nulls), all_nulls=not limited and bool(nulls) and all(nulls))


def _assignment(cursor: Tokens, aliases: set[str]) -> list[tuple[str, SetTo]]:
    if cursor.looking_at("("):
        names = list(cursor.column_list())
    else:
        # MySQL writes the table in front of the column.
        names = [cursor.name().rpartition(".")[2]]
        if cursor.looking_at("[") or cursor.looking_at("."):
            cursor.until("=")
    cursor.expect("=")
    value = cursor.until(",", "WHERE", "FROM", "RETURNING", "ORDER", "LIMIT")
    if not value:
        raise cursor.unexpected("expected a value")
    if len(names) > 1:
        inner = cursor.part(value[2:-1] if value[0].word == "ROW" else value[1:-1])
        values = inner.list_of(lambda: inner.until(","))
        if len(values) == len(names):
            return [(name, _set_to(name, each, cursor, aliases)) for name, each in zip(names, values, strict=True)]
        return [(name, "value") for name in names]
    return [(names[0], _set_to(names[0], value, cursor, aliases))]


def _set_to(column: str, value: Sequence[Token], cursor: Tokens, aliases: set[str]) -> SetTo:
    if len(value) == 1 and value[0].word == "NULL":
        return "null"
    if len(value) == 3 and value[1].word == "." and cursor.fold(value[0]) in aliases:
        value = value[2:]
    if len(value) == 1 and value[0].kind in ("word", "quoted") and cursor.fold(value[0]) == column:
        return "itself"
    return "value"


def _read_where(cursor: Tokens) -> list[Token] | None:
    cursor.until("WHERE", "RETURNING", "ORDER", "LIMIT")
    return cursor.until("RETURNING", "ORDER", "LIMIT") if cursor.accept("WHERE") else None


def _null_tests(where: list[Token], cursor: Tokens, columns: set[str]) -> list[bool]:
    """For each of the conditions joined by AND, whether it is `c IS NULL` of a column that is set."""
    if len(operands(where, "OR")) > 1:
        return []
    return [is_null_test(part, cursor) in columns for part in operands(where, "AND")]


def delete(cursor: Tokens) -> Iterator[Statement]:
    """Read DELETE."""
    cursor.expect("DELETE")
    while cursor.accept_any("LOW_PRIORITY", "QUICK", "IGNORE"):
        pass
    several = [] if cursor.accept("FROM") else cursor.list_of(cursor.name)
    if several:
        cursor.accept(".", "*")
        cursor.accept("FROM")
        cursor.until("WHERE", "ORDER", "LIMIT")
        where = _read_where(cursor)
        cursor.rest()
        for table in several:
            yield Delete(table, whole_table=False)
        return
    cursor.accept("ONLY")
    table = cursor.name()
    cursor.accept("*")
    joined = cursor.until("WHERE", "RETURNING", "ORDER", "LIMIT")
    where = _read_where(cursor)
    limited = cursor.looking_at_any("LIMIT") or any(token.word == "JOIN" for token in joined)
    cursor.rest()
    yield Delete(table, whole_table=not limited and (where is None or always_true(where)))


def merge(cursor: Tokens) -> Iterator[Statement]:
    """Read MERGE: a statement for each thing that its WHEN clauses do to rows."""
    cursor.expect("MERGE")
    cursor.accept("INTO")
    cursor.accept("ONLY")
    table = cursor.name()
    tokens = cursor.rest()
    if not any(token.word == "WHEN" for token in tokens):
        raise cursor.unexpected("expected WHEN")
    for index, token in enumerate(tokens):
        if token.word != "THEN":
            continue
        action = cursor.part(tokens[index + 1 :])
        if action.accept("INSERT"):
            yield Insert(table, action.column_list() if action.looking_at("(") else None)
        elif action.accept("DELETE"):
            yield Delete(table, whole_table=False)
        elif action.accept("UPDATE", "SET"):
            groups = action.list_of(lambda part=action: _merge_assignment(part, table))  # type: ignore[misc]
            yield Update(table, tuple(pair for group in groups for pair in group), whole_table=False)


def _merge_assignment(cursor: Tokens, table: str) -> list[tuple[str, SetTo]]:
    names = list(cursor.column_list()) if cursor.looking_at("(") else [cursor.name().rpartition(".")[2]]
    cursor.expect("=")
    value = cursor.until(",", "WHEN", "RETURNING")
    return [(name, _set_to(name, value, cursor, {table}) if len(names) == 1 else "value") for name in names]


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
        cursor.rest()
        yield Query()
        return
    table = cursor.name()
    columns = cursor.column_list() if cursor.looking_at("(") else None
    direction = cursor.accept_any("FROM", "TO")
    if direction is None:
        raise cursor.unexpected()
    cursor.rest()
    yield Insert(table, columns) if direction == "FROM" else Query((table,))


def load_data(cursor: Tokens) -> Iterator[Statement]:
    """Read MySQL's LOAD DATA … INTO TABLE."""
    cursor.until("INTO")
    cursor.expect("INTO", "TABLE")
    table = cursor.name()
    cursor.rest()
    yield Insert(table, None)


def query(cursor: Tokens) -> Iterator[Statement]:
    """Read SELECT, VALUES or TABLE: what it reads, or what the one function it calls does."""
    cursor.accept("SELECT")
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
