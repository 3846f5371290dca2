"""Calls that can be carried out: local functions, and what the standard library does to constants and paths."""

from __future__ import annotations

import inspect
import posixpath
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from migration_lint.readers.python.objects import (
    Choice,
    ClassObject,
    Constant,
    Entry,
    FilePath,
    FunctionObject,
    Invocation,
    Mapping,
    Method,
    Object,
    Opaque,
    Outside,
    Scope,
    Sequence,
    Super,
    join_conditions,
)
from migration_lint.readers.python.words import words

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter

MAX_NESTED_CALLS = 20
MAX_WORK = 50_000_000  # length of a template times that of its longest argument
WIDE_FORMAT = re.compile(r"[:%.]\D{0,4}\d{4,}|%[^a-z%]*\*")
CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}
TEXT_METHODS = frozenset(
    words(
        "strip lstrip rstrip lower upper title capitalize casefold swapcase replace split rsplit "
        "splitlines partition rpartition startswith endswith removeprefix removesuffix encode isdigit "
        "isidentifier count find index"
    )
)


def call(interpreter: Interpreter, invocation: Invocation, scope: Scope) -> Object:
    """What a call gives: its result where it can be carried out, else the call itself."""
    function = invocation.function
    if isinstance(function, Choice):
        options = [Entry(call(interpreter, replace(invocation, function=f), scope), c) for f, c in function.options]
        return Choice(invocation.node, interpreter, function.reason, tuple(options))
    if isinstance(function, Opaque):
        return interpreter.opaque(invocation.node, function.reason)
    if isinstance(function, Outside):
        return known_function(interpreter, function.path, invocation, scope)
    if isinstance(function, FunctionObject):
        return run(interpreter, function, invocation)
    if isinstance(function, Method):
        return method(interpreter, function, invocation, scope)
    return invocation


def run(interpreter: Interpreter, function: FunctionObject, invocation: Invocation) -> Object:
    """Carry out a call of a function whose body is at hand; the call itself, with the reason, if that fails."""
    from migration_lint.readers.python.interpreter import relocated

    home = function.home
    if home.depth + interpreter.depth > MAX_NESTED_CALLS * 3 or not interpreter.spend():
        invocation.why = "it calls too many functions"
        return invocation
    definition = function.node
    if isinstance(definition, cst.FunctionDef) and unusual(definition):
        invocation.why = f"{function.name} is decorated or asynchronous"
        return invocation
    assert isinstance(definition, (cst.FunctionDef, cst.Lambda))
    local = Scope({}, parent=function.scope, owner=function.owner)
    problem = bind_parameters(home, definition.params, invocation, local)
    if problem:
        invocation.why = problem
        return invocation
    if isinstance(definition, cst.Lambda):
        return relocated(home.evaluate(definition.body, local), invocation.node, interpreter)
    result = body_result(home, definition, local)
    if isinstance(result, Opaque):
        invocation.why = f"{function.name}() can't be followed: {result.reason}"
        return invocation
    return relocated(result, invocation.node, interpreter)


def unusual(definition: cst.FunctionDef) -> bool:
    """Whether calling it does something else than running its body."""
    plain = ("staticmethod", "classmethod")
    return definition.asynchronous is not None or any(
        not (isinstance(d.decorator, cst.Name) and d.decorator.value in plain) for d in definition.decorators
    )


def body_result(interpreter: Interpreter, definition: cst.FunctionDef, local: Scope) -> Object:
    """Run a function's body and put together what it returns or yields."""
    from migration_lint.readers.python.expressions import merged
    from migration_lint.readers.python.statements import execute

    if interpreter.depth >= MAX_NESTED_CALLS:
        return interpreter.opaque(definition, "it calls itself or too many others")
    interpreter.depth += 1
    try:
        execute(interpreter, definition.body.body, local)
    finally:
        interpreter.depth -= 1
    if local.yielded is not None:
        return Sequence(definition, interpreter, local.yielded)
    if not local.returned:
        return Constant(definition, interpreter, None)
    result, last = local.returned[-1].item, local.returned[-1].condition
    if last is not None and len(local.returned) == 1:
        nothing = Constant(definition, interpreter, None)
        return merged(interpreter, definition, last, result, nothing)
    for earlier in reversed(local.returned[:-1]):
        result = merged(interpreter, definition, earlier.condition or "it", earlier.item, result)
    return result


