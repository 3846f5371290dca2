"""MariaDB 10.5 to 11.x."""

# ruff: noqa: D102 (server.py says once what each of these methods answers)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from migration_lint.databases.mysql import columns as c
from migration_lint.databases.mysql import facts
from migration_lint.databases.mysql.innodb import InnoDB, cascades, referenced_tables
from migration_lint.databases.mysql.plan import REFERENCED, Action, Algorithm, Plan
from migration_lint.databases.mysql.server import Alteration
from migration_lint.effects import Failure, LockMode, Source
from migration_lint.model import statements as s
from migration_lint.model.tables import Check, Column, Default, ForeignKey, Index, PrimaryKey, Table
from migration_lint.schema import Schema


class MariaDB(InnoDB):
    """MariaDB. All its facts were measured on 10.11 unless another source is named."""

    engine: ClassVar[str] = "mariadb"
    name: ClassVar[str] = "MariaDB"
    in_place: ClassVar[Algorithm] = Algorithm.NOCOPY
    layout_rebuilds_with: ClassVar[Algorithm] = Algorithm.NOCOPY
    measured: ClassVar[Source] = facts.MARIADB_MEASURED
    parent_lock: ClassVar[LockMode] = REFERENCED
    keeps_keys_whole: ClassVar[bool] = True
    renames_equal_indexes: ClassVar[bool] = True

    def metadata(self) -> Action:
        return Action(Algorithm.INSTANT, self.measured)

    def add_column(self, statement: s.AddColumn, alteration: Alteration) -> Action:
        default, name = statement.column.default, statement.column.name
        if isinstance(default, Default) and (
            facts.MARIADB_PER_ROW.intersection(default.functions) or c.reads_columns(default, alteration.table)
        ):
            return self.copy(f"to compute {name} for every row")
        if statement.position is not None and _puts_before_virtual(statement.position, alteration.table):
            return self.copy(f"to put {name} before a virtual column")
        return replace(self.metadata(), layout=True, why=f"to make room for {name}")

    def add_inline(self, constraint: Check | ForeignKey, alteration: Alteration) -> Action | None:
        if isinstance(constraint, Check):
            return None
        if alteration.checks_keys:
            return self.copy(f"to check the foreign key {constraint.name}")
        return self.add_unchecked_key(constraint.name)

    def drop_column(self, name: str, alteration: Alteration) -> Action:
        table, why = alteration.table, f"to take {name} out of every row"
        keys = c.indexes_with(table, name)
        if name in (c.clustered_key(table) or ()) and not alteration.adds_primary_key:
            return self.copy("because the key that orders its rows goes")
        if c.has_generated(table, stored=False, indexed=True) and _stands_before_virtual(table, name):
            return self.copy(why)
        if any(set(key) - alteration.dropped_columns for key in keys):
            return self.rebuild(why)
        algorithm = Algorithm.NOCOPY if keys else Algorithm.INSTANT
        beside = not alteration.adds_virtual or not c.is_unique(table, name)
        return Action(algorithm, self.measured, why, layout=True, beside_virtual=beside)

    def rename_column(self, name: str, alteration: Alteration) -> Action:
        return self.metadata()

    def rename_index(self) -> Action:
        return self.metadata()

    def modify(self, change: c.ColumnChange, old: Column, new: Column, alteration: Alteration) -> Iterator[Action]:
        name, table = new.name, alteration.table
        if old.generated is not None or new.generated is not None:
            yield self._modify_generated(old, new, table)
            return
        if not self._keeps_values(change, new, table):
            yield self.copy(f"to change the type of {name}")
            return
        if change.auto_gained:
            yield self.copy(f"to number its rows in {name}")
        if change.collation and c.indexes_with(table, old.name):
            yield self.build(f"the indexes on {name}")
        if change.nullable or change.not_null:
            yield self._modify_nullability(change, old, new, table)

    def _keeps_values(self, change: c.ColumnChange, new: Column, table: Table) -> bool:
        """Whether every value is stored under the new type just as it was under the old one."""
        if change.type == "other":
            return False
        kind = c.type_name(new)
        if change.type == "longer" and not _keeps_length_prefix(change, table):
            return False
        if change.charset is None:
            return not (change.collation and kind in ("enum", "set"))
        if change.charset != ("utf8mb3", "utf8mb4"):
            return False
        return kind in ("char", "varchar") or (kind in c.TEXTS and not c.indexes_with(table, new.name))

    def _modify_nullability(self, change: c.ColumnChange, old: Column, new: Column, table: Table) -> Action:
        why = f"to make {new.name} {'NOT NULL' if change.not_null else 'nullable'}"
        key = c.clustered_key(table) or ()
        rewrites_key = change.nullable and old.name in key
        if rewrites_key or (change.not_null and _converts_null(new, table)):
            return self.copy(why)
        if change.nullable and c.row_format(table) == "redundant":
            return replace(self.metadata(), layout=True, why=why)
        return self.rebuild(why)

    def _modify_generated(self, old: Column, new: Column, table: Table) -> Action:
        generated = new.generated
        if generated is None or generated.stored or old.generated is None:
            return self.copy(f"to change {new.name}")
        if c.indexes_with(table, old.name) or old.type != new.type:
            return self.copy(f"to change {new.name}")
        return self.metadata()

    def move(self, name: str, order: list[str], alteration: Alteration) -> Action:
        if any(order.index(virtual) != place for virtual, place in c.virtual_places(alteration.table).items()):
            return self.copy(f"to move {name} across a virtual column")
        return replace(self.metadata(), layout=True, why=f"to move {name}")

    def enforces(self, check: Check) -> bool:
        return facts.MARIADB_CHECK.holds_for(self.version)

    def add_unchecked_key(self, builds: str | None) -> Action:
        return self.metadata() if builds is None else self.build(builds)

    def drop_foreign_key(self) -> Action:
        return self.metadata()

    def create_index(self, index: Index, alteration: Alteration) -> Action:
        added = alteration.added_columns
        on_new_virtual = any(
            (column := added.get(key.column or "")) is not None and column.generated is not None for key in index.keys
        )
        return self.build(index.name, shared=on_new_virtual)

    def add_primary_key(self, key: PrimaryKey, alteration: Alteration) -> Action:
        has_primary = c.primary_key(alteration.table) is not None
        if not has_primary and c.clustered_key(alteration.table) == key.columns:
            return self.build("PRIMARY KEY")
        table = alteration.table
        if any(x.nullable and _converts_null(x, table) for name, x in table.columns.items() if name in key.columns):
            return self.copy("to order its rows by another primary key")
        return self.rebuild("to order its rows by another primary key")

    def set_option(self, statement: s.SetTableOption, alteration: Alteration) -> Action:
        value = (statement.value or "").lower()
        if statement.option in facts.REBUILDING_OPTIONS:
            return self.rebuild("to store its rows another way")
        if statement.option == "engine":
            return (
                self.rebuild("to build it anew") if value == "innodb" else self.copy(f"to move it to {statement.value}")
            )
        if statement.option == "convert_charset":
            return self._convert(value.rpartition(" ")[2], alteration)
        return self.metadata()

    def _convert(self, collation: str, alteration: Alteration) -> Action:
        """CONVERT TO CHARACTER SET: each column of text gets the new one."""
        actions = [self.metadata()]
        for column in alteration.table.columns.values():
            if c.type_name(column) not in c.CHARACTERS:
                continue
            change = c.compare(column, replace(column, collation=collation), alteration.table)
            if isinstance(change, str):
                return replace(self.metadata(), unknown=(change,))
            if change.charset is not None and c.type_name(column) in c.TEXTS:
                return self.copy("to change its character set")
            actions += self.modify(change, column, column, alteration)
        return max(actions, key=lambda action: action.algorithm)

    def copies_online(self, alteration: Alteration) -> bool:
        """From 11.2 on, but for tables with cascading keys and new AUTO_INCREMENT columns."""
        numbered = {column.name for column in alteration.table.columns.values() if column.auto}
        numbers = any(column.auto and column.name not in numbered for column in alteration.after.columns.values())
        return facts.MARIADB_ONLINE_COPY.holds_for(self.version) and not cascades(alteration.after) and not numbers

    def settle(self, plan: Plan, alteration: Alteration) -> Plan:
        table, after = alteration.table, alteration.after
        if plan.algorithm is Algorithm.COPY:
            return plan
        indexed = c.has_generated(table, stored=False, indexed=True)
        if plan.layout and (indexed or c.special_indexes(table, "fulltext") or c.row_format(table) == "compressed"):
            plan = replace(plan, algorithm=Algorithm.INPLACE, rebuild=True)
        moves_virtual = any(_stands_before_virtual(table, name) for name in alteration.dropped_columns)
        if moves_virtual and (plan.rebuild or alteration.added_columns):
            return replace(plan, algorithm=Algorithm.COPY)
        if plan.rebuild and len(c.special_indexes(after, "fulltext")) > 1:
            return replace(plan, algorithm=Algorithm.COPY)
        if plan.algorithm is Algorithm.INSTANT and not plan.layout and _sets_option_and_renames(alteration):
            plan = replace(plan, algorithm=Algorithm.NOCOPY)
        special = c.special_indexes(after, "fulltext") or c.special_indexes(after, "spatial")
        return replace(plan, shared=True) if plan.rebuild and (special or indexed) else plan

    def locked_parents(self, statement: s.Statement, before: Schema) -> frozenset[str]:
        """Whatever changes a table waits for the transactions that have written to the tables it references."""
        return referenced_tables(statement, before)

    def column_refused(self, column: Column) -> Iterator[Failure]:
        return iter(())


