"""Which database the settings mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from migration_lint.settings import Engine, Settings

if TYPE_CHECKING:
    from migration_lint.databases.base import Database

# The oldest and the newest version whose facts are held, by engine. Between them every version is known; MySQL went
# from 5.7 to 8.0.
KNOWN: dict[Engine, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "postgresql": ((12,), (18,)),
    "mysql": ((5, 7), (9, 7)),
    "mariadb": ((10, 5), (11, 8)),
}
NAMES: dict[Engine, str] = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
    "oracle": "Oracle",
}
# Django database backends by the parts of their dotted names. What is neither here nor named after an engine is the
# project's own, to be mapped in `database-backends`.
BACKENDS: dict[str, Engine] = {
    "postgresql": "postgresql",
    "postgresql_psycopg2": "postgresql",
    "postgresql_backend": "postgresql",
    "postgres": "postgresql",
    "postgis": "postgresql",
    "psqlextra": "postgresql",
    "mysql": "mysql",
    "mariadb": "mariadb",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "spatialite": "sqlite",
    "oracle": "oracle",
}


def engine_of(name: str) -> Engine | None:
    """The engine that `name` means: an engine's name, or a Django backend's dotted one; None where it means none.

    `django_prometheus.db.backends.postgresql`, `psqlextra.backend` and `mysql.connector.django` are told by the parts
    of their names.
    """
    if "." not in name:
        return next((engine for engine in get_args(Engine) if engine == name.lower()), None)
    engines = [BACKENDS[part] for part in name.lower().split(".") if part in BACKENDS]
    return engines[-1] if engines else None


def database_for(settings: Settings) -> tuple[Database, tuple[str, ...]]:
    """The database that the settings name, and what is to be said about the choice, once.

    A version older or newer than those whose facts are known is taken for the nearest of them.
    """
    engine, version = settings.database, settings.database_version
    nearest = _nearest(engine, version)
    notes = []
    if nearest != version:
        name, known = NAMES[engine], ".".join(map(str, nearest))
        asked = ".".join(map(str, version))
        notes.append(f"{name} {asked} is not known; it is judged as {name} {known}")
    database = _database(engine, nearest)
    if engine == "oracle":
        from migration_lint.databases.oracle import JUDGED

        notes.append(JUDGED)
    return database, tuple(notes)


def _nearest(engine: Engine, version: tuple[int, ...]) -> tuple[int, ...]:
    if engine not in KNOWN:
        return version
    oldest, newest = KNOWN[engine]
    if version[: len(oldest)] < oldest[: len(version)]:
        return oldest
    return newest if version[: len(newest)] > newest[: len(version)] else version


def _database(engine: Engine, version: tuple[int, ...]) -> Database:
    """The engine's class, imported only where it is needed: start-up matters."""
    if engine == "postgresql":
        from migration_lint.databases.postgresql import PostgreSQL

        return PostgreSQL(version)
    if engine == "mysql":
        from migration_lint.databases.mysql import MySQL

        return MySQL(version)
    if engine == "mariadb":
        from migration_lint.databases.mysql import MariaDB

        return MariaDB(version)
    if engine == "sqlite":
        from migration_lint.databases.sqlite import SQLite

        return SQLite(version)
    from migration_lint.databases.oracle import Oracle

    return Oracle(version)
