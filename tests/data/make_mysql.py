"""Makes mysql.jsonl from measured records: adds to each the SQL that Django sends for the state before (`schema`).

    python tests/data/make_mysql.py MEASURED.jsonl > tests/data/mysql.jsonl

A record's `before` are the operations that make that state, in Python; the other fields are what was measured.
"""

from __future__ import annotations

import datetime
import json
import sys
import uuid
from pathlib import Path

import pymysql

pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.configure(INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
django.setup()

from django.db import migrations, models  # noqa: E402
from django.db.backends.mysql.base import DatabaseWrapper  # noqa: E402
from django.db.migrations import operations  # noqa: E402
from django.db.migrations.state import ProjectState  # noqa: E402
from django.db.models import F, Q  # noqa: E402
from django.db.models.functions import Lower, Now, Random, Upper  # noqa: E402
from django.utils import timezone  # noqa: E402

VERSIONS = {"mariadb 10.11": "10.11.19-MariaDB", "mysql 9.7": "9.7.4"}
NAMES = {
    **vars(operations),
    "m": models, "migrations": migrations, "F": F, "Q": Q, "Lower": Lower, "Upper": Upper, "Now": Now,
    "Random": Random, "Check": lambda condition, name: models.CheckConstraint(condition=condition, name=name),
    "datetime": datetime, "timezone": timezone, "uuid": uuid,
}  # fmt: skip


def connection(server: str) -> DatabaseWrapper:
    """A connection that knows the server's version and never connects."""
    wrapper = DatabaseWrapper(
        {"NAME": "x", "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}, "TIME_ZONE": None,
         "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "TEST": {}},
    )  # fmt: skip
    wrapper.connection = pymysql.Connection(defer_connect=True)  # quotes values without a server
    wrapper.connection.server_status = 0
    wrapper.introspection.get_storage_engine = lambda cursor, table: "InnoDB"
    wrapper.mysql_server_data = {
        "version": VERSIONS[server],
        "sql_mode": "STRICT_TRANS_TABLES",
        "default_storage_engine": "InnoDB",
        "sql_auto_is_null": False,
        "lower_case_table_names": 0,
        "has_zoneinfo_database": True,
    }
    return wrapper


def schema_sql(record: dict[str, object], wrapper: DatabaseWrapper) -> list[str]:
    """What Django sends for the operations of `before`, and the SQL run after them."""
    sent: list[str] = []
    state = ProjectState()
    for source in record["before"]:
        operation = eval(source, dict(NAMES))
        before = state.clone()
        operation.state_forwards("shop", state)
        with wrapper.schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards("shop", editor, before, state)
        sent += [sql.rstrip(";") for sql in editor.collected_sql]
    return sent + list(record.get("before_sql", []))


def main() -> None:
    wrappers = {server: connection(server) for server in VERSIONS}
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        record["schema"] = schema_sql(record, wrappers[record["server"]])
        print(json.dumps(record))


if __name__ == "__main__":
    main()
