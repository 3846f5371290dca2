"""The order of the history, held to the one that Django's own loader and executor make of the same migrations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from migration_lint import history
from migration_lint.history import Key, Missing
from migration_lint.model.migration import Dependency, Migration
from migration_lint.model.values import Span
from tests.django_database import set_up_django

USER_APP = "b"
SWAPPABLE = ("", "AUTH_USER_MODEL")


@dataclass(frozen=True)
class Node:
    """One migration's edges; SWAPPABLE stands for a dependency on the user model."""

    dependencies: tuple[Key, ...] = ()
    run_before: tuple[Key, ...] = ()
    replaces: tuple[Key, ...] = ()


Nodes = Mapping[Key, Node]


def built(nodes: Nodes) -> history.History:
    return history.build([_ours(key, node) for key, node in nodes.items()], USER_APP)


def _ours(key: Key, node: Node) -> Migration:
    def named(keys: tuple[Key, ...]) -> tuple[Dependency, ...]:
        return tuple(Dependency("", "__first__", setting=k[1]) if k == SWAPPABLE else Dependency(*k) for k in keys)

    return Migration(
        path="/".join(key),
        framework="django",
        app=key[0],
        name=key[1],
        span=Span(1, 1, 1, 1),
        dependencies=named(node.dependencies),
        run_before=named(node.run_before),
        replaces=named(node.replaces),
    )


@cache
def _sqlite() -> Any:
    set_up_django()
    from django.db import connections
    from django.db.backends.sqlite3.base import DatabaseWrapper

    defaults = {"OPTIONS": {}, "TIME_ZONE": None, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True}
    connections["history"] = DatabaseWrapper({"NAME": ":memory:", "ATOMIC_REQUESTS": False, **defaults}, "history")
    return connections["history"]


def djangos_plan(nodes: Nodes, applied: set[Key]) -> list[Key]:
    """The order in which Django runs the migrations on an empty database.

    `applied` decides, as it does in Django, which squashes are put in the place of what they replace: those of which
    all or none are applied.
    """
    from django.db.migrations import Migration as DjangoMigration
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    class Loader(MigrationLoader):
        def load_disk(self) -> None:
            self.unmigrated_apps = set()
            self.migrated_apps = {app for app, _ in nodes}
            self.disk_migrations = {}
            for (app, name), node in nodes.items():
                migration = DjangoMigration(name, app)
                migration.dependencies = [(USER_APP, "__first__") if k == SWAPPABLE else k for k in node.dependencies]
                migration.run_before, migration.replaces = list(node.run_before), list(node.replaces)
                self.disk_migrations[app, name] = migration

    recorder = MigrationRecorder(_sqlite())
    recorder.ensure_schema()
    recorder.flush()
    for key in sorted(applied):
        recorder.record_applied(*key)
    executor = MigrationExecutor.__new__(MigrationExecutor)  # its constructor would look for real applications
    executor.loader = Loader(_sqlite())
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    return [(migration.app_label, migration.name) for migration, _ in plan]


@st.composite
def projects(draw: st.DrawFn) -> Nodes:
    """Applications whose migrations mostly follow one another, with edges across, squashes, gaps and mistakes."""
    sizes = {app: draw(st.integers(1, 5)) for app in "abc"}
    keys = [(app, f"{number:04}") for app, size in sizes.items() for number in range(1, size + 1)]
    places = {key: draw(st.floats(0, 1)) + int(key[1]) for key in keys}  # edges go upwards, so cycles stay rare
    nodes: dict[Key, Node] = {}
    for key in keys:
        below = [other for other in keys if places[other] < places[key]]
        own = [other for other in below if other[0] == key[0]]
        edges = [own[-1]] if own and draw(st.integers(0, 9)) != 7 else []
        edges += draw(st.lists(st.sampled_from(below), max_size=2)) if below else []
        if draw(st.integers(0, 9)) == 7:
            edges.append(
                draw(st.sampled_from([SWAPPABLE, ("a", "__first__"), ("c", "__first__"), ("b", "__latest__")]))
            )
        if draw(st.integers(0, 79)) == 57:
            edges.append(draw(st.sampled_from([*keys, ("a", "9999")])))
        above = [other for other in keys if places[other] > places[key]]
        before = draw(st.lists(st.sampled_from(above), max_size=1)) if above and draw(st.integers(0, 9)) == 7 else []
        nodes[key] = Node(tuple(dict.fromkeys(edges)), tuple(before))
    for app, size in sizes.items():
        if size >= 2 and draw(st.booleans()):
            _squash(draw, nodes, app, size)
    return nodes


def _squash(draw: st.DrawFn, nodes: dict[Key, Node], app: str, size: int) -> None:
    """Replace some migrations of an application by one, as `squashmigrations` does, and delete none, some or all."""
    first = draw(st.integers(1, size - 1))
    last = draw(st.integers(first + 1, size))
    replaced = tuple((app, f"{number:04}") for number in range(first, last + 1))
    outside = [d for key in replaced for d in nodes[key].dependencies if d not in replaced]
    squash = (app, f"{first:04}_squashed_{last:04}")
    nodes[squash] = Node(tuple(dict.fromkeys(outside)), replaces=replaced)
    if draw(st.booleans()):
        for key, node in nodes.items():
            if replaced[-1] in node.dependencies and key not in replaced:
                edges = tuple(squash if d == replaced[-1] else d for d in node.dependencies)
                nodes[key] = replace(node, dependencies=edges)
    for key in draw(st.sampled_from([(), replaced[:1], replaced[-1:], replaced])):
        del nodes[key]


