"""A mapping that is never changed, against a dictionary that is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migration_lint.layered import Layered

NAMES = st.sampled_from([f"n{number}" for number in range(60)])


@given(st.dictionaries(NAMES, st.integers()), st.lists(st.tuples(NAMES, st.none() | st.integers()), max_size=120))
def test_it_holds_what_a_dictionary_would(base: dict[str, int], changes: list[tuple[str, int | None]]) -> None:
    expected = dict(base)
    layered: Layered[int] = Layered(base)
    states = []
    for name, value in changes:
        layered = Layered.changed(layered, name, value)
        if value is None:
            expected.pop(name, None)
        else:
            expected[name] = value
        states.append((layered, dict(expected)))
    for state, held in states:  # earlier ones have not changed
        assert dict(state) == held
        assert state == held
        assert (len(state), sorted(state), sorted(state.values())) == (len(held), sorted(held), sorted(held.values()))
        assert all(state.get(name) == held.get(name) for name in ("n0", "n1", "absent"))
