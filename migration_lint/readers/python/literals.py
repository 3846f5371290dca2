"""The values of Python's string and number literals."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

import libcst as cst


def split_literal(source: str) -> tuple[str, str, str]:
    """Prefix (lower case), quote and body of a string literal."""
    start = 0
    while source[start] not in "\"'":
        start += 1
    prefix, rest = source[:start].lower(), source[start:]
    quote = rest[:3] if rest[:3] in ('"""', "'''") and len(rest) >= 6 else rest[0]
    return prefix, quote, rest[len(quote) : -len(quote)]


def string_value(source: str) -> tuple[str | bytes | None, bool]:
    """What a string literal stands for (None if it is not valid), and whether that is its body letter by letter."""
    prefix, quote, body = split_literal(source)
    if "b" in prefix:
        value = decode(source)
        return (value if isinstance(value, bytes) else None), False
    text = body.replace("\r\n", "\n").replace("\r", "\n") if "\r" in body else body
    if "\\" not in body or "r" in prefix:
        return text, text == body
    decoded = decode(quote + body + quote)
    return (decoded if isinstance(decoded, str) else None), False


@lru_cache(maxsize=4096)
def decode(literal: str) -> object:
    """The value of a literal, None if it is not a valid one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes such as "\d" are the author's affair
        try:
            return ast.literal_eval(literal)
        except (ValueError, SyntaxError, MemoryError):
            return None


def number_value(node: cst.Integer | cst.Float) -> int | float | None:
    """The value of a number; None where Python refuses it (an integer of more than 4,300 digits)."""
    value = decode(node.value)
    return value if isinstance(value, (int, float)) else None
