from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migration_lint.model.django import AddField, CreateModel, DeleteModel, RemoveField, RunPython, RunSQL
from migration_lint.model.statements import AddColumn, CreateTable, DropColumn, DropTable, Insert, Update
from migration_lint.model.tables import Column, ForeignKey, Table
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings

Shape = tuple[object, ...]


class RecreatedColumn(Rule):
    """A column or table is dropped and made anew in one migration, which loses its data.

    `makemigrations` writes this when its question whether a field or model was renamed is answered with no, or when
    nobody was there to answer: it removes the one and adds the other, and all values are gone. The same goes for a
    field that is removed and added to change its type.

    Use RenameField, RenameModel or AlterField instead, which keep the data. A migration that copies rows before it
    drops anything is left alone.
    """

    name = "recreated-column"
    family = "compatibility"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        dropped: dict[str, tuple[Step, Shape]] = {}
        made: dict[str, tuple[Step, Executed, Shape]] = {}
        copied = False
        for step in migration.steps:
            copied = copied or _writes_rows(step)
            for executed, statement in step.statements:
                match statement:
                    case DropColumn(table=table, column=column) if not copied and not step.is_new_column(table, column):
                        dropped |= {f"{table}.{column}": (step, _column_shape(executed.before, table, column))}
                    case DropTable(table=table) if not copied and not step.is_new(table):
                        dropped |= {table: (step, _table_shape(executed.before, table))}
                    case AddColumn(table=table, column=Column(name=column)):
                        made[f"{table}.{column}"] = step, executed, _column_shape(migration.final, table, column)
                    case CreateTable(table=Table(name=table)):
                        made[table] = step, executed, _table_shape(migration.final, table)
                    case _:
                        pass
        for new, (step, executed, shape) in made.items():
            old = new if new in dropped else _renamed(shape, dropped, made)
            if old is not None:
                yield self._report(old, new, dropped[old][0], step, executed)

    def _report(self, old: str, new: str, gone: Step, step: Step, executed: Executed) -> Finding:
        if old == new:
            message = f"{old} is dropped and made anew in one migration: all that it held is lost."
        else:
            message = (
                f"{old} is dropped and {new} is made with the same definition: if that is meant as a rename, all that "
                f"{old} held is lost."
            )
        return self.finding(step, message, _advice(old, new, gone, step), objects=(old, new), executed=executed)


def _writes_rows(step: Step) -> bool:
    """Whether an operation may copy what is dropped later."""
    if isinstance(step.operation, RunSQL):
        return any(isinstance(s, (Insert, Update)) or getattr(s, "as_select", False) for _, s in step.statements)
    return isinstance(step.operation, RunPython)


def _renamed(
    shape: Shape, dropped: dict[str, tuple[Step, Shape]], made: dict[str, tuple[Step, Executed, Shape]]
) -> str | None:
    """The one thing of that shape that was dropped, if the shape was made once as well."""
    candidates = [name for name, (_, other) in dropped.items() if other == shape and name not in made]
    alike = [name for name, (_, _, other) in made.items() if other == shape and name not in dropped]
    return candidates[0] if shape and len(candidates) == len(alike) == 1 else None


def _column_shape(schema: Schema, table_name: str, name: str) -> Shape:
    """All that makemigrations compares to find a rename: everything but the name."""
    table = schema.table(table_name)
    column = table.columns.get(name) if table else None
    if table is None or column is None:
        return ()
    plain = replace(column, name="", comment=None, running=True, auto=None)
    return table_name, plain, _target(table, name)


def _table_shape(schema: Schema, name: str) -> Shape:
    """Nothing for a table with so few columns that many others look like it."""
    table = schema.table(name)
    if table is None or len(table.columns) < 3:
        return ()
    plain = (replace(column, comment=None, running=True, auto=None, sequence=None) for column in table.columns.values())
    return tuple(sorted((column.name, _target(table, column.name), str(column)) for column in plain))


def _target(table: Table, column: str) -> str:
    """The table that a column refers to."""
    keys = (each for each in table.constraints.values() if isinstance(each, ForeignKey))
    return next((key.to_table for key in keys if column in key.columns), "")


def _advice(old: str, new: str, gone: Step, step: Step) -> str:
    match gone.operation, step.operation:
        case RemoveField(model_name=model, name=name), AddField(name=other) if name != other:
            return f'migrations.RenameField("{model}", "{name}", "{other}")'
        case RemoveField(), AddField(model_name=model, name=name):
            return f'# AlterField keeps what the column holds: migrations.AlterField("{model}", "{name}", ...)'
        case DeleteModel(name=name), CreateModel(name=other) if name.lower() != other.lower():
            return (
                f'# With db_table = "{old}" in its Meta, the model is renamed in Python and the table stays.\n'
                f'migrations.SeparateDatabaseAndState(state_operations=[migrations.AlterModelTable("{name}", "{old}"), '
                f'migrations.RenameModel("{name}", "{other}")])'
            )
        case _:
            return f"-- Keep what {old} holds: rename or alter it, or copy its rows to {new} before it is dropped."