def bind_parameters(
    interpreter: Interpreter, parameters: cst.Parameters, invocation: Invocation, local: Scope
) -> str | None:
    """Bind the arguments of a call to the parameters; the reason if they do not fit."""
    args, kwargs = list(invocation.args), dict(invocation.kwargs)
    if "**" in kwargs:
        return "its keyword arguments can't be told"
    positional = [*parameters.posonly_params, *parameters.params]
    for parameter in positional:
        name = parameter.name.value
        if args:
            local.names[name] = args.pop(0)
        elif name in kwargs:
            local.names[name] = kwargs.pop(name)
        elif not bind_default(interpreter, parameter, local):
            return f"the argument {name} is not given"
    for parameter in parameters.kwonly_params:
        name = parameter.name.value
        if name in kwargs:
            local.names[name] = kwargs.pop(name)
        elif not bind_default(interpreter, parameter, local):
            return f"the argument {name} is not given"
    if isinstance(parameters.star_arg, cst.Param):
        rest = [Entry(a) for a in args]
        local.names[parameters.star_arg.name.value] = Sequence(invocation.node, interpreter, rest, mutable=False)
        args = []
    if parameters.star_kwarg is not None:
        items = [(Constant(v.node, interpreter, k), v) for k, v in kwargs.items()]
        local.names[parameters.star_kwarg.name.value] = Mapping(invocation.node, interpreter, list(items))
        kwargs = {}
    return "its arguments do not fit its parameters" if args or kwargs else None


def bind_default(interpreter: Interpreter, parameter: cst.Param, local: Scope) -> bool:
    """Bind a parameter to its default, if it has one."""
    if parameter.default is None:
        return False
    assert local.parent is not None
    local.names[parameter.name.value] = interpreter.evaluate(parameter.default, local.parent)
    return True


def method(interpreter: Interpreter, function: Method, invocation: Invocation, scope: Scope) -> Object:
    """A call of a method."""
    receiver = interpreter.resolve(function.receiver)
    if isinstance(receiver, Super):
        scope.supers.append((invocation, scope.condition()))
        return interpreter.opaque(invocation.node, "it is the result of a base class's method")
    if isinstance(receiver, Sequence):
        return sequence_method(interpreter, receiver, function.name, invocation, scope)
    if isinstance(receiver, Mapping):
        return mapping_method(interpreter, receiver, function.name, invocation, scope)
    if isinstance(receiver, FilePath):
        return path_method(interpreter, receiver, function.name, invocation)
    if isinstance(receiver, Constant) and isinstance(receiver.value, str):
        return text_method(interpreter, receiver.value, function.name, invocation)
    return invocation


def sequence_method(
    interpreter: Interpreter, receiver: Sequence, name: str, invocation: Invocation, scope: Scope
) -> Object:
    """`append`, `extend`, `insert` and what else changes a list."""
    from migration_lint.readers.python.expressions import alternatives
    from migration_lint.readers.python.statements import extend

    args = invocation.args
    match name, len(args):
        case "append" | "add", 1:
            here = scope.condition()
            receiver.entries += [Entry(i, join_conditions(here, c)) for i, c in alternatives(args[0])]
        case "extend" | "update", 1:
            extend(interpreter, receiver, args[0], scope)
        case "insert", 2:
            index = args[0].value if isinstance(args[0], Constant) else None
            receiver.entries.insert(index if isinstance(index, int) else 0, Entry(args[1], scope.condition()))
        case "copy", 0:
            return Sequence(invocation.node, interpreter, list(receiver.entries))
        case "reverse", 0:
            receiver.entries.reverse()
        case "index" | "count", _:
            return interpreter.opaque(invocation.node, "only running it tells its value")
        case _:
            reason = f"the list is changed by .{name}()"
            receiver.entries[:] = [Entry(interpreter.opaque(invocation.node, reason))]
    return Constant(invocation.node, interpreter, None)


