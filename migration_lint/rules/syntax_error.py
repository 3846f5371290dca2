from __future__ import annotations

from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule, Severity


class SyntaxErrorRule(Rule):
    """A migration cannot be parsed, so nothing in it was checked.

    Every other finding rests on the parsed file. A file that cannot be read as Python fails when Django loads it, and a
    file too deeply nested to be parsed safely is left alone: both are said here instead of being passed over.
    This rule cannot be turned off, and the run ends with exit code 3.
    """

    name = "syntax-error"
    family = "meta"
    severity = Severity.ERROR

    def report(self, path: str, span: Span, reason: str) -> Finding:
        """The finding for a file that the parser refused for `reason`."""
        return Finding(
            rule=self.name,
            family=self.family,
            severity=self.severity,
            message=f"This file cannot be parsed: {reason}. Nothing in it was checked.",
            advice="",
            path=path,
            span=span,
            identity=(path,),
        )
