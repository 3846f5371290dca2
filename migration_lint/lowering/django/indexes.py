"""Indexes and constraints: what a model and its fields get, and how they are made and dropped."""

from __future__ import annotations

from collections.abc import Iterable

from migration_lint.lowering.django import names
from migration_lint.lowering.django.collecting import NotThere
from migration_lint.lowering.django.columns import ColumnEditor
from migration_lint.lowering.django.constraints import build_index
from migration_lint.lowering.django.ddl import (
    Definition,
    ForeignKeyDefinition,
    IndexDefinition,
    UniqueDefinition,
)
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.models import Model
from migration_lint.lowering.django.state import Together
from migration_lint.model import statements as s
from migration_lint.model.django import ModelIndex
from migration_lint.model.values import Reference, Unknown


class IndexEditor(ColumnEditor):
    """Makes and drops indexes and constraints."""

    supports_foreign_keys = True

    def model_indexes(self, model: Model) -> list[Definition]:
        """The indexes of all fields and of Meta.indexes."""
        found: list[Definition] = []
        for field in model.local_fields:
            found.extend(self.field_indexes(model, field))
        if self.dialect.django < (5, 1):
            found.extend(self.together_index(model, fields) for fields in model.state.index_together)
        for declared in model.state.indexes:
            if not isinstance(declared, Unknown) and (built := self.index(model, declared)):
                found.append(built)
        return found

    def index(self, model: Model, declared: ModelIndex, *, concurrently: bool = False) -> IndexDefinition | None:
        """An index of Meta.indexes."""
        built = self.supported(build_index(model, declared, concurrently=concurrently))
        return built if isinstance(built, IndexDefinition) else None

    def before_removal(self, model: Model, column: str | None) -> None:
        """What has to be done before an index or constraint goes whose first column is this one."""

    def remove_index(self, model: Model, name: str, first: str | None, *, concurrently: bool = False) -> None:
        """Drop an index of Meta.indexes."""
        self.before_removal(model, first)
        self.drop_index(model, name, concurrently=concurrently)

    def together_index(self, model: Model, fields: tuple[str, ...]) -> IndexDefinition:
        """An index of index_together."""
        return IndexDefinition(model.db_table, tuple(model.column(name) for name in fields), suffix="_idx")

    def field_indexes(self, model: Model, field: BoundField) -> list[Definition]:
        """The indexes a field gets by itself."""
        if self.field_should_be_indexed(model, field) and field.db_type is not None:
            return [self.field_index(model, field)]
        return []

    def field_should_be_indexed(self, model: Model, field: BoundField) -> bool:
        """Whether `db_index` asks for an index that no constraint gives."""
        return field.db_index and not field.unique

    def field_index(self, model: Model, field: BoundField) -> IndexDefinition:
        """The index of `db_index`."""
        implicit = "foreign key" if field.is_foreign_key else "db_index"
        return IndexDefinition(model.db_table, (field.column,), implicit=implicit)  # type: ignore[arg-type]

    def foreign_key(
        self, model: Model, field: BoundField, *, short_suffix: bool = False
    ) -> ForeignKeyDefinition | None:
        """The foreign key of a relation; None where the related model can't be told."""
        remote, target = field.remote, field.target_field
        if remote is None or target is None or not self.supports_foreign_keys:
            return None
        return ForeignKeyDefinition(
            model.db_table,
            (field.column,),
            to_table=target.model.db_table if not remote.proxy else remote.db_table,
            to_column=target.column,
            short_suffix=short_suffix,
            deferrable=self.deferrable_sql,
            on_delete=self.on_delete(field),
        )

    deferrable_sql = ""

    def on_delete(self, field: BoundField) -> str | None:
        """ON DELETE of the database, from Django 6.1's DB_CASCADE and the like."""
        value = field.option("on_delete")
        if self.dialect.django < (6, 1) or not isinstance(value, Reference):
            return None
        name = value.name.rpartition(".")[2]
        return {"DB_CASCADE": "CASCADE", "DB_SET_NULL": "SET NULL", "DB_SET_DEFAULT": "SET DEFAULT"}.get(name)

    def unique(self, model: Model, fields: Iterable[str]) -> UniqueDefinition:
        """The constraint of unique_together."""
        return UniqueDefinition(model.db_table, tuple(model.column(name) for name in fields))

    def drop_constraint(self, model: Model, name: str) -> None:
        """ALTER TABLE … DROP CONSTRAINT."""
        self.execute(
            f"ALTER TABLE {self.quote(model.db_table)} DROP CONSTRAINT {self.quote(name)}",
            s.DropConstraint(model.table, name),
        )

    def drop_unique(self, model: Model, name: str) -> None:
        """Drop a UNIQUE constraint."""
        self.drop_constraint(model, name)

    def drop_check(self, model: Model, name: str) -> None:
        """Drop a CHECK."""
        self.drop_constraint(model, name)

    def drop_key(self, model: Model, name: str) -> None:
        """Drop the primary key."""
        self.drop_constraint(model, name)

    def drop_foreign_key(self, model: Model, name: str) -> None:
        """Drop a foreign key."""
        self.drop_constraint(model, name)

    def drop_index(self, model: Model, name: str, *, concurrently: bool = False) -> None:
        """DROP INDEX; one that is still to come no longer comes (Django 5.1)."""
        self.execute(f"DROP INDEX {self.quote(name)}", s.DropIndex(name, model.table))
        self.forget_index(model, name)

    def forget_index(self, model: Model, name: str) -> None:
        """Take a deferred index of that name back."""
        if self.dialect.django < (5, 1):
            return
        self.deferred = [
            (origin, item)
            for origin, item in self.deferred
            if not (item.table == model.db_table and item.final_name(self.max_length) == name)
        ]

    def rename_index(self, model: Model, old: str, new: str) -> None:
        """ALTER INDEX … RENAME TO."""
        self.execute(f"ALTER INDEX {self.quote(old)} RENAME TO {self.quote(new)}", s.RenameIndex(old, new, model.table))

    def alter_unique_together(self, model: Model, old: Together, new: Together) -> None:
        """Drop the constraints that went, add those that came."""
        for fields in dict.fromkeys(fields for fields in old if fields not in new):
            self.drop_composed(model, fields, "unique")
        for fields in dict.fromkeys(fields for fields in new if fields not in old):
            self.define(self.unique(model, fields))

    def alter_index_together(self, model: Model, old: Together, new: Together) -> None:
        """Drop the indexes that went, add those that came."""
        for fields in dict.fromkeys(fields for fields in old if fields not in new):
            self.drop_composed(model, fields, "index")
        for fields in dict.fromkeys(fields for fields in new if fields not in old):
            self.define(self.together_index(model, fields))

    def drop_composed(self, model: Model, fields: tuple[str, ...], kind: str) -> None:
        """Drop the constraint or index of unique_together or index_together."""
        columns = tuple(model.column(name) for name in fields)
        self.before_removal(model, columns[0] if columns else None)
        unique = kind == "unique"
        if unique and self.dialect.django >= (6, 1) and self._forget_unique(model, columns):
            return
        default = names.index_name(model.db_table, columns, "_uniq" if unique else "_idx", self.max_length)
        found = self.names(model, columns, kind, model.meta_names | model.meta_index_names)
        if unique and default in found and self.dialect.django >= (4, 1):
            found = [default]
        if not found and not self.keeps(model):
            found = [default]
        if len(found) != 1:
            raise NotThere(
                f"Found wrong number ({len(found)}) of constraints for {model.db_table}({', '.join(columns)})"
            )
        if unique:
            self.drop_unique(model, found[0])
        else:
            self.drop_plain_index(model, found[0])

    def drop_plain_index(self, model: Model, name: str) -> None:
        """Drop an index without a look at the deferred ones, as Django does for index_together and unique indexes."""
        self.execute(f"DROP INDEX {self.quote(name)}", s.DropIndex(name, model.table))

    def _forget_unique(self, model: Model, columns: tuple[str, ...]) -> bool:
        for item in self.deferred:
            if item[1].table == model.db_table and item[1].columns == columns:
                self.deferred.remove(item)
                return True
        return False

    def foreign_key_names(self, model: Model, field: BoundField) -> list[str]:
        """The names of a column's foreign keys; Django's own name where the table is not known whole."""
        found = self.names(model, (field.column,), "foreign key")
        if not found and not self.keeps(model) and field.db_constraint and (key := self.foreign_key(model, field)):
            return [key.final_name(self.max_length)]
        return found
