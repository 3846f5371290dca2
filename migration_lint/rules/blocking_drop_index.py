from __future__ import annotations

from collections.abc import Iterator, Sequence

from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import create_index, quoted
from migration_lint.describing import describe_table, listed
from migration_lint.model.django import RemoveIndex
from migration_lint.model.statements import DropIndex
from migration_lint.policy import table_sizes
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class BlockingDropIndex(Rule):
    """An index is dropped without CONCURRENTLY.

    DROP INDEX takes ACCESS EXCLUSIVE on the table for a moment. The moment is short, but the statement waits for every
    query that is running on the table, and all that come after it wait behind it. On a table that the settings list in
    `hot-tables` this is a warning.

    DROP INDEX CONCURRENTLY (RemoveIndexConcurrently) lets the others go on; it needs `atomic = False`. An index that a
    constraint owns goes with its constraint and has no such form.
    """

    name = "blocking-drop-index"
    family = "locking"
    severity = Severity.INFO
    sees = (DropIndex,)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if settings.database != "postgresql":
            return  # the others have no form that waits for nobody
        blocking = [executed for executed in step.executed if _blocks(executed)]
        if not blocking or not all(drops_index(executed) for executed in blocking):
            return
        seen = set()
        for executed in blocking:
            for lock in executed.effect.locks:
                if step.is_new(lock.table) or lock.table in seen or not lock.mode.blocks_writes:
                    continue
                seen.add(lock.table)
                together = [each for each in blocking if lock in each.effect.locks]
                names = [s.name for each in together for s in _drops(each)]
                dropped = f"{'index' if len(names) == 1 else 'indexes'} {listed(names)}"
                message = f"Dropping the {dropped} {describe_table(executed.effect, lock.table)}."
                hot = table_sizes.is_hot(lock.table, settings)
                severity = Severity.WARNING if hot else self.severity
                advice = _advice(step, together, settings)
                objects = (lock.table, *names)
                yield self.finding(step, message, advice, objects=objects, executed=executed, severity=severity)


def drops_index(executed: Executed) -> bool:
    """Whether dropping an index is all that the command does."""
    return all(isinstance(statement, DropIndex) for statement in executed.command.statements)


def _blocks(executed: Executed) -> bool:
    return any(lock.mode.blocks_writes for lock in executed.effect.locks)


def _drops(executed: Executed) -> list[DropIndex]:
    return [statement for statement in executed.command.statements if isinstance(statement, DropIndex)]


def _advice(step: Step, dropping: Sequence[Executed], settings: Settings) -> str:
    operation = step.operation
    if isinstance(operation, RemoveIndex):
        removed = f'RemoveIndexConcurrently("{operation.model_name}", "{operation.name}")'
        return online.files(step, (f"remove_{operation.name}".lower(), [removed], False))
    pairs = [_drop(executed, each) for executed in dropping for each in _drops(executed)]
    suffix = f"drop_{_drops(dropping[0])[0].name.rpartition('.')[2]}".lower()
    state = online.operation_source(operation, settings)
    if state is None:
        return sql_files.migrations(step, sql_files.Part(suffix, pairs, outside=True))
    database = [online.run_sql(sql) for sql in online.kept_sql(step, dropping)]
    database += [online.run_sql(sql, back) for sql, back in pairs]
    return online.files(step, (suffix, [online.separately(database, [state])], False))


def _drop(executed: Executed, statement: DropIndex) -> tuple[str, str | None]:
    """The index dropped while others work, and built again."""
    owner = executed.before.table(statement.table or executed.before.table_of_index(statement.name) or "")
    index = owner.indexes.get(statement.name) if owner else None
    guard = "IF EXISTS " if statement.if_exists else ""
    return f"DROP INDEX CONCURRENTLY {guard}{quoted(statement.name)}", create_index(index) if index else None
