"""ALTER COLUMN … TYPE: the rows, and all that hangs on the column."""

from __future__ import annotations

from dataclasses import replace

from migration_lint.databases.postgresql import casts
from migration_lint.databases.postgresql.constraints import fail_on_duplicates, foreign_keys, refuse_types
from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.locks import ACCESS_EXCLUSIVE
from migration_lint.databases.postgresql.types import TypeChange, type_change
from migration_lint.model import statements as s
from migration_lint.model.tables import (
    Check,
    Column,
    ColumnType,
    Exclusion,
    Index,
    PrimaryKey,
    Table,
    Unique,
)
from migration_lint.model.values import Unknown
from migration_lint.schema import index_columns


def alter_column_type(run: Execution, statement: s.AlterColumnType) -> None:
    """The table is locked in any case; the server goes through its rows only if the new type asks for it."""
    run.lock(statement.table, ACCESS_EXCLUSIVE)
    run.refuse_pending(statement.table, "ALTER TABLE")
    _refuse_dependents(run, statement)
    table, column = run.table(statement.table), run.column(statement.table, statement.column)
    change = _change(run, statement, column)
    if change is None:
        return
    if change.refused is not None:
        run.fail(change.refusal_kind, change.refused)
        return
    if change.rows is not None:
        kind, rows = change.rows
        run.fail(kind, f"the change of {statement.table}.{statement.column} to {statement.type} fails", rows)
    _rewrite(run, statement, change)
    if table is None or column is None:
        return
    _rebuild_indexes(run, table, statement.column, change.same_operators, column.collation == statement.collation)
    if isinstance(statement.type, ColumnType):
        _refuse_operators(run, table, statement.column, statement.type)
    if change.merges:
        _refuse_duplicates(run, table, statement.column)
    _recheck(run, table, statement.column)
    _renew_foreign_keys(run, statement, change)


def _change(run: Execution, statement: s.AlterColumnType, column: Column | None) -> TypeChange | None:
    where = f"{statement.table}.{statement.column}"
    if column is None:
        _retype_unknown(run, statement)
    elif isinstance(column.type, Unknown):
        run.unsure(f"whether {statement.table} is rewritten: the type of {where} before, {column.type.reason}")
    elif isinstance(statement.type, Unknown):
        run.unsure(f"whether {statement.table} is rewritten: the type {statement.type.source}, {statement.type.reason}")
    elif isinstance(statement.using, Unknown):
        # Only an expression that is the column itself, or a cast between types stored alike, needs no rewrite.
        why = f"to store {statement.column} as {statement.type}, unless USING leaves its values as they are"
        run.work("rewrite", statement.table, why, sure=False)
    else:
        return _known_change(run, statement, column.type, statement.type, statement.using)
    return None


def _known_change(
    run: Execution, statement: s.AlterColumnType, old: ColumnType, new: ColumnType, using: str | None
) -> TypeChange:
    """A domain is stored as its base type is; one that is constrained has every row checked, by a rewrite."""
    schema, column = run.schema, statement.column
    change = type_change(column, schema.base_type(old), schema.base_type(new), using, schema.types)
    domain = schema.domains.get(new.name)
    if domain is None or not domain.constrained or old == new or change.refused is not None:
        return change
    return replace(change, rewrite="yes", rows=change.rows or ("check-violated", f"some {column} is no {new}"))


def _retype_unknown(run: Execution, statement: s.AlterColumnType) -> None:
    """The type before is not known. Texts and numbers of any length take what shorter ones hold as it is stored."""
    target = statement.type
    if isinstance(target, ColumnType) and target.name in ("text", "varchar", "numeric") and not target.args:
        where = f"{statement.table}.{statement.column}"
        run.unsure(f"whether {statement.table} is rewritten: the type of {where} before is not known")
        return
    why = f"to store {statement.column} as {target}, unless its values are stored alike already"
    run.work("rewrite", statement.table, why, sure=False)


def _rewrite(run: Execution, statement: s.AlterColumnType, change: TypeChange) -> None:
    table, why = statement.table, f"to store {statement.column} as {statement.type}"
    if change.rewrite == "unknown":
        run.work("rewrite", table, f"{why}, unless one of them is a domain over the other", sure=False)
    elif change.rewrite == "unless UTC" and run.has("timestamp ↔ timestamptz without a rewrite in UTC"):
        zone = run.session.variables.get("timezone")
        if zone is None:
            run.work("rewrite", table, f"{why}, unless the session's time zone is UTC", sure=False)
        elif zone.strip("'\"").lower() not in ("utc", "gmt", "etc/utc", "zulu", "0", "uct"):
            run.work("rewrite", table, why)
    elif change.rewrite != "no":
        run.work("rewrite", table, why)


