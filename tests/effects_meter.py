"""What a statement really does on a server: the locks it leaves held, what it rewrote, built, and read in full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import psycopg

from migration_lint.databases.base import Session
from migration_lint.databases.postgresql import PostgreSQL
from migration_lint.databases.postgresql.locks import MODES
from migration_lint.effects import Effect
from migration_lint.model import statements as s
from migration_lint.readers.sql import read_sql
from migration_lint.schema import Schema
from tests.postgresql_prediction import all_indexes

LOCKS = "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS NOT NULL"
RELATIONS = """
SELECT oid, relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')
"""
FILES = """
SELECT c.oid, c.relname, c.relfilenode, x.indrelid FROM pg_class c LEFT JOIN pg_index x ON x.indexrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i', 'm')
"""
SCANS = "SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables WHERE schemaname = 'public'"
# Validations and checks then read a table in full or not at all, whatever the planner knows of it.
PLAIN_PLANS = "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off"
MEASURED_MODES = {"".join(word.capitalize() for word in name.split()) + "Lock": mode for name, mode in MODES.items()}


@dataclass(frozen=True)
class Outcome:
    """What one statement did; `locks` are all those then held. `error` is the server's SQLSTATE class name."""

    locks: dict[str, str]
    rewritten: frozenset[str] = frozenset()
    built: frozenset[str] = frozenset()
    scanned: frozenset[str] = frozenset()
    error: str | None = None
    message: str = ""


class Meter:
    """Runs SQL on a server in one transaction and through the model, side by side."""

    def __init__(self, connection: psycopg.Connection[Any], database: PostgreSQL) -> None:
        self.connection = connection
        self.database = database
        self.schema = Schema()
        self.session = Session()
        self.setup: list[str] = []
        self.made = Schema()

    def start(self, setup: list[str], rows: dict[str, int]) -> None:
        """Make the state before; `rows` says how many rows each table then has."""
        self.connection.rollback()
        if setup == self.setup:
            self.schema, self.session, self.rows, self.renamed = self.made, Session(), dict(rows), {}
            return
        self.connection.autocommit = True
        self.connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE EXTENSION citext")
        self.connection.execute(PLAIN_PLANS)
        self.schema, self.session = Schema(), Session()
        for sql in setup:
            self.connection.execute(sql)
            for command in read_sql(sql, "postgresql"):
                for statement in command.statements:
                    self.schema = self.schema.apply(statement)
        self.connection.autocommit = False
        self.setup, self.made = setup, self.schema
        self.rows = dict(rows)
        self.names = dict(self.connection.execute(RELATIONS).fetchall())
        self.renamed: dict[str, str] = {}

    def run(self, sql: str) -> tuple[Effect, Outcome, Outcome]:
        """The predicted effect, and the outcome that it stands for beside the measured one."""
        (command,) = read_sql(sql, "postgresql")
        effect, self.session = self.database.execute(command, self.schema, self.session)
        for statement in command.statements:
            self.schema = self.schema.apply(statement)
            if isinstance(statement, s.RenameTable):
                self.renamed[statement.new_name] = self.renamed.get(statement.table, statement.table)
            elif isinstance(statement, s.Truncate):
                self.rows = {name: rows for name, rows in self.rows.items() if name not in statement.tables}
        rows_only = isinstance(command.statements[0], (s.Insert, s.Update, s.Delete, s.Truncate, s.SetConstraints))
        return effect, self._predicted(effect), self._measure(sql, rows_only)

    def _predicted(self, effect: Effect) -> Outcome:
        sure = [work for work in effect.work if work.sure]
        rewritten = {work.table for work in sure if work.kind == "rewrite"}
        built = {str(work.object) for work in sure if work.kind == "index build"}
        for table in rewritten:
            built |= all_indexes(self.schema, table)
        scanned = {work.table for work in sure if work.kind != "update"}
        known = set(self.names.values())
        held = {self.renamed.get(table, table): mode.name for table, mode in self.session.held.items()}
        locks = {table: mode for table, mode in held.items() if table in known}
        return Outcome(locks, frozenset(rewritten & known), frozenset(built), frozenset(scanned & self.rows.keys()))

    def _measure(self, sql: str, rows_only: bool) -> Outcome:
        """`rows_only` leaves out files and scans: TRUNCATE makes empty files, and plans of look-ups are forced."""
        files, scans = self._files(), self._scans()
        try:
            self.connection.execute(sql)
        except psycopg.Error as error:
            self.connection.rollback()
            return Outcome({}, error=type(error).__name__, message=str(error.diag.message_primary))
        if rows_only:
            return Outcome(self._locks())
        nodes = {node for _, _, node, _ in files}
        changed = [(oid, name, owner) for oid, name, node, owner in self._files() if node not in nodes]
        after = self._scans()
        return Outcome(
            self._locks(),
            frozenset(self.names[oid] for oid, _, owner in changed if owner is None and oid in self.names),
            frozenset(name for _, name, owner in changed if owner in self.names),
            frozenset(n for n, rows in self.rows.items() if after.get(n, 0) - scans.get(n, 0) >= 0.9 * rows > 0),
        )

    def _files(self) -> list[tuple[int, str, int, int | None]]:
        return list(self.connection.execute(FILES).fetchall())

    def _scans(self) -> dict[str, int]:
        return {str(name): int(read or 0) for name, read in self.connection.execute(SCANS).fetchall()}

    def _locks(self) -> dict[str, str]:
        strongest: dict[str, Any] = {}
        for oid, mode in self.connection.execute(LOCKS).fetchall():
            table, found = self.names.get(oid), MEASURED_MODES.get(mode)
            if table is None or found is None:
                continue
            if table not in strongest or strongest[table].strength < found.strength:
                strongest[table] = found
        return {table: mode.name for table, mode in strongest.items()}


def without_locks(outcome: Outcome, modes: tuple[str, ...]) -> Outcome:
    """The outcome without the locks of some modes."""
    return replace(outcome, locks={table: mode for table, mode in outcome.locks.items() if mode not in modes})
