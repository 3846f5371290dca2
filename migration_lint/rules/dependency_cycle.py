from __future__ import annotations

from collections.abc import Iterator

from migration_lint.history import History
from migration_lint.rule import Finding, Related, Rule, Severity
from migration_lint.settings import Settings


class DependencyCycle(Rule):
    """Migrations depend on each other in a circle, so none of them can run.

    Django stops with CircularDependencyError before it runs anything: `migrate`, `makemigrations` and the test runner
    all fail. It happens when two branches each add a dependency on the other's application, or when `run_before` and
    `dependencies` contradict each other.
    """

    name = "dependency-cycle"
    family = "history"
    severity = Severity.ERROR

    def check_history(self, history: History, settings: Settings) -> Iterator[Finding]:
        for cycle in history.cycles:
            newest = max(cycle, key=lambda key: (key[1], key[0]))
            names = [f"{app}.{name}" for app, name in cycle]
            chain = " needs ".join(reversed([*names, names[0]])) if len(names) > 1 else f"{names[0]} needs itself"
            message = f"These migrations wait for each other and none can run: {chain}."
            if history.migrations[newest].framework == "alembic":
                names = [name for _, name in cycle]
                chain = " needs ".join(reversed([*names, names[0]])) if len(names) > 1 else f"{names[0]} needs itself"
                message = f"These revisions wait for each other and none can run: {chain}."
            advice = (
                "# Take one of these dependencies out, usually by moving the operation that needs the other\n"
                "# application into a migration of its own that depends on both."
            )
            related = tuple(
                Related(
                    history.migrations[key].path, history.migrations[key].span, f"{key[0]}.{key[1]} is in the cycle"
                )
                for key in cycle
                if key != newest
            )
            found = self.file_finding(
                history.migrations[newest], message, advice, objects=tuple(names), related=related
            )
            yield found
