"""SQLAlchemy's constructs for rows, as an outline of the SQL that they become."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.advice.sql_text import quoted
from migration_lint.readers.python.inspecting import plain
from migration_lint.readers.python.interpreter import Interpreter
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    Invocation,
    Mapping,
    Method,
    Object,
    Outside,
    Sequence,
)
from migration_lint.readers.python.words import words

LIMITS = frozenset(words("where filter filter_by limit join"))
WRITES = frozenset(words("update insert delete"))
READS = frozenset(words("select exists union func"))
WRAPPERS = frozenset(words("text DDL"))


def unwrapped(value: Object) -> Object:
    """The string within `text(…)`, whatever is bound to it; else the value itself."""
    base, calls = chain(value)
    if isinstance(base, Outside) and base.path.rpartition(".")[2] in WRAPPERS and calls and calls[0].args:
        return calls[0].args[0]
    return value


def chain(value: Object) -> tuple[Object, list[Invocation]]:
    """What a chain of calls begins with, and the calls in their order."""
    calls: list[Invocation] = []
    while isinstance(value, (Invocation, Method)):
        if isinstance(value, Method):
            value = value.receiver
            continue
        calls.append(value)
        value = value.function
    return value, calls[::-1]


def _name(call: Invocation) -> str:
    if isinstance(call.function, Outside):
        return call.function.path.rpartition(".")[2]
    return call.function.name if isinstance(call.function, Method) else ""


def reads(value: Object) -> bool:
    """Whether it is a query."""
    _, calls = chain(value)
    names = {_name(call) for call in calls}
    return bool(names & READS) and not names & WRITES


def is_query(value: Object) -> bool:
    """Whether it is a query of the ORM, whose rows can be updated and deleted."""
    return any(_name(call) == "query" for call in chain(value)[1])


def table_name(home: Interpreter, value: Object) -> str | None:
    """The name of the table that a value stands for."""
    value = home.resolve(value)
    match value:
        case Invocation(function=Outside(path=path), args=[first, *_]) if path.rpartition(".")[2] in (
            "table",
            "Table",
            "create_table",
        ):
            name = plain(home.resolve(first))
            schema = plain(home.resolve(dict(value.kwargs)["schema"])) if "schema" in dict(value.kwargs) else None
            if not isinstance(name, str):
                return None
            return f"{schema}.{name}" if isinstance(schema, str) else name
        case ClassObject():
            found = home.class_attribute(value, "__tablename__")
            name = plain(found) if found is not None else None
            return name if isinstance(name, str) else None
    return None


def outline(home: Interpreter, value: Object) -> str | None:
    """An UPDATE, INSERT or DELETE without the values and conditions that only running it tells."""
    base, calls = chain(value)
    kind = next((name for call in calls if (name := _name(call)) in WRITES), None)
    if kind is None:
        return None
    table = _table(home, base, calls, kind)
    if table is None:
        return None
    limited = any(_name(call) in LIMITS for call in calls)
    where = f" WHERE {_condition(home, calls)}" if limited else ""
    if kind == "delete":
        return f"DELETE FROM {quoted(table)}{where}"
    if kind == "insert":
        return _insert(table, [], None if any(_name(call) == "from_select" for call in calls) else 1)
    columns = list(_columns(home, calls))
    if not columns:
        return None
    return f"UPDATE {quoted(table)} SET {', '.join(f'{quoted(n)} = {v}' for n, v in columns)}{where}"


def _table(home: Interpreter, base: Object, calls: list[Invocation], kind: str) -> str | None:
    for call in calls:
        if _name(call) in (kind, "query") and call.args and (name := table_name(home, call.args[0])) is not None:
            return name
        if isinstance(call.function, Method) and (name := table_name(home, call.function.receiver)) is not None:
            return name
    return table_name(home, base)


def _condition(home: Interpreter, calls: list[Invocation]) -> str:
    """The condition, if it only asks for NULL; else a parameter."""
    conditions = [argument for call in calls if _name(call) in LIMITS for argument in call.args]
    if len(conditions) == 1:
        match conditions[0]:
            case Invocation(function=Method(receiver=Method(name=column), name="is_"), args=[Constant(value=None)]):
                return f"{quoted(column)} IS NULL"
    return ":condition"


def _columns(home: Interpreter, calls: list[Invocation]) -> Iterator[tuple[str, str]]:
    """The columns that `values(…)`, or the ORM's `update(…)`, sets."""
    for call in calls:
        if _name(call) not in ("values", "update"):
            continue
        pairs: list[tuple[Object | str, Object]] = list(call.kwargs) if _name(call) == "values" else []
        for argument in map(home.resolve, call.args):
            if isinstance(argument, Mapping):
                pairs += argument.items
        for key, value in pairs:
            name = key if isinstance(key, str) else _column(key)
            if name is not None and name != "**":
                yield name, _spelled(home.resolve(value), name)


def _column(key: Object) -> str | None:
    match key:
        case Constant(value=str() as name):
            return name
        case Method(name=name):
            return name
        case Outside(path=path):
            return path.rpartition(".")[2]
        case Invocation(function=Outside(path=path), args=[Constant(value=str() as name), *_]) if path.endswith(
            ".column"
        ):
            return name
    return None


def _spelled(value: Object, name: str) -> str:
    match value:
        case Constant(value=None):
            return "NULL"
        case Method(name=other) if other == name:
            return quoted(name)
    return ":value"


def bulk_insert(home: Interpreter, table: Object | None, rows: Object | None) -> str | None:
    """`op.bulk_insert(table, [{…}, …])`."""
    name = table_name(home, table) if table is not None else None
    if name is None:
        return None
    found = home.resolve(rows) if rows is not None else None
    if not isinstance(found, Sequence):
        return _insert(name, [], None)
    first = found.entries[0].item if found.entries else None
    keys = [_column(key) for key, _ in first.items] if isinstance(first, Mapping) else []
    return _insert(name, [key for key in keys if key is not None], len(found.entries))


def _insert(table: str, columns: list[str], rows: int | None) -> str:
    if rows is None:
        return f"INSERT INTO {quoted(table)} SELECT * FROM rows"
    names = f" ({', '.join(map(quoted, columns))})" if columns else ""
    return f"INSERT INTO {quoted(table)}{names} VALUES {', '.join(['(:row)'] * max(rows, 1))}"
