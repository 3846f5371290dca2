from __future__ import annotations

from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule, Severity


class UnreadableFile(Rule):
    """A file cannot be read, so nothing in it was checked.

    It is not text in the encoding it declares, a broken link, a folder with a file's name, too large, or closed to the
    user that runs the check. This rule cannot be turned off, and the run ends with exit code 3.
    """

    name = "unreadable-file"
    family = "meta"
    severity = Severity.ERROR

    def report(self, path: str, reason: str) -> Finding:
        """The finding for a file that cannot be read for `reason`."""
        return Finding(
            rule=self.name,
            family=self.family,
            severity=self.severity,
            message=f"This file cannot be read: {reason}. Nothing in it was checked.",
            advice="",
            path=path,
            span=Span(1, 1, 1, 1),
            identity=(path,),
        )
