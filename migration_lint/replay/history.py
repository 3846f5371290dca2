"""All migrations of a history, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from migration_lint import sqlmigrate
from migration_lint.databases.base import Database
from migration_lint.history import History, Key
from migration_lint.labels import NEWEST_LONG_TERM
from migration_lint.layered import differing
from migration_lint.lowering.django import DjangoLowering, ProjectState
from migration_lint.model.migration import Migration
from migration_lint.replay.releasing import Release
from migration_lint.replay.running import MigrationRun
from migration_lint.replay.steps import Failure, ReplayedMigration
from migration_lint.schema import Schema
from migration_lint.settings import Settings
from migration_lint.sqlmigrate import Absence, Output


class Replay:
    """Runs migrations in order, keeping the state and the schema that each leaves to the next.

    `failures` are the operations that a fault of this package kept from being replayed; the others went on.
    """

    def __init__(self, history: History, settings: Settings, database: Database) -> None:
        self._history = history
        self._settings = settings
        self._database = database
        self._django_version = settings.django_version or NEWEST_LONG_TERM
        self._lowering = DjangoLowering(settings)
        self._models = self._lowering.initial_state()
        self._schema = Schema(narrow_drops=database.engine in ("mysql", "mariadb"))
        self._sure = True
        self._under_review: Release | None = None
        self._outputs = sqlmigrate.outputs(settings)
        self._owners: dict[str, str] = {}
        self._squashes = _squashes(history)
        self._before_squashed: dict[Key, tuple[ProjectState, Schema]] = {}
        self.failures: list[Failure] = []

    def run(self, wanted: Callable[[Migration], bool]) -> Iterator[ReplayedMigration]:
        """Replay all, and yield those that are wanted; the others only leave their state behind."""
        history = self._history
        done: set[Key] = set()
        for key in history.deployment_order():
            if key in done or key in history.superseded:
                continue
            for squash in self._squashes.get(key, ()):
                self._before_squashed.setdefault(squash, (self._models, self._schema.without_latest()))
            done.add(key)
            if key in self._before_squashed:
                yield from self._run_squash(key, wanted)
            else:
                migration = history.migrations[key]
                replayed = self._run_one(migration, wanted(migration))
                if replayed is not None:
                    yield replayed
            # As close to its originals as may be: what comes later could not have been there when it ran.
            for squash in self._squashes.get(key, ()):
                if squash not in done and done.issuperset(history.parents[squash]):
                    done.add(squash)
                    yield from self._run_squash(squash, wanted)

    def _run_squash(self, key: Key, wanted: Callable[[Migration], bool]) -> Iterator[ReplayedMigration]:
        """A squash runs beside its originals: on the application as it was before them, in the world of today."""
        migration = self._history.migrations[key]
        if not wanted(migration):
            return
        models, schema, owners = self._models, self._schema, dict(self._owners)
        old_models, old_schema = self._before_squashed[key]
        self._models = models.with_app(migration.app, old_models)
        self._schema = old_schema
        for name in differing(old_schema.tables, schema.tables):
            # Whatever other applications have made since; the rest is as it was.
            if name in schema.tables and name not in old_schema.tables and owners.get(name) != migration.app:
                self._schema = self._schema.with_table(schema.tables[name])
        for name in differing(old_schema.views, schema.views):
            view = schema.views.get(name)
            self._schema = self._schema.with_view(view) if view else self._schema.without_view(name)
        self._schema = replace(self._schema, types=schema.types, domains=schema.domains)
        try:
            replayed = self._run_one(migration, wanted=True)
            if replayed is not None:
                yield replayed
        finally:
            self._models, self._schema, self._owners = models, schema, owners

    def _run_one(self, migration: Migration, wanted: bool) -> ReplayedMigration | None:
        run = MigrationRun(
            migration,
            self._lowering.start(migration, self._django_version),
            self._database,
            self._models,
            self._schema,
            self._release_of(migration),
            self._settings,
            wanted,
            self._sure,
        )
        output = self._output(migration) if wanted else None
        run.run_all(output if isinstance(output, Output) else None)
        self._sure = run.sure
        self.failures += run.failures
        for table in differing(self._schema.tables, run.schema.tables):
            if table in run.schema.tables and table not in self._schema.tables:
                self._owners[table] = migration.app
        self._models, self._schema = run.models, run.schema
        if not wanted:
            return None
        new_tables = frozenset(run.release.new_tables)
        if _is_initial(migration):
            new_tables |= {table for table, app in self._owners.items() if app == migration.app}
        absent = output if isinstance(output, Absence) else None
        return ReplayedMigration(migration, run.steps(new_tables), run.transactional, run.schema, self._history, absent)

    def _release_of(self, migration: Migration) -> Release:
        """The release that a migration is part of: all that is new and under review, else the migration alone.

        A squash is alone, too: what it creates is there already wherever its originals have run.
        """
        review = self._history.review
        if review is None or migration.replaces or (migration.app, migration.name) not in review.new:
            return Release(self._schema)
        self._under_review = self._under_review or Release(self._schema)
        return self._under_review

    def _output(self, migration: Migration) -> Output | Absence | None:
        """What Django says that the migration sends, if anybody has asked for it."""
        if self._outputs is None or migration.framework != "django":
            return None
        return sqlmigrate.read(migration, self._outputs, self._settings.database)


def _squashes(history: History) -> dict[Key, list[Key]]:
    """For each migration that is still there, the squashes that replace it and others that are all still there."""
    found: dict[Key, list[Key]] = {}
    for key, migration in history.migrations.items():
        replaced = [(d.app, d.name) for d in migration.replaces if (d.app, d.name) != key]
        if replaced and all(target in history.migrations for target in replaced):
            for target in replaced:
                found.setdefault(target, []).append(key)
    return found


def _is_initial(migration: Migration) -> bool:
    """Whether nothing of the migration's application can be in use yet when it runs."""
    if migration.replaces or migration.initial:
        return True
    return migration.initial is None and not any(d.app == migration.app for d in migration.dependencies)
