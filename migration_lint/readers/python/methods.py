"""Methods of lists, dictionaries, strings and paths."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from migration_lint.readers.python.binding import extend, guarded
from migration_lint.readers.python.formatting import text_method
from migration_lint.readers.python.inspecting import alternatives
from migration_lint.readers.python.library import join_path, joined_path
from migration_lint.readers.python.objects import (
    Constant,
    Entry,
    FilePath,
    Invocation,
    Mapping,
    Method,
    Object,
    Scope,
    Sequence,
    Super,
    join_conditions,
)

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


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
        case "with_suffix" if invocation.args and isinstance(invocation.args[0], Constant):
            own = posixpath.basename(receiver.home.path.replace(os.sep, "/"))
            path = own if receiver.path == "./" else receiver.path
            return FilePath(node, interpreter, posixpath.splitext(path)[0] + str(invocation.args[0].value))
        case "open":
            return FilePath(node, interpreter, receiver.path, opened=True)
        case "read_text" | "read":
            text = receiver.home.imports.read(receiver.path, receiver.home)
            if text is not None:
                return Constant(node, interpreter, text)
            return interpreter.opaque(node, f"{receiver.path} can't be read")
    return interpreter.opaque(node, "only running it tells its value")
