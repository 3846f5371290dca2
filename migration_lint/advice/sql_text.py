"""Parts of the neutral model as PostgreSQL's SQL, for advice; MySQL's where a part takes its engine."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migration_lint.model.tables import Check, Column, ColumnType, Default, ForeignKey, Index, IndexKey

# PostgreSQL 18 documentation, appendix C: the words that are reserved, so that no name may be one without quotes.
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
        collation column concurrently constraint create cross current_catalog current_date current_role current_schema
        current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for
        foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral
        leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps
        placing primary references returning right select session_user similar some symmetric system_user table
        tablesample then to trailing true union unique user using variadic verbose when where window with""",
    )
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*|:\w+")  # psql puts the value of a variable in the place of `:name`
# What stands in quotes stays as it is; comments and runs of white space become one blank.
_GAPS = re.compile(
    r"(?P<kept>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"
    r"|(?:--[^\n]*|/\*.*?\*/|\s)+",
    re.DOTALL,
)


def one_line(sql: str) -> str:
    """A statement on one line, without its comments and its semicolon."""
    return _GAPS.sub(lambda match: match["kept"] or " ", sql).strip().rstrip(";").rstrip()


def quoted(name: str) -> str:
    """A name with quotes where it needs them; a schema in front is a name of its own."""
    return ".".join(_quoted(part) for part in name.split("."))


def _quoted(part: str) -> str:
    if _PLAIN.fullmatch(part) and part not in _RESERVED:
        return part
    return '"' + part.replace('"', '""') + '"'


def spelled(sql: str, engine: str) -> str:
    """The statement with names quoted as the engine wants them."""
    if engine not in ("mysql", "mariadb"):
        return sql
    return _GAPS.sub(lambda match: re.sub(r'^"(.*)"$', r"`\1`", match[0]), sql)


def listed(names: Iterable[str]) -> str:
    """Names between commas."""
    return ", ".join(map(quoted, names))


def type_sql(column: Column) -> str:
    """A column's type, `text` where it is not known."""
    kind = column.type
    if not isinstance(kind, ColumnType):
        return "text"
    if kind.name in ("enum", "set"):
        labels = ", ".join("'" + str(label).replace("'", "''") + "'" for label in kind.args)
        return f"{kind.name}({labels})"
    return str(kind)


def add_column(table: str, column: Column, name: str = "") -> str:
    """The column as a nullable one, which neither writes nor reads a row."""
    return f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name or column.name)} {type_sql(column)}"


def set_default(table: str, column: Column) -> str | None:
    """The column's default for new rows; None where it has none."""
    if not isinstance(column.default, Default):
        return None
    return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column.name)} SET DEFAULT {column.default.sql}"


def drop_column(table: str, name: str) -> str:
    """A column dropped."""
    return f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(name)}"


def add_not_valid(table: str, constraint: Check | ForeignKey) -> str:
    """A constraint added without a look at the rows that are there."""
    if isinstance(constraint, Check):
        body = f"CHECK ({constraint.sql})"
    else:
        body = f"FOREIGN KEY ({listed(constraint.columns)}) REFERENCES {quoted(constraint.to_table)}"
        body += f" ({listed(constraint.to_columns)})" if constraint.to_columns else ""
        body += f" ON DELETE {constraint.on_delete.upper()}" if constraint.on_delete else ""
        if constraint.deferrable:
            body += f" DEFERRABLE INITIALLY {'DEFERRED' if constraint.initially_deferred else 'IMMEDIATE'}"
    return f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(constraint.name)} {body} NOT VALID"


def validate(table: str, name: str) -> str:
    """A constraint validated."""
    return f"ALTER TABLE {quoted(table)} VALIDATE CONSTRAINT {quoted(name)}"


def drop_constraint(table: str, name: str) -> str:
    """A constraint dropped."""
    return f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}"


def create_index(index: Index, *, concurrently: bool = True) -> str:
    """An index built, without others waiting for it if `concurrently`."""
    unique = "UNIQUE " if index.unique else ""
    method = "" if index.method == "btree" else f" USING {index.method}"
    words = f"CREATE {unique}INDEX {'CONCURRENTLY ' if concurrently else ''}{quoted(index.name.rpartition('.')[2])}"
    include = f" INCLUDE ({listed(index.include)})" if index.include else ""
    where = f" WHERE {index.where}" if index.where else ""
    return f"{words} ON {quoted(index.table)}{method} ({', '.join(map(_key, index.keys))}){include}{where}"


def drop_index(name: str, table: str) -> str:
    """An index dropped without others waiting for it; it lives in the schema of its table."""
    schema = table.rpartition(".")[0]
    full = f"{schema}.{name}" if schema and "." not in name else name
    return f"DROP INDEX CONCURRENTLY {quoted(full)}"


def _key(key: IndexKey) -> str:
    text = quoted(key.column) if key.column is not None else f"({key.expression})"
    return f"{text}{f' {key.opclass}' if key.opclass else ''}{' DESC' if key.descending else ''}"
