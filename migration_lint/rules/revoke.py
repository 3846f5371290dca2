from __future__ import annotations

from collections.abc import Iterator

from migration_lint.advice.sql_text import one_line
from migration_lint.model.statements import Grant
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class Revoke(Rule):
    """Privileges are taken from a role that the application may run as.

    If the release still running connects as that role, or as a member of it, its queries fail from the moment the
    migration commits. Take privileges away when no release that needs them runs any more.
    """

    name = "revoke"
    family = "compatibility"
    severity = Severity.WARNING
    sees = (Grant,)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            if not isinstance(statement, Grant) or not statement.revoke:
                continue
            if statement.table is not None and step.is_new(statement.table):
                continue
            roles = " and ".join(statement.roles) or "a role"
            what = f"privileges on {statement.table}" if statement.table else "privileges"
            message = f"{roles} lose{'' if len(statement.roles) > 1 else 's'} {what}: if the release still running is "
            message += "connected as such a role, its queries fail."
            text = "-- In a later release, when nothing that needs them runs any more:\n"
            text += (
                f"-- migration-lint: ignore[revoke] no release connects so any more\n{one_line(executed.command.sql)};"
            )
            objects = (statement.table or "", *statement.roles)
            yield self.finding(step, message, text, objects=objects, executed=executed)
