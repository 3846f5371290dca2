"""Django's own schema editor on a real MariaDB, against ours: the same SQL, and the same schema after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from tests.django_database import set_up_django
from tests.django_introspection import APP, PORTABLE, Ours, introspected, replayed
from tests.django_judge import assert_same, differences
from tests.django_oracle import run_migration
from tests.lowering_variants import build
from tests.mariadb_server import DATABASE, MariaDBServer

pytestmark = pytest.mark.mariadb

REFUSED = {"index together"}
"""An index on TEXT needs a length, which Django does not give."""
DRIVER = (2, 2, 7, "final", 0)
"""The version of mysqlclient that Django asks for."""


@pytest.fixture(scope="module")
def connection(mariadb: MariaDBServer) -> Iterator[Any]:
    set_up_django()
    pymysql.version_info = DRIVER
    pymysql.install_as_MySQLdb()
    from django.db import connections
    from django.db.backends.mysql.base import DatabaseWrapper

    entry = {
        **connections["default"].settings_dict,
        "ENGINE": "django.db.backends.mysql",
        "NAME": DATABASE,
        "USER": "root",
        "OPTIONS": {"unix_socket": mariadb.socket},
    }
    opened = DatabaseWrapper(entry, "lowering_mariadb")
    connections["lowering_mariadb"] = opened
    yield opened
    opened.close()
    del connections["lowering_mariadb"]


@pytest.mark.parametrize("name", sorted(PORTABLE.keys() - REFUSED))
def test_variant(mariadb: MariaDBServer, connection: Any, name: str) -> None:
    from django.db.migrations.state import ProjectState

    before, operations = PORTABLE[name]
    mariadb.clear()
    ours, state = Ours("mariadb", mariadb.version), ProjectState()
    for sources in (*([source] for source in before), operations):
        built = [build(source) for source in sources]
        recorded, state = run_migration(connection, built, state, APP)
        theirs = [sql for sent in (*recorded.operations, recorded.deferred) for sql in sent]
        assert_same(ours.run(built), theirs, name)
    mine = {table: replayed(facts) for table, facts in ours.schema.tables.items()}
    assert not (found := differences(mine, introspected(connection))), "\n".join(found)
