from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from migration_lint.model.django import RunPython
from migration_lint.model.functions import QuotedName, SqlSent, TableName
from migration_lint.model.migration import FunctionFacts
from migration_lint.model.values import Span, Unknown
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.running_python import facts_of
from migration_lint.settings import Settings

# What stands in front of a value, as opposed to a name.
_BEFORE_VALUE = re.compile(
    r"(?:[=<>(,'+*/|-]|\b(?:LIKE|IN|AND|OR|BETWEEN|VALUES|LIMIT|OFFSET|THEN|ELSE|WHEN))\s*\Z", re.I
)
_NAMES_IN_BRACKETS = re.compile(r"\A\s*(?:CREATE|ALTER|DROP)\b", re.I)


class FormattedSql(Rule):
    """SQL is put together from values that nobody quotes.

    An f-string, `%`, `+` or `.format` puts a value into the text as it is: a quote in a title, a `%` or a name that is
    a keyword breaks the statement, or becomes SQL of its own. Values belong into the parameters of `execute`, names
    through `quote_name`. Constants, `quote_name()`, `_meta.db_table`, `quote_value()`, `psycopg.sql` and lists of
    placeholders are fine.
    """

    name = "formatted-sql"
    family = "data-migration"
    severity = Severity.ERROR

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        seen: set[Span] = set()
        for step in migration.steps:
            operation = step.operation
            if not isinstance(operation, RunPython) or not step.database:
                continue
            for code in (operation.code, operation.reverse_code):
                if code is None:
                    continue
                facts = facts_of(replace(operation, code=code), step.migration)
                yield from self._check(step, facts, seen)

    def _check(self, step: Step, facts: FunctionFacts | None, seen: set[Span]) -> Iterator[Finding]:
        for action in facts.actions if facts is not None else ():
            if isinstance(action, SqlSent) and action.formatted and action.span not in seen:
                seen.add(action.span)
                sources = [" ".join(p.source.split()) for p in action.parts if isinstance(p, Unknown)]
                names = " and ".join(dict.fromkeys(sources))
                text = "".join(p if isinstance(p, str) else _hole(p) for p in action.parts)
                shown = " ".join(text.split())
                shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
                message = (
                    f"The SQL '{shown}' takes {names} as it is: a quote in it breaks the statement, or becomes SQL of "
                    "its own."
                )
                found = self.finding(step, message, _advice(action), objects=(shown,))
                yield replace(found, span=action.span, effects=())


def _hole(part: TableName | QuotedName | Unknown) -> str:
    if isinstance(part, Unknown):
        return "{" + " ".join(part.source.split()) + "}"
    if isinstance(part, QuotedName):
        return part.name
    return "{" + part.model + (f"._meta.get_field('{part.field}').column" if part.field else "._meta.db_table") + "}"


def _advice(action: SqlSent) -> str:
    """The call with names quoted and values as parameters."""
    text, values, formatted = "", [], False
    constant = "".join(part for part in action.parts if isinstance(part, str))
    for part in action.parts:
        if isinstance(part, str):
            opened = text.endswith("%s") and part.startswith("'")
            text += part[1:] if opened else part
        elif isinstance(part, QuotedName):
            text += part.name
        elif isinstance(part, TableName):
            text, formatted = text + _hole(part), True
        elif _BEFORE_VALUE.search(text) and not _NAMES_IN_BRACKETS.match(constant):
            text = text.rstrip("'") + "%s"
            values.append(" ".join(part.source.split()))
        else:
            text += "{schema_editor.quote_name(" + " ".join(part.source.split()) + ")}"
            formatted = True
    quotes = '"""' if "\n" in text or '"' in text else '"'
    parameters = f", [{', '.join(values)}]" if values else ""
    return f"cursor.execute({'f' if formatted else ''}{quotes}{text}{quotes}{parameters})"
