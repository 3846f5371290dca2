"""Alembic's operations as the SQL that they send, in the order in which they send it.

A port of `alembic/operations/toimpl.py`, `alembic/ddl/impl.py` and the dialects beside it, and of what SQLAlchemy's
compilers make of their constructs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from migration_lint.lowering.alembic.expressions import default_sql, name_of
from migration_lint.lowering.alembic.names import listed, quoted
from migration_lint.lowering.alembic.parts import (
    ColumnParts,
    Holes,
    RefusedError,
    column_parts,
    condition,
    deferral,
    exclusion,
    generation,
    index,
    names_of,
    not_valid,
    references,
    table_constraint,
    table_of,
    text_of,
)
from migration_lint.lowering.alembic.types import Enumeration, enumeration, labels, type_sql
from migration_lint.model.values import Call, Unknown, Value

Options = Mapping[str, Value]


def statements_of(name: str, options: Options, holes: Holes) -> Iterator[str]:
    """The SQL that an operation sends, statement by statement.

    Raises:
        RefusedError: an essential part of it is not known.
    """
    return _OPERATIONS[name](options, holes)


def enumeration_of(options: Options, engine: str) -> Enumeration | None:
    """The enumeration that `create_type` and `drop_type` are about."""
    kind = options.get("type")
    found = enumeration(kind, engine) if kind is not None else None
    if found is None and isinstance(kind, Call) and isinstance(name := dict(kind.kwargs).get("name"), str):
        return Enumeration(name, labels(kind) or (), created=True)
    return found


def create_type(found: Enumeration) -> str:
    """CREATE TYPE … AS ENUM."""
    values = ", ".join("'" + value.replace("'", "''") + "'" for value in found.values)
    return f"CREATE TYPE {quoted(found.name)} AS ENUM ({values})"


def _create_table(options: Options, holes: Holes) -> Iterator[str]:
    table = table_of(options)
    items = options.get("columns")
    if not isinstance(items, tuple):
        raise RefusedError("its columns are not known")
    calls = [_item(each) for each in items if each is not None]
    keys = _primary_key(calls)
    columns = [column_parts(each, table, holes, keys) for each in calls if each.function.name == "Column"]
    constraints = [text for each in calls if (text := table_constraint(each, table, holes)) is not None]
    if keys and not any(each.function.name == "PrimaryKeyConstraint" for each in calls):
        constraints.insert(0, f"PRIMARY KEY ({listed(keys)})")
    constraints += [text for column in columns for text in column.constraints]
    if holes.engine == "postgresql":
        kinds = {c.enumeration.name: c.enumeration for c in columns if c.enumeration is not None}
        yield from (create_type(kind) for kind in kinds.values() if kind.created)
    exists = "IF NOT EXISTS " if options.get("if_not_exists") is True else ""
    partition = options.get("postgresql_partition_by")
    after = f" PARTITION BY {partition}" if isinstance(partition, str) and not holes.mysql else ""
    if holes.mysql and isinstance(comment := options.get("comment"), str):
        after = " COMMENT='" + comment.replace("'", "''") + "'"
    body = ",\n    ".join([*(column.definition for column in columns), *constraints])
    yield f"CREATE TABLE {exists}{quoted(table)} (\n    {body}\n){after}"
    for column in columns:
        yield from column.indexes
    for each in calls:
        if each.function.name == "Index":
            name, *indexed = each.args or (None,)
            yield index(name_of(name), table, tuple(indexed), dict(each.kwargs), holes)
    if isinstance(options.get("comment"), str) and not holes.mysql:
        yield from _create_table_comment(options, holes)
    yield from _comments(columns, table, holes)


def _item(value: Value) -> Call:
    if not isinstance(value, Call):
        raise RefusedError(value.reason if isinstance(value, Unknown) else "a column is only known when it runs")
    if value.function.name in ("Column", "Index", "Identity") or value.function.name.endswith("Constraint"):
        return value
    raise RefusedError(f"what {value.function.name} adds to the table is only known when it runs")


def _primary_key(calls: list[Call]) -> list[str]:
    """The columns of a new table's primary key."""
    for each in calls:
        if each.function.name == "PrimaryKeyConstraint":
            return names_of(each.args)
    keys = [each for each in calls if each.function.name == "Column" and dict(each.kwargs).get("primary_key") is True]
    return [name for each in keys if each.args and (name := name_of(each.args[0])) is not None]


def _comments(columns: list[ColumnParts], table: str, holes: Holes) -> Iterator[str]:
    for column in columns:
        if column.comment is not None and not holes.mysql:
            yield _comment(table, column.name, column.comment)


def _comment(table: str, column: str, text: str | None) -> str:
    value = "NULL" if text is None else "'" + text.replace("'", "''") + "'"
    return f"COMMENT ON COLUMN {quoted(table)}.{quoted(column)} IS {value}"


