"""Measured records of migrations on PostgreSQL, and what we predict for the SQL that they sent."""

from __future__ import annotations

import datetime
import json
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from migration_lint.databases.base import Session
from migration_lint.databases.postgresql import PostgreSQL
from migration_lint.effects import Break, Effect
from migration_lint.lowering.django import DjangoLowering
from migration_lint.model import statements as s
from migration_lint.model.migration import Migration
from migration_lint.model.values import Span
from migration_lint.readers.sql import read_sql
from migration_lint.running_code import broken_calls
from migration_lint.schema import Schema
from migration_lint.settings import Settings

Record = dict[str, Any]


def records() -> list[Record]:
    lines = Path(__file__).with_name("data").joinpath("postgresql.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@dataclass
class Connection:
    """Runs SQL through the model, in one transaction or none, and gathers what it is said to do."""

    database: PostgreSQL
    schema: Schema
    session: Session
    released: Schema = field(default_factory=Schema)
    effects: list[Effect] = field(default_factory=list)
    commands: list[s.Command] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)
    built: set[str] = field(default_factory=set)

    def run(self, sql: str) -> None:
        """Send one string."""
        commands = tuple(read_sql(sql, "postgresql"))
        for command in commands:
            session = replace(self.session, several=True) if len(commands) > 1 else self.session
            self.send(command, session)

    def send(self, command: s.Command, session: Session) -> None:
        before = self.schema
        effect, self.session = self.database.execute(command, before, session)
        for statement in command.statements:
            self.schema = self.schema.apply(statement)
            if isinstance(statement, s.RenameTable):
                self.names[statement.new_name] = self.names.get(statement.table, statement.table)
        self.effects.append(effect)
        self.commands.append(command)
        self.breaks += broken_calls(self.released, before, self.schema, command)
        for work in effect.work:
            if work.kind == "rewrite":
                self.rewritten.add(self.original(work.table))
                self.built |= set(all_indexes(self.schema, work.table))
            elif work.kind == "index build":
                self.built.add(str(work.object))

    def original(self, table: str) -> str:
        """The table's name before the transaction renamed it."""
        return self.names.get(table, table)


def all_indexes(schema: Schema, table: str) -> set[str]:
    found = schema.table(table)
    if found is None:
        return set()
    keys = {
        name for name, each in found.constraints.items() if type(each).__name__ in ("PrimaryKey", "Unique", "Exclusion")
    }
    return {*found.indexes, *keys}


def after_before(record: Record) -> Schema:
    """The schema that the record starts from: its operations lowered, then its SQL."""
    from tests.django_oracle import operation

    schema = Schema()
    lowering = DjangoLowering(Settings(default_auto_field="django.db.models.BigAutoField"))
    run = lowering.start(Migration(path="", framework="django", app="shop", name="m", span=Span(1, 1, 1, 1)), (5, 2))
    state = lowering.initial_state()
    names = django_names()
    for index, text in enumerate(record["before"]):
        lowered, state = run.lower(index, operation(eval(text, names)), state, schema, database=True, state=True)
        for command in lowered.commands:
            for statement in command.statements:
                schema = schema.apply(statement)
    for _, command in run.finish(schema):
        for statement in command.statements:
            schema = schema.apply(statement)
    for sql in record.get("before_sql", ()):
        for command in read_sql(sql, "postgresql"):
            for statement in command.statements:
                schema = schema.apply(statement)
    return schema


def django_names() -> dict[str, Any]:
    """What the records' sources may name."""
    from django.contrib.postgres import constraints as pgc
    from django.contrib.postgres import fields as pgf
    from django.contrib.postgres import operations as pgo
    from django.db import migrations
    from django.db import models as m
    from django.db.models import F, Q
    from django.db.models.functions import Now, Upper
    from django.utils import timezone

    names: dict[str, Any] = {name: getattr(migrations, name) for name in dir(migrations) if name[0].isupper()}
    names |= {"m": m, "pgf": pgf, "pgo": pgo, "F": F, "Q": Q, "Now": Now, "Upper": Upper, "timezone": timezone}
    names |= {"ExclusionConstraint": pgc.ExclusionConstraint, "RangeOperators": pgf.RangeOperators}
    names |= {"Check": lambda q, name: m.CheckConstraint(condition=q, name=name), "datetime": datetime, "uuid": uuid}
    return names


def prediction(record: Record) -> tuple[Connection, Record]:
    """What the record's SQL is said to do, in the record's own words."""
    before = after_before(record)
    connection = Connection(
        PostgreSQL((record["postgresql"],)), before, Session(transactional=record["atomic"]), before
    )
    for sql in record["sql"]:
        connection.run(sql)
    new = connection.session.new_tables | {
        each.table.name for c in connection.commands for each in c.statements if isinstance(each, s.CreateTable)
    }
    locks: dict[str, Any] = {}
    work: dict[str, Any] = {}
    scans: set[str] = set()
    for effect, command in zip(connection.effects, connection.commands, strict=True):
        for lock in effect.locks:
            keep_strongest(locks, connection.original(lock.table), lock.mode)
        for each in effect.work:
            name = connection.original(each.table)
            keep_strongest(work, name, each.under)
            if each.kind != "update" or reads_all(command):
                scans.add(name)
    return connection, {
        "locks": {table: spelled(mode.name) for table, mode in locks.items() if table not in new},
        "rewrite": sorted(connection.rewritten - new),
        "scan": sorted(scans - new),
        "index_build": sorted(
            connection.built - {name for table in new for name in all_indexes(connection.schema, table)}
        ),
        "work_under_lock": {table: spelled(mode.name) for table, mode in work.items() if table not in new},
        "failures": [failure for effect in connection.effects for failure in effect.failures],
        **predicted_breaks(connection.breaks, before),
    }


def keep_strongest(modes: dict[str, Any], table: str, mode: Any) -> None:
    if table not in modes or modes[table].strength < mode.strength:
        modes[table] = mode


def reads_all(command: s.Command) -> bool:
    return any(isinstance(each, s.Update) and (each.whole_table or each.only_nulls) for each in command.statements)


def spelled(mode: str) -> str:
    return "".join(word.capitalize() for word in mode.split())


def predicted_breaks(breaks: list[Break], before: Schema) -> Record:
    """Calls as the records name them; those on an implicit many-to-many table are `m2m_…`."""
    calls: set[str] = set()
    edge = False
    for found in breaks:
        if found.edge:
            edge |= "insert" in found.calls
        elif is_through(before, found.table):
            suffix = found.table.rpartition("_")[2]
            calls |= {f"m2m_add_{suffix}", f"m2m_list_{suffix}"}
        else:
            calls |= found.calls
    return {"old_code_breaks": sorted(calls), "edge": edge or "insert" in calls}


def is_through(schema: Schema, table: str) -> bool:
    found = schema.table(table)
    return found is not None and len(found.columns) == 3 and all(n == "id" or n.endswith("_id") for n in found.columns)