def _sets_option_and_renames(alteration: Alteration) -> bool:
    """Whether table options change together with what is instant only without them."""
    options = any(isinstance(x, (s.SetTableOption, s.Comment)) for x in alteration.statements)
    keys = [x.name for x in alteration.table.constraints.values() if isinstance(x, ForeignKey)]
    return options and any(
        isinstance(x, (s.RenameColumn, s.RenameIndex))
        or (isinstance(x, s.ModifyColumn) and x.column != x.definition.name)
        or (isinstance(x, s.DropConstraint) and x.name in keys)
        for x in alteration.statements
    )


def _converts_null(column: Column, table: Table) -> bool:
    """Whether making the column NOT NULL may change values, or what is computed from them."""
    generated = c.has_generated(table, stored=True) or c.has_generated(table, stored=False, indexed=True)
    return generated or c.type_name(column) == "timestamp"


def _keeps_length_prefix(change: c.ColumnChange, table: Table) -> bool:
    """Whether the values need no second byte for their length where they had none.

    Up to 127 bytes the first byte tells the two forms apart, so that such a column can grow to any length; in
    ROW_FORMAT=REDUNDANT lengths are stored elsewhere.
    """
    if c.row_format(table) == "redundant":
        return True
    return not (128 <= change.old_bytes <= 255 < change.new_bytes)


def _stands_before_virtual(table: Table, name: str) -> bool:
    """Whether a virtual column stands behind the column, so that its place changes when the column goes."""
    places = {column: place for place, column in enumerate(table.columns)}
    return name in places and any(place > places[name] for place in c.virtual_places(table).values())


def _puts_before_virtual(position: str, table: Table) -> bool:
    """Whether FIRST or AFTER puts a new column before a virtual one."""
    words = position.split(maxsplit=1)
    return bool(c.virtual_places(table)) if len(words) == 1 else _stands_before_virtual(table, words[1])
