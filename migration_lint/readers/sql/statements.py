"""SQL text -> commands: each statement goes to the recogniser that its first words name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from migration_lint.model.statements import Command, DropTable, Statement, Unanalysed
from migration_lint.model.values import Span
from migration_lint.readers.sql import alter, indexes, objects, rows, session, tables
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.lexing import tokens, words
from migration_lint.readers.sql.splitting import RawStatement, blanked, family, split

SpanOf = Callable[[int, int], Span]
Recogniser = Callable[[Tokens], Iterator[Statement]]

LONGEST_UNLEXED = 10_000_000
"""Texts of more characters than this are read by the heads of their statements only."""

_HEAD = 1_000  # characters; of a longer statement in a text that is too large only these are looked at
_BULK_HEAD = 8_000  # characters; of INSERT and COPY only these are lexed, the rows are passed over
_DEEPEST = 500  # brackets; nothing that was written by hand nests deeper

# psql's own commands that run something this reader does not see.
_HIDING_CLIENT_COMMANDS = {
    "\\i": "it reads another file",
    "\\ir": "it reads another file",
    "\\include": "it reads another file",
    "\\include_relative": "it reads another file",
    "\\!": "it runs a program",
    "\\gexec": "it runs the statements that the query before it returns",
    "\\if": "what follows runs only under a condition",
    "\\elif": "what follows runs only under a condition",
    "\\else": "what follows runs only under a condition",
}


def read_sql(text: str, dialect: str, span_of: SpanOf | None = None) -> Iterator[Command]:
    """The commands of `text`, one a statement, in order.

    `span_of` gives the span of two offsets in `text`; without it commands have no span. A statement that is not
    understood, or only in part, holds an `Unanalysed`; lines meant for a client that change nothing give no command.
    Of a text over `LONGEST_UNLEXED` only the heads of the statements are read.
    """
    reader = _Reader(text, dialect, span_of, heads_only=len(text) > LONGEST_UNLEXED)
    for raw in split(text, dialect):
        command = reader.command(raw)
        if command is not None:
            yield command


def read_statement(text: str, raw: RawStatement, dialect: str, span_of: SpanOf | None = None) -> Command | None:
    """The command of one statement that `split` found; None where there is nothing to run."""
    return _Reader(text, dialect, span_of, heads_only=False).command(raw)


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is the same for all statements of a text."""

    text: str
    dialect: str
    span_of: SpanOf | None
    heads_only: bool

    def command(self, raw: RawStatement) -> Command | None:
        span = self.span_of(raw.start, raw.end) if self.span_of else None
        sql = self.text[raw.start : raw.end]
        if raw.kind == "client":
            found = _client_command(sql, self.dialect)
            return Command(sql, found, span) if found else None
        if raw.kind == "empty":
            found = (Unanalysed("", raw.problem.message),) if raw.problem else ()
            return Command(sql, found, span) if found else None
        cursor = None
        if raw.problem is not None:
            found = (Unanalysed(_head(sql), raw.problem.message),)
        else:
            try:
                cursor = self._cursor(raw)
                found = tuple(_recognise(cursor))
            except NotUnderstoodError as error:
                found = (Unanalysed(_head(sql), str(error)),)
        algorithm = lock = None
        if cursor is not None:
            found += _holes(cursor)
            algorithm, lock = _online(cursor)
        return Command(sql, found, span, algorithm, lock)

    def _cursor(self, raw: RawStatement) -> Tokens:
        """The statement's tokens: all of them, or those of its head where it carries rows."""
        end = raw.end
        length = end - raw.start
        start = self.text[raw.start : raw.start + 8].upper()
        is_bulk = start.startswith(("INSERT", "REPLACE", "COPY"))
        if is_bulk and length > _BULK_HEAD:
            end = raw.start + _BULK_HEAD
        elif self.heads_only and length > _HEAD:
            head = _head(self.text[raw.start : raw.start + _HEAD])
            raise NotUnderstoodError(f"the text is too large, so only short statements are read ({head})")
        family_name = family(self.dialect)
        source = blanked(self.text, raw.start, end, raw.comments)
        return Tokens(tokens(source, family_name), family_name)


def _head(sql: str) -> str:
    """The leading words that name a statement."""
    words = sql[:200].replace("(", " (").split()
    return " ".join(words[:4])[:60]


