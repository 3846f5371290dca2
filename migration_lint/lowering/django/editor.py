"""The schema editor: which statements Django sends to create, change and drop tables, common to all engines.

`django.db.backends.base.schema.BaseDatabaseSchemaEditor`; Django looks names up in the database where this looks them
up in the replayed schema.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from migration_lint.lowering.django import names
from migration_lint.lowering.django.constraints import build_constraint
from migration_lint.lowering.django.ddl import (
    CheckDefinition,
    Definition,
    ForeignKeyDefinition,
    IndexDefinition,
    UniqueDefinition,
)
from migration_lint.lowering.django.defaults import DefaultSql
from migration_lint.lowering.django.expressions import Compiler
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.indexes import IndexEditor
from migration_lint.lowering.django.models import Model
from migration_lint.model import statements as s
from migration_lint.model.tables import Column, Constraint, PrimaryKey, Table
from migration_lint.model.values import Unknown

Action = tuple[str, tuple[s.Statement, ...]]
"""A part of ALTER TABLE, and what it means."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after."""

    model: Model
    old: BoundField
    new: BoundField


class SchemaEditor(IndexEditor):
    """Creates, changes and drops tables and their columns."""

    supports_comments = True
    comments_inline = False
    inline_foreign_keys = False
    """Whether ADD COLUMN carries its foreign key."""

    # Models

    def create_model(self, model: Model) -> None:
        """CREATE TABLE, with the indexes and constraints that come later."""
        for fields in model.state.unique_together:
            self.defer(UniqueDefinition(model.db_table, tuple(model.column(name) for name in fields)))
        definitions: list[str] = []
        columns: dict[str, Column] = {}
        constraints: dict[str, Constraint] = {}
        with_parameters = False
        for field in model.local_fields:
            if field.db_type is None:
                continue
            sql, column, inline = self.column(field, include_default=False)
            with_parameters = with_parameters or self._has_parameters(field)
            columns[column.name] = column
            for each in inline:
                constraint = self.told_apart(each, constraints)
                constraints[constraint.name] = constraint
            if field.is_foreign_key and field.db_constraint:
                text, inline = self.table_foreign_key(model, field)
                sql += text
                constraints.update((constraint.name, constraint) for constraint in inline)
            definitions.append(f"{self.quote(column.name)} {sql}")
        automatic = frozenset(constraints)
        # Constraints that carry their constants in the SQL don't mix with those that Django hands over beside it.
        deferred = with_parameters and self.dialect.django >= (5, 0) and self.parametrized_ddl
        for declared in model.state.constraints:
            built = None if isinstance(declared, Unknown) else build_constraint(model, declared, self.dialect)
            built = self.supported(built)
            if built is None:
                continue
            if deferred or isinstance(built, IndexDefinition) or self.always_separate(built):
                self.defer(built)
            else:
                text, constraint = self.inline_constraint(built)
                definitions.append(text)
                constraints[constraint.name] = constraint
        definitions.extend(self._composite_key(model, constraints))
        made = self.table_constraints(constraints, automatic)
        table = Table(model.table, columns, constraints=made, complete=model.state.unread is None)
        self.execute(f"CREATE TABLE {self.quote(model.db_table)} ({', '.join(definitions)})", s.CreateTable(table))
        self._comments(model)
        for definition in self.model_indexes(model):
            self.defer(definition)
        for field in model.many_to_many:
            if (through := field.auto_through) is not None:
                self.create_model(through)

    def told_apart(self, constraint: Constraint, others: Container[str]) -> Constraint:
        """A constraint that the database names itself, so named that it is none of the others of its new table."""
        return constraint

    def table_constraints(self, constraints: dict[str, Constraint], automatic: frozenset[str]) -> dict[str, Constraint]:
        """What the database makes of the constraints in CREATE TABLE; `automatic` are those it named itself."""
        return constraints

    parametrized_ddl = True

    def _has_parameters(self, field: BoundField) -> bool:
        """Whether a column's definition comes with constants beside the SQL."""
        if field.generated:
            value = field.options.get("expression")
            return value is not None and Compiler(field.model).expression(value).parameters
        default = self.database_default(field)
        return default is not None and default.parameters

    def always_separate(self, definition: Definition) -> bool:
        """Whether a constraint cannot stand in CREATE TABLE."""
        return isinstance(definition, UniqueDefinition) and definition.nulls_distinct is not None

    def table_foreign_key(self, model: Model, field: BoundField) -> tuple[str, tuple[Constraint, ...]]:
        """What CREATE TABLE says of a foreign key; by default nothing, it comes later."""
        self.defer(self.foreign_key(model, field))
        return "", ()

    def inline_constraint(self, definition: Definition) -> tuple[str, Constraint]:
        """A constraint as CREATE TABLE has it."""
        name = self.quote(definition.final_name(self.max_length) if definition.name is None else definition.name)
        if isinstance(definition, CheckDefinition):
            return f"CONSTRAINT {name} CHECK ({definition.sql})", definition.constraint()
        if isinstance(definition, UniqueDefinition):
            columns = ", ".join(self.quote(column) for column in definition.columns)
            deferrable = f" DEFERRABLE INITIALLY {definition.deferrable}" if definition.deferrable else ""
            return f"CONSTRAINT {name} UNIQUE ({columns}){deferrable}", definition.constraint(self.max_length)
        command = definition.command(self.quote, self.max_length)
        statement = command.statements[0]
        assert isinstance(statement, s.AddConstraint)
        return command.sql.partition(" ADD ")[2], statement.constraint

    def _composite_key(self, model: Model, constraints: dict[str, Constraint]) -> list[str]:
        """PRIMARY KEY of a CompositePrimaryKey (Django 5.2)."""
        if self.dialect.django < (5, 2):
            return []
        for field in model.fields.values():
            fields = field.option("field_names")
            if field.internal_type == "CompositePrimaryKey" and isinstance(fields, tuple):
                columns = tuple(model.column(name) for name in fields if isinstance(name, str))
                key = PrimaryKey(self.key_name(model), columns)
                constraints[key.name] = key
                return [f"PRIMARY KEY ({', '.join(self.quote(column) for column in columns)})"]
        return []

    def _comments(self, model: Model) -> None:
        if not self.supports_comments or self.dialect.django < (4, 2):
            return
        comment = model.state.options.get("db_table_comment")
        if isinstance(comment, str) and comment:
            self.alter_table_comment(model, comment)
        for field in () if self.comments_inline else model.local_fields:
            if field.comment:
                self.comment_column(model, field)

    def delete_model(self, model: Model) -> None:
        """DROP TABLE, the automatic intermediary tables first."""
        for field in model.many_to_many:
            if (through := field.auto_through) is not None:
                self.delete_model(through)
        self.execute(self.drop_table_sql(model), s.DropTable(model.table, cascade=self.drop_table_cascades))
        self.deferred = [item for item in self.deferred if not item[1].references_table(model.db_table)]

    drop_table_cascades = True

    def drop_table_sql(self, model: Model) -> str:
        """DROP TABLE."""
        return f"DROP TABLE {self.quote(model.db_table)}{' CASCADE' if self.drop_table_cascades else ''}"

    def alter_db_table(self, old: str, new: str) -> None:
        """ALTER TABLE … RENAME TO."""
        if old == new:
            return
        self.execute(
            f"ALTER TABLE {self.quote(old)} RENAME TO {self.quote(new)}",
            s.RenameTable(names.physical(old), names.physical(new)),
        )
        self.deferred = [(origin, item.rename_table(old, new)) for origin, item in self.deferred]

    def alter_table_comment(self, model: Model, comment: str | None) -> None:
        """COMMENT ON TABLE."""
        self.execute(
            f"COMMENT ON TABLE {self.quote(model.db_table)} IS {self.quote_value(comment or '')}",
            s.Comment(model.table, None, comment or None),
        )

    def comment_column(self, model: Model, field: BoundField) -> None:
        """COMMENT ON COLUMN."""
        self.execute(
            f"COMMENT ON COLUMN {self.quote(model.db_table)}.{self.quote(field.column)} "
            f"IS {self.quote_value(field.comment or '')}",
            s.Comment(model.table, field.column, field.comment),
        )

    # What each engine does its own way

    def rename_column(self, model: Model, old: BoundField, new: BoundField) -> None:
        """RENAME COLUMN."""
        self.execute(
            f"ALTER TABLE {self.quote(model.db_table)} RENAME COLUMN {self.quote(old.column)} "
            f"TO {self.quote(new.column)}",
            s.RenameColumn(model.table, old.column, new.column),
        )

    def change_together(self, model: Model, change: Callable[[], None]) -> None:
        """Make changes that an engine may have to make in one copy of the table."""
        change()

    def alter_column(self, change: Change) -> None:
        """Change a column."""
        raise NotImplementedError

    def alter_type(self, model: Model, old: BoundField, new: BoundField) -> tuple[Action, list[s.Command]]:
        """The action that changes the type, and what follows it."""
        raise NotImplementedError

    def set_default(self, field: BoundField, default: DefaultSql | None) -> Action:
        """The action that sets a default."""
        raise NotImplementedError

    @property
    def checks_follow_renames(self) -> bool:
        """Whether a CHECK is left alone when its column gets another name."""
        return self.dialect.django >= (5, 0)

    def no_default(self, field: BoundField, *, database: bool = False) -> Action:
        """The action that drops the default; `database` says that it is a `db_default`."""
        raise NotImplementedError

    def alter_null(self, field: BoundField) -> Action | None:
        """The action that allows or forbids NULL."""
        raise NotImplementedError

    def alter_table(self, model: Model, actions: list[Action]) -> None:
        """ALTER TABLE with these actions."""
        raise NotImplementedError

    def update_nulls(self, model: Model, field: BoundField, value: str) -> None:
        """Fill NULLs."""
        raise NotImplementedError

    def skips_default_on_alter(self, field: BoundField) -> bool:
        """Whether the engine takes no default for the column's type."""
        return False

    # Fields

    def add_field(self, model: Model, field: BoundField) -> None:
        """ALTER TABLE … ADD COLUMN, or the table of a many-to-many field."""
        if field.many_to_many:
            if (through := field.auto_through) is not None:
                self.create_model(through)
            return
        if field.db_type is None:
            return
        sql, column, inline = self.column(field, include_default=True)
        constraints = list(inline)
        after: tuple[s.Statement, ...] = ()
        if field.is_foreign_key and field.db_constraint and (key := self.foreign_key(model, field)):
            if self.inline_foreign_keys:
                text, after = self.inline_foreign_key(model, key)
                sql += text
                if not any(isinstance(statement, s.AddConstraint) for statement in after):
                    constraints.append(key.constraint(self.max_length))
            else:
                self.defer(key)
        self.execute(
            f"ALTER TABLE {self.quote(model.db_table)} ADD COLUMN {self.quote(column.name)} {sql}",
            s.AddColumn(model.table, column, tuple(constraints)),
            *after,
        )
        self.after_add_column(model, field)
        if field.comment and self.supports_comments and not self.comments_inline and self.dialect.django >= (4, 2):
            self.comment_column(model, field)
        for definition in self.field_indexes(model, field):
            self.defer(definition)

    def inline_foreign_key(self, model: Model, key: ForeignKeyDefinition) -> tuple[str, tuple[s.Statement, ...]]:
        """What ADD COLUMN says of its foreign key, and what follows in the same piece."""
        raise NotImplementedError

    def after_add_column(self, model: Model, field: BoundField) -> None:
        """Drop the default that only the existing rows needed."""
        if self.database_default(field) is not None or self.skips_default_on_alter(field):
            return
        if self.effective_default(field) is not None:
            self.alter_table(model, [self.no_default(field)])

    def remove_field(self, model: Model, field: BoundField) -> None:
        """ALTER TABLE … DROP COLUMN, or the table of a many-to-many field."""
        if field.many_to_many:
            if (through := field.auto_through) is not None:
                self.delete_model(through)
            return
        if field.db_type is None:
            return
        if field.is_foreign_key:
            for name in self.foreign_key_names(model, field):
                self.drop_foreign_key(model, name)
        cascade = self.drops_columns_with_cascade
        self.execute(
            f"ALTER TABLE {self.quote(model.db_table)} DROP COLUMN {self.quote(field.column)}"
            f"{' CASCADE' if cascade else ''}",
            s.DropColumn(model.table, field.column, cascade=cascade),
        )
        self.deferred = [i for i in self.deferred if not i[1].references_column(model.db_table, field.column)]

    @property
    def drops_columns_with_cascade(self) -> bool:
        """Up to Django 5.2: https://code.djangoproject.com/ticket/35487."""
        return self.dialect.django < (6, 0)
