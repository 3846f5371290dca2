from __future__ import annotations

import sysconfig
from pathlib import Path

import django
import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from migration_lint.model.values import Span
from migration_lint.readers.parsing import parse
from migration_lint.readers.spans import Spans
from migration_lint.source import Source

CONTRIB = sorted(Path(django.__file__).parent.glob("contrib/*/migrations/*.py"))
WITHOUT_PARTS = (
    cst.FormattedString,
    cst.TemplatedString,
    cst.MatchPattern,
    cst.TypeAlias,
    cst.TypeParameters,
)
COMPARED = (cst.BaseExpression, cst.BaseSmallStatement, cst.BaseCompoundStatement, cst.Arg, cst.BaseElement)

EVERYTHING = '''\
#!/usr/bin/env python
"""A docstring."""
from __future__ import (annotations,)
import a.b as c, d; from ... import e
from .. f import *

@decorator(1)  # a comment
@other
async def f(a, b: int = 1, /, c=.5, *args: int, d, e=-1, **kw: str) -> list[int]:
    global x, y
    async with a as b, (c): pass
    async for i, in j: await k
    else: return (yield)
    return

class A(B, metaclass=M):
    x: int = 1; y: str
    def g(self, *, a): nonlocal b; b += 1_000; raise E from e
    z = lambda x, *y, z=0x1F, **w: (yield x)

class Empty(): ...

@a
class Decorated:

    @b
    def h(): del a[0], b.c

if (a := 1) < 2 <= 3 not in x is not y != z: pass
elif not a or -b and ~c: assert a, "b" 'c' f"{d['e']}"
else: print(*a, **b, c=d, )
while 1: break
for i in range(1): continue
try: x = y = a[1:2, ::3, ...] = {1: 2, **a}, {1, *b}, [*c], (), (d,)
except (A, B) as e: pass
finally: pass
try: pass
except* A: raise
with (open(a) as b, c): x @= a @ b ** 2 // 1 % 3 << 4 >> 5 & 6 | 7 ^ 8
[a for a in b if c if d for e in f], {a async for a in b}, {a: b for a in c}, (a for a in b), f(a for a in b)
x = a if b else c; u = a.b(c)(d)[e].f (  # in the brackets
    g,
    (h), ((i)),
)
y = rb'\\'' + Rb"""
"x\\"""" b'' + 1e-5j + 0o17 + 1_0.0_1 + .5e3 + 1. + 1if a else 2
z = a \\
    + b
match x, y:
    case [1, *_] if z: pass
    case {"a": 1, **rest} | A(b=c): pass
type X[T: int, *U] = list[T]
def generic[T](x: T) -> T: pass
après = "🐍" + ñ
print(f"{a!r:>{width}} {{}} {b=} {'x' if c else "y"}", rf"\\{d}", t'{e}', f)
'''


def spans_of(text: str) -> tuple[cst.Module, Spans]:
    source = Source("a.py", text)
    module = parse(source)
    return module, Spans(source, module)


def below(node: cst.CSTNode) -> set[cst.CSTNode]:
    return {node}.union(*map(below, node.children))


def disagreements(text: str) -> list[str]:
    """Where our spans and libcst's are not the same."""
    module, spans = spans_of(text)
    places = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    inner = set().union(*(below(node) - {node} for node in places if isinstance(node, WITHOUT_PARTS)))
    found = []
    for node, place in places.items():
        if isinstance(node, COMPARED) and node not in inner:
            ours, (start, end) = spans.of(node), (place.start, place.end)
            if ours != Span(start.line, start.column + 1, end.line, end.column + 1):
                found.append(f"{type(node).__name__} {spans.text_of(node)!r}: {ours}, not {place}")
    return found


def test_every_construct_stands_where_libcst_says() -> None:
    assert disagreements(EVERYTHING) == []


@pytest.mark.parametrize("path", CONTRIB, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_djangos_own_migrations_stand_where_libcst_says(path: Path) -> None:
    assert disagreements(path.read_text()) == []


def test_the_standard_library_is_counted_to_its_end() -> None:
    """A miscount anywhere would give all nodes the span of the file."""
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("[d-l]*.py")):
        source = Source.read(path)
        module = parse(source)
        last = module.body[-1]
        assert Spans(source, module).of(last) != Span(1, 1, *source.position(len(source.text.rstrip()))), path


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_spans_do_not_depend_on_line_ends(line_end: str) -> None:
    module, spans = spans_of("\x0cx = 1\n\x0c\nf(\n  'ä',  # b\n  c)\n".replace("\n", line_end))
    call = module.body[1].body[0].value
    assert spans.of(call) == Span(3, 1, 5, 5)
    assert [spans.of(arg) for arg in call.args] == [Span(4, 3, 4, 6), Span(5, 3, 5, 4)]
    assert [spans.text_of(arg) for arg in call.args] == ["'ä'", "c"]


def test_the_place_of_a_hole_is_its_string() -> None:
    module, spans = spans_of("x = f'a{b.c}'\n")
    string = module.body[0].body[0].value
    hole = string.parts[1].expression
    assert spans.of(hole) == spans.of(string) == Span(1, 5, 1, 14)
    assert spans.text_of(hole) == "b.c"


def test_decorators_parentheses_and_commas_stand_outside() -> None:
    module, spans = spans_of("@d\ndef f(): pass\nx = [(a), b,];\n")
    assert spans.text_of(module.body[0]) == "def f(): pass"
    first, second = module.body[1].body[0].value.elements
    assert (spans.text_of(first.value), spans.text_of(second)) == ("a", "b")


def test_a_node_of_another_tree_has_no_place() -> None:
    _, spans = spans_of("x = 1\n")
    with pytest.raises(KeyError):
        spans.of(cst.parse_expression("x"))