def _recognise(cursor: Tokens) -> Iterator[Statement]:
    if cursor.at_end():
        return
    recogniser = _RECOGNISERS.get(cursor.current.word)
    if recogniser is None:
        raise NotUnderstoodError("a statement of this kind is not known")
    yield from recogniser(cursor)
    while cursor.family in ("mysql", "generic") and cursor.looking_at_any("ALGORITHM", "LOCK", "WAIT", "NOWAIT"):
        cursor.next()
        cursor.accept("=")
        if not cursor.at_end():
            cursor.next()
    if not cursor.at_end():
        raise cursor.unexpected()


def _holes(cursor: Tokens) -> tuple[Unanalysed, ...]:
    """The template placeholders of a statement, each once."""
    found = dict.fromkeys([token.text for token in cursor.tokens if token.kind == "hole"] + cursor.holes)
    return tuple(Unanalysed(hole, "a template fills this in") for hole in found)


def _online(cursor: Tokens) -> tuple[str | None, str | None]:
    """What MySQL's ALGORITHM= and LOCK= clauses ask for, wherever they stand."""
    found: dict[str, str] = {}
    if cursor.family in ("mysql", "generic") and cursor.tokens[0].word in ("ALTER", "CREATE", "DROP"):
        for token, sign, value in zip(cursor.tokens, cursor.tokens[1:], cursor.tokens[2:], strict=False):
            if token.word in ("ALGORITHM", "LOCK"):
                chosen = value if sign.word == "=" else sign
                if chosen.word in _ONLINE_VALUES:
                    found[token.word] = chosen.word
    return found.get("ALGORITHM"), found.get("LOCK")


_ONLINE_VALUES = words("""DEFAULT INSTANT NOCOPY INPLACE COPY NONE SHARED EXCLUSIVE""")


def _client_command(line: str, dialect: str) -> tuple[Statement, ...]:
    """What a psql command runs, as far as that is seen."""
    words = line.split()
    name = words[0].lower()
    if reason := _HIDING_CLIENT_COMMANDS.get(name):
        return (Unanalysed(line.strip()[:60], reason),)
    if name != "\\copy":
        return ()
    family_name = family(dialect)
    source = line[1:]
    try:
        return tuple(rows.copy(Tokens(tokens(source, family_name), family_name)))
    except NotUnderstoodError as error:
        return (Unanalysed(line.strip()[:60], str(error)),)


def _create(cursor: Tokens) -> Iterator[Statement]:
    cursor.expect("CREATE")
    replace = cursor.accept("OR", "REPLACE") or cursor.accept("OR", "ALTER")
    cursor.accept_any("GLOBAL", "LOCAL")
    _definer(cursor)
    temporary = unlogged = unique = False
    method = None
    while word := cursor.accept_any("TEMP", "TEMPORARY", "UNLOGGED", "UNIQUE", "FULLTEXT", "SPATIAL", "VIRTUAL"):
        temporary = temporary or word in ("TEMP", "TEMPORARY")
        unlogged = unlogged or word == "UNLOGGED"
        unique = unique or word == "UNIQUE"
        if word in ("FULLTEXT", "SPATIAL"):
            method = word.lower()
        elif word == "VIRTUAL":
            raise NotUnderstoodError("a virtual table's columns are its module's affair")
    if cursor.looking_at("FOREIGN", "TABLE"):
        raise NotUnderstoodError("a foreign table's columns belong to another server")
    if cursor.accept("TABLE"):
        if replace:
            # MariaDB's CREATE OR REPLACE TABLE drops the table that is there.
            yield DropTable(_peek_name(cursor), if_exists=True)
        yield from tables.create_table(cursor, temporary=temporary, unlogged=unlogged)
    elif cursor.accept("INDEX"):
        yield from indexes.create_index(cursor, unique=unique, method=method)
    else:
        yield from objects.create_object(cursor, replace=replace)


def _peek_name(cursor: Tokens) -> str:
    position = cursor.position
    name = cursor.name()
    cursor.position = position
    return name


def _definer(cursor: Tokens) -> None:
    """MySQL's ALGORITHM =, DEFINER = and SQL SECURITY before the kind of object."""
    while True:
        if cursor.looking_at("ALGORITHM", "="):
            cursor.position += 3
        elif cursor.accept("DEFINER", "="):
            while not cursor.looking_at_any(
                "SQL", "VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "AGGREGATE", "ROLE"
            ):
                cursor.next()
        elif cursor.accept("SQL", "SECURITY"):
            cursor.next()
        else:
            return


