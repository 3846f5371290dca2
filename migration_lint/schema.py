"""The database's schema as replayed so far: immutable, one for all frameworks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from migration_lint.layered import Layered
from migration_lint.model import statements as s
from migration_lint.model.tables import (
    Check,
    Column,
    Constraint,
    Exclusion,
    ForeignKey,
    Index,
    IndexKey,
    NotNull,
    PrimaryKey,
    Table,
    Unique,
    View,
)

ALL_COLUMNS = "*"


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables, views and user-defined types by name. `types` maps an enum to its labels, other types to none; `domains`
    are those of them that are domains.

    `narrow_drops` says that the engine is MySQL or MariaDB: dropping a column takes it out of multi-column indexes,
    where other engines drop the whole index, and a foreign key brings an index of its own name if none leads with its
    columns.
    """

    tables: Mapping[str, Table] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    narrow_drops: bool = False
    domains: frozenset[str] = frozenset()

    def table(self, name: str) -> Table | None:
        """The table of that name, if the history made or named one."""
        return self.tables.get(name)

    def column(self, table: str, column: str) -> Column | None:
        """The column of that name, if the history made one."""
        found = self.tables.get(table)
        return found.columns.get(column) if found else None

    def table_of_index(self, name: str) -> str | None:
        """The table that the index belongs to, a constraint's index included."""
        for table in self.tables.values():
            if name in table.indexes or isinstance(table.constraints.get(name), (PrimaryKey, Unique, Exclusion)):
                return table.name
        return None

    def references_to(self, table: str) -> Iterator[tuple[str, ForeignKey]]:
        """Every foreign key that points at `table`, with the table it stands on."""
        for other in self.tables.values():
            for constraint in other.constraints.values():
                if isinstance(constraint, ForeignKey) and constraint.to_table == table:
                    yield other.name, constraint

    def apply(self, statement: s.Statement) -> Schema:
        """The schema after `statement`.

        A table that the history did not make is taken up as an incomplete one as soon as a statement adds something
        to it; anything else that the schema does not hold is left alone.
        """
        change = _CHANGES.get(type(statement))
        return change(self, statement) if change else self

    def with_table(self, table: Table) -> Schema:
        """The schema with `table` put in place of the one of its name."""
        return replace(self, tables=Layered.changed(self.tables, table.name, table))

    def without_table(self, name: str) -> Schema:
        """The schema without the table of that name."""
        return replace(self, tables=Layered.changed(self.tables, name, None))


def constraint_columns(constraint: Constraint) -> frozenset[str]:
    """The columns of its own table that a constraint is about, as far as they are known."""
    if isinstance(constraint, (PrimaryKey, Unique, ForeignKey)):
        return frozenset(constraint.columns)
    if isinstance(constraint, NotNull):
        return frozenset((constraint.column,))
    return constraint.columns or frozenset()


def index_columns(index: Index) -> frozenset[str]:
    """Every column an index reads: keys, included columns, predicate and expressions, as far as they are known."""
    keys = {key.column for key in index.keys if key.column is not None}
    return frozenset(keys | set(index.include) | (index.where_columns or set()) | (index.expression_columns or set()))


def _table_or_incomplete(schema: Schema, name: str) -> Table:
    return schema.tables.get(name) or Table(name, {}, complete=False)


def _create_table(schema: Schema, statement: s.CreateTable) -> Schema:
    if statement.temporary or (statement.if_not_exists and statement.table.name in schema.tables):
        return schema
    table = replace(statement.table, unlogged=True) if statement.unlogged else statement.table
    if schema.narrow_drops:
        for constraint in table.constraints.values():
            table = replace(table, indexes=_with_key_index(table, table.indexes, constraint))
    return schema.with_table(table)


def _drop_table(schema: Schema, statement: s.DropTable) -> Schema:
    name = statement.table
    if name not in schema.tables:
        return schema
    for other, key in list(schema.references_to(name)):
        if other != name:
            schema = _without_constraint(schema, other, key.name)
    if statement.cascade:
        schema = _without_views(schema, name, None)
    return schema.without_table(name)


