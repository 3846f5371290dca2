"""What each kind of statement does to the names in force."""

from __future__ import annotations

from collections.abc import Sequence as SequenceType
from contextlib import nullcontext
from enum import Enum, auto
from typing import TYPE_CHECKING

import libcst as cst

from migration_lint.readers.python.binding import (
    augment,
    bind,
    delete_item,
    import_modules,
    import_names,
)
from migration_lint.readers.python.inspecting import elements, merged, truth, unfinished
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    Element,
    Entry,
    FilePath,
    FunctionObject,
    Mapping,
    Object,
    Outside,
    Scope,
    Sequence,
    join_conditions,
    negate,
)
from migration_lint.readers.python.tracing import Loop
from migration_lint.readers.python.walking import walk

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


MAX_BRANCHES = 50  # conditions inside one another


class Flow(Enum):
    """How a block ends."""

    NEXT = auto()
    RETURN = auto()
    RAISE = auto()
    CONTINUE = auto()
    BREAK = auto()


def execute(interpreter: Interpreter, body: SequenceType[cst.CSTNode], scope: Scope) -> Flow:
    """Run statements in order until one leaves the block."""
    for statement in body:
        match statement:
            case cst.SimpleStatementLine():
                flow = execute(interpreter, statement.body, scope)
            case cst.If():
                flow = branch(interpreter, statement, scope)
            case cst.For():
                flow = loop(interpreter, statement, scope)
            case cst.While():
                forget(interpreter, statement.body, scope, "it is built in a while loop", test=statement.test)
                flow = Flow.NEXT
            case cst.Try() | cst.TryStar():
                flow = attempt(interpreter, statement, scope)
            case cst.With():
                flow = manage(interpreter, statement, scope)
            case cst.Match():
                for case in statement.cases:
                    forget(interpreter, case.body, scope, "it depends on a match statement")
                flow = Flow.NEXT
            case _:
                flow = simple(interpreter, statement, scope)
        if flow is not Flow.NEXT:
            return flow
    return Flow.NEXT


def simple(interpreter: Interpreter, statement: cst.CSTNode, scope: Scope) -> Flow:
    """A statement that has no block to run now."""
    match statement:
        case cst.Assign():
            value = interpreter.evaluate(statement.value, scope)
            for target in statement.targets:
                bind(interpreter, target.target, value, scope)
        case cst.AnnAssign(value=cst.BaseExpression() as expression):
            bind(interpreter, statement.target, interpreter.evaluate(expression, scope), scope)
        case cst.AugAssign():
            augment(interpreter, statement, scope)
        case cst.Import():
            import_modules(interpreter, statement, scope)
        case cst.ImportFrom():
            import_names(interpreter, statement, scope)
        case cst.FunctionDef():
            scope.names[statement.name.value] = define(interpreter, statement, scope)
        case cst.ClassDef():
            bases = [interpreter.evaluate(b.value, scope) for b in statement.bases if not b.star]
            name = statement.name.value
            scope.names[name] = ClassObject(statement, interpreter, name, scope, bases)
        case cst.Expr(value=cst.Yield() as given):
            give(interpreter, given, scope)
        case cst.Expr():
            # Only a call can change what a name holds, be it in a comprehension.
            if isinstance(statement.value, (cst.Call, cst.ListComp)):
                interpreter.evaluate(statement.value, scope)
        case cst.Return():
            result: Object = Constant(statement, interpreter, None)
            if statement.value is not None:
                result = interpreter.evaluate(statement.value, scope)
            scope.returned.append(Entry(result, scope.condition()))
            return Flow.RETURN
        case cst.Del():
            if isinstance(statement.target, cst.Name):
                scope.names.pop(statement.target.value, None)
            elif isinstance(statement.target, cst.Subscript):
                delete_item(interpreter, statement.target, scope)
        case cst.Raise():
            return Flow.RAISE
        case cst.Continue():
            return Flow.CONTINUE
        case cst.Break():
            return Flow.BREAK
    return Flow.NEXT


def define(interpreter: Interpreter, statement: cst.FunctionDef, scope: Scope) -> Object:
    """A function, unless a decorator puts something else in its place."""
    for decorator in statement.decorators:
        wrapper = interpreter.evaluate(decorator.decorator, scope)
        path = wrapper.path if isinstance(wrapper, Outside) else ""
        if path == "builtins.property":
            return interpreter.opaque(statement, "it is a property")
    owner = scope.owner if scope.is_class else None
    return FunctionObject(statement, interpreter, statement.name.value, scope, owner)


