"""Columns: added, dropped, renamed, and their attributes changed."""

from __future__ import annotations

from dataclasses import replace

from migration_lint.databases.postgresql import casts
from migration_lint.databases.postgresql.constraints import add_constraint, drop_foreign_key
from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.facts import MEASURED_18, page
from migration_lint.databases.postgresql.functions import volatility
from migration_lint.databases.postgresql.locks import ACCESS_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE
from migration_lint.databases.postgresql.nulls import proven_not_null, require_no_nulls
from migration_lint.databases.postgresql.types import wrong_arguments
from migration_lint.model import statements as s
from migration_lint.model.tables import Column, ForeignKey, PrimaryKey
from migration_lint.model.values import Unknown


def add_column(run: Execution, statement: s.AddColumn) -> None:
    """A constant or stable default is kept in the catalogue; what differs from row to row rewrites the table."""
    table, column = statement.table, statement.column
    run.lock(table, ACCESS_EXCLUSIVE)
    run.refuse_pending(table, "ALTER TABLE")
    if run.column(table, column.name) is not None:
        if not statement.if_not_exists:
            run.fail("invalid-definition", f'column "{column.name}" of relation "{table}" already exists')
        return
    if not isinstance(column.type, Unknown) and (wrong := wrong_arguments(column.type)) is not None:
        run.fail("invalid-definition", wrong)
    _fill(run, table, column)
    has_default = column.default is not None or column.generated is not None
    if not column.nullable and not has_default and column.auto is None:
        message = f'column "{column.name}" of relation "{table}" contains null values'
        run.fail("not-null-without-default", message, f"{table} has any row")
    run.apply(replace(statement, constraints=()))
    for constraint in statement.constraints:
        if isinstance(constraint, ForeignKey) and not has_default:
            # Nothing can violate it yet; the server skips the validation (transformFKConstraints).
            constraint = replace(constraint, validated=False)
        add_constraint(run, s.AddConstraint(table, constraint))


def _fill(run: Execution, table: str, column: Column) -> None:
    why = f"to give every row its {column.name}"
    if column.generated is not None:
        if column.generated.stored:
            if run.require("GENERATED … STORED", "a stored generated column"):
                run.work("rewrite", table, f"to compute {column.name} for every row")
        elif run.require("VIRTUAL generated columns", "a virtual generated column") and not column.nullable:
            run.work("scan", table, f"to check that no {column.name} is NULL", source=MEASURED_18)
    elif column.auto is not None:
        run.work("rewrite", table, why)
    elif isinstance(column.default, Unknown):
        run.unsure(f"whether {table} is rewritten: the default of {column.name}, {column.default.reason}")
    elif column.default is not None and volatility(column.default, run.schema.functions) == "volatile":
        run.work("rewrite", table, why)
    elif column.default is not None and volatility(column.default, run.schema.functions) == "unknown":
        names = ", ".join(column.default.functions)
        run.work("rewrite", table, f"{why}, unless {names} is declared STABLE or IMMUTABLE", sure=False)
    else:
        _check_domain(run, table, column)


def _check_domain(run: Execution, table: str, column: Column) -> None:
    """A domain's constraints are checked row by row, by a rewrite."""
    if isinstance(column.type, Unknown):
        run.unsure(f"whether {table} is rewritten: the type of {column.name}, {column.type.reason}")
        return
    name = column.type.name
    if name in casts.KNOWN or column.type.dimensions:
        return
    if (domain := run.schema.domains.get(name)) is not None:
        if domain.constrained:
            run.work("rewrite", table, f"to check the domain {name} for every row")
    elif name not in run.schema.types:
        run.unsure(f"whether {table} is rewritten: it is if {name} is a domain with constraints")


def drop_column(run: Execution, statement: s.DropColumn) -> None:
    """The column is only marked as dropped; indexes and constraints of it go with it, foreign keys lock both ends."""
    name, gone = statement.table, statement.column
    run.lock(name, ACCESS_EXCLUSIVE)
    run.refuse_pending(name, "ALTER TABLE")
    table = run.table(name)
    if table is None or gone not in table.columns:
        if table is None or not table.complete:
            run.unsure(f"what hangs on {name}.{gone}: the history did not make it")
        return
    for constraint in table.constraints.values():
        if isinstance(constraint, ForeignKey) and gone in constraint.columns:
            drop_foreign_key(run, constraint)
    for other, key in run.schema.references_to(name):
        if gone in key.to_columns and other != name:
            _drop_dependent(run, statement, f"constraint {key.name} on {other}", other)
    for view in run.views_on(name, gone):
        _drop_dependent(run, statement, f"view {view}", view)
    for other_column in table.columns.values():
        if other_column.generated is not None and gone in other_column.generated.columns:
            _drop_dependent(run, statement, f"generated column {other_column.name}", name)


