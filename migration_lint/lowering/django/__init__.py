"""Django's operations as statements, the way its schema editor sends them: Django 3.2 to 6.1."""

from __future__ import annotations

from migration_lint.lowering.base import Lowered
from migration_lint.lowering.django.collecting import NotThere, Refused
from migration_lint.lowering.django.database_forwards import Run
from migration_lint.lowering.django.dialect import Dialect
from migration_lint.lowering.django.editor import SchemaEditor
from migration_lint.lowering.django.models import Models
from migration_lint.lowering.django.mysql import MySQLEditor
from migration_lint.lowering.django.postgresql import PostgresEditor
from migration_lint.lowering.django.sqlite import SQLiteEditor
from migration_lint.lowering.django.state import ModelState, ProjectState
from migration_lint.lowering.django.state_forwards import state_after, state_only_commands
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.statements import Command
from migration_lint.model.values import Unknown
from migration_lint.schema import Schema
from migration_lint.settings import Settings

__all__ = ["DjangoLowering", "MigrationLowering", "ModelState", "ProjectState"]


class DjangoLowering:
    """Lowers the migrations of one project, for the engine that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def initial_state(self) -> ProjectState:
        """The models before the first migration: none."""
        return ProjectState()

    def start(self, migration: Migration, django_version: tuple[int, int]) -> MigrationLowering:
        """Begin a migration; its deferred commands gather in what is returned."""
        settings = self._settings
        dialect = Dialect(
            settings.database,
            django_version,
            settings.default_auto_field,
            settings.auth_user_model,
            settings.database_version,
        )
        return MigrationLowering(migration.app, dialect)


class MigrationLowering:
    """One migration on its way."""

    def __init__(self, app: str, dialect: Dialect) -> None:
        self._app = app
        self._dialect = dialect
        self._editor = _editor(dialect)
        self._problems: list[Unknown] = []
        self._last: Models | None = None

    def lower(
        self, index: int, operation: Operation, models: ProjectState, schema: Schema, *, database: bool, state: bool
    ) -> tuple[Lowered, ProjectState]:
        """What the operation sends at once, and the models after it.

        `database` and `state` say which of the two it acts on. With the state alone, only what the running code comes
        to know or forgets is told, in commands without SQL. `schema` is the database before the operation.
        """
        after = state_after(operation, self._app, models)
        self._problems.clear()
        old, new = self._rendered(models), self._rendered(after)
        if not database:
            commands = state_only_commands(operation, self._app, old, new) if state else ()
            return Lowered(commands), after
        failure, on_schema = None, False
        self._editor.begin(index, schema)
        try:
            Run(self._editor, self._app, old, new).forwards(operation)
        except Refused as refused:
            failure, on_schema = str(refused), isinstance(refused, NotThere)
        return Lowered(self._editor.take(), tuple(self._problems), failure, on_schema), after

    def models(self, state: ProjectState) -> Models:
        """The models of a state, with their tables and columns."""
        return self._rendered(state)

    def _rendered(self, state: ProjectState) -> Models:
        """The models of a state; one operation's models after it are the next one's before it."""
        if self._last is None or self._last.state is not state:
            self._last = Models(state, self._dialect, self._problems)
        return self._last

    def finish(self, schema: Schema) -> tuple[tuple[int, Command], ...]:
        """The deferred commands in their order, each with the index of the operation it comes from."""
        return self._editor.finish(schema)


def _editor(dialect: Dialect) -> SchemaEditor:
    """The schema editor of the engine. Of Oracle's statements only the sense is used, which PostgreSQL's have too."""
    if dialect.engine == "sqlite":
        return SQLiteEditor(dialect)
    return MySQLEditor(dialect) if dialect.is_mysql else PostgresEditor(dialect)
