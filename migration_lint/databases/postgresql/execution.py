"""One command on its way through the engine: what it has locked, done and run into so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migration_lint.databases.base import Session
from migration_lint.databases.postgresql.facts import MEASURED, SINCE
from migration_lint.databases.postgresql.locks import stronger
from migration_lint.effects import Effect, Failure, Lock, LockMode, Source, Work, WorkKind
from migration_lint.layered import put
from migration_lint.model.statements import Statement
from migration_lint.model.tables import Column, Table
from migration_lint.schema import Schema


class Execution:
    """Gathers the effect of one command.

    `schema` and `session` are as the command's statements so far have left them, its own locks apart. `in_block` says
    that it is a DO block, all of which is one transaction.
    """

    def __init__(self, version: tuple[int, ...], schema: Schema, session: Session, *, in_block: bool = False) -> None:
        self.major = version[0]
        self.in_block = in_block
        self.schema = schema
        self.session = session
        self._locks: dict[str, LockMode] = {}
        self._work: dict[tuple[WorkKind, str, str | None], tuple[str, bool]] = {}
        self._failures: dict[Failure, None] = {}
        self._unknown: dict[str, None] = {}
        self._sources: dict[Source, None] = {}

    @property
    def in_transaction(self) -> bool:
        """Whether the command runs in a transaction block, be it the implicit one of a string of several."""
        return self.session.transactional or self.session.several or self.in_block

    def has(self, feature: str) -> bool:
        """Whether this version has a feature of `facts.SINCE`; asking makes its source one of the effect's."""
        since = SINCE[feature]
        self._sources[since.source] = None
        return self.major >= since.version

    def lock(self, table: str, mode: LockMode, source: Source = MEASURED) -> None:
        """The command takes a lock."""
        self._sources[source] = None
        self._locks[table] = stronger(self._locks.get(table), mode)

    def lock_partitions(self, table: str) -> None:
        """The partitions of `table`, and theirs, are locked as the command locks it."""
        mode = self._locks.get(table)
        if mode is None:
            return
        for partition in self.schema.partitions_of(table):
            self.lock(partition, mode)
            self.lock_partitions(partition)

    def work(
        self,
        kind: WorkKind,
        table: str,
        why: str = "",
        *,
        object: str | None = None,
        source: Source = MEASURED,
        sure: bool = True,
    ) -> None:
        """The command works through a table; the same work for a second reason is done once."""
        self._sources[source] = None
        known = self._work.get((kind, table, object))
        if known is None or (sure and not known[1]):
            self._work[kind, table, object] = why, sure

    def fail(self, kind: str, message: str, rows: str | None = None, source: Source = MEASURED) -> None:
        """The server refuses the command, always or where the rows are such."""
        self._sources[source] = None
        self._failures[Failure(kind, message, rows)] = None

    def unsure(self, reason: str) -> None:
        """Something about the command can't be told."""
        self._unknown[reason] = None

    def refuse_in_transaction(self, what: str, source: Source = MEASURED) -> None:
        """`what` is a statement that the server runs outside of transaction blocks only."""
        if self.in_transaction:
            self.fail("in-transaction", f"{what} cannot run inside a transaction block", source=source)

    def refuse_pending(self, table: str, what: str) -> None:
        """`what` is a statement that needs a table on which no deferred trigger waits to fire."""
        if table in self.session.pending:
            self.fail("pending-trigger-events", f'cannot {what} "{table}" because it has pending trigger events')

    def require(self, feature: str, what: str) -> bool:
        """Whether the version knows `what`; else the command fails."""
        if self.has(feature):
            return True
        since = SINCE[feature]
        self.fail("invalid-definition", f"{what} needs PostgreSQL {since.version}", source=since.source)
        return False

    def table(self, name: str) -> Table | None:
        """The table as the command finds it."""
        return self.schema.table(name)

    def is_whole(self, name: str) -> bool:
        """Whether all of the table's columns, indexes and constraints are known."""
        table = self.schema.table(name)
        return table is not None and table.complete

    def column(self, table: str, name: str) -> Column | None:
        """The column as the command finds it."""
        return self.schema.column(table, name)

    def views_on(self, table: str, column: str | None = None) -> Iterable[str]:
        """The views that read the table, or the column where one is given."""
        return self.schema.views_on(table, column)

    def apply(self, statement: Statement) -> None:
        """Go on with the schema after `statement`."""
        self.schema = self.schema.apply(statement)

    def held(self) -> Mapping[str, LockMode]:
        """The strongest lock on each table, those the transaction held before included."""
        held = self.session.held if self.in_transaction else {}
        for table, mode in self._locks.items():
            before = held.get(table)
            if (strongest := stronger(before, mode)) is not before:
                held = put(held, table, strongest)
        return held

    def effect(self) -> Effect:
        """All that the command does: one pass over a table does for all its checks, and a rewrite for its indexes."""
        held = self.held()
        rewritten = {table for (kind, table, _), (_, sure) in self._work.items() if kind == "rewrite" and sure}
        work = tuple(
            Work(kind, table, held[table], object, why, sure)
            for (kind, table, object), (why, sure) in self._work.items()
            if kind in ("rewrite", "update") or table not in rewritten
        )
        locks = tuple(Lock(table, mode) for table, mode in self._locks.items())
        sources = tuple(self._sources) if locks or work or self._failures else ()
        return Effect(locks, work, tuple(self._failures), None, tuple(self._unknown), sources)
