"""Q objects: what Q(…), and Qs joined by operators, stand for."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.values import Call, Value


@dataclass(slots=True)
class Q:
    """A node: its children are further nodes, lookups with their values, and expressions."""

    connector: str
    negated: bool
    children: list[Q | tuple[str, Value] | Call]


def read_q(value: Value) -> Q | None:
    """The tree that a Q, or Qs joined by operators, stand for; None for what is no Q."""
    if not isinstance(value, Call):
        return None
    name = value.function.name.rpartition(".")[2]
    if name == "Q":
        return _call(value)
    if value.function.module == "operator" and name in ("and_", "or_", "xor") and len(value.args) == 2:
        left, right = read_q(value.args[0]), read_q(value.args[1])
        return _joined({"and_": "AND", "or_": "OR", "xor": "XOR"}[name], left, right) if left and right else None
    if value.function.module == "operator" and name in ("invert", "inv") and len(value.args) == 1:
        inner = read_q(value.args[0])
        return Q("AND", True, [inner]) if inner else None
    return None


def _call(call: Call) -> Q:
    children: list[Q | tuple[str, Value] | Call] = []
    for arg in call.args:
        if isinstance(arg, tuple) and len(arg) == 2 and isinstance(arg[0], str):
            children.append((arg[0], arg[1]))
        elif isinstance(arg, Call):
            children.append(read_q(arg) or arg)
    options = dict(call.kwargs)
    connector, negated = options.pop("_connector", "AND"), options.pop("_negated", False)
    children.extend((name, options[name]) for name in sorted(options))
    return Q(connector if isinstance(connector, str) else "AND", negated is True, children)


def _joined(connector: str, left: Q, right: Q) -> Q:
    """`Q._combine`: an empty Q gives way, and equal connectors become one list."""
    if not left.children:
        return right
    if not right.children:
        return left
    joined = Q(connector, False, [])
    for node in (left, right):
        if not node.negated and (node.connector == connector or len(node.children) == 1):
            joined.children.extend(node.children)
        else:
            joined.children.append(node)
    return joined
