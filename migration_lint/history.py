"""The graph of all migrations: what depends on what, what is missing, and the order the framework would run them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from migration_lint.model.alembic import AlembicOperation
from migration_lint.model.migration import Dependency, Migration
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import CreateIndex
from migration_lint.model.values import Value

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
class Review:
    """What is under review: what has come since a revision of the repository, at which all else is released.

    `title` is how messages name that revision. `new` are the migrations that it does not have; `edited` those that ask
    the database for something else now, and `deleted` those that are gone, as they were.
    """

    title: str
    new: frozenset[Key] = frozenset()
    edited: tuple[Key, ...] = ()
    deleted: tuple[Migration, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """All migrations by key, and how they hang together.

    `parents` holds, for each migration, those that must run before it. `order` is the order Django runs them in on
    an empty database; members of a cycle stand in it too, with one edge of their cycle left out. A squash stands in
    it behind the migrations that it replaces.
    `squashed` maps a replaced migration to the one that replaces it. `superseded` are replaced migrations that can't
    be replayed because others replaced with them are gone: they have no place in the graph, and who depends on them
    depends on their squash. `cycles` lists each migration before the one that needs it, the first needing the last.
    `review` is None where nobody has chosen what is under review: then every migration is a release of its own.
    """

    migrations: Mapping[Key, Migration] = field(default_factory=dict)
    parents: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)
    order: tuple[Key, ...] = ()
    missing: tuple[Missing, ...] = ()
    cycles: tuple[tuple[Key, ...], ...] = ()
    squashed: Mapping[Key, Key] = field(default_factory=dict)
    superseded: frozenset[Key] = frozenset()
    review: Review | None = None
    _built: set[tuple[str, frozenset[str | None]]] = field(default_factory=set, init=False, repr=False, compare=False)

    def builds_index_in_sql(self, table: str, columns: Iterable[str]) -> bool:
        """Whether a file of SQL, wherever in the history, builds an index that begins with these columns."""
        if not self._built:
            self._built.add(("", frozenset()))  # no table's name: all has been looked through
            for migration in self.migrations.values():
                self._built.update(_beginnings(migration))
        return (table, frozenset(columns)) in self._built

    def deployment_order(self) -> tuple[Key, ...]:
        """The order in which a database gets them that has run all that is released: new ones last if they can be."""
        if self.review is None or not self.review.new:
            return self.order
        late: dict[Key, None] = {}
        for key in self.order:
            if key in self.review.new or not late.keys().isdisjoint(self.parents.get(key, ())):
                late[key] = None
        return (*(key for key in self.order if key not in late), *late)


def _beginnings(migration: Migration) -> Iterator[tuple[str, frozenset[str | None]]]:
    """The table and the leading columns of each index for all rows that a migration of SQL or of Alembic's builds."""
    for operation in migration.operations:
        if isinstance(operation, AlembicOperation) and operation.name == "create_index":
            yield from _alembic_beginnings(dict(operation.options))
        for statement in operation.command.statements if isinstance(operation, SqlStatement) else ():
            if isinstance(statement, CreateIndex) and statement.index.where is None:
                keys = [key.column for key in statement.index.keys]
                yield from ((statement.index.table, frozenset(keys[: end + 1])) for end in range(len(keys)))


def build(migrations: Iterable[Migration], user_app: str) -> History:
    """The history of `migrations`; `user_app` is the label of the application that holds AUTH_USER_MODEL."""
    by_key = {(migration.app, migration.name): migration for migration in migrations}
    squashed, superseded = _squashes(by_key)
    written = _Written(by_key, squashed, user_app)
    gone = {target: squash for target, squash in squashed.items() if target not in by_key or target in superseded}
    parents = _contracted(written.parents, gone)
    beside = {key: replaced for key in parents if (replaced := _replaced(by_key[key]) & parents.keys())}
    run = _without(parents, beside)
    cycles = _break_cycles(run)
    if squashed and not cycles:  # a new database runs the squashes, which may close a circle of their own
        cycles = _break_cycles(_contracted(written.parents, squashed))
    for key, replaced in beside.items():
        parents[key] |= replaced
    return History(
        migrations=by_key,
        parents={key: tuple(sorted(above)) for key, above in parents.items()},
        order=_with(_django_order(run), parents, sorted(beside)),
        missing=tuple(written.missing),
        cycles=cycles,
        squashed=squashed,
        superseded=superseded,
    )


def _alembic_beginnings(options: Mapping[str, Value]) -> Iterator[tuple[str, frozenset[str | None]]]:
    table, columns = options.get("table_name"), options.get("columns")
    if isinstance(table, str) and isinstance(columns, tuple) and "postgresql_where" not in options:
        names = [column if isinstance(column, str) else None for column in columns]
        yield from ((table, frozenset(names[: end + 1])) for end in range(len(names)))


def _squashes(by_key: Mapping[Key, Migration]) -> tuple[dict[Key, Key], frozenset[Key]]:
    """Which migration replaces which, and the replaced ones that stand no longer on firm ground."""
    squashed: dict[Key, Key] = {}
    superseded: set[Key] = set()
    for key in sorted(by_key):
        replaced = _replaced(by_key[key])
        squashed.update((target, key) for target in replaced)
        if any(target not in by_key for target in replaced):
            superseded.update(target for target in replaced if target in by_key)
    return squashed, frozenset(superseded)


