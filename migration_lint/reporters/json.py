"""JSON for programs: the keys, their order and their meaning are a contract, numbered by `version`."""

from __future__ import annotations

import json
from typing import Any

from migration_lint.model.values import Span
from migration_lint.reporters.base import Options, Report, effect_data
from migration_lint.rule import Finding, Severity

VERSION = 1


def render(report: Report, options: Options) -> str:
    """The whole report as one JSON object."""
    counts = report.counts
    document = {
        "version": VERSION,
        "tool": {"name": "migration-lint", "version": report.version, "database": report.database},
        "findings": [
            _finding(finding, fingerprint)
            for finding, fingerprint in report.findings_with_identity(suppressed=options.show_suppressed)
        ],
        "summary": {
            "files": report.coverage.files,
            "migrations": report.coverage.migrations,
            "operations": report.coverage.operations,
            "not_analysed": report.coverage.not_analysed,
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "infos": counts[Severity.INFO],
            "suppressed": report.suppressed,
        },
        "history": {"migrations": report.history.migrations, "operations": report.history.operations},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    data = {
        "rule": finding.rule,
        "family": finding.family,
        "severity": finding.severity.label,
        "message": finding.message,
        "advice": finding.advice,
        "path": finding.path,
        **_position(finding.span),
        "related": [
            {"path": related.path, **_position(related.span), "message": related.message} for related in finding.related
        ],
        "effects": [effect_data(effect) for effect in finding.effects],
        "fixable": finding.fixable,
        "fingerprint": fingerprint,
    }
    # Only there when asked for, so that nobody takes a suppressed finding for an open one.
    return data if finding.suppressed is None else {**data, "suppressed": finding.suppressed}


def _position(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}
