from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.statements import (
    AddColumn,
    AddConstraint,
    CreateIndex,
    CreateTable,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    Statement,
)
from migration_lint.replay import Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class IdentifierTooLong(Rule):
    """A name is longer than the database allows.

    PostgreSQL cuts a name off after 63 bytes without an error, so two long names can become one, and whoever looks the
    name up in the catalogue finds another. MySQL and MariaDB refuse names of more than 64 characters.
    """

    name = "identifier-too-long"
    family = "schema"
    severity = Severity.ERROR

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            for kind, name in _names(statement):
                plain = name.rpartition(".")[2]
                encoded = plain.encode(errors="replace")  # half of a surrogate pair has no bytes
                if settings.database == "postgresql" and len(encoded) > 63:
                    cut = encoded[:63].decode(errors="ignore")
                    message = f"The {kind} name {plain} has {len(encoded)} bytes; PostgreSQL cuts it to {cut}."
                elif settings.database in ("mysql", "mariadb") and len(plain) > 64:
                    message = f"The {kind} name {plain} has {len(plain)} characters; the database allows 64."
                else:
                    continue
                advice = f"# Choose a shorter name for the {kind}."
                yield self.finding(step, message, advice, objects=(plain,), executed=executed)


def _names(statement: Statement) -> Iterator[tuple[str, str]]:
    match statement:
        case CreateTable(table=table):
            yield "table", table.name
            yield from (("column", column) for column in table.columns)
            yield from (("index", index) for index in table.indexes)
            yield from (("constraint", constraint) for constraint in table.constraints)
        case AddColumn(column=column, constraints=constraints):
            yield "column", column.name
            yield from (("constraint", constraint.name) for constraint in constraints)
        case AddConstraint(constraint=constraint):
            yield "constraint", constraint.name
        case CreateIndex(index=index):
            yield "index", index.name
        case RenameTable(new_name=name):
            yield "table", name
        case RenameColumn(new_name=name):
            yield "column", name
        case RenameIndex(new_name=name):
            yield "index", name
        case RenameConstraint(new_name=name):
            yield "constraint", name
        case _:
            pass
