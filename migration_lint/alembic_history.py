"""The revisions that one `env.py` runs, as migrations of one history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.migration import Dependency
from migration_lint.model.values import Unknown


def of_one_project(revisions: Iterable[AlembicMigration], app: str) -> tuple[AlembicMigration, ...]:
    """The revisions as those of `app`; a dependency on a branch is one on the revision that bears its label.

    Of two files with one identifier Alembic takes the second; the first is kept here, and says so.
    """
    found: dict[str, AlembicMigration] = {}
    for each in revisions:
        if (other := found.get(each.name)) is not None:
            reason = f"{each.path.rpartition('/')[2]} has the same revision identifier, of which Alembic takes only one"
            found[each.name] = replace(other, problems=(*other.problems, (other.span, Unknown(each.name, reason))))
        else:
            found[each.name] = each
    labels = {label: revision.name for revision in found.values() for label in revision.branch_labels}
    return tuple(
        replace(
            revision,
            app=app,
            dependencies=tuple(
                Dependency(app, _revision(dependency.name, found, labels)) for dependency in revision.dependencies
            ),
        )
        for revision in found.values()
    )


def _revision(name: str, known: dict[str, AlembicMigration], labels: dict[str, str]) -> str:
    """The identifier that a branch's label, or the beginning of an identifier, stands for.

    https://alembic.sqlalchemy.org/en/latest/branches.html#branch-dependencies
    """
    name = labels.get(name.partition("@")[0], name)
    if name in known:
        return name
    longer = [each for each in known if each.startswith(name)] if len(name) >= 4 else []
    return longer[0] if len(longer) == 1 else name
