"""Where the nodes of a syntax tree stand: its leaves, in order, are the tokens of the text.

libcst's own PositionProvider costs four parses, because it writes the whole file again; this takes the tokens that the
scan has found and counts how many each node has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import libcst as cst

from migration_lint.model.values import Span
from migration_lint.scanning import scan
from migration_lint.source import Source

# What each kind of node is made of, in the order of the text: a number is so many tokens, a name the attribute that
# holds a node or several, a name behind `?` an attribute that is one token if it is there; an empty name says that the
# node's span begins only here. Kinds that are not listed are counted by writing them out, and have no parts.
_Step = int | str
_PLAN: Mapping[type[cst.CSTNode], tuple[_Step, ...]] = {
    cst.Module: ("body",),
    cst.SimpleStatementLine: ("body",),
    cst.SimpleStatementSuite: ("body",),
    cst.IndentedBlock: ("body",),
    cst.Expr: ("value", "?semicolon"),
    cst.Return: (1, "value", "?semicolon"),
    cst.Pass: (1, "?semicolon"),
    cst.Break: (1, "?semicolon"),
    cst.Continue: (1, "?semicolon"),
    cst.Assign: ("targets", "value", "?semicolon"),
    cst.AssignTarget: ("target", 1),
    cst.AnnAssign: ("target", "annotation", "?equal", "value", "?semicolon"),
    cst.Annotation: (1, "annotation"),
    cst.AugAssign: ("target", 1, "value", "?semicolon"),
    cst.Import: (1, "names", "?semicolon"),
    cst.ImportFrom: (1, "relative", "module", 1, "?lpar", "names", "?rpar", "?semicolon"),
    cst.Dot: (1,),
    cst.ImportStar: (1,),
    cst.ImportAlias: ("name", "asname", "?comma"),
    cst.AsName: (1, "name"),
    cst.Raise: (1, "exc", "cause", "?semicolon"),
    cst.From: (1, "item"),
    cst.Assert: (1, "test", "?comma", "msg", "?semicolon"),
    cst.Del: (1, "target", "?semicolon"),
    cst.Global: (1, "names", "?semicolon"),
    cst.Nonlocal: (1, "names", "?semicolon"),
    cst.NameItem: ("name", "?comma"),
    cst.If: (1, "test", 1, "body", "orelse"),
    cst.Else: (2, "body"),
    cst.While: (1, "test", 1, "body", "orelse"),
    cst.For: ("?asynchronous", 1, "target", 1, "iter", 1, "body", "orelse"),
    cst.Try: (2, "body", "handlers", "orelse", "finalbody"),
    cst.TryStar: (2, "body", "handlers", "orelse", "finalbody"),
    cst.ExceptHandler: (1, "type", "name", 1, "body"),
    cst.ExceptStarHandler: (2, "type", "name", 1, "body"),
    cst.Finally: (2, "body"),
    cst.Match: (1, "subject", 1, "cases"),
    cst.MatchCase: (1, "pattern", "?guard", "guard", 1, "body"),
    cst.With: ("?asynchronous", 1, "?lpar", "items", "?rpar", 1, "body"),
    cst.WithItem: ("item", "asname", "?comma"),
    cst.Decorator: (1, "decorator"),
    cst.FunctionDef: (
        "decorators",
        "",
        "?asynchronous",
        1,
        "name",
        "type_parameters",
        1,
        "params",
        1,
        "returns",
        1,
        "body",
    ),
    cst.ClassDef: (
        "decorators",
        "",
        1,
        "name",
        "type_parameters",
        "?lpar",
        "bases",
        "keywords",
        "?rpar",
        1,
        "body",
    ),
    cst.Parameters: (
        "posonly_params",
        "posonly_ind",
        "params",
        "star_arg",
        "kwonly_params",
        "star_kwarg",
    ),
    cst.Param: ("?star", "name", "annotation", "?equal", "default", "?comma"),
    cst.ParamStar: (1, "?comma"),
    cst.ParamSlash: (1, "?comma"),
    cst.Lambda: (1, "params", 1, "body"),
    cst.Name: (1,),
    cst.Integer: (1,),
    cst.Float: (1,),
    cst.Imaginary: (1,),
    cst.Ellipsis: (3,),
    cst.SimpleString: (1,),
    cst.FormattedString: (1,),
    cst.TemplatedString: (1,),
    cst.ConcatenatedString: ("left", "right"),
    cst.Attribute: ("value", 1, "attr"),
    cst.Call: ("func", 1, "args", 1),
    cst.Arg: ("?star", "keyword", "?equal", "value", "?comma"),
    cst.Element: ("value", "?comma"),
    cst.StarredElement: (1, "value", "?comma"),
    cst.List: (1, "elements", 1),
    cst.Set: (1, "elements", 1),
    cst.Tuple: ("elements",),
    cst.Dict: (1, "elements", 1),
    cst.DictElement: ("key", 1, "value", "?comma"),
    cst.StarredDictElement: (1, "value", "?comma"),
    cst.Subscript: ("value", 1, "slice", 1),
    cst.SubscriptElement: ("slice", "?comma"),
    cst.Index: ("?star", "value"),
    cst.Slice: ("lower", 1, "upper", "?second_colon", "step"),
    cst.GeneratorExp: ("elt", "for_in"),
    cst.ListComp: (1, "elt", "for_in", 1),
    cst.SetComp: (1, "elt", "for_in", 1),
    cst.DictComp: (1, "key", 1, "value", "for_in", 1),
    cst.CompFor: ("?asynchronous", 1, "target", 1, "iter", "ifs", "inner_for_in"),
    cst.CompIf: (1, "test"),
    cst.BinaryOperation: ("left", 1, "right"),
    cst.BooleanOperation: ("left", 1, "right"),
    cst.UnaryOperation: (1, "expression"),
    cst.Comparison: ("left", "comparisons"),
    cst.ComparisonTarget: ("operator", "comparator"),
    cst.NotIn: (2,),
    cst.IsNot: (2,),
    **dict.fromkeys(
        (
            cst.Equal,
            cst.NotEqual,
            cst.LessThan,
            cst.LessThanEqual,
            cst.GreaterThan,
            cst.GreaterThanEqual,
            cst.In,
            cst.Is,
        ),
        (1,),
    ),
    cst.IfExp: ("body", 1, "test", 1, "orelse"),
    cst.Yield: (1, "value"),
    cst.Await: (1, "expression"),
    cst.NamedExpr: ("target", 1, "value"),
}
_BEHIND = ("?comma", "?semicolon")  # not part of the node that holds it
_ABSENT = cst.MaybeSentinel.DEFAULT
# For each kind: whether it can stand in parentheses, what ends it without being part of it, its steps backwards.
_BACKWARDS = {
    kind: (
        issubclass(kind, cst.BaseExpression),
        plan[-1][1:] if isinstance(plan[-1], str) and plan[-1] in _BEHIND else "",
        tuple(reversed(plan[:-1] if plan[-1] in _BEHIND else plan)),
    )
    for kind, plan in _PLAN.items()
}
_LEAVES = {kind: count for kind, (count, *more) in _PLAN.items() if not more and isinstance(count, int)}


class Spans:
    """Where the nodes of one parsed file stand. Parentheses around an expression and decorators are not part of it,
    nor is the comma or semicolon behind it. What stands in the holes of an f-string, or in a pattern of a `match`, has
    the span of the whole string or pattern."""

    def __init__(self, source: Source, module: cst.Module) -> None:
        self.source = source
        self.module = module

    def of(self, node: cst.CSTNode) -> Span:
        """The span of a node of the file's tree.

        Raises:
            KeyError: it is white space or punctuation, or no node of this tree.
        """
        return self.source.span(*self._offsets(node))

    def text_of(self, node: cst.CSTNode) -> str:
        """The source text of a node as it stands in the file, in the hole of an f-string as well.

        Raises:
            KeyError: as `of`.
        """
        if node not in self._tokens:
            try:
                return self.module.code_for_node(node)
            except RecursionError:
                pass  # too deep to be written out: the text around it has to do
        begin, end = self._offsets(node)
        return self.source.text[begin:end]

    def _offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        if node not in self._tokens:
            node = self._holders[node]
        first, end = self._tokens[node]
        tokens, starts = self.source.scan.tokens, self.source.scan.starts
        if first == end:  # a function's empty list of parameters
            begin = starts[first] if first < len(starts) else len(self.source.text)
            return begin, begin
        return starts[first], starts[end - 1] + len(tokens[end - 1])

    @cached_property
    def _tokens(self) -> dict[cst.CSTNode, tuple[int, int]]:
        """The first token of each node, and the one behind its last."""
        counted = _count(self.module)
        total = len(self.source.scan.tokens)
        if counted[self.module] != (0, total):  # the scan has read the text otherwise than the parser
            return {self.module: (0, total)}
        return counted

    @cached_property
    def _holders(self) -> dict[cst.CSTNode, cst.CSTNode]:
        """For nodes that are not counted, the nearest one around them that is."""
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        pending: list[tuple[cst.CSTNode, cst.CSTNode]] = [(self.module, self.module)]
        while pending:
            node, holder = pending.pop()
            if node in self._tokens:
                holder = node
            else:
                found[node] = holder
            pending += [(child, holder) for child in _parts(node)]
        return found


def _parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (part for part in value if isinstance(part, cst.CSTNode))


def _count(module: cst.Module) -> dict[cst.CSTNode, tuple[int, int]]:
    """Number the tokens through the tree. A stack of our own, for trees of any depth, holds what is still to come:
    tokens to pass, nodes to enter, a list of a node and its first token where that node ends, and that list in a tuple
    where the node begins after all."""
    found: dict[cst.CSTNode, tuple[int, int]] = {}
    position = 0
    stack: list[Any] = [module]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind is int:
            position += item
        elif kind is list:
            node, first = item
            found[node] = (first, position)
        elif kind is tuple:
            item[0][1] = position
        elif kind in _LEAVES and not getattr(item, "lpar", None):
            first = position
            position += _LEAVES[kind]
            found[item] = (first, position)
        elif kind not in _BACKWARDS:
            first = position
            position += len(scan(module.code_for_node(item)).tokens)
            found[item] = (first, position)
        else:
            has_parentheses, behind, steps = _BACKWARDS[kind]
            if behind and getattr(item, behind) is not _ABSENT:
                stack.append(1)
            if has_parentheses and item.lpar:
                stack.append(len(item.rpar))
                position += len(item.lpar)
            end = [item, position]
            stack.append(end)
            for step in steps:
                if isinstance(step, int):
                    stack.append(step)
                elif not step:
                    stack.append((end,))
                elif step[0] == "?":
                    part = getattr(item, step[1:])
                    if part and part is not _ABSENT:
                        stack.append(1)
                else:
                    part = getattr(item, step)
                    if type(part) in (list, tuple):
                        stack.extend(reversed(part))
                    elif part is not None and part is not _ABSENT:
                        stack.append(part)
    return found
