"""A real MariaDB for the tests: Debian's, started in a directory of its own, else a reason to skip."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pymysql
from pymysql.cursors import Cursor

DATABASE = "lint"
# What ALTER TABLE can be asked for, the cheapest first.
WAYS = (
    "ALGORITHM=INSTANT",
    "ALGORITHM=NOCOPY, LOCK=NONE",
    "ALGORITHM=NOCOPY, LOCK=SHARED",
    "ALGORITHM=INPLACE, LOCK=NONE",
    "ALGORITHM=INPLACE, LOCK=SHARED",
    "ALGORITHM=COPY, LOCK=NONE",
    "ALGORITHM=COPY, LOCK=SHARED",
)
ALGORITHM_REFUSED = (1845, 1846)
LOCK_WAIT_TIMEOUT = 1205
START_SECONDS = 30


class NoServerError(Exception):
    """No MariaDB could be found or started; the message says why."""


class RefusedError(Exception):
    """The server refuses a statement whatever algorithm it is asked to use; the message is the server's."""


@dataclass(frozen=True)
class MariaDBServer:
    """A running server with an empty utf8mb4 database."""

    socket: str
    version: tuple[int, ...]
    cursor: Cursor

    def connect(self) -> pymysql.Connection[Cursor]:
        return pymysql.connect(unix_socket=self.socket, user="root", database=DATABASE, autocommit=True)

    def execute(self, sql: str) -> None:
        self.cursor.execute(sql)

    def clear(self) -> None:
        """Drop every table, and put the session's settings back."""
        self.execute("SET foreign_key_checks = 0")
        self.cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
        for (name,) in self.cursor.fetchall():
            self.execute(f"DROP TABLE `{name}`")
        self.execute("SET foreign_key_checks = 1")

    def first_way(self, before: Sequence[str], alter: str) -> tuple[str, bool]:
        """The cheapest way the server accepts for `alter` after `before`, and whether it rebuilt the table `t`.

        Raises RefusedError where it accepts none.
        """
        self.clear()
        for sql in before:
            self.execute(sql)
        table = self._table_id()
        for way in WAYS:
            try:
                self.execute(f"{alter}, {way}")
            except pymysql.Error as error:
                if error.args[0] not in ALGORITHM_REFUSED:
                    raise RefusedError(f"{error.args[0]}: {error.args[1]}") from error
            else:
                return way, table != self._table_id()
        raise RefusedError("every algorithm is refused")

    def waits_for(self, touch: str, sql: str) -> bool:
        """Whether `sql` waits for another transaction that has run `touch`."""
        other = self.connect()
        cursor = other.cursor()
        cursor.execute("BEGIN")
        cursor.execute(touch)
        self.execute("SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1")
        try:
            self.execute(sql)
        except pymysql.Error as error:
            if error.args[0] != LOCK_WAIT_TIMEOUT:
                raise
            return True
        finally:
            other.rollback()
            other.close()
        return False

    def _table_id(self) -> object:
        self.cursor.execute(f"SELECT table_id FROM information_schema.innodb_sys_tables WHERE name = '{DATABASE}/t'")
        row = self.cursor.fetchone()
        return row[0] if row else None


@contextlib.contextmanager
def running_server() -> Iterator[MariaDBServer]:
    """A server that lives as long as the block; raises NoServerError where none is installed."""
    install, daemon = (
        shutil.which("mariadb-install-db"),
        shutil.which("mariadbd", path="/usr/sbin:/usr/bin:/usr/local/sbin"),
    )
    if install is None or daemon is None:
        raise NoServerError("no MariaDB server is installed (Debian's package: mariadb-server)")
    # DDL is synced to disk whatever the settings say: memory makes it some five times faster.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="mariadb-", dir=memory) as directory:
        data, socket = Path(directory, "data"), str(Path(directory, "s"))
        user = ["--user=root"] if _is_root() else []
        subprocess.run(
            [
                install,
                "--no-defaults",
                *user,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                f"--datadir={data}",
            ],
            check=True,
            capture_output=True,
        )
        process = subprocess.Popen(
            [
                daemon,
                "--no-defaults",
                *user,
                f"--datadir={data}",
                f"--socket={socket}",
                "--skip-networking",
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-flush-method=nosync",
                "--innodb-doublewrite=0",
                "--innodb-log-file-size=8M",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            connection = _connected(socket, process)
            yield _prepared(connection, socket)
            connection.close()
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _connected(socket: str, process: subprocess.Popen[bytes]) -> pymysql.Connection[Cursor]:
    deadline = time.monotonic() + START_SECONDS
    while not Path(socket).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoServerError("MariaDB does not start")
        time.sleep(0.05)
    return pymysql.connect(unix_socket=socket, user="root", autocommit=True)


def _prepared(connection: pymysql.Connection[Cursor], socket: str) -> MariaDBServer:
    cursor = connection.cursor()
    cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    cursor.execute(f"USE {DATABASE}")
    cursor.execute("SELECT VERSION()")
    row = cursor.fetchone()
    assert row is not None
    version = tuple(int(part) for part in str(row[0]).partition("-")[0].split("."))
    return MariaDBServer(socket, version, cursor)
