"""Walks over syntax trees by attributes, without visitors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import libcst as cst

from migration_lint.readers.python.words import words

SKIPPED = frozenset(
    words(
        "lpar rpar whitespace leading_lines lines_after_decorators lines_before_body header footer "
        "trailing_whitespace lbracket rbracket lbrace rbrace comma semicolon dot equal colon indent "
        "asynchronous first_line empty_lines"
    )
)
NO_NODES = frozenset({type(None), str, bool, cst.MaybeSentinel})


def walk(root: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes below `root` and itself that are no white space or punctuation, in source order."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        below: list[cst.CSTNode] = []
        for name in child_attributes(type(node)):
            value = getattr(node, name)
            kind = type(value)  # isinstance is slow here: libcst's classes are abstract ones
            if kind is list or kind is tuple:
                below.extend(part for part in value if type(part) not in NO_NODES)
            elif kind not in NO_NODES:
                below.append(value)
        pending.extend(reversed(below))


@cache
def child_attributes(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The attributes of a node class that can hold nodes of interest."""
    names = kind.__dataclass_fields__
    return tuple(n for n in names if n not in SKIPPED and not n.startswith("whitespace"))


def attributes_in(root: cst.CSTNode) -> Iterator[tuple[str, str]]:
    """Each attribute below `root`: the plain name it is read from (else empty) and its own."""
    for node in walk(root):
        if isinstance(node, cst.Attribute):
            yield node.value.value if isinstance(node.value, cst.Name) else "", node.attr.value
