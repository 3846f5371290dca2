"""Django's schema editor for MySQL and MariaDB: `django.db.backends.mysql.schema`, Django 3.2 to 6.1, on InnoDB."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

from migration_lint.lowering.django import names
from migration_lint.lowering.django.alteration import ColumnAlteration
from migration_lint.lowering.django.columns import Auto
from migration_lint.lowering.django.ddl import (
    Definition,
    ExclusionDefinition,
    ForeignKeyDefinition,
    IndexDefinition,
    UniqueDefinition,
)
from migration_lint.lowering.django.defaults import DefaultSql
from migration_lint.lowering.django.editor import Action, Change, SchemaEditor
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.literals import literal
from migration_lint.lowering.django.models import Model
from migration_lint.lowering.django.types import AUTO_FIELDS
from migration_lint.model import statements as s
from migration_lint.model.tables import (
    Check,
    Column,
    Constraint,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Table,
    Unique,
)
from migration_lint.model.values import Missing, Unknown
from migration_lint.schema import Schema

_LIMITED = frozenset(
    ("tinyblob", "blob", "mediumblob", "longblob", "tinytext", "text", "mediumtext", "longtext", "json")
)
"""`DatabaseWrapper._limited_data_types`: no full-width index, and no plain default on MySQL."""


class MySQLEditor(SchemaEditor):
    """MySQL and MariaDB, which commit each statement by itself."""

    comments_inline = True
    inline_foreign_keys = True
    parametrized_ddl = True

    @property
    def is_mariadb(self) -> bool:
        """Whether the engine is MariaDB."""
        return self.dialect.engine == "mariadb"

    def quote(self, name: str) -> str:
        """A quoted identifier."""
        return name if name.startswith("`") and name.endswith("`") else f"`{name}`"

    def quote_value(self, value: str) -> str:
        """A quoted string."""
        return literal(value, self.dialect.engine)

    def completed(self, command: s.Command) -> s.Command:
        """The command with what InnoDB does to the indexes that its foreign keys need."""
        after = self.schema
        extra: list[s.Statement] = []
        for statement in command.statements:
            after = after.apply(statement)
            extra.extend(implicit_index_changes(after, statement))
        return replace(command, statements=(*command.statements, *extra)) if extra else command

    # Names that the database gives

    def key_name(self, model: Model) -> str:
        """Every primary key has this name."""
        return "PRIMARY"

    def unique_name(self, model: Model, field: BoundField) -> str:
        """The column's, numbered where another index has it."""
        table = self.schema.table(model.table)
        taken = {*table.indexes, *table.constraints} if table else set()
        name, number = field.column, 1
        while name in taken:
            number += 1
            name = f"{field.column}_{number}"
        return name

    def check_name(self, model: Model, field: BoundField) -> str:
        """The column's on MariaDB, else the table's with a number.

        MariaDB has a unique index of the same name beside it, which is not to be taken for it.
        """
        if self.is_mariadb:
            return f"{field.column} (check)" if field.unique else field.column
        table = self.schema.table(model.table)
        number = 1
        while table is not None and f"{model.table}_chk_{number}" in table.constraints:
            number += 1
        return f"{model.table}_chk_{number}"

    def told_apart(self, constraint: Constraint, others: Container[str]) -> Constraint:
        """The next number for the second CHECK of a new table."""
        number = 1
        while isinstance(constraint, Check) and constraint.name in others and not self.is_mariadb:
            number += 1
            constraint = replace(constraint, name=f"{constraint.name.rpartition('_')[0]}_{number}")
        return constraint

    # Columns

    def auto(self, field: BoundField) -> Auto | None:
        """How the database fills the column by itself."""
        return "auto_increment" if field.internal_type in AUTO_FIELDS else None

    def inline_comment(self, field: BoundField) -> list[str]:
        """COMMENT, with the second space that Django leaves before it."""
        if not field.comment or self.dialect.django < (4, 2):
            return []
        return [f" COMMENT {self.quote_value(field.comment)}"]

    def is_limited(self, field: BoundField) -> bool:
        """Whether the column is a text, blob or JSON."""
        return isinstance(field.db_type, str) and field.db_type.lower() in _LIMITED

    def _supports_limited_defaults(self) -> bool:
        return self.is_mariadb or self.dialect.version >= (8, 0, 13) or self.dialect.version[:1] >= (9,)

    def skips_default(self, field: BoundField) -> bool:
        """Whether ADD COLUMN cannot carry the default."""
        if self._is_empty_text(field):
            return True
        return self.is_limited(field) and not self._supports_limited_defaults()

    def skips_default_on_alter(self, field: BoundField) -> bool:
        """Whether ALTER COLUMN cannot carry the default."""
        return self._is_empty_text(field) or (self.is_limited(field) and not self.is_mariadb)

    def _is_empty_text(self, field: BoundField) -> bool:
        default = self.effective_default(field)
        is_text = isinstance(field.db_type, str) and field.db_type.lower().endswith(("blob", "text"))
        return is_text and default is not None and default.sql in ("''", "X''")

    def column_default(self, field: BoundField) -> DefaultSql | None:
        """The default that a new column is filled with."""
        if self.skips_default(field) or (field.null and self.skips_default_on_alter(field)):
            return None
        return self.effective_default(field)

    def default_sql(self, field: BoundField, default: DefaultSql) -> str:
        """In parentheses for texts on MySQL, which takes them as expressions only."""
        wrap = not self.is_mariadb and self.is_limited(field) and not default.sql.startswith("(")
        return f"({default.sql})" if wrap else default.sql

    def inline_foreign_key(self, model: Model, key: ForeignKeyDefinition) -> tuple[str, tuple[s.Statement, ...]]:
        """A second action of the same ALTER TABLE."""
        on_delete = f" ON DELETE {key.on_delete}" if key.on_delete else ""
        name = self.quote(key.final_name(self.max_length))
        sql = (
            f" , ADD CONSTRAINT {name} FOREIGN KEY ({self.quote(key.columns[0])}) "
            f"REFERENCES {self.quote(key.to_table)}({self.quote(key.to_column)}){on_delete}"
        )
        return sql, (s.AddConstraint(model.table, key.constraint(self.max_length)),)

    def add_field(self, model: Model, field: BoundField) -> None:
        """ADD COLUMN, then an UPDATE where the default could not be part of it."""
        super().add_field(model, field)
        if field.db_type is None or not self.skips_default(field):
            return
        default = self.effective_default(field)
        if default is not None and field.default is not None and not isinstance(field.default, Missing):
            self.execute(
                f"UPDATE {self.quote(model.db_table)} SET {self.quote(field.column)} = {default.sql}",
                s.Update(model.table, ((field.column, "value"),), whole_table=True),
            )

    @property
    def drops_columns_with_cascade(self) -> bool:
        """Never."""
        return False

    # Indexes and constraints

    def supported(self, definition: Definition | None) -> Definition | None:
        """Without what MySQL ignores; None for what Django leaves out there."""
        if isinstance(definition, ExclusionDefinition):
            return None
        if isinstance(definition, UniqueDefinition):
            plain = definition.deferrable is None and definition.nulls_distinct is None
            return definition if plain else None
        if not isinstance(definition, IndexDefinition):
            return definition
        if definition.expressions and (self.is_mariadb or self.dialect.version < (8, 0, 13)):
            return None
        if definition.unique and (definition.condition or definition.include or definition.nulls_distinct is not None):
            return None
        return replace(definition, condition=None, include=(), opclasses=(), using="", extra="", nulls_distinct=None)

    def field_should_be_indexed(self, model: Model, field: BoundField) -> bool:
        """Not for a foreign key, which comes with an index of its own."""
        if not super().field_should_be_indexed(model, field):
            return False
        if field.internal_type == "ForeignKey" and field.db_constraint:
            return False
        return not self.is_limited(field)

    def before_removal(self, model: Model, column: str | None) -> None:
        """The index that a foreign key needs, if the one to go is the only one that leads with its column."""
        field = next((field for field in model.local_fields if field.column == column), None)
        table = self.schema.table(model.table)
        if field is None or field.internal_type != "ForeignKey" or table is None or self.dialect.django < (4, 2):
            return
        has_key = any(isinstance(c, ForeignKey) and c.columns[0] == column for c in table.constraints.values())
        if has_key and len(leading_with(table, field.column)) == 1:
            self.define(IndexDefinition(model.db_table, (field.column,), implicit="foreign key"))

    def alter_db_table(self, old: str, new: str) -> None:
        """RENAME TABLE."""
        if old == new:
            return
        rename = s.RenameTable(names.physical(old), names.physical(new))
        self.execute(f"RENAME TABLE {self.quote(old)} TO {self.quote(new)}", rename)
        self.deferred = [(origin, item.rename_table(old, new)) for origin, item in self.deferred]

    def alter_table_comment(self, model: Model, comment: str | None) -> None:
        """ALTER TABLE … COMMENT."""
        self.execute(
            f"ALTER TABLE {self.quote(model.db_table)} COMMENT = {self.quote_value(comment or '')}",
            s.Comment(model.table, None, comment or None),
        )

    def drop_foreign_key(self, model: Model, name: str) -> None:
        """DROP FOREIGN KEY."""
        self._drop(model, f"FOREIGN KEY {self.quote(name)}", name)

    def drop_unique(self, model: Model, name: str) -> None:
        """DROP INDEX."""
        self._drop(model, f"INDEX {self.quote(name)}", name)

    def drop_check(self, model: Model, name: str) -> None:
        """DROP CHECK on MySQL, DROP CONSTRAINT IF EXISTS on MariaDB.

        A column's own CHECK has no name that Django could find, so that it asks for one by a number, and there is none;
        the CHECK goes when the column is defined anew.
        """
        if not self.is_mariadb:
            self._drop(model, f"CHECK {self.quote(name)}", name)
            return
        table = self.schema.table(model.table)
        columns = table.columns if table else {}
        checks = [c.name for c in table.constraints.values() if isinstance(c, Check)] if table else []
        unnamed = [check for check in checks if check.removesuffix(" (check)") in columns]
        asked = f"__unnamed_constraint_{unnamed.index(name) + 1}__" if name in unnamed else name
        self._drop(model, f"CONSTRAINT IF EXISTS {self.quote(asked)}", name)

    def drop_key(self, model: Model, name: str) -> None:
        """DROP PRIMARY KEY."""
        self._drop(model, "PRIMARY KEY", name)

    def _drop(self, model: Model, what: str, name: str) -> None:
        self.execute(f"ALTER TABLE {self.quote(model.db_table)} DROP {what}", s.DropConstraint(model.table, name))

    def drop_index(self, model: Model, name: str, *, concurrently: bool = False) -> None:
        """DROP INDEX … ON."""
        self.drop_plain_index(model, name)
        self.forget_index(model, name)

    def drop_plain_index(self, model: Model, name: str) -> None:
        """DROP INDEX … ON."""
        self.execute(f"DROP INDEX {self.quote(name)} ON {self.quote(model.db_table)}", s.DropIndex(name, model.table))

    def rename_index(self, model: Model, old: str, new: str) -> None:
        """ALTER TABLE … RENAME INDEX."""
        self.execute(
            f"ALTER TABLE {self.quote(model.db_table)} RENAME INDEX {self.quote(old)} TO {self.quote(new)}",
            s.RenameIndex(old, new, model.table),
        )

    # Altering

    @property
    def checks_follow_renames(self) -> bool:
        """On MariaDB only."""
        return self.is_mariadb and super().checks_follow_renames

    def alter_column(self, change: Change) -> None:
        """Change a column."""
        ColumnAlteration(self, change).run()

    def alter_type(self, model: Model, old: BoundField, new: BoundField) -> tuple[Action, list[s.Command]]:
        """MODIFY, with the old column's NULL and default, which change apart."""
        kind = new.db_type
        text = kind.source if isinstance(kind, Unknown) else str(kind)
        default = self.database_default(old)
        sql = f"MODIFY {self.quote(new.column)} {text}{self._properties(old, default)}"
        sql += f" {self.collate_sql(new.collation)}" if new.collation else ""
        sql += "".join(self.inline_comment(new))
        column = self._column(model, new, nullable=old.null, default=default)
        return (sql, (s.ModifyColumn(model.table, new.column, column),)), []

    def _properties(self, field: BoundField, default: DefaultSql | None) -> str:
        return (f" DEFAULT {default.sql}" if default else "") + (" NULL" if field.null else " NOT NULL")

    def _column(self, model: Model, field: BoundField, *, nullable: bool, default: DefaultSql | None) -> Column:
        """The column as MODIFY leaves it: what it does not name is gone."""
        return Column(
            field.column,
            field.column_type,
            nullable=nullable and not field.primary_key,
            default=default.default if default else None,
            auto=self.auto(field),
            collation=field.collation,
            comment=field.comment,
            application_default=field.default,
        )

    def set_default(self, field: BoundField, default: DefaultSql | None) -> Action:
        """SET DEFAULT."""
        assert default is not None
        statement = s.SetDefault(field.model.table, field.column, default.default)
        sql = f"ALTER COLUMN {self.quote(field.column)} SET DEFAULT {self.default_sql(field, default)}"
        return sql, (statement,)

    def no_default(self, field: BoundField, *, database: bool = False) -> Action:
        """DROP DEFAULT; a nullable column gets NULL as its default."""
        statement = s.DropDefault(field.model.table, field.column)
        how = "SET DEFAULT NULL" if field.null and not database else "DROP DEFAULT"
        return f"ALTER COLUMN {self.quote(field.column)} {how}", (statement,)

    def alter_null(self, field: BoundField) -> Action | None:
        """MODIFY with or without NULL."""
        kind = field.db_type
        text = kind.source if isinstance(kind, Unknown) else str(kind)
        default = self.database_default(field)
        column = self._column(field.model, field, nullable=field.null, default=default)
        sql = f"MODIFY {self.quote(field.column)} {text}{self._properties(field, default)}"
        return sql, (s.ModifyColumn(field.model.table, field.column, column),)

    def alter_table(self, model: Model, actions: list[Action]) -> None:
        """One ALTER TABLE an action."""
        for sql, statements in actions:
            self.execute(f"ALTER TABLE {self.quote(model.db_table)} {sql}", *statements)

    def update_nulls(self, model: Model, field: BoundField, value: str) -> None:
        """Fill NULLs."""
        column = self.quote(field.column)
        self.execute(
            f"UPDATE {self.quote(model.db_table)} SET {column} = {value} WHERE {column} IS NULL",
            s.Update(model.table, ((field.column, "value"),), whole_table=False, only_nulls=True),
        )