def _rename_table(schema: Schema, statement: s.RenameTable) -> Schema:
    old, new = statement.table, statement.new_name
    if (table := schema.tables.get(old)) is None:
        return schema
    indexes = {name: replace(index, table=new) for name, index in table.indexes.items()}
    tables = {new if key == old else key: value for key, value in schema.tables.items()}
    tables[new] = replace(table, name=new, indexes=indexes)
    for other, key in list(schema.references_to(old)):
        owner = tables[new if other == old else other]
        constraints = {**owner.constraints, key.name: replace(key, to_table=new)}
        tables[owner.name] = replace(owner, constraints=constraints)
    views = {
        name: replace(view, reads=frozenset((new if t == old else t, c) for t, c in view.reads))
        if view.reads is not None
        else view
        for name, view in schema.views.items()
    }
    return replace(schema, tables=tables, views=views)


def _set_table_option(schema: Schema, statement: s.SetTableOption) -> Schema:
    table = schema.tables.get(statement.table)
    if table is None:
        return schema
    if statement.option in ("logged", "unlogged"):
        return schema.with_table(replace(table, unlogged=statement.option == "unlogged"))
    if statement.option == "charset":
        return schema.with_table(replace(table, charset=statement.value))
    if statement.option == "row_format":
        return schema.with_table(replace(table, row_format=statement.value))
    return schema


def _attach_partition(schema: Schema, statement: s.AttachPartition) -> Schema:
    partition = _table_or_incomplete(schema, statement.partition)
    return schema.with_table(replace(partition, partition_of=statement.table))


def _detach_partition(schema: Schema, statement: s.DetachPartition) -> Schema:
    partition = schema.tables.get(statement.partition)
    return schema.with_table(replace(partition, partition_of=None)) if partition else schema


def _add_column(schema: Schema, statement: s.AddColumn) -> Schema:
    table = _table_or_incomplete(schema, statement.table)
    if statement.if_not_exists and statement.column.name in table.columns:
        return schema
    columns = {**table.columns, statement.column.name: statement.column}
    schema = schema.with_table(replace(table, columns=columns))
    for constraint in statement.constraints:
        schema = _add_constraint(schema, s.AddConstraint(statement.table, constraint))
    return schema


def _drop_column(schema: Schema, statement: s.DropColumn) -> Schema:
    table = schema.tables.get(statement.table)
    gone = statement.column
    if table is None or gone not in table.columns:
        return schema
    dependents = {gone}
    if statement.cascade:
        schema = _without_views(schema, table.name, gone)
        dependents |= {c.name for c in table.columns.values() if c.generated and gone in c.generated.columns}
    columns = {name: column for name, column in table.columns.items() if name not in dependents}
    indexes = {}
    for name, index in table.indexes.items():
        if not dependents & index_columns(index):
            indexes[name] = index
        elif schema.narrow_drops and (keys := tuple(key for key in index.keys if key.column not in dependents)):
            indexes[name] = replace(index, keys=keys)
    constraints = {
        name: constraint
        for name, constraint in table.constraints.items()
        if not dependents & constraint_columns(constraint)
    }
    for other, key in list(schema.references_to(table.name)):
        if other != table.name and gone in key.to_columns:
            schema = _without_constraint(schema, other, key.name)
    return schema.with_table(replace(table, columns=columns, indexes=indexes, constraints=constraints))


def _rename_column(schema: Schema, statement: s.RenameColumn) -> Schema:
    table = schema.tables.get(statement.table)
    old, new = statement.column, statement.new_name
    if table is None or old not in table.columns:
        return schema
    columns = {}
    for name, column in table.columns.items():
        if column.generated is not None and old in column.generated.columns:
            reads = _renamed(column.generated.columns, old, new)
            column = replace(column, generated=replace(column.generated, columns=reads))
        columns[new if name == old else name] = replace(column, name=new) if name == old else column
    indexes = {name: _rename_in_index(index, old, new) for name, index in table.indexes.items()}
    constraints = {name: _rename_in_constraint(c, old, new) for name, c in table.constraints.items()}
    schema = schema.with_table(replace(table, columns=columns, indexes=indexes, constraints=constraints))
    for other, key in list(schema.references_to(table.name)):
        if old in key.to_columns:
            owner = schema.tables[other]
            moved = replace(key, to_columns=_renamed(key.to_columns, old, new))
            schema = schema.with_table(replace(owner, constraints={**owner.constraints, key.name: moved}))
    views = {
        name: replace(view, reads=frozenset((t, new if (t, c) == (table.name, old) else c) for t, c in view.reads))
        if view.reads is not None
        else view
        for name, view in schema.views.items()
    }
    return replace(schema, views=views)


