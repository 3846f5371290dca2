from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from migration_lint.history import History
from migration_lint.model.alembic import AlembicMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class MissingDependency(Rule):
    """A migration names another one that is not there.

    Django stops with NodeNotFoundError as soon as it builds the graph, so no migration of the project can run at all;
    so does Alembic, which misses a key of its map of revisions.
    It happens when a file is renamed or deleted, or was never committed. Applications that are not in the tree at all
    (installed packages) are not judged; a migration that only lists a deleted one in `replaces` is not either, as
    Django allows that after a squash.
    """

    name = "missing-dependency"
    family = "history"
    severity = Severity.ERROR

    def check_history(self, history: History, settings: Settings) -> Iterator[Finding]:
        for missing in history.missing:
            app, name = missing.target
            migration = history.migrations[missing.migration]
            there = [other for label, other in history.migrations if label == app]
            message = f"{migration.app}.{migration.name} {missing.relation} {app}.{name}, which does not exist."
            near = get_close_matches(name, there, n=1)
            if isinstance(migration, AlembicMigration):
                message = f"The revision {migration.name} {missing.relation} {name}, which does not exist."
                advice = f"# Restore the revision {name}, or name one that exists instead."
                if near:
                    advice = f'down_revision = "{near[0]}"  # did you mean this one?'
            elif near:
                advice = f'("{app}", "{near[0]}")  # did you mean this one?'
            else:
                advice = f"# Restore {app}/migrations/{name}.py, or name one that exists instead."
            yield self.file_finding(migration, message, advice, objects=(missing.relation, app, name))
