"""Predictions against what Django's statements were measured to do on MariaDB 10.11 and MySQL 9.7.

`schema` is the SQL of the state before; `statements` holds each statement with the first of INSTANT, NOCOPY, INPLACE
and COPY that the server accepted for it, `table_rebuilt` the tables whose InnoDB id changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migration_lint.databases.mysql import MariaDB, MySQL
from tests.mysql_prediction import Replay, certain_failures, rewrites, way

DATABASES = {"mariadb 10.11": MariaDB((10, 11)), "mysql 9.7": MySQL((9, 7))}
LINES = Path(__file__).with_name("data").joinpath("mysql.jsonl").read_text(encoding="utf-8").splitlines()
RECORDS = [json.loads(line) for line in LINES]
RANKS = [
    None,
    "ALGORITHM=INSTANT",
    "ALGORITHM=NOCOPY, LOCK=NONE",
    "ALGORITHM=INPLACE, LOCK=NONE",
    "ALGORITHM=INPLACE, LOCK=SHARED",
    "ALGORITHM=COPY, LOCK=SHARED",
]


def test_all_measured_records_are_here() -> None:
    assert len(RECORDS) == 302
    assert {record["server"] for record in RECORDS} == set(DATABASES)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record['server']}-{record['variant']}")
def test_predicted_equals_measured(record: dict[str, Any]) -> None:
    replay = Replay(DATABASES[record["server"]], record["schema"])
    statements = record["statements"]
    if record["error"] and statements:
        refused = statements.pop()[0]
    else:
        refused = None
    effects = [replay.run(sql) for sql, _ in statements]
    assert [way(effect) for effect in effects] == [measured for _, measured in statements]
    assert [failure for effect in effects for failure in certain_failures(effect)] == []
    worst = max((way(effect) for effect in effects), key=RANKS.index, default=None)
    assert worst == (None if record["algorithm"] == "no SQL" else record["algorithm"])
    assert sorted({table for effect in effects for table in rewrites(effect)}) == record["table_rebuilt"]
    if refused is not None:
        assert replay.run(refused).failures
