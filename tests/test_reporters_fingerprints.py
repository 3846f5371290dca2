"""GitHub's line hash, against the vectors of its own tests, and our own fingerprints."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_lint.model.values import Span
from migration_lint.reporters.fingerprints import identities, line_hashes
from tests.reports import COLUMN, INDEX

GREETINGS = [
    "e9496ae3ebfced30:1",
    "fb7c023a8b9ccb3f:1",
    "ce8ba1a563dcdaca:1",
    "e20e36e16fcb0cc8:1",
    "b3edc88f2938467e:1",
    "c8e28b0b4002a3a0:1",
    "c129715d7a2bc9a3:1",
]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        (
            " a\nb\n  \t\tc\n d",
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
        ),
        (
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
            [
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ],
        ),
        (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", GREETINGS),
        (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", GREETINGS),
        (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", GREETINGS),
        (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", GREETINGS),
        (
            "Lorem ipsum dolor sit amet.\n" * 10,
            [
                "a7f2ff13bc495cf2:1",
                "a7f2ff13bc495cf2:2",
                "a7f2ff13bc495cf2:3",
                "a7f2ff13bc495cf2:4",
                "a7f2ff13bc495cf2:5",
                "a7f2ff13bc495cf2:6",
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
    ],
)
def test_the_vectors_of_the_upload_action(data: str, expected: list[str]) -> None:
    assert line_hashes(data.encode()) == expected


def rolled(data: bytes) -> list[str]:
    """The upload action's algorithm as it is written there: a window of 100 units rolls over the file."""
    window, starts = [0] * 100, [False] * 100
    value = index = 0
    line_start, after_return = True, False
    hashes: list[str] = []

    def output() -> None:
        text = f"{value:x}"
        hashes.append(f"{text}:{1 + sum(known.split(':')[0] == text for known in hashes)}")
        starts[index] = False

    def update(unit: int) -> None:
        nonlocal value, index
        value = (37 * value + unit - 37**100 * window[index]) % 2**64
        window[index] = unit
        index = (index + 1) % 100

    encoded = data.decode("utf-8", "replace").encode("utf-16-be")
    units = [int.from_bytes(encoded[at : at + 2], "big") for at in range(0, len(encoded), 2)]
    for unit in [*units, 65535]:
        if unit in (0x20, 0x09) or (after_return and unit == 0x0A):
            after_return = False
            continue
        after_return = unit == 0x0D
        unit = 0x0A if after_return else unit
        if starts[index]:
            output()
        starts[index] = starts[index] or line_start
        line_start = unit == 0x0A
        update(unit)
    for _ in range(100):
        if starts[index]:
            output()
        update(0)
    return hashes


@given(st.text(st.sampled_from("ab \t\r\n\N{SNOWMAN}\N{GRINNING FACE}\ufeff\uffff\0")))
def test_any_text(text: str) -> None:
    assert line_hashes(text.encode()) == rolled(text.encode())


@given(
    st.lists(st.sampled_from([b"x" * 60, b"y" * 37, b" z", b"\r", b"\n", b"\r\n", b"\xf0\x9f\x98\x80", b"\xe9\xff"]))
)
def test_any_bytes(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert line_hashes(data) == rolled(data)


def test_a_hash_a_line() -> None:
    assert len(line_hashes(b"a\r\nb\rc\n\x0c\xe2\x80\xa8\n")) == 5


def test_identities_do_not_know_lines_or_messages() -> None:
    moved = replace(INDEX, span=Span(99, 1, 99, 2), path="moved.py", message="Other words.", advice="")
    assert identities([INDEX, COLUMN]) == identities([moved, COLUMN])


def test_identities_are_numbered_and_differ_by_rule_and_parts() -> None:
    other_rule = replace(INDEX, rule="table-scan")
    joined = replace(INDEX, identity=("shop0004_book", "AddIndex", "shop_book", "shop_book_isbn_idx"))
    first, again, ruled, glued = identities([INDEX, INDEX, other_rule, joined])
    assert (first, again) == ("579e97edf15ca19c:1", "579e97edf15ca19c:2")
    assert len({first, ruled, glued}) == 3


def test_a_finding_without_identity_is_known_by_its_file() -> None:
    one, other = identities([replace(INDEX, identity=(), path=path) for path in ("a.py", "caf\udce9.py")])
    assert one.endswith(":1")
    assert other.endswith(":1")
    assert one != other
