"""Django's own schema editor, on a real PostgreSQL, judges the lowering: the same SQL, and the same schema after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.django_database import django_connection
from tests.django_judge import Judge, clean
from tests.django_operations import migrations_of
from tests.postgres_server import PostgresServer


@pytest.fixture(scope="module")
def connection(postgres: PostgresServer) -> Iterator[Any]:
    with django_connection(postgres) as connected:
        yield connected


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_generated_operations(connection: Any, data: st.DataObject) -> None:
    clean(connection)
    judge = Judge(connection)
    for operations in migrations_of(lambda options: data.draw(st.sampled_from(list(options)))):
        judge.run(operations(judge.django_state))
    judge.compare_schemas()
