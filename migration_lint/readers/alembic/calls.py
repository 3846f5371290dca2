"""What `upgrade()` and `downgrade()` ask of the database: the calls that they make, as operations."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping

import libcst as cst

from migration_lint.model.alembic import AlembicOperation, AlembicSql
from migration_lint.model.django import SqlText
from migration_lint.model.migration import NotAnalysed, Operation
from migration_lint.model.values import Span, Unknown, Value
from migration_lint.readers.alembic import rows
from migration_lint.readers.alembic.names import BATCH_SIGNATURES, OLD_NAMES, OP, SIGNATURES, WITHOUT_EFFECT
from migration_lint.readers.alembic.types import resolved
from migration_lint.readers.django.builder import text_span
from migration_lint.readers.python.entering import enter
from migration_lint.readers.python.inspecting import alternatives, why
from migration_lint.readers.python.interpreter import Interpreter
from migration_lint.readers.python.objects import (
    Choice,
    Constant,
    FunctionObject,
    Invocation,
    Method,
    Object,
    Opaque,
    Outside,
    join_conditions,
)
from migration_lint.readers.python.tracing import Event, Trace, TracedCall
from migration_lint.readers.python.walking import walk
from migration_lint.readers.python.words import words

EXECUTING = frozenset(words("execute exec_driver_sql scalar scalars"))
ORM_WRITES = frozenset(
    words("add add_all merge delete bulk_save_objects bulk_insert_mappings bulk_update_mappings bulk_insert")
)
CALLS_TRACED = 2_000  # calls and loop rounds of one function; what comes later is not read
# Libraries whose functions ask nothing of the database unless they are handed a connection.
KNOWN = frozenset({*sys.stdlib_module_names, "sqlalchemy", "alembic", "builtins"})
UNKNOWABLE = frozenset(words("builtins.exec builtins.eval builtins.globals builtins.locals"))
QUESTION = re.compile(
    r"_*(?:has|is|get|find|check|table|column|index|inspect|should|can)_|\w*exists?\b|_*(?:get|find|inspect)"
)


def operations_of(home: Interpreter, function: FunctionObject) -> tuple[Operation, ...]:
    """The operations of a function, in the order in which it asks for them."""
    calls = Calls(home)
    return tuple(calls.of(enter(function, {}, CALLS_TRACED)))


class Calls:
    """Calls as operations; `home` is the file in which they are pointed at."""

    def __init__(self, home: Interpreter) -> None:
        self._home = home
        self._alone: set[int] | None = None

    def of(self, trace: Trace) -> Iterator[Operation]:
        """The operations that calls are."""
        calls = [event for event in trace.events if isinstance(event, TracedCall)]
        said: set[tuple[Span, str]] = set()
        for event in calls:
            for operation in self._operations(event):
                reason = _reason(operation)
                if reason is None or (operation.span, reason) not in said:  # a loop says the same in each round
                    yield operation
                if reason is not None:
                    said.add((operation.span, reason))
        if trace.exhausted and calls:
            yield self._unknown(calls[-1], "too many calls are made before it")

    def _operations(self, event: TracedCall) -> Iterator[Operation]:
        function = event.invocation.function
        match function:
            case Outside(path=path) if path.startswith(f"{OP}."):
                yield from self._op(event, path.removeprefix(f"{OP}."), SIGNATURES, None)
            case Method(receiver=receiver, name=name) if (batch := _batch(receiver)) is not None:
                yield from self._op(event, name, BATCH_SIGNATURES, batch)
            case Method():
                yield from self._method(event, function)
            case Opaque(reason=reason) if self._may_matter(event.invocation):
                yield self._unknown(event, reason)
            case Outside(path=path) if not event.entered:
                yield from self._function(event, path)
            case FunctionObject() if not event.entered:
                yield self._unknown(event, event.invocation.why or "it is not followed")
            case _:
                pass

    def _op(
        self, event: TracedCall, name: str, signatures: Mapping[str, tuple[str, ...]], batch: Invocation | None
    ) -> Iterator[Operation]:
        """A function of `alembic.op` or a method of a batch."""
        if name in WITHOUT_EFFECT:
            return
        if name == "execute":
            yield from self._sql(event, _first(event.invocation, "sqltext"))
            return
        if name == "bulk_insert":
            yield from self._bulk_insert(event)
            return
        if name not in signatures:
            yield self._unknown(event, f"{name} is no operation of Alembic's own")
            return
        options = self._bound(event.invocation, signatures[name])
        if batch is not None:
            table = self._bound(batch, SIGNATURES["batch_alter_table"])
            first = "source_table" if name == "create_foreign_key" else "table_name"
            options = {first: table.get("table_name"), **options}
            if table.get("schema") is not None:
                options.setdefault("source_schema" if name == "create_foreign_key" else "schema", table["schema"])
        if "**" in options:
            yield self._unknown(event, "its arguments can't be told")
            return
        yield self._operation(event, name, options, batch=batch is not None)

    def _bound(self, invocation: Invocation, signature: tuple[str, ...]) -> dict[str, Value]:
        """The arguments of a call by name."""
        found: dict[str, Value] = {}
        args = list(invocation.args)
        for name in signature:
            if name.startswith("*"):
                found[name[1:]] = tuple(self._value(each) for each in args)
                args = []
            elif args:
                found[name] = self._value(args.pop(0))
        for name, value in invocation.kwargs:
            known = OLD_NAMES.get(name, name) if name not in signature else name
            found[known] = self._value(value)
        if args:
            found["**"] = len(args)
        return found

    def _value(self, value: Object) -> Value:
        return self._home.freeze(resolved(self._home, value))

    def _sql(self, event: TracedCall, value: Object | None, connection: bool = False) -> Iterator[Operation]:
        """What `execute` is handed: text, or a construct."""
        if value is None:
            yield self._unknown(event, "what it executes is not given")
            return
        for each, condition in alternatives(self._home.resolve(value)):
            sql = self._text(each)
            if sql is not None:
                yield AlembicSql(
                    span=self._span(event),
                    conditional=join_conditions(_condition(event), condition),
                    outside=_is_outside(event),
                    name=self._name(event),
                    sql=sql,
                )

    def _text(self, value: Object) -> SqlText | Unknown | None:
        """The SQL of a string or construct; None for one that only reads."""
        value = self._home.resolve(rows.unwrapped(self._home.resolve(value)))
        if isinstance(value, Constant):
            if not isinstance(value.value, str):
                return self._home.unknown(value, "it is not a string")
            literal = value.exact and value.home is self._home and isinstance(value.node, cst.SimpleString)
            node = value.node if value.home is self._home else self._home.module
            span = self._home.positions.of(node)
            return SqlText(value.value, text_span(value, span) if literal else span, literal)
        if rows.reads(value):
            return None
        outline = rows.outline(self._home, value)
        if outline is None:
            return self._home.unknown(value, why(value))
        return SqlText(outline, self._home.positions.of(value.node if value.home is self._home else self._home.module))

    def _bulk_insert(self, event: TracedCall) -> Iterator[Operation]:
        invocation = event.invocation
        outline = rows.bulk_insert(self._home, _first(invocation, "table"), _second(invocation, "rows"))
        if outline is None:
            yield self._unknown(event, "the table it writes to is not known")
            return
        span = self._span(event)
        yield AlembicSql(
            span=span,
            conditional=_condition(event),
            outside=_is_outside(event),
            name="op.bulk_insert",
            sql=SqlText(outline, span),
        )

    def _method(self, event: TracedCall, function: Method) -> Iterator[Operation]:
        """A method of a connection, a session, a table or a type."""
        invocation, name = event.invocation, function.name
        if name in EXECUTING:
            if (invocation.args or invocation.kwargs) and not _is_file(function.receiver):
                yield from self._sql(event, _first(invocation, "statement"))
        elif name in ("create", "drop") and (kind := _enumeration(function.receiver)) is not None:
            options = {"type": self._value(kind), **self._bound(invocation, ("bind", "checkfirst"))}
            options.pop("bind", None)
            yield self._operation(event, f"{name}_type", options)
        elif name in ("create_all", "drop_all"):
            yield self._unknown(event, "the tables of a MetaData are those of the models, which stand elsewhere")
        elif name in ("create", "drop") and rows.table_name(self._home, function.receiver) is not None:
            yield from self._table(event, function)
        elif name in ("update", "delete") and rows.is_query(function.receiver):
            yield from self._sql(event, invocation)
        elif name in ORM_WRITES and _is_session(function.receiver):
            yield self._unknown(event, "rows that a session of the ORM writes are not followed")

    def _table(self, event: TracedCall, function: Method) -> Iterator[Operation]:
        """`Table(…).create(bind)`."""
        table = self._home.resolve(function.receiver)
        if not isinstance(table, Invocation) or function.name != "create":
            name = rows.table_name(self._home, table)
            if function.name == "drop" and name is not None:
                yield self._operation(event, "drop_table", {"table_name": name})
            else:
                yield self._unknown(event, "the table's columns are not known")
            return
        options = self._bound(table, ("table_name", "metadata", "*columns"))
        options.pop("metadata", None)
        yield self._operation(event, "create_table", options)

    def _function(self, event: TracedCall, path: str) -> Iterator[Operation]:
        """A function that is defined elsewhere."""
        root = path.lstrip(".").partition(".")[0]
        _, module, name = ("", *path.split("."))[-3:]
        if path in UNKNOWABLE:
            yield self._unknown(event, f"what {name}() gives is only known when it runs")
        elif root in KNOWN or name[:1].isupper() or module.lower() in ("logger", "log", "logging"):
            return
        elif id(event.invocation.node) in self._statements() or (
            _is_handed_a_connection(event.invocation) and not QUESTION.match(name)
        ):
            yield self._unknown(event, f"{name} comes from another file and is not followed")

    def _may_matter(self, invocation: Invocation) -> bool:
        """Whether a call of something unknown may ask something of the database, going by its name."""
        called = invocation.node.func if isinstance(invocation.node, cst.Call) else None
        if isinstance(called, cst.Attribute):
            return called.attr.value in EXECUTING or called.attr.value in SIGNATURES
        return id(invocation.node) in self._statements()

    def _statements(self) -> set[int]:
        """The calls of the file whose result nobody uses."""
        if self._alone is None:
            lines = (node for node in walk(self._home.module) if isinstance(node, cst.Expr))
            self._alone = {id(line.value) for line in lines}
        return self._alone

    def _operation(
        self, event: TracedCall, name: str, options: Mapping[str, Value], *, batch: bool = False
    ) -> AlembicOperation:
        return AlembicOperation(
            span=self._span(event),
            conditional=_condition(event),
            outside=_is_outside(event),
            name=name,
            options=tuple(options.items()),
            batch=batch,
        )

    def _span(self, event: TracedCall) -> Span:
        return self._home.positions.of(event.site.node)

    def _name(self, event: TracedCall) -> str:
        node = event.invocation.node
        if isinstance(node, cst.Call) and event.invocation.home is self._home:
            text = self._home.positions.text_of(node.func)
            return text if len(text) <= 40 and "\n" not in text else f"….{text.rpartition('.')[2]}"
        return "op.execute"

    def _unknown(self, event: TracedCall, reason: str) -> NotAnalysed:
        return NotAnalysed(span=self._span(event), conditional=_condition(event), name=self._name(event), reason=reason)


def _reason(operation: Operation) -> str | None:
    """Why an operation is not known; None where it is."""
    if isinstance(operation, NotAnalysed):
        return operation.reason
    return operation.sql.reason if isinstance(operation, AlembicSql) and isinstance(operation.sql, Unknown) else None


def _condition(event: Event) -> str | None:
    """The condition under which alone a call is made; one in a loop of unknown length may not be made at all."""
    over = next((loop.source for loop in event.loops if not loop.known and loop.source is not None), None)
    if over is None:
        return event.condition
    return join_conditions(event.condition, over.home.positions.text_of(over.node))


def _is_handed_a_connection(invocation: Invocation) -> bool:
    handed = (*invocation.args, *(value for _, value in invocation.kwargs))
    roots = (_root(value) for value in handed)
    return any(isinstance(root, Outside) and root.path.startswith(OP) for root in roots)


def _first(invocation: Invocation, name: str) -> Object | None:
    return invocation.args[0] if invocation.args else dict(invocation.kwargs).get(name)


def _second(invocation: Invocation, name: str) -> Object | None:
    return invocation.args[1] if len(invocation.args) > 1 else dict(invocation.kwargs).get(name)


def _batch(value: Object) -> Invocation | None:
    """The call of `batch_alter_table` that a name stands for."""
    match value:
        case Invocation(function=Outside(path=path)) if path == f"{OP}.batch_alter_table":
            return value
    return None


def _is_outside(event: Event) -> bool:
    return any(_is_autocommit(manager) for manager in event.within)


def _is_autocommit(manager: Object) -> bool:
    """Whether it is `op.get_context().autocommit_block()`, in one of its cases at least."""
    match manager:
        case Invocation(function=Method(name="autocommit_block")):
            return True
        case Choice(options=options):
            return any(_is_autocommit(option.item) for option in options)
    return False


def _enumeration(value: Object) -> Object | None:
    """The type whose `create` or `drop` is called."""
    match value:
        case Invocation(function=Outside(path=path)) if path.rpartition(".")[2].lower() in ("enum", "domain"):
            return value
    return None


def _root(value: Object) -> Object:
    """What a chain of calls and attributes begins with."""
    while True:
        match value:
            case Method(receiver=receiver):
                value = receiver
            case Invocation(function=Method() as method):
                value = method
            case Invocation(function=function):
                value = function
            case _:
                return value


def _is_file(value: Object) -> bool:
    """Whether it is known to be no connection."""
    root = _root(value)
    return isinstance(root, Constant) or (
        isinstance(root, Outside) and root.path.partition(".")[0] in ("builtins", "os")
    )


def _is_session(value: Object) -> bool:
    """Whether it is a session of SQLAlchemy's ORM."""
    root = _root(value)
    return isinstance(root, Outside) and root.path.startswith(("sqlalchemy.orm", "sqlmodel", "sqlalchemy.ext"))
