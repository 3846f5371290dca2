"""Column definitions: the type and all that may follow it."""

from __future__ import annotations

from dataclasses import dataclass, field

from migration_lint.model.column_types import SERIAL_TYPES
from migration_lint.model.tables import (
    Column,
    ColumnType,
    Constraint,
    Default,
    Generated,
    PrimaryKey,
    Unique,
)
from migration_lint.model.values import Unknown
from migration_lint.readers.sql.column_types import read_type
from migration_lint.readers.sql.constraints import check_of, read_attributes, references
from migration_lint.readers.sql.cursor import Tokens
from migration_lint.readers.sql.expressions import columns_read, default_of
from migration_lint.readers.sql.lexing import Token, words
from migration_lint.readers.sql.naming import DefaultNames

# What may follow a DEFAULT: an expression there cannot hold these words outside parentheses.
_AFTER_DEFAULT = (
    *words(
        """NOT NULL CONSTRAINT UNIQUE PRIMARY CHECK REFERENCES GENERATED COLLATE COMMENT AUTO_INCREMENT AUTOINCREMENT ON
        FIRST AFTER KEY STORAGE COMPRESSION VISIBLE INVISIBLE DEFERRABLE INITIALLY COLUMN_FORMAT AS VIRTUAL STORED
        USING OPTIONS"""
    ),
    ",",
)
_AFTER_MYSQL_DEFAULT = ("PARTITION", "WITH", "WITHOUT")
_WORD_OPTIONS = ("STORAGE", "COMPRESSION", "COLUMN_FORMAT", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "SRID")


@dataclass(frozen=True, slots=True)
class Definition:
    """A column, the constraints written with it, and MySQL's FIRST or AFTER."""

    column: Column
    constraints: tuple[Constraint, ...] = ()
    position: str | None = None


@dataclass(slots=True)
class _Options:
    """What was read after the type."""

    nullable: bool = True
    default: Default | Unknown | None = None
    generated: Generated | None = None
    auto: str | None = None
    collation: str | None = None
    comment: str | None = None
    position: str | None = None
    constraints: list[Constraint] = field(default_factory=list)


def read_definition(cursor: Tokens, names: DefaultNames) -> Definition:
    """Read `name type options`."""
    name = cursor.identifier()
    return read_typed(cursor, name, names)


def read_typed(cursor: Tokens, name: str, names: DefaultNames) -> Definition:
    """Read `type options` of the column `name`."""
    column_type, auto = _read_type(cursor)
    options = _Options()
    if auto is not None:
        options.auto = auto
        options.nullable = False
    while not (cursor.at_end() or cursor.looking_at_any(",", ")") or cursor.looking_at("PARTITION", "BY")):
        constraint = cursor.identifier() if cursor.accept("CONSTRAINT") else None
        if constraint is not None:
            names.take(constraint)
        if not (
            _read_constraint(cursor, name, constraint, names, options)
            or _read_value(cursor, options)
            or _read_other(cursor, options)
        ):
            raise cursor.unexpected()
    if cursor.family == "sqlite" and str(column_type) == "integer" and _has_primary_key(options):
        # https://www.sqlite.org/rowidtable.html: such a column is an alias of the rowid.
        options.auto = "auto_increment"
    return Definition(_column(name, column_type, options), tuple(options.constraints), options.position)


def _has_primary_key(options: _Options) -> bool:
    return any(isinstance(constraint, PrimaryKey) for constraint in options.constraints)


def _column(name: str, column_type: ColumnType | Unknown, options: _Options) -> Column:
    auto = options.auto
    if auto is None and isinstance(options.default, Default) and "nextval" in options.default.functions:
        auto = "serial"
    return Column(
        name,
        column_type,
        nullable=options.nullable,
        default=options.default,
        generated=options.generated,
        auto=auto,  # type: ignore[arg-type]
        collation=options.collation,
        comment=options.comment,
    )


def _read_type(cursor: Tokens) -> tuple[ColumnType | Unknown, str | None]:
    """The type, and how the column fills itself if the type says so."""
    if cursor.family == "sqlite" and (cursor.at_end() or cursor.looking_at_any(",", ")", *_AFTER_DEFAULT, "DEFAULT")):
        return ColumnType("blob"), None
    if cursor.current.kind in ("hole", "parameter"):
        return Unknown(cursor.name(), "a template placeholder stands for the type"), None
    word = cursor.current.word
    column_type = read_type(cursor)
    if cursor.family == "mysql":
        return column_type, "auto_increment" if word == "SERIAL" else None
    serial = SERIAL_TYPES.get(column_type.name) if cursor.family != "sqlite" else None
    return (ColumnType(serial), "serial") if serial else (column_type, None)


