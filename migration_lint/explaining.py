"""What a migration does, for its reviewer: each operation with its statements, effects, risk and way back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from migration_lint import describing
from migration_lint.databases.base import Database
from migration_lint.databases.selection import database_for
from migration_lint.effects import Source
from migration_lint.loading import load
from migration_lint.model.django import RunPython
from migration_lint.model.migration import NotAnalysed
from migration_lint.model.statements import Delete, DropColumn, DropTable, Truncate
from migration_lint.policy import table_sizes
from migration_lint.replay import Executed, Replay, ReplayedMigration, Step
from migration_lint.reversing import Reversal, reversal
from migration_lint.running_python import is_understood
from migration_lint.settings import Settings
from migration_lint.tree import World


class Risk(IntEnum):
    """LOW: the catalogue only, and every running release goes on. MEDIUM: a strong lock for a moment, or writes that
    wait on a table not known to be large. HIGH: reads wait for work, running code breaks, data is lost, or it fails."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One operation. `statements` are what is sent to the database, `sentences` what that does to whom; `risk` is None
    where nobody can tell what it does. `migration` is the name of the one it is part of, `transactional` whether that
    is one transaction."""

    migration: str
    transactional: bool
    kind: str
    line: int
    statements: tuple[str, ...]
    sentences: tuple[str, ...]
    risk: Risk | None
    reversal: Reversal
    unknown: tuple[str, ...]
    sources: tuple[Source, ...]
    executed: tuple[Executed, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One file on one database: a migration, or several changesets."""

    path: str
    migration: str
    database: str
    transactional: bool
    steps: tuple[ExplainedStep, ...]
    notes: tuple[str, ...] = ()

    @property
    def migrations(self) -> tuple[str, ...]:
        """The names of the migrations, in their order."""
        return tuple(dict.fromkeys(step.migration for step in self.steps))

    @property
    def risk(self) -> Risk | None:
        """The highest of its operations; None where a part that is not known could be higher."""
        known = max((step.risk for step in self.steps if step.risk is not None), default=Risk.LOW)
        return known if known is Risk.HIGH or all(step.risk is not None for step in self.steps) else None


class NoMigrationError(Exception):
    """The path is no migration; the message says why."""


def explain(path: Path, settings: Settings) -> Explanation:
    """What the migration at `path` does on the database that its history is judged on.

    Raises:
        NoMigrationError: the file cannot be read, or is no migration.
    """
    tree = load([path], settings)
    for world in tree.worlds:
        database, notes = database_for(world.settings)  # a SQL folder's is told by its text where nobody names one
        replayed = _replayed(world, database)
        if not replayed:
            undone = next(migration for migration in world.history.migrations.values() if world.reports(migration))
            raise NoMigrationError(f"{path}: undoes {os.path.basename(undone.path)}; explain that file")
        return _explanation(replayed, path, database.title, world.settings, notes)
    for failed in tree.failed:
        raise failed.error
    reasons = [error.reason for error in tree.unreadable] + [unparsed.reason for unparsed in tree.unparsed]
    raise NoMigrationError(f"{path}: {', '.join([*reasons, *tree.skipped.values()]) or 'is no migration'}")


def _replayed(world: World, database: Database) -> list[ReplayedMigration]:
    """The migrations of the file; what this package fails to replay of them is raised, not left out."""
    replay = Replay(world.history, world.settings, database)
    replayed = list(replay.run(lambda migration: migration.path in world.reported))
    for failure in replay.failures:
        if failure.migration.path in world.reported:
            raise failure.error
    return replayed


def _explanation(
    found: Sequence[ReplayedMigration], given: Path, title: str, settings: Settings, notes: tuple[str, ...]
) -> Explanation:
    first = found[0].migration
    replayed = [each for each in found if each.migration.path == first.path]
    path = given.as_posix() if first.path == os.path.abspath(given) else os.path.relpath(first.path)
    name = first.name if len(replayed) == 1 else os.path.basename(path)
    transactional = all(each.transactional for each in replayed)
    steps = tuple(_step(step, settings) for each in replayed for step in each.steps)
    return Explanation(path, f"{first.app}.{name}", title, transactional, steps, notes)


def _step(step: Step, settings: Settings) -> ExplainedStep:
    unknown = tuple(dict.fromkeys(_unknown(step)))
    sources = dict.fromkeys(source for executed in step.executed for source in executed.effect.sources)
    return ExplainedStep(
        migration=step.migration.name,
        transactional=step.transactional,
        kind=step.operation.kind,
        line=step.operation.span.line,
        statements=tuple(executed.command.sql for executed in step.executed if executed.command.sql),
        sentences=tuple(dict.fromkeys(_sentences(step))),
        risk=_risk(step, settings, unknown),
        reversal=reversal(step),
        unknown=unknown,
        sources=tuple(sources),
        executed=step.executed,
    )


def _unknown(step: Step) -> Iterator[str]:
    """What about the operation is not known."""
    yield from (problem.reason for problem in step.problems)
    if isinstance(step.operation, NotAnalysed):
        yield step.operation.reason
    if isinstance(step.operation, RunPython) and step.database and not is_understood(step.operation, step.migration):
        yield "what its Python code does to the database"
    for executed in step.executed:
        yield from executed.effect.unknown


def _sentences(step: Step) -> Iterator[str]:
    if step.failure is not None:
        yield f"it fails when it runs: {step.failure}"
    for executed in step.executed:
        held = executed.session.held
        yield from describing.describe(executed.effect, held=held, new_tables=step.new_tables)
        yield from map(describing.describe_failure, executed.effect.failures)
    yield from map(describing.describe_break, step.breaks)


def _risk(step: Step, settings: Settings, unknown: tuple[str, ...]) -> Risk | None:
    if step.failure is not None or any(not found.edge for found in step.breaks) or _loses_data(step):
        return Risk.HIGH
    risk = Risk.LOW
    for executed in step.executed:
        for failure in executed.effect.failures:
            risk = max(risk, Risk.MEDIUM if failure.rows is not None else Risk.HIGH)
        if any(lock.mode.blocks_writes and not step.is_new(lock.table) for lock in executed.effect.locks):
            risk = max(risk, Risk.MEDIUM)
    for _, work in step.work:
        large = table_sizes.is_large(work.table, settings)
        if work.under.blocks_reads or (work.under.blocks_writes and large):
            return Risk.HIGH
        if work.under.blocks_writes:
            risk = max(risk, Risk.MEDIUM)
    return None if unknown else risk


def _loses_data(step: Step) -> bool:
    for _, statement in step.statements:
        match statement:
            case DropTable(table=table) | Delete(table=table, whole_table=True) if not step.is_new(table):
                return True
            case DropColumn(table=table, column=column) if not step.is_new_column(table, column):
                return True
            case Truncate(tables=tables) if not all(map(step.is_new, tables)):
                return True
            case _:
                pass
    return False