def give(interpreter: Interpreter, given: cst.Yield, scope: Scope) -> None:
    """`yield x` and `yield from xs`."""
    if scope.yielded is None:
        scope.yielded = []
    if isinstance(given.value, cst.From):
        for item, condition in elements(interpreter, interpreter.evaluate(given.value.item, scope)):
            scope.yielded.append(Entry(item, join_conditions(scope.condition(), condition)))
    elif given.value is not None:
        scope.yielded.append(Entry(interpreter.evaluate(given.value, scope), scope.condition()))


def branch(interpreter: Interpreter, statement: cst.If, scope: Scope) -> Flow:
    """An `if`: one branch where the condition is known, else both, what they do being conditional."""
    orelse: SequenceType[cst.CSTNode] = ()
    if isinstance(statement.orelse, cst.Else):
        orelse = statement.orelse.body.body
    elif statement.orelse is not None:
        orelse = (statement.orelse,)
    if interpreter.branches >= MAX_BRANCHES:  # each `elif` is an `if` inside the one before
        rest: cst.If | cst.Else | None = statement
        while rest is not None:
            forget(interpreter, rest.body, scope, "it depends on too many conditions")
            rest = rest.orelse if isinstance(rest, cst.If) else None
        return Flow.NEXT
    test = interpreter.resolve(interpreter.evaluate(statement.test, scope))
    known = truth(test)
    interpreter.branches += 1
    try:
        return take(interpreter, statement, known, orelse, scope)
    finally:
        interpreter.branches -= 1


def take(
    interpreter: Interpreter, statement: cst.If, known: bool | None, orelse: SequenceType[cst.CSTNode], scope: Scope
) -> Flow:
    """Run the branch that is taken, or both."""
    if known is not None:
        return execute(interpreter, statement.body.body if known else orelse, scope)
    condition = interpreter.positions.text_of(statement.test)
    before = dict(scope.names)
    body_flow = under(interpreter, statement.body.body, scope, condition)
    after_body, scope.names = scope.names, before
    orelse_flow = under(interpreter, orelse, scope, negate(condition))
    if body_flow is Flow.NEXT and orelse_flow is Flow.NEXT:
        join(interpreter, statement, condition, after_body, scope)
        return Flow.NEXT
    if body_flow is not Flow.NEXT and orelse_flow is not Flow.NEXT:
        return body_flow if body_flow is not Flow.RAISE else orelse_flow
    if orelse_flow is not Flow.NEXT:
        scope.names = after_body
    left = body_flow if body_flow is not Flow.NEXT else orelse_flow
    if left is not Flow.RAISE:  # the rest of the block runs only if the other branch was taken
        scope.conditions.append(negate(condition) if body_flow is not Flow.NEXT else condition)
    return Flow.NEXT


def under(interpreter: Interpreter, body: SequenceType[cst.CSTNode], scope: Scope, condition: str) -> Flow:
    """Run a block whose effects are conditional."""
    outer = scope.conditions
    scope.conditions = [*outer, condition]
    flow = execute(interpreter, body, scope)
    scope.conditions = outer
    return flow


def join(interpreter: Interpreter, node: cst.CSTNode, condition: str, body: dict[str, Object], scope: Scope) -> None:
    """The names in force after an `if`, given those after its body; those after its else are in `scope`."""
    for name, value in body.items():
        other = scope.names.get(name)
        if other is None:
            scope.names[name] = value
        elif other is not value:
            scope.names[name] = merged(interpreter, node, condition, value, other)


def loop(interpreter: Interpreter, statement: cst.For, scope: Scope) -> Flow:
    """A `for`: every round where what it runs over is known."""
    iterable = interpreter.resolve(interpreter.evaluate(statement.iter, scope))
    traced = interpreter.trace is not None
    if not isinstance(iterable, (Sequence, Mapping)) or (traced and unfinished(iterable)):
        reason = f"it is built in a loop over {interpreter.positions.text_of(statement.iter)}"
        over = Loop(statement, interpreter, iterable, Element(statement.target, interpreter, iterable))
        if interpreter.trace is not None and over.target is not None:
            bind(interpreter, statement.target, over.target, scope)
        forget(interpreter, statement.body, scope, reason, loop=over)
        return Flow.NEXT
    outer, rounds = scope.conditions, Loop(statement, interpreter, None, known=True)
    for item, condition in list(elements(interpreter, iterable)):
        if not interpreter.spend():
            forget(interpreter, statement.body, scope, "it takes too many rounds")
            break
        scope.conditions = [*outer, condition] if condition else list(outer)
        bind(interpreter, statement.target, item, scope)
        with interpreter.trace.loop(rounds, scope) if interpreter.trace else nullcontext():
            flow = execute(interpreter, statement.body.body, scope)
        if flow in (Flow.RETURN, Flow.RAISE):
            return flow
        if flow is Flow.BREAK:
            break
    scope.conditions = outer
    return Flow.NEXT


