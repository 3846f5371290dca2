from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from migration_lint.model.alembic import AlembicSql
from migration_lint.model.django import AddField, CreateModel, DeleteModel, RemoveField, RunPython, RunSQL
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import AddColumn, CreateTable, DropColumn, DropTable, Insert, Update
from migration_lint.model.tables import Column, ForeignKey, Table
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema
from migration_lint.settings import Settings

Shape = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Thing:
    """A table, or a column of it, as a schema holds it."""

    schema: Schema
    table: str
    column: str | None = None

    def shape(self) -> Shape:
        """All that makemigrations compares to find a rename: everything but the name."""
        table = self.schema.table(self.table)
        if table is None:
            return ()
        if self.column is None:
            return _table_shape(table)
        column = table.columns.get(self.column)
        return (table.name, _compared(column), _target(table, column.name)) if column else ()


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
    without_release = True

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        dropped: dict[str, tuple[Step, _Thing]] = {}
        made: dict[str, tuple[Step, Executed, _Thing]] = {}
        copied = False
        for step in migration.steps:
            copied = copied or _writes_rows(step)
            for executed, statement in step.statements:
                match statement:
                    case DropColumn(table=table, column=column) if not copied and not step.is_new_column(table, column):
                        dropped[f"{table}.{column}"] = step, _Thing(executed.before, table, column)
                    case DropTable(table=table) if not copied and not step.is_new(table):
                        dropped[table] = step, _Thing(executed.before, table)
                    case AddColumn(table=table, column=Column(name=column)):
                        made[f"{table}.{column}"] = step, executed, _Thing(migration.final, table, column)
                    case CreateTable(table=Table(name=table)):
                        made[table] = step, executed, _Thing(migration.final, table)
                    case _:
                        pass
        if not dropped or not made:
            return
        renamed = _renamed(
            {name: thing.shape() for name, (_, thing) in dropped.items() if name not in made},
            {name: thing.shape() for name, (_, _, thing) in made.items() if name not in dropped},
        )
        for new, (step, executed, _) in made.items():
            old = new if new in dropped else renamed.get(new)
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
    if isinstance(step.operation, (RunSQL, SqlStatement, AlembicSql)):
        return any(isinstance(s, (Insert, Update)) or getattr(s, "as_select", False) for _, s in step.statements)
    return isinstance(step.operation, RunPython)


def _renamed(dropped: Mapping[str, Shape], made: Mapping[str, Shape]) -> dict[str, str]:
    """For each thing that was made, the one of its shape that was dropped, if the shape was made and dropped once."""
    gone, come = _by_shape(dropped), _by_shape(made)
    return {
        names[0]: gone[shape][0]
        for shape, names in come.items()
        if shape and len(names) == len(gone.get(shape, ())) == 1
    }


def _by_shape(shapes: Mapping[str, Shape]) -> dict[Shape, list[str]]:
    found: dict[Shape, list[str]] = {}
    for name, shape in shapes.items():
        found.setdefault(shape, []).append(name)
    return found


def _table_shape(table: Table) -> Shape:
    """Nothing for a table with so few columns that many others look like it."""
    if len(table.columns) < 3:
        return ()
    columns = table.columns.values()
    return tuple(sorted((column.name, _target(table, column.name), _compared(column)) for column in columns))


def _compared(column: Column) -> str:
    return str(replace(column, name="", comment=None, running=True, auto=None, sequence=None))


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
            copied = "its rows elsewhere" if old == new else f"its rows to {new}"
            return f"-- Keep what {old} holds: rename or alter it, or copy {copied} before it is dropped."
