"""What each Django version sends, as recorded from it, against what the lowering says it sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migration_lint.lowering.django import DjangoLowering
from migration_lint.model.migration import Migration
from migration_lint.model.values import Span
from migration_lint.schema import Schema
from migration_lint.settings import Settings
from tests.django_database import set_up_django
from tests.django_judge import without_driver_quirks
from tests.django_oracle import operation
from tests.lowering_variants import build, variants

RECORDED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "fixtures" / "lowering.json").read_text(encoding="utf-8")
)
VERSIONS = ["3.2", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "6.0", "6.1"]


def lowered(before: list[str], operations: list[str], version: tuple[int, int]) -> list[str]:
    """The SQL of the operations, or the first failure."""
    lowering = DjangoLowering(Settings(default_auto_field="django.db.models.BigAutoField"))
    migration = Migration(path="", framework="django", app="shop", name="m", span=Span(1, 1, 1, 1))
    state, schema = lowering.initial_state(), Schema()
    sent: list[str] = []
    for sources in (*([source] for source in before), operations):
        run = lowering.start(migration, version)
        sent = []
        for index, source in enumerate(sources):
            result, state = run.lower(index, operation(build(source)), state, schema, database=True, state=True)
            if result.failure is not None:
                return [f"ValueError: {result.failure}"]
            for command in result.commands:
                sent.append(command.sql)
                for statement in command.statements:
                    schema = schema.apply(statement)
        for _, command in run.finish(schema):
            sent.append(command.sql)
            for statement in command.statements:
                schema = schema.apply(statement)
    return sent


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_sql(version: str) -> None:
    set_up_django()
    major, minor = (int(part) for part in version.split("."))
    compared, wrong = 0, []
    for name, (before, operations) in variants().items():
        recorded = next((o["sql"] for o in RECORDED[name] if version in o["django"]), None)
        try:
            for source in (*before, *operations):
                build(source)
        except (AttributeError, TypeError):
            continue  # newer than the Django that runs the tests
        if recorded is None:
            continue
        compared += 1
        ours = lowered(before, operations, (major, minor))
        if [without_driver_quirks(sql) for sql in ours] != [without_driver_quirks(sql) for sql in recorded]:
            wrong.append("\n  ".join([name, "ours:", *ours, "recorded:", *recorded]))
    assert not wrong, "\n".join(wrong)
    assert compared > 300
