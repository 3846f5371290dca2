"""A cursor over the tokens of one statement, and the one exception that recognisers raise."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

from migration_lint.readers.sql.lexing import Token

T = TypeVar("T")

_OPENING = frozenset("([")
_CLOSING = frozenset(")]")


class NotUnderstoodError(Exception):
    """What a recogniser met that it does not know; `str()` is the reason a user reads."""


class Tokens:
    """Tokens read from left to right.

    Words are compared without regard to case and only where they stand unquoted. `holes` collects the placeholders
    that stood where a name was needed.
    """

    def __init__(self, tokens: list[Token], family: str, holes: list[str] | None = None) -> None:
        self.tokens = tokens
        self.family = family
        self.holes = [] if holes is None else holes
        self.position = 0

    @property
    def current(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.position]

    def depth(self) -> int:
        """How deep brackets nest in the whole statement."""
        deepest = depth = 0
        for token in self.tokens:
            if token.word in _OPENING:
                depth += 1
                deepest = max(deepest, depth)
            elif token.word in _CLOSING:
                depth -= 1
        return deepest

    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self.tokens[self.position].kind == "end"

    def next(self) -> Token:
        """Read one token, whatever it is."""
        token = self.tokens[self.position]
        if token.kind == "end":
            raise NotUnderstoodError("the statement ends too early")
        self.position += 1
        return token

    def looking_at(self, *words: str, offset: int = 0) -> bool:
        """Whether these words and symbols come next, `offset` tokens further on."""
        position = self.position + offset
        tokens = self.tokens
        for word in words:
            if position >= len(tokens) or tokens[position].word != word:
                return False
            position += 1
        return True

    def looking_at_any(self, *words: str) -> bool:
        """Whether one of these words or symbols comes next."""
        return self.tokens[self.position].word in words

    def accept(self, *words: str) -> bool:
        """Read these words and symbols if they come next."""
        if self.looking_at(*words):
            self.position += len(words)
            return True
        return False

    def accept_any(self, *words: str) -> str | None:
        """Read the one of these words or symbols that comes next, if any does."""
        word = self.tokens[self.position].word
        if word and word in words:
            self.position += 1
            return word
        return None

    def expect(self, *words: str) -> None:
        """Read these words and symbols; raises NotUnderstoodError if something else comes."""
        for word in words:
            if not self.accept(word):
                raise self.unexpected(f"expected {word}")

    def unexpected(self, wanted: str = "") -> NotUnderstoodError:
        """The error for what comes next."""
        found = (
            f"“{self.current.text[:40]}” was not understood" if not self.at_end() else "the statement ends too early"
        )
        return NotUnderstoodError(f"{found} ({wanted})" if wanted else found)

    def fold(self, token: Token) -> str:
        """The name a token stands for: unquoted, and in lower case where the database folds it so."""
        text = token.text
        if token.kind == "quoted":
            if text[:2].upper() == "U&":
                text = text[2:]
            quote = "]" if text[0] == "[" else text[0]
            return text[1:-1].replace(quote * 2, quote)
        if token.kind == "word" and self.family in ("postgresql", "generic"):
            return text.lower()
        return text

    def at_name(self) -> bool:
        """Whether a name, or a template placeholder in its place, comes next."""
        return self.current.kind in ("word", "quoted", "hole", "parameter")

    def identifier(self) -> str:
        """Read one name without a schema. A name may be glued together from placeholders and words."""
        if not self.at_name():
            raise self.unexpected("expected a name")
        token = self.next()
        if token.kind in ("hole", "parameter"):
            self.holes.append(token.text)
        name = self.fold(token)
        while self._is_glued(token, self.current):
            token = self.next()
            name += token.text
        return name

    def _is_glued(self, left: Token, right: Token) -> bool:
        """`{{ prefix }}_users` is one name."""
        kinds = ("word", "hole", "parameter", "number")
        return left.end == right.start and "hole" in (left.kind, right.kind) and {left.kind, right.kind} <= set(kinds)

    def name(self) -> str:
        """Read a name with its schema, if one is written: `schema.name`.

        PostgreSQL's `public` is where names without a schema are looked up and made unless somebody sets another
        search_path (https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PUBLIC), so `public.book` and
        `book` are one table: the schema is left out.
        """
        name = self.identifier()
        if name == "public" and self.family in ("postgresql", "generic") and self._at_qualified():
            self.next()
            name = self.identifier()
        while self._at_qualified():
            self.next()
            name += "." + self.identifier()
        return name

    def _at_qualified(self) -> bool:
        """Whether a dot and a name come next."""
        return self.looking_at(".") and self.tokens[self.position + 1].kind in ("word", "quoted", "hole", "parameter")

    def list_of(self, read: Callable[[], T]) -> list[T]:
        """Read one or more, separated by commas."""
        found = [read()]
        while self.accept(","):
            found.append(read())
        return found

    def column_list(self) -> tuple[str, ...]:
        """Read `(a, b, …)`."""
        self.expect("(")
        names = self.list_of(self.identifier)
        self.expect(")")
        return tuple(names)

    def name_list(self) -> tuple[str, ...]:
        """Read `(schema.a, b, …)`."""
        self.expect("(")
        names = [] if self.looking_at(")") else self.list_of(self.name)
        self.expect(")")
        return tuple(names)

    def until(self, *stops: str) -> list[Token]:
        """Read up to one of these words or symbols outside brackets, or to the end, or to a closing bracket."""
        start = self.position
        depth = 0
        tokens = self.tokens
        while (token := tokens[self.position]).kind != "end":
            if token.word in _CLOSING:
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0 and token.word in stops and token.word:
                break
            elif token.word in _OPENING:
                depth += 1
            self.position += 1
        return tokens[start : self.position]

    def parenthesised(self) -> list[Token]:
        """Read `( … )` and return what stands between."""
        self.expect("(")
        inner = self.until()
        self.expect(")")
        return inner

    def text(self, tokens: list[Token]) -> str:
        """The source of consecutive tokens, white space made single spaces outside strings."""
        if not tokens:
            return ""
        pieces = [tokens[0].text]
        for before, token in pairwise(tokens):
            if token.start > before.end:
                pieces.append(" ")
            pieces.append(token.text)
        return "".join(pieces)

    def rest(self) -> list[Token]:
        """Read everything that is left."""
        rest = self.tokens[self.position : -1]
        self.position = len(self.tokens) - 1
        return rest

    def part(self, tokens: list[Token]) -> Tokens:
        """A cursor over some of the tokens."""
        end = tokens[-1].end if tokens else self.current.start
        return Tokens([*tokens, Token("end", "", "", end, end)], self.family, self.holes)
