"""Indexes and constraints that Django may send later: they follow renames and vanish with what they refer to.

`django.db.backends.ddl_references`, as immutable definitions. Tables are written as in Django's `db_table`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from migration_lint.lowering.django import names
from migration_lint.lowering.django.expressions import Condition, Expression
from migration_lint.model.statements import AddConstraint, Command, CreateIndex
from migration_lint.model.tables import Check, Exclusion, ForeignKey, Index, IndexKey, Unique

Quote = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Definition:
    """Something on a table's columns. `name` None is one that Django makes up, anew after each rename."""

    table: str
    columns: tuple[str, ...] = ()
    name: str | None = None

    def references_table(self, table: str) -> bool:
        """Whether it would fail without the table."""
        return self.table == table

    def references_column(self, table: str, column: str) -> bool:
        """Whether it would fail without the column."""
        return self.table == table and column in self.columns

    def rename_table(self, old: str, new: str) -> Definition:
        """The same after the table got a new name."""
        return replace(self, table=new) if self.table == old else self

    def rename_column(self, table: str, old: str, new: str) -> Definition:
        """The same after the column got a new name."""
        if self.table != table or old not in self.columns:
            return self
        return replace(self, columns=tuple(new if column == old else column for column in self.columns))

    def final_name(self, max_length: int) -> str:
        """The name it gets."""
        return self.name or ""

    def command(self, quote: Quote, max_length: int) -> Command:
        """The SQL and what it means."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class IndexDefinition(Definition):
    """CREATE INDEX. `using` is the method where one is written, `extra` what stands behind the keys."""

    suffix: str = ""
    descending: tuple[bool, ...] = ()
    opclasses: tuple[str, ...] = ()
    expressions: tuple[Expression, ...] = ()
    using: str = ""
    extra: str = ""
    condition: Condition | None = None
    include: tuple[str, ...] = ()
    unique: bool = False
    nulls_distinct: bool | None = None
    concurrently: bool = False
    implicit: Literal["foreign key", "like", "db_index", None] = None

    def references_column(self, table: str, column: str) -> bool:
        """Whether it would fail without the column."""
        read = {*self.columns, *self.include}
        for expression in self.expressions:
            read |= expression.columns or set()
        return self.table == table and column in read

    def rename_column(self, table: str, old: str, new: str) -> Definition:
        """The same after the column got a new name."""
        if self.table != table:
            return self

        def renamed(columns: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(new if column == old else column for column in columns)

        expressions = tuple(
            replace(
                expression,
                sql=expression.sql.replace(f'"{old}"', f'"{new}"'),
                columns=frozenset(renamed(tuple(expression.columns))) if expression.columns is not None else None,
                column=new if expression.column == old else expression.column,
            )
            for expression in self.expressions
        )
        return replace(self, columns=renamed(self.columns), include=renamed(self.include), expressions=expressions)

    def final_name(self, max_length: int) -> str:
        """The name it gets."""
        return self.name or names.index_name(self.table, self.columns, self.suffix, max_length)

    def keys(self) -> tuple[IndexKey, ...]:
        """The keys in order."""
        if self.expressions:
            return tuple(
                IndexKey(e.column, None if e.column else e.sql, e.opclass, e.descending) for e in self.expressions
            )
        return tuple(
            IndexKey(
                column,
                opclass=self.opclasses[i] if i < len(self.opclasses) else None,
                descending=i < len(self.descending) and self.descending[i],
            )
            for i, column in enumerate(self.columns)
        )

    def index(self, max_length: int) -> Index:
        """The index itself."""
        read: frozenset[str] | None = frozenset()
        for expression in self.expressions:
            read = None if read is None or expression.columns is None else read | expression.columns
        return Index(
            self.final_name(max_length),
            names.physical(self.table),
            self.keys(),
            unique=self.unique,
            method=self.using.lower() or "btree",
            where=self.condition.sql if self.condition else None,
            include=self.include,
            where_columns=self.condition.columns if self.condition else frozenset(),
            expression_columns=read,
            nulls_distinct=self.nulls_distinct is not False,
            implicit=self.implicit,
        )

    def command(self, quote: Quote, max_length: int) -> Command:
        """The SQL and what it means."""
        index = self.index(max_length)
        parts = []
        for position, key in enumerate(index.keys):
            text = self.expressions[position].sql if self.expressions else quote(key.column or "")
            text += f" {key.opclass}" if key.opclass else ""
            parts.append(text + (" DESC" if key.descending else ""))
        unique = "UNIQUE " if self.unique else ""
        concurrently = "CONCURRENTLY " if self.concurrently else ""
        using = f" USING {self.using}" if self.using else ""
        include = f" INCLUDE ({', '.join(quote(c) for c in self.include)})" if self.include else ""
        where = f" WHERE {self.condition.sql}" if self.condition else ""
        sql = (
            f"CREATE {unique}INDEX {concurrently}{quote(index.name)} ON {quote(self.table)}{using} "
            f"({', '.join(parts)}){include}{nulls_sql(self.nulls_distinct)}{self.extra}{where}"
        )
        return Command(sql, (CreateIndex(index, concurrently=self.concurrently),))


def nulls_sql(distinct: bool | None) -> str:
    """NULLS [NOT] DISTINCT, where one is asked for."""
    if distinct is None:
        return ""
    return " NULLS DISTINCT" if distinct else " NULLS NOT DISTINCT"


def deferrable_sql(deferrable: str | None) -> str:
    """DEFERRABLE, from the name of a member of Django's `Deferrable`."""
    return f" DEFERRABLE INITIALLY {deferrable}" if deferrable else ""


