"""The database's schema as replayed so far: immutable, one for all frameworks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from migration_lint.layered import put, taken
from migration_lint.model import statements as s
from migration_lint.model.tables import (
    Column,
    ColumnType,
    Domain,
    Exclusion,
    ForeignKey,
    PrimaryKey,
    Table,
    Unique,
    View,
)
from migration_lint.schema import columns, constraints, indexes, objects, tables
from migration_lint.schema.links import Links, links_of
from migration_lint.schema.parts import constraint_columns, index_columns

__all__ = ["ALL_COLUMNS", "Schema", "constraint_columns", "index_columns"]

ALL_COLUMNS = "*"


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables, views and user-defined types by name. `types` maps an enum to its labels, other types to none; `domains`
    holds those of them that are domains, and `functions` says how volatile each function is declared to be.

    `narrow_drops` says that the engine is MySQL or MariaDB: dropping a column takes it out of multi-column indexes,
    where other engines drop the whole index, and a foreign key brings an index of its own name if none leads with its
    columns. `links` is worked out from the rest. `latest` is the statement last applied and what came of it: the
    lowering, the engine and the replay ask the same in turn.
    """

    tables: Mapping[str, Table] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    narrow_drops: bool = False
    domains: Mapping[str, Domain] = field(default_factory=dict)
    links: Links = field(default=None, compare=False, repr=False)  # type: ignore[assignment]
    functions: Mapping[str, str] = field(default_factory=dict)
    latest: tuple[s.Statement, Schema] | None = field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Follow the links of tables and views that were given and not made by statements."""
        if self.links is None:
            object.__setattr__(self, "links", links_of(self.tables, self.views))

    def table(self, name: str) -> Table | None:
        """The table of that name, if the history made or named one."""
        return self.tables.get(name)

    def table_or_incomplete(self, name: str) -> Table:
        """The table of that name, or one of which nothing is known."""
        return self.tables.get(name) or Table(name, {}, complete=False)

    def column(self, table: str, column: str) -> Column | None:
        """The column of that name, if the history made one."""
        found = self.tables.get(table)
        return found.columns.get(column) if found else None

    def table_of_index(self, name: str) -> str | None:
        """The table that the index belongs to, a constraint's index included."""
        for owner in self.links.owners.get(name, ()):
            table = self.tables[owner]
            if name in table.indexes or isinstance(table.constraints.get(name), (PrimaryKey, Unique, Exclusion)):
                return owner
        return None

    def has_name(self, name: str) -> bool:
        """Whether a table, an index or a constraint is called so."""
        return name in self.tables or name in self.links.owners

    def references_to(self, table: str) -> Iterator[tuple[str, ForeignKey]]:
        """Every foreign key that points at `table`, with the table it stands on."""
        for owner, name in self.links.references.get(table, ()):
            key = self.tables[owner].constraints[name]
            assert isinstance(key, ForeignKey)
            yield owner, key

    def partitions_of(self, table: str) -> Iterator[str]:
        """The partitions of `table`, not those of its partitions."""
        return iter(self.links.partitions.get(table, ()))

    def views_on(self, table: str, column: str | None = None) -> Iterator[str]:
        """The views that read the table, or the column where one is given."""
        for name in self.links.readers.get(table, ()):
            reads = self.views[name].reads or ()
            if column is None or (table, column) in reads or (table, ALL_COLUMNS) in reads:
                yield name

    def is_whole(self) -> bool:
        """Whether there are tables, and none of them was made outside of the history."""
        return bool(self.tables) and not self.links.incomplete

    def apply(self, statement: s.Statement) -> Schema:
        """The schema after `statement`.

        A table that the history did not make is taken up as an incomplete one as soon as a statement adds something
        to it; anything else that the schema does not hold is left alone.
        """
        change = _CHANGES.get(type(statement))
        if change is None:
            return self
        if self.latest and self.latest[0] is statement:
            return self.latest[1]
        changed = change(self, statement)
        object.__setattr__(self, "latest", (statement, changed))
        return changed

    def without_latest(self) -> Schema:
        """The same schema, to be kept while others come and go."""
        return replace(self)

    def with_table(self, table: Table) -> Schema:
        """The schema with `table` put in place of the one of its name."""
        links = self.links.after(table.name, self.tables.get(table.name), table)
        # `replace` takes three times as long, and nothing is done more often.
        tables = put(self.tables, table.name, table)
        return Schema(tables, self.views, self.types, self.narrow_drops, self.domains, links)

    def without_table(self, name: str) -> Schema:
        """The schema without the table of that name."""
        links = self.links.after(name, self.tables.get(name), None)
        return replace(self, tables=taken(self.tables, name), links=links)

    def with_column_changed(self, table_name: str, column_name: str, **changes: Any) -> Schema:
        """The schema with other values in a column's fields, if it holds the column."""
        table = self.tables.get(table_name)
        if table is None or column_name not in table.columns:
            return self
        column: Column = replace(table.columns[column_name], **changes)
        return self.with_table(replace(table, columns=put(table.columns, column_name, column)))

    def with_view(self, view: View) -> Schema:
        """The schema with `view` put in place of the one of its name."""
        links = self.links.after_view(view.name, self.views.get(view.name), view)
        return replace(self, views=put(self.views, view.name, view), links=links)

    def without_view(self, name: str) -> Schema:
        """The schema without the view of that name."""
        links = self.links.after_view(name, self.views.get(name), None)
        return replace(self, views=taken(self.views, name), links=links)

    def with_type(self, name: str, labels: tuple[str, ...], domain: Domain | None = None) -> Schema:
        """The schema with a type of that name, in place of any other."""
        domains = put(self.domains, name, domain) if domain is not None else taken(self.domains, name)
        return replace(self, types=put(self.types, name, labels), domains=domains)

    def base_type(self, column_type: ColumnType) -> ColumnType:
        """The type whose values a domain has; a type that is no domain, or one over what is not known, is its own."""
        while (domain := self.domains.get(column_type.name)) is not None and isinstance(domain.base, ColumnType):
            column_type = replace(domain.base, dimensions=domain.base.dimensions + column_type.dimensions)
        return column_type

    def without_type(self, name: str) -> Schema:
        """The schema without the type of that name."""
        return replace(self, types=taken(self.types, name), domains=taken(self.domains, name))


