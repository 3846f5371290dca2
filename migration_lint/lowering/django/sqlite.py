"""Django's schema editor for SQLite, coarsely: what SQLite cannot alter, Django copies into a new table.

`django.db.backends.sqlite3.schema`. A copied table is one command with Django's sequence as its SQL; its statements
say what the copy changes as PostgreSQL would be told: the editor derives from PostgreSQL's for those, and for the names
that it gives to constraints, which have none in SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from migration_lint.lowering.django.alteration import ColumnAlteration, should_be_altered
from migration_lint.lowering.django.columns import Auto
from migration_lint.lowering.django.ddl import (
    Definition,
    ExclusionDefinition,
    ForeignKeyDefinition,
    IndexDefinition,
    UniqueDefinition,
)
from migration_lint.lowering.django.editor import Change
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.models import Model
from migration_lint.lowering.django.postgresql import PostgresEditor
from migration_lint.lowering.django.types import AUTO_FIELDS
from migration_lint.model import statements as s
from migration_lint.model.tables import Constraint


class SQLiteEditor(PostgresEditor):
    """SQLite."""

    supports_comments = False
    parametrized_ddl = False
    drop_table_cascades = False
    _merging = False

    def type_suffix(self, field: BoundField) -> list[str]:
        """AUTOINCREMENT."""
        return ["AUTOINCREMENT"] if field.internal_type in AUTO_FIELDS else []

    def auto(self, field: BoundField) -> Auto | None:
        """How the database fills the column by itself."""
        return "auto_increment" if field.internal_type in AUTO_FIELDS else None

    def sequence(self, field: BoundField) -> str | None:
        """There are none."""
        return None

    def like_index(self, model: Model, field: BoundField) -> IndexDefinition | None:
        """There is none."""
        return None

    @property
    def drops_columns_with_cascade(self) -> bool:
        """Never."""
        return False

    def table_foreign_key(self, model: Model, field: BoundField) -> tuple[str, tuple[Constraint, ...]]:
        """REFERENCES."""
        key = self.foreign_key(model, field)
        return (self._references(key), (key.constraint(self.max_length),)) if key else ("", ())

    def _references(self, key: ForeignKeyDefinition) -> str:
        return f" REFERENCES {self.quote(key.to_table)} ({self.quote(key.to_column)}){self.deferrable_sql}"

    def inline_foreign_key(self, model: Model, key: ForeignKeyDefinition) -> tuple[str, tuple[s.Statement, ...]]:
        """REFERENCES."""
        return self._references(key), ()

    def supported(self, definition: Definition | None) -> Definition | None:
        """Without what SQLite has nothing like; None for what Django leaves out there."""
        if isinstance(definition, ExclusionDefinition):
            return None
        if isinstance(definition, UniqueDefinition):
            return definition if definition.deferrable is None and definition.nulls_distinct is None else None
        if not isinstance(definition, IndexDefinition):
            return definition
        if definition.unique and (definition.include or definition.nulls_distinct is not None):
            return None
        return replace(
            definition, include=(), opclasses=(), using="", extra="", nulls_distinct=None, concurrently=False
        )

    # What copies the table

    def define(self, definition: Definition | None) -> None:
        """Create an index; a constraint needs a copy."""
        if isinstance(definition, UniqueDefinition) and definition.name is None and not self._merging:
            # unique_together
            name = definition.final_name(self.max_length)
            definition = IndexDefinition(definition.table, definition.columns, name=name, unique=True)
        if definition is None or isinstance(definition, IndexDefinition):
            super().define(definition)
        else:
            command = definition.command(self.quote, self.max_length)
            self._copy(definition.table, command.statements)

    def drop_constraint(self, model: Model, name: str) -> None:
        """A copy without it."""
        self._copy(model.db_table, (s.DropConstraint(model.table, name),))

    def drop_unique(self, model: Model, name: str) -> None:
        """DROP INDEX for what unique_together made."""
        table = self.schema.table(model.table)
        if table is not None and name in table.indexes:
            self.drop_plain_index(model, name)
        else:
            self.drop_constraint(model, name)

    def drop_foreign_key(self, model: Model, name: str) -> None:
        """A copy without it."""
        self.drop_constraint(model, name)

    def drop_index(self, model: Model, name: str, *, concurrently: bool = False) -> None:
        """DROP INDEX."""
        self.execute(f"DROP INDEX {self.quote(name)}", s.DropIndex(name, model.table))
        self.forget_index(model, name)

    def rename_index(self, model: Model, old: str, new: str) -> None:
        """Indexes cannot be renamed: dropped and built again."""
        self.execute(f"DROP INDEX {self.quote(old)}", s.RenameIndex(old, new, model.table))

    def add_field(self, model: Model, field: BoundField) -> None:
        """ADD COLUMN for what may be NULL (Django 4.0), else a copy with the new column."""
        plain = field.null and not field.unique and self.effective_default(field) is None
        if field.many_to_many or field.db_type is None or (plain and self.dialect.django >= (4, 0)):
            super().add_field(model, field)
            return
        self.change_together(model, lambda: super(SQLiteEditor, self).add_field(model, field))

    def remove_field(self, model: Model, field: BoundField) -> None:
        """DROP COLUMN for what nothing depends on (Django 4.1), else a copy without the column."""
        free = not (field.unique or field.db_index or (field.is_foreign_key and field.db_constraint))
        if field.many_to_many or field.db_type is None or (free and self.dialect.django >= (4, 1)):
            super().remove_field(model, field)
            return
        self.change_together(model, lambda: super(SQLiteEditor, self).remove_field(model, field))

    def alter_column(self, change: Change) -> None:
        """RENAME COLUMN alone, else a copy with the changed column, whatever it is that Django sees changed."""
        if not should_be_altered(self, change.old, change.new, frozenset()):
            return
        self.change_together(change.model, ColumnAlteration(self, change).run)

    def change_together(self, model: Model, change: Callable[[], None]) -> None:
        """Run the steps that another engine would take, and send them as one copy of the table."""
        start = len(self._commands)
        outermost, self._merging = not self._merging, True
        try:
            change()
        finally:
            self._merging = not outermost
        commands, self._commands = self._commands[start:], self._commands[:start]
        statements = tuple(x for command in commands for x in command.statements if not isinstance(x, s.SetConstraints))
        if len(statements) == 1 and isinstance(statements[0], s.RenameColumn):
            self._commands.extend(commands)
        else:
            self._commands.append(s.Command(self._copy_sql(model.db_table), statements))

    def _copy(self, table: str, statements: tuple[s.Statement, ...]) -> None:
        self.execute(self._copy_sql(table), *statements)

    def _copy_sql(self, table: str) -> str:
        new = self.quote(f"new__{table}")
        return (
            f"CREATE TABLE {new} (…); INSERT INTO {new} (…) SELECT … FROM {self.quote(table)}; "
            f"DROP TABLE {self.quote(table)}; ALTER TABLE {new} RENAME TO {self.quote(table)}"
        )
