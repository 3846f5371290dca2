"""Django's own schema editor on SQLite, against ours: which tables are copied, and the schema after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.django_database import set_up_django
from tests.django_introspection import APP, PORTABLE, Ours, introspected, replayed
from tests.django_judge import differences
from tests.django_oracle import run_migration
from tests.lowering_variants import build

COPY = re.compile(r'INSERT INTO "(?:new__)?(\w+)" \(.*\) SELECT')


@pytest.fixture
def connection() -> Iterator[Any]:
    set_up_django()
    from django.db import connections
    from django.db.backends.sqlite3.base import DatabaseWrapper

    entry = {**connections["default"].settings_dict, "NAME": ":memory:", "ENGINE": "django.db.backends.sqlite3"}
    opened = DatabaseWrapper(entry, "lowering_sqlite")
    connections["lowering_sqlite"] = opened
    yield opened
    opened.close()
    del connections["lowering_sqlite"]


def copied(sent: list[str]) -> set[str]:
    """The tables that are copied."""
    return {found[1] for sql in sent if (found := COPY.search(sql))}


@pytest.mark.parametrize("name", PORTABLE)
def test_variant(connection: Any, name: str) -> None:
    from django.db.migrations.state import ProjectState

    before, operations = PORTABLE[name]
    ours, state = Ours("sqlite"), ProjectState()
    for sources in (*([source] for source in before), operations):
        built = [build(source) for source in sources]
        recorded, state = run_migration(connection, built, state, APP)
        theirs = [sql for sent in (*recorded.operations, recorded.deferred) for sql in sent]
        assert copied(ours.run(built)) == copied(theirs)
    mine = {table: replayed(facts) for table, facts in ours.schema.tables.items()}
    assert not (found := differences(mine, introspected(connection))), "\n".join(found)
