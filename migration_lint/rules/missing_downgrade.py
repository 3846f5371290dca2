from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.sql import SqlMigration
from migration_lint.model.values import Span
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Related, Rule, Severity
from migration_lint.rules.irreversible_sql import leaves_nothing
from migration_lint.settings import Settings


class MissingDowngrade(Rule):
    """A migration has no way back, where its neighbours or its tool have one.

    When a release has to be rolled back, the tool stops at this migration, or takes it for undone while the database
    still has what it made. In folders of SQL files the way back is the file or the part that undoes a migration:
    `.down.sql`, `down.sql`, `-- migrate:down`, `-- +goose Down`, `--rollback`, Flyway's `U` files. It is asked for
    where the tool makes one for each migration (golang-migrate, diesel), or at least half of those in a folder have it.

    Alembic gives each revision a `downgrade()`, which is none while it is empty or does nothing but raise.

    One that was never filled in is none. A migration that leaves nothing behind (a setting, a comment, ANALYZE,
    VALIDATE CONSTRAINT) needs none, nor does one that says so: `--rollback empty`, or `SELECT 1` as its down.
    """

    name = "missing-downgrade"
    family = "reversibility"
    severity = Severity.ERROR

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        found = migration.migration
        if isinstance(found, AlembicMigration):
            yield from self._of_revision(migration, found)
        if not isinstance(found, SqlMigration) or not found.has_downs or found.replaces:
            return
        if not all(_TEMPLATE.match(operation.command.sql) for operation in found.down or ()):
            return
        if found.down is not None and found.layout == "liquibase":  # `--rollback empty`
            return
        statements = [statement for step in migration.steps for _, statement in step.statements]
        if all(leaves_nothing(statement) for statement in statements):
            return
        where = _FILES.get(found.layout) or _MARKS.get(found.layout, "a down")
        what = "is empty" if found.down is not None else "is not there"
        name = found.name.rpartition("::")[2]
        message = f"{name} cannot be undone: {where.format(name=name)} {what}."
        finding = self.file_finding(found, message, _advice(found, where.format(name=name)))
        if found.down_path is not None:
            done = Related(found.path, finding.span, "what is to be undone")
            finding = replace(finding, path=found.down_path, span=Span(1, 1, 1, 1), related=(done,))
        yield finding

    def _of_revision(self, migration: ReplayedMigration, found: AlembicMigration) -> Iterator[Finding]:
        if found.downgrade or not _leaves_something(migration):
            return
        what = "refuses to run" if found.refuses else "is empty" if found.downgrade_span is not None else "is not there"
        message = f"{found.name} cannot be undone: its downgrade() {what}."
        todo = "def downgrade():\n    ...  # operations that undo what upgrade() does, the last one first"
        yield self.file_finding(found, message, todo, span=found.downgrade_span or found.operations_span)


def _leaves_something(migration: ReplayedMigration) -> bool:
    statements = [statement for step in migration.steps for _, statement in step.statements]
    return not all(leaves_nothing(statement) for statement in statements)


# What `goose create` writes for a start, https://github.com/pressly/goose/blob/main/create.go
_TEMPLATE = re.compile(r"SELECT\s+'down SQL query'", re.IGNORECASE)
_FILES = {
    "golang-migrate": "{name}.down.sql",
    "sqlx": "{name}.down.sql",
    "diesel": "{name}/down.sql",
    "flyway": "its U file",
    "yoyo": "{name}.rollback.sql",
    "postgrator": "its .undo.sql",
}
_MARKS = {
    "goose": "-- +goose Down",
    "sql-migrate": "-- +migrate Down",
    "dbmate": "-- migrate:down",
    "node-pg-migrate": "-- Down Migration",
    "tern": "---- create above / drop below ----",
    "mybatis": "-- //@UNDO",
    "liquibase": "--rollback",
}


def _advice(migration: SqlMigration, where: str) -> str:
    todo = "SQL that undoes it, or SELECT 1 if nothing needs undoing"
    if migration.layout in _MARKS:
        return f"{_MARKS[migration.layout]}\n-- {todo}"
    return f"-- {where}: {todo}"
