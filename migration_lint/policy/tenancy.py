"""Which tables belong to a tenant, and by which column, as the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from migration_lint.advice.sql_text import create_index
from migration_lint.model.statements import AddColumn, AddConstraint, CreateIndex, CreateTable
from migration_lint.model.tables import ForeignKey, Index, IndexKey, Table, Unique
from migration_lint.model.values import Call, Function, Reference, Value
from migration_lint.replay import Executed, ReplayedMigration, Step
from migration_lint.settings import Settings

_RANDOM = ("uuid", "token", "random", "secret", "nanoid", "ulid", "ksuid")


@dataclass(frozen=True, slots=True)
class AddedKey:
    """An index or a unique constraint that a migration adds to a tenant's table.

    `columns` are its keys in order, None for an expression; `tenant` is the table's tenant column. `implicit` indexes
    are those that Django makes for a foreign key or for LIKE.
    """

    step: Step
    executed: Executed
    table: Table
    tenant: str
    name: str
    columns: tuple[str | None, ...]
    unique: bool
    method: str
    implicit: bool


def added_keys(migration: ReplayedMigration, settings: Settings) -> Iterator[AddedKey]:
    """Every index and unique constraint added to a tenant's table, judged by the table as the migration leaves it."""
    if not migration.steps or not (settings.tenant_fields or settings.tenant_models):
        return
    final = migration.final
    for step in migration.steps:
        for executed in step.executed:
            for name, owner, columns, unique, index in _keys(executed):
                table = final.table(owner) or step.after.table(owner)
                tenant = tenant_column(table, settings) if table else None
                if table is not None and tenant is not None:
                    method = index.method if index else "btree"
                    implicit = index is not None and index.implicit in ("foreign key", "like")
                    yield AddedKey(step, executed, table, tenant, name, columns, unique, method, implicit)


def _keys(executed: Executed) -> Iterator[tuple[str, str, tuple[str | None, ...], bool, Index | None]]:
    for statement in executed.command.statements:
        match statement:
            case CreateIndex(index=index):
                yield index.name, index.table, tuple(key.column for key in index.keys), index.unique, index
            case CreateTable(table=table):
                for constraint in table.constraints.values():
                    if isinstance(constraint, Unique):
                        yield constraint.name, table.name, constraint.columns, True, None
                for index in table.indexes.values():
                    yield index.name, table.name, tuple(key.column for key in index.keys), index.unique, index
            case AddColumn(table=name, constraints=constraints):
                for constraint in constraints:
                    if isinstance(constraint, Unique):
                        yield constraint.name, name, constraint.columns, True, None
            case AddConstraint(table=name, constraint=Unique() as constraint):
                yield constraint.name, name, constraint.columns, True, None
            case _:
                pass


def tenant_first(key: AddedKey) -> str | None:
    """The same index with the tenant in front, where a statement of SQL makes it by itself."""
    columns = [column for column in key.columns if column is not None and column != key.tenant]
    made = [s for s in key.executed.command.statements if isinstance(s, CreateIndex)]
    if key.step.migration.framework != "sql" or not made or None in key.columns:
        return None
    keys = tuple(IndexKey(column) for column in (key.tenant, *columns))
    index = replace(made[0].index, keys=keys)
    return f"{create_index(index, concurrently=made[0].concurrently)};"


def tenant_column(table: Table, settings: Settings) -> str | None:
    """The column that says whose row it is, a tenant field or a foreign key to a tenant model; None: a global table."""
    if table.name in {_table_name(model) for model in settings.global_models}:
        return None
    for field in settings.tenant_fields:
        for name in (f"{field}_id", field):
            if name in table.columns:
                return name
    models = {_table_name(model) for model in settings.tenant_models}
    for constraint in table.constraints.values():
        if isinstance(constraint, ForeignKey) and constraint.to_table in models and len(constraint.columns) == 1:
            return constraint.columns[0]
    return None


def _table_name(model: str) -> str:
    """`shop.Book` is the table shop_book; anything without a dot is a table's name already."""
    return model.replace(".", "_").lower() if "." in model else model


def names_one_row(table: Table, columns: tuple[str | None, ...]) -> bool:
    """Whether a unique key cannot clash between tenants: a one-to-one relation, a UUID, or a random token."""
    if len(columns) != 1 or columns[0] is None:
        return False
    name = columns[0]
    if any(isinstance(c, ForeignKey) and c.columns == (name,) for c in table.constraints.values()):
        return True
    column = table.columns.get(name)
    if column is None:
        return False
    if str(column.type) == "uuid" or (column.default is not None and "uuid" in str(column.default).lower()):
        return True
    return not isinstance(column.application_default, type(None)) and _is_random(column.application_default)


def _is_random(default: object) -> bool:
    value: Value = default if isinstance(default, (Reference, Call, Function)) else None
    match value:
        case Reference(module=module, name=name):
            text = f"{module}.{name}"
        case Call(function=function):
            text = function.dotted
        case Function(name=name):
            text = name
        case _:
            return False
    return any(word in text.lower() for word in _RANDOM)