def _drop(cursor: Tokens) -> Iterator[Statement]:
    cursor.expect("DROP")
    cursor.accept_any("TEMPORARY")
    if cursor.accept_any("TABLE", "TABLES") or cursor.accept("FOREIGN", "TABLE"):
        return tables.drop_table(cursor)
    if cursor.accept("INDEX"):
        return indexes.drop_index(cursor)
    return objects.drop_object(cursor)


def _alter(cursor: Tokens) -> Iterator[Statement]:
    cursor.expect("ALTER")
    cursor.accept_any("ONLINE", "IGNORE")
    _definer(cursor)
    if cursor.accept("TABLE") or cursor.accept("FOREIGN", "TABLE"):
        return alter.alter_table(cursor)
    if cursor.accept("INDEX"):
        return indexes.alter_index(cursor)
    return objects.alter_object(cursor)


def _rename(cursor: Tokens) -> Iterator[Statement]:
    cursor.expect("RENAME")
    if not cursor.accept_any("TABLE", "TABLES"):
        raise cursor.unexpected()
    return tables.rename_tables(cursor)


def _reindex(cursor: Tokens) -> Iterator[Statement]:
    cursor.expect("REINDEX")
    return indexes.reindex(cursor)


def _unlock(cursor: Tokens) -> Iterator[Statement]:
    # MySQL's UNLOCK TABLES lets go of what LOCK TABLES took; nothing commits.
    return session.harmless(cursor)


def _not_seen(reason: str) -> Recogniser:
    def recognise(cursor: Tokens) -> Iterator[Statement]:
        raise NotUnderstoodError(reason)

    return recognise


_RECOGNISERS: dict[str, Recogniser] = {
    "ALTER": _alter,
    "CREATE": _create,
    "DROP": _drop,
    "RENAME": _rename,
    "REINDEX": _reindex,
    "COMMENT": objects.comment,
    "GRANT": objects.grant,
    "REVOKE": objects.grant,
    "INSERT": rows.insert,
    "REPLACE": rows.insert,
    "UPDATE": rows.update,
    "DELETE": rows.delete,
    "MERGE": rows.merge,
    "TRUNCATE": rows.truncate,
    "COPY": rows.copy,
    "LOAD": rows.load_data,
    "SELECT": rows.query,
    "VALUES": rows.query,
    "TABLE": rows.query,
    "(": rows.query,
    "WITH": rows.with_query,
    "SET": session.set_variable,
    "RESET": session.reset,
    "PRAGMA": session.pragma,
    "LOCK": session.lock,
    "UNLOCK": _unlock,
    "BEGIN": session.transaction,
    "START": session.transaction,
    "COMMIT": session.transaction,
    "END": session.transaction,
    "ROLLBACK": session.transaction,
    "ABORT": session.transaction,
    "SAVEPOINT": session.transaction,
    "RELEASE": session.transaction,
    "VACUUM": session.vacuum,
    "ANALYZE": session.vacuum,
    "ANALYSE": session.vacuum,
    "CLUSTER": session.cluster,
    "OPTIMIZE": session.optimize,
    "REFRESH": session.refresh,
    "EXPLAIN": session.explain,
    "DESCRIBE": session.harmless,
    "DESC": session.harmless,
    "SHOW": session.harmless,
    "USE": session.harmless,
    "NOTIFY": session.harmless,
    "LISTEN": session.harmless,
    "UNLISTEN": session.harmless,
    "DISCARD": session.harmless,
    "DEALLOCATE": session.harmless,
    "CLOSE": session.harmless,
    "DECLARE": session.harmless,
    "FETCH": session.harmless,
    "MOVE": session.harmless,
    "CHECKPOINT": session.harmless,
    "FLUSH": session.harmless,
    "PRINT": session.harmless,
    "SECURITY": session.harmless,
    "DO": _not_seen("what the block does is not looked into"),
    "CALL": _not_seen("what the procedure does is not known"),
    "EXEC": _not_seen("what the procedure does is not known"),
    "EXECUTE": _not_seen("it runs a statement prepared elsewhere"),
    "PREPARE": _not_seen("the statement is run elsewhere"),
    "IMPORT": _not_seen("it takes its tables from another server"),
}
