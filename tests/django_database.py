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
            USE_TZ=True,
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            INSTALLED_APPS=[f"django.contrib.{app}" for app in CONTRIB],
        )
    django.setup()


@contextlib.contextmanager
def django_connection(server: PostgresServer) -> Iterator[Any]:
    """Django's connection to a new empty database."""
    set_up_django()
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    with server.database() as name:
        entry: dict[str, Any] = {
            **server.django_settings(name),
            "PASSWORD": "",
            "OPTIONS": {},
            "TIME_ZONE": None,
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": False,
            "AUTOCOMMIT": True,
            "ATOMIC_REQUESTS": False,
            "DISABLE_SERVER_SIDE_CURSORS": False,
            "TEST": {"NAME": None},
        }
        connection = DatabaseWrapper(entry, ALIAS)
        connections[ALIAS] = connection
        try:
            yield connection
        finally:
            connection.close()
            del connections[ALIAS]
