"""PostgreSQL's extensions: which of them a statement needs, and whether a migration creates them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migration_lint.model import django as dj
from migration_lint.model import statements as s
from migration_lint.model.functions import SqlSent
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.sql import SqlStatement
from migration_lint.model.tables import Column, ColumnType, Default, Exclusion, Index, IndexKey, Table
from migration_lint.replay import ReplayedMigration
from migration_lint.schema import Schema
from migration_lint.settings import Settings

# The contents of PostgreSQL 18's contrib modules (manual, appendix F), of PostGIS and of pgvector.
_TYPES = {
    **dict.fromkeys(("geometry", "geography", "raster"), "postgis"),
    **dict.fromkeys(("vector", "halfvec", "sparsevec"), "vector"),
    **dict.fromkeys(("ltree", "lquery", "ltxtquery"), "ltree"),
    "citext": "citext",
    "hstore": "hstore",
    "cube": "cube",
}
_OPCLASSES = {
    **dict.fromkeys(("gin_trgm_ops", "gist_trgm_ops"), "pg_trgm"),
    **dict.fromkeys(("gist_ltree_ops", "gist__ltree_ops"), "ltree"),
    **dict.fromkeys(("vector_l2_ops", "vector_ip_ops", "vector_cosine_ops", "halfvec_l2_ops"), "vector"),
    **dict.fromkeys(("gin_hstore_ops", "gist_hstore_ops"), "hstore"),
}
_FUNCTIONS = {
    "unaccent": "unaccent",
    **dict.fromkeys(("similarity", "word_similarity", "show_trgm"), "pg_trgm"),
    **dict.fromkeys((f"uuid_generate_{version}" for version in ("v1", "v1mc", "v3", "v4", "v5")), "uuid-ossp"),
    **dict.fromkeys(("crypt", "gen_salt", "gen_random_bytes", "pgp_sym_encrypt"), "pgcrypto"),
    **dict.fromkeys(("st_setsrid", "st_makepoint", "st_transform", "st_geomfromtext", "st_centroid"), "postgis"),
}
_CALLED = re.compile(r"(?<![\w.\"])(?:public\.|extensions\.)?(\w+)\s*\(", re.IGNORECASE)
_CREATED = re.compile(r"create\s+extension\s+(?:if\s+not\s+exists\s+)?\"?([\w-]+)", re.IGNORECASE)
# Types that GiST has no operator class for without btree_gist (PostgreSQL 18 manual, F.7).
_SCALARS = frozenset(
    (
        *("smallint", "integer", "bigint", "real", "numeric", "boolean", "text", "varchar", "char", "uuid"),
        *("date", "time", "timestamp", "timestamptz"),
    )
)
# gen_random_uuid is in the core from PostgreSQL 13 on: https://www.postgresql.org/docs/13/functions-uuid.html
_CORE_UUID = (13,)


def needed(statement: s.Statement, settings: Settings) -> Iterator[tuple[str, str]]:
    """The extensions that a statement uses, with the word that is of each."""
    match statement:
        case s.CreateTable(table=table):
            yield from _of_table(table, settings)
        case s.AddColumn(column=column) | s.ModifyColumn(definition=column):
            yield from _of_column(column, settings)
        case s.AlterColumnType(type=ColumnType(name=name), using=using):
            yield from _of_type(name)
            yield from _of_text(using if isinstance(using, str) else "", settings)
        case s.SetDefault(default=Default(sql=sql)):
            yield from _of_text(sql, settings)
        case s.CreateIndex(index=index):
            yield from _of_index(index, settings)
        case s.AddConstraint(constraint=Exclusion(keys=keys)):
            yield from (pair for key in keys for pair in _of_key(key, settings))
        case _:
            pass


def excluding(statement: s.Statement, schema: Schema) -> Iterator[tuple[str, str]]:
    """GiST compares ranges and shapes by itself; numbers, texts and dates only with btree_gist."""
    match statement:
        case s.CreateTable(table=table):
            constraints = tuple(table.constraints.values())
        case s.AddConstraint(table=name, constraint=constraint) if (known := schema.table(name)) is not None:
            table, constraints = known, (constraint,)
        case _:
            return
    for each in constraints:
        for key in each.keys if isinstance(each, Exclusion) and each.method == "gist" else ():
            column = table.columns.get(key.column or "")
            kind = column.type if column is not None and key.opclass is None else None
            if isinstance(kind, ColumnType) and kind.name in _SCALARS and not kind.dimensions:
                yield "btree_gist", f"Comparing {key.column} ({kind}) in an EXCLUDE constraint"


def _of_table(table: Table, settings: Settings) -> Iterator[tuple[str, str]]:
    for column in table.columns.values():
        yield from _of_column(column, settings)
    for index in table.indexes.values():
        yield from _of_index(index, settings)


def _of_column(column: Column, settings: Settings) -> Iterator[tuple[str, str]]:
    if isinstance(column.type, ColumnType):
        yield from _of_type(column.type.name)
    if isinstance(column.default, Default):
        yield from _of_text(column.default.sql, settings)
    if column.generated is not None:
        yield from _of_text(column.generated.sql, settings)


def _of_type(name: str) -> Iterator[tuple[str, str]]:
    plain = name.rpartition(".")[2]
    if plain in _TYPES:
        yield _TYPES[plain], f"The type {plain}"


def _of_index(index: Index, settings: Settings) -> Iterator[tuple[str, str]]:
    for key in index.keys:
        yield from _of_key(key, settings)
    yield from _of_text(index.where or "", settings)


def _of_key(key: IndexKey, settings: Settings) -> Iterator[tuple[str, str]]:
    opclass = (key.opclass or "").rpartition(".")[2].lower()
    if opclass in _OPCLASSES:
        yield _OPCLASSES[opclass], f"The operator class {opclass}"
    yield from _of_text(key.expression or "", settings)


def _of_text(sql: str, settings: Settings) -> Iterator[tuple[str, str]]:
    for name in _CALLED.findall(re.sub(r"'(?:[^']|'')*'", "''", sql)):
        function = name.lower()
        if function == "gen_random_uuid" and settings.database_version < _CORE_UUID:
            yield "pgcrypto", "The function gen_random_uuid"
        elif function in _FUNCTIONS:
            yield _FUNCTIONS[function], f"The function {function}"


def is_used(schema: Schema, extension: str, settings: Settings) -> bool:
    """Whether an earlier migration uses it already, and is the one to tell of."""
    return any(name == extension for table in schema.tables.values() for name, _ in _of_table(table, settings))


def is_created(replayed: ReplayedMigration, position: int, extension: str) -> bool:
    """Whether the extension is created before the step at `position`."""
    history, migration = replayed.history, replayed.migration
    for key in history.order:
        if key == (migration.app, migration.name):
            break
        earlier = history.migrations[key]
        if any(_creates(operation, extension) for operation in earlier.operations) or _sends(earlier, extension):
            return True
    before = replayed.steps[: position + 1]
    return any(_creates(step.operation, extension) for step in before) or any(
        isinstance(statement, s.CreateObject) and (statement.object_kind, statement.name) == ("extension", extension)
        for step in before
        for _, statement in step.statements
    )


def _creates(operation: Operation, extension: str) -> bool:
    match operation:
        case dj.CreateExtension(name=name):
            return name == extension
        case dj.SeparateDatabaseAndState(database_operations=inner):
            return any(_creates(each, extension) for each in inner)
        case dj.RunSQL(sql=parts):
            return any(_named(part.text, extension) for part in parts if isinstance(part, dj.SqlText))
        case SqlStatement(command=command):
            return any(isinstance(each, s.CreateObject) for each in command.statements) and _named(
                command.sql, extension
            )
        case _:
            return False


def _sends(migration: Migration, extension: str) -> bool:
    """Whether one of its functions does."""
    return any(
        _named("".join(part for part in action.parts if isinstance(part, str)), extension)
        for function in migration.functions
        for action in function.actions
        if isinstance(action, SqlSent)
    )


def _named(sql: str, extension: str) -> bool:
    return any(name.lower() == extension for name in _CREATED.findall(sql))
