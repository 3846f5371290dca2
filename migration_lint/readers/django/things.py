"""What the objects that a data migration handles stand for: the schema editor, a cursor, a model, rows of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from migration_lint.readers.python.inspecting import unfinished
from migration_lint.readers.python.objects import (
    Choice,
    Constant,
    Element,
    Invocation,
    Method,
    Object,
    Outside,
    Sequence,
)
from migration_lint.readers.python.words import words

APPS, EDITOR = "<apps>", "<schema_editor>"
"""The paths under which the two parameters of a function that RunPython runs are traced."""

FRAMEWORK = ("django.db.", "django.contrib.gis.db.", "django.contrib.postgres.", "django.utils.")

ALL_ROWS = frozenset(
    words(
        "all using order_by select_related prefetch_related annotate alias only defer iterator reverse "
        "select_for_update values values_list distinct db_manager get_queryset aiterator"
    )
)
ITERATED = frozenset(f"builtins.{name}" for name in words("list tuple set frozenset sorted reversed enumerate iter"))
SOME_ROWS = frozenset(words("filter exclude __getitem__ none complex_filter extra raw union intersection difference"))
ONE_ROW = frozenset(words("get first last earliest latest create"))
PAIRS = frozenset(words("get_or_create update_or_create"))
COUNTS = frozenset(words("count exists aggregate explain in_bulk dates datetimes contains __len__ __iter__ as_manager"))

UNKNOWN = "<unknown>"
"""Stands for a field that a queryset looks at, or is ordered by, and that nobody can tell."""

MAX_LINKS = 60  # calls and attributes in one chain; far beyond what people write

Plain = Literal["apps", "editor", "connection", "cursor", "harmless"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model; `app` is empty where `name` is that of a setting. `historical` says that `apps.get_model` gave it."""

    app: str
    name: str
    historical: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """A manager or queryset, or what `list` and the like make of one.

    `limited` says that it takes only some of the rows: `nulls` are the fields that it wants NULL, `narrowed` that it
    wants something else, `wanted` all fields that it looks at, `key` the row whose own key it asks for. `order` is what
    it is ordered by, None where the model decides. `plain` says that its elements are values and not rows, `streamed`
    that it is read by `iterator()`, `loaded` that all of it is there already, `routed` that it names its database.
    """

    model: Model
    manager: str = "objects"
    limited: bool = False
    nulls: tuple[str, ...] = ()
    narrowed: bool = False
    wanted: tuple[str, ...] = ()
    key: Object | None = None
    order: tuple[str, ...] | None = None
    plain: bool = False
    streamed: bool = False
    loaded: bool = False
    routed: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """A row: a new one, or one that the database holds."""

    model: Model
    new: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """What get_or_create gives."""

    model: Model


@dataclass(frozen=True, slots=True)
class Part:
    """An attribute of a row or of a model."""

    owner: Model | Instance
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """A Paginator over a queryset."""

    query: Query


Thing = Plain | Model | Query | Instance | Pair | Part | Pages | None


def thing(value: Object, depth: int = 0) -> Thing:
    """What an object stands for; None for anything else, and at the end of a chain that is too long."""
    if depth > MAX_LINKS:
        return None
    match value:
        case Outside(path=path):
            return of_path(path)
        case Element(source=source):
            return element(source, depth + 1)
        case Method(receiver=receiver, name=name):
            return attribute(thing(receiver, depth + 1), name)
        case Invocation(function=Outside(path=path)):
            return called_path(path, value, depth)
        case Invocation(function=Method(receiver=receiver, name=name)):
            return called(thing(receiver, depth + 1), name, value)
        case Invocation(function=function):
            return instantiated(thing(function, depth + 1))
        case Choice(options=options):
            found = {thing(option.item, depth + 1) for option in options}
            return found.pop() if len(found) == 1 else None
    return None


def element(source: Object, depth: int) -> Thing:
    """What an element of a collection stands for."""
    if isinstance(source, Outside) and source.path == "django.db.connections":
        return "connection"
    match thing(source, depth):
        case Query(model=model, plain=plain):
            return Part(Instance(model), ("<value>",)) if plain else Instance(model)
        case Pair(model=model):
            return Instance(model)
        case Instance() as row:  # a row with its number, from enumerate()
            return row
        case Part(owner=owner, path=path):
            return Part(owner, path)
    return None


def of_path(path: str) -> Thing:
    """What a name of another file, or of a parameter, stands for."""
    if path.count(".") > MAX_LINKS:
        return None
    if path == APPS:
        return "apps"
    if path == EDITOR:
        return "editor"
    if path == "django.db.connection":
        return "connection"
    model = model_of_path(path)
    if model is not None:
        return model
    prefix, _, name = path.rpartition(".")
    return attribute(of_path(prefix), name) if prefix.strip(".") else None


def model_of_path(path: str) -> Model | None:
    """The model that a dotted path names."""
    parts = path.split(".")
    if path.startswith(FRAMEWORK) or "models" not in parts[1:-1]:
        return None
    name = parts[-1]
    named_so = name[:1].isupper() and not name.isupper()
    return Model(parts[parts.index("models", 1) - 1], name, historical=False) if named_so else None


