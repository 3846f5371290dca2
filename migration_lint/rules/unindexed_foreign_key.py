from __future__ import annotations

import re
from collections.abc import Iterator

from migration_lint.advice import sql_files
from migration_lint.advice.sql_text import create_index, drop_index
from migration_lint.model.statements import (
    AddColumn,
    AddConstraint,
    CreateTable,
    DropConstraint,
    DropIndex,
    Statement,
)
from migration_lint.model.tables import ForeignKey, Index, IndexKey, PrimaryKey, Table, Unique
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings


class UnindexedForeignKey(Rule):
    """No index begins with a foreign key's column.

    Each DELETE or key change of a referenced row looks for the rows that refer to it, and without an index it reads the
    whole referring table to find them; so does every join from the other side. MySQL and MariaDB make such an index by
    themselves.
    """

    name = "unindexed-foreign-key"
    family = "schema"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        if not migration.steps or settings.database in ("mysql", "mariadb"):
            return
        final = migration.final
        seen = set()
        for step in migration.steps:
            for executed, statement in step.statements:
                name = _table_of(statement, executed.before) or ""
                table = final.table(name)
                for key in _affected(statement, table, executed.before.table(name)) if table else ():
                    if table is None or (table.name, key.columns) in seen or _is_indexed(table, key.columns):
                        continue
                    if not table.complete and not set(key.columns) <= table.columns.keys():
                        continue  # the history made neither the table nor the column: there may be an index
                    seen.add((table.name, key.columns))
                    # Another file must build it where it is built CONCURRENTLY.
                    if migration.history.builds_index_in_sql(table.name, key.columns):
                        continue
                    columns = ", ".join(key.columns)
                    message = (
                        f"No index begins with {table.name} ({columns}), which refers to {key.to_table}: deleting a "
                        f"row of {key.to_table} reads all of {table.name}."
                    )
                    todo = _advice(step, table, key.columns)
                    yield self.finding(step, message, todo, objects=(table.name, *key.columns), executed=executed)


def _advice(step: Step, table: Table, columns: tuple[str, ...]) -> str:
    """The index: at once on a new table, in a migration of its own on one in use."""
    name = f"{table.name.rpartition('.')[2]}_{'_'.join(columns)}_idx"
    index = Index(name, table.name, tuple(IndexKey(column) for column in columns))
    if step.migration.framework == "django":
        return f"{create_index(index)};"
    if step.is_new(table.name):
        return f"-- After it:\n{create_index(index, concurrently=False)};"
    pair = (create_index(index), drop_index(name, table.name))
    return sql_files.migrations(step, sql_files.Part(f"index_{name}".lower(), [pair], outside=True), instead=False)


def _table_of(statement: Statement, before: Schema) -> str | None:
    match statement:
        case CreateTable(table=table):
            return table.name
        case DropIndex(name=name, table=owner):
            return owner or before.table_of_index(name)
        case AddColumn(table=owner) | AddConstraint(table=owner) | DropConstraint(table=owner):
            return owner
        case _:
            return None


def _affected(statement: Statement, table: Table, before: Table | None) -> Iterator[ForeignKey]:
    """The foreign keys of the table that a statement adds, or may have taken the index from."""
    keys = [constraint for constraint in table.constraints.values() if isinstance(constraint, ForeignKey)]
    match statement:
        case AddConstraint(constraint=ForeignKey(name=name)):
            yield from (key for key in keys if key.name == name)
        case AddColumn(column=column):
            yield from (key for key in keys if column.name in key.columns)
        case CreateTable():
            yield from keys
        case DropIndex() | DropConstraint() if before is not None:
            yield from (key for key in keys if _is_indexed(before, key.columns))
        case _:
            pass


_NOT_NULL = re.compile(r'[\s(]*"?(\w+)"?\s+IS\s+NOT\s+NULL[\s)]*', re.IGNORECASE)


def _is_indexed(table: Table, columns: tuple[str, ...]) -> bool:
    width = len(columns)
    for index in table.indexes.values():
        if _serves(index, columns) and set(columns) == {key.column for key in index.keys[:width]}:
            return True
    return any(
        set(constraint.columns[:width]) == set(columns)
        for constraint in table.constraints.values()
        if isinstance(constraint, (PrimaryKey, Unique))
    )


def _serves(index: Index, columns: tuple[str, ...]) -> bool:
    """Whether all rows that refer to something are in it: `c = ...` implies `c IS NOT NULL`, which the planners know.

    PostgreSQL: predicate_implied_by in predtest.c; https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
    """
    tested = _NOT_NULL.fullmatch(index.where) if index.where is not None else None
    return index.where is None or (tested is not None and tested[1] in columns)
