from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from migration_lint.model.built_sql import BuiltSql
from migration_lint.model.django import OwnOperation, RunPython, RunSQL
from migration_lint.model.functions import QuotedName, SqlSent, TableName
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
    a keyword breaks the statement, or becomes SQL of its own. Values belong into the parameters of `execute`, or of
    `RunSQL([(sql, parameters)])`, names through `quote_name`. Constants, `quote_name()`, `_meta.db_table`,
    `quote_value()`, `psycopg.sql` and lists of placeholders are fine.
    """

    name = "formatted-sql"
    family = "data-migration"
    severity = Severity.ERROR

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        seen: set[Span] = set()
        for step in migration.steps:
            for built in _built(step) if step.database else ():
                if built.span not in seen:
                    seen.add(built.span)
                    yield self._finding(step, built)

    def _finding(self, step: Step, built: SqlSent | BuiltSql) -> Finding:
        sources = [" ".join(part.source.split()) for part in built.parts if isinstance(part, Unknown)]
        names = " and ".join(dict.fromkeys(sources))
        text = "".join(part if isinstance(part, str) else _hole(part) for part in built.parts)
        shown = " ".join(text.split())
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        message = (
            f"The SQL '{shown}' takes {names} as it is: a quote in it breaks the statement, or becomes SQL of its own."
        )
        found = self.finding(step, message, _advice(built), objects=(shown,))
        return replace(found, span=built.span, effects=())


def _built(step: Step) -> Iterator[SqlSent | BuiltSql]:
    """The SQL of an operation, and of what undoes it, that values go into as they are."""
    operation = step.operation
    if isinstance(operation, RunSQL):
        yield from (part for part in (*operation.sql, *(operation.reverse_sql or ())) if isinstance(part, BuiltSql))
        return
    asked = [operation] if isinstance(operation, (RunPython, OwnOperation)) else []
    if isinstance(operation, RunPython) and operation.reverse_code is not None:
        asked.append(replace(operation, code=operation.reverse_code))
    for each in asked:
        facts = facts_of(each, step.migration)
        for action in facts.actions if facts is not None else ():
            if isinstance(action, SqlSent) and action.formatted:
                yield action


def _hole(part: TableName | QuotedName | Unknown) -> str:
    if isinstance(part, Unknown):
        return "{" + " ".join(part.source.split()) + "}"
    if isinstance(part, QuotedName):
        return part.name
    return "{" + part.model + (f"._meta.get_field('{part.field}').column" if part.field else "._meta.db_table") + "}"


def _advice(action: SqlSent | BuiltSql) -> str:
    """The call with names quoted and values as parameters; names that RunSQL cannot quote have to be written."""
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
    literal = f"{'f' if formatted else ''}{quotes}{text}{quotes}"
    parameters = f", [{', '.join(values)}]" if values else ""
    if isinstance(action, SqlSent):
        return f"cursor.execute({literal}{parameters})"
    if formatted:
        return f"# In a function that migrations.RunPython runs:\nschema_editor.execute({literal}{parameters})"
    return f"migrations.RunSQL([({literal}{parameters})], migrations.RunSQL.noop)"