def beside(nodes: Nodes) -> Iterator[Key]:
    """The squashes whose originals are all there."""
    return (key for key, node in nodes.items() if node.replaces and all(k in nodes for k in node.replaces))


@settings(deadline=None, max_examples=250)
@given(projects())
def test_order_is_that_of_django(nodes: Nodes) -> None:
    from django.db.migrations.exceptions import CircularDependencyError, NodeNotFoundError

    ours = built(nodes)
    squashes = set(beside(nodes))
    partly = {nodes[key].replaces[0] for key in squashes}
    try:
        djangos_plan(nodes, set())
        plan = djangos_plan(nodes, partly)
    except ValueError:  # an application whose migrations all depend on each other has no first one
        assert ours.cycles
    except NodeNotFoundError:
        event("missing")
        assert ours.missing
    except CircularDependencyError:
        event("cycle")
        assert ours.cycles
    else:
        event(f"plan, {len(squashes)} squashes beside their originals")
        assert ours.missing == ()
        assert ours.cycles == ()
        assert [key for key in ours.order if key not in squashes] == plan
        assert set(ours.order) == nodes.keys() - ours.superseded
        for key in squashes:
            assert all(ours.order.index(original) < ours.order.index(key) for original in nodes[key].replaces)


def test_latest_of_another_application() -> None:
    found = built(
        {("a", "0001"): Node(), ("a", "0002"): Node((("a", "0001"),)), ("0", "0001"): Node((("a", "__latest__"),))}
    )
    assert found.order == (("a", "0001"), ("a", "0002"), ("0", "0001"))


def test_another_swappable_model_may_be_of_any_application() -> None:
    nodes = {("b", "0001"): Node((("", "WAGTAILIMAGES_IMAGE_MODEL"),)), ("c", "0001"): Node((SWAPPABLE,))}
    assert built(nodes).parents == {("b", "0001"): (), ("c", "0001"): (("b", "0001"),)}


@pytest.mark.parametrize(
    ("edges", "relation"),
    [
        (Node(dependencies=(("a", "0009"),)), "depends on"),
        (Node(run_before=(("a", "0009"),)), "runs before"),
    ],
)
def test_missing_only_where_the_application_is_there(edges: Node, relation: history.Relation) -> None:
    nodes = {("a", "0001"): edges, ("b", "0001"): Node((("elsewhere", "0001"),))}
    assert built(nodes).missing == (Missing(("a", "0001"), relation, ("a", "0009")),)


def test_cycles_are_spelled_out_from_their_smallest_member() -> None:
    nodes = {
        ("a", "0001"): Node((("c", "0001"),)),
        ("b", "0001"): Node((("a", "0001"),)),
        ("c", "0001"): Node((("b", "0001"),)),
        ("c", "0002"): Node((("c", "0002"),)),
    }
    found = built(nodes)
    assert found.cycles == ((("a", "0001"), ("b", "0001"), ("c", "0001")), (("c", "0002"),))
    assert set(found.order) == set(nodes)


def test_a_circle_that_only_a_squash_closes() -> None:
    nodes = {
        ("a", "0001"): Node(),
        ("a", "0002"): Node((("a", "0001"), ("b", "0001"))),
        ("a", "0001_squashed_0002"): Node((("b", "0001"),), replaces=(("a", "0001"), ("a", "0002"))),
        ("b", "0001"): Node((("a", "0001"),)),
    }
    found = built(nodes)
    assert found.cycles == ((("a", "0001_squashed_0002"), ("b", "0001")),)
    assert found.order == (("a", "0001"), ("b", "0001"), ("a", "0002"), ("a", "0001_squashed_0002"))


def test_a_squash_takes_the_place_of_what_is_gone() -> None:
    nodes = {
        ("a", "0001"): Node((("c", "0001"),)),
        ("a", "0001_squashed_0002"): Node(replaces=(("a", "0001"), ("a", "0002"))),
        ("b", "0001"): Node((("a", "0002"),)),
        ("c", "0001"): Node(),
    }
    found = built(nodes)
    assert found.superseded == {("a", "0001")}
    assert found.order == (("c", "0001"), ("a", "0001_squashed_0002"), ("b", "0001"))


def test_a_long_history_and_many_circles_take_little_time() -> None:
    chain = {("a", f"{n:05}"): Node((("a", f"{n - 1:05}"),) if n else ()) for n in range(20_000)}
    assert built(chain).order == tuple(chain)
    pairs = {("a", f"{n:05}"): Node((("a", f"{n ^ 1:05}"),)) for n in range(4_000)}
    assert len(built(pairs).cycles) == 2_000
