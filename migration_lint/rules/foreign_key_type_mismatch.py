from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.statements import AddColumn, AddConstraint, AlterColumnType, CreateTable, ModifyColumn
from migration_lint.model.tables import ColumnType, ForeignKey, Table
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings


class ForeignKeyTypeMismatch(Rule):
    """A foreign key has another type than the key it refers to.

    A 32-bit foreign key to a 64-bit key works until the referenced key passes 2,147,483,647; then no row can refer to
    the new ones any more. Until then every join converts one side, and MySQL refuses such a key altogether. Types that
    the database stores and compares alike are no others: varchar and text on PostgreSQL, all integers on SQLite.
    """

    name = "foreign-key-type-mismatch"
    family = "schema"
    severity = Severity.ERROR
    sees = (AddColumn, AddConstraint, AlterColumnType, CreateTable, ModifyColumn)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        final = migration.final
        seen = set()
        for step in migration.steps:
            for executed, owner, key in _touched(step, final):
                pair = _types(final, owner, key)
                if pair is None or pair[0] == pair[1] or (owner, key.name) in seen:
                    continue
                if _alike(pair[0].name, pair[1].name, settings.database):
                    continue
                seen.add((owner, key.name))
                column, target = key.columns[0], f"{key.to_table}.{key.to_columns[0]}"
                message = f"{owner}.{column} is {pair[0]}, but {target}, which it refers to, is {pair[1]}."
                advice = f"-- Give both the same type: {owner}.{column} {pair[1]}"
                yield self.finding(step, message, advice, objects=(owner, column, target), executed=executed)


def _touched(step: Step, final: Schema) -> Iterator[tuple[Executed, str, ForeignKey]]:
    """The foreign keys that a step makes, and those whose type, here or there, it changes."""
    for executed, statement in step.statements:
        match statement:
            case CreateTable(table=Table(name=name)):
                yield from ((executed, *key) for key in _standing_on(name, final))
            case AddColumn(table=name, constraints=added):
                names = {constraint.name for constraint in added}
                yield from ((executed, *pair) for pair in _standing_on(name, final) if pair[1].name in names)
            case AddConstraint(table=name, constraint=ForeignKey(name=key_name)):
                yield from ((executed, *pair) for pair in _standing_on(name, final) if pair[1].name == key_name)
            case AlterColumnType(table=name) | ModifyColumn(table=name):
                yield from ((executed, *key) for key in _standing_on(name, final))
                yield from ((executed, *key) for key in final.references_to(name))
            case _:
                pass


def _standing_on(name: str, final: Schema) -> Iterator[tuple[str, ForeignKey]]:
    table = final.table(name)
    if table is not None:
        yield from ((name, c) for c in table.constraints.values() if isinstance(c, ForeignKey))


def _alike(one: str, other: str, database: str) -> bool:
    """Whether values of two types are stored and compared as if they were of one."""
    if database == "postgresql":  # varchar has no operators of its own: it is compared as text
        return {one, other} <= {"varchar", "text"}
    if database == "sqlite":  # https://www.sqlite.org/datatype3.html#determination_of_column_affinity
        return all("int" in name for name in (one, other)) or all(
            "char" in name or name == "text" for name in (one, other)
        )
    return False


def _types(schema: Schema, owner: str, key: ForeignKey) -> tuple[ColumnType, ColumnType] | None:
    if len(key.columns) != 1 or len(key.to_columns) != 1:
        return None
    here, there = schema.column(owner, key.columns[0]), schema.column(key.to_table, key.to_columns[0])
    if here is None or there is None or not isinstance(here.type, ColumnType) or not isinstance(there.type, ColumnType):
        return None
    # The length of a text key does not matter to the comparison.
    if here.type.name == there.type.name and here.type.modifier == there.type.modifier:
        return None
    return here.type, there.type