def leading_with(table: Table, column: str) -> list[str]:
    """The names of the indexes and keys whose first column this is."""
    keys = [
        name
        for name, constraint in table.constraints.items()
        if isinstance(constraint, (PrimaryKey, Unique)) and constraint.columns[:1] == (column,)
    ]
    return keys + [name for name, index in table.indexes.items() if index.keys and index.keys[0].column == column]


def implicit_index_changes(schema: Schema, statement: s.Statement) -> Iterator[s.Statement]:
    """The index InnoDB adds for a foreign key that has none, and drops once another one serves it.

    https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html
    """
    match statement:
        case s.AddConstraint(table=name, constraint=constraint):
            added = [constraint]
        case s.AddColumn(table=name, constraints=constraints):
            added = list(constraints)
        case s.CreateIndex(index=Index(table=name)):
            added = []
        case _:
            return
    table = schema.table(name)
    if table is None:
        return
    for constraint in added:
        if isinstance(constraint, ForeignKey) and not leading_with(table, constraint.columns[0]):
            keys = tuple(IndexKey(column) for column in constraint.columns)
            yield s.CreateIndex(Index(constraint.name, name, keys, implicit="foreign key"))
    for index in table.indexes.values():
        is_key = index.implicit == "foreign key" and index.name in table.constraints
        if is_key and len(leading_with(table, index.keys[0].column or "")) > 1:
            yield s.DropIndex(index.name, name)
