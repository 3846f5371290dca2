"""Calls that can be carried out: local functions, and what the standard library does to constants and paths."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from migration_lint.readers.python.inspecting import merged, relocated
from migration_lint.readers.python.library import CARRIED_OUT, IMPORTERS, carry_out, imported, standard_function
from migration_lint.readers.python.methods import method
from migration_lint.readers.python.objects import (
    Choice,
    Constant,
    Entry,
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
)
from migration_lint.readers.python.statements import execute

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


MAX_NESTED_CALLS = 20


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
    if path in IMPORTERS:
        return imported(interpreter, invocation)
    if not path.startswith(CARRIED_OUT):
        return invocation if interpreter.trace is None else interpreter.resolve_call(invocation)
    return standard_function(interpreter, path, invocation)


def run(interpreter: Interpreter, function: FunctionObject, invocation: Invocation) -> Object:
    """Carry out a call of a function whose body is at hand; the call itself, with the reason, if that fails."""
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
    outer, home.trace = home.trace, interpreter.trace
    if home.trace is not None:
        home.trace.enter(invocation)
    try:
        if isinstance(definition, cst.Lambda):
            return relocated(home.evaluate(definition.body, local), invocation.node, interpreter)
        result = body_result(home, definition, local)
    finally:
        home.trace = outer
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
