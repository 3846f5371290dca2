"""What functions of the standard library give for constants, collections and paths beside the file."""

from __future__ import annotations

import inspect
import posixpath
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migration_lint.readers.python.inspecting import elements, plain, why
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    Element,
    Entry,
    FilePath,
    Invocation,
    Mapping,
    Method,
    Object,
    Outside,
    Sequence,
    join_conditions,
)
from migration_lint.readers.python.words import words

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


CARRIED_OUT = ("builtins.", "itertools.", "textwrap.", "inspect.", "os.", "io.", "codecs.", "pathlib.", "copy.")


PURE: dict[str, Callable[..., Any]] = {
    "textwrap.dedent": textwrap.dedent,
    "inspect.cleandoc": inspect.cleandoc,
    "builtins.str": str,
    "builtins.int": int,
    "builtins.len": len,
    "builtins.max": max,
    "builtins.min": min,
    "builtins.range": lambda *bounds: list(range(*bounds))[:10_000] if len(range(*bounds)) <= 10_000 else None,
}


COLLECTIONS = frozenset(words("list tuple set frozenset dict sorted reversed enumerate zip iter"))


ITERATED = frozenset(words("list tuple set frozenset sorted reversed enumerate iter"))
"""Functions over all elements of what they are given."""


NOT_AT_HAND = (Outside, Invocation, Method, Element)
"""What stands for a value that only the run has."""


PATHS = frozenset(
    words(
        "os.path.dirname os.path.abspath os.path.realpath os.path.normpath os.path.join os.fspath "
        "builtins.str builtins.open io.open codecs.open pathlib.Path pathlib.PurePath"
    )
)


IMPORTERS = frozenset({"django.utils.module_loading.import_string"})
"""Functions that give what a dotted path names."""


def imported(interpreter: Interpreter, invocation: Invocation) -> Object:
    """What stands under a dotted path; a setting that holds the path stands for what it names."""
    match [interpreter.resolve(argument) for argument in invocation.args]:
        case [Constant(value=str() as path)]:
            return Outside(invocation.node, interpreter, path)
        case [Outside() as name] if name.path.startswith("django.conf.settings."):
            return Outside(invocation.node, interpreter, name.path)
    return invocation


def standard_function(interpreter: Interpreter, path: str, invocation: Invocation) -> Object:
    """A call of a function of the standard library, carried out where that can be done."""
    node = invocation.node
    args = [interpreter.resolve(a) for a in invocation.args]
    if path in ("builtins.getattr", "builtins.hasattr"):
        return read_attribute(interpreter, invocation, args)
    if path in PATHS and args and isinstance(args[0], FilePath):
        return path_function(interpreter, node, path, args)
    if interpreter.trace is not None and path[9:] in ITERATED and any(isinstance(a, NOT_AT_HAND) for a in args):
        return invocation
    if path.startswith("builtins.") and path[9:] in COLLECTIONS:
        return collect(interpreter, invocation, path[9:], args)
    if path == "itertools.chain":
        return collect(interpreter, invocation, "chain", args)
    if path in PURE:
        return carry_out(interpreter, invocation, PURE[path])
    if path in ("copy.deepcopy", "copy.copy") and args:
        return args[0]
    return invocation


def carry_out(interpreter: Interpreter, invocation: Invocation, function: Callable[..., Any]) -> Object:
    """A function of constants; the call itself where an argument is none."""
    values = [plain(interpreter.resolve(a)) for a in invocation.args]
    if Ellipsis in values or invocation.kwargs:
        return invocation
    return attempt(interpreter, invocation.node, lambda: function(*values))


def attempt(interpreter: Interpreter, node: cst.CSTNode, compute: Callable[[], Any]) -> Object:
    """The result of a computation on constants."""
    try:
        value = compute()
    except Exception as error:  # whatever the author's own code would raise
        return interpreter.opaque(node, f"it fails: {error}")
    return lift(interpreter, node, value)


