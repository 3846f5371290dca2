"""What the functions that RunPython runs do: nothing at all, or use models of an application directly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import libcst as cst

from migration_lint.model.migration import FunctionFacts, ModelUse
from migration_lint.readers.django.actions import Actions
from migration_lint.readers.python.binding import dotted_name
from migration_lint.readers.python.interpreter import Interpreter
from migration_lint.readers.python.objects import FunctionObject, Object, Outside
from migration_lint.readers.python.walking import walk
from migration_lint.readers.python.words import words

How = Literal["query", "instance", "constant", "other"]
FRAMEWORK_MODULES = ("django.db.", "django.contrib.gis.db.", "django.contrib.postgres.", "django.utils.")
ENUM_ATTRIBUTES = frozenset({"choices", "labels", "names", "values", "value", "label", "DoesNotExist"})
QUERYSET_METHODS = frozenset(
    words(
        "aaggregate abulk_create abulk_update acreate adelete aggregate aget alias all annotate aupdate "
        "bulk_create bulk_update complex_filter count create dates datetimes defer delete distinct "
        "earliest exclude exists explain extra filter first get get_or_create in_bulk iterator last "
        "latest none only order_by prefetch_related raw reverse select_for_update select_related union "
        "update update_or_create using values values_list"
    )
)


@dataclass(slots=True)
class Link:
    """A name with the attributes read from it, and whether the whole is called."""

    base: cst.Name
    attributes: list[str] = field(default_factory=list)
    called: bool = False


def function_facts(function: FunctionObject, given: Mapping[str, Object] | None = None) -> FunctionFacts:
    """What a function does, with the functions of the same file that it calls.

    `given` has its arguments by name, unless it is one that RunPython calls.
    """
    home = function.home
    definition = function.node
    assert isinstance(definition, (cst.FunctionDef, cst.Lambda))
    uses: dict[ModelUse, None] = {}
    seen: set[int] = set()
    pending = [function]
    while pending:
        current = pending.pop()
        if id(current.node) in seen:
            continue
        seen.add(id(current.node))
        uses.update(dict.fromkeys(model_uses(home, current, pending)))
    ordered = sorted(uses, key=lambda use: (use.span.line, use.span.column))
    asked = Actions(function, given)
    return FunctionFacts(
        function.name,
        home.positions.of(definition),
        tuple(ordered),
        does_nothing(definition),
        asked.actions,
        asked.understood,
        asked.unfollowed,
        asked.notes,
    )


def does_nothing(definition: cst.FunctionDef | cst.Lambda) -> bool:
    """Whether a body holds nothing but `pass`, `return`, docstrings and constants."""
    if isinstance(definition, cst.Lambda):
        return is_idle(definition.body)
    for line in definition.body.body:
        small = line.body if isinstance(line, cst.SimpleStatementLine) else (line,)
        for statement in small if isinstance(small, Sequence) else ():
            match statement:
                case cst.Pass() | cst.Return(value=None):
                    continue
                case cst.Expr(value=value) | cst.Return(value=value) if value is not None and is_idle(value):
                    continue
            return False
    return True


def is_idle(value: cst.BaseExpression) -> bool:
    """Whether an expression does nothing when it is evaluated."""
    return isinstance(value, (cst.SimpleString, cst.ConcatenatedString, cst.Name, cst.Ellipsis, cst.Integer))


def model_uses(home: Interpreter, function: FunctionObject, pending: list[FunctionObject]) -> Iterator[ModelUse]:
    """The uses of application models in one function; functions of the file that it names go to `pending`."""
    definition = function.node
    assert isinstance(definition, (cst.FunctionDef, cst.Lambda))
    local = local_names(home, definition)
    for link in links(definition):
        name = link.base.value
        if name in local:
            path = local[name]
        else:
            found = home.globals.names.get(name)
            if isinstance(found, FunctionObject):
                pending.append(found)
            path = found.path if isinstance(found, Outside) else None
        if path is None:
            continue
        use = application_use(path, link)
        if use is not None:
            module, model, how = use
            yield ModelUse(module, model, how, home.positions.of(link.base))


def local_names(home: Interpreter, definition: cst.FunctionDef | cst.Lambda) -> dict[str, str | None]:
    """The names a function binds itself, with the path of those it imports."""
    names: dict[str, str | None] = {}
    for node in walk(definition):
        match node:
            case cst.Param():
                names.setdefault(node.name.value, None)
            case cst.AssignTarget() | cst.AnnAssign() | cst.For() | cst.CompFor() | cst.NamedExpr():
                for target in walk(node.target):
                    if isinstance(target, cst.Name):
                        names.setdefault(target.value, None)
            case cst.Import():
                for alias in node.names:
                    dotted = dotted_name(alias.name)
                    bound = alias.asname.name.value if alias.asname else dotted.partition(".")[0]  # type: ignore[union-attr]
                    names[str(bound)] = dotted if alias.asname else dotted.partition(".")[0]
            case cst.ImportFrom():
                names.update(imported(home, node))
    return names


def imported(home: Interpreter, node: cst.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that a `from` import binds, with their paths."""
    module = "." * len(node.relative) + (dotted_name(node.module) if node.module else "")
    if isinstance(node.names, cst.ImportStar):
        return
    for alias in node.names:
        name = dotted_name(alias.name)
        bound = alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else name
        yield bound, module + name if module.endswith(".") else f"{module}.{name}"


