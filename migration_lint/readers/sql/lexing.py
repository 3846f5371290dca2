"""The words of one statement: sqlparse's lexer, an instance a dialect with that dialect's own rules.

sqlparse is imported only when a statement must be understood. Comments never reach the lexer: the splitter, which knows
how they nest and which of them the server executes, has blanked them out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from sqlparse.lexer import Lexer

Kind = Literal["word", "quoted", "string", "number", "parameter", "hole", "symbol", "end"]


class Token(NamedTuple):
    """`text` as written; `word` is the upper-case form of an unquoted word or a symbol, else empty. `start` and `end`
    are offsets in the text that was lexed."""

    kind: Kind
    text: str
    word: str
    start: int
    end: int


_STANDARD_STRING = r"'[^']*(?:''[^']*)*'"
_ESCAPE_STRING = r"'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'"
_QUOTED_NAME = r'"[^"]*(?:""[^"]*)*"'
_BACKTICK = r"`[^`]*(?:``[^`]*)*`"
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|0x[\da-f]+"
_WORD = r"[^\W\d](?:\w|\$(?!\{))*"
_PARAMETER = r"%\(\w+\)[sdb]|%[sdb]\b|\$\d+|(?<![:\w\]]):[^\W\d]\w*"
# Bounded, because a text with many openings and no end would be read again and again.
_HOLE = "|".join(
    (
        r"\{\{[^}]{0,300}\}\}",
        r"\$\{[^}]{0,300}\}",
        r"\{\w*\}",
        r"\{[^\W\d][\w.]*(?:![rsa])?(?::[^}]{0,100})?\}",
        r"<%=[^%]{0,300}%>",
    )
)
_TAG = r"\{%(?:[^%]|%(?!\})){0,300}%\}"
_SYMBOL = r"::|:=|->>|->|<=|>=|<>|!=|\|\||&&|[^\w\s]"


def words(text: str) -> frozenset[str]:
    """The words of a table that is written as text."""
    return frozenset(text.split())


@lru_cache(maxsize=8)
def _lexer(family: str) -> Lexer:
    """The lexer of a dialect, made when it is first needed."""
    from sqlparse.lexer import Lexer
    from sqlparse.tokens import Literal, Name, Number, Punctuation, String, Text, Whitespace

    backslashes = family == "mysql"
    rules = [
        (r"\s+", Whitespace),
        (_HOLE, Name.Hole),
        (_TAG, Text.Tag),
        (r"%%", Punctuation),
        (r"(?:[bxn]|_\w+\s*)?" + _ESCAPE_STRING if backslashes else r"e" + _ESCAPE_STRING, String.Single),
        (r"(?:[bxn]|u&)?" + _STANDARD_STRING, String.Single),
        (_ESCAPE_STRING.replace("'", '"') if backslashes else r"(?:u&)?" + _QUOTED_NAME, String.Symbol),
        (_WORD, Name),
        (_NUMBER, Number),
        (_BACKTICK, String.Symbol),
        (_PARAMETER, Name.Placeholder),
        (_SYMBOL, Punctuation),
    ]
    if family != "postgresql":
        # In PostgreSQL this is an operator.
        rules.insert(-1, (r"\?", Name.Placeholder))
    if family in ("postgresql", "generic"):
        # Newer releases of sqlparse find dollar quotes before they try any rule.
        rules.insert(1, (r"\$(\w*)\$[\s\S]*?\$\1\$", Literal))
    if family == "mysql":
        rules.insert(8, (r"@@?[\w.$]+", Name.Placeholder))
    if family in ("sqlite", "generic"):
        rules.insert(8, (r"(?<![\w\])])\[[^\]\[]+\]", String.Symbol))
    lexer = Lexer()
    lexer.set_SQL_REGEX(rules)  # type: ignore[no-untyped-call]
    return lexer


@lru_cache(maxsize=1)
def _kinds() -> dict[object, Kind | None]:
    """Our kind of each token type; white space and template tags are no tokens."""
    from sqlparse.tokens import Comment, Error, Literal, Name, Number, Punctuation, String, Text, Whitespace

    return {
        Whitespace: None,
        Text.Tag: None,
        Comment.Multiline: None,
        Comment.Multiline.Hint: None,
        Name: "word",
        Name.Hole: "hole",
        Name.Placeholder: "parameter",
        Literal: "string",
        String.Single: "string",
        String.Symbol: "quoted",
        Number: "number",
        Punctuation: "symbol",
        Error: "symbol",
    }


def tokens(text: str, family: str) -> list[Token]:
    """The tokens of a statement whose comments have been blanked out, closed by one of kind `end`."""
    kinds = _kinds()
    found: list[Token] = []
    position = 0
    for token_type, value in _lexer(family).get_tokens(text):  # type: ignore[no-untyped-call]
        end = position + len(value)
        kind = kinds[token_type]
        if kind is not None:
            word = value.upper() if kind in ("word", "symbol") else ""
            found.append(Token(kind, value, word, position, end))
        position = end
    found.append(Token("end", "", "", position, position))
    return found
