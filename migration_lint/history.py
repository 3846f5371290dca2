"""The graph of all migrations: what depends on what, what is missing, and the order the framework would run them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from migration_lint.model.migration import Dependency, Migration

Key = tuple[str, str]
"""An application label and a migration's name."""

Relation = Literal["depends on", "runs before", "replaces"]


@dataclass(frozen=True, slots=True)
class Missing:
    """A migration that `migration` names, whose application is in the tree while the migration itself is not."""

    migration: Key
    relation: Relation
    target: Key


@dataclass(frozen=True, slots=True)
class History:
    """All migrations by key, and how they hang together.

    `parents` holds, for each migration, those that must run before it. `order` is the order Django runs them in on
    an empty database; members of a cycle stand in it too, with one edge of their cycle left out.
    `squashed` maps a replaced migration to the one that replaces it. `superseded` are replaced migrations that can't
    be replayed because others replaced with them are gone.
    """

    migrations: Mapping[Key, Migration] = field(default_factory=dict)
    parents: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)
    order: tuple[Key, ...] = ()
    missing: tuple[Missing, ...] = ()
    cycles: tuple[tuple[Key, ...], ...] = ()
    squashed: Mapping[Key, Key] = field(default_factory=dict)
    superseded: frozenset[Key] = frozenset()

    def children_in_app(self, key: Key) -> tuple[Key, ...]:
        """The migrations of the same application that depend on this one directly."""
        return tuple(child for child, parents in self.parents.items() if key in parents and child[0] == key[0])


def build(migrations: Iterable[Migration], user_app: str) -> History:
    """The history of `migrations`; `user_app` is the label of the application that holds AUTH_USER_MODEL."""
    by_key = {(migration.app, migration.name): migration for migration in migrations}
    squashed, superseded = _squashes(by_key)
    graph = _Graph(by_key, squashed, superseded, user_app)
    cycles = _break_cycles(graph.parents)
    return History(
        migrations=by_key,
        parents={key: tuple(sorted(parents)) for key, parents in graph.parents.items()},
        order=tuple(_django_order(graph.parents)),
        missing=tuple(graph.missing),
        cycles=cycles,
        squashed=squashed,
        superseded=superseded,
    )


def _squashes(by_key: Mapping[Key, Migration]) -> tuple[dict[Key, Key], frozenset[Key]]:
    """Which migration replaces which, and the replaced ones that stand no longer on firm ground."""
    squashed: dict[Key, Key] = {}
    superseded: set[Key] = set()
    for key in sorted(by_key):
        replaced = [(d.app, d.name) for d in by_key[key].replaces]
        squashed.update((target, key) for target in replaced if target != key)
        if any(target not in by_key for target in replaced):
            superseded.update(target for target in replaced if target in by_key and target != key)
    return squashed, frozenset(superseded)


class _Graph:
    """The edges between migrations, while they are being resolved."""

    def __init__(
        self, by_key: Mapping[Key, Migration], squashed: Mapping[Key, Key], superseded: frozenset[Key], user_app: str
    ) -> None:
        self._by_key = by_key
        self._squashed = squashed
        self._superseded = superseded
        self._user_app = user_app
        self._names: dict[str, list[str]] = {}
        for app, name in sorted(by_key):
            self._names.setdefault(app, []).append(name)
        self.parents: dict[Key, set[Key]] = {key: set() for key in by_key}
        self.missing: list[Missing] = []
        self._add_edges()

    def _add_edges(self) -> None:
        boundaries: list[tuple[Key, Dependency, Relation]] = []
        for key in sorted(self._by_key):
            migration = self._by_key[key]
            for dependency in migration.dependencies:
                if dependency.setting is not None or dependency.name.startswith("__"):
                    boundaries.append((key, dependency, "depends on"))
                elif (target := self._find(key, dependency, "depends on")) is not None:
                    self.parents[key].add(target)
            for dependency in migration.run_before:
                if dependency.setting is not None or dependency.name.startswith("__"):
                    boundaries.append((key, dependency, "runs before"))
                elif (target := self._find(key, dependency, "runs before")) is not None:
                    self.parents[target].add(key)
            for dependency in migration.replaces:
                target = (dependency.app, dependency.name)
                if target in self._by_key and target not in self._superseded and target != key:
                    self.parents[key].add(target)
        # The first and the last migration of an application are known only once the plain edges stand.
        for key, dependency, relation in boundaries:
            target = self._boundary(key, dependency)
            if target is not None and target != key:
                child, parent = (key, target) if relation == "depends on" else (target, key)
                self.parents[child].add(parent)

    def _find(self, key: Key, dependency: Dependency, relation: Relation) -> Key | None:
        """The migration that a dependency names: itself, or the squash that took its place."""
        target = (dependency.app, dependency.name)
        seen = set()
        while (target not in self._by_key or target in self._superseded) and target in self._squashed:
            if target in seen or self._squashed[target] == key:
                break
            seen.add(target)
            target = self._squashed[target]
        if target in self._by_key:
            return target
        if dependency.app in self._names:
            self.missing.append(Missing(key, relation, (dependency.app, dependency.name)))
        return None

    def _boundary(self, key: Key, dependency: Dependency) -> Key | None:
        """What `__first__`, `__latest__` or a swappable dependency stands for; one's own application has none."""
        app = self._user_app if dependency.setting is not None else dependency.app
        if app == key[0] or app not in self._names:
            return None
        keys = [(app, name) for name in self._names[app]]
        if dependency.name == "__latest__":
            inner = {parent for k in keys for parent in self.parents[k] if parent[0] == app}
            ends = [k for k in keys if k not in inner]
        else:
            ends = [k for k in keys if not any(parent[0] == app for parent in self.parents[k])]
        return ends[0] if ends else keys[0]


def _break_cycles(parents: dict[Key, set[Key]]) -> tuple[tuple[Key, ...], ...]:
    """Take one edge out of each cycle of `parents`; every cycle found, starting at its smallest member."""
    cycles = []
    while True:
        sorter = TopologicalSorter({key: sorted(above) for key, above in sorted(parents.items())})
        try:
            sorter.prepare()
        except CycleError as error:
            cycle = error.args[1][:-1]
            start = cycle.index(min(cycle))
            # graphlib lists each node before the one that depends on it.
            cycle = [*cycle[start:], *cycle[:start]]
            parents[cycle[0]].discard(cycle[-1])
            cycles.append(tuple(cycle))
        else:
            return tuple(cycles)


def _django_order(parents: Mapping[Key, set[Key]]) -> Iterator[Key]:
    """Django's plan for `migrate` on an empty database: each leaf in turn, its parents depth first."""
    inner = {parent for key, above in parents.items() for parent in above if parent[0] == key[0]}
    done: set[Key] = set()
    for leaf in sorted(key for key in parents if key not in inner):
        stack = [(leaf, False)]
        while stack:
            key, ready = stack.pop()
            if key in done:
                continue
            if ready:
                done.add(key)
                yield key
            else:
                stack.append((key, True))
                stack.extend((parent, False) for parent in sorted(parents[key]))