def _renamed(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in names)


def _renamed_set(names: frozenset[str] | None, old: str, new: str) -> frozenset[str] | None:
    return None if names is None else frozenset(new if name == old else name for name in names)


def _rename_in_index(index: Index, old: str, new: str) -> Index:
    return replace(
        index,
        keys=tuple(replace(key, column=new) if key.column == old else key for key in index.keys),
        include=_renamed(index.include, old, new),
        where_columns=_renamed_set(index.where_columns, old, new),
        expression_columns=_renamed_set(index.expression_columns, old, new),
    )


def _rename_in_constraint(constraint: Constraint, old: str, new: str) -> Constraint:
    if isinstance(constraint, (PrimaryKey, Unique, ForeignKey)):
        return replace(constraint, columns=_renamed(constraint.columns, old, new))
    if isinstance(constraint, NotNull):
        return replace(constraint, column=new) if constraint.column == old else constraint
    if isinstance(constraint, Check):
        proven = _renamed_set(constraint.not_null, old, new) or frozenset()
        return replace(constraint, columns=_renamed_set(constraint.columns, old, new), not_null=proven)
    keys = tuple(replace(key, column=new) if key.column == old else key for key in constraint.keys)
    return replace(constraint, keys=keys, columns=_renamed_set(constraint.columns, old, new))


def _change_column(schema: Schema, table_name: str, column_name: str, **changes: Any) -> Schema:
    table = schema.tables.get(table_name)
    if table is None or column_name not in table.columns:
        return schema
    column = replace(table.columns[column_name], **changes)
    return schema.with_table(replace(table, columns={**table.columns, column_name: column}))


def _alter_column_type(schema: Schema, statement: s.AlterColumnType) -> Schema:
    changes: dict[str, Any] = {"type": statement.type, "collation": statement.collation}
    return _change_column(schema, statement.table, statement.column, **changes)


def _modify_column(schema: Schema, statement: s.ModifyColumn) -> Schema:
    if statement.column != statement.definition.name:
        rename = s.RenameColumn(statement.table, statement.column, statement.definition.name)
        schema = _rename_column(schema, rename)
    table = schema.tables.get(statement.table)
    if table is None:
        return schema
    columns = {**table.columns, statement.definition.name: statement.definition}
    return schema.with_table(replace(table, columns=columns))


def _set_column_option(schema: Schema, statement: s.SetColumnOption) -> Schema:
    column = schema.column(statement.table, statement.column)
    if statement.option != "drop expression" or column is None:
        return schema
    return _change_column(schema, statement.table, statement.column, generated=None)


def _comment(schema: Schema, statement: s.Comment) -> Schema:
    if statement.column is not None:
        return _change_column(schema, statement.table, statement.column, comment=statement.text)
    table = schema.tables.get(statement.table)
    return schema.with_table(replace(table, comment=statement.text)) if table else schema


def _set_running(schema: Schema, statement: s.Forget | s.Expect) -> Schema:
    running = isinstance(statement, s.Expect)
    if statement.column is not None:
        return _change_column(schema, statement.table, statement.column, running=running)
    table = schema.tables.get(statement.table)
    return schema.with_table(replace(table, running=running)) if table else schema


def _create_index(schema: Schema, statement: s.CreateIndex) -> Schema:
    table = _table_or_incomplete(schema, statement.index.table)
    if statement.if_not_exists and statement.index.name in table.indexes:
        return schema
    indexes = {**table.indexes, statement.index.name: statement.index}
    if schema.narrow_drops:
        keys = tuple(key.column for key in statement.index.keys if key.column is not None)
        indexes = _without_key_index(table, indexes, keys, statement.index.name)
    return schema.with_table(replace(table, indexes=indexes))


def _with_key_index(table: Table, indexes: Mapping[str, Index], constraint: Constraint) -> Mapping[str, Index]:
    """The indexes and the one that MySQL makes for a foreign key, unless another leads with its columns."""
    if not isinstance(constraint, ForeignKey) or not constraint.columns:
        return indexes
    leading = [tuple(key.column for key in index.keys) for index in indexes.values()]
    leading += [c.columns for c in table.constraints.values() if isinstance(c, (PrimaryKey, Unique))]
    if any(columns[: len(constraint.columns)] == constraint.columns for columns in leading):
        return indexes
    keys = tuple(IndexKey(column) for column in constraint.columns)
    return {**indexes, constraint.name: Index(constraint.name, table.name, keys, implicit="foreign key")}


