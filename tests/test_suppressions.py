from __future__ import annotations

import pytest

from migration_lint.model.values import Span
from migration_lint.source import Source
from migration_lint.suppressions import Problem, Suppressions, Unit, read, remarks

KNOWN = {"drop-column", "drop-table", "blocking-index"}


def units_in(source: Source, *texts: str, containers: tuple[str, ...] = ()) -> list[Unit]:
    """The first place of each text, up to its closing bracket where it opens one."""
    found = []
    for text in (*texts, *containers):
        start = source.text.index(text)
        end = start + len(text)
        if text.endswith(("(", "[")):
            depth = 1
            while depth:
                depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(source.text[end], 0)
                end += 1
        found.append(Unit(source.span(start, end), container=text in containers))
    return found


def covered(text: str, *texts: str, containers: tuple[str, ...] = ()) -> list[str]:
    """The units that the one comment in a text covers, by the text they begin with."""
    source = Source("0001.py", text)
    units = units_in(source, *texts, containers=containers)
    suppressions = read(remarks(source), units)
    assert len(suppressions.entries) == 1
    names = (*texts, *containers)
    return [
        name
        for name, unit in zip(names, units, strict=True)
        if suppressions.match("drop-column", unit.span) is not None
    ]


IGNORE = "# migration-lint: ignore[drop-column] old"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[\n  A(1),  {IGNORE}\n  B(2),\n]", ["A("]),
        (f"[\n  A(1),\n  B(2),  {IGNORE}\n]", ["B("]),
        (f"[\n  {IGNORE}\n  A(1),\n  B(2),\n]", ["A("]),
        (f"[\n  A(1),\n\n  {IGNORE}\n  # more\n\n  B(2),\n]", ["B("]),
        (f"[\n  A(\n    1,  {IGNORE}\n  ),\n  B(2),\n]", ["A("]),
        (f"[\n  A(\n    1,\n    {IGNORE}\n    2\n  ),\n  B(2),\n]", ["A("]),
        (f"[\n  A(  {IGNORE}\n    1,\n  ),\n  B(2),\n]", ["A("]),
        (f"[\n  A(\n    1,\n  ),  {IGNORE}\n  B(2),\n]", ["A("]),
        (f"[A(1), B(2)]  {IGNORE}\n", ["B("]),
        (f"[A(1),  {IGNORE}\n B(2)]", ["A("]),
        (f"[A(\n  1), B(  {IGNORE}\n  2)]", ["A("]),
        (f"[A(1), B(2),\n  {IGNORE}\n]", []),
    ],
)
def test_a_comment_covers_its_own_operation_and_never_the_neighbour(text: str, expected: list[str]) -> None:
    assert covered(text, "A(", "B(") == expected


NESTED = "[\n  S([  #0\n    #1\n    A(1),  #2\n    B(\n      2  #3\n    ),\n  ], #4\n  x=1)  #5\n]"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("#0", ["S(", "A(", "B("]),
        ("#1", ["A("]),
        ("#2", ["A("]),
        ("#3", ["B("]),
        ("#4", ["S(", "A(", "B("]),
        ("#5", ["S(", "A(", "B("]),
    ],
)
def test_a_comment_belongs_to_the_innermost_operation(place: str, expected: list[str]) -> None:
    assert covered(NESTED.replace(place, IGNORE), "S(", "A(", "B(") == expected


@pytest.mark.parametrize("place", ["#0", "#1", "#2"])
def test_a_container_is_covered_from_before_it_its_first_and_its_last_line(place: str) -> None:
    text = "x = 1\n#0\noperations = [  #1\n  A(1),\n  B(2),\n]  #2\n".replace(place, IGNORE)
    assert covered(text, "A(", "B(", containers=("operations = [",)) == ["A(", "B(", "operations = ["]


def test_inside_a_container_a_comment_between_units_covers_what_it_stands_before() -> None:
    text = f"operations = [\n  A(1),\n  {IGNORE}\n  *MORE,\n  B(2),\n]\n"
    assert covered(text, "A(", "B(", containers=("operations = [",)) == []
    assert covered(text, "*MORE") == ["*MORE"]


def test_beside_no_unit_a_comment_covers_its_line_or_the_next_line_of_code() -> None:
    source = Source("0001.py", f"a = 1  {IGNORE}\n{IGNORE}\n\nb = 2\nc = 3\n")
    first, second = read(remarks(source), []).entries
    lines = [Span(line, 1, line, 2) for line in range(1, 6)]
    assert [first.covers("drop-column", span) for span in lines] == [True, False, False, False, False]
    assert [second.covers("drop-column", span) for span in lines] == [False, False, False, True, False]


