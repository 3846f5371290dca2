"""Fixtures that several test modules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres_server import NoServerError, PostgresServer, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL server, one a test process."""
    try:
        opened = running_server()
        server = opened.__enter__()
    except NoServerError as reason:
        pytest.skip(str(reason))
    try:
        yield server
    finally:
        opened.__exit__(None, None, None)
