"""Django's own schema editor on SQLite, against ours: which tables are copied, and the schema after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from migration_lint.lowering.django import DjangoLowering
from migration_lint.model.migration import Migration
from migration_lint.model.tables import Check, ForeignKey, PrimaryKey, Table, Unique
from migration_lint.model.values import Span
from migration_lint.schema import Schema
from migration_lint.settings import Settings
from tests.django_database import set_up_django
from tests.django_judge import differences
from tests.django_oracle import operation, run_migration
from tests.lowering_variants import build, variants

APP = "shop"
POSTGRESQL_ONLY = ("pgf.", "pgi.", "db_collation='C'", "Deferrable")
COPY = re.compile(r'INSERT INTO "(?:new__)?(\w+)" \(.*\) SELECT')


@pytest.fixture
def connection() -> Iterator[Any]:
    set_up_django()
    from django.db import connections
    from django.db.backends.sqlite3.base import DatabaseWrapper

    entry = {**connections["default"].settings_dict, "NAME": ":memory:", "ENGINE": "django.db.backends.sqlite3"}
    opened = DatabaseWrapper(entry, "lowering_sqlite")
    connections["lowering_sqlite"] = opened
    yield opened
    opened.close()
    del connections["lowering_sqlite"]


class Ours:
    """The lowering, migration by migration."""

    def __init__(self) -> None:
        self.lowering = DjangoLowering(Settings(database="sqlite", default_auto_field="django.db.models.BigAutoField"))
        self.state, self.schema = self.lowering.initial_state(), Schema()

    def run(self, operations: list[Any]) -> list[str]:
        migration = Migration(path="", framework="django", app=APP, name="m", span=Span(1, 1, 1, 1))
        run = self.lowering.start(migration, (5, 2))
        sent = []
        for index, each in enumerate(operations):
            lowered, self.state = run.lower(index, operation(each), self.state, self.schema, database=True, state=True)
            assert (lowered.problems, lowered.failure) == ((), None)
            sent += lowered.commands
            for command in lowered.commands:
                self._apply(command)
        for _, command in run.finish(self.schema):
            sent.append(command)
            self._apply(command)
        return [command.sql for command in sent]

    def _apply(self, command: Any) -> None:
        for statement in command.statements:
            self.schema = self.schema.apply(statement)


def copied(sent: list[str]) -> set[str]:
    """The tables that are copied."""
    return {found[1] for sql in sent if (found := COPY.search(sql))}


def introspected(connection: Any) -> dict[str, Any]:
    """Tables, columns and what stands on them, as Django finds them in the database."""
    found = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, name)
            constraints = connection.introspection.get_constraints(cursor, name).values()
            found[name] = {
                "columns": {column.name: column.null_ok for column in columns},
                "key": sorted(c for x in constraints if x["primary_key"] for c in x["columns"]),
                "unique": sorted(x["columns"] for x in constraints if x["unique"] and not x["primary_key"]),
                "foreign keys": sorted([*x["columns"], *x["foreign_key"]] for x in constraints if x["foreign_key"]),
                "checks": sum(x["check"] for x in constraints),
                "indexes": sorted(x["columns"] for x in constraints if x["index"] and not x["unique"]),
            }
    return found


def replayed(table: Table) -> dict[str, Any]:
    """The same of a replayed table."""
    constraints = table.constraints.values()
    keys = {index.name: [key.column for key in index.keys] for index in table.indexes.values()}
    unique = [list(c.columns) for c in constraints if isinstance(c, Unique)]
    unique += [keys[index.name] for index in table.indexes.values() if index.unique]
    return {
        "columns": {column.name: column.nullable for column in table.columns.values()},
        "key": sorted(column for c in constraints if isinstance(c, PrimaryKey) for column in c.columns),
        "unique": sorted(unique),
        "foreign keys": sorted(
            [*c.columns, c.to_table, *c.to_columns] for c in constraints if isinstance(c, ForeignKey)
        ),
        "checks": sum(isinstance(c, Check) for c in constraints),
        "indexes": sorted(keys[index.name] for index in table.indexes.values() if not index.unique),
    }


@pytest.mark.parametrize("name", variants())
def test_variant(connection: Any, name: str) -> None:
    from django.db.migrations.state import ProjectState
    from django.db.utils import NotSupportedError

    before, operations = variants()[name]
    if any(word in source for source in (*before, *operations) for word in POSTGRESQL_ONLY):
        pytest.skip("only PostgreSQL has it")
    ours, state = Ours(), ProjectState()
    for sources in (*([source] for source in before), operations):
        try:
            built = [build(source) for source in sources]
        except (AttributeError, TypeError):
            pytest.skip("newer than the Django that runs the tests")
        try:
            recorded, state = run_migration(connection, built, state, APP)
        except NotSupportedError as refused:
            pytest.skip(str(refused))
        theirs = [sql for sent in (*recorded.operations, recorded.deferred) for sql in sent]
        assert copied(ours.run(built)) == copied(theirs)
    mine = {table: replayed(facts) for table, facts in ours.schema.tables.items()}
    assert not (found := differences(mine, introspected(connection))), "\n".join(found)
