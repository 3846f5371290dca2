from __future__ import annotations

from collections.abc import Iterator

from migration_lint import advice
from migration_lint.model.django import RunPython
from migration_lint.model.functions import SchemaTouched
from migration_lint.policy.data_steps import is_ddl
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.running_python import facts_of
from migration_lint.settings import Settings

_EDITS = ("add_", "alter_", "create_model", "delete_model", "remove_", "rename_")


class DdlInPython(Rule):
    """Python code of a migration changes the schema.

    `schema_editor.execute("ALTER TABLE …")` or a cursor in RunPython does what an operation could do, but `sqlmigrate`
    shows none of it, Django's state does not know of it, and what the function decides when it runs nobody can review.
    Its statements are analysed like those of RunSQL where their text is known.

    An operation of Django's, or RunSQL with `state_operations`, says the same in the open.
    """

    name = "ddl-in-python"
    family = "data-migration"
    severity = Severity.WARNING

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        operation = step.operation
        if not isinstance(operation, RunPython) or not step.database:
            return
        facts = facts_of(operation, step.migration)
        who = facts.name if facts is not None and facts.name.isidentifier() else "This function"
        sent = [each for each in step.executed if any(map(is_ddl, each.command.statements))]
        if sent:
            first = " ".join(sent[0].command.sql.split()).rstrip(";")
            shown = first if len(first) <= 60 else f"{first[:57]}..."
            more = f" and {len(sent) - 1} more" if len(sent) > 1 else ""
            message = f"{who} runs {shown}{more} in Python: neither sqlmigrate nor Django's state shows it."
            todo = (
                "# An operation of its own, with the SQL that undoes it in the place of noop:\n"
                f"migrations.RunSQL({advice.source(first)}, migrations.RunSQL.noop)"
            )
            yield self.finding(step, message, todo, objects=(first,), executed=sent[0])
            return
        for action in facts.actions if facts is not None else ():
            edit = action.call.rpartition(".")[2] if isinstance(action, SchemaTouched) else ""
            if edit.startswith(_EDITS):
                message = f"{who} calls {edit}() of the schema editor: neither sqlmigrate nor Django's state shows it."
                todo = f"# Write it as an operation of the migration instead of calling {edit}()."
                yield self.finding(step, message, todo, objects=(edit,))
                return