def lift(interpreter: Interpreter, node: cst.CSTNode, value: Any) -> Object:
    """The object for a plain Python value."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return Constant(node, interpreter, value)
    if isinstance(value, (list, tuple)):
        return Sequence(node, interpreter, [Entry(lift(interpreter, node, v)) for v in value], isinstance(value, list))
    return interpreter.opaque(node, "only running it tells its value")


def read_attribute(interpreter: Interpreter, invocation: Invocation, args: list[Object]) -> Object:
    """`getattr(object, "name")`."""
    node = invocation.node
    if len(args) < 2 or not isinstance(args[1], Constant) or not isinstance(args[1].value, str):
        return interpreter.opaque(node, "only running it tells its value")
    name, receiver = args[1].value, args[0]
    if isinstance(receiver, Outside) and receiver.path == "django.conf.settings":
        return interpreter.opaque(node, f"{name} is read from the settings")
    if isinstance(receiver, ClassObject) and isinstance(invocation.function, Outside):
        found = interpreter.class_attribute(receiver, name)
        if found is not None:
            return found
    return interpreter.opaque(node, "only running it tells its value")


def path_function(interpreter: Interpreter, node: cst.CSTNode, path: str, args: list[Object]) -> Object:
    """Functions over paths beside the migration."""
    base = args[0]
    assert isinstance(base, FilePath)
    match path.rpartition(".")[2]:
        case "dirname":
            return interpreter.attribute(base, "parent", node)
        case "join" | "Path" | "PurePath":
            return joined_path(interpreter, node, args)
        case "open":
            return FilePath(node, interpreter, base.path, opened=True)
    return base


def joined_path(interpreter: Interpreter, node: cst.CSTNode, args: list[Object]) -> Object:
    """A path with further parts."""
    base, *rest = args
    assert isinstance(base, FilePath)
    path = base.path
    for part in rest:
        part = interpreter.resolve(part)
        if not isinstance(part, Constant) or not isinstance(part.value, str):
            return interpreter.opaque(node, why(part))
        path = join_path(path, part.value)
    return FilePath(node, interpreter, path)


def join_path(folder: str, name: str) -> str:
    """`folder/name`, normalised."""
    path = posixpath.normpath(posixpath.join(folder, name.replace("\\", "/")))
    return "" if path == "." else path


def collect(interpreter: Interpreter, invocation: Invocation, name: str, args: list[Object]) -> Object:
    """Constructors of collections and iteration helpers."""
    node = invocation.node
    if name == "dict":
        return make_dictionary(interpreter, invocation, args)
    if not args:
        return Sequence(node, interpreter, [], mutable=name not in ("tuple", "frozenset"))
    sequences = [list(elements(interpreter, a)) for a in args]
    match name:
        case "chain":
            return Sequence(node, interpreter, [e for s in sequences for e in s])
        case "reversed":
            return Sequence(node, interpreter, sequences[0][::-1])
        case "enumerate":
            rows = [[Entry(Constant(node, interpreter, i)), e] for i, e in enumerate(sequences[0])]
        case "zip":
            rows = [list(row) for row in zip(*sequences, strict=False)]
        case "sorted":
            return arrange(interpreter, invocation, sequences[0])
        case _:
            return Sequence(node, interpreter, sequences[0], mutable=name not in ("tuple", "frozenset"))
    tuples = [
        Entry(
            Sequence(node, interpreter, [Entry(e.item) for e in row], mutable=False),
            join_conditions(*(e.condition for e in row)),
        )
        for row in rows
    ]
    return Sequence(node, interpreter, tuples)


def arrange(interpreter: Interpreter, invocation: Invocation, entries: list[Entry]) -> Object:
    """`sorted(…)` of constants."""
    keyed = [(plain(e.item), e) for e in entries]
    if invocation.kwargs or any(key is Ellipsis or e.condition for key, e in keyed):
        return interpreter.opaque(invocation.node, "its order can't be told")
    try:
        keyed.sort(key=lambda pair: pair[0])
    except TypeError:
        return interpreter.opaque(invocation.node, "its order can't be told")
    return Sequence(invocation.node, interpreter, [e for _, e in keyed])


def make_dictionary(interpreter: Interpreter, invocation: Invocation, args: list[Object]) -> Object:
    """`dict(…)`."""
    result = Mapping(invocation.node, interpreter, [])
    for argument in args:
        if isinstance(argument, Mapping):
            result.items.extend(argument.items)
        elif isinstance(argument, Sequence):
            for item, _ in argument.entries:
                pair = item.entries if isinstance(item, Sequence) else []
                if len(pair) != 2:
                    return interpreter.opaque(invocation.node, "only running it tells its value")
                result.set(pair[0].item, pair[1].item)
        else:
            return interpreter.opaque(invocation.node, "only running it tells its value")
    for word, value in invocation.kwargs:
        result.set(Constant(value.node, interpreter, word), value)
    return result
