from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from migration_lint.describing import listed
from migration_lint.history import History, Key
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.migration import Migration
from migration_lint.model.sql import SqlMigration
from migration_lint.rule import Finding, Related, Rule, Severity
from migration_lint.settings import Settings


class ConflictingLeaves(Rule):
    """Two migrations both claim to be the last one, or to have the same version.

    Two branches each added a migration, and both were merged. Django's `migrate` then stops with "Conflicting
    migrations detected": an application has two migrations that no other one of it depends on. Alembic's `upgrade head`
    stops with "Multiple head revisions are present", unless the heads are branches with labels of their own. The tools
    that run SQL files go by versions: of two files with one version they refuse both, or take the second for applied
    when the first has run. Where plain numbered files are run in the order of their names by nobody knows what, it is a
    warning.

    A squash beside what it replaces is no conflict, and where a dependency is only known when the migration runs, or a
    circle of dependencies leaves no order, nothing is said. Two numbers alike are harmless in Django if the one
    depends on the other. Prisma and Liquibase go by whole names.
    """

    name = "conflicting-leaves"
    family = "history"
    severity = Severity.ERROR

    def check_history(self, history: History, settings: Settings) -> Iterator[Finding]:
        by_app: dict[str, dict[str, Migration]] = {}
        for (app, name), migration in sorted(history.migrations.items()):
            by_app.setdefault(app, {})[name] = migration
        for app, migrations in by_app.items():
            revisions = {name: m for name, m in migrations.items() if isinstance(m, AlembicMigration)}
            if revisions:
                yield from self._heads(revisions)
            elif any(isinstance(migration, SqlMigration) for migration in migrations.values()):
                yield from self._same_versions(migrations)
            else:
                yield from self._leaves(app, migrations, history)

    def _same_versions(self, migrations: Mapping[str, Migration]) -> Iterator[Finding]:
        versions: dict[tuple[int, ...], dict[str, SqlMigration]] = {}
        for migration in migrations.values():
            if isinstance(migration, SqlMigration) and migration.version:
                versions.setdefault(migration.version, {})[migration.path] = migration
        for version, files in versions.items():
            if len(files) > 1:
                *others, last = sorted(files.values(), key=lambda migration: migration.path)
                names = listed([_file(path) for path in sorted(files)])
                shown = ".".join(map(str, version))
                plain = last.layout == "plain"
                happens = "which of them runs first is left to chance" if plain else f"{last.layout} can't run both"
                found = self.file_finding(
                    last,
                    f"{names} have the same version, {shown}: {happens}.",
                    f"-- Give {_file(last.path)} the next free version; where one of them has run, rename the other.",
                    objects=tuple(sorted(_file(path) for path in files)),
                    related=tuple(Related(each.path, each.span, f"has version {shown} as well") for each in others),
                )
                yield replace(found, severity=Severity.WARNING) if plain else found

    def _heads(self, revisions: Mapping[str, AlembicMigration]) -> Iterator[Finding]:
        """Alembic's heads: what a revision depends on beside its `down_revision` stays one."""
        # A revision that is missing, or that is not known, may be what joins them.
        below = {name for revision in revisions.values() for name in revision.down_revisions}
        heads = sorted(revisions.keys() - below)
        if len(heads) < 2 or any(revision.problems for revision in revisions.values()) or below - revisions.keys():
            return
        if all(_labels(name, revisions) for name in heads):
            return
        *others, last = (revisions[name] for name in heads)
        named = ", ".join(f'"{name}"' for name in heads)
        merged = f"merge_{'_'.join(heads)[:40]}"
        folder = _file(last.path.replace("\\", "/").rpartition("/")[0])
        text = (
            f"# Make {last.name} stand on {others[-1].name} instead, or merge them, as `alembic merge heads` does:\n"
            f"# {last.app}/{folder}/{merged}.py\n"
            f'revision = "{merged}"\n'
            f"down_revision = ({named})\n\n\n"
            "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass"
        )
        message = f"There are {len(heads)} head revisions, {listed(heads)}: `alembic upgrade head` stops."
        related = tuple(Related(each.path, each.span, f"{each.name} is a head as well") for each in others)
        yield self.file_finding(last, message, text, objects=tuple(heads), related=related)

    def _leaves(self, app: str, migrations: Mapping[str, Migration], history: History) -> Iterator[Finding]:
        keys = {(app, name) for name in migrations}
        if any(migration.problems for migration in migrations.values()) or keys & _in_cycles(history):
            return
        leaves = sorted(_leaves_of(keys, history))
        if len(leaves) < 2:
            return
        *others, last = (history.migrations[key] for key in leaves)
        names = [name for _, name in leaves]
        number = max((int(name[:4]) for name in names if name[:4].isdigit()), default=0) + 1
        dependencies = ", ".join(f'("{app}", "{name}")' for name in names)
        advice = (
            f"# Make {last.name} depend on {others[-1].name} instead, or merge them, as makemigrations --merge does:\n"
            f"# {app}/migrations/{number:04}_merge.py\n"
            "from django.db import migrations\n\n\n"
            "class Migration(migrations.Migration):\n"
            f"    dependencies = [{dependencies}]\n"
            "    operations = []"
        )
        message = f"{app} has {len(names)} leaf migrations, {listed(names)}: migrate stops before it runs anything."
        related = tuple(Related(each.path, each.span, f"{each.name} is a leaf as well") for each in others)
        yield self.file_finding(last, message, advice, objects=tuple(names), related=related)


def _labels(name: str, revisions: Mapping[str, AlembicMigration]) -> set[str]:
    """The labels of the branch that a revision is on."""
    found: set[str] = set()
    seen: set[str] = set()
    pending = [name]
    while pending:
        revision = revisions.get(current := pending.pop())
        if revision is not None and current not in seen:
            seen.add(current)
            found |= {*revision.branch_labels}
            pending += revision.down_revisions
    return found


def _leaves_of(keys: set[Key], history: History) -> set[Key]:
    """The migrations that no other one of the application depends on, with squashes in place of what they replace."""
    leaves = keys - history.squashed.keys() - history.superseded
    for key in list(leaves):
        needed = {_standing(parent, history) for parent in history.parents.get(key, ()) if parent[0] == key[0]}
        leaves -= needed - {key}
    return leaves


def _standing(key: Key, history: History) -> Key:
    """The squash that stands for a migration in the end, or the migration itself."""
    seen = {key}
    while (squash := history.squashed.get(key, key)) not in seen:
        key = squash
        seen.add(key)
    return key


def _in_cycles(history: History) -> set[Key]:
    return {key for cycle in history.cycles for key in cycle}


def _file(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
