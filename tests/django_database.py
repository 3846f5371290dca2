"""Django connected to the test server, whatever else a test process uses Django for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

ALIAS = "lowering"
CONTRIB = ("contenttypes", "auth", "admin", "sessions", "sites", "redirects", "flatpages", "postgres")


def set_up_django() -> None:
    """Configure Django once a process."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            SECRET_KEY="not a secret",
            USE_TZ=True,
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            INSTALLED_APPS=[f"django.contrib.{app}" for app in CONTRIB],
        )
    django.setup()


@contextlib.contextmanager
def django_connection(server: PostgresServer) -> Iterator[Any]:
    """Django's connection to a new empty database."""
    set_up_django()
    with server.database() as name, connected(server.django_settings(name)) as connection:
        yield connection


@contextlib.contextmanager
def connected(database: dict[str, Any]) -> Iterator[Any]:
    """Django's connection to a database, whatever its settings name."""
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    entry: dict[str, Any] = {
        "PASSWORD": "",
        "OPTIONS": {},
        "TIME_ZONE": None,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "TEST": {"NAME": None},
        **database,
    }
    connection = DatabaseWrapper(entry, ALIAS)
    connections[ALIAS] = connection
    try:
        yield connection
    finally:
        connection.close()
        del connections[ALIAS]
