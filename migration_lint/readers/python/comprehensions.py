"""Comprehensions over what is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from migration_lint.readers.python.binding import bind
from migration_lint.readers.python.inspecting import elements, truth
from migration_lint.readers.python.objects import (
    Element,
    Entry,
    Mapping,
    Object,
    Opaque,
    Scope,
    Sequence,
    join_conditions,
)
from migration_lint.readers.python.tracing import Loop

if TYPE_CHECKING:
    from migration_lint.readers.python.interpreter import Interpreter


def comprehension(interpreter: Interpreter, node: cst.ListComp, scope: Scope) -> Object:
    """A list, set or generator comprehension over constants."""
    entries: list[Entry] = []
    reason = ""
    for inner, condition in rounds(interpreter, node.for_in, (node.elt,), scope):
        if inner is None:
            reason = condition or ""
            entries.append(Entry(interpreter.opaque(node, reason)))
            continue
        entries.append(Entry(interpreter.evaluate(node.elt, inner), condition))
    return Sequence(node, interpreter, entries)


def dictionary_comprehension(interpreter: Interpreter, node: cst.DictComp, scope: Scope) -> Object:
    """A dictionary comprehension over constants."""
    result = Mapping(node, interpreter, [])
    for inner, condition in rounds(interpreter, node.for_in, (node.key, node.value), scope):
        if inner is None or condition is not None:
            return interpreter.opaque(node, condition or "")
        result.set(interpreter.evaluate(node.key, inner), interpreter.evaluate(node.value, inner))
    return result


def follow(
    interpreter: Interpreter, node: cst.CompFor, results: tuple[cst.BaseExpression, ...], iterable: Object, scope: Scope
) -> None:
    """Evaluate once, where a function is traced, what each round of a comprehension over unknown elements does."""
    if interpreter.trace is None:
        return
    target = Element(node.target, interpreter, iterable)
    inner = Scope({}, parent=scope, conditions=scope.conditions)
    with interpreter.trace.loop(Loop(node, interpreter, iterable, target), scope):
        bind(interpreter, node.target, target, inner)
        for test in node.ifs:
            interpreter.evaluate(test.test, inner)
        if node.inner_for_in is not None:
            for deepest, _ in rounds(interpreter, node.inner_for_in, results, inner):
                if deepest is not None:
                    for result in results:
                        interpreter.evaluate(result, deepest)
            return
        for result in results:
            interpreter.evaluate(result, inner)


def rounds(
    interpreter: Interpreter, node: cst.CompFor, results: tuple[cst.BaseExpression, ...], scope: Scope
) -> Iterator[tuple[Scope | None, str | None]]:
    """The scope of each round of a comprehension with its condition; (None, why) where they can't be told.

    `results` is what each round evaluates.
    """
    iterable = interpreter.resolve(interpreter.evaluate(node.iter, scope))
    for item, condition in elements(interpreter, iterable):
        if isinstance(item, Opaque) and not isinstance(iterable, Sequence):
            follow(interpreter, node, results, iterable, scope)
            yield None, f"it is built from {interpreter.positions.text_of(node.iter)}: {item.reason}"
            return
        if not interpreter.spend():
            yield None, "it takes too many rounds"
            return
        inner = Scope({}, parent=scope, conditions=scope.conditions)
        bind(interpreter, node.target, item, inner)
        keep: str | None = condition
        for test in node.ifs:
            known = truth(interpreter.resolve(interpreter.evaluate(test.test, inner)))
            if known is False:
                break
            if known is None:
                keep = join_conditions(keep, interpreter.positions.text_of(test.test))
        else:
            if node.inner_for_in is None:
                yield inner, keep
            else:
                for nested, nested_condition in rounds(interpreter, node.inner_for_in, results, inner):
                    yield nested, nested_condition if nested is None else join_conditions(keep, nested_condition)
