"""CREATE TABLE and DROP TABLE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from migration_lint.model.statements import CreateTable, DropTable, RenameTable, Statement
from migration_lint.model.tables import Column, Constraint, Index, PrimaryKey, Table
from migration_lint.readers.sql.columns import read_definition, string_value
from migration_lint.readers.sql.constraints import (
    at_constraint,
    index_of,
    read_attributes,
    read_constraint,
    read_keys,
)
from migration_lint.readers.sql.cursor import Tokens
from migration_lint.readers.sql.lexing import words
from migration_lint.readers.sql.naming import DefaultNames

_INDEX_WORDS = ("INDEX", "KEY", "FULLTEXT", "SPATIAL", "VECTOR")
_TABLE_OPTIONS = words(
    """ENGINE TYPE AUTO_INCREMENT AUTOEXTEND_SIZE AVG_ROW_LENGTH CHECKSUM COLLATE COMMENT COMPRESSION CONNECTION
    DELAY_KEY_WRITE ENCRYPTED ENCRYPTION ENCRYPTION_KEY_ID ENGINE_ATTRIBUTE IETF_QUOTES INSERT_METHOD KEY_BLOCK_SIZE
    MAX_ROWS MIN_ROWS PACK_KEYS PAGE_CHECKSUM PAGE_COMPRESSED PAGE_COMPRESSION_LEVEL PASSWORD ROW_FORMAT
    SECONDARY_ENGINE SECONDARY_ENGINE_ATTRIBUTE SEQUENCE STATS_AUTO_RECALC STATS_PERSISTENT STATS_SAMPLE_PAGES STORAGE
    TABLESPACE TABLE_CHECKSUM TRANSACTIONAL UNION"""
)
"""MySQL 8.4 manual 15.1.20.1 (table_option), MariaDB's CREATE TABLE."""
_COLUMN_OPTIONS = ("DEFAULT", "NOT", "NULL", "CHECK", "CONSTRAINT", "GENERATED", "PRIMARY", "UNIQUE", "REFERENCES")


@dataclass(slots=True)
class _Contents:
    """What stands between the parentheses; `complete` is False where columns come from another table."""

    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    complete: bool = True


def create_table(cursor: Tokens, *, temporary: bool, unlogged: bool) -> Iterator[Statement]:
    """Read what follows CREATE … TABLE."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.name()
    names = DefaultNames(name, cursor.family)
    contents = _Contents()
    partition_of = None
    if cursor.accept("PARTITION", "OF"):
        partition_of = cursor.name()
        contents.complete = False
    elif cursor.accept("OF") or cursor.accept("LIKE"):
        cursor.name()
        contents.complete = False
    if _at_column_names(cursor):
        cursor.column_list()  # the columns of AS SELECT get these names
    elif cursor.looking_at("(") and not cursor.looking_at("SELECT", offset=1):
        _read_contents(cursor, name, names, contents)
    table = Table(name, contents.columns, contents.indexes, contents.constraints, unlogged=unlogged)
    table, as_select = _read_options(cursor, replace(table, partition_of=partition_of, complete=contents.complete))
    yield CreateTable(table, if_not_exists, temporary, unlogged, as_select)


def virtual_table(cursor: Tokens) -> Statement:
    """Read what follows SQLite's CREATE VIRTUAL TABLE: its columns are its module's affair."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.name()
    cursor.expect("USING")
    cursor.rest()
    return CreateTable(Table(name, {}, complete=False), if_not_exists)


def _at_column_names(cursor: Tokens) -> bool:
    """Whether names without types come next: `CREATE TABLE t (a, b) AS SELECT …`."""
    if not cursor.looking_at("(") or cursor.family != "postgresql":
        return False
    return cursor.looking_at(",", offset=2) or cursor.looking_at(")", "AS", offset=2)


