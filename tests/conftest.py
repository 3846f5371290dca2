"""Fixtures that several test modules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.postgres_server import NoServerError, PostgresServer, running_server

# The same examples on every run, so that a failure is the change's own. `--hypothesis-profile=default` looks for more.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


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
