"""The schema editor: which statements Django sends to create, change and drop tables, common to all engines.

`django.db.backends.base.schema.BaseDatabaseSchemaEditor`; Django looks names up in the database where this looks them
up in the replayed schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from migration_lint.lowering.django import names, types
from migration_lint.lowering.django.constraints import build_constraint, build_index
from migration_lint.lowering.django.ddl import (
    CheckDefinition,
    Definition,
    ForeignKeyDefinition,
    IndexDefinition,
    UniqueDefinition,
)
from migration_lint.lowering.django.defaults import DefaultSql, database_default, effective_default, generated_column
from migration_lint.lowering.django.dialect import Dialect
from migration_lint.lowering.django.expressions import Compiler
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.introspection import constraint_names
from migration_lint.lowering.django.literals import quote_text
from migration_lint.lowering.django.models import Model
from migration_lint.lowering.django.state import Together
from migration_lint.model import statements as s
from migration_lint.model.django import ModelIndex
from migration_lint.model.tables import Check, Column, Constraint, PrimaryKey, Table, Unique
from migration_lint.model.values import Reference, Unknown
from migration_lint.schema import Schema

Auto = Literal["identity", "serial", "auto_increment"]

Action = tuple[str, tuple[s.Statement, ...]]
"""A part of ALTER TABLE, and what it means."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after."""

    model: Model
    old: BoundField
    new: BoundField


class Refused(Exception):  # noqa: N818 - what Django raises is the author's error, not ours
    """Django itself refuses the operation, in these words."""


class NotThere(Refused):
    """Django does not find in the database what the operation is about."""


