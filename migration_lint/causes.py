"""Which rule a piece of blocking work belongs to: each belongs to exactly one, so that no cause is found twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migration_lint.effects import Work
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
    SetNotNull,
    Statement,
    Update,
    ValidateConstraint,
)
from migration_lint.model.tables import Check, Constraint, Exclusion, ForeignKey, PrimaryKey, Unique
from migration_lint.replay import Executed, Step


@dataclass(frozen=True, slots=True)
class CausedWork:
    """Work that makes others wait, with the command that does it and the rule that has the remedy."""

    executed: Executed
    work: Work
    rule: str


def blocking_work(step: Step) -> Iterator[CausedWork]:
    """The work of a step that makes writes, or reads too, wait on a table that is in use."""
    for executed, work in step.work:
        if work.under.blocks_writes:
            yield CausedWork(executed, work, _rule(step, executed, work))


def _rule(step: Step, executed: Executed, work: Work) -> str:
    named = [rule for s in executed.command.statements if (rule := _of_statement(step, s, work)) is not None]
    if named:
        return named[0]
    if work.kind == "rewrite":
        return "table-rewrite"
    if work.kind == "update":
        return "lock-pile-up"
    return "table-scan"


def _of_statement(step: Step, statement: Statement, work: Work) -> str | None:
    """The rule that a statement's kind of work belongs to; None when this work is not the statement's own."""
    match statement:
        case CreateIndex():
            return "blocking-index"
        case AddConstraint(constraint=constraint):
            return _of_constraint(step, constraint)
        case AddColumn(constraints=constraints) if work.kind != "rewrite":
            for constraint in constraints:
                if work.object in (None, constraint.name):
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
        case ForeignKey(name=name):
            # One that was there before is dropped and checked again because something else about the column changed.
            dropped = any(isinstance(s, DropConstraint) and s.name == name for _, s in step.statements)
            return "table-scan" if dropped else "blocking-foreign-key"
        case Check():
            return "blocking-check"
        case Exclusion():
            return "blocking-exclusion"
        case _:
            return None
