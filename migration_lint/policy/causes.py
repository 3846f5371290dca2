"""Which rule a piece of blocking work belongs to: each belongs to exactly one, so that no cause is found twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from migration_lint.effects import Work
from migration_lint.model.alembic import AlembicOperation, AlembicSql
from migration_lint.model.django import AlterField, RunPython, RunSQL
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    CreateIndex,
    DropConstraint,
    Maintenance,
    ModifyColumn,
    RefreshMaterializedView,
    Reindex,
    RenameColumn,
    RenameTable,
    SetNotNull,
    Statement,
    Update,
    ValidateConstraint,
)
from migration_lint.model.tables import Check, Constraint, Exclusion, ForeignKey, NotNull, PrimaryKey, Unique
from migration_lint.policy.data_steps import written_tables
from migration_lint.policy.references import names_unmade
from migration_lint.replay import Executed, Step

_RENEWED = "renewed foreign key"
_LIKE = "second index of a text column"


@dataclass(frozen=True, slots=True)
class CausedWork:
    """Work that makes others wait, with the command that does it and the rule that has the remedy."""

    executed: Executed
    work: Work
    rule: str


def blocking_work(step: Step) -> tuple[CausedWork, ...]:
    """The work of a step that makes writes, or reads too, wait on a table that is in use."""
    found: tuple[CausedWork, ...] | None = step.worked_out.get("blocking work")
    if found is None:
        found = step.worked_out["blocking work"] = tuple(_blocking_work(step))
    return found


def _blocking_work(step: Step) -> Iterator[CausedWork]:
    causes = [
        CausedWork(executed, work, _rule(step, executed, work))
        for executed, work in step.work
        if not names_unmade(step, executed)
        if work.under.blocks_reads or (work.under.blocks_writes and not _is_view(executed, work.table))
    ]
    own = [caused.rule for caused in causes if caused.rule not in (_RENEWED, _LIKE)]
    for caused in causes:
        # Where something else about the column does blocking work, its remedy does away with this too.
        if isinstance(step.operation, AlterField) and "table-rewrite" in own:
            yield replace(caused, rule="table-rewrite")
        elif caused.rule == _RENEWED:
            yield replace(caused, rule=own[0] if own else "table-scan")
        elif caused.rule == _LIKE:
            yield replace(caused, rule="blocking-unique" if "blocking-unique" in own else "blocking-index")
        else:
            yield caused


def _is_view(executed: Executed, table: str) -> bool:
    """Whether it is a materialized view, which nobody writes to."""
    refreshed = (s.name for s in executed.command.statements if isinstance(s, RefreshMaterializedView))
    return table in executed.before.views or table in refreshed


def is_renewed(step: Step, constraint: Constraint) -> bool:
    """Whether the step dropped the foreign key before, because something else about its column or tables changes."""
    if not isinstance(constraint, ForeignKey):
        return False
    statements = [statement for _, statement in step.statements]
    tables = {s.table: s.new_name for s in statements if isinstance(s, RenameTable)}
    columns = {s.column: s.new_name for s in statements if isinstance(s, RenameColumn)}
    for executed, statement in step.statements:
        if isinstance(statement, DropConstraint):
            table = executed.before.table(statement.table)
            dropped = table.constraints.get(statement.name) if table else None
            if isinstance(dropped, ForeignKey):
                now = tuple(columns.get(column, column) for column in dropped.columns)
                to_table = tables.get(dropped.to_table, dropped.to_table)
                if constraint.columns in (now, dropped.columns) and constraint.to_table == to_table:
                    return True
    return False


def _rule(step: Step, executed: Executed, work: Work) -> str:
    named = [rule for s in executed.command.statements if (rule := _of_statement(step, executed, s, work)) is not None]
    if named:
        return named[0]
    if work.kind == "rewrite":
        return "table-rewrite"
    if work.kind != "update":
        return "table-scan"
    return "mixed-schema-and-data" if any(written_tables(step, executed)) else "lock-pile-up"


def _of_statement(step: Step, executed: Executed, statement: Statement, work: Work) -> str | None:
    """The rule that a statement's kind of work belongs to; None when this work is not the statement's own."""
    match statement:
        case CreateIndex(index=index):
            return _LIKE if index.implicit == "like" else "blocking-index"
        case AddConstraint(constraint=constraint) if work.object in (None, constraint.name):
            # PostgreSQL writes no table anew for a constraint; one that stands beside what does is checked on the way.
            if work.kind != "rewrite" or executed.effect.algorithm is not None:
                return _of_constraint(step, constraint)
        case AddColumn(constraints=constraints) if work.kind != "rewrite":
            for constraint in constraints:
                if work.object == constraint.name:
                    return _of_constraint(step, constraint)
        case ValidateConstraint():
            return "validate-in-same-transaction"
        case Reindex() | RefreshMaterializedView() | Maintenance():
            return "blocking-reindex"
        case SetNotNull() if work.kind == "scan":
            return "set-not-null"
        case Update() if any(isinstance(other, SetNotNull) for _, other in step.statements):
            return "set-not-null"
        case AlterColumnType() | ModifyColumn() if work.kind == "index build":
            return "blocking-reindex"
        case _:
            pass
    return None


def _of_constraint(step: Step, constraint: Constraint) -> str | None:
    match constraint:
        case Unique() | PrimaryKey():
            return "blocking-unique"
        case ForeignKey():
            written = isinstance(step.operation, (RunPython, RunSQL, SqlStatement, AlembicOperation, AlembicSql))
            return "blocking-foreign-key" if written or not is_renewed(step, constraint) else _RENEWED
        case Check():
            return "blocking-check"
        case NotNull():
            return "set-not-null"
        case Exclusion():
            return "blocking-exclusion"
        case _:
            return None