def _refuse_dependents(run: Execution, statement: s.AlterColumnType) -> None:
    """Views and generated columns refuse every ALTER TYPE, one to the same type included."""
    for view in run.views_on(statement.table, statement.column):
        run.fail("dependent-object", f"cannot alter type of a column used by a view or rule: {view}")
    table = run.table(statement.table)
    for other in table.columns.values() if table else ():
        if other.generated is not None and statement.column in other.generated.columns:
            run.fail("dependent-object", f"cannot alter type of a column used by a generated column: {other.name}")


def _rebuild_indexes(run: Execution, table: Table, column: str, same_operators: bool, same_collation: bool) -> None:
    """An index is kept if it is a plain one whose keys sort as before (`CheckIndexCompatible` in the source).

    Operators that the index names itself stay what they are.
    """
    same_order = same_operators and same_collation
    for index in table.indexes.values():
        if column not in index_columns(index):
            if None in (index.expression_columns, index.where_columns):
                run.unsure(f"whether index {index.name} is rebuilt: what it reads is not known")
        elif not _is_plain(index):
            run.work("index build", table.name, f"because it computes with {column}", object=index.name)
        elif any(
            key.column == column and not (same_collation and (same_operators or key.opclass)) for key in index.keys
        ):
            run.work("index build", table.name, f"because {column} sorts in another way", object=index.name)
    for constraint in table.constraints.values():
        if isinstance(constraint, (PrimaryKey, Unique)) and column in constraint.columns and not same_order:
            run.work("index build", table.name, f"because {column} sorts in another way", object=constraint.name)
        elif isinstance(constraint, Exclusion) and column in (constraint.columns or ()):
            computed = constraint.where is not None or any(key.expression for key in constraint.keys)
            if computed or not same_order:
                run.work("index build", table.name, f"because it reads {column}", object=constraint.name)


def _refuse_operators(run: Execution, table: Table, column: str, new: ColumnType) -> None:
    """An index of the column needs operators for the new type."""
    for index in table.indexes.values():
        for key in index.keys:
            if key.column == column and not new.dimensions:
                refusal = casts.operators_refused(new.name, key.opclass, index.method)
                if refusal is not None:
                    run.fail("invalid-definition", refusal)


def _refuse_duplicates(run: Execution, table: Table, column: str) -> None:
    """Unique indexes are built anew over values of which some may have become equal."""
    for constraint in table.constraints.values():
        if isinstance(constraint, (PrimaryKey, Unique)) and column in constraint.columns:
            fail_on_duplicates(run, table.name, constraint.name, constraint.columns)
    for index in table.indexes.values():
        if index.unique and column in index_columns(index):
            keys = tuple(key.column or key.expression or "expression" for key in index.keys)
            fail_on_duplicates(run, table.name, index.name, keys, index.where)


def _is_plain(index: Index) -> bool:
    return index.where is None and all(key.column is not None for key in index.keys)


def _recheck(run: Execution, table: Table, column: str) -> None:
    for constraint in table.constraints.values():
        if not isinstance(constraint, Check) or not constraint.validated or not constraint.enforced:
            continue
        if constraint.columns is None:
            run.unsure(f"whether the rows are checked against {constraint.name}: what it reads is not known")
        elif column in constraint.columns:
            run.work("scan", table.name, f"to check {constraint.name} again", object=constraint.name)


def _renew_foreign_keys(run: Execution, statement: s.AlterColumnType, change: TypeChange) -> None:
    """A foreign key of the column, or to it, is dropped and made again; its rows are checked if values changed."""
    table, column = statement.table, statement.column
    own = [(table, key) for key in foreign_keys(run.table(table)) if column in key.columns]
    others = [(child, key) for child, key in run.schema.references_to(table) if column in key.to_columns]
    run.apply(statement)
    for child, key in own + others:
        same = change.rewrite == "no" and (change.same_operators or (child, key) in own)
        for name in (child, key.to_table):
            run.lock(name, ACCESS_EXCLUSIVE)
            if key.validated and not same:
                run.work("scan", name, f"to check {key.name} again", object=key.name)
        refuse_types(run, child, key)
