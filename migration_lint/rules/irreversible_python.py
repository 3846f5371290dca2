from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RunPython
from migration_lint.model.values import Function, Reference
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class IrreversiblePython(Rule):
    """RunPython has no reverse_code, so the migration cannot be undone.

    `migrate` to an earlier migration stops with IrreversibleError, and so do all later migrations: when a release has
    to be rolled back there is no way back. A reverse that has nothing to do is written `migrations.RunPython.noop`,
    which also says that somebody thought about it.
    """

    name = "irreversible-python"
    family = "reversibility"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        operation = step.operation
        if not isinstance(operation, RunPython) or operation.reverse_code is not None or not step.database:
            return
        code = operation.code
        name = code.name if isinstance(code, (Function, Reference)) else "the function"
        if name in ("noop", "RunPython.noop"):
            return
        shown = "RunPython with a lambda" if name == "<lambda>" else f"RunPython({name})"
        message = f"{shown} has no reverse_code: {step.migration.app}.{step.migration.name} cannot be undone."
        forward = name if name.isidentifier() else "forward"
        advice = (
            f"migrations.RunPython({forward}, migrations.RunPython.noop)  # nothing to undo, or:\n"
            f"migrations.RunPython({forward}, undo_{forward})  # a function that undoes it"
        )
        yield self.finding(step, message, advice, objects=(name,))
