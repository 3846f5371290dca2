"""An explained migration, as text for people and as JSON."""

from __future__ import annotations

import json

from migration_lint.explaining import ExplainedStep, Explanation, Risk
from migration_lint.reporters.base import effect_data, sentence
from migration_lint.reporters.terminal import Style, block, joined, printable, wrap
from migration_lint.rule import Severity

_SEVERITIES = {Risk.LOW: Severity.INFO, Risk.MEDIUM: Severity.WARNING, Risk.HIGH: Severity.ERROR}


def render_text(explanation: Explanation, *, color: bool, width: int) -> str:
    """What a reviewer reads: the migration's risk, then each operation."""
    style = Style(color)
    several = len(explanation.migrations) > 1
    how = f"{len(explanation.migrations)} migrations" if several else _transaction(explanation.transactional)
    title = style.bold(printable(explanation.migration))
    lines = [f"{title} on {explanation.database}, {how}: {_risk(style, explanation.risk)}"]
    before = ""
    for step in explanation.steps:
        if several and step.migration != before:
            lines += ["", f"{style.bold(printable(step.migration))}, {_transaction(step.transactional)}"]
        before = step.migration
        lines += ["", *_step_lines(step, explanation.path, style, width)]
    return joined(lines)


def _transaction(transactional: bool) -> str:
    return "in one transaction" if transactional else "without a transaction"


def _step_lines(step: ExplainedStep, path: str, style: Style, width: int) -> list[str]:
    lines = [f"{printable(path)}:{step.line}: {style.bold(printable(step.kind))}: {_risk(style, step.risk)}"]
    for statement in step.statements:
        lines += [style.dim(line) for line in block(f"{statement};", "    ")]
    if not step.statements and not step.unknown:
        lines += wrap("It sends nothing to the database.", width, "  ", "- ")
    for text in step.sentences:
        lines += wrap(sentence(text[:1].upper() + text[1:]), width, "  ", "- ")
    for text in step.unknown:
        lines += wrap(sentence(f"Not analysed: {text}"), width, "  ", "- ")
    back = {True: "It can be undone", False: "It cannot be undone", None: "Whether it can be undone is not known"}
    note = f": {step.reversal.note}" if step.reversal.note else ""
    lines += wrap(sentence(f"{back[step.reversal.possible]}{note}"), width, "  ", "- ")
    for source in step.sources:
        lines += [style.dim(line) for line in wrap(f"({source.text})", width, "    ")]
    return lines


def _risk(style: Style, risk: Risk | None) -> str:
    return "risk not known" if risk is None else f"{style.severity(_SEVERITIES[risk], risk.name.lower())} risk"


def _name(risk: Risk | None) -> str | None:
    return None if risk is None else risk.name.lower()


def render_json(explanation: Explanation) -> str:
    """The same as data; the keys are stable."""
    data = {
        "version": 1,
        "path": explanation.path,
        "migration": explanation.migration,
        "database": explanation.database,
        "transactional": explanation.transactional,
        "risk": _name(explanation.risk),
        "operations": [
            {
                "migration": step.migration,
                "kind": step.kind,
                "line": step.line,
                "risk": _name(step.risk),
                "reversible": step.reversal.possible,
                "reversal": step.reversal.note,
                "statements": list(step.statements),
                "sentences": list(step.sentences),
                "not_analysed": list(step.unknown),
                "effects": [effect_data(executed.effect) for executed in step.executed],
            }
            for step in explanation.steps
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