def links(definition: cst.FunctionDef | cst.Lambda) -> Iterator[Link]:
    """The names in a function's body, each with the attributes read from it."""
    skipped: set[int] = set()
    for node in walk(definition.body):
        if id(node) in skipped:
            continue
        match node:
            case cst.Import() | cst.ImportFrom() | cst.Annotation():
                skipped.update(id(below) for below in walk(node))
            case cst.Arg(keyword=cst.Name() as keyword):
                skipped.add(id(keyword))
            case cst.Call() | cst.Attribute():
                link = chain(node, skipped)
                if link is not None:
                    yield link
            case cst.Name():
                yield Link(node)


def chain(node: cst.Call | cst.Attribute, skipped: set[int]) -> Link | None:
    """A chain such as `Book.objects.filter(…)` down to its name; what it covers is put into `skipped`."""
    attributes: list[str] = []
    called = isinstance(node, cst.Call)
    covered: list[int] = []
    current: cst.BaseExpression = node
    while True:
        if isinstance(current, cst.Call):
            called = True
            current = current.func
        elif isinstance(current, cst.Attribute):
            attributes.append(current.attr.value)
            covered.append(id(current.attr))
            current = current.value
        else:
            break
        covered.append(id(current))
    skipped.update(covered)
    if not isinstance(current, cst.Name):
        skipped.discard(id(current))
        return None
    return Link(current, attributes[::-1], called)


def application_use(path: str, link: Link) -> tuple[str, str, How] | None:
    """Module, name and manner of use, if a path leads into an application's models."""
    if path == "django.contrib.auth.get_user_model":
        return ("django.contrib.auth", "get_user_model", "query") if link.called else None
    parts = [*path.split("."), *link.attributes]
    dots = len(path) - len(path.lstrip("."))
    if any(path.startswith(module) or f"{path}." == module for module in FRAMEWORK_MODULES):
        return None
    for index, part in enumerate(parts):
        if part == "models" and (index > 0 or dots):
            break
    else:
        return None
    imported_parts = len(path.split("."))
    # the model is the first capitalised name after `models`; before it stand submodules
    for position in range(index + 1, len(parts)):
        if parts[position][:1].isupper() or position == len(parts) - 1 or position >= imported_parts:
            break
    else:
        return None
    module, name = ".".join(parts[:position]), parts[position]
    if module.startswith(FRAMEWORK_MODULES) or f"{module}." in ("django.db.models.",):
        return None
    return module, name, manner(parts[position + 1 :], link.called)


def manner(attributes: list[str], called: bool) -> How:
    """How a model is used, from the attributes read from it."""
    if not attributes:
        return "instance" if called else "other"
    first = attributes[0]
    if first in ("_default_manager", "_base_manager") or first.endswith(("objects", "manager")):
        return "query"
    if first in ENUM_ATTRIBUTES or first[:1].isupper():
        return "constant"
    if called and len(attributes) > 1 and not QUERYSET_METHODS.isdisjoint(attributes[1:]):
        return "query"
    return "other" if called else "constant"