def mapping_method(
    interpreter: Interpreter, receiver: Mapping, name: str, invocation: Invocation, scope: Scope
) -> Object:
    """What people do to `kwargs`, and iteration over constants."""
    from migration_lint.readers.python.statements import guarded

    args, node = invocation.args, invocation.node
    key = args[0] if args else None
    known = receiver.get(key.value) if isinstance(key, Constant) else None
    default: Object = args[1] if len(args) > 1 else Constant(node, interpreter, None)
    match name:
        case "items":
            pairs = [Sequence(node, interpreter, [Entry(k), Entry(v)], mutable=False) for k, v in receiver.items]
            return Sequence(node, interpreter, [Entry(p) for p in pairs])
        case "keys":
            return Sequence(node, interpreter, [Entry(k) for k, _ in receiver.items])
        case "values":
            return Sequence(node, interpreter, [Entry(v) for _, v in receiver.items])
        case "get" if key is not None:
            return known or default
        case "pop" if isinstance(key, Constant):
            if scope.condition() is None:
                receiver.remove(key.value)
            elif known is not None:
                receiver.set(key, guarded(interpreter, node, known, scope))
            return known or default
        case "setdefault" if key is not None:
            if known is None:
                receiver.set(key, guarded(interpreter, node, default, scope))
            return known or default
        case "update":
            for argument in args:
                if isinstance(argument, Mapping):
                    for k, v in argument.items:
                        receiver.set(k, guarded(interpreter, node, v, scope))
                else:
                    receiver.items.append((interpreter.opaque(node, "what update() adds can't be told"), argument))
            for word, value in invocation.kwargs:
                receiver.set(Constant(node, interpreter, word), guarded(interpreter, node, value, scope))
            return Constant(node, interpreter, None)
        case "copy":
            return Mapping(node, interpreter, list(receiver.items))
    return interpreter.opaque(node, "only running it tells its value")


def path_method(interpreter: Interpreter, receiver: FilePath, name: str, invocation: Invocation) -> Object:
    """Methods of a path beside the migration, and of the file opened from it."""
    node = invocation.node
    match name:
        case "resolve" | "absolute" | "expanduser" | "as_posix":
            return receiver
        case "joinpath":
            return joined_path(interpreter, node, [receiver, *invocation.args])
        case "with_name" if invocation.args and isinstance(invocation.args[0], Constant):
            folder = posixpath.dirname(receiver.path)
            return FilePath(node, interpreter, join_path(folder, str(invocation.args[0].value)))
        case "open":
            return FilePath(node, interpreter, receiver.path, opened=True)
        case "read_text" | "read":
            text = receiver.home.imports.read(receiver.path, receiver.home)
            if text is not None:
                return Constant(node, interpreter, text)
            return interpreter.opaque(node, f"{receiver.path} can't be read")
    return interpreter.opaque(node, "only running it tells its value")


def text_method(interpreter: Interpreter, text: str, name: str, invocation: Invocation) -> Object:
    """Methods of a constant string."""
    from migration_lint.readers.python.expressions import elements, joined, plain, why

    node, args = invocation.node, [interpreter.resolve(a) for a in invocation.args]
    if name == "join" and len(args) == 1:
        parts: list[Object] = []
        for item, condition in elements(interpreter, args[0]):
            if condition is not None:
                return interpreter.opaque(node, f"it depends on {condition}")
            parts += [interpreter.resolve(item), Constant(node, interpreter, text)]
        return joined(interpreter, node, parts[:-1] if parts else [Constant(node, interpreter, "")])
    kwargs = {k: interpreter.resolve(v) for k, v in invocation.kwargs}
    for value in [*args, *kwargs.values()]:
        if plain(value) is Ellipsis:
            return interpreter.opaque(node, why(value))
    values = [plain(a) for a in args]
    longest = max((len(v) for v in (*values, *map(plain, kwargs.values())) if isinstance(v, str)), default=1)
    if len(text) * longest > MAX_WORK:
        return interpreter.opaque(node, "it is too large")
    if name == "format" and not WIDE_FORMAT.search(text) and not re.search(r"\{\w*[.\[]", text):
        return attempt(interpreter, node, lambda: text.format(*values, **{k: plain(v) for k, v in kwargs.items()}))
    if name in TEXT_METHODS and not kwargs:
        return attempt(interpreter, node, lambda: getattr(text, name)(*values))
    return interpreter.opaque(node, f"what .{name}() gives can't be told")


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


