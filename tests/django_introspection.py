"""Migrations through the lowering, and schemas as Django's introspection tells them, for any engine."""

from __future__ import annotations

from typing import Any

from migration_lint.lowering.django import DjangoLowering
from migration_lint.model.migration import Migration
from migration_lint.model.tables import Check, ForeignKey, PrimaryKey, Table, Unique
from migration_lint.model.values import Span
from migration_lint.schema import Schema
from migration_lint.settings import Engine, Settings
from tests.django_oracle import operation
from tests.lowering_variants import variants

APP = "shop"
ELSEWHERE = ("pgf.", "pgi.", "db_collation='C'", "Deferrable", "DB_CASCADE")
"""What only PostgreSQL has, or only a newer Django."""
PORTABLE = {
    name: (before, operations)
    for name, (before, operations) in variants().items()
    if not any(word in source for source in (*before, *operations) for word in ELSEWHERE)
}
"""The variants that every engine takes."""


class Ours:
    """The lowering, migration by migration."""

    def __init__(self, engine: Engine, version: tuple[int, ...] = ()) -> None:
        key = "django.db.models.BigAutoField"
        self.lowering = DjangoLowering(Settings(database=engine, database_version=version, default_auto_field=key))
        narrow = engine in ("mysql", "mariadb")
        self.state, self.schema = self.lowering.initial_state(), Schema(narrow_drops=narrow)

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