def _read_contents(cursor: Tokens, table: str, names: DefaultNames, contents: _Contents) -> None:
    cursor.expect("(")
    if cursor.accept(")"):
        return
    while True:
        _read_element(cursor, table, names, contents)
        if not cursor.accept(","):
            # SQLite wants no comma between table constraints.
            if cursor.family == "sqlite" and at_constraint(cursor):
                continue
            break
    cursor.expect(")")
    for constraint in contents.constraints.values():
        if isinstance(constraint, PrimaryKey):
            for column in constraint.columns:
                if column in contents.columns:
                    contents.columns[column] = replace(contents.columns[column], nullable=False)


def _read_element(cursor: Tokens, table: str, names: DefaultNames, contents: _Contents) -> None:
    if cursor.looking_at("LIKE") and cursor.family != "sqlite":
        cursor.next()
        cursor.until(",")
        contents.complete = False
    elif at_index(cursor):
        index = read_index(cursor, table, names)
        contents.indexes[index.name] = index
    elif at_constraint(cursor):
        constraint, _ = read_constraint(cursor, table, names)
        if isinstance(constraint, Index):
            contents.indexes[constraint.name] = constraint
        else:
            contents.constraints[constraint.name] = constraint
    elif cursor.current.word == "PERIOD" and cursor.looking_at("FOR", offset=1):
        cursor.until(",")
    elif not contents.complete and _at_options(cursor):
        # A column of a typed table or of a partition: only its options are given.
        cursor.until(",")
    else:
        definition = read_definition(cursor, names)
        contents.columns[definition.column.name] = definition.column
        for added in definition.constraints:
            contents.constraints[added.name] = added


def _at_options(cursor: Tokens) -> bool:
    """Whether a column without a type comes next."""
    following = cursor.tokens[cursor.position + 1].word
    return cursor.looking_at("WITH", "OPTIONS", offset=1) or following in _COLUMN_OPTIONS


def at_index(cursor: Tokens) -> bool:
    """Whether MySQL's INDEX or KEY comes next, not a column of such a name."""
    if cursor.family not in ("mysql", "generic") or not cursor.looking_at_any(*_INDEX_WORDS):
        return False
    word = cursor.current.word
    if word in ("FULLTEXT", "SPATIAL"):
        return True
    if word == "VECTOR":
        return cursor.looking_at("INDEX", offset=1) or cursor.looking_at("KEY", offset=1)
    if cursor.looking_at("(", offset=1) or cursor.looking_at("USING", offset=1):
        return True
    if cursor.looking_at("IF", "NOT", "EXISTS", offset=1):
        return True
    return (cursor.looking_at("(", offset=2) and cursor.family == "mysql") or cursor.looking_at("USING", offset=2)


def read_index(cursor: Tokens, table: str, names: DefaultNames) -> Index:
    """Read MySQL's `[FULLTEXT|SPATIAL|VECTOR] INDEX name (keys) options`."""
    word = cursor.next().word
    method = word.lower() if word in ("FULLTEXT", "SPATIAL", "VECTOR") else None
    if method:
        cursor.accept_any("INDEX", "KEY")
    cursor.accept("IF", "NOT", "EXISTS")
    name = None if cursor.looking_at_any("(", "USING") else names.take(cursor.identifier())
    if cursor.accept("USING"):
        method = cursor.next().text.lower()
    keys = read_keys(cursor)
    attributes = read_attributes(cursor)
    attributes.method = method or attributes.method
    return index_of(
        name or names.index([key.label for key in keys]), table, keys, attributes, unique=False, cursor=cursor
    )


