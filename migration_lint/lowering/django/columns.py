"""How a column is written: its type, default, constraints and what the engine fills it with."""

from __future__ import annotations

from typing import Literal

from migration_lint.lowering.django import types
from migration_lint.lowering.django.collecting import Collector
from migration_lint.lowering.django.defaults import DefaultSql, database_default, effective_default, generated_column
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.models import Model
from migration_lint.model.tables import Check, Column, Constraint, PrimaryKey, Unique
from migration_lint.model.values import Unknown

Auto = Literal["identity", "serial", "auto_increment"]


class ColumnEditor(Collector):
    """Writes the definitions of columns."""

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
            nullable=generated is not None or (field.null and not field.primary_key),
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
