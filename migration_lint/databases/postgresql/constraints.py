"""Constraints: added, validated, changed and dropped."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.databases.postgresql import casts
from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.facts import MEASURED_18, page
from migration_lint.databases.postgresql.locks import (
    ACCESS_EXCLUSIVE,
    ROW_SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
)
from migration_lint.databases.postgresql.nulls import proven_not_null, require_no_nulls
from migration_lint.model import statements as s
from migration_lint.model.tables import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    Index,
    NotNull,
    PrimaryKey,
    Table,
    Unique,
)
from migration_lint.model.values import Unknown


def add_constraint(run: Execution, statement: s.AddConstraint) -> None:
    """What is not NOT VALID is checked at once, under the lock that adding it takes."""
    constraint, table = statement.constraint, statement.table
    run.refuse_pending(table, "ALTER TABLE")
    match constraint:
        case ForeignKey():
            _add_foreign_key(run, table, constraint)
        case Check():
            _add_check(run, table, constraint)
        case PrimaryKey() | Unique():
            _add_key(run, statement, constraint)
        case Exclusion():
            run.lock(table, ACCESS_EXCLUSIVE)
            run.work("index build", table, object=constraint.name)
            run.fail(
                "duplicates",
                f'conflicting key value violates exclusion constraint "{constraint.name}"',
                f"rows of {table} conflict under {constraint.name}",
            )
        case NotNull():
            _add_not_null(run, table, constraint)


def _add_foreign_key(run: Execution, table: str, key: ForeignKey) -> None:
    for name in (table, key.to_table):
        run.lock(name, SHARE_ROW_EXCLUSIVE)
    refuse_foreign_key(run, table, key)
    child = run.table(table)
    if not key.validated and child is not None and child.partitioned:
        run.require("FOREIGN KEY … NOT VALID of a partitioned table", "a foreign key NOT VALID on a partitioned table")
    if key.validated and table not in run.session.new_tables:  # an empty table has nothing to look up
        _check_references(run, table, key)


def refuse_foreign_key(run: Execution, table: str, key: ForeignKey) -> None:
    """The server refuses a foreign key that it could not check."""
    refuse_types(run, table, key)
    _refuse_target(run, key)


def _refuse_target(run: Execution, key: ForeignKey) -> None:
    """A foreign key points at columns that a primary key, a unique constraint or a whole unique index keeps unique."""
    parent = run.table(key.to_table)
    if parent is None or not parent.complete or not key.to_columns:
        return
    wanted: set[str] = set(key.to_columns)
    keys = [set(c.columns) for c in parent.constraints.values() if isinstance(c, (PrimaryKey, Unique))]
    for index in parent.indexes.values():
        if index.unique and index.where is None:
            keys.append({each.column or "" for each in index.keys})
    if wanted not in keys:
        message = f'there is no unique constraint matching given keys for referenced table "{parent.name}"'
        run.fail("invalid-definition", message)


def refuse_types(run: Execution, table: str, key: ForeignKey) -> None:
    """A foreign key needs an operator that compares its columns with those that it points at."""
    for own, other in zip(key.columns, key.to_columns, strict=False):
        child, parent = run.column(table, own), run.column(key.to_table, other)
        if child is None or parent is None or isinstance(child.type, Unknown) or isinstance(parent.type, Unknown):
            continue
        if not casts.can_refer(child.type.name, parent.type.name):
            run.fail("invalid-definition", f'foreign key constraint "{key.name}" cannot be implemented')


def _check_references(run: Execution, table: str, key: ForeignKey) -> None:
    for name in (table, key.to_table):
        run.work("scan", name, f"to check the foreign key {key.name}", object=key.name)
    columns = ", ".join(key.columns)
    message = f'insert or update on table "{table}" violates foreign key constraint "{key.name}"'
    run.fail("foreign-key-violated", message, f"some {columns} has no row in {key.to_table}")


def _add_check(run: Execution, table: str, check: Check) -> None:
    run.lock(table, ACCESS_EXCLUSIVE)
    if not check.enforced and not run.require("NOT ENFORCED", "NOT ENFORCED"):
        return
    if check.validated and check.enforced:
        _check_rows(run, table, check)


def _check_rows(run: Execution, table: str, check: Check) -> None:
    run.work("scan", table, f"to check {check.name}", object=check.name)
    message = f'check constraint "{check.name}" of relation "{table}" is violated by some row'
    run.fail("check-violated", message, f"some row of {table} breaks {check.name}")


def _add_key(run: Execution, statement: s.AddConstraint, key: PrimaryKey | Unique) -> None:
    table = statement.table
    run.lock(table, ACCESS_EXCLUSIVE)
    columns = key.columns
    if isinstance(key, Unique) and not key.nulls_distinct:
        run.require("UNIQUE NULLS NOT DISTINCT", "NULLS NOT DISTINCT")
    found_table = run.table(table)
    if statement.only and found_table is not None and found_table.partitioned:
        pass  # its index stands in the catalogue alone until those of the partitions are attached to it
    elif statement.using_index is None:
        run.work("index build", table, object=key.name)
        fail_on_duplicates(run, table, key.name, columns)
    else:
        index = _index(run, table, statement.using_index)
        if index is None:
            run.unsure(f"what index {statement.using_index} is: the history did not make it")
        else:
            _refuse_index(run, index)
            columns = columns or tuple(each.column for each in index.keys if each.column is not None)
    if isinstance(key, PrimaryKey):
        if found_table and any(isinstance(each, PrimaryKey) for each in found_table.constraints.values()):
            run.fail("invalid-definition", f'multiple primary keys for table "{table}" are not allowed')
        for column in columns:
            found = run.column(table, column)
            if (found is None or found.nullable) and not proven_not_null(run, table, column):
                require_no_nulls(run, table, column)


def fail_on_duplicates(run: Execution, table: str, index: str, keys: tuple[str, ...], where: str | None = None) -> None:
    """A unique index can't be built over equal values: columns, or expressions, of the rows that meet `where`."""
    which = f"{table} where {where}" if where else table
    rows = f"two rows of {which} have the same {', '.join(keys)}"
    run.fail("duplicates", f'could not create unique index "{index}"', rows)


