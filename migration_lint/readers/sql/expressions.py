"""What an SQL expression reads, calls and proves, as far as its words show it."""

from __future__ import annotations

from collections.abc import Sequence

from migration_lint.model.tables import Default
from migration_lint.readers.sql.cursor import Tokens
from migration_lint.readers.sql.lexing import Token, words

# Words that stand in an expression without being a column: PostgreSQL documentation, appendix C (reserved words), and
# those of the other engines that are reserved there.
_NOT_COLUMNS = words(
    """ALL AND ANY ARRAY AS ASC ASYMMETRIC AT BETWEEN BINARY BOTH BY CASE CAST COLLATE COLLATION DEFAULT DESC
    DISTINCT DIV ELSE END ESCAPE EXISTS FALSE FROM FOR GLOB GROUP HAVING ILIKE IN INTERVAL IS ISNULL JOIN
    LATERAL LEADING LEFT LIKE LIMIT MATCH MOD NOT NOTNULL NULL NULLS OF OFFSET ON OPERATOR OR ORDER OVER
    PARTITION RIGHT REGEXP RLIKE ROW SELECT SIMILAR SOME SYMMETRIC THEN TO TRAILING TRUE UNION UNKNOWN USING
    WHEN WHERE WITH XOR"""
)
NILADIC_FUNCTIONS = words(
    """CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER
    LOCALTIME LOCALTIMESTAMP SESSION_USER SYSTEM_USER USER"""
)
# Constructs written like a function call that call no function.
_NOT_FUNCTIONS = _NOT_COLUMNS | {"VALUES", "GROUPING"}
# `DATE '2020-01-01'`, `TIMESTAMP WITH TIME ZONE '…'`: the words before a constant that belong to its type.
_TYPE_PREFIXES = words(
    """DATE TIME TIMESTAMP TIMESTAMPTZ INTERVAL WITH WITHOUT ZONE DOUBLE PRECISION CHARACTER VARYING"""
)
_TYPE_CONTINUATIONS = words("""PRECISION VARYING WITH WITHOUT TIME ZONE UNSIGNED SIGNED""")


def columns_read(tokens: Sequence[Token], cursor: Tokens) -> frozenset[str] | None:
    """The columns that an expression over one table reads; None where a subquery or placeholder hides them."""
    columns = set()
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.word in ("SELECT", "WITH") and not _starts_with(tokens, index, "WITH", "TIME"):
            return None
        if token.kind == "hole":
            return None
        if token.word == "::" or _is_cast_type(tokens, index):
            index = _skip_type(tokens, index + 1)
            continue
        if token.word == "COLLATE":
            index = _skip_name(tokens, index + 1)
            continue
        if token.kind in ("word", "quoted"):
            last = _skip_name(tokens, index) - 1
            if _is_column(tokens, index, last):
                columns.add(cursor.fold(tokens[last]))
            index = last + 1
            continue
        index += 1
    return frozenset(columns)


def _starts_with(tokens: Sequence[Token], index: int, *words: str) -> bool:
    return [token.word for token in tokens[index : index + len(words)]] == list(words)


def _skip_name(tokens: Sequence[Token], index: int) -> int:
    """The index after the possibly qualified name at `index`."""
    index += 1
    while index + 1 < len(tokens) and tokens[index].word == "." and tokens[index + 1].kind in ("word", "quoted"):
        index += 2
    return index


def _is_cast_type(tokens: Sequence[Token], index: int) -> bool:
    """Whether the AS at `index` introduces a type: that of a CAST is the only one an expression has."""
    return tokens[index].word == "AS"


def _skip_type(tokens: Sequence[Token], index: int) -> int:
    """The index after the type that begins at `index`."""
    if index >= len(tokens):
        return index
    index = _skip_name(tokens, index)
    while index < len(tokens):
        if tokens[index].word in _TYPE_CONTINUATIONS:
            index += 1
        elif tokens[index].word in ("(", "["):
            while index < len(tokens) and tokens[index].word not in (")", "]"):
                index += 1
            index += 1
        else:
            break
    return index


def _is_column(tokens: Sequence[Token], index: int, last: int) -> bool:
    token = tokens[index]
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    if following is not None and following.word == "(":
        return False
    if token.kind == "quoted" or last > index:
        return True
    if token.word in _NOT_COLUMNS or token.word in NILADIC_FUNCTIONS:
        return False
    if token.word in _TYPE_PREFIXES and following is not None and following.kind == "string":
        return False
    if token.word in ("TIME", "ZONE") and index and tokens[index - 1].word in ("AT", "TIME", "WITH", "WITHOUT"):
        return False
    # EXTRACT(year FROM x), TRIM(both FROM x)
    return not (following is not None and following.word == "FROM" and index and tokens[index - 1].word == "(")


def functions_called(tokens: Sequence[Token], cursor: Tokens) -> tuple[str, ...]:
    """The functions an expression calls, lower case, without their schema, in order, each once."""
    functions: dict[str, None] = {}
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.word == "::" or _is_cast_type(tokens, index):
            index = _skip_type(tokens, index + 1)
            continue
        if token.kind in ("word", "quoted"):
            last = _skip_name(tokens, index) - 1
            called = last + 1 < len(tokens) and tokens[last + 1].word == "("
            is_function = called and token.word not in _NOT_FUNCTIONS
            if is_function or token.word in NILADIC_FUNCTIONS:
                functions[cursor.fold(tokens[last]).lower()] = None
            index = last + 1
            continue
        index += 1
    return tuple(functions)