def attribute(owner: Thing, name: str) -> Thing:
    """What `owner.name` stands for."""
    match owner:
        case "editor":
            return "connection" if name == "connection" else None
        case "connection":
            return "harmless" if name in ("ops", "introspection", "features", "alias", "vendor") else None
        case "harmless":
            return "harmless"
        case Model() if name.startswith("_") and name not in ("_default_manager", "_base_manager"):
            return "harmless"
        case Model() if name.endswith(("objects", "manager", "Manager")):
            return Query(owner, manager=name)
        case Model() | Instance():
            return Part(owner, (name,))
        case Part(owner=base, path=path):
            return Part(base, (*path, name))
    return None


def called_path(path: str, call: Invocation, depth: int = 0) -> Thing:
    """What a call of a name of another file, or of a parameter's attribute, gives."""
    if path == f"{APPS}.get_model":
        return model_named(call)
    if path == "django.contrib.auth.get_user_model":
        return Model("", "AUTH_USER_MODEL", historical=False)
    if path in ITERATED and call.args:
        given = thing(call.args[0], depth + 1)
        return replace(given, streamed=False, loaded=True) if isinstance(given, Query) else None
    if path == "django.core.paginator.Paginator" and call.args:
        given = thing(call.args[0], depth + 1)
        return Pages(given) if isinstance(given, Query) else None
    model = model_of_path(path)
    if model is not None:
        return Instance(model, new=True)
    prefix, _, name = path.rpartition(".")
    return called(of_path(prefix), name, call) if prefix.strip(".") else None


def called(owner: Thing, name: str, call: Invocation) -> Thing:
    """What the call `owner.name(…)` gives."""
    match owner:
        case "connection" if name in ("cursor", "schema_editor", "chunked_cursor"):
            return "editor" if name == "schema_editor" else "cursor"
        case "harmless":
            return "harmless"
        case "apps" if name == "get_model":
            return model_named(call)
        case Query() if name in ALL_ROWS:
            return as_told(owner, name, call)
        case Query() if name in SOME_ROWS:
            return some_rows(owner, name, call)
        case Pages(query=query) if name in ("page", "get_page"):
            return replace(query, limited=True, narrowed=True)
        case Query(model=model) if name in ONE_ROW:
            return Instance(model)
        case Query(model=model) if name in PAIRS:
            return Pair(model)
        case Part(owner=base, path=path):
            return Part(base, (*path, name))
    return None


def as_told(query: Query, name: str, call: Invocation) -> Query:
    """The same rows, in another order or form."""
    match name:
        case "order_by":
            given = (value.value if isinstance(value, Constant) else UNKNOWN for value in call.args)
            return replace(query, order=tuple(str(field) for field in given))
        case "values" | "values_list":
            return replace(query, plain=True)
        case "iterator" | "aiterator":
            return replace(query, streamed=True)
        case "using" | "db_manager":
            return replace(query, routed=True)
    return query


def some_rows(query: Query, name: str, call: Invocation) -> Query:
    """Those of the rows that a filter, a slice or the like takes."""
    is_null, others, fields = [], bool(call.args) or name not in ("filter", "exclude"), []
    for keyword, value in call.kwargs:
        tests_null, known = keyword.endswith("__isnull"), value.value if isinstance(value, Constant) else ...
        field = keyword.removesuffix("__isnull").removesuffix("__exact")
        fields.append(keyword.partition("__")[0])
        if name == "filter" and (known is True if tests_null else known is None):
            is_null.append(field)
        elif not tests_null and known is not None:  # whether it is filled hardly limits those that another field does
            others = True
    key = next((row_of(v) for k, v in call.kwargs if k in ("pk", "id") and name == "filter"), None)
    return replace(
        query,
        limited=True,
        nulls=(*query.nulls, *is_null),
        narrowed=query.narrowed or others,
        wanted=(*query.wanted, *fields, *([UNKNOWN] if call.args and name != "__getitem__" else [])),
        key=key or query.key,
    )


def row_of(key: Object) -> Object | None:
    """The row whose own key a value is."""
    return key.receiver if isinstance(key, Method) and key.name in ("pk", "id") else None


def instantiated(model: Thing) -> Thing:
    """What the call of a class gives."""
    return Instance(model, new=True) if isinstance(model, Model) else None


def model_named(call: Invocation) -> Model | None:
    """The model that get_model is asked for."""
    given = dict(zip(("app_label", "model_name"), call.args, strict=False)) | dict(call.kwargs)
    first, second = given.get("app_label"), given.get("model_name")
    if second is None and isinstance(first, Outside) and first.path.startswith("django.conf.settings."):
        return Model("", first.path.rpartition(".")[2])
    texts = [value.value for value in (first, second) if isinstance(value, Constant) and isinstance(value.value, str)]
    parts = texts[0].split(".") if len(texts) == 1 and second is None else texts
    return Model(parts[0], parts[1]) if len(parts) == 2 else None


def rows_of(value: Object) -> int | None:
    """How many elements a list has."""
    return len(value.entries) if isinstance(value, Sequence) and not unfinished(value) else None
