"""The rules on locks: what they advise is clean, and what no page of theirs shows."""

from __future__ import annotations

import re

import pytest

from migration_lint.rule import Severity
from migration_lint.rule_page import Section
from migration_lint.testing import lint_section
from tests.postgresql_prediction import Record, records
from tests.test_truth_verdicts import MEASURED, findings, identity, project

FILE = re.compile(r"^# (\w+/migrations/\w+\.py)$", re.MULTILINE)
WRAPPED = "    operations = [\n{}\n    ]\n"


def followed(record: Record, advice: str) -> dict[str, str]:
    """The record's project after somebody did what the advice says; empty where it is no code."""
    here, *rest = FILE.split(advice)
    files = project(record)
    snippet = "\n".join(line for line in here.split("\n") if not line.startswith(("#", "--")))
    if not rest and not snippet.startswith("migrations."):
        return {}
    start = files[MEASURED].index("    operations = [")
    body = "\n".join(f"        {line}" for line in snippet.split("\n") if line) + ("," if snippet else "")
    files[MEASURED] = files[MEASURED][:start] + WRAPPED.format(body)
    if "models." in snippet:
        files[MEASURED] = "from django.db import models\n" + files[MEASURED]
    files |= dict(zip(rest[::2], rest[1::2], strict=True))
    return files


RECORDS = [record for record in records() if len(record["operation"]) == 1]


@pytest.mark.parametrize("record", RECORDS, ids=identity)
def test_advice_is_clean(record: Record) -> None:
    """What other rules found before, such as a renamed column, is not this advice's to mend."""
    before = [finding for finding in findings(record) if finding.severity >= Severity.WARNING]
    for finding in before:
        files = followed(record, finding.advice) if finding.family == "locking" else {}
        others = {other.rule for other in before} - {finding.rule}
        found = [f for f in lint_section(Section("Fixed", 1, files)) if files and f.severity >= Severity.WARNING]
        new = [f for f in found if f.path >= MEASURED and f.rule not in others]
        assert [f"{f.path}: [{f.rule}] {f.message}" for f in new] == [], finding.advice