def _replaced(migration: Migration) -> set[Key]:
    return {(d.app, d.name) for d in migration.replaces} - {(migration.app, migration.name)}


def _contracted(parents: Mapping[Key, set[Key]], replaced: Mapping[Key, Key]) -> dict[Key, set[Key]]:
    """The graph with squashes in the place of what they replace, edges included."""
    result: dict[Key, set[Key]] = {key: set() for key in parents if key not in replaced}
    for child, above in parents.items():
        kept = _replacement(child, replaced)
        for parent in above:
            target = _replacement(parent, replaced)
            if target in result and kept in result and (target != kept or child == parent):
                result[kept].add(target)
    return result


def _without(parents: Mapping[Key, set[Key]], beside: Mapping[Key, set[Key]]) -> dict[Key, set[Key]]:
    """The graph without the squashes that stand beside what they replace: who needs one needs the last of those."""
    result = {key: set(above) for key, above in parents.items()}
    for squash, replaced in beside.items():
        del result[squash]
        last = {key for key in replaced if key in result}
        last -= {parent for key in last for parent in result[key]}
        for above in result.values():
            if squash in above:
                above.remove(squash)
                above |= last
    return result


def _with(order: Iterable[Key], parents: Mapping[Key, set[Key]], beside: Iterable[Key]) -> tuple[Key, ...]:
    """The order with squashes put in, each behind all that it replaces and needs."""
    result = list(order)
    for squash in beside:
        needed = parents[squash]
        last = max((index for index, key in enumerate(result) if key in needed), default=-1)
        result.insert(last + 1, squash)
    return tuple(result)


def _replacement(key: Key, replaced: Mapping[Key, Key]) -> Key:
    """What stands for a migration in the end: itself, its squash, or the squash of that."""
    seen = {key}
    while key in replaced and replaced[key] not in seen:
        key = replaced[key]
        seen.add(key)
    return key


class _Written:
    """The edges between migrations as their files name them, missing ends included, and which of these nobody has."""

    def __init__(self, by_key: Mapping[Key, Migration], squashed: Mapping[Key, Key], user_app: str) -> None:
        self._by_key = by_key
        self._squashed = squashed
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
            named: list[tuple[Dependency, Relation]] = [(d, "depends on") for d in migration.dependencies]
            named += [(d, "runs before") for d in migration.run_before]
            for dependency, relation in named:
                target = (dependency.app, dependency.name)
                if target in self._by_key or target in self._squashed:
                    self._add(key, target, relation)
                elif dependency.setting or dependency.name == "__first__" or _is_latest_of_another(dependency, key):
                    boundaries.append((key, dependency, relation))
                elif dependency.app in self._names:
                    self.missing.append(Missing(key, relation, target))
        # The first and the last migration of an application are known only once the plain edges stand.
        for key, dependency, relation in boundaries:
            boundary = self._boundary(key, dependency)
            if boundary is not None and boundary != key:
                self._add(key, boundary, relation)

    def _add(self, key: Key, target: Key, relation: Relation) -> None:
        child, parent = (key, target) if relation == "depends on" else (target, key)
        self.parents.setdefault(child, set()).add(parent)

    def _boundary(self, key: Key, dependency: Dependency) -> Key | None:
        """What `__first__`, `__latest__` or a swappable dependency stands for; one's own application has none.

        A setting other than AUTH_USER_MODEL may mean any application, so it stands for none.
        """
        app = dependency.app
        if dependency.setting is not None:
            app = self._user_app if dependency.setting == "AUTH_USER_MODEL" else app
        if app == key[0] or app not in self._names:
            return None
        keys = [(app, name) for name in self._names[app]]
        if dependency.name == "__latest__":
            inner = {parent for k in keys for parent in self.parents[k] if parent[0] == app}
            ends = [k for k in keys if k not in inner]
        else:
            ends = [k for k in keys if not any(parent[0] == app for parent in self.parents[k])]
        return ends[0] if ends else keys[0]


def _is_latest_of_another(dependency: Dependency, key: Key) -> bool:
    """Whether a dependency stands for the last migration of an application; Django takes one's own for a name."""
    return dependency.name == "__latest__" and dependency.app != key[0]


def _break_cycles(parents: dict[Key, set[Key]]) -> tuple[tuple[Key, ...], ...]:
    """Take one edge out of each cycle of `parents`; every cycle found, starting at its smallest member."""
    cycles = []
    done: set[Key] = set()
    for start in sorted(parents):
        path: dict[Key, Iterator[Key]] = {} if start in done else {start: iter(sorted(parents[start]))}
        while path:
            key = next(reversed(path))
            parent = next(path[key], None)
            if parent is None:
                path.popitem()
                done.add(key)
            elif parent in path:
                parents[key].discard(parent)
                chain = list(path)
                cycle = chain[chain.index(parent) :][::-1]
                first = cycle.index(min(cycle))
                cycles.append((*cycle[first:], *cycle[:first]))
            elif parent not in done:
                path[parent] = iter(sorted(parents[parent]))
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
