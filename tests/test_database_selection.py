"""Which engine and version the settings mean."""

from __future__ import annotations

import pytest

from migration_lint.databases.selection import database_for, engine_of
from migration_lint.settings import Engine, Settings

ENGINES: dict[str, Engine | None] = {
    "postgresql": "postgresql",
    "MariaDB": "mariadb",
    "django.db.backends.postgresql": "postgresql",
    "django.db.backends.postgresql_psycopg2": "postgresql",
    "django_prometheus.db.backends.postgresql": "postgresql",
    "psqlextra.backend": "postgresql",
    "django.contrib.gis.db.backends.postgis": "postgresql",
    "django_tenants.postgresql_backend": "postgresql",
    "django.db.backends.mysql": "mysql",
    "mysql.connector.django": "mysql",
    "django.db.backends.sqlite3": "sqlite",
    "django.contrib.gis.db.backends.spatialite": "sqlite",
    "django.db.backends.oracle": "oracle",
    "django_cockroachdb": None,
    "django_cockroachdb.backend": None,
    "mssql": None,
    "postgresq": None,
    "": None,
}

TITLES: list[tuple[Engine, tuple[int, ...], str, tuple[str, ...]]] = [
    ("postgresql", (16,), "PostgreSQL 16", ()),
    ("postgresql", (18, 3), "PostgreSQL 18", ()),
    ("postgresql", (9, 6), "PostgreSQL 12", ("PostgreSQL 9.6 is not known; it is judged as PostgreSQL 12",)),
    ("postgresql", (21,), "PostgreSQL 18", ("PostgreSQL 21 is not known; it is judged as PostgreSQL 18",)),
    ("mysql", (5, 6), "MySQL 5.7", ("MySQL 5.6 is not known; it is judged as MySQL 5.7",)),
    ("mysql", (8,), "MySQL 8", ()),
    ("mysql", (8, 0, 28), "MySQL 8.0.28", ()),
    ("mysql", (10, 1), "MySQL 9.7", ("MySQL 10.1 is not known; it is judged as MySQL 9.7",)),
    ("mariadb", (10, 5), "MariaDB 10.5", ()),
    ("mariadb", (12, 3), "MariaDB 11.8", ("MariaDB 12.3 is not known; it is judged as MariaDB 11.8",)),
    ("sqlite", (3, 45), "SQLite 3.45", ()),
    (
        "oracle",
        (23,),
        "Oracle 23",
        ("Oracle: only compatibility, data loss and reversibility are judged; locks and work are not known",),
    ),
]


@pytest.mark.parametrize(("name", "engine"), ENGINES.items())
def test_names_of_engines_and_backends(name: str, engine: Engine | None) -> None:
    assert engine_of(name) == engine


@pytest.mark.parametrize(("engine", "version", "title", "notes"), TITLES)
def test_the_nearest_known_version_is_taken(
    engine: Engine, version: tuple[int, ...], title: str, notes: tuple[str, ...]
) -> None:
    database, said = database_for(Settings(database=engine, database_version=version))
    assert (database.engine, database.title, said) == (engine, title, notes)