def _add_column(options: Options, holes: Holes) -> Iterator[str]:
    table = table_of(options)
    column = column_parts(options.get("column"), table, holes, None)
    exists = "IF NOT EXISTS " if options.get("if_not_exists") is True else ""
    alter = f"ALTER TABLE {quoted(table)} ADD"
    inline = options.get("inline_references") is True and len(column.constraints) == 1
    reference = " " + column.constraints.pop().partition(" REFERENCES ")[2] if inline else ""
    key = " PRIMARY KEY" if column.primary and options.get("inline_primary_key") is True else ""
    yield f"{alter} COLUMN {exists}{column.definition}{key}{' REFERENCES' + reference if inline else ''}"
    yield from (f"{alter} {constraint}" for constraint in column.constraints)
    yield from column.indexes
    yield from _comments([column], table, holes)


def _alter_column(options: Options, holes: Holes) -> Iterator[str]:
    table, name = table_of(options), text_of(options, "column_name")
    if holes.mysql:
        yield from _change_column(options, table, name, holes)
        return
    alter = f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(name)}"
    if (kind := options.get("type_")) is not None:
        using = options.get("postgresql_using")
        after = f" USING {holes.fill(using)}" if isinstance(using, (str, Unknown)) else ""
        yield f"{alter} TYPE {holes.fill(type_sql(kind, holes.engine))}{after}"
    if isinstance(nullable := options.get("nullable"), bool):
        yield f"{alter} {'DROP' if nullable else 'SET'} NOT NULL"
    elif isinstance(nullable, Unknown):
        raise RefusedError(f"whether it may be NULL is not known: {nullable.reason}")
    default = options.get("server_default", False)
    if isinstance(default, Call) and default.function.name in ("Identity", "Computed"):
        yield f"{alter} ADD {generation(default, holes)}"
    elif default is None:
        existing = options.get("existing_server_default")
        identity = isinstance(existing, Call) and existing.function.name == "Identity"
        yield f"{alter} DROP {'IDENTITY' if identity else 'DEFAULT'}"
    elif default is not False:
        yield f"{alter} SET DEFAULT {holes.fill(default_sql(default))}"
    comment = options.get("comment", False)
    if comment is None or isinstance(comment, str):
        yield _comment(table, name, comment)
    if (new := options.get("new_column_name")) is not None:
        if name_of(new) is None:
            raise RefusedError("the column's new name is not known")
        yield f"ALTER TABLE {quoted(table)} RENAME {quoted(name)} TO {quoted(name_of(new) or '')}"


def _change_column(options: Options, table: str, name: str, holes: Holes) -> Iterator[str]:
    """MySQL takes the whole new definition, of which Alembic is told the part that stays."""
    new, default = options.get("new_column_name"), options.get("server_default", False)
    alter = f"ALTER TABLE {quoted(table)}"
    changed = any(options.get(each) is not None for each in ("nullable", "type_", "autoincrement"))
    if new is None and not changed and options.get("comment", False) is False:
        if default is None:
            yield f"{alter} ALTER COLUMN {quoted(name)} DROP DEFAULT"
        elif default is not False:
            yield f"{alter} ALTER COLUMN {quoted(name)} SET DEFAULT {holes.fill(default_sql(default))}"
        return
    kind = options.get("type_") or options.get("existing_type")
    if kind is None:
        raise RefusedError("All MySQL CHANGE/MODIFY COLUMN operations require the existing type.")
    nullable = options.get("nullable")
    nullable = options.get("existing_nullable", True) if nullable is None else nullable
    kept = default if default is not False else options.get("existing_server_default")
    words = [holes.fill(type_sql(kind, holes.engine)), "NULL" if nullable is not False else "NOT NULL"]
    if options.get("autoincrement", options.get("existing_autoincrement")) is True:
        words.append("AUTO_INCREMENT")
    if kept is not None and kept is not False:
        words.append(f"DEFAULT {holes.fill(default_sql(kept))}")
    comment = options.get("comment", False)
    comment = options.get("existing_comment") if comment is False else comment
    if isinstance(comment, str):
        words.append("COMMENT '" + comment.replace("'", "''") + "'")
    target = name_of(new) if new is not None else None
    verb = f"CHANGE {quoted(name)} {quoted(target)}" if target is not None else f"MODIFY {quoted(name)}"
    yield f"{alter} {verb} {' '.join(words)}"


def _drop_column(options: Options, holes: Holes) -> Iterator[str]:
    exists = "IF EXISTS " if options.get("if_exists") is True else ""
    yield f"ALTER TABLE {quoted(table_of(options))} DROP COLUMN {exists}{quoted(text_of(options, 'column_name'))}"


def _drop_table(options: Options, holes: Holes) -> Iterator[str]:
    exists = "IF EXISTS " if options.get("if_exists") is True else ""
    yield f"DROP TABLE {exists}{quoted(table_of(options))}"


def _rename_table(options: Options, holes: Holes) -> Iterator[str]:
    new = text_of(options, "new_table_name")
    yield f"ALTER TABLE {quoted(table_of(options, 'old_table_name'))} RENAME TO {quoted(new)}"


