"""ALTER TABLE: the subcommands that are about the table as a whole, not about a column or constraint."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migration_lint.model.statements import Comment, RenameTable, SetTableOption, Statement
from migration_lint.readers.sql.cursor import Tokens
from migration_lint.readers.sql.lexing import words
from migration_lint.readers.sql.naming import moved_to
from migration_lint.readers.sql.tables import read_table_option

_PARTITION_WORDS = words(
    """REMOVE TRUNCATE COALESCE REORGANIZE EXCHANGE REBUILD OPTIMIZE DISCARD IMPORT ANALYZE CHECK REPAIR UPGRADE"""
)


class TableOptions:
    """Readers of these subcommands by their first words."""

    def __init__(self, cursor: Tokens, table: str) -> None:
        self.cursor = cursor
        self.table = table
        self.readers: dict[str, Callable[[], Iterator[Statement]]] = {
            "CONVERT": self._convert,
            "SET": self._set,
            "RESET": self._reset,
            "ENABLE": self._enable_or_disable,
            "DISABLE": self._enable_or_disable,
            "FORCE": self._force,
            "NO": self._force,
            "NOT": self._not_of,
            "CLUSTER": self._cluster,
            "OWNER": self._owner,
            "REPLICA": self._replica_identity,
            "INHERIT": self._inherit,
            "OF": self._of,
            "ORDER": self._order,
            "OPTIONS": self._foreign_options,
        }

    def _option(self, option: str, value: str | None = None) -> SetTableOption:
        return SetTableOption(self.table, option, value)

    def _convert(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("CONVERT", "TO")
        if not (cursor.accept("CHARACTER", "SET") or cursor.accept("CHARSET")):
            raise cursor.unexpected()
        charset = cursor.next().text.strip("'\"`").lower()
        if cursor.accept("COLLATE"):
            cursor.accept("=")
            charset += f" collate {cursor.next().text.lower()}"
        yield self._option("convert_charset", charset)

    def _set(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("SET")
        if cursor.looking_at("("):
            yield self._option("storage_parameters", cursor.text(cursor.parenthesised()))
        elif cursor.accept("SCHEMA"):
            yield RenameTable(self.table, moved_to(cursor.identifier(), self.table))
        elif cursor.accept("TABLESPACE"):
            name = cursor.identifier()
            cursor.accept("NOWAIT")
            yield self._option("tablespace", name)
        elif cursor.accept("ACCESS", "METHOD"):
            yield self._option("access_method", cursor.identifier())
        elif word := cursor.accept_any("LOGGED", "UNLOGGED"):
            yield self._option(word.lower())
        elif cursor.accept("WITHOUT", "CLUSTER"):
            yield self._option("cluster")
        elif cursor.accept("WITHOUT", "OIDS"):
            yield self._option("oids", "without")
        else:
            raise cursor.unexpected()

    def _reset(self) -> Iterator[Statement]:
        self.cursor.expect("RESET")
        yield self._option("storage_parameters", self.cursor.text(self.cursor.parenthesised()))

    def _enable_or_disable(self) -> Iterator[Statement]:
        cursor = self.cursor
        action = cursor.next().word.lower()
        if mode := cursor.accept_any("REPLICA", "ALWAYS"):
            action += f" {mode.lower()}"
        if cursor.accept("ROW", "LEVEL", "SECURITY"):
            yield self._option("row_level_security", action)
        elif word := cursor.accept_any("TRIGGER", "RULE"):
            name = cursor.accept_any("ALL", "USER")
            yield self._option(word.lower(), f"{action} {name.lower() if name else cursor.identifier()}")
        elif cursor.family == "mysql" and cursor.accept("KEYS"):
            yield self._option("keys", action)
        else:
            raise cursor.unexpected()

    def _force(self) -> Iterator[Statement]:
        cursor = self.cursor
        if cursor.accept("NO", "INHERIT"):
            yield self._option("inherit", f"no {cursor.name()}")
            return
        action = "no force" if cursor.accept("NO") else "force"
        cursor.expect("FORCE")
        if cursor.accept("ROW", "LEVEL", "SECURITY"):
            yield self._option("row_level_security", action)
        else:
            yield self._option("force")

    def _not_of(self) -> Iterator[Statement]:
        self.cursor.expect("NOT", "OF")
        yield self._option("of")

    def _of(self) -> Iterator[Statement]:
        self.cursor.expect("OF")
        yield self._option("of", self.cursor.name())

    def _inherit(self) -> Iterator[Statement]:
        self.cursor.expect("INHERIT")
        yield self._option("inherit", self.cursor.name())

    def _cluster(self) -> Iterator[Statement]:
        self.cursor.expect("CLUSTER", "ON")
        yield self._option("cluster", self.cursor.identifier())

    def _owner(self) -> Iterator[Statement]:
        self.cursor.expect("OWNER", "TO")
        yield self._option("owner", self.cursor.identifier())

    def _replica_identity(self) -> Iterator[Statement]:
        self.cursor.expect("REPLICA", "IDENTITY")
        yield self._option("replica_identity", self.cursor.text(self.cursor.until(",")).lower())

    def _order(self) -> Iterator[Statement]:
        self.cursor.expect("ORDER", "BY")
        yield self._option("order", self.cursor.text(self.cursor.rest()))

    def _foreign_options(self) -> Iterator[Statement]:
        """What a foreign table's server is told."""
        self.cursor.expect("OPTIONS")
        yield self._option("options", self.cursor.text(self.cursor.parenthesised()))

    def _partitioning(self, action: str) -> Statement:
        """MySQL's partition maintenance."""
        return self._option("partitioning", f"{action} {self.cursor.text(self.cursor.rest())}")

    def _table_options(self) -> Iterator[Statement]:
        cursor = self.cursor
        if cursor.looking_at("PARTITION", "BY") or cursor.looking_at_any(*_PARTITION_WORDS):
            yield self._option("partitioning", cursor.text(cursor.rest()))
            return
        if word := cursor.accept_any("SECONDARY_LOAD", "SECONDARY_UNLOAD"):
            yield self._option(word.lower())
        while not cursor.at_end() and not cursor.looking_at(",") and not cursor.looking_at("PARTITION", "BY"):
            option, value = read_table_option(cursor)
            if option == "comment":
                yield Comment(self.table, None, value)
            else:
                yield self._option(option, value)