def _without_key_index(
    table: Table, indexes: Mapping[str, Index], columns: tuple[str, ...], name: str
) -> dict[str, Index]:
    """The indexes without those that MySQL made for a foreign key and drops now that another leads with its columns."""
    return {
        key: index
        for key, index in indexes.items()
        if key == name
        or not isinstance(table.constraints.get(key), ForeignKey)
        or tuple(x.column for x in index.keys) != columns[: len(index.keys)]
    }


def _drop_index(schema: Schema, statement: s.DropIndex) -> Schema:
    owner = statement.table or schema.table_of_index(statement.name)
    table = schema.tables.get(owner) if owner else None
    if table is None:
        return schema
    indexes = {name: index for name, index in table.indexes.items() if name != statement.name}
    constraints = table.constraints
    if isinstance(constraints.get(statement.name), Unique):
        constraints = {name: value for name, value in constraints.items() if name != statement.name}
    return schema.with_table(replace(table, indexes=indexes, constraints=constraints))


def _rename_index(schema: Schema, statement: s.RenameIndex) -> Schema:
    owner = statement.table or schema.table_of_index(statement.name)
    table = schema.tables.get(owner) if owner else None
    if table is None:
        return schema
    old, new = statement.name, statement.new_name
    if old not in table.indexes:
        return _rename_constraint(schema, s.RenameConstraint(table.name, old, new))
    renamed = replace(table.indexes[old], name=new)
    indexes = {new if name == old else name: renamed if name == old else i for name, i in table.indexes.items()}
    return schema.with_table(replace(table, indexes=indexes))


def _add_constraint(schema: Schema, statement: s.AddConstraint) -> Schema:
    table = _table_or_incomplete(schema, statement.table)
    constraint, indexes, columns = statement.constraint, table.indexes, table.columns
    if statement.using_index is not None and statement.using_index in indexes:
        index = indexes[statement.using_index]
        keys = tuple(key.column for key in index.keys if key.column is not None)
        indexes = {name: value for name, value in indexes.items() if name != statement.using_index}
        if isinstance(constraint, (PrimaryKey, Unique)) and not constraint.columns:
            constraint = replace(constraint, columns=keys)
    not_null: tuple[str, ...] = ()
    if isinstance(constraint, PrimaryKey):
        not_null = constraint.columns
    elif isinstance(constraint, NotNull) and constraint.validated:
        not_null = (constraint.column,)
    for name in not_null:
        if name in columns:
            columns = {**columns, name: replace(columns[name], nullable=False)}
    if schema.narrow_drops:
        indexes = _with_key_index(table, indexes, constraint)
        if isinstance(constraint, (PrimaryKey, Unique)):
            indexes = _without_key_index(table, indexes, constraint.columns, constraint.name)
    constraints = {**table.constraints, constraint.name: constraint}
    return schema.with_table(replace(table, columns=columns, indexes=indexes, constraints=constraints))


def _without_constraint(schema: Schema, table_name: str, name: str) -> Schema:
    table = schema.tables[table_name]
    return schema.with_table(
        replace(table, constraints={key: value for key, value in table.constraints.items() if key != name})
    )


def _drop_constraint(schema: Schema, statement: s.DropConstraint) -> Schema:
    table = schema.tables.get(statement.table)
    if table is None or statement.name not in table.constraints:
        return schema
    gone = table.constraints[statement.name]
    schema = _without_constraint(schema, table.name, statement.name)
    if isinstance(gone, NotNull):
        return _change_column(schema, table.name, gone.column, nullable=True)
    if statement.cascade and isinstance(gone, (PrimaryKey, Unique)):
        for other, key in list(schema.references_to(table.name)):
            if set(key.to_columns) == set(gone.columns):
                schema = _without_constraint(schema, other, key.name)
    return schema


def _validate_constraint(schema: Schema, statement: s.ValidateConstraint) -> Schema:
    table = schema.tables.get(statement.table)
    constraint = table.constraints.get(statement.name) if table else None
    if table is None or not isinstance(constraint, (Check, ForeignKey, NotNull)):
        return schema
    valid = replace(constraint, validated=True)
    schema = schema.with_table(replace(table, constraints={**table.constraints, statement.name: valid}))
    if isinstance(constraint, NotNull):
        return _change_column(schema, table.name, constraint.column, nullable=False)
    return schema


