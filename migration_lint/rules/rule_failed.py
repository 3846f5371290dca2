from __future__ import annotations

from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule, Severity


class RuleFailed(Rule):
    """A rule raised an error on a migration, so that migration was not checked by it.

    The fault is the rule's, or its plugin's, not the migration's. All other rules went on. This rule cannot be turned
    off, and the run ends with exit code 3; please report the error to whoever maintains the rule that failed.
    """

    name = "rule-failed"
    family = "meta"
    severity = Severity.ERROR

    def report(self, path: str, span: Span, rule: str, error: Exception) -> Finding:
        """The finding for `rule`, which raised `error` on the migration at `path`."""
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return Finding(
            rule=self.name,
            family=self.family,
            severity=self.severity,
            message=f"The rule '{rule}' failed on this migration and did not check it ({text}).",
            advice="",
            path=path,
            span=span,
            identity=(path, rule),
        )
