from __future__ import annotations

from collections.abc import Iterator, Mapping

from migration_lint.describing import listed
from migration_lint.history import History, Key
from migration_lint.model.sql import SqlMigration
from migration_lint.rule import Finding, Related, Rule, Severity
from migration_lint.settings import Settings

# What tools do with a migration whose version is lower than the last one they ran. The others run whatever is missing.
# Flyway: https://documentation.red-gate.com/fd/flyway-out-of-order-setting-277579015.html
# goose: https://pressly.github.io/goose/blog/2021/out-of-order-migrations (since 3.3.0)
# golang-migrate: https://github.com/golang-migrate/migrate/issues/179
# Supabase: https://github.com/supabase/cli/issues/1882
_FOR_TOOL: Mapping[str, str] = {
    "flyway": "flyway refuses to run anything, unless outOfOrder is set",
    "goose": "goose refuses to run anything, unless it is called with -allow-missing",
    "golang-migrate": "golang-migrate never runs it there, and says nothing",
    "supabase": "supabase db push refuses to run anything, unless it is called with --include-all",
}


class OutOfOrder(Rule):
    """A new migration stands before one that is released already.

    It was written on a branch, and another one was merged first. A new database runs both in order, so the tests
    pass; one that has run the released migration has passed the new one's place. Django stops with
    InconsistentMigrationHistory when a released migration depends on one that has not run. Of the tools that go by
    versions some stop, and golang-migrate leaves it out in silence.

    It needs `--since`, `--staged` or `since`, which say what is released. Tools that run whatever has not run yet
    (dbmate, diesel, sqlx, Prisma, Liquibase) take any order.
    """

    name = "out-of-order"
    family = "history"
    severity = Severity.WARNING

    def check_history(self, history: History, settings: Settings) -> Iterator[Finding]:
        if history.review is None:
            return
        for key in sorted(history.review.new & history.migrations.keys()):
            migration = history.migrations[key]
            if isinstance(migration, SqlMigration):
                yield from self._by_version(key, migration, history, history.review.new)
            elif not migration.replaces:
                yield from self._by_graph(key, history, history.review.new)

    def _by_version(
        self, key: Key, migration: SqlMigration, history: History, new: frozenset[Key]
    ) -> Iterator[Finding]:
        released = [
            other
            for other_key, other in history.migrations.items()
            if other_key not in new and isinstance(other, SqlMigration) and not other.repeatable
        ]
        last = max(released, key=lambda other: other.version, default=None)
        happens = _FOR_TOOL.get(migration.layout)
        if last is None or happens is None or not migration.version or migration.version >= last.version:
            return
        yield self.file_finding(
            migration,
            f"{_file(migration.path)} has a lower version than {_file(last.path)}, which is released: on a database "
            f"that has run that, {happens}.",
            f"-- Rename {_file(migration.path)} to a version above {_file(last.path)}.",
            objects=(last.name,),
            related=(Related(last.path, last.span, "is released"),),
        )

    def _by_graph(self, key: Key, history: History, new: frozenset[Key]) -> Iterator[Finding]:
        released = sorted(
            child
            for child, parents in history.parents.items()
            if key in parents and child not in new and not history.migrations[child].replaces
        )
        if not released:
            return
        names = listed([f"{app}.{name}" for app, name in released])
        yield self.file_finding(
            history.migrations[key],
            f"{names} {'is' if len(released) == 1 else 'are'} released and would run after {key[0]}.{key[1]}, which is "
            "new: on a database that has run the one and not the other, migrate stops with "
            "InconsistentMigrationHistory.",
            f"# Let {key[1]} depend on the last released migration, and nothing released depend on it.",
            objects=tuple(name for _, name in released),
            related=tuple(
                Related(history.migrations[child].path, history.migrations[child].span, "is released")
                for child in released
            ),
        )


def _file(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
