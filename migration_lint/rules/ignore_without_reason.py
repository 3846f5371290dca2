from __future__ import annotations

from migration_lint.model.migration import Migration
from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule, Severity


class IgnoreWithoutReason(Rule):
    """A comment accepts a finding without saying why.

    Whoever reads the migration next cannot tell whether the danger was weighed. Words after the bracket are the reason:
    `# migration-lint: ignore[drop-column] the column was never released`.
    """

    name = "ignore-without-reason"
    family = "meta"
    severity = Severity.OFF

    def report(self, migration: Migration, span: Span, message: str) -> Finding:
        """The finding for a comment at `span`; `message` says what is wrong with it."""
        text = message[:1].upper() + message[1:]
        return self.file_finding(migration, f"{text}.", "", objects=(message,), span=span)
