"""What tells MySQL and MariaDB apart, and what an ALTER TABLE looks like to both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from migration_lint.databases.mysql.columns import ColumnChange
from migration_lint.databases.mysql.plan import Action, Algorithm, Plan
from migration_lint.effects import Failure, LockMode, Source
from migration_lint.model import statements as s
from migration_lint.model.tables import Check, Column, ForeignKey, Index, PrimaryKey, Table
from migration_lint.schema import Schema


@dataclass(frozen=True, slots=True)
class Alteration:
    """One ALTER TABLE: its parts, the table before and after it, and all tables before it.

    `checks_keys` is the session's setting foreign_key_checks.
    """

    statements: tuple[s.Statement, ...]
    table: Table
    after: Table
    schema: Schema
    checks_keys: bool = True

    @property
    def dropped_constraints(self) -> frozenset[str]:
        """The names of the constraints that it drops."""
        return frozenset(x.name for x in self.statements if isinstance(x, s.DropConstraint))

    @property
    def dropped_columns(self) -> frozenset[str]:
        """The names of the columns that it drops."""
        return frozenset(x.column for x in self.statements if isinstance(x, s.DropColumn))

    @property
    def added_columns(self) -> dict[str, Column]:
        """The columns that it adds."""
        return {x.column.name: x.column for x in self.statements if isinstance(x, s.AddColumn)}

    @property
    def replaced_indexes(self) -> frozenset[str]:
        """The names of indexes that it drops and makes again under another name, both the old and the new."""
        dropped = [self.table.indexes.get(x.name) for x in self.statements if isinstance(x, s.DropIndex)]
        made = [x.index for x in self.statements if isinstance(x, s.CreateIndex)]
        pairs = [(old.name, new.name) for old in dropped for new in made if old and replace(old, name=new.name) == new]
        return frozenset(name for pair in pairs for name in pair)

    @property
    def adds_virtual(self) -> bool:
        """Whether it adds a virtual column."""
        return any(x.generated is not None and not x.generated.stored for x in self.added_columns.values())

    @property
    def keeps_primary_key(self) -> bool:
        """Whether the table has a primary key that is not dropped."""
        keys = [x.name for x in self.table.constraints.values() if isinstance(x, PrimaryKey)]
        return bool(keys) and not self.dropped_constraints & {"PRIMARY", *keys}

    @property
    def adds_primary_key(self) -> bool:
        """Whether it adds a primary key."""
        keys = [x.constraint for x in self.statements if isinstance(x, s.AddConstraint)]
        keys += [key for x in self.statements if isinstance(x, s.AddColumn) for key in x.constraints]
        return any(isinstance(key, PrimaryKey) for key in keys)


class Server(ABC):
    """A server of one version, by what it needs for each part of an ALTER TABLE on an InnoDB table.

    `in_place` is what work without a rebuild is called, `layout_rebuilds_with` the algorithm of another part that
    makes an instant change of the row layout a rebuild, `measured` the server its facts were measured on,
    `parent_lock` what it takes on a table that a foreign key refers to. `keeps_keys_whole` says that a column of a
    unique key over several can't be dropped, `renames_equal_indexes` that an index dropped and made again under
    another name is renamed.
    """

    engine: ClassVar[str]
    name: ClassVar[str]
    in_place: ClassVar[Algorithm]
    layout_rebuilds_with: ClassVar[Algorithm]
    measured: ClassVar[Source]
    parent_lock: ClassVar[LockMode]
    keeps_keys_whole: ClassVar[bool]
    renames_equal_indexes: ClassVar[bool]

    def __init__(self, version: tuple[int, ...]) -> None:
        self.version = version

    @property
    def title(self) -> str:
        """Such as `MySQL 8.4`."""
        return f"{self.name} {'.'.join(map(str, self.version))}"

    @abstractmethod
    def metadata(self) -> Action:
        """A change of metadata alone."""

    @abstractmethod
    def add_column(self, statement: s.AddColumn, alteration: Alteration) -> Action:
        """ADD COLUMN of a column that is neither generated nor AUTO_INCREMENT, without what constrains it."""

    @abstractmethod
    def add_inline(self, constraint: Check | ForeignKey, alteration: Alteration) -> Action | None:
        """A CHECK or REFERENCES written with a column that is added; None where it costs nothing."""

    @abstractmethod
    def drop_column(self, name: str, alteration: Alteration) -> Action:
        """DROP COLUMN of a column that is not virtual."""

    @abstractmethod
    def rename_column(self, name: str, alteration: Alteration) -> Action:
        """RENAME COLUMN, or CHANGE to another name."""

    @abstractmethod
    def rename_index(self) -> Action:
        """RENAME INDEX."""

    @abstractmethod
    def modify(self, change: ColumnChange, old: Column, new: Column, alteration: Alteration) -> Iterator[Action]:
        """MODIFY or CHANGE to another definition; the name and the position are not looked at."""

    @abstractmethod
    def move(self, name: str, order: list[str], alteration: Alteration) -> Action:
        """FIRST or AFTER for the column `name`, which is there already; `order` are all columns as they stand then."""

    @abstractmethod
    def enforces(self, check: Check) -> bool:
        """Whether a server of this version tests the CHECK."""

    @abstractmethod
    def add_unchecked_key(self, builds: str | None) -> Action:
        """ADD FOREIGN KEY while foreign_key_checks is off; `builds` names the index that it builds for itself."""

    @abstractmethod
    def drop_foreign_key(self) -> Action:
        """DROP FOREIGN KEY."""

    @abstractmethod
    def create_index(self, index: Index, alteration: Alteration) -> Action:
        """CREATE INDEX of an ordinary kind."""

    @abstractmethod
    def add_primary_key(self, key: PrimaryKey, alteration: Alteration) -> Action:
        """ADD PRIMARY KEY."""

    @abstractmethod
    def set_option(self, statement: s.SetTableOption, alteration: Alteration) -> Action:
        """A table option, or the conversion to another character set."""

    @abstractmethod
    def copies_online(self, alteration: Alteration) -> bool:
        """Whether others can write while the table is copied."""

    @abstractmethod
    def settle(self, plan: Plan, alteration: Alteration) -> Plan:
        """The plan after what the table as a whole forbids (FULLTEXT and SPATIAL indexes, compression, …)."""

    @abstractmethod
    def locked_parents(self, statement: s.Statement, before: Schema) -> frozenset[str]:
        """The referenced tables that `statement` locks besides its own."""

    @abstractmethod
    def column_refused(self, column: Column) -> Iterator[Failure]:
        """Why the server refuses to add this column, if it does."""

    def copy(self, why: str) -> Action:
        """A part that only a copy of the table can do."""
        return Action(Algorithm.COPY, self.measured, why)

    def rebuild(self, why: str, *, shared: bool = False) -> Action:
        """A part that writes the table anew in place."""
        return Action(Algorithm.INPLACE, self.measured, why, rebuild=True, shared=shared)

    def build(self, index: str, *, unique: bool = False, shared: bool = False, rebuild: bool = False) -> Action:
        """A part that builds an index, and with `rebuild` the table."""
        algorithm = Algorithm.INPLACE if rebuild else self.in_place
        return Action(
            algorithm,
            self.measured,
            f"to build {index}",
            rebuild=rebuild,
            shared=shared,
            builds=index,
            beside_virtual=not unique and not rebuild,
        )

    def without_work(self) -> Action:
        """A part that is done in place without touching rows."""
        return Action(self.in_place, self.measured)