def _create_index(options: Options, holes: Holes) -> Iterator[str]:
    name = options.get("index_name")
    if name is not None and name_of(name) is None:
        raise RefusedError("the index's name is not known")
    yield index(name_of(name), table_of(options), options.get("columns"), options, holes)


def _drop_index(options: Options, holes: Holes) -> Iterator[str]:
    name = text_of(options, "index_name")
    exists = "IF EXISTS " if options.get("if_exists") is True else ""
    if holes.mysql:
        yield f"DROP INDEX {exists}{quoted(name)} ON {quoted(table_of(options))}"
        return
    concurrently = "CONCURRENTLY " if options.get("postgresql_concurrently") is True else ""
    schema = options.get("schema")
    full = f"{schema}.{name}" if isinstance(schema, str) else name
    yield f"DROP INDEX {concurrently}{exists}{quoted(full)}"


def _constraint(options: Options, body: str, table: str | None = None) -> str:
    given = options.get("constraint_name")
    name = name_of(given)
    if name is None and given is not None:
        raise RefusedError("the constraint's name is not known")
    named = f"CONSTRAINT {quoted(name)} " if name is not None else ""
    return f"ALTER TABLE {quoted(table or table_of(options))} ADD {named}{body}"


def _create_unique_constraint(options: Options, holes: Holes) -> Iterator[str]:
    distinct = " NULLS NOT DISTINCT" if options.get("postgresql_nulls_not_distinct") is True else ""
    columns = listed(names_of(options.get("columns")))
    yield _constraint(options, f"UNIQUE{distinct} ({columns}){deferral(options)}")


def _create_primary_key(options: Options, holes: Holes) -> Iterator[str]:
    yield _constraint(options, f"PRIMARY KEY ({listed(names_of(options.get('columns')))})")


def _create_check_constraint(options: Options, holes: Holes) -> Iterator[str]:
    yield _constraint(options, f"CHECK ({condition(options.get('condition'), holes)}){not_valid(options)}")


def _create_exclude_constraint(options: Options, holes: Holes) -> Iterator[str]:
    elements = options.get("elements")
    yield _constraint(options, exclusion(elements if isinstance(elements, tuple) else (), options, holes))


def _create_foreign_key(options: Options, holes: Holes) -> Iterator[str]:
    source = table_of(options, "source_table", "source_schema")
    referent = table_of(options, "referent_table", "referent_schema")
    local, remote = names_of(options.get("local_cols")), names_of(options.get("remote_cols"))
    yield _constraint(options, references(local, referent, remote, options), source)


def _drop_constraint(options: Options, holes: Holes) -> Iterator[str]:
    table, given = table_of(options), options.get("constraint_name")
    name = name_of(given)
    if name is None:
        if given is None:
            raise RefusedError(
                "the constraint has no name, so that Alembic can drop it only if a naming convention gives it one"
            )
        raise RefusedError("the constraint's name is not known")
    exists = "IF EXISTS " if options.get("if_exists") is True else ""
    words = f"CONSTRAINT {exists}"
    if holes.mysql:
        # alembic/ddl/mysql.py, _mysql_drop_constraint
        kinds = {"foreignkey": "FOREIGN KEY ", "unique": "INDEX ", "primary": "PRIMARY KEY "}
        words = kinds.get(str(options.get("type_")), "CONSTRAINT ")
        if words == "PRIMARY KEY ":
            yield f"ALTER TABLE {quoted(table)} DROP PRIMARY KEY"
            return
    yield f"ALTER TABLE {quoted(table)} DROP {words}{quoted(name)}"


def _create_table_comment(options: Options, holes: Holes) -> Iterator[str]:
    text = options.get("comment")
    value = "'" + text.replace("'", "''") + "'" if isinstance(text, str) else "NULL"
    if holes.mysql:
        yield f"ALTER TABLE {quoted(table_of(options))} COMMENT {value if text else repr('')}"
    else:
        yield f"COMMENT ON TABLE {quoted(table_of(options))} IS {value}"


def _drop_table_comment(options: Options, holes: Holes) -> Iterator[str]:
    yield from _create_table_comment({**options, "comment": None}, holes)


_OPERATIONS: dict[str, Callable[[Options, Holes], Iterator[str]]] = {
    "add_column": _add_column,
    "alter_column": _alter_column,
    "create_check_constraint": _create_check_constraint,
    "create_exclude_constraint": _create_exclude_constraint,
    "create_foreign_key": _create_foreign_key,
    "create_index": _create_index,
    "create_primary_key": _create_primary_key,
    "create_table": _create_table,
    "create_table_comment": _create_table_comment,
    "create_unique_constraint": _create_unique_constraint,
    "drop_column": _drop_column,
    "drop_constraint": _drop_constraint,
    "drop_index": _drop_index,
    "drop_table": _drop_table,
    "drop_table_comment": _drop_table_comment,
    "rename_table": _rename_table,
}
