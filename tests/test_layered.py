"""Mappings and sets that are never changed, against a dictionary that is."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from migration_lint.layered import Layered, Names, differing, put, taken

NAMES = st.sampled_from([f"n{number}" for number in range(90)])
CHANGES = st.lists(st.tuples(NAMES, st.none() | st.integers()), max_size=200)


def changed(mapping: Mapping[str, int], name: str, value: int | None) -> Mapping[str, int]:
    return taken(mapping, name) if value is None else put(mapping, name, value)


@given(st.dictionaries(NAMES, st.integers(), max_size=80), CHANGES)
def test_it_holds_what_a_dictionary_would(base: dict[str, int], changes: list[tuple[str, int | None]]) -> None:
    expected = dict(base)
    mapping: Mapping[str, int] = base
    states = []
    for name, value in changes:
        mapping = changed(mapping, name, value)
        if value is None:
            expected.pop(name, None)
        else:
            expected[name] = value
        states.append((mapping, dict(expected)))
    for state, held in states:  # earlier ones have not changed
        assert dict(state) == held
        assert state == held
        assert (len(state), sorted(state), sorted(state.values())) == (len(held), sorted(held), sorted(held.values()))
        assert sorted(state.items()) == sorted(held.items())
        assert all(state.get(name) == held.get(name) for name in ("n0", "n1", "absent"))
        assert [name in state for name in ("n0", "n1", "absent")] == [name in held for name in ("n0", "n1", "absent")]


@given(st.dictionaries(NAMES, st.integers(), max_size=80), CHANGES, CHANGES)
def test_what_differs_is_what_was_changed(
    base: dict[str, int], changes: list[tuple[str, int | None]], others: list[tuple[str, int | None]]
) -> None:
    def after(mapping: Mapping[str, int], steps: list[tuple[str, int | None]]) -> Mapping[str, int]:
        for name, value in steps:
            mapping = changed(mapping, name, value)
        return mapping

    one = after(base, changes)
    for old, new in ((base, one), (one, base), (one, after(one, others)), (one, after(base, others))):
        assert sorted(differing(old, new)) == sorted(
            name for name in {*old, *new} if old.get(name) is not new.get(name)
        )


def test_a_thousand_names_are_not_copied_for_each_change() -> None:
    mapping: Mapping[str, int] = {}
    states = []
    for number in range(1000):
        mapping = put(mapping, f"n{number}", number)
        states.append(mapping)
    layers = {id(layer): len(layer) for state in states if isinstance(state, Layered) for layer in state._layers}
    assert sum(layers.values()) < 1000 * 40  # 500,000 if each were a copy
    assert list(mapping) == [f"n{number}" for number in range(1000)]


@given(st.frozensets(NAMES), st.lists(NAMES), st.lists(NAMES))
def test_a_set_holds_what_a_set_would(names: frozenset[str], more: list[str], fewer: list[str]) -> None:
    found = Names(names).plus(more)
    assert found == names | set(more)
    assert found.minus(fewer) == (names | set(more)) - set(fewer)
    assert len(found) == len(names | set(more))
    assert found.plus(more) is found
    assert all(name in found for name in more)
