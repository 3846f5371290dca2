from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from migration_lint.model.migration import Migration
from migration_lint.model.sql import SqlMigration
from migration_lint.policy.extensions import excluding, is_created, is_used, needed
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings

# A hosted database that has them from the start: https://supabase.com/docs/guides/database/extensions
_BY_LAYOUT = {"supabase": frozenset({"uuid-ossp", "pgcrypto"})}


class MissingExtension(Rule):
    """A type, operator class or function of an extension is used, and no migration before creates the extension.

    On a database where nobody has created it by hand the migration fails: a new developer's, the one the tests build,
    the next customer's. CREATE EXTENSION belongs in front of the first migration that needs it; Django has operations
    for it, and its PostGIS backend creates postgis by itself. The first use in the history is found, PostgreSQL only.

    Where a database comes with extensions, say which:
    `[tool.migration-lint.rules.missing-extension]` with `installed = ["postgis"]`. Nothing is said where something
    before was not understood, or where the history begins with tables that somebody else made.
    """

    name = "missing-extension"
    family = "upgrade"
    severity = Severity.ERROR
    options: ClassVar[Mapping[str, tuple[str, ...]]] = {"installed": ()}

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        if settings.database != "postgresql":
            return
        said = set(self.option("installed", settings)) | _given(migration.migration)
        for position, step in enumerate(migration.steps):
            for executed, statement in step.statements:
                for extension, what in (*needed(statement, settings), *excluding(statement, executed.before)):
                    if extension in said or not executed.sure or not _is_whole(step.after):
                        continue
                    said.add(extension)
                    if is_used(executed.before, extension, settings) or is_created(migration, position, extension):
                        continue
                    message = (
                        f"{what} needs the extension {extension}, which no migration before this one creates: it fails "
                        f"on a database that has no {extension} yet."
                    )
                    advice = _advice(step, extension)
                    yield self.finding(step, message, advice, objects=(extension,), executed=executed)


def _given(migration: Migration) -> frozenset[str]:
    """What is there before the first migration runs."""
    if isinstance(migration, SqlMigration):
        return _BY_LAYOUT.get(migration.layout, frozenset())
    return frozenset({"postgis"})  # prepare_database of django.contrib.gis.db.backends.postgis


def _is_whole(schema: Schema) -> bool:
    """Whether the history made every table that it has named."""
    return all(table.complete for table in schema.tables.values())


def _advice(step: Step, extension: str) -> str:
    quoted = f'"{extension}"' if "-" in extension else extension
    if step.migration.framework == "sql":
        return f"-- Before it:\nCREATE EXTENSION IF NOT EXISTS {quoted};"
    return (
        "# Before it; the import is from django.contrib.postgres.operations import CreateExtension\n"
        f'CreateExtension("{extension}")'
    )
