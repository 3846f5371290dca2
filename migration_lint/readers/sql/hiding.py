"""What can hide a semicolon in each dialect, as one compiled pattern."""

from __future__ import annotations

import re
from functools import lru_cache


def family(dialect: str) -> str:
    """The dialect whose lexical rules `dialect` follows."""
    if dialect == "mariadb":
        return "mysql"
    return dialect if dialect in ("postgresql", "mysql", "sqlite") else "generic"


# Every alternative begins with a literal character, so that the regular expression engine skips to the next candidate
# with one character set; a quote that is never closed matches alone.
_STANDARD_STRING = r"'[^']*'|'"
_ESCAPE_STRING = r"'[^'\\]*(?:\\.[^'\\]*)*'|'"
_POSTGRESQL_STRING = (
    r"'(?:(?:(?<=[^\w$][eE]')|(?<=\A[eE]'))[^'\\]*(?:\\.[^'\\]*)*'|(?<![^\w$][eE]')(?<!\A[eE]')[^']*')|'"
)
_QUOTED_NAME = r'"[^"]*"|"'
_ESCAPE_NAME = r'"[^"\\]*(?:\\.[^"\\]*)*"|"'
_BACKTICK = r"`[^`]*`|`"
_BRACKETS = r"\[[^\]]*\]"
_BRACKETS_OR_ARRAY = r"\[[A-Za-z_][^\]\[\n'\"]*\]"
_LINE_COMMENT = r"--[^\r\n]*"  # a carriage return alone ends it as well: `non_newline` in PostgreSQL's scan.l
_SQLITE_LINE_COMMENT = r"--[^\n]*"
# MySQL wants white space or a control character after the dashes; its client wants none at the start of a statement.
_MYSQL_LINE_COMMENT = r"--(?:(?=[\s\x00-\x1f]|\Z)|(?<![^\n]--))[^\n]*|#[^\n]*"
_HASH_LINE_COMMENT = r"#(?<![^\n]#)(?![>\-#=])[^\n]*"
_COMMENT = r"/\*"
_CONDITIONAL_COMMENT = r"/\*M?!\d*|/\*|\*/(?!\*)"
_DOLLAR_QUOTE = r"\$(?<![\w$]\$)(?:[^\W\d]\w*)?\$"
_META_COMMAND = r"\\[A-Za-z.!?][^\n]*"
_DELIMITER_LINE = r"\n[ \t]*(?i:delimiter)[ \t]+\S[^\n]*"
_GO_LINE = r"\n[ \t]*[gG][oO][ \t]*(?:\d+[ \t]*)?\r?(?=\n|\Z)"
_SLASH_LINE = r"\n[ \t]*/[ \t]*\r?(?=\n|\Z)"  # SQL*Plus runs what stands before it
_DOT_LINE = r"\n\.[A-Za-z][^\n]*"  # of sqlite3's shell
# Bounded, because a text with many openings and no end would be read again and again.
_TEMPLATE = r"\{(?:\{[^}]{0,300}\}\}|%(?:[^%]|%(?!\})){0,300}%\}|#(?:[^#]|#(?!\})){0,300}#\})"

_TOKENS = {
    "postgresql": (
        _POSTGRESQL_STRING,
        _QUOTED_NAME,
        _LINE_COMMENT,
        _COMMENT,
        _DOLLAR_QUOTE,
        _META_COMMAND,
        _GO_LINE,
        _TEMPLATE,
    ),
    "mysql": (
        _ESCAPE_STRING,
        _ESCAPE_NAME,
        _BACKTICK,
        _MYSQL_LINE_COMMENT,
        _CONDITIONAL_COMMENT,
        _DELIMITER_LINE,
        _GO_LINE,
        _TEMPLATE,
    ),
    "sqlite": (
        _STANDARD_STRING,
        _QUOTED_NAME,
        _BACKTICK,
        _BRACKETS,
        _SQLITE_LINE_COMMENT,
        _COMMENT,
        _GO_LINE,
        _DOT_LINE,
        _TEMPLATE,
    ),
    "generic": (
        _POSTGRESQL_STRING,
        _QUOTED_NAME,
        _BACKTICK,
        _BRACKETS_OR_ARRAY,
        _LINE_COMMENT,
        _HASH_LINE_COMMENT,
        _CONDITIONAL_COMMENT,
        _DOLLAR_QUOTE,
        _META_COMMAND,
        _DELIMITER_LINE,
        _GO_LINE,
        _SLASH_LINE,
        _DOT_LINE,
        _TEMPLATE,
    ),
}
_CLIENT_LINES = (_DELIMITER_LINE, _GO_LINE, _SLASH_LINE, _DOT_LINE)
CLIENT_LINE_AT_START = {
    family: re.compile("|".join(token[2:] for token in tokens if token in _CLIENT_LINES))
    for family, tokens in _TOKENS.items()
}
_BODY_WORDS = {
    "postgresql": r"(?<![\w.$])(?:begin(?=\s+atomic\b)|case|end)\b",
    "mysql": r"(?<![\w.$@])(?:begin\b(?!\s*(?:[=,.)+*/<>-]|from\b|as\b|tran))|case\b"
    r"|end\b(?:\s+(?:if|loop|while|repeat|for|case)\b)?)",
}


@lru_cache(maxsize=64)
def hiding_pattern(family: str, delimiter: str, body: bool) -> re.Pattern[str]:
    """What to look at; `body` adds the words and parentheses that keep a routine's statements together."""
    alternatives = [re.escape(delimiter), *_TOKENS[family]]
    if body:
        words = _BODY_WORDS["postgresql" if family == "postgresql" else "mysql"]
        alternatives += [r"[()]", f"(?i:{words})"]
    return re.compile("|".join(alternatives), re.DOTALL)
