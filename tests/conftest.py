"""Fixtures that several test modules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

import pytest
from hypothesis import settings

from tests import mariadb_server, postgres_server

Server = TypeVar("Server")

# The same examples on every run, so that a failure is the change's own. `--hypothesis-profile=default` looks for more.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.PostgresServer]:
    """A running PostgreSQL server, one a test process."""
    yield from running(postgres_server.running_server, postgres_server.NoServerError)


@pytest.fixture(scope="module")
def mariadb() -> Iterator[mariadb_server.MariaDBServer]:
    """A running MariaDB server, one a test module."""
    yield from running(mariadb_server.running_server, mariadb_server.NoServerError)


def running(start: Callable[[], AbstractContextManager[Server]], missing: type[Exception]) -> Iterator[Server]:
    """A server while it is needed; without one the test is skipped."""
    try:
        opened = start()
        server = opened.__enter__()
    except missing as reason:
        pytest.skip(str(reason))
    try:
        yield server
    finally:
        opened.__exit__(None, None, None)
