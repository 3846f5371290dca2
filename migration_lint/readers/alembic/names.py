"""By which path SQLAlchemy's classes are known, whatever module they were imported from, and how Alembic's functions
take their arguments."""

from __future__ import annotations

from migration_lint.readers.python.words import words

_CORE = words(
    "schema sql.schema types sql.sqltypes sql sql.expression sql.functions sql.elements sql.selectable sql.dml "
    "sql.ddl sql.type_api engine orm.session"
)
_DIALECTS = {
    "postgresql": "base array json hstore ranges named_types ext types",
    "mysql": "base types enumerated json",
    "mssql": "base json",
    "sqlite": "base json",
}

PUBLIC_MODULES: dict[str, str] = {
    **{f"sqlalchemy.{module}": "sqlalchemy" for module in _CORE if module != "orm.session"},
    "sqlalchemy.sql.expression.func": "sqlalchemy.func",
    "sqlalchemy.orm.session": "sqlalchemy.orm",
    **{
        f"sqlalchemy.dialects.{dialect}.{module}": f"sqlalchemy.dialects.{dialect}"
        for dialect, modules in _DIALECTS.items()
        for module in modules.split()
    },
}
"""Module in which something is defined -> module from which it is meant to be imported."""

OP = "alembic.op"

# https://alembic.sqlalchemy.org/en/latest/ops.html: positional parameters in their order; a star takes the rest.
SIGNATURES: dict[str, tuple[str, ...]] = {
    name: words(parameters)
    for name, parameters in {
        "add_column": "table_name column",
        "alter_column": "table_name column_name",
        "batch_alter_table": "table_name schema recreate",
        "bulk_insert": "table rows",
        "create_check_constraint": "constraint_name table_name condition",
        "create_exclude_constraint": "constraint_name table_name *elements",
        "create_foreign_key": "constraint_name source_table referent_table local_cols remote_cols",
        "create_index": "index_name table_name columns",
        "create_primary_key": "constraint_name table_name columns",
        "create_table": "table_name *columns",
        "create_table_comment": "table_name comment",
        "create_unique_constraint": "constraint_name table_name columns",
        "drop_column": "table_name column_name",
        "drop_constraint": "constraint_name table_name type_",
        "drop_index": "index_name table_name",
        "drop_table": "table_name",
        "drop_table_comment": "table_name",
        "execute": "sqltext",
        "rename_table": "old_table_name new_table_name",
    }.items()
}

# https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.BatchOperations
BATCH_SIGNATURES: dict[str, tuple[str, ...]] = {
    name: words(parameters)
    for name, parameters in {
        "add_column": "column insert_before insert_after",
        "alter_column": "column_name",
        "create_check_constraint": "constraint_name condition",
        "create_exclude_constraint": "constraint_name *elements",
        "create_foreign_key": "constraint_name referent_table local_cols remote_cols",
        "create_index": "index_name columns",
        "create_primary_key": "constraint_name columns",
        "create_table_comment": "comment",
        "create_unique_constraint": "constraint_name columns",
        "drop_column": "column_name",
        "drop_constraint": "constraint_name type_",
        "drop_index": "index_name",
        "drop_table_comment": "",
        "execute": "sqltext",
    }.items()
}

# What Alembic's first versions called their parameters.
OLD_NAMES = {
    "name": "constraint_name",
    "source": "source_table",
    "referent": "referent_table",
    "tablename": "table_name",
}

WITHOUT_EFFECT = frozenset(words("f get_bind get_context inline_literal batch_alter_table implementation_for"))
"""Functions of `alembic.op` that ask nothing of the database themselves."""
