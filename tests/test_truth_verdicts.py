"""Verdicts on measured migrations: each one that hurt has a warning at least, each one that did not has no error.

A record is *bad* when it worked on a table in use under a lock that keeps writers out, rewrote one, failed, or broke
calls of the release before on ordinary values; else it is harmless.
"""

from __future__ import annotations

import ast
from typing import Any

import pytest

from migration_lint.rule import Finding, Severity
from migration_lint.rule_page import Section
from migration_lint.testing import lint_section
from tests.postgresql_prediction import Record, records

RECORDS = records()
BLOCKS_WRITES = {"Share", "ShareRowExclusive", "Exclusive", "AccessExclusive"}
SPEAK_OF_HARM = {"locking", "compatibility", "data-loss", "schema"}
# Rows and schema changed in one transaction, for which no other rule speaks, a failure included.
OF_ROWS_AND_SCHEMA = "mixed-schema-and-data"
MUST_NOT_CRY = {"locking", "compatibility", "schema"}
MODULES = {
    "m": "from django.db import models as m",
    "pgf": "from django.contrib.postgres import fields as pgf",
    "pgo": "from django.contrib.postgres import operations as pgo",
    "F": "from django.db.models import F",
    "Q": "from django.db.models import Q",
    "Now": "from django.db.models.functions import Now",
    "Upper": "from django.db.models.functions import Upper",
    "ExclusionConstraint": "from django.contrib.postgres.constraints import ExclusionConstraint",
    "RangeOperators": "from django.contrib.postgres.fields import RangeOperators",
    "BrinIndex": "from django.contrib.postgres.indexes import BrinIndex",
    "timezone": "from django.utils import timezone",
    "datetime": "import datetime",
    "uuid": "import uuid",
}
POSTGRESQL = ("AddConstraintNotValid", "AddIndexConcurrently", "RemoveIndexConcurrently", "ValidateConstraint")
# Bad by the record, and no rule's business.
UNHEARD = {
    "RunSQL/create_trigger": "the trigger chosen suppresses updates without a change; what a trigger does is not read",
}
# Harmless by the record, and an error all the same.
LOUD: dict[str, str] = {}


def identity(record: Record) -> str:
    return f"{record['variant']}-{record['django']}-{record['postgresql']}"


class _Spelling(ast.NodeTransformer):
    """Writes out the records' short names."""

    def __init__(self, django: tuple[int, ...]) -> None:
        self.condition = "condition" if django >= (5, 1) else "check"

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "Check":
            values = dict(zip(("condition", "name"), node.args, strict=False)) | {
                str(keyword.arg): keyword.value for keyword in node.keywords
            }
            names = {"condition": self.condition}
            keywords = [ast.keyword(names.get(name, name), value) for name, value in values.items()]
            return ast.Call(ast.parse("m.CheckConstraint", mode="eval").body, [], keywords)
        return node


def migration(record: Record, operations: list[str], after: str | None, *, atomic: bool = True) -> str:
    """The source of a migration with the record's operations."""
    spelling = _Spelling(tuple(int(part) for part in record["django"].split(".")))
    trees = [spelling.visit(ast.parse(operation, mode="eval")) for operation in operations]
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    own = sorted(name for name in used if name[0].isupper() and name not in {*MODULES, *POSTGRESQL})
    lines = [line for name, line in MODULES.items() if name in used]
    lines += [f"from django.contrib.postgres.operations import {name}" for name in POSTGRESQL if name in used]
    lines += ["from django.db import migrations", f"from django.db.migrations import {', '.join(own)}" if own else ""]
    lines += ["class Migration(migrations.Migration):"]
    lines += [] if atomic else ["    atomic = False"]
    lines += [f"    dependencies = {[('shop', after)] if after else []}", "    operations = ["]
    lines += [f"        {ast.unparse(tree)}," for tree in trees]
    return "\n".join([*lines, "    ]", ""])


MEASURED = "shop/migrations/0003_measured.py"


def project(record: Record) -> dict[str, str]:
    """The record as a project: what led to it in two migrations, what was measured in a third."""
    files = {"shop/migrations/__init__.py": ""}
    files["pyproject.toml"] = (
        f'[tool.migration-lint]\ndjango-version = "{record["django"]}"\n'
        f'database-version = "{record["postgresql"]}"\ndefault-auto-field = "django.db.models.BigAutoField"\n'
    )
    before_sql = [f"RunSQL([{sql!r}])" for sql in record.get("before_sql", ())]
    files["shop/migrations/0001_initial.py"] = migration(record, record["before"], None)
    files["shop/migrations/0002_sql.py"] = migration(record, before_sql, "0001_initial", atomic=False)
    files[MEASURED] = migration(record, record["operation"], "0002_sql", atomic=record["atomic"])
    return files


def findings(record: Record) -> list[Finding]:
    """What is found in the migration that the record measured, and not in those that led to it."""
    return [found for found in lint_section(Section("Bad", 1, project(record))) if found.path == MEASURED]


def is_bad(record: Record) -> bool:
    work: dict[str, Any] = record["work_under_lock"]
    breaks = record["old_code_breaks"]
    return bool(record["error"] or record["rewrite"] or breaks or BLOCKS_WRITES & set(work.values()))


BAD = [record for record in RECORDS if is_bad(record)]
HARMLESS = [record for record in RECORDS if not is_bad(record)]


def shown(found: list[Finding]) -> list[str]:
    return [f"{finding.severity.label} [{finding.rule}] {finding.message}" for finding in found]


@pytest.mark.parametrize("record", BAD, ids=identity)
def test_what_hurt_is_found(record: Record) -> None:
    found = findings(record)
    speaking = [f for f in found if f.family in SPEAK_OF_HARM or f.rule == OF_ROWS_AND_SCHEMA]
    heard = [f for f in speaking if f.severity >= Severity.WARNING]
    assert bool(heard) != (record["variant"] in UNHEARD), shown(found)


@pytest.mark.parametrize("record", HARMLESS, ids=identity)
def test_what_did_no_harm_is_no_error(record: Record) -> None:
    found = findings(record)
    loud = [f for f in found if f.severity >= Severity.ERROR and f.family in MUST_NOT_CRY]
    assert bool(loud) == (record["variant"] in LOUD), shown(found)


def test_there_are_both() -> None:
    assert (len(BAD), len(HARMLESS)) == (148, 103)
