"""What a function that RunPython runs is seen to do, beside what it asks of the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypedDict

import libcst as cst

from migration_lint.model.functions import MethodUsed, ModelAsked, Note, RowsLooped, RowsPaged, SideEffect, Unrouted
from migration_lint.model.values import Span
from migration_lint.readers.django import model_methods, outward, things
from migration_lint.readers.django.things import Instance, Model, Pages, Part, Query, thing
from migration_lint.readers.python.interpreter import Interpreter
from migration_lint.readers.python.objects import (
    Constant,
    Element,
    FunctionObject,
    Invocation,
    Method,
    Object,
    Outside,
    Sequence,
)
from migration_lint.readers.python.tracing import AnyEvent, Event, Loop, TracedAssignment, TracedCall, TracedLoop

ASKS_FOR_APPS = re.compile(r"is_installed|INSTALLED_APPS|\bapp_configs\b|all_models|get_app_config\b")
HARMLESS = ("<", *(f"builtins.{name}" for name in ("print", "isinstance", "issubclass", "str", "repr", "hasattr")))
ABSENCE = frozenset(("LookupError", "Exception", "BaseException", "KeyError"))
PLAIN_MANAGERS = frozenset(("objects", "_default_manager", "_base_manager"))
NO_ATTRIBUTE = frozenset(("AttributeError", "Exception", "BaseException"))
EVALUATED = frozenset(("builtins.len", "builtins.list", "builtins.bool"))


class Around(TypedDict):
    """What every note says."""

    span: Span
    conditional: str | None
    repeated: bool


def called_on(call: Invocation) -> tuple[things.Thing, Object, str]:
    """What a method is called on, as what it stands for and as itself, and the method's name."""
    match call.function:
        case Method(receiver=receiver, name=name):
            return thing(receiver), receiver, name
        case Outside(path=path):
            prefix, _, name = path.rpartition(".")
            return things.of_path(prefix) if prefix.strip(".") else None, call.function, name
    return None, call.function, ""


def gives(loop: Loop, row: Object) -> bool:
    """Whether a row is what a loop is at, on its own or beside a number."""
    return loop.target is not None and (row is loop.target or (isinstance(row, Element) and row.source is loop.target))


def names_in(listed: Object | None) -> list[str]:
    """The constant names in a list."""
    entries = listed.entries if isinstance(listed, Sequence) else []
    return [str(entry.item.value) for entry in entries if isinstance(entry.item, Constant)]


def place(home: Interpreter, event: Event) -> Span:
    """Where an event stands in the function's own file, or the call that led to it."""
    node, where = event.site.node, event.site.home
    if isinstance(event, TracedCall):
        node, where = event.invocation.node, event.invocation.home
    elif isinstance(event, TracedLoop) and isinstance(event.loop.node, (cst.For, cst.CompFor)):
        node, where = event.loop.node.iter, event.loop.home
    return home.positions.of(node if where is home else event.site.node)


