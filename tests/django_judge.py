"""Migrations through Django and through the lowering, side by side."""

from __future__ import annotations

import re
from typing import Any

from migration_lint.lowering.django import DjangoLowering
from migration_lint.model.migration import Migration
from migration_lint.model.values import Span
from migration_lint.schema import Schema
from migration_lint.settings import Settings
from tests.django_oracle import operation, run_migration
from tests.postgres_catalog import from_catalog, from_schema

SPAN = Span(1, 1, 1, 1)
APP = "shop"


class Judge:
    """Runs migrations through Django and through the lowering, and compares what each sends and leaves behind."""

    def __init__(self, connection: Any) -> None:
        from django.db.migrations.state import ProjectState

        self.connection = connection
        self.django_state = ProjectState()
        self.lowering = DjangoLowering(Settings(default_auto_field="django.db.models.BigAutoField"))
        self.state = self.lowering.initial_state()
        self.schema = Schema()

    def run(self, operations: list[Any], *, atomic: bool = True) -> None:
        """One migration; one that Django or the database refuses leaves no trace, and ours must then refuse it too."""
        import django
        from django.core.exceptions import EmptyResultSet
        from django.db import DatabaseError

        refused = None
        recorded, after = None, self.django_state
        try:
            recorded, after = run_migration(self.connection, operations, self.django_state, APP, atomic=atomic)
        except DatabaseError:
            # An error in a deferred statement leaves Django's transaction open.
            self.connection.connection.close()
            self.connection.connect()
            return
        except ValueError as error:
            refused = str(error)
        except EmptyResultSet:
            return  # a condition that no row can meet
        commands, deferred, failures, state, schema = self._lower(operations, django.VERSION[:2])
        if refused is not None:
            assert failures, f"Django refuses: {refused}"
            return
        assert recorded is not None
        assert failures == []
        assert len(commands) == len(recorded.operations)
        for ours, theirs, op in zip(commands, recorded.operations, operations, strict=True):
            if type(op).__name__ == "RenameModel":
                # The order in which Django comes upon the relations is that of its registry, which changes.
                ours, theirs = sorted(ours), sorted(theirs)
            assert_same(ours, theirs, op)
        assert_same(deferred, recorded.deferred, "deferred")
        self.django_state, self.state, self.schema = after, state, schema

    def _lower(self, operations: list[Any], version: tuple[int, int]) -> Any:
        migration = Migration(path="", framework="django", app=APP, name="m", span=SPAN)
        lowering = self.lowering.start(migration, version)
        state, schema = self.state, self.schema
        commands, failures = [], []
        for index, op in enumerate(operations):
            lowered, state = lowering.lower(index, operation(op), state, schema, database=True, state=True)
            assert lowered.problems == ()
            if lowered.failure is not None:
                failures.append(lowered.failure)
            for command in lowered.commands:
                for statement in command.statements:
                    schema = schema.apply(statement)
            commands.append([command.sql for command in lowered.commands])
        deferred = lowering.finish(schema)
        for _, command in deferred:
            for statement in command.statements:
                schema = schema.apply(statement)
        return commands, [command.sql for _, command in deferred], failures, state, schema

    def compare_schemas(self) -> None:
        """What the catalogue holds is what the replay holds."""
        found = differences(from_schema(self.schema), from_catalog(self.connection))
        assert not found, "\n".join(found)


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two nested dictionaries differ."""
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        return [] if ours == theirs else [f"{path}: ours {ours}, theirs {theirs}"]
    found = []
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        found += differences(ours.get(key), theirs.get(key), f"{path}/{key}")
    return found


def assert_same(ours: list[str], theirs: list[str], what: object) -> None:
    """Equal SQL; a default that only running code can tell stands in angle brackets in ours."""
    import django

    if django.VERSION < (5, 0):
        ours, theirs = [without_driver_quirks(sql) for sql in ours], [without_driver_quirks(sql) for sql in theirs]
    same = len(ours) == len(theirs) and all(
        mine == his or ("<" in mine and re.fullmatch(_pattern(mine), his, re.DOTALL))
        for mine, his in zip(ours, theirs, strict=False)
    )
    assert same, f"{what}\nours:\n  " + "\n  ".join(ours) + "\ntheirs:\n  " + "\n  ".join(theirs)


def without_driver_quirks(sql: str) -> str:
    """Without the ways in which psycopg 2 writes literals, and Django's own quirks before 5.0."""
    sql = sql.replace(")WITH (", ") WITH (").rstrip()
    sql = re.sub(r"'::[a-z0-9]+(\[\])?", "'", sql.replace("%%", "%").replace(" E'", "'").replace("\\\\", "\\"))
    sql = sql.replace("'{}'", "ARRAY").replace("'[]'", "ARRAY").replace("1 day 0:00:05", "1 days 5.000000 seconds")
    sql = sql.replace("'\\x6162'", "'ab'").replace("02T03", "02 03")
    return re.sub(r"(?<=[0-9a-f])-(?=[0-9a-f]{4})", "", sql)


def _pattern(sql: str) -> str:
    return ".+?".join(re.escape(part) for part in re.split(r"<[\w.()-]+>", sql))


def clean(connection: Any) -> None:
    """Empty the database."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
        for extension in ("citext", "hstore", "btree_gist"):
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
