from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class SqlmigrateFailed(Rule):
    """Django's own SQL was asked for, and cannot be had for this migration.

    With `--sqlmigrate` the command ended with an error, did not end in time or cannot be run; or what it printed, or
    what `--sqlmigrate-from` names, does not fit the migration. The migration was checked all the same, with the
    statements that its operations are known to send. That there is no saved output for it is only a note.
    """

    name = "sqlmigrate-failed"
    family = "meta"
    severity = Severity.ERROR
    precision = "very-high"

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        absent = migration.sqlmigrate
        if absent is None:
            return
        message = f"The output of sqlmigrate is missing for this migration: {absent.reason}."
        found = self.file_finding(migration.migration, message, "")
        yield found if absent.failed else replace(found, severity=Severity.INFO)
