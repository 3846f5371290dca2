from __future__ import annotations

from migration_lint.model.migration import Migration
from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule, Severity


class UnusedIgnore(Rule):
    """A comment accepts a finding that is not there.

    The migration was changed since, or the comment stands beside the wrong operation: then it either means nothing or
    hides nothing, and the next reader believes that a danger was weighed. Only rules that ran on the file are judged.
    """

    name = "unused-ignore"
    family = "meta"
    severity = Severity.WARNING

    def report(self, migration: Migration, span: Span, message: str) -> Finding:
        """The finding for a comment at `span`; `message` says what is wrong with it."""
        text = message[:1].upper() + message[1:]
        return self.file_finding(migration, f"{text}.", "", objects=(message,), span=span)