def _drop_dependent(run: Execution, statement: s.DropColumn, dependent: str, relation: str) -> None:
    if statement.cascade:
        run.lock(relation, ACCESS_EXCLUSIVE)
        return
    message = f"cannot drop column {statement.column} of table {statement.table} because other objects depend on it"
    run.fail("dependent-object", f"{message}: {dependent}")


def rename_column(run: Execution, statement: s.RenameColumn) -> None:
    """A change of the catalogue only, allowed with triggers pending."""
    run.lock(statement.table, ACCESS_EXCLUSIVE)


def set_not_null(run: Execution, statement: s.SetNotNull) -> None:
    """Every row is looked at, unless the column is so already or a valid CHECK says so."""
    name, column = statement.table, statement.column
    run.lock(name, ACCESS_EXCLUSIVE)
    run.refuse_pending(name, "ALTER TABLE")
    found = run.column(name, column)
    if found is not None and not found.nullable:
        return
    if found is None:
        run.unsure(f"whether {name}.{column} can be NULL already: the history did not make it")
    if proven_not_null(run, name, column):
        return
    require_no_nulls(run, name, column)


def drop_not_null(run: Execution, statement: s.DropNotNull) -> None:
    """A change of the catalogue only; a primary key's columns refuse it."""
    _alter_attribute(run, statement.table)
    table = run.table(statement.table)
    for constraint in table.constraints.values() if table else ():
        if isinstance(constraint, PrimaryKey) and statement.column in constraint.columns:
            run.fail("invalid-definition", f'column "{statement.column}" is in a primary key')


def set_default(run: Execution, statement: s.SetDefault | s.DropDefault) -> None:
    """Old rows keep what they have."""
    _alter_attribute(run, statement.table)


def set_identity(run: Execution, statement: s.SetIdentity) -> None:
    """Old rows keep what they have; the column must be NOT NULL."""
    _alter_attribute(run, statement.table)
    column = run.column(statement.table, statement.column)
    if statement.kind is not None and column is not None and column.nullable:
        where = f'column "{column.name}" of relation "{statement.table}"'
        run.fail("invalid-definition", f"{where} must be declared NOT NULL before identity can be added")


def _alter_attribute(run: Execution, table: str) -> None:
    run.lock(table, ACCESS_EXCLUSIVE)
    run.refuse_pending(table, "ALTER TABLE")


def set_column_option(run: Execution, statement: s.SetColumnOption) -> None:
    """Statistics and planner attributes lock writers out of nothing; the rest takes the table for a moment."""
    weak = statement.option in ("statistics", "attributes")
    run.lock(statement.table, SHARE_UPDATE_EXCLUSIVE if weak else ACCESS_EXCLUSIVE, page("sql-altertable"))
    run.refuse_pending(statement.table, "ALTER TABLE")
    if statement.option == "compression":
        run.require("SET COMPRESSION", "SET COMPRESSION")
    if statement.option != "expression":
        return
    if statement.value is None:
        run.require("DROP EXPRESSION", "DROP EXPRESSION")
        return
    column = run.column(statement.table, statement.column)
    stored = column is None or column.generated is None or column.generated.stored
    if run.require("SET EXPRESSION", "SET EXPRESSION") and stored:
        why = f"to compute {statement.column} for every row again"
        run.work("rewrite", statement.table, why, source=page("sql-altertable"))


def comment(run: Execution, statement: s.Comment) -> None:
    """Readers and writers go on."""
    run.lock(statement.table, SHARE_UPDATE_EXCLUSIVE)


def modify_column(run: Execution, statement: s.ModifyColumn) -> None:
    """MySQL's MODIFY and CHANGE are no PostgreSQL."""
    run.fail("invalid-definition", "MODIFY and CHANGE are MySQL's", source=page("sql-altertable"))
