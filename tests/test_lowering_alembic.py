"""Alembic's operations as statements, against the SQL that the real Alembic sends."""

from __future__ import annotations

from typing import Literal

import pytest

from migration_lint.lowering import alembic as lowering
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.statements import Statement
from migration_lint.readers import alembic
from migration_lint.readers.sql import read_sql
from migration_lint.schema import Schema
from migration_lint.source import Source
from tests import alembic_oracle

HEAD = """import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "a1"
down_revision = None


def upgrade():
    """
RECORDED = alembic_oracle.recorded()


def ours(engine: Literal["postgresql", "mysql"], operation: str) -> list[Statement]:
    """The statements of an operation."""
    migration = alembic.read(Source("versions/a1.py", HEAD + operation + "\n"))
    assert isinstance(migration, AlembicMigration)
    commands = lowering.lowered(migration.operations, Schema(), engine)
    assert commands is not None
    return [statement for command in commands for statement in command.statements]


@pytest.mark.parametrize(("engine", "operation"), alembic_oracle.cases())
def test_statements_are_those_of_alembic(engine: Literal["postgresql", "mysql"], operation: str) -> None:
    real = read_sql(RECORDED[f"{engine}: {operation}"], engine)
    assert ours(engine, operation) == [statement for command in real for statement in command.statements]


def test_the_record_is_alembics() -> None:
    pytest.importorskip("alembic")
    assert alembic_oracle.record() == RECORDED
