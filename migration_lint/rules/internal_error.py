from __future__ import annotations

from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule, Severity


class InternalError(Rule):
    """The linter itself failed on a migration, so part of it was not checked.

    The fault is the linter's, not the migration's. Whatever else the migration does was checked, and so were all
    others; where they follow this one, without knowing what it did. This rule cannot be turned off, and the run ends
    with exit code 3; please report the error, with the migration if you may.
    """

    name = "internal-error"
    family = "meta"
    severity = Severity.ERROR

    def report(self, path: str, span: Span, error: Exception) -> Finding:
        """The finding for what raised `error` while the code at `span` was read or replayed."""
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return Finding(
            rule=self.name,
            family=self.family,
            severity=self.severity,
            message=f"The linter failed on this and did not check it ({text}).",
            advice="",
            path=path,
            span=span,
            identity=(path, text),
        )