def test_a_file_comment_covers_everything_of_its_rules() -> None:
    source = Source("0001.py", "A(1)\n# migration-lint: file-ignore[drop-column, drop-table] old ones\n")
    suppressions = read(remarks(source), units_in(source, "A("))
    (entry,) = suppressions.entries
    assert (entry.rules, entry.reason, entry.scope) == (("drop-column", "drop-table"), "old ones", None)
    assert suppressions.match("drop-table", Span(1, 1, 1, 2)) is entry
    assert suppressions.match("blocking-index", Span(1, 1, 1, 2)) is None


def test_the_nearest_of_several_comments_is_the_one_that_is_used() -> None:
    source = Source("0001.py", f"# migration-lint: file-ignore[drop-column] all\nA(1)  {IGNORE}\n")
    suppressions = read(remarks(source), units_in(source, "A("))
    matched = suppressions.match("drop-column", Span(2, 1, 2, 5))
    assert matched is not None
    assert matched.reason == "old"


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# migration-lint: ignore[drop-column] the table is empty", ("drop-column",), "the table is empty"),
        ("#migration-lint:ignore[drop-column,drop-table]", ("drop-column", "drop-table"), ""),
        ("# migration-lint: ignore [ drop-column , drop-column ] - see #12", ("drop-column",), "see #12"),
        ("# noqa: E501  # migration-lint: ignore[drop-column] why  # pragma: no cover", ("drop-column",), "why"),
        ("# migration-lint: ignore[acme/no-foo] ours", ("acme/no-foo",), "ours"),
    ],
)
def test_the_forms_of_a_comment(comment: str, rules: tuple[str, ...], reason: str) -> None:
    (entry,) = read(remarks(Source("0001.py", f"A(1)  {comment}\n")), []).entries
    assert (entry.rules, entry.reason) == (rules, reason)


@pytest.mark.parametrize(
    "comment",
    [
        "# migration-lint: ignore",
        "# migration-lint: ignore drop-column",
        "# migration-lint: ignore[] nothing",
        "# migration-lint: noqa",
        "# migration-lint: disable=drop-column",
        "# migration-lint ignore[drop-column] no colon",
        "# migration_lint: ignore[drop-column]",
        "# Migration-Lint: ignore[drop-column]",
        "# migration-lint[drop-column]",
        "# migration-lint: ignore[drop-column",
    ],
)
def test_what_was_meant_to_be_a_comment_is_not_passed_over(comment: str) -> None:
    source = Source("0001.py", f"A(1)  {comment}\n")
    suppressions = read(remarks(source), [])
    message = "expected `migration-lint: ignore[rule] reason` or `migration-lint: file-ignore[rule] reason`"
    span = Span(1, 7, 1, 7 + len(comment))
    assert suppressions == Suppressions((), (Problem("unknown-rule-in-ignore", span, message),))


@pytest.mark.parametrize(
    "text",
    [
        "# see the documentation of migration-lint\n",
        "# migration-linting is fun\n",
        "x = '# migration-lint: ignore[drop-column]'\n",
        "'''\n# migration-lint: ignore[drop-column]\n'''\n",
        "# noqa\n",
    ],
)
def test_other_text_is_none(text: str) -> None:
    assert remarks(Source("0001.py", text)) == []


def test_says_what_is_wrong_with_comments() -> None:
    source = Source(
        "0001.py",
        "A(1)  # migration-lint: ignore[drop-column, drop-table, blocking-index]\n"
        "B(2)  # migration-lint: ignore[drop-colum] typing\n"
        "C(3)  # migration-lint: ignore\n",
    )
    suppressions = read(remarks(source), units_in(source, "A(", "B(", "C("))
    used = suppressions.match("drop-column", Span(1, 1, 1, 5))
    assert used is not None
    ran = {"drop-column", "drop-table"}
    problems = list(suppressions.problems({(used, "drop-column")}, ran, KNOWN, lambda *_: None))
    assert [(problem.rule, problem.span.line, problem.message) for problem in problems] == [
        ("unused-ignore", 1, "drop-table finds nothing here"),
        ("ignore-without-reason", 1, "the comment does not say why"),
        ("unknown-rule-in-ignore", 2, "there is no rule 'drop-colum'; did you mean 'drop-column'?"),
        (
            "unknown-rule-in-ignore",
            3,
            "expected `migration-lint: ignore[rule] reason` or `migration-lint: file-ignore[rule] reason`",
        ),
    ]
