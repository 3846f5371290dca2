from __future__ import annotations

from collections.abc import Iterator

from migration_lint.history import History, Key
from migration_lint.model import django as dj
from migration_lint.model import statements as s
from migration_lint.model.migration import Operation
from migration_lint.model.sql import SqlStatement
from migration_lint.model.tables import NotNull, PrimaryKey
from migration_lint.policy.tenancy import tenant_column
from migration_lint.replay import ReplayedMigration, Step
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class NullableTenant(Rule):
    """A tenant's column may be NULL, and no later migration changes that.

    A row without a tenant belongs to nobody: queries for one tenant do not see it, and those that forget the tenant
    show it to everybody. To begin with NULL is right where the table has rows; the last step, NOT NULL once they are
    filled, is forgotten easily. The newest migration of an application is left alone, for that step may still come.

    Runs only where `tenant-fields` or `tenant-models` say what a tenant is; `global-models` lists tables to leave
    alone.
    """

    name = "nullable-tenant"
    family = "tenancy"
    severity = Severity.INFO

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        if not (settings.tenant_fields or settings.tenant_models):
            return
        later = _later(migration)
        if not later:
            return
        for step in migration.steps:
            for executed, statement in step.statements:
                match statement:
                    case s.CreateTable(table=table):
                        name = table.name
                    case s.AddColumn(table=name):
                        pass
                    case _:
                        continue
                owner = migration.final.table(name)
                tenant = tenant_column(owner, settings) if owner else None
                column = owner.columns.get(tenant) if owner and tenant else None
                if column is None or not column.nullable or tenant is None:
                    continue
                if isinstance(statement, s.AddColumn) and statement.column.name != tenant:
                    continue
                if any(_settles(operation, step, name, tenant) for operation in later):
                    continue
                message = (
                    f"{name}.{tenant} may be NULL, and no later migration makes it NOT NULL: a row without a tenant "
                    "belongs to nobody."
                )
                advice = f"# Fill {tenant} in the rows that have none, then make it NOT NULL."
                yield self.finding(step, message, advice, objects=(name, tenant), executed=executed)


def _later(migration: ReplayedMigration) -> list[Operation]:
    """What the application's later migrations do."""
    history: History = migration.history
    key: Key = (migration.migration.app, migration.migration.name)
    if key not in history.order:
        return []
    after = history.order[history.order.index(key) + 1 :]
    return [o for k in after if k[0] == key[0] for o in _flat(history.migrations[k].operations)]


def _flat(operations: tuple[Operation, ...]) -> Iterator[Operation]:
    for operation in operations:
        yield operation
        if isinstance(operation, dj.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations + operation.state_operations)


def _settles(operation: Operation, step: Step, table: str, column: str) -> bool:
    """Whether an operation makes the column NOT NULL, or takes it or its table away or to another name."""
    if isinstance(operation, SqlStatement):
        return any(_settled(statement, table, column) for statement in operation.command.statements)
    if isinstance(operation, dj.RunSQL):
        texts = [part.text.lower() for part in operation.sql if isinstance(part, dj.SqlText)]
        return any("not null" in text and column in text for text in texts)
    model, field = table.removeprefix(f"{step.migration.app}_"), column.removesuffix("_id")
    match operation:
        case dj.AlterField(model_name=owner, name=name, field=changed):
            kept = dict(changed.options).get("null") is True
            return owner.lower() == model and name.lower() in (field, column) and not kept
        case dj.RemoveField(model_name=owner, name=name) | dj.RenameField(model_name=owner, old_name=name):
            return owner.lower() == model and name.lower() in (field, column)
        case dj.DeleteModel(name=owner) | dj.RenameModel(old_name=owner) | dj.AlterModelTable(name=owner):
            return owner.lower() == model
        case _:
            return False


def _settled(statement: s.Statement, table: str, column: str) -> bool:
    match statement:
        case s.SetNotNull(table=owner, column=name) | s.DropColumn(table=owner, column=name):
            return (owner, name) == (table, column)
        case s.RenameColumn(table=owner, column=name):
            return (owner, name) == (table, column)
        case s.ModifyColumn(table=owner, column=name, definition=definition):
            return (owner, name) == (table, column) and not definition.nullable
        case s.DropTable(table=owner) | s.RenameTable(table=owner):
            return owner == table
        case s.AddConstraint(table=owner, constraint=constraint):
            proven = constraint.columns if isinstance(constraint, PrimaryKey) else ()
            proven = (constraint.column,) if isinstance(constraint, NotNull) else proven
            return owner == table and column in proven
        case _:
            return False
