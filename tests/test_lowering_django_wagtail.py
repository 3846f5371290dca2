"""Every migration of wagtail, its test applications included, through Django on a real PostgreSQL and through ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from migration_lint.databases.selection import database_for
from migration_lint.loading import load
from migration_lint.replay import Replay
from migration_lint.settings import Settings
from tests.django_judge import differences
from tests.postgres_catalog import from_schema
from tests.postgres_server import PostgresServer
from tests.wheels import install

pytestmark = pytest.mark.corpus

ROOT = Path(__file__).parent.parent
NOT_OURS = {"django_migrations"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("wagtail"), "wagtail", "Django", dependencies=True)


def replayed(site: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """(app, name, tables) after each migration, in our order."""
    settings = Settings(root=site, django_version=(5, 2), auth_user_model="customuser.CustomUser")
    tree = load([site], settings, None, None)
    (world,) = [world for world in tree.worlds if ("wagtailcore", "0001_initial") in world.history.migrations]
    known = world.history.migrations
    replay = Replay(world.history, world.settings, database_for(settings)[0])
    found = [
        (run.migration.app, run.migration.name, json.loads(json.dumps(cut(from_schema(run.final)))))
        for run in replay.run(lambda migration: not any((old.app, old.name) in known for old in migration.replaces))
    ]
    assert replay.failures == []
    return found


def cut(tables: dict[str, Any]) -> dict[str, Any]:
    """The names as PostgreSQL keeps them; the schema has them as they are sent."""
    for table in tables.values():
        for kind in ("constraints", "indexes"):
            table[kind] = {name[:63]: facts for name, facts in table[kind].items()}
    return tables


def applied(site: Path, order: list[tuple[str, str]], server: PostgresServer) -> list[tuple[str, str, dict[str, Any]]]:
    """The same from Django."""
    with server.database() as name:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(site), str(ROOT))),
            "DJANGO_SETTINGS_MODULE": "wagtail.test.settings",
            "DATABASE_ENGINE": "django.db.backends.postgresql",
            "DATABASE_NAME": name,
            "DATABASE_HOST": server.host,
            "DATABASE_PORT": str(server.port),
            "DATABASE_USER": server.user,
        }
        run = subprocess.run(
            [sys.executable, "-m", "tests.django_migrating"],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            env=environment,
        )
    assert run.returncode == 0, run.stderr
    return [tuple(json.loads(line)) for line in run.stdout.splitlines()]  # type: ignore[misc]


def test_every_migration_leaves_the_schema_that_django_leaves(site: Path, postgres: PostgresServer) -> None:
    ours = replayed(site)
    theirs = applied(site, [(app, name) for app, name, _ in ours], postgres)
    assert len(theirs) > 200
    schemas = {(app, name): tables for app, name, tables in ours}
    installed: set[str] = set()
    wrong: dict[str, str] = {}
    for app, name, tables in theirs:
        installed |= tables.keys()
        mine = {table: facts for table, facts in schemas[app, name].items() if table in installed}
        expected = {table: facts for table, facts in tables.items() if table not in NOT_OURS}
        for difference in differences(mine, expected):
            wrong.setdefault(difference, f"{app}.{name}")
    assert not wrong, "\n".join(f"{where} {what}" for what, where in wrong.items())