def _rename_constraint(schema: Schema, statement: s.RenameConstraint) -> Schema:
    table = schema.tables.get(statement.table)
    if table is None or statement.name not in table.constraints:
        return schema
    constraints = {
        statement.new_name if name == statement.name else name: replace(constraint, name=statement.new_name)
        if name == statement.name
        else constraint
        for name, constraint in table.constraints.items()
    }
    return schema.with_table(replace(table, constraints=constraints))


def _alter_constraint(schema: Schema, statement: s.AlterConstraint) -> Schema:
    table = schema.tables.get(statement.table)
    constraint = table.constraints.get(statement.name) if table else None
    if table is None or constraint is None:
        return schema
    if isinstance(constraint, ForeignKey) and statement.deferrable is not None:
        deferred = bool(statement.initially_deferred)
        constraint = replace(constraint, deferrable=statement.deferrable, initially_deferred=deferred)
    elif isinstance(constraint, Check) and statement.enforced is not None:
        constraint = replace(constraint, enforced=statement.enforced)
    return schema.with_table(replace(table, constraints={**table.constraints, statement.name: constraint}))


def _create_view(schema: Schema, statement: s.CreateView) -> Schema:
    return replace(schema, views={**schema.views, statement.view.name: statement.view})


def _without_views(schema: Schema, table: str, column: str | None) -> Schema:
    """Without the views that read the table, or the column where one is given."""
    views = {
        name: view
        for name, view in schema.views.items()
        if not any(t == table and (column is None or c in (column, ALL_COLUMNS)) for t, c in view.reads or ())
    }
    return replace(schema, views=views)


def _create_object(schema: Schema, statement: s.CreateObject) -> Schema:
    if statement.object_kind not in ("type", "domain"):
        return schema
    domains = schema.domains | {statement.name} if statement.object_kind == "domain" else schema.domains
    return replace(schema, types={**schema.types, statement.name: statement.values}, domains=domains)


def _alter_object(schema: Schema, statement: s.AlterObject) -> Schema:
    if statement.action != "add value" or statement.name not in schema.types:
        return schema
    labels = schema.types[statement.name] + statement.values
    return replace(schema, types={**schema.types, statement.name: labels})


def _drop_object(schema: Schema, statement: s.DropObject) -> Schema:
    views = {name: view for name, view in schema.views.items() if name != statement.name}
    types = {name: labels for name, labels in schema.types.items() if name != statement.name}
    if statement.object_kind in ("view", "materialized view"):
        return replace(schema, views=views)
    return replace(schema, types=types) if statement.object_kind in ("type", "domain") else schema


_CHANGES: Mapping[type[s.Statement], Callable[[Schema, Any], Schema]] = {
    s.CreateTable: _create_table,
    s.DropTable: _drop_table,
    s.RenameTable: _rename_table,
    s.SetTableOption: _set_table_option,
    s.AttachPartition: _attach_partition,
    s.DetachPartition: _detach_partition,
    s.AddColumn: _add_column,
    s.DropColumn: _drop_column,
    s.RenameColumn: _rename_column,
    s.AlterColumnType: _alter_column_type,
    s.ModifyColumn: _modify_column,
    s.SetNotNull: lambda schema, x: _change_column(schema, x.table, x.column, nullable=False),
    s.DropNotNull: lambda schema, x: _change_column(schema, x.table, x.column, nullable=True),
    s.SetDefault: lambda schema, x: _change_column(schema, x.table, x.column, default=x.default),
    s.DropDefault: lambda schema, x: _change_column(schema, x.table, x.column, default=None),
    s.SetIdentity: lambda schema, x: _change_column(schema, x.table, x.column, auto=x.kind),
    s.SetColumnOption: _set_column_option,
    s.Comment: _comment,
    s.Forget: _set_running,
    s.Expect: _set_running,
    s.CreateIndex: _create_index,
    s.DropIndex: _drop_index,
    s.RenameIndex: _rename_index,
    s.AddConstraint: _add_constraint,
    s.DropConstraint: _drop_constraint,
    s.ValidateConstraint: _validate_constraint,
    s.RenameConstraint: _rename_constraint,
    s.AlterConstraint: _alter_constraint,
    s.CreateView: _create_view,
    s.CreateObject: _create_object,
    s.AlterObject: _alter_object,
    s.DropObject: _drop_object,
}
