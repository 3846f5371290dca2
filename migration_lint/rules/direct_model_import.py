from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RunPython
from migration_lint.model.migration import FunctionFacts
from migration_lint.model.values import Function, Reference
from migration_lint.replay import Step
from migration_lint.rule import Finding, Related, Rule, Severity
from migration_lint.settings import Settings


class DirectModelImport(Rule):
    """A data migration uses a model that it imports from the application instead of the historical one.

    The imported class is today's, with all the columns that later migrations add. On a database that is only as far as
    this migration, such as a new developer's or the one the tests build, its queries name columns that do not exist yet
    and the migration fails; if the model is ever deleted or moved, the import itself fails. `apps.get_model` gives the
    model as it was at this migration.
    """

    name = "direct-model-import"
    family = "data-migration"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        if not isinstance(step.operation, RunPython):
            return
        facts = {function.name: function for function in step.migration.functions}
        for code in (step.operation.code, step.operation.reverse_code):
            if isinstance(code, (Function, Reference)) and (function := facts.get(code.name)):
                yield from self._check_function(step, function)

    def _check_function(self, step: Step, function: FunctionFacts) -> Iterator[Finding]:
        seen = set()
        for use in function.model_uses:
            if use.how not in ("query", "instance") or (use.module, use.name) in seen:
                continue
            seen.add((use.module, use.name))
            app = _app_of(use.module)
            message = (
                f"{function.name} uses {use.name} imported from {use.module}: that is the model of today, whose "
                f"columns a database at {step.migration.app}.{step.migration.name} does not have yet."
            )
            advice = f'{use.name} = apps.get_model("{app}", "{use.name}")'
            related = (Related(step.migration.path, use.span, f"{use.name} is used here"),)
            yield self.finding(step, message, advice, objects=(use.module, use.name), related=related)


def _app_of(module: str) -> str:
    """The application's name as far as its module tells it: the part before `models`."""
    parts = module.strip(".").split(".")
    return parts[parts.index("models") - 1] if "models" in parts[1:] else parts[-1]