def _index(run: Execution, table: str, name: str) -> Index | None:
    found = run.table(table)
    return found.indexes.get(name) if found else None


def _refuse_index(run: Execution, index: Index) -> None:
    if not index.unique:
        run.fail("invalid-definition", f'"{index.name}" is not a unique index')
    elif index.where is not None:
        run.fail("invalid-definition", f'"{index.name}" is a partial index')
    elif any(key.expression for key in index.keys):
        run.fail("invalid-definition", f'index "{index.name}" contains expressions')
    elif not index.valid:
        run.fail("invalid-definition", f'index "{index.name}" is not valid')
    elif any(key.descending for key in index.keys):
        run.fail("invalid-definition", f'index "{index.name}" column number 1 does not have default sorting behavior')


def _add_not_null(run: Execution, table: str, constraint: NotNull) -> None:
    run.lock(table, ACCESS_EXCLUSIVE)
    if not run.require("NOT NULL as a named constraint, and NOT VALID", "a NOT NULL table constraint"):
        return
    column = run.column(table, constraint.column)
    known = column is not None and not column.nullable
    if constraint.validated and not known and not proven_not_null(run, table, constraint.column):
        require_no_nulls(run, table, constraint.column)


def validate_constraint(run: Execution, statement: s.ValidateConstraint) -> None:
    """The rows are checked while reads and writes go on, unless the transaction holds more than this needs."""
    name = statement.table
    run.lock(name, SHARE_UPDATE_EXCLUSIVE)
    run.refuse_pending(name, "ALTER TABLE")
    constraint = _constraint(run, name, statement.name)
    match constraint:
        case ForeignKey(validated=False):
            run.lock(constraint.to_table, ROW_SHARE)
            _check_references(run, name, constraint)
        case Check(validated=False):
            _check_rows(run, name, constraint)
        case NotNull(validated=False):
            if not proven_not_null(run, name, constraint.column):
                require_no_nulls(run, name, constraint.column)
        case None:
            run.work("scan", name, f"to check {statement.name}", object=statement.name)
            run.unsure(f"what constraint {statement.name} is: the history did not make it")
        case _:
            pass


def _constraint(run: Execution, table: str, name: str) -> Constraint | None:
    found = run.table(table)
    return found.constraints.get(name) if found else None


def drop_constraint(run: Execution, statement: s.DropConstraint) -> None:
    """Nothing is read; a foreign key locks the table it points at as well."""
    run.lock(statement.table, ACCESS_EXCLUSIVE)
    run.refuse_pending(statement.table, "ALTER TABLE")
    constraint = _constraint(run, statement.table, statement.name)
    if isinstance(constraint, ForeignKey):
        drop_foreign_key(run, constraint)
    elif isinstance(constraint, (PrimaryKey, Unique)):
        _drop_references(run, statement, constraint)
    elif constraint is None and not run.is_whole(statement.table):
        run.unsure(f"what constraint {statement.name} is: a foreign key's parent would be locked too")


def drop_foreign_key(run: Execution, key: ForeignKey) -> None:
    """The triggers on the referenced table go, under a lock of their own."""
    run.lock(key.to_table, ACCESS_EXCLUSIVE)


def _drop_references(run: Execution, statement: s.DropConstraint, target: PrimaryKey | Unique) -> None:
    for child, key in run.schema.references_to(statement.table):
        if set(key.to_columns) != set(target.columns):
            continue
        if statement.cascade:
            run.lock(child, ACCESS_EXCLUSIVE)
        else:
            message = (
                f"cannot drop constraint {target.name} on table {statement.table} because other objects depend on it"
            )
            run.fail("dependent-object", f"{message}: constraint {key.name} on {child}")


def rename_constraint(run: Execution, statement: s.RenameConstraint) -> None:
    """A change of the catalogue only, allowed with triggers pending."""
    run.lock(statement.table, ACCESS_EXCLUSIVE)


def alter_constraint(run: Execution, statement: s.AlterConstraint) -> None:
    """Deferrability is a change of the catalogue; ENFORCED checks the rows."""
    run.lock(statement.table, ACCESS_EXCLUSIVE)
    run.refuse_pending(statement.table, "ALTER TABLE")
    if statement.enforced is None or not run.require("NOT ENFORCED", "[NOT] ENFORCED"):
        return
    constraint = _constraint(run, statement.table, statement.name)
    if isinstance(constraint, ForeignKey):
        run.lock(constraint.to_table, SHARE_ROW_EXCLUSIVE, page("sql-altertable"))
        if statement.enforced:
            _check_references(run, statement.table, constraint)
    elif isinstance(constraint, Check):
        run.fail(
            "invalid-definition", f"cannot alter enforceability of constraint {constraint.name}", source=MEASURED_18
        )


def foreign_keys(table: Table | None) -> Iterator[ForeignKey]:
    """The table's own foreign keys."""
    for constraint in table.constraints.values() if table else ():
        if isinstance(constraint, ForeignKey):
            yield constraint
