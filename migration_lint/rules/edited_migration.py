from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from migration_lint import patterns
from migration_lint.history import History, Review
from migration_lint.model.migration import Migration
from migration_lint.model.sql import SqlMigration
from migration_lint.reviewing import KEEP_CHECKSUMS
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class EditedMigration(Rule):
    """A migration that is released was changed or deleted since.

    A database that has run it does not run it again: it keeps what the old text did, while a new database, such as
    the one of the tests, gets what the new text says. The two drift apart, and nobody notices until a later migration
    fails on one of them. Tools that keep checksums (Flyway, Liquibase, sqlx) refuse to run anything.

    It needs `--since`, `--staged` or `since`, which say what is released. Comments, layout, dependencies and what only
    Python sees of a field, such as its help text, may change; a deleted migration that a squash replaces may go.
    """

    name = "edited-migration"
    family = "history"
    severity = Severity.ERROR

    def check_history(self, history: History, settings: Settings) -> Iterator[Finding]:
        review = history.review
        if review is None:
            return
        for key in review.edited:
            migration = history.migrations[key]
            message = (
                f"{migration.name} was released before and asks the database for something else now: {_then(migration)}"
            )
            yield self.file_finding(migration, message, _advice(migration, review, settings), objects=("edited",))
        for migration in review.deleted:
            key = (migration.app, migration.name)
            if key in history.squashed or key in history.migrations:
                continue
            message = (
                f"{migration.app}.{migration.name} was released before and is gone: databases that have run it keep "
                "what it did, new ones never get it."
            )
            yield self.file_finding(migration, message, _advice(migration, review, settings), objects=("deleted",))


def _then(migration: Migration) -> str:
    if isinstance(migration, SqlMigration) and migration.layout in KEEP_CHECKSUMS:
        return f"{migration.layout} finds that its checksum differs from the one it kept, and runs nothing."
    return "databases that have run it keep what it did then, only new ones get what it says now."


def _advice(migration: Migration, review: Review, settings: Settings) -> str:
    file = patterns.relative(Path(migration.path), settings.root)
    mark = "--" if isinstance(migration, SqlMigration) else "#"
    return f"{mark} git checkout {review.title} -- {file}\n{mark} Then write what is to change as a new migration."