class Notes:
    """Reads the notes out of what was traced."""

    def __init__(self, function: FunctionObject, events: list[AnyEvent]) -> None:
        self._home = function.home
        self._node = function.node
        self._events = events
        self._saves: dict[int, Span] = {}
        self._always: dict[int, bool] = {}
        self._conditions: dict[int, str | None] = {}
        self._set: dict[int, dict[str, None]] = {}
        self._written: dict[Model, dict[str, None]] = {}
        self._evaluated: set[int] = set()
        self._attached: set[str] = set()
        self._changed: set[Model] = set()
        for event in events:
            self._gather(event)

    def read(self) -> Iterator[Note]:
        """The notes, in order."""
        for event in self._events:
            if isinstance(event, TracedLoop):
                yield from self._loop(event)
            elif isinstance(event, TracedCall) and not event.entered:
                yield from self._call(event)

    def _gather(self, event: AnyEvent) -> None:
        """Which rows are saved in the loop that gives them, which fields are set, which querysets are evaluated."""
        if isinstance(event, TracedAssignment):
            self._set.setdefault(id(event.owner), {})[event.name] = None
            for loop in event.loops:
                if gives(loop, event.owner):
                    self._set.setdefault(id(loop), {})[event.name] = None
            owner = thing(event.owner)
            if isinstance(owner, Instance):
                self._written.setdefault(owner.model, {})[event.name] = None
            elif isinstance(owner, Model):  # a method of the migration's own
                self._attached.add(event.name)
                if event.name.startswith("__"):
                    self._changed.add(owner)
        elif isinstance(event, TracedLoop):
            self._evaluated.add(id(event.loop.source))
            self._conditions[id(event.loop)] = event.condition
        elif isinstance(event.invocation.function, Outside) and event.invocation.function.path in EVALUATED:
            self._evaluated.update(map(id, event.invocation.args))
        else:
            self._gather_writes(event)
            self._gather_models_passed(event)

    def _gather_writes(self, event: TracedCall) -> None:
        call = event.invocation
        row: Object | None
        match called_on(call):
            case Instance(new=False), row, "save" | "asave":
                if not {"pk", "id"}.isdisjoint(self._set.get(id(row), ())):  # a copy of the row
                    return
                fields = {}
            case Query(model=model, key=key), _, "update" | "aupdate":
                row, fields = key, dict.fromkeys(name for name, _ in call.kwargs)
                self._written.setdefault(model, {}).update(fields)
            case Query(model=model), _, "bulk_update" | "abulk_update":
                given = call.args[1] if len(call.args) > 1 else dict(call.kwargs).get("fields")
                self._written.setdefault(model, {}).update(dict.fromkeys(names_in(given)))
                return
            case _:
                return
        for loop in event.loops:
            if row is not None and not loop.known and gives(loop, row):
                self._saves.setdefault(id(loop), place(self._home, event))
                self._always[id(loop)] = event.condition == self._conditions.get(id(loop))
                self._set.setdefault(id(loop), {}).update(fields)

    def _gather_models_passed(self, event: TracedCall) -> None:
        """The models given to functions that are not followed, which may give them methods."""
        call = event.invocation
        path = call.function.path if isinstance(call.function, Outside) else "unknown"
        if not event.entered and not isinstance(call.function, Method) and not path.startswith(HARMLESS):
            models = map(thing, [*call.args, *(value for _, value in call.kwargs)])
            self._changed.update(model for model in models if isinstance(model, Model))

    def _loop(self, event: TracedLoop) -> Iterator[Note]:
        source = event.loop.source
        query = thing(source) if source is not None else None
        if not isinstance(query, Query) or query.plain:
            return
        if not query.routed and query.model.historical:
            yield self._unrouted(event, "for")
        if isinstance(event.loop.node, cst.For):
            node = event.loop.node.target
            yield RowsLooped(
                span=place(self._home, event),
                conditional=event.condition,
                repeated=len(event.loops) > 1,
                app=query.model.app,
                model=query.model.name,
                row=node.value if isinstance(node, cst.Name) else "row",
                nulls=query.nulls,
                narrowed=query.narrowed or (query.limited and not query.nulls),
                streamed=query.streamed,
                saved=self._saves.get(id(event.loop)),
                every=self._always.get(id(event.loop), False),
                fields=tuple(self._set.get(id(event.loop), ())),
            )

    def _call(self, event: TracedCall) -> Iterator[Note]:
        call = event.invocation
        kind = outward.kind_of(call)
        if kind is not None:
            yield SideEffect(**self._around(event), kind=kind, call=self._written_as(call))
            return
        owner, receiver, name = called_on(call)
        match owner:
            case "apps" if name == "get_model":
                yield from self._asked(event)
            case "connection" if name == "cursor" and (outward.dotted_path(receiver) or "").startswith("django.db."):
                yield self._unrouted(event, self._written_as(call))
            case Query() if name == "__getitem__":
                yield from self._sliced(event, owner, receiver)
            case Query():
                yield from self._query(event, owner, name, receiver)
            case Pages(query=query) if name in ("page", "get_page") and event.loops:
                yield self._paged(event, query)
            case Instance(model=model, new=new) if model.historical:
                if not (name in model_methods.ROW or model_methods.ROW_PATTERN.fullmatch(name)):
                    yield from self._method(event, model, "row", name)
                elif name == "save" and new and "using" not in dict(call.kwargs) and not call.args:
                    yield self._unrouted(event, self._written_as(call))
            case Model(historical=True) if name not in model_methods.ROW:
                yield from self._method(event, owner, "class", name)
            case Part(owner=Model(historical=True) as model, path=(manager,)) if name in model_methods.QUERY:
                yield from self._method(event, model, "class", manager)

    def _query(self, event: TracedCall, query: Query, name: str, receiver: Object) -> Iterator[Note]:
        if not query.model.historical or query.loaded or query.streamed:
            return
        if query.manager not in PLAIN_MANAGERS and isinstance(receiver, Method) and receiver.name == query.manager:
            yield from self._method(event, query.model, "class", query.manager)
        elif name not in model_methods.QUERY:
            yield from self._method(event, query.model, "query", name, query.manager)
        elif name in model_methods.EXECUTING and not query.routed:
            yield self._unrouted(event, self._written_as(event.invocation))

    def _asked(self, event: TracedCall) -> Iterator[Note]:
        model = things.model_named(event.invocation)
        if model is not None:
            guarded = not ABSENCE.isdisjoint(event.caught) or bool(
                ASKS_FOR_APPS.search(self._home.positions.text_of(self._node))
            )
            yield ModelAsked(**self._around(event), app=model.app, model=model.name, guarded=guarded)

    def _sliced(self, event: TracedCall, query: Query, receiver: Object) -> Iterator[Note]:
        """A slice that moves on: one from the beginning, or of rows that are all there already, does not."""
        lower = event.invocation.args[0] if event.invocation.args else None
        if lower is None or not event.loops or query.loaded or id(receiver) in self._evaluated:
            return
        if isinstance(lower, Constant) and (not lower.value or event.repeated):
            return
        yield self._paged(event, query)

    def _paged(self, event: TracedCall, query: Query) -> RowsPaged:
        written = self._written.get(query.model, {})
        return RowsPaged(
            **self._around(event),
            app=query.model.app,
            model=query.model.name,
            order=query.order,
            wanted=query.wanted,
            written=tuple(written),
        )

    def _method(
        self,
        event: TracedCall,
        model: Model,
        on: Literal["row", "query", "class"],
        name: str,
        manager: str | None = None,
    ) -> Iterator[Note]:
        if name in self._attached or model in self._changed:
            return
        if not name.startswith("_") and not name[:1].isupper() and NO_ATTRIBUTE.isdisjoint(event.caught):
            yield MethodUsed(**self._around(event), app=model.app, model=model.name, on=on, name=name, manager=manager)

    def _unrouted(self, event: Event, call: str) -> Unrouted:
        return Unrouted(**self._around(event), call=call)

    def _around(self, event: Event) -> Around:
        return {"span": place(self._home, event), "conditional": event.condition, "repeated": event.repeated}

    def _written_as(self, call: Invocation) -> str:
        """How the author writes what is called."""
        node = call.node.func if isinstance(call.node, cst.Call) else call.node
        return " ".join(call.home.positions.text_of(node).split())
