"""SQL into what our MySQL and MariaDB say about it, in the words that a probed server answers with."""

from __future__ import annotations

from collections.abc import Iterable

from migration_lint.databases.base import Session
from migration_lint.databases.mysql import MariaDB, MySQL
from migration_lint.effects import Effect
from migration_lint.model.statements import Command
from migration_lint.readers.sql import read_sql
from migration_lint.schema import Schema


class Replay:
    """A database that commands are run on one after the other, from an empty schema."""

    def __init__(self, database: MySQL | MariaDB, before: Iterable[str] = ()) -> None:
        self.database = database
        self.schema = Schema(narrow_drops=True)
        self.session = Session()
        for sql in before:
            self.run(sql)

    def run(self, sql: str) -> Effect:
        """What the one command in `sql` does; the schema and the session after it are kept."""
        (command,) = read_sql(f"{sql};", self.database.engine)
        return self.send(command)

    def send(self, command: Command) -> Effect:
        effect, self.session = self.database.execute(command, self.schema, self.session)
        for statement in command.statements:
            self.schema = self.schema.apply(statement)
        return effect


def way(effect: Effect) -> str | None:
    """The effect as the clauses that a server accepts for it: `ALGORITHM=INPLACE, LOCK=NONE`."""
    if effect.algorithm in (None, "INSTANT"):
        return effect.algorithm and "ALGORITHM=INSTANT"
    levels = {work.under.name for work in effect.work}
    return f"ALGORITHM={effect.algorithm}, {'LOCK=SHARED' if 'LOCK=SHARED' in levels else 'LOCK=NONE'}"


def rewrites(effect: Effect) -> set[str]:
    """The tables that are written anew."""
    return {work.table for work in effect.work if work.kind == "rewrite"}


def certain_failures(effect: Effect) -> list[str]:
    """What is refused whatever the rows are."""
    return [failure.message for failure in effect.failures if failure.rows is None]