def call_name(tokens: Sequence[Token], cursor: Tokens) -> str | None:
    """The function's name, without its schema, where the expression is one call and nothing else."""
    tokens = without_parentheses(tokens)
    if not tokens or tokens[0].kind not in ("word", "quoted"):
        return None
    opening = _skip_name(tokens, 0)
    if opening >= len(tokens) or tokens[opening].word != "(" or _closing(tokens[opening:]) != len(tokens) - 1 - opening:
        return None
    return cursor.fold(tokens[opening - 1])


def default_of(tokens: list[Token], cursor: Tokens) -> Default | None:
    """A DEFAULT's expression; NULL is no default."""
    if len(tokens) == 1 and tokens[0].word == "NULL":
        return None
    return Default(cursor.text(tokens), functions_called(tokens, cursor))


def without_parentheses(tokens: Sequence[Token]) -> Sequence[Token]:
    """The expression without parentheses around all of it."""
    while len(tokens) >= 2 and tokens[0].word == "(" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: Sequence[Token]) -> int:
    """The index of the bracket that closes the one at the beginning; -1 if none does."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.word in ("(", "["):
            depth += 1
        elif token.word in (")", "]"):
            depth -= 1
            if depth == 0:
                return index
    return -1


def operands(tokens: Sequence[Token], operator: str) -> list[Sequence[Token]]:
    """The expression split at an operator that stands outside brackets; BETWEEN's AND is none."""
    parts: list[Sequence[Token]] = []
    depth = start = between = 0
    for index, token in enumerate(tokens):
        if token.word in ("(", "[") or token.word == "CASE":
            depth += 1
        elif token.word in (")", "]") or token.word == "END":
            depth -= 1
        elif depth == 0 and token.word == "BETWEEN":
            between += 1
        elif depth == 0 and token.word == operator:
            if operator == "AND" and between:
                between -= 1
                continue
            parts.append(tokens[start:index])
            start = index + 1
    parts.append(tokens[start:])
    return parts


def not_null_columns(tokens: Sequence[Token], cursor: Tokens) -> frozenset[str]:
    """The columns that cannot be NULL in a row for which this CHECK expression is true or unknown.

    That is so for `x IS NOT NULL` and `NOT x IS NULL`, alone or joined to anything by AND: these are never unknown, and
    one false operand makes the whole false.
    """
    found = set()
    pending = [tokens]
    while pending:
        expression = without_parentheses(pending.pop())
        if len(operands(expression, "OR")) > 1:
            continue
        parts = operands(expression, "AND")
        if len(parts) > 1:
            pending += parts
        elif (column := _tested_not_null(expression)) is not None:
            found.add(cursor.fold(column))
    return frozenset(found)


def _tested_not_null(tokens: Sequence[Token]) -> Token | None:
    words = [token.word for token in tokens]
    if words[-3:] == ["IS", "NOT", "NULL"]:
        return _single_column(tokens[:-3])
    if words[-1:] == ["NOTNULL"]:
        return _single_column(tokens[:-1])
    if words[:1] == ["NOT"]:
        inner = without_parentheses(tokens[1:])
        if [token.word for token in inner[-2:]] == ["IS", "NULL"]:
            return _single_column(inner[:-2])
    return None


def _single_column(tokens: Sequence[Token]) -> Token | None:
    tokens = without_parentheses(tokens)
    if not tokens or _skip_name(tokens, 0) != len(tokens) or tokens[-1].kind not in ("word", "quoted"):
        return None
    return tokens[-1]


def is_null_test(tokens: Sequence[Token], cursor: Tokens) -> str | None:
    """The column of `x IS NULL`, if that is all the expression says."""
    tokens = without_parentheses(tokens)
    if [token.word for token in tokens[-2:]] == ["IS", "NULL"] and (column := _single_column(tokens[:-2])):
        return cursor.fold(column)
    return None


def always_true(tokens: Sequence[Token]) -> bool:
    """Whether a condition plainly limits nothing: `true`, `1`, `1 = 1`, `'a' = 'a'`, and such joined by AND, or to
    anything by OR."""
    # Every expression waits for all of its parts (AND) or one of them (OR); parts of parts are few, so a plain stack
    # of alternatives is enough: an AND is true when no part of it is left over.
    pending = [tokens]
    while pending:
        expression = without_parentheses(pending.pop())
        alternatives = operands(expression, "OR")
        if len(alternatives) > 1:
            if any(_is_tautology(part) for part in alternatives):
                continue
            return False
        parts = operands(expression, "AND")
        if len(parts) > 1:
            pending += parts
        elif not _is_tautology(expression):
            return False
    return True


def _is_tautology(tokens: Sequence[Token]) -> bool:
    tokens = without_parentheses(tokens)
    if len(tokens) == 1:
        token = tokens[0]
        return token.word == "TRUE" or (token.kind == "number" and token.text.strip("0.") != "")
    if len(tokens) == 3 and tokens[1].word in ("=", "<=", ">="):
        left, right = tokens[0], tokens[2]
        return left.kind == right.kind and left.kind in ("number", "string") and left.text == right.text
    if len(tokens) == 3 and tokens[1].word in ("<>", "!="):
        left, right = tokens[0], tokens[2]
        return left.kind == right.kind and left.kind in ("number", "string") and left.text != right.text
    return [token.word for token in tokens] in (["NOT", "FALSE"], ["TRUE", "IS", "TRUE"])
