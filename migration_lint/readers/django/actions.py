"""What a function that RunPython runs asks of the database: SQL that it sends, and rows that it writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Mapping_
from typing import Literal

import libcst as cst

from migration_lint.model.functions import RowsWritten, SchemaTouched, SqlSent, Write
from migration_lint.model.values import Unknown
from migration_lint.readers.django import things
from migration_lint.readers.django.builder import text_span
from migration_lint.readers.django.notes import Notes, place
from migration_lint.readers.django.sql_parts import texts
from migration_lint.readers.django.things import APPS, EDITOR, Instance, Model, Part, Query, thing
from migration_lint.readers.python.entering import enter
from migration_lint.readers.python.objects import (
    Constant,
    FunctionObject,
    Invocation,
    Mapping,
    Method,
    Object,
    Outside,
    Sequence,
    Super,
    join_conditions,
)
from migration_lint.readers.python.tracing import AnyEvent, Event, Trace, TracedAssignment, TracedCall
from migration_lint.readers.python.words import words

How = Literal["null", "itself", "value", "unknown"]

CALLS_TRACED = 500  # calls and loop rounds of one function; what comes later is not understood

PURE = tuple(
    f"{module}."
    for module in words(
        "builtins base64 collections contextlib copy datetime decimal enum functools hashlib html ipaddress itertools "
        "json logging math operator os.path random re secrets string textwrap time typing unicodedata urllib.parse "
        "uuid warnings zlib django.conf django.contrib.auth.hashers django.contrib.postgres django.core.exceptions "
        "django.db.models django.db.transaction django.db.utils django.utils"
    )
)
IMPURE = frozenset(
    words(
        "builtins.exec builtins.eval builtins.__import__ builtins.setattr builtins.delattr builtins.map "
        "django.db.transaction.on_commit django.db.transaction.commit django.db.transaction.rollback "
        "django.db.transaction.set_autocommit"
    )
)
EDITOR_READS = frozenset(words("quote_name quote_value _create_index_name"))
CURSOR_READS = frozenset(words("fetchone fetchall fetchmany close mogrify __enter__ __exit__ scroll nextset"))
INSTANCE_READS = frozenset(words("full_clean clean refresh_from_db get_deferred_fields __str__ __class__"))
KEYS = frozenset(("pk", "id"))
RELATED_WRITES = frozenset(
    words(
        "add remove set clear create save delete update bulk_create get_or_create update_or_create bulk_update execute"
    )
)


def trace(function: FunctionObject, given: Mapping_[str, Object] | None = None) -> Trace | None:
    """Run a function in the abstract as RunPython would; None if it makes more calls than are followed.

    `given` has its arguments by name where somebody else calls it.
    """
    definition = function.node
    assert isinstance(definition, (cst.FunctionDef, cst.Lambda))
    if given is None:
        names = [p.name.value for p in (*definition.params.posonly_params, *definition.params.params)]
        first = names.index("apps") if "apps" in names else 0
        handed = zip(names[first:], (APPS, EDITOR), strict=False)
        given = {name: Outside(definition, function.home, path) for name, path in handed}
    found = enter(function, given, CALLS_TRACED)
    return None if found.exhausted else found


class Actions:
    """What the calls that a function makes ask of the database."""

    def __init__(self, function: FunctionObject, given: Mapping_[str, Object] | None = None) -> None:
        self._home = function.home
        self._set: dict[int, dict[str, How]] = {}
        self.understood = True
        self.unfollowed = False
        found = trace(function, given)
        if found is None:
            self.understood, self.unfollowed = False, True
        events = found.events if found else []
        self.actions = tuple(self._read(events))
        self.notes = tuple(Notes(function, events).read())

    def _read(self, events: Iterable[AnyEvent]) -> Iterator[Write]:
        for event in events:
            if isinstance(event, TracedAssignment):
                self._set.setdefault(id(event.owner), {})[event.name] = how(event.name, event.value)
            elif isinstance(event, TracedCall) and not event.entered:
                yield from self._call(event)

    def _call(self, event: TracedCall) -> Iterator[Write]:
        function = event.invocation.function
        if isinstance(function, Method):
            yield from self._method(event, function.receiver, function.name, thing(function.receiver))
        elif isinstance(function, Outside):
            prefix, _, name = function.path.rpartition(".")
            owner = things.of_path(prefix) if prefix.strip(".") else None
            if owner is None:
                yield from self._outside(event, function.path)
            else:
                yield from self._method(event, function, name, owner)
        elif not isinstance(thing(function), Model):
            yield from self._function(event)

    def _method(self, event: TracedCall, receiver: Object, name: str, owner: things.Thing) -> Iterator[Write]:
        match owner:
            case "editor" if name == "execute":
                yield from self._sql(event)
            case "editor":
                if name not in EDITOR_READS:
                    yield self._touched(event)
            case "cursor" if name in ("execute", "executemany"):
                yield from self._sql(event)
            case "cursor":
                if name not in CURSOR_READS:
                    yield self._touched(event)
            case "connection":
                if name not in ("cursor", "schema_editor", "chunked_cursor"):
                    yield self._touched(event)
            case "harmless" | "apps":
                pass
            case Query():
                yield from self._query(event, owner, name)
            case Instance():
                yield from self._instance(event, owner, receiver, name)
            case Part(path=path):
                # A method of a value, such as `strip`, or a manager of related rows.
                if name in RELATED_WRITES and not {*path} & {"append", "keys", "items"}:
                    self.understood = False
            case Model():
                if things.called(owner, name, event.invocation) is None and not name.startswith("_"):
                    self.understood = False
            case _:
                yield from self._method_of_unknown(event, receiver, name)

    def _method_of_unknown(self, event: TracedCall, receiver: Object, name: str) -> Iterator[Write]:
        if isinstance(receiver, (Constant, Sequence, Mapping)):
            return
        if name in ("execute", "executemany") and event.invocation.args:
            yield from self._sql(event)
        else:
            self.understood &= name not in RELATED_WRITES and not isinstance(receiver, Super)
            yield from self._passed_on(event)

    def _query(self, event: TracedCall, query: Query, name: str) -> Iterator[Write]:
        call = event.invocation
        model = query.model
        match name:
            case "update":
                fields = tuple((field, how(field, value)) for field, value in call.kwargs)
                nulls = bool(query.nulls) and {field for field, _ in fields} >= {*query.nulls}
                alone = nulls and not query.narrowed
                yield self._rows(
                    event, "update", model, fields, limited=query.limited, only_nulls=nulls, all_nulls=alone
                )
            case "delete":
                yield self._rows(event, "delete", model, limited=query.limited)
            case "create" | "get_or_create" | "update_or_create":
                yield self._rows(event, "insert", model, rows=None if event.repeated else 1)
                if name == "update_or_create":
                    given = dict(call.kwargs).get("defaults")
                    items = given.items if isinstance(given, Mapping) else []
                    fields = tuple((str(k.value), how("", v)) for k, v in items if isinstance(k, Constant))
                    yield self._rows(event, "update", model, fields, limited=True)
            case "bulk_create":
                rows = things.rows_of(call.args[0]) if call.args and not event.repeated else None
                yield self._rows(event, "insert", model, rows=rows)
            case "bulk_update":
                listed = call.args[1] if len(call.args) > 1 else dict(call.kwargs).get("fields")
                names = (
                    [e.item.value for e in listed.entries if isinstance(e.item, Constant)]
                    if isinstance(listed, Sequence)
                    else []
                )
                yield self._rows(event, "update", model, tuple((str(n), "unknown") for n in names), limited=True)
            case _:
                known = things.called(query, name, call) is not None or name in things.COUNTS
                self.understood &= known

    def _instance(self, event: TracedCall, row: Instance, receiver: Object, name: str) -> Iterator[Write]:
        match name:
            case "save" if row.new or not KEYS.isdisjoint(self._set.get(id(receiver), ())):  # a copy of the row
                yield self._rows(event, "insert", row.model, rows=None if event.repeated else 1)
            case "save":
                fields = self._set.get(id(receiver), {})
                yield self._rows(event, "update", row.model, tuple(fields.items()), limited=True)
            case "delete":
                yield self._rows(event, "delete", row.model, limited=True)
            case _:
                self.understood &= name in INSTANCE_READS or name.startswith("get_")

    def _outside(self, event: TracedCall, path: str) -> Iterator[Write]:
        call = event.invocation
        if path == f"{APPS}.get_model" or things.called_path(path, call) is not None:
            return
        if path.startswith(PURE) and path not in IMPURE:
            yield from self._passed_on(event, pure=True)
        else:
            yield from self._function(event)

    def _function(self, event: TracedCall) -> Iterator[Write]:
        """A function that is not at hand."""
        self.understood, self.unfollowed = False, True
        yield from self._passed_on(event)

    def _passed_on(self, event: TracedCall, *, pure: bool = False) -> Iterator[Write]:
        """A call that is not followed; given the schema editor, a connection or a cursor it may do anything."""
        given = [*event.invocation.args, *(value for _, value in event.invocation.kwargs)]
        if not pure and any(thing(value) in ("editor", "connection", "cursor") for value in given):
            yield self._touched(event)

    def _touched(self, event: TracedCall) -> SchemaTouched:
        self.understood = False
        node = event.invocation.node
        written = node.func if isinstance(node, cst.Call) else node
        text = event.invocation.home.positions.text_of(written)
        return SchemaTouched(
            span=place(self._home, event), conditional=event.condition, repeated=event.repeated, call=text
        )

    def _sql(self, event: TracedCall) -> Iterator[Write]:
        given = [*event.invocation.args, *(value for key, value in event.invocation.kwargs if key in ("sql", "query"))]
        if not given:
            return
        interpolated = len(given) > 1 or any(key in ("params", "param_list") for key, _ in event.invocation.kwargs)
        sql = self._home.resolve(given[0])
        literal = sql if isinstance(sql, Constant) and sql.exact and sql.home is self._home else None
        if literal is not None and (interpolated and "%%" in str(literal.value)):
            literal = None
        for text in texts(sql):
            parts = tuple(p.replace("%%", "%") if interpolated and isinstance(p, str) else p for p in text.parts)
            self.understood &= not any(isinstance(part, Unknown) for part in parts)
            yield SqlSent(
                span=place(self._home, event),
                conditional=join_conditions(event.condition, text.condition),
                repeated=event.repeated,
                parts=parts,
                formatted=text.formatted,
                text_span=text_span(literal, self._home.positions.of(literal.node)) if literal is not None else None,
            )

    def _rows(
        self,
        event: Event,
        kind: Literal["insert", "update", "delete"],
        model: Model,
        fields: tuple[tuple[str, How], ...] = (),
        *,
        limited: bool = False,
        only_nulls: bool = False,
        all_nulls: bool = False,
        rows: int | None = None,
    ) -> RowsWritten:
        return RowsWritten(
            span=place(self._home, event),
            conditional=event.condition,
            repeated=event.repeated,
            kind=kind,
            app=model.app,
            model=model.name,
            fields=fields,
            limited=limited,
            only_nulls=only_nulls,
            all_nulls=all_nulls,
            rows=rows,
        )


def how(field: str, value: Object) -> How:
    """What a field is set to."""
    if isinstance(value, Constant) and value.value is None:
        return "null"
    match value:
        case Invocation(function=Outside(path="django.db.models.F"), args=[Constant(value=name)]) if name == field:
            return "itself"
    return "value"