@dataclass(frozen=True, slots=True)
class UniqueDefinition(Definition):
    """ADD CONSTRAINT … UNIQUE. `deferrable` is `DEFERRED`, `IMMEDIATE` or None."""

    deferrable: str | None = None
    nulls_distinct: bool | None = None

    def final_name(self, max_length: int) -> str:
        """The name it gets."""
        return self.name or names.index_name(self.table, self.columns, "_uniq", max_length)

    def constraint(self, max_length: int) -> Unique:
        """The constraint itself."""
        return Unique(
            self.final_name(max_length),
            self.columns,
            deferrable=self.deferrable is not None,
            initially_deferred=self.deferrable == "DEFERRED",
            nulls_distinct=self.nulls_distinct is not False,
        )

    def command(self, quote: Quote, max_length: int) -> Command:
        """The SQL and what it means."""
        constraint = self.constraint(max_length)
        columns = ", ".join(quote(column) for column in self.columns)
        sql = (
            f"ALTER TABLE {quote(self.table)} ADD CONSTRAINT {quote(constraint.name)} "
            f"UNIQUE{nulls_sql(self.nulls_distinct)} ({columns}){deferrable_sql(self.deferrable)}"
        )
        return Command(sql, (AddConstraint(names.physical(self.table), constraint),))


@dataclass(frozen=True, slots=True)
class ForeignKeyDefinition(Definition):
    """ADD CONSTRAINT … FOREIGN KEY. `deferrable` is the SQL the engine's foreign keys end with."""

    to_table: str = ""
    to_column: str = ""
    short_suffix: bool = False
    deferrable: str = ""
    on_delete: str | None = None

    def references_table(self, table: str) -> bool:
        """Whether it would fail without the table."""
        return table in (self.table, self.to_table)

    def references_column(self, table: str, column: str) -> bool:
        """Whether it would fail without the column."""
        return (table, column) in ((self.table, self.columns[0]), (self.to_table, self.to_column))

    def rename_table(self, old: str, new: str) -> Definition:
        """The same after the table got a new name."""
        return replace(
            self,
            table=new if self.table == old else self.table,
            to_table=new if self.to_table == old else self.to_table,
        )

    def rename_column(self, table: str, old: str, new: str) -> Definition:
        """The same after the column got a new name."""
        return replace(
            self,
            columns=(new,) if (table, old) == (self.table, self.columns[0]) else self.columns,
            to_column=new if (table, old) == (self.to_table, self.to_column) else self.to_column,
        )

    def final_name(self, max_length: int) -> str:
        """The name it gets."""
        _, to_table = names.split_identifier(self.to_table)
        suffix = "_fk" if self.short_suffix else f"_fk_{to_table}_{self.to_column}"
        return self.name or names.index_name(self.table, self.columns, suffix, max_length)

    def constraint(self, max_length: int) -> ForeignKey:
        """The constraint itself."""
        return ForeignKey(
            self.final_name(max_length),
            self.columns,
            names.physical(self.to_table),
            (self.to_column,),
            deferrable=bool(self.deferrable),
            initially_deferred=bool(self.deferrable),
            on_delete=self.on_delete,
        )

    def command(self, quote: Quote, max_length: int) -> Command:
        """The SQL and what it means."""
        constraint = self.constraint(max_length)
        on_delete = f" ON DELETE {self.on_delete}" if self.on_delete else ""
        sql = (
            f"ALTER TABLE {quote(self.table)} ADD CONSTRAINT {quote(constraint.name)} "
            f"FOREIGN KEY ({quote(self.columns[0])}) REFERENCES {quote(self.to_table)} "
            f"({quote(self.to_column)}){on_delete}{self.deferrable}"
        )
        return Command(sql, (AddConstraint(names.physical(self.table), constraint),))


@dataclass(frozen=True, slots=True)
class CheckDefinition(Definition):
    """ADD CONSTRAINT … CHECK."""

    sql: str = ""
    read: frozenset[str] | None = None
    not_null: frozenset[str] = frozenset()
    validated: bool = True

    def constraint(self) -> Check:
        """The constraint itself."""
        return Check(self.name or "", self.sql, self.read, self.not_null, self.validated)

    def command(self, quote: Quote, max_length: int) -> Command:
        """The SQL and what it means."""
        not_valid = "" if self.validated else " NOT VALID"
        sql = f"ALTER TABLE {quote(self.table)} ADD CONSTRAINT {quote(self.name or '')} CHECK ({self.sql}){not_valid}"
        return Command(sql, (AddConstraint(names.physical(self.table), self.constraint()),))


@dataclass(frozen=True, slots=True)
class ExclusionDefinition(Definition):
    """ADD CONSTRAINT … EXCLUDE. `elements` are the expressions with their operators, as SQL."""

    constraint: Exclusion | None = None
    sql: str = ""

    def command(self, quote: Quote, max_length: int) -> Command:
        """The SQL and what it means."""
        assert self.constraint is not None
        sql = f"ALTER TABLE {quote(self.table)} ADD {self.sql}"
        return Command(sql, (AddConstraint(names.physical(self.table), self.constraint),))