def _read_constraint(cursor: Tokens, column: str, name: str | None, names: DefaultNames, options: _Options) -> bool:
    """NOT NULL, NULL, PRIMARY KEY, UNIQUE, CHECK, REFERENCES."""
    if cursor.accept("NOT", "NULL"):
        options.nullable = False
        read_attributes(cursor, index=False)
    elif cursor.accept("NULL"):
        options.nullable = True
    elif cursor.accept("PRIMARY", "KEY") or (cursor.family == "mysql" and cursor.accept("KEY")):
        cursor.accept_any("ASC", "DESC")
        options.nullable = False
        read_attributes(cursor, index=False)
        key_name = "PRIMARY" if cursor.family == "mysql" else name or names.primary_key()
        options.constraints.append(PrimaryKey(key_name, (column,)))
    elif cursor.accept("UNIQUE"):
        if cursor.family == "mysql":
            cursor.accept("KEY")
        attributes = read_attributes(cursor, index=False)
        options.constraints.append(
            Unique(
                name or names.unique((column,)),
                (column,),
                deferrable=attributes.deferrable,
                initially_deferred=attributes.initially_deferred,
                nulls_distinct=attributes.nulls_distinct,
            )
        )
    elif cursor.accept("CHECK"):
        options.constraints.append(check_of(cursor.parenthesised(), cursor, name, names))
    elif cursor.accept("REFERENCES"):
        options.constraints.append(references(cursor, (column,), name or names.foreign_key((column,))))
    else:
        return False
    return True


def _read_value(cursor: Tokens, options: _Options) -> bool:
    """How the column gets its value: DEFAULT, GENERATED, AUTO_INCREMENT."""
    if cursor.accept("DEFAULT"):
        options.default = default_of(read_default(cursor), cursor)
    elif cursor.accept("GENERATED", "ALWAYS", "AS", "IDENTITY") or cursor.accept(
        "GENERATED", "BY", "DEFAULT", "AS", "IDENTITY"
    ):
        if cursor.looking_at("("):
            cursor.parenthesised()
        options.auto = "identity"
        options.nullable = False
    elif cursor.accept("GENERATED", "ALWAYS", "AS", "ROW") or cursor.accept("AS", "ROW"):
        # MariaDB's system versioning: the server writes when the row began or ended to be so.
        options.generated = Generated(f"ROW {cursor.next().word}", (), True)
        options.nullable = False
    elif cursor.accept("GENERATED", "ALWAYS", "AS") or cursor.accept("AS"):
        expression = cursor.parenthesised()
        options.generated = generated_of(expression, cursor)
    elif cursor.accept_any("AUTO_INCREMENT", "AUTOINCREMENT"):
        options.auto = "auto_increment"
        options.nullable = False
    else:
        return False
    return True


def read_default(cursor: Tokens) -> list[Token]:
    """Read the expression after DEFAULT."""
    start = cursor.position
    cursor.accept("NOT")
    if cursor.current.word not in ("(", "["):
        cursor.next()
    cursor.until(*_AFTER_DEFAULT, *(_AFTER_MYSQL_DEFAULT if cursor.family == "mysql" else ()))
    return cursor.tokens[start : cursor.position]


def generated_of(expression: list[Token], cursor: Tokens) -> Generated:
    """The generated column of an expression; reads STORED, VIRTUAL or PERSISTENT (neither means virtual)."""
    stored = cursor.accept_any("STORED", "PERSISTENT", "VIRTUAL") in ("STORED", "PERSISTENT")
    return Generated(cursor.text(expression), tuple(sorted(columns_read(expression, cursor) or ())), stored)


def _read_other(cursor: Tokens, options: _Options) -> bool:
    """Collation, comment, position, storage."""
    if cursor.accept("COLLATE"):
        options.collation = cursor.name() if cursor.at_name() else cursor.next().text.strip("'")
    elif cursor.accept("COMMENT"):
        options.comment = string_value(cursor.next().text)
    elif cursor.accept("ON", "UPDATE"):
        cursor.next()
        if cursor.looking_at("("):
            cursor.parenthesised()
    elif cursor.accept("CHARACTER", "SET") or cursor.accept("CHARSET"):
        cursor.next()
    elif cursor.accept("FIRST"):
        options.position = "FIRST"
    elif cursor.accept("AFTER"):
        options.position = f"AFTER {cursor.identifier()}"
    elif cursor.accept("OPTIONS"):
        cursor.parenthesised()
    elif cursor.accept("WITH", "SYSTEM", "VERSIONING") or cursor.accept("WITHOUT", "SYSTEM", "VERSIONING"):
        return True
    elif cursor.current.kind == "word" and cursor.looking_at("=", offset=1) and cursor.family == "mysql":
        # A storage engine's own attribute of the column.
        cursor.next()
        cursor.next()
        cursor.next()
    elif cursor.accept_any(*_WORD_OPTIONS):
        cursor.next()
    else:
        return bool(cursor.accept_any("VISIBLE", "INVISIBLE", "COMPRESSED"))
    return True


def string_value(text: str) -> str:
    """The text of a plain string constant."""
    quote = text.find("'") if "'" in text else 0
    inner = text[quote + 1 : -1]
    return inner.replace("''", "'")