class SchemaEditor:
    """Collects the commands of one migration. `origin` is the operation that is running."""

    supports_comments = True
    supports_foreign_keys = True
    comments_inline = False
    inline_foreign_keys = False
    """Whether ADD COLUMN carries its foreign key."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.origin = 0
        self.deferred: list[tuple[int, Definition]] = []
        self._commands: list[s.Command] = []
        self._schema = Schema()
        self._pending: list[s.Statement] = []

    # The session

    def begin(self, origin: int, schema: Schema) -> None:
        """An operation starts."""
        self.origin = origin
        self._schema = schema
        self._commands = []
        self._pending = []

    def take(self) -> tuple[s.Command, ...]:
        """The commands of the operation that is running, which are then forgotten."""
        commands, self._commands = tuple(self._commands), []
        return commands

    @property
    def schema(self) -> Schema:
        """The schema after the commands so far."""
        for statement in self._pending:
            self._schema = self._schema.apply(statement)
        self._pending = []
        return self._schema

    def send(self, command: s.Command) -> None:
        """Send a command."""
        command = self.completed(command)
        self._commands.append(command)
        self._pending.extend(command.statements)

    def execute(self, sql: str, *statements: s.Statement) -> None:
        """Send SQL with what it means."""
        self.send(s.Command(sql, statements))

    def define(self, definition: Definition | None) -> None:
        """Create an index or constraint now."""
        if definition is not None:
            self.send(definition.command(self.quote, self.max_length))

    def defer(self, definition: Definition | None) -> None:
        """Create an index or constraint when the migration ends."""
        if definition is not None:
            self.deferred.append((self.origin, definition))

    def completed(self, command: s.Command) -> s.Command:
        """The command with what the database does by itself when it gets it."""
        return command

    def finish(self, schema: Schema) -> tuple[tuple[int, s.Command], ...]:
        """The deferred commands with the operations they come from."""
        self.begin(self.origin, schema)
        for _, item in self.deferred:
            self.define(item)
        return tuple(zip((origin for origin, _ in self.deferred), self.take(), strict=True))

    @property
    def max_length(self) -> int:
        """The length index names are shortened to."""
        return self.dialect.max_name_length or 200

    def quote(self, name: str) -> str:
        """A quoted identifier."""
        return name if name.startswith('"') and name.endswith('"') else f'"{name}"'

    def quote_value(self, value: str) -> str:
        """A quoted string."""
        return quote_text(value)

    def names(
        self, model: Model, columns: Iterable[str], kind: str, exclude: frozenset[str] = frozenset()
    ) -> list[str]:
        """The constraints or indexes of that kind on exactly these columns."""
        return constraint_names(self.schema.table(model.table), tuple(columns), kind, exclude)

    def keeps(self, model: Model) -> bool:
        """Whether the replayed schema holds the model's table whole, so that a name it lacks does not exist."""
        table = self.schema.table(model.table)
        return table is not None and table.complete

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
            constraints.update((constraint.name, constraint) for constraint in inline)
            if field.is_foreign_key and field.db_constraint:
                sql += self.table_foreign_key(model, field)
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

    def table_foreign_key(self, model: Model, field: BoundField) -> str:
        """What CREATE TABLE says of a foreign key; by default nothing, it comes later."""
        self.defer(self.foreign_key(model, field))
        return ""

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

    def supported(self, definition: Definition | None) -> Definition | None:
        """The definition, unless the engine has nothing like it."""
        return definition

    # Indexes and constraints

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

    def foreign_key_names(self, model: Model, field: BoundField) -> list[str]:
        """The names of a column's foreign keys; Django's own name where the table is not known whole."""
        found = self.names(model, (field.column,), "foreign key")
        if not found and not self.keeps(model) and field.db_constraint and (key := self.foreign_key(model, field)):
            return [key.final_name(self.max_length)]
        return found

    # Columns

    def column(self, field: BoundField, *, include_default: bool) -> tuple[str, Column, tuple[Constraint, ...]]:
        """A column's definition: its SQL behind the name, the column, and the constraints written inline."""
        field.report()
        model = field.model
        kind = field.db_type
        parts = [kind.source if isinstance(kind, Unknown) else str(kind)]
        if field.collation:
            parts.append(self.collate_sql(field.collation))
        comment = self.inline_comment(field)
        if self.dialect.django < (6, 0):
            parts.extend(comment)
        default = self.database_default(field)
        generated = generated_column(field) if field.generated and self.dialect.django >= (5, 0) else None
        if default is None and include_default and generated is None:
            default = self.column_default(field)
        if default is not None:
            parts.append(f"DEFAULT {self.default_sql(field, default)}")
        if generated is not None:
            parts.append(f"GENERATED ALWAYS AS ({generated.sql}) {'STORED' if generated.stored else 'VIRTUAL'}")
        else:
            parts.append("NULL" if field.null else "NOT NULL")
        constraints: list[Constraint] = []
        if field.primary_key:
            parts.append("PRIMARY KEY")
            constraints.append(PrimaryKey(self.key_name(model), (field.column,)))
        elif field.unique:
            parts.append("UNIQUE")
            constraints.append(Unique(self.unique_name(model, field), (field.column,)))
        if self.dialect.django >= (6, 0):
            parts.extend(comment)
        check = self.check(field)
        suffix = self.type_suffix(field)
        tail = [f"CHECK ({check.sql})"] if check else []
        parts.extend([*tail, *suffix] if not include_default else [*suffix, *tail])
        if check:
            constraints.append(check)
        column = Column(
            field.column,
            field.column_type,
            nullable=field.null and not field.primary_key,
            default=default.default if default else None,
            generated=generated,
            auto=self.auto(field),
            collation=field.collation,
            application_default=field.default,
            sequence=self.sequence(field),
        )
        return " ".join(part for part in parts if part), column, tuple(constraints)

    def default_sql(self, field: BoundField, default: DefaultSql) -> str:
        """A default as it stands in a column's definition."""
        return default.sql

    def column_default(self, field: BoundField) -> DefaultSql | None:
        """The default that a new column is filled with."""
        return self.effective_default(field)

    def effective_default(self, field: BoundField) -> DefaultSql | None:
        """The Python default as SQL."""
        return effective_default(field)

    def database_default(self, field: BoundField) -> DefaultSql | None:
        """The database default (Django 5.0)."""
        return database_default(field) if self.dialect.django >= (5, 0) else None

    def check(self, field: BoundField) -> Check | None:
        """The CHECK of a positive integer."""
        if field.internal_type not in types.POSITIVE_FIELDS:
            return None
        sql = f"{self.quote(field.column)} >= 0"
        return Check(self.check_name(field.model, field), sql, frozenset((field.column,)))

    def collate_sql(self, collation: str) -> str:
        """COLLATE."""
        return f"COLLATE {self.quote(collation)}"

    def inline_comment(self, field: BoundField) -> list[str]:
        """The comment, where the engine has it in the definition."""
        return []

    def type_suffix(self, field: BoundField) -> list[str]:
        """What stands at the end of a key's definition."""
        return []

    def auto(self, field: BoundField) -> Auto | None:
        """How the database fills the column by itself."""
        return None

    def sequence(self, field: BoundField) -> str | None:
        """The name of the sequence that comes with the column."""
        return None

    def key_name(self, model: Model) -> str:
        """The name the database gives to the primary key."""
        raise NotImplementedError

    def unique_name(self, model: Model, field: BoundField) -> str:
        """The name the database gives to an inline UNIQUE."""
        raise NotImplementedError

    def check_name(self, model: Model, field: BoundField) -> str:
        """The name the database gives to an inline CHECK."""
        raise NotImplementedError
