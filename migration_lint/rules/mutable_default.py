from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import AddField, AlterField, CreateModel, Field
from migration_lint.model.migration import Operation
from migration_lint.model.values import Call, Dict, List, Reference, Value
from migration_lint.policy.computed_defaults import is_random, reads_clock
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_COLLECTIONS = frozenset(("list", "dict", "set", "bytearray", "OrderedDict", "defaultdict", "Counter", "deque"))


class MutableDefault(Rule):
    """A default is a list, dict or set that all objects share, or was computed when the module was imported.

    `default=[]` is one list: what one object appends to it, every object made later begins with.
    `default=timezone.now()` is the moment at which the process started, the same for all objects until it starts
    again, and `uuid.uuid4()` the same value for all. A query such as `Author.objects.first()` is sent whenever the
    module is imported, on a new database before its table is there.

    Leave the parentheses out and give the function itself, or a class such as `list` or `dict`: Django calls it for
    each object.
    """

    name = "mutable-default"
    family = "schema"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if not step.state:
            return
        for model, name, field in _fields(step.operation):
            found = _wrong(field)
            if found is None:
                continue
            why, instead = found
            message = f"The default of {model}.{name} is {why}."
            yield self.finding(step, message, f"default={instead}", objects=(model, name))


def _fields(operation: Operation) -> Iterator[tuple[str, str, Field]]:
    """The fields whose default stays: one with preserve_default=False only fills the rows there are."""
    match operation:
        case CreateModel(name=model, fields=fields):
            yield from ((model, name, field) for name, field in fields if isinstance(field, Field))
        case AddField(model_name=model, name=name, field=field, preserve_default=True):
            yield model, name, field
        case AlterField(model_name=model, name=name, field=field, preserve_default=True):
            yield model, name, field
        case _:
            pass


def _wrong(field: Field) -> tuple[str, str] | None:
    """What is wrong with a field's default, and what to write instead.

    A project's own field may make a new object of the list or dict that it is given.
    """
    default = dict(field.options).get("default")
    own = not field.kind.startswith("django.")
    match default:
        case List() | Dict() if own:
            return None
        case List():
            return _shared("collection" if default else "list", empty=not default)
        case Dict(items=items):
            return _shared("dict", empty=not items)
        case Call(function=Reference(module="builtins" | "collections", name=name), args=args, kwargs=kwargs) if (
            name in _COLLECTIONS
        ):
            return None if own else _shared(name, empty=not args and not kwargs)
        case Call(function=Reference(module="json", name="loads"), args=(str() as text,)) if text.lstrip()[:1] in "[{":
            return None if own else _shared("list" if text.lstrip().startswith("[") else "dict", empty=False)
        case Call():
            return _computed(default)
        case _:
            return None


def _computed(default: Call) -> tuple[str, str] | None:
    """A call, or one among its arguments, whose result is another one at each import."""
    query = next((each for each in _functions(default) if ".objects." in each), None)
    if query is not None:
        why = f"what the query {query.rpartition('.models.')[2]}() returned when the module was imported"
        return why, "make_default  # a function that asks for it"
    function = next((each for each in _functions(default) if reads_clock(each) or is_random(each)), None)
    if function is None:
        return None
    why = f"what {function}() returned when the module was imported, the same for every object"
    alone = default.function.dotted == function and not default.args and not default.kwargs
    return (
        why,
        f"{function.removeprefix('django.utils.')}  # without calling it"
        if alone
        else "make_default  # a function that computes it",
    )


def _functions(value: Value) -> Iterator[str]:
    """The functions that are called to compute a value."""
    if isinstance(value, Call):
        yield value.function.dotted
        for argument in (*value.args, *(each for _, each in value.kwargs)):
            yield from _functions(argument)


def _shared(kind: str, *, empty: bool) -> tuple[str, str]:
    instead = kind if empty else f"make_default  # a function of the module that returns a new {kind}"
    return f"one {kind} that all objects share", instead
