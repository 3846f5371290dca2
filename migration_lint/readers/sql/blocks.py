"""DO blocks: the statements of a PL/pgSQL body, as far as they stand there plainly.

Which branches run is decided when the block runs. All of them are read, because a change that may happen is a change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migration_lint.model.statements import Query, Statement, Unanalysed
from migration_lint.readers.sql import rows
from migration_lint.readers.sql.columns import string_value
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.lexing import tokens
from migration_lint.readers.sql.splitting import blanked, split

Recogniser = Callable[[Tokens], Iterator[Statement]]

_CONDITIONS = ("IF", "ELSIF", "ELSEIF", "WHEN")
_LOOPS = ("FOR", "FOREACH", "WHILE")
_HARMLESS = ("NULL", "RAISE", "RETURN", "EXIT", "CONTINUE", "GET", "OPEN", "CLOSE", "FETCH", "MOVE", "ASSERT")


def do_block(cursor: Tokens, recognise: Recogniser) -> Iterator[Statement]:
    """Read DO; `recognise` reads the statements inside."""
    cursor.expect("DO")
    language = "plpgsql"
    body = None
    while not cursor.at_end():
        if cursor.accept("LANGUAGE"):
            language = cursor.identifier().lower()
        elif cursor.current.kind == "string":
            body = _body(cursor.next().text)
        else:
            raise cursor.unexpected()
    if body is None:
        raise NotUnderstoodError("the statement ends too early")
    if language != "plpgsql":
        raise NotUnderstoodError(f"what the block does in {language} is not looked into")
    found = False
    for statement in _Block(recognise).statements(body):
        if not isinstance(statement, Query):
            found = True
            yield statement
    if not found:
        yield Query()


def _body(text: str) -> str:
    """What a dollar-quoted or plain string holds."""
    if text.startswith("$"):
        tag = text[: text.index("$", 1) + 1]
        return text[len(tag) : -len(tag)]
    return string_value(text)


class _Block:
    """One pass over a body. `declaring` is set between DECLARE and BEGIN."""

    def __init__(self, recognise: Recogniser) -> None:
        self.recognise = recognise
        self.declaring = False

    def statements(self, body: str) -> Iterator[Statement]:
        for raw in split(body, "postgresql"):
            if raw.kind != "sql":
                continue
            source = blanked(body, raw.start, raw.end, raw.comments)
            if raw.problem is not None:
                yield Unanalysed(_head(source), raw.problem.message)
                continue
            piece = Tokens(tokens(source, "postgresql"), "postgresql")
            try:
                if self._reach_statement(piece):
                    source = source[piece.current.start :]
                    yield from self._statement(piece, source)
            except NotUnderstoodError as error:
                yield Unanalysed(_head(source), str(error))

    def _reach_statement(self, piece: Tokens) -> bool:
        """Pass what stands before a statement: BEGIN, IF … THEN, FOR … LOOP, labels. False if none comes."""
        while not piece.at_end():
            if piece.accept("DECLARE"):
                self.declaring = True
            elif piece.accept("BEGIN"):
                self.declaring = False
            elif self.declaring or piece.accept("END"):
                return False
            elif piece.accept_any(*_CONDITIONS):
                piece.until("THEN")
                piece.expect("THEN")
            elif piece.accept_any(*_LOOPS):
                piece.until("LOOP")
                piece.expect("LOOP")
            elif piece.accept("CASE"):
                piece.until("WHEN")
            elif piece.accept("<", "<"):
                piece.identifier()
                piece.expect(">", ">")
            elif not piece.accept_any("ELSE", "LOOP", "EXCEPTION"):
                return not piece.looking_at_any(*_HARMLESS)
        return False

    def _statement(self, piece: Tokens, source: str) -> Iterator[Statement]:
        if piece.accept("PERFORM"):
            yield from rows.query(piece)
        elif piece.accept("EXECUTE"):
            yield from self._execute(piece, source)
        elif piece.looking_at("SELECT"):
            # INTO names a variable here, not a table.
            yield Query(rows.tables_read(piece.rest(), piece))
        elif not self._is_assignment(piece):
            yield from self._plain(piece)

    def _plain(self, piece: Tokens) -> Iterator[Statement]:
        if piece.looking_at("DO"):
            raise NotUnderstoodError("a block inside a block is not looked into")
        yield from self.recognise(piece)

    def _execute(self, piece: Tokens, source: str) -> Iterator[Statement]:
        """EXECUTE of a constant runs what it says; anything else is put together when it runs."""
        text = piece.current
        if text.kind == "string":
            piece.next()
            if piece.at_end() or piece.looking_at_any("USING", "INTO"):
                body = _body(text.text)
                for raw in split(body, "postgresql"):
                    inner = blanked(body, raw.start, raw.end, raw.comments)
                    yield from self._plain(Tokens(tokens(inner, "postgresql"), "postgresql"))
                return
        yield Unanalysed(_head(source), "it runs a statement that is put together when it runs")

    def _is_assignment(self, piece: Tokens) -> bool:
        start = piece.position
        if piece.at_name():
            piece.name()
            if piece.looking_at("["):
                piece.until(":=", "=")
            if piece.looking_at_any(":=", "="):
                return True
        piece.position = start
        return False


def _head(source: str) -> str:
    """The leading words of one statement of a block."""
    return "DO: " + " ".join(source[:200].split()[:6])[:60]
