from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.statements import SetTableOption, SetVariable, Statement
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_ON = frozenset({"1", "on", "true", "yes", "origin", "default"})
_CHECKS = frozenset({"foreign_key_checks", "unique_checks", "check_constraint_checks", "foreign_keys"})


class DisabledChecks(Rule):
    """Foreign keys or triggers are switched off and not on again.

    Rows written meanwhile are never checked, not even later: rows that refer to nothing stay. Where the switch belongs
    to the table, all releases run without it from then on; where it belongs to the session, whatever the connection
    does next runs without it, too.

    Switch them on again in the same migration. `SET LOCAL` ends with the transaction.
    """

    name = "disabled-checks"
    family = "data-loss"
    severity = Severity.ERROR
    sees = (SetTableOption, SetVariable)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        everything = [(step, executed, s) for step in migration.steps for executed, s in step.statements]
        for position, (step, executed, statement) in enumerate(everything):
            switch = _switched_off(statement, executed.session.transactional or executed.session.several)
            if switch is None or any(_restores(later, switch) for _, _, later in everything[position + 1 :]):
                continue
            kind, name = switch
            if kind == "table":
                message = f"All triggers of {name}, those of its foreign keys included, are switched off and stay off."
                text = f"ALTER TABLE {name} ENABLE TRIGGER ALL;"
            else:
                message = f"{name} is switched off and not restored: what the connection writes next is not checked."
                text = f"SET {name} = DEFAULT;"
            yield self.finding(step, message, text, objects=(name,), executed=executed)


def _switched_off(statement: Statement, transactional: bool) -> tuple[str, str] | None:
    """What a statement switches off beyond its transaction: a table's triggers, or a variable."""
    match statement:
        case SetTableOption(table=table, option="trigger", value="disable all"):
            return "table", table
        case SetVariable(scope="local") if transactional:
            return None
        case SetVariable(name="session_replication_role", value=str(value)) if value.lower() not in _ON:
            return "variable", "session_replication_role"
        case SetVariable(name=name, value=str(value)) if name in _CHECKS and value.lower() in ("0", "off", "false"):
            return "variable", name
        case _:
            return None


def _restores(statement: Statement, switch: tuple[str, str]) -> bool:
    match statement:
        case SetTableOption(table=table, option="trigger", value="enable all"):
            return switch == ("table", table)
        case SetVariable(name=name, value=value) if switch == ("variable", name) or (
            name == "all" and switch[0] == "variable"
        ):
            # A value kept in a variable of the user's own (`@OLD_FOREIGN_KEY_CHECKS`) is the one from before.
            return value is None or value.lower() in _ON or value.startswith("@")
        case _:
            return False