def attempt(interpreter: Interpreter, statement: cst.Try | cst.TryStar, scope: Scope) -> Flow:
    """A `try`: its body is taken to succeed; handlers only add names that are not bound then."""
    with interpreter.trace.catch(handled(statement)) if interpreter.trace else nullcontext():
        flow = execute(interpreter, statement.body.body, scope)
    for handler in statement.handlers:
        inner = Scope(dict(scope.names), scope.parent, scope.owner, scope.is_class, list(scope.conditions))
        execute(interpreter, handler.body.body, inner)
        for name, value in inner.names.items():
            scope.names.setdefault(name, value)
    if flow is Flow.NEXT and statement.orelse is not None:
        flow = execute(interpreter, statement.orelse.body.body, scope)
    if statement.finalbody is not None:
        final = execute(interpreter, statement.finalbody.body.body, scope)
        flow = final if final is not Flow.NEXT else flow
    return flow


def handled(statement: cst.Try | cst.TryStar) -> list[str]:
    """The names of the exceptions that a `try` handles; a handler of all is one of Exception."""
    names: list[str] = []
    for handler in statement.handlers:
        if handler.type is None:
            names.append("Exception")
        else:
            names += (node.value for node in walk(handler.type) if isinstance(node, cst.Name))
    return names


def manage(interpreter: Interpreter, statement: cst.With, scope: Scope) -> Flow:
    """A `with`; an opened file is bound to its name."""
    managers: list[Object] = []
    for item in statement.items:
        value = interpreter.evaluate(item.item, scope)
        managers.append(value)
        if item.asname is not None:
            if not isinstance(value, FilePath) and interpreter.trace is None:
                value = interpreter.opaque(item, "only running it tells its value")
            bind(interpreter, item.asname.name, value, scope)
    with interpreter.trace.manage(tuple(managers)) if interpreter.trace else nullcontext():
        return execute(interpreter, statement.body.body, scope)


def forget(
    interpreter: Interpreter,
    body: cst.BaseSuite,
    scope: Scope,
    reason: str,
    *,
    loop: Loop | None = None,
    test: cst.BaseExpression | None = None,
) -> None:
    """Run a block once of which nobody knows how often it runs: what it changes is no longer known.

    `test` is evaluated before each run, if a function is traced.
    """
    before = dict(scope.names)
    sizes = {name: len(v.entries) for name, v in before.items() if isinstance(v, Sequence)}
    scope.names = dict(before)
    yielded = len(scope.yielded or ())
    counted = (name for name in counters(body) if isinstance(before.get(name), Constant))
    for name in (*targets(body), *counted):
        scope.names[name] = interpreter.opaque(body, reason)
    inside = Scope(scope.names, scope.parent, scope.owner, scope.is_class, list(scope.conditions))
    if interpreter.trace is None:
        execute(interpreter, body.body, inside)
    else:
        with interpreter.trace.loop(loop or Loop(body, interpreter, None), scope):
            if test is not None:
                interpreter.evaluate(test, inside)
            execute(interpreter, body.body, inside)
    for name, value in scope.names.items():
        if isinstance(value, Sequence) and name in sizes and len(value.entries) != sizes[name]:
            del value.entries[sizes[name] :]
            value.entries.append(Entry(interpreter.opaque(body, reason), scope.condition()))
        elif before.get(name) is not value:
            scope.names[name] = interpreter.opaque(body, reason)
    if inside.returned:  # whether a round ends the function, and with what, is not known
        scope.returned.append(Entry(interpreter.opaque(body, reason), scope.condition() or "what a loop finds"))
    if scope.yielded is not None:
        del scope.yielded[yielded:]
        scope.yielded.append(Entry(interpreter.opaque(body, reason)))


def targets(body: cst.BaseSuite) -> list[str]:
    """The plain names that the statements of a block assign to."""
    found: list[str] = []
    for line in body.body:
        if isinstance(line, cst.SimpleStatementLine):
            for statement in line.body:
                if isinstance(statement, cst.Assign):
                    found.extend(t.target.value for t in statement.targets if isinstance(t.target, cst.Name))
                elif isinstance(statement, cst.AugAssign) and isinstance(statement.target, cst.Name):
                    pass  # a list that grows is handled by its length
    return found


def counters(body: cst.BaseSuite) -> list[str]:
    """The plain names that a block, or one within it, counts up or down."""
    return [
        node.target.value
        for node in walk(body)
        if isinstance(node, cst.AugAssign) and isinstance(node.target, cst.Name)
    ]
