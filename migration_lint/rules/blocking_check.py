from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from migration_lint import advice
from migration_lint.advice import online, sql_files
from migration_lint.advice.sql_text import add_column, add_not_valid, drop_column, drop_constraint, validate
from migration_lint.effects import Work
from migration_lint.history import History
from migration_lint.model.alembic import AlembicSql
from migration_lint.model.django import AddConstraint, AddField, RunSQL, SqlText, ValidateConstraint
from migration_lint.model.migration import Operation
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import AddColumn as AddColumnStatement
from migration_lint.model.statements import AddConstraint as AddConstraintStatement
from migration_lint.model.statements import ValidateConstraint as ValidateConstraintStatement
from migration_lint.model.tables import Check
from migration_lint.policy import table_sizes
from migration_lint.policy.blocking import BlockingWorkRule
from migration_lint.policy.causes import CausedWork
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Severity
from migration_lint.settings import Settings

_WITHOUT_CHECK = {
    "PositiveIntegerField": "IntegerField",
    "PositiveSmallIntegerField": "SmallIntegerField",
    "PositiveBigIntegerField": "BigIntegerField",
}


class BlockingCheck(BlockingWorkRule):
    """A CHECK constraint is checked against all rows while nobody can use the table.

    PostgreSQL scans the table under ACCESS EXCLUSIVE; MySQL and MariaDB copy it while writes wait. Django adds a CHECK
    for every PositiveIntegerField and its kin, and PostgreSQL scans the table for it even if the column is new and NULL
    in all rows.

    Add the constraint NOT VALID (AddConstraintNotValid), which holds for new rows at once, and validate it in a later
    migration, which lets reads and writes go on. From the first step on the release still running must keep to the
    constraint: a NOT VALID one that nothing validates later is found as a warning for that.
    """

    name = "blocking-check"
    family = "locking"
    severity = Severity.ERROR
    sees = (Work, AddConstraintStatement)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for step in migration.steps:
            yield from self.check_step(step, settings)
            yield from self._check_not_valid(step, migration.history, settings)

    def _check_not_valid(self, step: Step, history: History, settings: Settings) -> Iterator[Finding]:
        for executed, statement in step.statements:
            match statement:
                case AddConstraintStatement(table=table, constraint=Check(validated=False) as check):
                    pass
                case _:
                    continue
            refuses = any(b.table == table and check.name in b.why for b in step.breaks)
            if step.is_new(table) or not refuses or _is_validated(check.name, history):
                continue
            message = (
                f"{check.name} is NOT VALID: {table} keeps the rows that break it, but the release still running can "
                "write no more of them, and no migration validates it."
            )
            model = getattr(step.operation, "model_name", None)
            part = sql_files.Part(f"validate_{check.name}".lower(), [(validate(table, check.name), None)])
            todo = sql_files.migrations(step, part, instead=False)
            if model is not None:
                validated = f'ValidateConstraint("{model}", name="{check.name}")'
                todo = advice.django_file(step.migration, f"validate_{check.name}".lower(), [validated])
            severity = min(table_sizes.adjusted(Severity.WARNING, [table], settings), Severity.WARNING)
            yield replace(
                self.finding(step, message, todo, objects=(table, check.name), executed=executed), severity=severity
            )

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        if settings.database != "postgresql":
            return online.by_tool(step, works[0].work.table)
        operation, table, name = step.operation, works[0].work.table, works[0].work.object or ""
        if isinstance(operation, AddConstraint):
            constraint = advice.constraint_source(operation.constraint, online.check_keyword(settings))
            return online.files(
                step,
                (f"add_{name}".lower(), [f'AddConstraintNotValid("{operation.model_name}", {constraint})'], True),
                (
                    f"validate_{name}".lower(),
                    [f'ValidateConstraint("{operation.model_name}", name="{name}")'],
                    True,
                ),
            )
        checks = [check for caused in works for check in _checks(caused)]
        added = [(add_not_valid(table, check), drop_constraint(table, check.name)) for check in checks]
        validated = [validate(table, check.name) for check in checks]
        state = online.operation_source(operation, settings)
        if state is None:
            columns = [
                (add_column(s.table, s.column), drop_column(s.table, s.column.name))
                for _, s in step.statements
                if isinstance(s, AddColumnStatement) and any(check in s.constraints for check in checks)
            ]
            return sql_files.migrations(
                step,
                sql_files.Part(f"add_{name}".lower(), [*columns, *added]),
                sql_files.Part(f"validate_{name}".lower(), [(sql, None) for sql in validated]),
            )
        if isinstance(operation, AddField):
            database = [_added(_without_check(operation))]
            state = _added(operation)
        else:
            database = [online.run_sql(sql) for sql in online.kept_sql(step, [c.executed for c in works])]
        database += [online.run_sql(sql, back) for sql, back in added]
        return online.files(
            step,
            (f"add_{name}".lower(), [online.separately(database, [state])], True),
            (f"validate_{name}".lower(), [online.run_sql(sql) for sql in validated], True),
        )


def _checks(caused: CausedWork) -> Iterator[Check]:
    """The CHECKs that a command adds for the work."""
    for statement in caused.executed.command.statements:
        constraints = getattr(statement, "constraints", None) or (getattr(statement, "constraint", None),)
        for constraint in constraints:
            if isinstance(constraint, Check) and constraint.name == caused.work.object:
                yield constraint


def _without_check(operation: AddField) -> AddField:
    """The operation with the field's kind that has no CHECK."""
    module, _, kind = operation.field.kind.rpartition(".")
    return replace(operation, field=replace(operation.field, kind=f"{module}.{_WITHOUT_CHECK.get(kind, kind)}"))


def _added(operation: AddField) -> str:
    return f'migrations.AddField("{operation.model_name}", "{operation.name}", {online.new_field(operation)})'


def _is_validated(name: str, history: History) -> bool:
    """Whether some migration validates the constraint."""
    operations: list[Operation] = [o for m in history.migrations.values() for o in m.operations]
    for operation in operations:
        match operation:
            case ValidateConstraint(name=validated) if validated == name:
                return True
            case AlembicSql(sql=SqlText(text=text)):
                if "validate constraint" in text.lower() and name.lower() in text.lower():
                    return True
            case SqlStatement(command=command):
                if any(isinstance(s, ValidateConstraintStatement) and s.name == name for s in command.statements):
                    return True
            case RunSQL(sql=parts):
                texts = [part.text.lower() for part in parts if isinstance(part, SqlText)]
                if any("validate constraint" in text and name.lower() in text for text in texts):
                    return True
            case _:
                pass
    return False
