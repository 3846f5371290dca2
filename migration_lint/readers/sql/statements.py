"""Each statement goes to the recogniser that its first words name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migration_lint.model.statements import DropTable, LockTable, Statement
from migration_lint.readers.sql import alter, blocks, indexes, objects, rows, session, tables
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens

Recogniser = Callable[[Tokens], Iterator[Statement]]


def recognise(cursor: Tokens) -> Iterator[Statement]:
    """What one statement asks for.

    Raises NotUnderstoodError, maybe after some statements: they stand, and what follows them is not known.
    """
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


def _create(cursor: Tokens) -> Iterator[Statement]:
    cursor.expect("CREATE")
    replace = cursor.accept("OR", "REPLACE") or cursor.accept("OR", "ALTER")
    cursor.accept_any("GLOBAL", "LOCAL")
    _definer(cursor)
    temporary = unlogged = unique = False
    method = None
    if cursor.looking_at("VECTOR", "INDEX"):
        raise NotUnderstoodError("what a VECTOR index costs is not known")
    if cursor.accept("VIRTUAL", "TABLE"):
        yield tables.virtual_table(cursor)
        return
    while word := cursor.accept_any("TEMP", "TEMPORARY", "UNLOGGED", "UNIQUE", "FULLTEXT", "SPATIAL"):
        temporary = temporary or word in ("TEMP", "TEMPORARY")
        unlogged = unlogged or word == "UNLOGGED"
        unique = unique or word == "UNIQUE"
        if word in ("FULLTEXT", "SPATIAL"):
            method = word.lower()
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
    if cursor.accept("TEMPORARY"):  # MySQL's: drops no other table, and temporary ones are gone with their session
        return session.harmless(cursor)
    if cursor.accept_any("TABLE", "TABLES") or cursor.accept("FOREIGN", "TABLE"):
        return tables.drop_table(cursor)
    if cursor.accept("INDEX"):
        return indexes.drop_index(cursor)
    if cursor.looking_at("PREPARE"):
        return session.harmless(cursor)
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
    if cursor.accept("USER"):
        raise NotUnderstoodError("it is about the server's accounts")
    if not cursor.accept_any("TABLE", "TABLES"):
        raise cursor.unexpected()
    return tables.rename_tables(cursor)


def _set(cursor: Tokens) -> Iterator[Statement]:
    if not cursor.looking_at("SET", "STATEMENT"):
        return session.set_variable(cursor)
    # MariaDB's SET STATEMENT variable = value FOR statement.
    cursor.until("FOR")
    cursor.expect("FOR")
    return recognise(cursor)


def _do(cursor: Tokens) -> Iterator[Statement]:
    if cursor.family == "mysql":
        # MySQL's DO evaluates expressions.
        cursor.expect("DO")
        return rows.query(cursor)
    return blocks.do_block(cursor, recognise)


def _prepare(cursor: Tokens) -> Iterator[Statement]:
    if cursor.looking_at("PREPARE", "TRANSACTION"):
        raise NotUnderstoodError("whoever commits the transaction decides what becomes of it")
    raise NotUnderstoodError("the statement is run elsewhere")


def _reindex(cursor: Tokens) -> Iterator[Statement]:
    cursor.expect("REINDEX")
    return indexes.reindex(cursor)


def _unlock(cursor: Tokens) -> Iterator[Statement]:
    # MySQL's UNLOCK TABLES: what LOCK TABLES took is let go, and nothing is taken instead.
    cursor.rest()
    yield LockTable((), "UNLOCK")


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
    "SET": _set,
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
    "DO": _do,
    "CALL": _not_seen("what the procedure does is not known"),
    "EXEC": _not_seen("what the procedure does is not known"),
    "EXECUTE": _not_seen("it runs a statement prepared elsewhere"),
    "PREPARE": _prepare,
    "REASSIGN": _not_seen("what the role owns is not known"),
    "IMPORT": _not_seen("it takes its tables from another server"),
}
