"""Functions that a framework calls: run in the abstract, on arguments that nobody knows, for the calls they make."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from migration_lint.readers.python.interpreter import MAX_CALLS
from migration_lint.readers.python.objects import FunctionObject, Object, Scope
from migration_lint.readers.python.statements import execute
from migration_lint.readers.python.tracing import Trace


def enter(function: FunctionObject, given: Mapping[str, Object], calls: int) -> Trace:
    """The calls that a function makes, of which `given` are the arguments that are known.

    At most `calls` calls and loop rounds are followed; the trace says if more was to come.
    """
    home, definition = function.home, function.node
    assert isinstance(definition, (cst.FunctionDef, cst.Lambda))
    local = _parameters(function, definition.params)
    local.names.update(given)
    found = Trace()
    outer, before = home.trace, home.calls
    home.trace, home.calls = found, MAX_CALLS - calls
    try:
        if isinstance(definition, cst.Lambda):
            home.evaluate(definition.body, local)
        else:
            execute(home, definition.body.body, local)
    finally:
        found.exhausted = home.calls >= MAX_CALLS
        home.trace, home.calls = outer, before
    return found


def _parameters(function: FunctionObject, parameters: cst.Parameters) -> Scope:
    """A function's own names when it begins: defaults where there are any."""
    local = Scope({}, parent=function.scope, owner=function.owner)
    for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
        value: Object = function.home.opaque(parameter, "it is known only when the migration runs")
        if parameter.default is not None:
            value = function.home.evaluate(parameter.default, function.scope)
        local.names[parameter.name.value] = value
    return local
