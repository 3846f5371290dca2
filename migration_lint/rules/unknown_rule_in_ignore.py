from __future__ import annotations

from migration_lint.model.migration import Migration
from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule, Severity


class UnknownRuleInIgnore(Rule):
    """A comment to accept findings names a rule that does not exist, or cannot be read.

    It accepts nothing. The form is `# migration-lint: ignore[rule, other-rule] reason`, or `file-ignore[...]` for the
    whole file.
    """

    name = "unknown-rule-in-ignore"
    family = "meta"
    severity = Severity.ERROR

    def report(self, migration: Migration, span: Span, message: str) -> Finding:
        """The finding for a comment at `span`; `message` says what is wrong with it."""
        text = message[:1].upper() + message[1:] + ("" if message.endswith("?") else ".")
        return self.file_finding(migration, text, "", objects=(message,), span=span)
