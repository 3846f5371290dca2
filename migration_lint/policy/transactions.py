"""What of a migration commits together, so that its locks are held to one end."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.databases.base import NON_TRANSACTIONAL_DDL
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.sql import SqlMigration
from migration_lint.model.statements import TransactionControl
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.settings import Settings


def transactions(migration: ReplayedMigration, settings: Settings) -> Iterator[tuple[Step, ...]]:
    """The steps of each transaction, in the order they run; what runs outside of one is left out.

    A Django migration is one unless it says `atomic = False`; of an Alembic revision, what stands in no
    `autocommit_block`. In a SQL file BEGIN and COMMIT count as well, and a file
    that its tool sends as one string is one transaction. None holds a change of the schema on an engine that commits
    by itself.
    """
    if settings.database in NON_TRANSACTIONAL_DDL:
        return
    if not isinstance(migration.migration, (SqlMigration, AlembicMigration)):
        if migration.transactional:
            yield migration.steps
        return
    together: list[Step] = []
    for step in migration.steps:
        if not _is_inside(step, settings):
            # BEGIN itself comes here too: what it opens starts after it.
            yield from [tuple(together)] if together else []
            together = []
        else:
            together.append(step)
    yield from [tuple(together)] if together else []


def _is_inside(step: Step, settings: Settings) -> bool:
    """Whether the step's commands run in a transaction, be it PostgreSQL's implicit one of a string of several."""
    implicit = settings.database == "postgresql"
    executed = [each for each in step.executed if not _controls(each)] or step.executed
    return all(each.session.transactional or (implicit and each.session.several) for each in executed)


def _controls(executed: Executed) -> bool:
    """Whether it is a BEGIN or COMMIT: Alembic sends them around the operations of an `autocommit_block`."""
    return any(isinstance(statement, TransactionControl) for statement in executed.command.statements)