_CHANGES: Mapping[type[s.Statement], Callable[[Schema, Any], Schema]] = {
    s.CreateTable: tables.create_table,
    s.DropTable: tables.drop_table,
    s.RenameTable: tables.rename_table,
    s.SetTableOption: tables.set_option,
    s.AttachPartition: tables.attach_partition,
    s.DetachPartition: tables.detach_partition,
    s.AddColumn: columns.add_column,
    s.DropColumn: columns.drop_column,
    s.RenameColumn: columns.rename_column,
    s.AlterColumnType: columns.alter_type,
    s.ModifyColumn: columns.modify,
    s.SetNotNull: lambda schema, x: schema.with_column_changed(x.table, x.column, nullable=False),
    s.DropNotNull: lambda schema, x: schema.with_column_changed(x.table, x.column, nullable=True),
    s.SetDefault: lambda schema, x: schema.with_column_changed(x.table, x.column, default=x.default),
    s.DropDefault: lambda schema, x: schema.with_column_changed(x.table, x.column, default=None),
    s.SetIdentity: lambda schema, x: schema.with_column_changed(x.table, x.column, auto=x.kind),
    s.SetColumnOption: columns.set_option,
    s.Comment: objects.comment,
    s.Forget: objects.set_running,
    s.Expect: objects.set_running,
    s.CreateIndex: indexes.create_index,
    s.DropIndex: indexes.drop_index,
    s.RenameIndex: indexes.rename_index,
    s.AddConstraint: constraints.add_constraint,
    s.DropConstraint: constraints.drop_constraint,
    s.ValidateConstraint: constraints.validate_constraint,
    s.RenameConstraint: constraints.rename_constraint,
    s.AlterConstraint: constraints.alter_constraint,
    s.CreateView: objects.create_view,
    s.CreateObject: objects.create_object,
    s.AlterObject: objects.alter_object,
    s.DropObject: objects.drop_object,
}
