from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migration_lint.model.django import RunPython, RunSQL
from migration_lint.model.statements import Delete, Statement, Truncate, Update
from migration_lint.policy.noted import shown
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.running_python import facts_of
from migration_lint.settings import Settings


class NoopReverse(Rule):
    """The reverse of an operation that deletes or overwrites rows does nothing.

    `migrate` goes back without a word, and the rows or values that the operation took away are still gone. That may
    well be all that can be done; whoever has to roll back should know it. Where the old values matter, keep them: in a
    column or table of their own until the release has proved itself.
    """

    name = "noop-reverse"
    family = "reversibility"
    severity = Severity.INFO
    sees = (RunPython, RunSQL)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if not step.database or not _reverse_does_nothing(step):
            return
        lost = dict.fromkeys(text for _, statement in step.statements if (text := _lost(step, statement)) is not None)
        if not lost:
            return
        facts = facts_of(step.operation, step.migration) if isinstance(step.operation, RunPython) else None
        who = "RunSQL" if facts is None else f"RunPython({shown(facts.name).removesuffix('()')})"
        message = f"Undoing {who} brings nothing back: it {' and '.join(lost)}, and its reverse does nothing."
        todo = (
            "# If that has to come back: keep it elsewhere first, and write a reverse that puts it back."
            if facts is not None
            else "-- If that has to come back: keep it elsewhere first, and write reverse_sql that puts it back."
        )
        tables = dict.fromkeys(s.table for _, s in step.statements if isinstance(s, (Delete, Update)))
        yield self.finding(step, message, todo, objects=tuple(tables))


def _reverse_does_nothing(step: Step) -> bool:
    operation = step.operation
    if isinstance(operation, RunSQL):
        return operation.reverse_sql == ()
    if not isinstance(operation, RunPython) or operation.reverse_code is None:
        return False
    facts = facts_of(replace(operation, code=operation.reverse_code), step.migration)
    return facts is not None and facts.does_nothing


def _lost(step: Step, statement: Statement) -> str | None:
    """What a statement takes from tables in use, in words."""
    match statement:
        case Delete(table=table) if not step.is_new(table):
            return f"deletes rows of {table}"
        case Truncate(tables=tables) if any(not step.is_new(table) for table in tables):
            return f"empties {' and '.join(tables)}"
        case Update(table=table, columns=columns, only_nulls=False):
            changed = [n for n, to in columns if to in ("null", "value") and not step.is_new_column(table, n)]
            return f"overwrites {' and '.join(f'{table}.{name}' for name in changed)}" if changed else None
    return None