def _read_options(cursor: Tokens, table: Table) -> tuple[Table, bool]:
    """Read what follows the columns; the flag says that rows come from a SELECT."""
    while not cursor.at_end():
        if cursor.accept("FOR", "VALUES") or cursor.accept("DEFAULT", "PARTITION"):
            cursor.until("PARTITION", "WITH", "TABLESPACE", "USING")
        elif cursor.accept("PARTITION", "BY"):
            cursor.until("WITH", "TABLESPACE", "USING", "AS", "SELECT") if cursor.family != "mysql" else cursor.rest()
            table = replace(table, partitioned=True)
        elif cursor.accept("INHERITS"):
            inherited = cursor.name_list()
            table = replace(table, complete=table.complete and not inherited)
        elif cursor.looking_at("WITH", "("):
            cursor.next()
            cursor.parenthesised()
        elif cursor.accept("ON", "COMMIT"):
            cursor.until("AS", "TABLESPACE")
        elif cursor.accept_any("TABLESPACE", "USING"):
            cursor.identifier()
        elif cursor.accept("WITH", "SYSTEM", "VERSIONING"):
            continue
        elif cursor.looking_at_any("AS", "SELECT", "WITH", "(", "IGNORE", "REPLACE", "EXECUTE", "TABLE", "VALUES"):
            cursor.rest()
            return replace(table, complete=False), True
        elif cursor.accept("WITHOUT", "ROWID") or cursor.accept("WITHOUT", "OIDS") or cursor.accept_any("STRICT", ","):
            continue
        elif table.partition_of is not None and cursor.accept("DEFAULT"):
            table = replace(table, default_partition=True)
        else:
            table = _read_table_option(cursor, table)
    return table, False


def _read_table_option(cursor: Tokens, table: Table) -> Table:
    """One of MySQL's `NAME = value`."""
    option, value = read_table_option(cursor)
    if option == "charset":
        return replace(table, charset=value)
    if option == "row_format":
        return replace(table, row_format=value)
    if option == "comment":
        return replace(table, comment=value)
    return table


def read_table_option(cursor: Tokens) -> tuple[str, str]:
    """Read one of MySQL's table options: its name in lower case (`charset` for CHARACTER SET), and its value.

    The equals sign may be left out after the names that the servers know; a storage engine's own need it
    (https://mariadb.com/kb/en/create-table/#table-options).
    """
    cursor.accept("DEFAULT")
    if cursor.accept("CHARACTER", "SET") or cursor.accept("CHARSET"):
        name = "charset"
    elif cursor.accept("DATA", "DIRECTORY") or cursor.accept("INDEX", "DIRECTORY"):
        name = "directory"
    elif cursor.current.kind == "word":
        if cursor.current.word not in _TABLE_OPTIONS and not cursor.looking_at("=", offset=1):
            raise cursor.unexpected()
        name = cursor.next().text.lower()
    else:
        raise cursor.unexpected()
    cursor.accept("=")
    if cursor.looking_at("("):
        return name, cursor.text(cursor.parenthesised())
    token = cursor.next()
    if token.kind not in ("word", "quoted", "string", "number", "hole", "parameter"):
        cursor.position -= 1
        raise cursor.unexpected()
    value = string_value(token.text) if token.kind == "string" else cursor.fold(token)
    if token.kind == "number" and cursor.current.start == token.end and cursor.current.kind == "word":
        value += cursor.next().text  # 4M
    return name, value.lower() if name in ("charset", "collate") else value


def drop_table(cursor: Tokens) -> Iterator[Statement]:
    """Read what follows DROP TABLE."""
    if_exists = cursor.accept("IF", "EXISTS")
    tables = cursor.list_of(cursor.name)
    cascade = cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    if cursor.family == "generic":
        cursor.accept("CONSTRAINTS")  # Oracle's
        cursor.accept("PURGE")
    # MySQL and MariaDB read CASCADE and drop nothing else for it.
    cascade = cascade and cursor.family != "mysql"
    for table in tables:
        yield DropTable(table, cascade, if_exists)


def rename_tables(cursor: Tokens) -> Iterator[Statement]:
    """Read what follows MySQL's RENAME TABLE."""
    cursor.accept("IF", "EXISTS")

    def rename() -> RenameTable:
        table = cursor.name()
        if cursor.accept_any("WAIT"):
            cursor.next()
        cursor.accept("NOWAIT")
        cursor.expect("TO")
        return RenameTable(table, cursor.name())

    yield from cursor.list_of(rename)
