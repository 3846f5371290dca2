"""Predictions against 251 variants measured with Django 4.2 to 6.1 on PostgreSQL 15 to 18.

A record holds the SQL that was sent, the locks held before COMMIT, what was rewritten, scanned and built and under
which lock, and which ORM calls of the release before then failed. Where we say something else, it is listed here with
the reason.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.django_database import set_up_django
from tests.postgresql_prediction import Record, prediction, records

set_up_django()

RECORDS = records()
FIELDS = ("locks", "rewrite", "scan", "index_build", "work_under_lock", "old_code_breaks", "edge")

FEW_ROWS = "rows that are written out are few: no work that grows with the table"
NO_TRY = "the measurement tried no value that breaks it"
EXCEPTIONS: dict[tuple[str, str], tuple[Any, str]] = {
    ("AlterField/float_to_decimal", "edge"): (True, NO_TRY),
    ("AddConstraint/unique_conditional", "edge"): (True, NO_TRY),
    ("AddConstraint/exclusion", "edge"): (True, NO_TRY),
    ("AlterUniqueTogether/change", "edge"): (True, "its duplicate broke the old constraint already"),
    ("AlterField/db_default_remove", "edge"): (True, "the measured calls gave the column a value themselves"),
    ("AlterField/fk_other_target", "old_code_breaks"): (
        ["insert"],
        "the ids tried for the old target exist in the new one",
    ),
    ("AlterField/fk_other_target", "edge"): (True, "likewise"),
    ("AddConstraintNotValid/check_violating_rows", "old_code_breaks"): (
        [],
        "broken by what the rows hold; an edge here",
    ),
    ("RunSQL/add_fk_not_valid", "edge"): (True, "the code took it for a relation, and wrote no other value"),
    ("RunSQL/create_trigger", "old_code_breaks"): ([], "the trigger chosen suppresses updates without a change"),
    ("RunSQL/truncate", "old_code_breaks"): ([], "the rows are gone; no call is refused"),
    ("RunSQL/truncate", "rewrite"): ([], "the table gets new, empty files"),
    ("RunSQL/truncate", "index_build"): ([], "likewise"),
    ("RunSQL/truncate", "work_under_lock"): ({}, "likewise"),
    ("Data/insert_no_fk_table_then_addfield", "work_under_lock"): ({}, FEW_ROWS),
    ("Data/insert_parent_then_alter_parent", "work_under_lock"): ({}, FEW_ROWS),
    ("Data/insert_into_child_then_create_index_on_parent", "work_under_lock"): ({"shop_author": "Share"}, FEW_ROWS),
    ("Data/runpython_get_or_create_parent_then_alter_parent", "work_under_lock"): ({}, FEW_ROWS),
    ("Data/runpython_get_or_create_parent_then_alter_parent", "scan"): ([], "a query by the application"),
    ("Data/update_fk_then_set_constraints_immediate_then_addfield", "scan"): (
        [],
        "the planner's choice for ten look-ups in a table never analysed",
    ),
    ("Data/update_fk_then_set_constraints_immediate_then_addfield", "work_under_lock"): (
        {"shop_book": "RowExclusive"},
        "likewise",
    ),
    ("Data/update_fk_then_addfield_non_atomic", "locks"): ({"shop_book": "AccessExclusive"}, "not sampled reliably"),
    ("Data/update_fk_then_addfield_non_atomic", "work_under_lock"): ({"shop_book": "RowExclusive"}, "likewise"),
}
# Django refuses these itself, before any SQL.
REFUSED_BY_DJANGO = ("AlterField/generated_expression_change", "AddIndexConcurrently/atomic")
KINDS = {
    "ActiveSqlTransaction": {"in-transaction"},
    "CheckViolation": {"check-violated"},
    "DependentObjectsStillExist": {"dependent-object"},
    "FeatureNotSupported": {"dependent-object", "referenced-table"},
    "InvalidTextRepresentation": {"invalid-cast", "invalid-definition"},
    "NotNullViolation": {"null-values", "not-null-without-default"},
    "ObjectInUse": {"pending-trigger-events"},
    "StringDataRightTruncation": {"too-long"},
    "UniqueViolation": {"duplicates"},
    "UnsafeNewEnumValueUsage": {"new-enum-value"},
}


def identity(record: Record) -> str:
    return f"{record['variant']}-{record['django']}-{record['postgresql']}"


def test_all_measured_records_are_here() -> None:
    assert len(RECORDS) == 251
    assert {variant for variant, _ in EXCEPTIONS} < {record["variant"] for record in RECORDS}


@pytest.mark.parametrize("record", [r for r in RECORDS if r["error"] is None], ids=identity)
def test_predicted_equals_measured(record: Record) -> None:
    connection, predicted = prediction(record)
    measured = dict(record)
    measured["edge"] = bool(record["old_code_breaks_edge_values"]) or "insert" in record["old_code_breaks"]
    for field in FIELDS:
        expected = EXCEPTIONS.get((record["variant"], field), (measured[field], ""))[0]
        assert predicted[field] == expected, field
    assert [failure.message for failure in predicted["failures"] if failure.rows is None] == []
    assert [reason for effect in connection.effects for reason in effect.unknown] == []
    assert all(effect.sources for effect in connection.effects if effect.locks or effect.work or effect.failures)


@pytest.mark.parametrize(
    "record", [r for r in RECORDS if r["error"] and r["variant"] not in REFUSED_BY_DJANGO], ids=identity
)
def test_refused_statements_are_told(record: Record) -> None:
    connection, _predicted = prediction(record)
    last = connection.effects[-1].failures
    assert {failure.kind for failure in last} & KINDS[record["error"].split(":")[0]]
    earlier = [failure for effect in connection.effects[:-1] for failure in effect.failures if failure.rows is None]
    assert earlier == []
    always = [failure for failure in last if failure.rows is None]
    says_so = {failure.message.split(":")[0] for failure in always}
    error = record["error"].partition(": ")[2]
    assert not always or any(error.startswith(message[:30]) for message in says_so), (error, says_so)
