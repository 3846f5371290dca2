"""What the rules about work that others wait for have in common: each speaks of the work that is its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from migration_lint import describing
from migration_lint.effects import Effect, Lock, Work
from migration_lint.model.statements import AddColumn, AddConstraint, Update
from migration_lint.policy import table_sizes
from migration_lint.policy.causes import CausedWork, blocking_work, is_renewed
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class BlockingWorkRule(Rule):
    """Base of those rules: one finding an operation, however many pieces its work has."""

    sees: ClassVar[tuple[type, ...]] = (Work,)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        """One finding for all of the step's work that belongs to this rule."""
        if settings.database == "sqlite":
            # One connection writes at a time whatever a migration does; nobody runs SQLite under many writers.
            return
        works = [caused for caused in blocking_work(step) if caused.rule == self.name]
        if not works:
            return
        tables = tuple(dict.fromkeys(caused.work.table for caused in works))
        names = tuple(dict.fromkeys(caused.work.object for caused in works if caused.work.object))
        yield self.finding(
            step,
            f"{step.operation.kind} {what_happens(step, works)}{may_fail(step, works)}",
            self.advice(step, works, settings),
            objects=tables + names,
            executed=works[0].executed,
            severity=table_sizes.adjusted(self.severity_of(step, works), tables, settings),
        )

    def severity_of(self, step: Step, works: Sequence[CausedWork]) -> Severity:
        """How bad it is on a table of unknown size."""
        return self.severity

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        """What to write instead."""
        raise NotImplementedError


def what_happens(step: Step, works: Sequence[CausedWork]) -> str:
    """The predicate of the sentence, with a full stop; further tables have sentences of their own."""
    effect = Effect(locks=_locks(works), work=tuple(caused.work for caused in works))
    held = works[0].executed.session.held
    first, *others = describing.describe(effect, held=held, new_tables=step.new_tables)
    return "".join([f"{first}.", *(f" It {other}." for other in others)])


def may_fail(step: Step, works: Sequence[CausedWork]) -> str:
    """A sentence on the rows that the work would fail at, with a blank in front.

    A new column holds none of those, a foreign key that was there before let none in, and NULLs that the step fills
    itself are gone by then.
    """
    commands = {id(caused.executed): caused.executed for caused in works}
    fills = any(isinstance(statement, Update) and statement.only_nulls for _, statement in step.statements)
    rows: dict[str, None] = {}
    for executed in commands.values():
        statements = executed.command.statements
        renewed = any(isinstance(s, AddConstraint) and is_renewed(step, s.constraint) for s in statements)
        if renewed or any(isinstance(s, AddColumn) for s in statements):
            continue
        for failure in executed.effect.failures:
            if failure.rows is not None and not (fills and failure.kind == "null-values"):
                rows[failure.rows] = None
    return f" It fails if {', or if '.join(rows)}." if rows else ""


def _locks(works: Sequence[CausedWork]) -> tuple[Lock, ...]:
    """The strongest lock that the works' own commands take on each table they work on."""
    strongest: dict[str, Lock] = {}
    for caused in works:
        for lock in caused.executed.effect.locks:
            known = strongest.get(lock.table)
            if lock.table == caused.work.table and (known is None or known.mode.strength < lock.mode.strength):
                strongest[lock.table] = lock
    return tuple(strongest.values())
