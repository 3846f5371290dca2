"""Text that would kill or stall the parser, each kind in a process of its own with little memory and time."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from migration_lint.model.values import Span
from migration_lint.readers.parsing import ParseError, PythonSyntaxError, TooComplexError, parse
from migration_lint.readers.spans import Spans
from migration_lint.source import Source

N = 10_000
BRACKETS = "too many nested brackets: Python allows 200"
CHAIN = "more than 2,000 operators, attributes, calls, strings or branches in a row"
NESTED = "more than 500 operators nested in one another"
STRINGS = "strings nested too deeply in one another"
INDENTATION = "too many indentation levels"

REFUSED = {
    "1,500 parentheses": ("x = " + "(" * 1_500 + "1" + ")" * 1_500, PythonSyntaxError, BRACKETS),
    "parentheses": ("x = " + "(" * N + "1" + ")" * N, PythonSyntaxError, BRACKETS),
    "lists": ("x = " + "[" * N + "]" * N, PythonSyntaxError, BRACKETS),
    "dictionaries": ("x = " + "{1: " * N + "1" + "}" * N, PythonSyntaxError, BRACKETS),
    "calls in calls": ("x = " + "f(a=" * N + "1" + ")" * N, PythonSyntaxError, BRACKETS),
    "subscripts in subscripts": ("x = " + "f[" * N + "1" + "]" * N, PythonSyntaxError, BRACKETS),
    "defaults of lambdas": ("x = " + "lambda a=(" * N + "1" + "): 1" * N, PythonSyntaxError, BRACKETS),
    "open brackets": ("x = " + "(" * N, PythonSyntaxError, BRACKETS),
    "brackets in a hole": ('x = f"{' + "(" * N + "1" + ")" * N + '}"', PythonSyntaxError, BRACKETS),
    "8,000 terms": ("x = " + " + ".join(["1"] * 8_000), TooComplexError, CHAIN),
    "terms on lines": ("x = (" + "\n + ".join(["'a'"] * N) + ")", TooComplexError, CHAIN),
    "terms in a hole": ('x = f"{' + "+".join(["a"] * N) + '}"', TooComplexError, CHAIN),
    "and": ("x = " + " and ".join(["a"] * N), TooComplexError, CHAIN),
    "attributes": ("x = a" + ".b" * N, TooComplexError, CHAIN),
    "calls": ("x = a" + "()" * N, TooComplexError, CHAIN),
    "subscripts": ("x = a" + "[0]" * N, TooComplexError, CHAIN),
    "comparisons": ("x = " + " < ".join(["a"] * N), TooComplexError, CHAIN),
    "strings": ("x = (" + "\n".join(["'a'"] * N) + ")", TooComplexError, CHAIN),
    "loops of a comprehension": ("x = [a " + "for a in b " * N + "]", TooComplexError, CHAIN),
    "branches": ("if a: pass\n" + "elif b: pass\n" * N, TooComplexError, CHAIN),
    "alternatives": ("match x:\n  case " + " | ".join(["1"] * N) + ": pass", TooComplexError, CHAIN),
    "dots of an import": ("import a" + ".b" * N, TooComplexError, CHAIN),
    "fewer dots of an import": ("import a" + ".b" * 1_500, TooComplexError, "it is nested too deeply to be parsed"),
    "not": ("x = " + "not " * N + "a", TooComplexError, NESTED),
    "minus": ("x = " + "-" * N + "1", TooComplexError, NESTED),
    "powers": ("x = " + " ** ".join(["1"] * N), TooComplexError, NESTED),
    "lambdas": ("x = " + "lambda: " * N + "1", TooComplexError, NESTED),
    "conditions": ("x = " + "a if b else " * N + "1", TooComplexError, NESTED),
    "f-strings": ("x = " + "f'{" * N + "1" + "}'" * N, TooComplexError, STRINGS),
    "open f-strings": ("x = " + "f'{" * N, TooComplexError, STRINGS),
    "format specifications": ("x = f'" + "{a:" * N + "}" * N + "'", TooComplexError, STRINGS),
    "many long chains": (
        ("x = a" + "[0]" * 1_500 + "\n") * 100,
        TooComplexError,
        "too many long and deeply nested expressions",
    ),
    "many deep brackets": (
        ("x = " + "[" * 199 + "]" * 199 + "\n") * 1_000,
        TooComplexError,
        "too many long and deeply nested expressions",
    ),
    "ifs": ("".join(" " * i + "if a:\n" for i in range(500)) + " " * 500 + "pass", PythonSyntaxError, INDENTATION),
    "functions": (
        "".join(" " * i + "def f():\n" for i in range(500)) + " " * 500 + "1",
        PythonSyntaxError,
        INDENTATION,
    ),
    "quotes": ("x = '\n" * N, PythonSyntaxError, "unterminated string literal"),
}

TAKEN = {
    "elements": "x = [" + "f(a.b),\n" * N + "]",
    "arguments": "f(" + "a=1, " * N + ")",
    "statements": "x = a.b(c)[d] + 1\n" * 3_000,
    "100,000 lines": "\n" * 50_000 + "# a\n" * 50_000 + "x = 1\n",
    "targets": "x = " * N + "1",
    "decorators": "@a\n" * N + "def f(): pass",
    "holes": "x = f'" + "{a}" * N + "'",
    "1,500 strings": "x = (" + "\n".join(["'a'"] * 1_500) + ")",
    "1,500 terms": "x = " + " + ".join(["1"] * 1_500),
    "1,500 attributes in a hole": "x = f'{a" + ".b" * 1_500 + "}'",
    "190 brackets": "x = " + "[" * 190 + "]" * 190,
    "450 lambdas": "x = " + "lambda: " * 450 + "1",
    "continued lines": "x = 1 + \\\n" + "\\\n" * N + "1",
    "one long string": "x = '''" + "a\n" * 500_000 + "'''",
    "semicolons": "x = 1;" * N,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_parser_would_not_take_is_refused(name: str) -> None:
    text, kind, message = REFUSED[name]
    began = time.process_time()
    with pytest.raises(ParseError) as caught:
        parse(Source("a.py", text))
    assert (type(caught.value), caught.value.message) == (kind, message)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_only_long_is_parsed(name: str) -> None:
    source = Source("a.py", TAKEN[name])
    module = parse(source)
    assert Spans(source, module).of(module.body[-1]).end_line == len(source.text.rstrip().splitlines())


def test_the_limits_are_below_what_ends_a_process() -> None:
    """Just below every limit at once, in half a gigabyte of memory."""
    program = (
        "import resource, libcst; resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))\n"
        "for text in ('['*199+']'*199, '+'.join('1'*2000), 'lambda:'*500+'1', 'a'+'()'*1000, 'f(a='*199+'1'+')'*199):\n"
        "    libcst.parse_module('x = ' + text)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_chains_end_at_commas_lines_and_brackets() -> None:
    parse(Source("a.py", "x = [\n" + "a.b,\n" * 3_000 + "]\n" + "c.d()\n" * 3_000 + "[" + "-1, " * 3_000 + "]"))


@pytest.mark.parametrize(
    ("text", "span", "message"),
    [
        ("x = 1\nx = (1, [2\n", Span(2, 9, 2, 10), "'[' was never closed"),
        ("x = [1, 2\ny = 3\n", Span(1, 5, 1, 6), "'[' was never closed"),
        ("a = 1\na b\n", Span(2, 3, 2, 4), "unexpected 'b'"),
        ("a = 1\r\né b\r\n", Span(2, 3, 2, 4), "unexpected 'b'"),
        ("a = 1\ra b\r", Span(2, 3, 2, 4), "unexpected 'b'"),
        ('print "x"', Span(1, 7, 1, 10), "unexpected '\"x\"'"),
        ("x = 1 +\ny = 2", Span(1, 8, 1, 8), "unexpected end of the line"),
        ("class A:\n", Span(1, 9, 1, 9), "unexpected end of the line"),
        ("if a:\nb\n", Span(2, 1, 2, 2), "unexpected 'b'"),
        ("x = 1\ny = )\n", Span(2, 1, 2, 6), "unmatched ')'"),
        ("x = 1\n\n$\n", Span(3, 1, 3, 2), "'$' is not a valid character in this position"),
        ("if a:\n    b\n  c\n", Span(3, 3, 3, 4), "no matching outer block for dedent"),
        ("x = '''a'''\ny = 'abc\n", Span(2, 5, 2, 6), "unterminated string literal"),
        ("x = f'{a'\n", Span(1, 5, 1, 6), "unterminated string literal"),
        ("x = 1\ny = '''abc\n", Span(2, 7, 2, 8), "unterminated triple-quoted string literal"),
        ("x = 1\ny = 08\n", Span(2, 1, 2, 7), re.compile("leading zeros in decimal integer literals")),
    ],
)
def test_says_where_and_why_the_syntax_is_wrong(text: str, span: Span, message: str | re.Pattern[str]) -> None:
    with pytest.raises(PythonSyntaxError) as caught:
        parse(Source("a.py", text))
    assert caught.value.span == span
    if isinstance(message, str):
        assert caught.value.message == message
    else:
        assert message.match(caught.value.message)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "\x0c\n", "try:\n  pass\nexcept A, B:\n  pass\n"])
def test_parses_what_is_python_of_any_version(text: str) -> None:
    source = Source("a.py", text)
    module = parse(source)
    assert [Spans(source, module).of(statement).line for statement in module.body] == [1] * len(module.body)
