from __future__ import annotations

from collections.abc import Iterator

from migration_lint.advice.sql_text import drop_column, drop_constraint, quoted
from migration_lint.model.django import ModelConstraint, ModelIndex, RemoveField
from migration_lint.model.statements import DropColumn
from migration_lint.model.tables import Constraint, ForeignKey, Index, PrimaryKey, Unique
from migration_lint.replay import Executed, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.schema import Schema, constraint_columns, index_columns
from migration_lint.settings import Settings


class DropColumnWithDependents(Rule):
    """A dropped column takes an index, a constraint, a generated column or a view with it.

    The database drops, without a word, every index and constraint that has the column among others: queries on the
    other columns lose their index, and rows that a constraint kept out get in. With CASCADE, which Django up to 5.2
    writes, the generated columns and views that read the column go as well.

    Drop or replace those first and by name, so that everybody sees it. MySQL and MariaDB keep such an index without
    the column.
    """

    name = "drop-column-with-dependents"
    family = "compatibility"
    severity = Severity.WARNING
    sees = (DropColumn,)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            if not isinstance(statement, DropColumn) or step.is_new(statement.table):
                continue
            table, column = statement.table, statement.column
            # Those of one command go together: what another of them drops by name is not lost by accident.
            gone = {s.column for s in executed.command.statements if isinstance(s, DropColumn) and s.table == table}
            lost = dict(_lost(executed, statement, gone))
            if not lost:
                continue
            message = f"Dropping {table}.{column} also drops {', '.join(lost.values())}."
            text = _advice(step, executed.before, table, lost)
            yield self.finding(step, message, text, objects=(table, column, *lost), executed=executed)


def _lost(executed: Executed, statement: DropColumn, gone: set[str]) -> Iterator[tuple[str, str]]:
    """What goes along with the column, by name and in words; what has no other column is the column's own."""
    before, after = executed.before, executed.before.apply(statement)
    old, new = before.table(statement.table), after.table(statement.table)
    if old is None or new is None:
        return
    for name, index in old.indexes.items():
        if name not in new.indexes and index_columns(index) - gone:
            yield name, f"the index {name} ({_columns(index)})"
        elif name in new.indexes and new.indexes[name] != index and index.unique:
            yield name, f"the column from the unique index {name}, which then compares the others alone"
    for name, constraint in old.constraints.items():
        if name not in new.constraints and constraint_columns(constraint) - gone:
            yield name, f"the constraint {name} ({_columns(constraint)})"
    for name in old.columns.keys() - new.columns.keys() - gone:
        yield name, f"the generated column {name}"
    for name in before.views.keys() - after.views.keys():
        yield name, f"the view {name}"
    for owner, key in before.references_to(statement.table):
        if owner != statement.table and statement.column in key.to_columns:
            yield key.name, f"the foreign key {key.name} of {owner}"


def _columns(dependent: Index | Constraint) -> str:
    """The columns in the order they stand in, where they have one."""
    match dependent:
        case Index(keys=keys):
            return ", ".join(key.column or "an expression" for key in keys)
        case Unique(columns=columns) | PrimaryKey(columns=columns) | ForeignKey(columns=columns):
            return ", ".join(columns)
        case _:
            return ", ".join(sorted(constraint_columns(dependent)))


def _advice(step: Step, before: Schema, table: str, lost: dict[str, str]) -> str:
    operation, known = step.operation, before.table(table)
    model = step.models.model(step.migration.app, operation.model_name) if isinstance(operation, RemoveField) else None
    if model is None or known is None:
        return "\n".join(["-- Before it, by name, and replaced where they are needed:", *_drops(before, table, lost)])
    lines = ["# Before it, so that everybody sees what goes:"]
    for name in lost:
        if any(isinstance(index, ModelIndex) and index.name == name for index in model.indexes):
            lines.append(f'migrations.RemoveIndex("{model.name}", "{name}"),')
        elif any(isinstance(each, ModelConstraint) and each.name == name for each in model.constraints):
            lines.append(f'migrations.RemoveConstraint("{model.name}", "{name}"),')
        else:
            lines.append(f"# {lost[name]}")
    return "\n".join(lines)


def _drops(before: Schema, table: str, lost: dict[str, str]) -> Iterator[str]:
    """What would go along, dropped by name."""
    known = before.table(table)
    for name, words in lost.items():
        if name in before.views:
            yield f"DROP {'MATERIALIZED ' if before.views[name].materialized else ''}VIEW {quoted(name)};"
        elif known is not None and name in known.indexes:
            yield f"DROP INDEX {quoted(name)};"
        elif known is not None and name in known.constraints:
            yield f"{drop_constraint(table, name)};"
        elif known is not None and name in known.columns:
            yield f"{drop_column(table, name)};"
        else:
            yield f"-- {words}"