def percent_format(interpreter: Interpreter, node: cst.CSTNode, text: str, right: Object) -> Object:
    """`text % values`."""
    from migration_lint.readers.python.expressions import plain, why

    values: Any
    if isinstance(right, Mapping):
        values = {plain(k): plain(interpreter.resolve(v)) for k, v in right.items}
        unknown = next((v for _, v in right.items if plain(interpreter.resolve(v)) is Ellipsis), None)
    elif isinstance(right, Sequence):
        items = [interpreter.resolve(e.item) for e in right.entries]
        values = tuple(plain(i) for i in items)
        unknown = next((i for i in items if plain(i) is Ellipsis), None)
    else:
        values, unknown = plain(right), right if plain(right) is Ellipsis else None
    if unknown is not None:
        return interpreter.opaque(node, why(unknown))
    parts = values.values() if isinstance(values, dict) else values if isinstance(values, tuple) else (values,)
    longest = max((len(v) for v in parts if isinstance(v, str)), default=1)
    if WIDE_FORMAT.search(text) or len(text) * longest > MAX_WORK:
        return interpreter.opaque(node, "its format can't be told from the text")
    return attempt(interpreter, node, lambda: text % values)


def format_value(value: Any, conversion: str | None, spec: str, debug: bool) -> str | None:
    """A hole of an f-string, None if it can't be told."""
    if debug or re.search(r"\d{4,}", spec):
        return None
    try:
        return format(CONVERSIONS[conversion](value) if conversion else value, spec)
    except (ValueError, TypeError):
        return None


def known_function(interpreter: Interpreter, path: str, invocation: Invocation, scope: Scope) -> Object:
    """A function of the standard library."""
    node = invocation.node
    if path == "builtins.super":
        return Super(node, interpreter)
    if path.endswith(".__init__") and scope.owner is not None:
        scope.supers.append(
            (
                Invocation(
                    node,
                    interpreter,
                    Method(node, interpreter, invocation.function, "__init__"),
                    invocation.args[1:],
                    invocation.kwargs,
                ),
                scope.condition(),
            )
        )
        return invocation
    if path in interpreter.functions:
        return carry_out(interpreter, invocation, interpreter.functions[path])
    if not path.startswith(CARRIED_OUT):
        return invocation
    args = [interpreter.resolve(a) for a in invocation.args]
    if path in ("builtins.getattr", "builtins.hasattr"):
        return read_attribute(interpreter, invocation, args)
    if path in PATHS and args and isinstance(args[0], FilePath):
        return path_function(interpreter, node, path, args)
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
    from migration_lint.readers.python.expressions import plain

    values = [plain(interpreter.resolve(a)) for a in invocation.args]
    if Ellipsis in values or invocation.kwargs:
        return invocation
    return attempt(interpreter, invocation.node, lambda: function(*values))


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
PATHS = frozenset(
    words(
        "os.path.dirname os.path.abspath os.path.realpath os.path.normpath os.path.join os.fspath "
        "builtins.str builtins.open io.open codecs.open pathlib.Path pathlib.PurePath"
    )
)


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
    from migration_lint.readers.python.expressions import why

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
    from migration_lint.readers.python.expressions import elements

    node = invocation.node
    if name == "dict":
        return make_dictionary(interpreter, invocation, args)
    if not args:
        return Sequence(node, interpreter, [])
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
            return Sequence(node, interpreter, sequences[0])
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
    from migration_lint.readers.python.expressions import plain

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
