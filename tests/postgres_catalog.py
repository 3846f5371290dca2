"""A PostgreSQL database's schema, read from its catalogue, and a replayed one, in the same comparable form."""

from __future__ import annotations

from typing import Any

from migration_lint.model import column_types
from migration_lint.model.tables import Check, Exclusion, ForeignKey, Index, PrimaryKey, Table, Unique
from migration_lint.schema import Schema

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       d.adbin IS NOT NULL AND a.attgenerated = '' AND pg_get_expr(d.adbin, d.adrelid) NOT LIKE 'nextval(%',
       CASE WHEN a.attidentity <> '' THEN 'identity'
            WHEN pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' THEN 'serial' END,
       a.attgenerated::text,
       CASE WHEN a.attcollation <> t.typcollation THEN l.collname END,
       col_description(c.oid, a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind = 'r'
"""
CONSTRAINTS = """
SELECT c.relname, k.conname, k.contype::text,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o)::text[],
       f.relname,
       ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY u(n, o)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o)::text[],
       k.condeferrable, k.condeferred, k.convalidated
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE k.contype <> 'n'
"""
INDEXES = """
SELECT c.relname, i.relname, x.indisunique, m.amname, x.indpred IS NOT NULL,
       ARRAY(SELECT coalesce(a.attname, '') FROM generate_series(0, x.indnatts - 1) g
             LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[g] AND x.indkey[g] > 0
             ORDER BY g)::text[],
       x.indnkeyatts,
       ARRAY(SELECT (x.indoption[g] & 1) = 1 FROM generate_series(0, x.indnkeyatts - 1) g ORDER BY g),
       ARRAY(SELECT CASE WHEN o.opcdefault THEN NULL ELSE o.opcname END
             FROM generate_series(0, x.indnkeyatts - 1) g JOIN pg_opclass o ON o.oid = x.indclass[g] ORDER BY g)::text[]
FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am m ON m.oid = i.relam
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
"""


def from_catalog(connection: Any) -> dict[str, dict[str, Any]]:
    """All tables of the schema `public`."""
    tables: dict[str, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, name, kind, nullable, default, auto, generated, collation, comment in cursor.fetchall():
            columns = tables.setdefault(table, {"columns": {}, "constraints": {}, "indexes": {}})["columns"]
            columns[name] = (
                str(column_types.parse(kind, "postgresql")),
                nullable,
                default,
                auto,
                {"s": "stored", "v": "virtual"}.get(generated),
                collation,
                comment,
            )
        cursor.execute(CONSTRAINTS)
        for table, name, kind, columns, to, to_columns, deferrable, deferred, validated in cursor.fetchall():
            tables[table]["constraints"][name] = (
                kind,
                tuple(sorted(columns) if kind == "c" else columns) if kind != "x" else None,
                to,
                tuple(to_columns),
                deferrable,
                deferred,
                validated,
            )
        cursor.execute(INDEXES)
        for table, name, unique, method, partial, columns, keys, descending, opclasses in cursor.fetchall():
            tables[table]["indexes"][name] = (
                unique,
                method,
                partial,
                tuple(column or None for column in columns[:keys]),
                tuple(columns[keys:]),
                tuple(descending),
                tuple(opclasses),
            )
    return tables


def from_schema(schema: Schema) -> dict[str, dict[str, Any]]:
    """The same of a replayed schema."""
    return {name: _table(table) for name, table in schema.tables.items()}


def _table(table: Table) -> dict[str, Any]:
    return {
        "columns": {
            name: (
                str(column.type),
                column.nullable,
                column.default is not None,
                column.auto,
                None if column.generated is None else "stored" if column.generated.stored else "virtual",
                column.collation,
                column.comment,
            )
            for name, column in table.columns.items()
        },
        "constraints": {name: _constraint(constraint) for name, constraint in table.constraints.items()},
        "indexes": {name: _index(index) for name, index in table.indexes.items()},
    }


def _constraint(constraint: Any) -> tuple[Any, ...]:
    match constraint:
        case PrimaryKey(columns=columns):
            return ("p", columns, None, (), False, False, True)
        case Unique(columns=columns, deferrable=deferrable, initially_deferred=deferred):
            return ("u", columns, None, (), deferrable, deferred, True)
        case ForeignKey(columns=columns, to_table=to, to_columns=to_columns, deferrable=deferrable):
            return ("f", columns, to, to_columns, deferrable, constraint.initially_deferred, constraint.validated)
        case Check(columns=columns, validated=validated):
            return ("c", tuple(sorted(columns or ("?",))), None, (), False, False, validated)
        case Exclusion(deferrable=deferrable):
            return ("x", None, None, (), deferrable, deferrable, True)
    raise TypeError(constraint)


def _index(index: Index) -> tuple[Any, ...]:
    return (
        index.unique,
        index.method,
        index.where is not None,
        tuple(key.column for key in index.keys),
        index.include,
        tuple(key.descending for key in index.keys),
        tuple(key.opclass for key in index.keys),
    )
