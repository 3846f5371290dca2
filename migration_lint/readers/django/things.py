"""What the objects that a data migration handles stand for: the schema editor, a cursor, a model, rows of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

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
SOME_ROWS = frozenset(words("filter exclude __getitem__ none complex_filter extra raw union intersection difference"))
ONE_ROW = frozenset(words("get first last earliest latest create"))
PAIRS = frozenset(words("get_or_create update_or_create"))
COUNTS = frozenset(words("count exists aggregate explain in_bulk dates datetimes contains __len__ __iter__ as_manager"))

MAX_LINKS = 60  # calls and attributes in one chain; far beyond what people write

Plain = Literal["apps", "editor", "connection", "cursor", "harmless"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model; `app` is empty where `name` is that of a setting."""

    app: str
    name: str


@dataclass(frozen=True, slots=True)
class Query:
    """A manager or queryset. `nulls` are the fields it wants NULL, `limited` that it takes only some of the rows."""

    model: Model
    limited: bool = False
    nulls: tuple[str, ...] = ()


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


Thing = Plain | Model | Query | Instance | Pair | Part | None


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
            return called_path(path, value)
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
        case Query(model=model):
            return Instance(model)
        case Pair(model=model):
            return Instance(model)
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
    return Model(parts[parts.index("models", 1) - 1], name) if name[:1].isupper() and not name.isupper() else None


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
            return Query(owner)
        case Model() | Instance():
            return Part(owner, (name,))
        case Part(owner=base, path=path):
            return Part(base, (*path, name))
    return None


def called_path(path: str, call: Invocation) -> Thing:
    """What a call of a name of another file, or of a parameter's attribute, gives."""
    if path == f"{APPS}.get_model":
        return model_named(call)
    if path == "django.contrib.auth.get_user_model":
        return Model("", "AUTH_USER_MODEL")
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
            return owner
        case Query() if name in SOME_ROWS:
            return replace(owner, limited=True, nulls=(*owner.nulls, *nulls(name, call)))
        case Query(model=model) if name in ONE_ROW:
            return Instance(model)
        case Query(model=model) if name in PAIRS:
            return Pair(model)
        case Part(owner=base, path=path):
            return Part(base, (*path, name))
    return None


def nulls(name: str, call: Invocation) -> tuple[str, ...]:
    """The fields that a filter wants NULL."""
    found = []
    for keyword, value in call.kwargs if name == "filter" else ():
        known = value.value if isinstance(value, Constant) else ...
        if keyword.endswith("__isnull") and known is True:
            found.append(keyword.removesuffix("__isnull"))
        elif known is None:
            found.append(keyword.removesuffix("__exact"))
    return tuple(found)


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
    return Model(*parts) if len(parts) == 2 else None


def rows_of(value: Object) -> int | None:
    """How many elements a list has."""
    return len(value.entries) if isinstance(value, Sequence) else None
