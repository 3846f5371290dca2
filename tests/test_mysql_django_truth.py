"""Measured migrations from Django's operations on: read, lowered and judged as a project's own would be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from migration_lint.databases.mysql import MariaDB, MySQL
from migration_lint.lowering.django import DjangoLowering, ProjectState
from migration_lint.model.migration import Migration
from migration_lint.model.statements import Command
from migration_lint.readers.django import read
from migration_lint.settings import Settings
from migration_lint.source import Source
from tests.mysql_prediction import Replay, way

DATABASES = {"mariadb 10.11": MariaDB((10, 11)), "mysql 9.7": MySQL((9, 7))}
LINES = Path(__file__).with_name("data").joinpath("mysql.jsonl").read_text(encoding="utf-8").splitlines()
RECORDS = [json.loads(line) for line in LINES]
FILE = """
import datetime, uuid
from django.db import migrations, models as m
from django.db.migrations import {names}
from django.db.models import F, Q
from django.db.models.functions import Lower, Now, Random, Upper
from django.utils import timezone

class Migration(migrations.Migration):
    operations = [{operations}]
"""

OPERATIONS = (
    *("CreateModel", "DeleteModel", "RenameModel", "AlterModelTable", "AlterModelTableComment", "AlterModelOptions"),
    *("AlterModelManagers", "AlterOrderWithRespectTo", "AlterUniqueTogether", "AlterIndexTogether", "AddField"),
    *("AlterField", "RemoveField", "RenameField", "AddIndex", "RemoveIndex", "RenameIndex", "AddConstraint"),
    *("RemoveConstraint", "AlterConstraint", "SeparateDatabaseAndState", "RunSQL", "RunPython"),
)


def migration(operations: list[str]) -> Migration:
    """The migration whose operations these are; `Check(q, name)` in them is a CheckConstraint."""
    named = [re.sub(r"\bCheck\((.*), name=", r"m.CheckConstraint(condition=\1, name=", each) for each in operations]
    text = FILE.format(names=", ".join(OPERATIONS), operations=", ".join(named))
    result = read(Source("shop/migrations/0001_x.py", text))
    assert isinstance(result, Migration)
    return result


def run(
    replay: Replay, operations: list[str], state: ProjectState
) -> tuple[list[tuple[str, str | None]], ProjectState]:
    """Each statement that Django sends for the operations, with what it runs as; and the models after them."""
    done: list[tuple[str, str | None]] = []

    def send(command: Command) -> None:
        effect = replay.send(command)
        if command.sql:
            done.append((comparable(command.sql), way(effect)))

    database = replay.database
    lowering = DjangoLowering(Settings(database=database.engine, database_version=database.version))  # type: ignore[arg-type]
    read_migration = migration(operations)
    started = lowering.start(read_migration, (5, 2))
    for index, operation in enumerate(read_migration.operations):
        lowered, state = started.lower(index, operation, state, replay.schema, database=True, state=True)
        for command in lowered.commands:
            send(command)
    for _, command in started.finish(replay.schema):
        send(command)
    return done, state


def comparable(sql: str) -> str:
    """The SQL without the moment it was made at."""
    return re.sub(r"<[\w.]+\(\)>|'20\d\d-[-\d :.]+'", "'today'", " ".join(sql.rstrip("; ").split()))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record['server']}-{record['variant']}")
def test_statements_and_algorithms(record: dict[str, Any]) -> None:
    replay = Replay(DATABASES[record["server"]])
    _, state = run(replay, record["before"], ProjectState())
    for sql in record.get("before_sql", ()):
        replay.run(sql)
    done, _ = run(replay, record["operation"], state)
    measured = [(comparable(sql), algorithm) for sql, algorithm in record["statements"]]
    if record["error"] and measured:
        # The server refused the last statement, so that nothing is known of what would have followed.
        done, measured = [*done[: len(measured) - 1], (done[len(measured) - 1][0], None)], measured
    assert done == measured
