"""Every migration of django.contrib, read from its file, against what Django sends for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migration_lint.lowering.django import DjangoLowering, MigrationLowering, ProjectState
from migration_lint.model.django import RunSQL, SeparateDatabaseAndState
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.statements import Command
from migration_lint.readers.django import read
from migration_lint.schema import Schema
from migration_lint.settings import Settings
from migration_lint.source import Source
from tests.django_database import django_connection
from tests.django_judge import assert_same, clean, differences
from tests.django_oracle import run_migration
from tests.postgres_catalog import from_catalog, from_schema
from tests.postgres_server import PostgresServer

APPS = ("contenttypes", "auth", "admin", "sessions", "sites", "redirects", "flatpages")


@pytest.fixture(scope="module")
def connection(postgres: PostgresServer) -> Iterator[Any]:
    with django_connection(postgres) as connected:
        yield connected


def folder(app: str) -> Path:
    import django

    return Path(django.__file__).parent / "contrib" / app / "migrations"


def plan() -> list[tuple[str, str]]:
    """The migrations in the order Django runs them."""
    from django.db.migrations.graph import MigrationGraph

    graph = MigrationGraph()
    found = {
        (app, path.stem): django_migration(app, path.stem) for app in APPS for path in sorted(folder(app).glob("0*.py"))
    }
    for key, migration in found.items():
        graph.add_node(key, migration)
    for key, migration in found.items():
        for parent_app, parent in migration.dependencies:
            if parent_app == "__setting__":
                parent_app, parent = "auth", "__first__"
            if parent == "__first__":
                parent = sorted(name for app, name in found if app == parent_app)[0]
            graph.add_dependency(migration, key, (parent_app, parent))
    order: list[tuple[str, str]] = []
    for leaf in graph.leaf_nodes():
        order += [key for key in graph.forwards_plan(leaf) if key not in order]
    return order


def django_migration(app: str, name: str) -> Any:
    from importlib import import_module

    return import_module(f"django.contrib.{app}.migrations.{name}").Migration(name, app)


def our_migration(app: str, name: str) -> Migration:
    path = folder(app) / f"{name}.py"
    migration = read(Source.read(path))
    assert isinstance(migration, Migration)
    assert migration.app == app
    return migration


class Lowerer:
    """The replay of migrations as far as the lowering goes."""

    def __init__(self) -> None:
        self.lowering = DjangoLowering(Settings(default_auto_field="django.db.models.BigAutoField"))
        self.state = self.lowering.initial_state()
        self.schema = Schema()

    def run(self, migration: Migration) -> list[str]:
        import django

        lowering = self.lowering.start(migration, django.VERSION[:2])
        sent: list[Command] = []
        for index, operation in enumerate(migration.operations):
            self.state = self._run(lowering, index, operation, self.state, sent, database=True, state=True)
        for _, command in lowering.finish(self.schema):
            self._apply(command, sent)
        return [command.sql for command in sent if command.sql]

    def _run(
        self,
        lowering: MigrationLowering,
        index: int,
        operation: Operation,
        models: ProjectState,
        sent: list[Command],
        *,
        database: bool,
        state: bool,
    ) -> ProjectState:
        assert not isinstance(operation, RunSQL)
        if isinstance(operation, SeparateDatabaseAndState):
            inside = models
            for inner in operation.database_operations:
                inside = self._run(lowering, index, inner, inside, sent, database=True, state=False)
            for inner in operation.state_operations:
                models = self._run(lowering, index, inner, models, sent, database=False, state=True)
            return models
        lowered, after = lowering.lower(index, operation, models, self.schema, database=database, state=state)
        assert lowered.problems == ()
        assert lowered.failure is None
        for command in lowered.commands:
            self._apply(command, sent)
        return after

    def _apply(self, command: Command, sent: list[Command]) -> None:
        sent.append(command)
        for statement in command.statements:
            self.schema = self.schema.apply(statement)


def test_contrib(connection: Any) -> None:
    from django.db.migrations.state import ProjectState as DjangoState

    clean(connection)
    ours, state = Lowerer(), DjangoState()
    order = plan()
    assert len(order) == 23
    for app, name in order:
        migration = django_migration(app, name)
        recorded, state = run_migration(connection, migration.operations, state, app)
        expected = [sql for sent in recorded.operations for sql in sent] + recorded.deferred
        assert_same(ours.run(our_migration(app, name)), expected, f"{app}.{name}")
    found = differences(from_schema(ours.schema), from_catalog(connection))
    assert not found, "\n".join(found)
