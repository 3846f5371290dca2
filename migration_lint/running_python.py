"""What a RunPython sends: what is known of its function, as commands to the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from migration_lint.conditions import holds
from migration_lint.lowering.django.models import Model, Models
from migration_lint.model import statements as s
from migration_lint.model.django import OwnOperation, RunPython
from migration_lint.model.functions import QuotedName, RowsWritten, SqlSent, TableName
from migration_lint.model.migration import FunctionFacts, Migration
from migration_lint.model.values import Function, Reference, Span, Unknown
from migration_lint.settings import Settings
from migration_lint.source import placed

NOOP = "django.db.migrations.RunPython.noop"
How: TypeAlias = Literal["null", "itself", "value", "unknown"]
_ROWS_ONLY = ("ANALYZE", "DELETE", "EXPLAIN", "INSERT", "LOCK", "SELECT", "SET", "SHOW", "UPDATE", "VACUUM", "WITH")


@dataclass(frozen=True, slots=True)
class Sent:
    """A command, and whether it is one of several that are sent as one string. `sure` is False where it runs only
    under a condition that nobody here can judge."""

    command: s.Command
    several: bool = False
    sure: bool = True


def facts_of(operation: RunPython | OwnOperation, migration: Migration) -> FunctionFacts | None:
    """What is known of the function that the operation runs; None if nothing is."""
    if isinstance(operation, OwnOperation):
        return operation.facts
    match operation.code:
        case Function(name=name, span=span):
            return next((f for f in migration.functions if f.name == name and f.span == span), None)
        case Reference() as reference if reference.dotted == NOOP:
            return FunctionFacts("noop", operation.span, does_nothing=True, understood=True)
        case Reference() as reference:
            return next((f for f in migration.functions if f.name == reference.dotted), None)
        case _:
            return None


def is_understood(operation: RunPython, migration: Migration) -> bool:
    """Whether all that its function asks of the database is known."""
    facts = facts_of(operation, migration)
    return facts is not None and (facts.does_nothing or facts.understood)


def sent(facts: FunctionFacts, models: Models, settings: Settings) -> Iterator[Sent]:
    """The commands of a function, in the order in which it sends them."""
    from migration_lint.readers.sql import read_sql

    read: dict[tuple[str, Span | None], tuple[s.Command, ...]] = {}  # a loop sends the same again and again
    for action in facts.actions:
        truth = True if action.conditional is None else holds(action.conditional, settings.database)
        if truth is False:
            continue
        if isinstance(action, RowsWritten):
            for sql, statement in _rows(action, models):
                yield Sent(s.Command(sql, (statement,), action.span), sure=truth is True)
        elif isinstance(action, SqlSent):
            text, unknown = _text(action, models)
            if unknown is not None:
                statement = s.Unanalysed(" ".join(text.split())[:60], unknown.reason)
                yield Sent(s.Command(text, (statement,), action.span), sure=truth is True)
                continue
            commands = read.get((text, action.text_span))
            if commands is None:
                spans = placed(text, action.text_span) if action.text_span is not None else None
                commands = read[text, action.text_span] = tuple(read_sql(text, settings.database, spans))
            for command in commands:
                yield Sent(replace(command, span=command.span or action.span), len(commands) > 1, truth is True)


def changes_schema(statement: s.Unanalysed) -> bool:
    """Whether a statement that was not understood may change the schema: not if it begins as one about rows does."""
    return not statement.head.lstrip("( ").upper().startswith(_ROWS_ONLY)


def _text(action: SqlSent, models: Models) -> tuple[str, Unknown | None]:
    """The SQL with the names of tables and columns filled in, and the first of the values that can't be."""
    texts, unknown = [], None
    for part in action.parts:
        match part:
            case str():
                texts.append(part)
            case TableName():
                texts.append(_name(part, models))
            case QuotedName(name=name):
                texts.append(_quoted(name, models))
            case Unknown():
                unknown = unknown or part
                texts.append("{" + " ".join(part.source.split()) + "}")
    return "".join(texts), unknown


def _name(name: TableName, models: Models) -> str:
    model = model_of(name.app, name.model, models)
    found = model.table if name.field is None else model.column(name.field)
    return _quoted(found, models) if name.quoted else found


def _quoted(name: str, models: Models) -> str:
    quote = "`" if models.dialect.is_mysql else '"'
    return name if name.startswith(quote) else f"{quote}{name}{quote}"


def model_of(app: str, name: str, models: Models) -> Model:
    """The model that a function means; `app` is empty where `name` is that of a setting."""
    if app:
        return models.get((app, name.lower()))
    swapped = models.swappable(name)
    user_app, _, user = (models.dialect.auth_user_model or "auth.User").rpartition(".")
    return models.get(swapped or (user_app, user.lower()))


def _rows(action: RowsWritten, models: Models) -> Iterator[tuple[str, s.Statement]]:
    """The statements of a call of the ORM, each with an outline of its SQL.

    The rows of a model that inherits lie in its parents' tables too.
    """
    model = model_of(action.app, action.model, models)
    if model.proxy and model.parents:
        model = model.parents[0]
    tables = [each.table for each in _lineage(model)]
    where = " WHERE …" if action.limited else ""
    if action.kind == "insert":
        for table in reversed(tables):
            yield f"INSERT INTO {table} …", s.Insert(table, None, action.rows)
    elif action.kind == "delete":
        for table in tables:
            yield f"DELETE FROM {table}{where}", s.Delete(table, whole_table=not action.limited)
    else:
        for table, values in _columns_set(action, model).items():
            whole = not action.limited and not action.repeated
            names = ", ".join(f"{name} = …" for name, _ in values) or "…"
            yield (
                f"UPDATE {table} SET {names}{where}",
                s.Update(
                    table,
                    values,
                    whole,
                    only_nulls=action.only_nulls,
                    all_nulls=action.all_nulls and not action.repeated,
                ),
            )


def _lineage(model: Model) -> Iterator[Model]:
    yield model
    for parent in model.parents:
        yield from _lineage(parent)


def _columns_set(action: RowsWritten, model: Model) -> dict[str, tuple[tuple[str, How], ...]]:
    """The columns that an update sets, by the table that they stand in."""
    columns: dict[str, tuple[tuple[str, How], ...]] = {}
    for name, how in action.fields:
        field = model.get_field(name)
        if field is not None and not field.many_to_many:
            table = field.model.table
            columns[table] = (*columns.get(table, ()), (field.column, how))
    return columns or {model.table: ()}
