"""MySQL 5.7 to 9.x."""

# ruff: noqa: D102 (server.py says once what each of these methods answers)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from migration_lint.databases.mysql import columns as c
from migration_lint.databases.mysql import facts
from migration_lint.databases.mysql.innodb import InnoDB, cascades, referenced_tables
from migration_lint.databases.mysql.plan import METADATA, Action, Algorithm, Plan
from migration_lint.databases.mysql.server import Alteration
from migration_lint.effects import Failure, LockMode, Source
from migration_lint.model import statements as s
from migration_lint.model.tables import Check, Column, Default, ForeignKey, Index, PrimaryKey, Table
from migration_lint.schema import Schema

# Types whose default can only be an expression (https://dev.mysql.com/doc/refman/8.4/en/data-type-defaults.html).
_NO_LITERAL_DEFAULT = c.TEXTS | c.BLOBS | {"json", "geometry", "point", "polygon", "linestring"}


class MySQL(InnoDB):
    """MySQL. Its facts were measured on 9.7 or stand on the vendor's pages; what older versions lack is in `facts`."""

    engine: ClassVar[str] = "mysql"
    name: ClassVar[str] = "MySQL"
    in_place: ClassVar[Algorithm] = Algorithm.INPLACE
    layout_rebuilds_with: ClassVar[Algorithm] = Algorithm.INPLACE
    measured: ClassVar[Source] = facts.MYSQL_MEASURED
    parent_lock: ClassVar[LockMode] = METADATA
    keeps_keys_whole: ClassVar[bool] = False
    renames_equal_indexes: ClassVar[bool] = False

    def metadata(self) -> Action:
        return self._instant(facts.MYSQL_INSTANT)

    def _instant(self, since: facts.Since) -> Action:
        algorithm = Algorithm.INSTANT if since.holds_for(self.version) else Algorithm.INPLACE
        return Action(algorithm, since.source)

    def _layout(self, since: facts.Since, why: str) -> Action:
        """A change of the row layout: instant from a version on, a rebuild in place before."""
        if since.holds_for(self.version):
            return Action(Algorithm.INSTANT, since.source, why, layout=True)
        return replace(self.rebuild(why), source=since.source)

    def add_column(self, statement: s.AddColumn, alteration: Alteration) -> Action:
        name, default = statement.column.name, statement.column.default
        if c.is_expression(default) or (default is not None and c.type_name(statement.column) in _NO_LITERAL_DEFAULT):
            return self.copy(f"to compute {name} for every row")
        last = statement.position is None
        since = facts.MYSQL_INSTANT if last else facts.MYSQL_INSTANT_LAYOUT
        return self._layout(since, f"to make room for {name}")

    def add_inline(self, constraint: Check | ForeignKey, alteration: Alteration) -> Action | None:
        if isinstance(constraint, Check):
            return self.copy(f"to check {constraint.name}") if self.enforces(constraint) else None
        if not facts.MYSQL_INLINE_REFERENCES.holds_for(self.version):
            return None
        if alteration.checks_keys:
            return self.copy(f"to check the foreign key {constraint.name}")
        return self.add_unchecked_key(constraint.name)

    def drop_column(self, name: str, alteration: Alteration) -> Action:
        table, why = alteration.table, f"to take {name} out of every row"
        if name in (c.clustered_key(table) or ()) and not alteration.adds_primary_key:
            return self.copy("because the key that orders its rows goes")
        if c.indexes_with(table, name):
            return self.rebuild(why)
        return self._layout(facts.MYSQL_INSTANT_LAYOUT, why)

    def rename_column(self, name: str, alteration: Alteration) -> Action:
        children = alteration.schema.references_to(alteration.table.name)
        if any(name in key.to_columns for _, key in children):
            return replace(self.without_work(), source=facts.MYSQL_ONLINE_DDL)
        return self._instant(facts.MYSQL_INSTANT_RENAME)

    def rename_index(self) -> Action:
        return self.without_work()

    def modify(self, change: c.ColumnChange, old: Column, new: Column, alteration: Alteration) -> Iterator[Action]:
        name, table = new.name, alteration.table
        if (old.generated, old.type) != (new.generated, new.type) and (old.generated or new.generated):
            yield self.copy(f"to change {name}")
        elif not self._keeps_values(change, old, table) or change.auto_gained or change.auto_lost:
            yield self.copy(f"to change the type of {name}")
        elif change.nullable or change.not_null:
            if change.nullable and old.name in (c.clustered_key(table) or ()):
                yield self.copy("because the key that orders its rows goes")
            else:
                yield self.rebuild(f"to make {name} {'NOT NULL' if change.not_null else 'nullable'}")
        elif change.type == "longer" or change.charset or change.collation:
            yield self.without_work()

    def _keeps_values(self, change: c.ColumnChange, old: Column, table: Table) -> bool:
        """Whether every value is stored under the new type just as it was under the old one."""
        if change.type == "other":
            return False
        # One byte holds a length of up to 255 bytes, for all that the column can hold.
        if change.type == "longer" and change.old_bytes <= 255 < change.new_bytes:
            return False
        if change.charset is None and not change.collation:
            return True
        kept = change.charset in (None, ("utf8mb3", "utf8mb4")) and c.type_name(old) not in ("enum", "set")
        in_place = facts.MYSQL_UTF8MB4_IN_PLACE.holds_for(self.version)
        return kept and in_place and not c.indexes_with(table, old.name)

    def move(self, name: str, order: list[str], alteration: Alteration) -> Action:
        if c.has_generated(alteration.table, stored=False):
            return replace(self.copy(f"to move {name}"), source=facts.MYSQL_ONLINE_DDL)
        return replace(self.rebuild(f"to move {name}"), source=facts.MYSQL_ONLINE_DDL)

    def enforces(self, check: Check) -> bool:
        return check.enforced and facts.MYSQL_CHECK.holds_for(self.version)

    def add_unchecked_key(self, builds: str | None) -> Action:
        return self.without_work() if builds is None else self.build(builds)

    def drop_foreign_key(self) -> Action:
        return self.without_work()

    def create_index(self, index: Index, alteration: Alteration) -> Action:
        # An expression becomes a hidden virtual column that is added with its index.
        return self.build(index.name, shared=any(key.column is None for key in index.keys))

    def add_primary_key(self, key: PrimaryKey, alteration: Alteration) -> Action:
        return self.rebuild("to order its rows by another primary key")

    def set_option(self, statement: s.SetTableOption, alteration: Alteration) -> Action:
        value = (statement.value or "").lower()
        rebuilds = statement.option in facts.REBUILDING_OPTIONS or (statement.option, value) == ("engine", "innodb")
        if rebuilds and not c.special_indexes(alteration.table, "fulltext"):
            return replace(self.rebuild("to build it anew"), source=facts.MYSQL_ONLINE_DDL)
        if rebuilds or statement.option in ("engine", "convert_charset"):
            return replace(self.copy("to build it anew"), source=facts.MYSQL_ONLINE_DDL)
        if statement.option == "charset" and value != (alteration.table.charset or facts.DEFAULT_CHARSET):
            return replace(self.rebuild("to change its character set"), source=facts.MYSQL_ONLINE_DDL)
        return self.without_work()

    def copies_online(self, alteration: Alteration) -> bool:
        return False

    def settle(self, plan: Plan, alteration: Alteration) -> Plan:
        table, after = alteration.table, alteration.after
        fulltext = bool(c.special_indexes(table, "fulltext"))
        if plan.algorithm is Algorithm.INSTANT and plan.layout and (fulltext or c.row_format(table) == "compressed"):
            plan = replace(plan, algorithm=Algorithm.INPLACE, rebuild=True)
        special = c.special_indexes(after, "fulltext") or c.special_indexes(after, "spatial")
        if plan.rebuild and special:
            return replace(plan, shared=True)
        if plan.algorithm is not Algorithm.INSTANT and cascades(table):
            # No LOCK=NONE beside ON DELETE CASCADE or SET NULL:
            # https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-limitations.html
            return replace(plan, shared=True)
        return plan

    def locked_parents(self, statement: s.Statement, before: Schema) -> frozenset[str]:
        """What adds or removes a foreign key locks the table it refers to as well.

        https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html
        """
        is_key = isinstance(statement, s.AddConstraint) and isinstance(statement.constraint, ForeignKey)
        if isinstance(statement, s.DropConstraint):
            table = before.tables.get(statement.table)
            dropped = table.constraints.get(statement.name) if table else None
            return frozenset({dropped.to_table}) if isinstance(dropped, ForeignKey) else frozenset()
        if is_key or isinstance(statement, (s.CreateTable, s.DropTable)):
            return referenced_tables(statement, before)
        return frozenset()

    def column_refused(self, column: Column) -> Iterator[Failure]:
        default = column.default
        if isinstance(default, Default) and c.is_expression(default):
            if not facts.MYSQL_EXPRESSION_DEFAULT.holds_for(self.version):
                yield Failure(
                    "invalid-definition", f"{self.title} has no expressions as default, as {column.name} needs"
                )
            elif facts.MYSQL_UNSAFE.intersection(default.functions):
                message = f"MySQL refuses the default of {column.name} (error 1674): the binary log cannot replay it"
                yield Failure("invalid-definition", message)
        if not column.nullable and default is None and c.type_name(column) in ("date", "datetime", "timestamp"):
            message = f"MySQL refuses {column.name} in a table with rows: it has no default but the zero date"
            yield Failure("not-null-without-default", message, rows="the table has a row")
