"""Runs a project's migrations one by one through Django itself; a script of its own, because Django is set up once.

Takes a JSON list of (app, name) on standard input, in the order to run them, those that the project has not installed
among them; prints a line of JSON for each that it runs: app, name, and the tables that are there after it.
"""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    """Run them all; the settings are those of DJANGO_SETTINGS_MODULE."""
    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from tests.postgres_catalog import from_catalog

    executor = MigrationExecutor(connection)
    # Originals rather than the squashes that replace them.
    executor.loader.replace_migrations = False
    executor.loader.build_graph()
    state = executor._create_project_state()
    for key in map(tuple, json.load(sys.stdin)):
        if key not in executor.loader.graph.nodes:
            continue
        migration = executor.loader.get_migration(*key)
        state = executor.apply_migration(state, migration)
        print(json.dumps([*key, from_catalog(connection)]), flush=True)


if __name__ == "__main__":
    main()
