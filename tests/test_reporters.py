"""The formats for people, for programs and for GitHub's log."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import migration_lint
from migration_lint.model.values import Span
from migration_lint.reporters import FORMATS
from migration_lint.reporters.base import Coverage, SourceText
from tests.reports import COLUMN, INDEX, INDEX_EFFECTS, PATH, SQL, SUPPRESSED, at, report, text

SUMMARY = """\
Found 1 error, 1 warning, 1 info.
Checked 38 migrations, 112 operations, 2 not analysed (for PostgreSQL 14).
"""


def excerpt(source: str, span: Span, **options: int) -> list[str]:
    """The lines of the one finding between its header and its message."""
    lines = text("full", at(source, span), **options).split("\n")
    return lines[1 : lines.index("  The SQL could not be read.")]


def test_full_at_80_columns() -> None:
    assert text("full", report(SQL, COLUMN, INDEX)) == (
        """\
shop/migrations/0004_book.py:8:9: error[blocking-index]
   8 | migrations.AddIndex(
     | ^^^^^^^^^^^^^^^^^^^^
   9 |     model_name="book",
  10 |     index=models.Index(fields=["isbn"], name="shop_book_isbn_idx"),
  11 | ),
     | ^
  Takes SHARE on shop_book and builds shop_book_isbn_idx under it: writes to it
  wait until it is built.
  - shop/migrations/0001_initial.py:3:5: shop_book is created here.
  Instead:
      atomic = False

      operations = [
          AddIndexConcurrently(
              ...
          ),
      ]

shop/migrations/0004_book.py:12:9: warning[add-not-null-column]
  12 | migrations.AddField("book", "tags", ArrayField(models.TextField())),
     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  shop_book gets tags varchar[], which the running release does not fill

shop/migrations/0004_book.py:13:9: info[not-analysed]
  13 | migrations.RunSQL("SELECT 1"),
     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  The SQL could not be read.

"""
        + SUMMARY
    )


def test_full_uses_the_width_but_for_very_wide_terminals() -> None:
    long = replace(SQL, message="word " * 60)
    assert [len(line) for line in text("full", report(long), width=120).split("\n")[3:6]] == [116, 116, 71]
    assert text("full", report(long), width=400) == text("full", report(long), width=120)


def test_full_in_colours() -> None:
    lines = text("full", report(COLUMN), color=True).split("\n")
    assert lines[0] == (
        "\x1b[1mshop/migrations/0004_book.py:12:9\x1b[0m: \x1b[1;33mwarning\x1b[0m[\x1b[1madd-not-null-column\x1b[0m]"
    )
    assert lines[1].startswith("\x1b[2m  12 |\x1b[0m migrations.AddField(")
    assert lines[2] == "\x1b[2m     |\x1b[0m \x1b[1;33m" + "^" * 67 + "\x1b[0m"


@pytest.mark.parametrize("output_format", ["full", "concise", "statistics"])
def test_colours_only_add(output_format: str) -> None:
    colored = text(output_format, report(SQL, COLUMN, INDEX), color=True)
    assert "\x1b" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == text(output_format, report(SQL, COLUMN, INDEX))


def test_the_advice_is_printed_as_it_is() -> None:
    advice = "\n" + "x" * 200 + "\r\n\tif a:\n\n        pass  \n"
    lines = text("full", report(replace(SQL, advice=advice)), color=True).split("\n")
    start = lines.index("  \x1b[1mInstead:\x1b[0m")
    assert lines[start + 1 : start + 6] == ["      " + "x" * 200, "          if a:", "", "              pass", ""]


def test_suppressed_findings_are_counted_and_shown_only_when_asked_for() -> None:
    hidden = """\
No findings (1 suppressed).
Checked 38 migrations, 112 operations, 2 not analysed (for PostgreSQL 14).
"""
    for output_format in ("full", "concise", "statistics"):
        assert text(output_format, report(SUPPRESSED)) == hidden
    shown = text("full", report(SUPPRESSED), show_suppressed=True)
    assert shown.split("\n")[1] == "  Suppressed: the table is small"
    assert shown.endswith(hidden)
    assert text("concise", report(replace(SQL, suppressed="")), show_suppressed=True) == (
        "shop/migrations/0004_book.py:13:9: info[not-analysed] (suppressed) The SQL could not be read.\n" + hidden
    )


@pytest.mark.parametrize(
    ("findings", "coverage", "expected"),
    [
        (
            [],
            Coverage(files=1, migrations=1, operations=1, not_analysed=0),
            "No findings.\nChecked 1 migration, 1 operation, 0 not analysed (for PostgreSQL 14).\n",
        ),
        (
            [],
            Coverage(files=0, migrations=0, operations=0, not_analysed=0),
            "No migrations found.\nChecked 0 migrations, 0 operations, 0 not analysed (for PostgreSQL 14).\n",
        ),
        (
            [],
            Coverage(files=3, migrations=1, operations=2, not_analysed=1, skipped=2),
            (
                "No findings.\nChecked 1 migration, 2 operations, 1 not analysed (for PostgreSQL 14).\n"
                "Skipped 2 files without a migration.\n"
            ),
        ),
        (
            [INDEX, replace(INDEX, span=Span(9, 1, 9, 2)), SUPPRESSED, SUPPRESSED, SQL],
            Coverage(files=3, migrations=1, operations=2, not_analysed=1, skipped=1),
            (
                "Found 2 errors, 1 info (2 suppressed).\n"
                "Checked 1 migration, 2 operations, 1 not analysed (for PostgreSQL 14).\n"
                "Skipped 1 file without a migration.\n"
            ),
        ),
    ],
)
def test_summary(findings: list, coverage: Coverage, expected: str) -> None:
    printed = text("concise", report(*findings, coverage=coverage))
    assert printed.split("\n", len([f for f in findings if f.suppressed is None]))[-1] == expected


@pytest.mark.parametrize("output_format", ["full", "concise", "statistics", "github"])
def test_the_summary_can_be_left_out(output_format: str) -> None:
    assert text(output_format, report(), summary=False) == ""
    quiet = text(output_format, report(SQL), summary=False)
    assert "not-analysed" in quiet
    assert text(output_format, report(SQL)).startswith(quiet)
    assert "Found" not in quiet


def test_excerpt_of_a_long_region() -> None:
    source = "x = [\n" + "".join(f"    {n},\n" for n in range(98, 198)) + "]\n"
    assert excerpt(source, Span(1, 5, 102, 2)) == [
        "    1 | x = [",
        "      |     ^",
        "    2 |     98,",
        "    3 |     99,",
        "    4 |     100,",
        "  ... |",
        "  102 | ]",
        "      | ^",
    ]
    assert excerpt("a(\n1,\n2,\n3,\n4,\n)", Span(1, 1, 6, 2)) == [
        "  1 | a(",
        "    | ^^",
        "  2 | 1,",
        "  3 | 2,",
        "  4 | 3,",
        "  5 | 4,",
        "  6 | )",
        "    | ^",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_excerpt_knows_every_line_end(end: str) -> None:
    source = end.join(["first", "\tif x:", "\t\ty\x0c = 1", "last"])
    assert excerpt(source, Span(3, 3, 3, 9)) == ["  3 | y\\x0c = 1", "    | ^^^^^^^^^"]
    # The tab that both lines share is left out; an end at the start of a line is the end of the line before.
    assert excerpt(source, Span(2, 2, 4, 1)) == [
        "  2 | if x:",
        "    | ^^^^^",
        "  3 |     y\\x0c = 1",
        "    |     ^^^^^^^^^",
    ]


@pytest.mark.parametrize(
    ("line", "span", "expected"),
    [
        ("a = '東京', b", (5, 9), ["a = '東京', b", "    ^^^^^^"]),
        ("東 = '東京', b", (11, 12), ["東 = '東京', b", "             ^"]),
        ("e\u0301e\u0301 = x", (6, 7), ["e\u0301e\u0301 = x", "   ^"]),
        ("x = '\x1b[31mred\u202e'", (5, 16), ["x = '\\x1b[31mred\\u202e'", "    ^^^^^^^^^^^^^^^^^^^"]),
        ("x\t= '\t'", (3, 8), ["x   = ' '", "    ^^^^^"]),
        ("nul \0, surrogate \udcff", (5, 6), ["nul \\x00, surrogate \\udcff", "    ^^^^"]),
        ("empty", (3, 3), ["empty", "  ^"]),
        ("short", (6, 99), ["short", "     ^"]),
    ],
)
def test_excerpt_never_disturbs_the_terminal(line: str, span: tuple[int, int], expected: list[str]) -> None:
    shown = excerpt(line, Span(1, span[0], 1, span[1]))
    assert [row[6:] for row in shown] == expected


def test_excerpt_cuts_long_lines_around_the_region() -> None:
    assert excerpt("x = " + "a" * 74, Span(1, 5, 1, 79), width=40) == [
        "  1 | x = " + "a" * 27 + "...",
        "    |     " + "^" * 30,
    ]
    assert excerpt("x" * 500 + "HERE" + "y" * 500, Span(1, 501, 1, 505), width=60) == [
        "  1 | ..." + "x" * 20 + "HERE" + "y" * 24 + "...",
        "    | " + " " * 23 + "^^^^",
    ]
    assert excerpt("x" * 34, Span(1, 1, 1, 2), width=40) == ["  1 | " + "x" * 34, "    | ^"]
    assert excerpt("京" * 30, Span(1, 1, 1, 2), width=40) == ["  1 | " + "京" * 15 + "...", "    | ^^"]


def test_excerpt_is_left_out_where_there_is_nothing_to_show() -> None:
    for source in ("", "\n\n", "one line"):
        lines = text("full", at(source, Span(2, 1, 2, 1))).split("\n")
        assert lines[:2] == ["shop/migrations/0004_book.py:2:1: info[not-analysed]", "  The SQL could not be read."]
    assert text("full", report(SQL, sources={})).split("\n")[1] == "  The SQL could not be read."


@given(
    st.text(st.characters(codec=None), max_size=300),
    st.integers(1, 5),
    st.integers(1, 300),
    st.integers(0, 5),
    st.integers(1, 300),
    st.integers(20, 130),
)
def test_full_takes_any_source(source: str, line: int, column: int, more: int, end: int, width: int) -> None:
    printed = text("full", at(source, Span(line, column, line + more, end)), width=width)
    assert printed.replace("\n", "").isprintable()


def test_concise() -> None:
    hostile = replace(SQL, message="Two\nlines \x1b[2J of it.", path="a\nb\x07.py")
    assert text("concise", report(SQL, COLUMN, INDEX, hostile)).split("\n")[:4] == [
        "a\\nb\\x07.py:13:9: info[not-analysed] Two lines \\x1b[2J of it.",
        (
            "shop/migrations/0004_book.py:8:9: error[blocking-index] Takes SHARE on shop_book and builds "
            "shop_book_isbn_idx under it: writes to it wait until it is built."
        ),
        (
            "shop/migrations/0004_book.py:12:9: warning[add-not-null-column] shop_book gets tags varchar[], which the "
            "running release does not fill"
        ),
        "shop/migrations/0004_book.py:13:9: info[not-analysed] The SQL could not be read.",
    ]


def test_statistics_are_worst_first() -> None:
    more = [replace(COLUMN, span=Span(n, 1, n, 2)) for n in range(1, 11)]
    other = replace(COLUMN, rule="table-scan")
    assert text("statistics", report(SQL, COLUMN, INDEX, *more, other)) == (
        """\
 1  error    blocking-index
11  warning  add-not-null-column
 1  warning  table-scan
 1  info     not-analysed

Found 1 error, 12 warnings, 1 info.
Checked 38 migrations, 112 operations, 2 not analysed (for PostgreSQL 14).
"""
    )


def test_json_is_the_contract() -> None:
    printed = text("json", report(COLUMN, INDEX, replace(SUPPRESSED, span=Span(1, 1, 1, 2))))
    document = json.loads(printed)
    assert printed == json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    assert document == {
        "version": 1,
        "tool": {"name": "migration-lint", "version": migration_lint.__version__, "database": "PostgreSQL 14"},
        "findings": [
            {
                "rule": "blocking-index",
                "family": "locking",
                "severity": "error",
                "message": INDEX.message,
                "advice": INDEX.advice,
                "path": "shop/migrations/0004_book.py",
                "line": 8,
                "column": 9,
                "end_line": 11,
                "end_column": 10,
                "related": [
                    {
                        "path": "shop/migrations/0001_initial.py",
                        "line": 3,
                        "column": 5,
                        "end_line": 9,
                        "end_column": 6,
                        "message": "shop_book is created here.",
                    }
                ],
                "effects": INDEX_EFFECTS,
                "fixable": False,
                "fingerprint": "579e97edf15ca19c:2",
            },
            {
                "rule": "add-not-null-column",
                "family": "compatibility",
                "severity": "warning",
                "message": COLUMN.message,
                "advice": "",
                "path": "shop/migrations/0004_book.py",
                "line": 12,
                "column": 9,
                "end_line": 12,
                "end_column": 76,
                "related": [],
                "effects": [],
                "fixable": True,
                "fingerprint": "2e0054486dcc8a7c:1",
            },
        ],
        "summary": {
            "files": 40,
            "migrations": 38,
            "operations": 112,
            "not_analysed": 2,
            "errors": 1,
            "warnings": 1,
            "infos": 0,
            "suppressed": 1,
        },
        "history": {"migrations": 90, "operations": 412},
    }
    assert list(document) == ["version", "tool", "findings", "summary", "history"]
    assert list(document["findings"][0]) == [
        "rule", "family", "severity", "message", "advice", "path", "line", "column", "end_line", "end_column",
        "related", "effects", "fixable", "fingerprint",
    ]  # fmt: skip


def test_json_says_which_findings_are_suppressed() -> None:
    findings = json.loads(text("json", report(SUPPRESSED, SQL), show_suppressed=True))["findings"]
    assert [finding.get("suppressed") for finding in findings] == ["the table is small", None]


def test_json_keeps_what_is_not_unicode() -> None:
    printed = text("json", report(replace(SQL, path="caf\udce9.py", message="Ü \ud83d é.")))
    assert '"path": "caf\\udce9.py"' in printed
    assert '"message": "Ü \\ud83d é."' in printed
    assert json.loads(printed.encode())["findings"][0]["path"] == "caf\udce9.py"


def test_github() -> None:
    assert text("github", report(SQL, COLUMN, INDEX, SUPPRESSED), show_suppressed=True) == (
        "::error title=migration-lint (blocking-index),file=shop/migrations/0004_book.py,line=8,endLine=11"
        "::shop/migrations/0004_book.py:8:9: blocking-index: Takes SHARE on shop_book and builds shop_book_isbn_idx "
        "under it: writes to it wait until it is built.%0A%0Aatomic = False%0A%0Aoperations = [%0A"
        "    AddIndexConcurrently(%0A        ...%0A    ),%0A]\n"
        "::warning title=migration-lint (add-not-null-column),file=shop/migrations/0004_book.py,line=12,endLine=12,"
        "col=9,endColumn=76::shop/migrations/0004_book.py:12:9: add-not-null-column: shop_book gets tags varchar[], "
        "which the running release does not fill\n"
        "::notice title=migration-lint (not-analysed),file=shop/migrations/0004_book.py,line=13,endLine=13,"
        "col=9,endColumn=38::shop/migrations/0004_book.py:13:9: not-analysed: The SQL could not be read.\n"
        "Found 1 error, 1 warning, 1 info (1 suppressed).\n"
        "Checked 38 migrations, 112 operations, 2 not analysed (for PostgreSQL 14).\n"
    )


def test_github_escapes() -> None:
    odd = replace(SQL, path="a,b:c%d/é.py", message="100 %: a,\r\nb::error::c")
    assert text("github", report(odd)).split("\n")[0] == (
        "::notice title=migration-lint (not-analysed),file=a%2Cb%3Ac%25d/é.py,line=13,endLine=13,col=9,endColumn=38"
        "::a,b:c%25d/é.py:13:9: not-analysed: 100 %25: a,%0D%0Ab::error::c"
    )


def test_github_names_files_from_the_top_of_the_repository() -> None:
    printed = text("github", report(SQL, folder=Path("/srv/backend"), root=Path("/srv")))
    assert ",file=backend/shop/migrations/0004_book.py,line=13," in printed
    assert "::shop/migrations/0004_book.py:13:9: " in printed


def test_github_is_worst_first_and_says_what_github_hides() -> None:
    many = [replace(COLUMN, span=Span(n, 1, n, 2)) for n in range(1, 13)]
    errors = [replace(INDEX, span=Span(n, 1, n, 2)) for n in range(50, 61)]
    lines = text("github", report(SQL, *many, *errors)).split("\n")
    assert [line[:9] for line in lines[:24]] == ["::error t"] * 11 + ["::warning"] * 12 + ["::notice "]
    assert lines[24:-1] == [
        "1 more error in this log: GitHub annotates 10 of a type.",
        "2 more warnings in this log: GitHub annotates 10 of a type.",
        "Found 11 errors, 12 warnings, 1 info.",
        "Checked 38 migrations, 112 operations, 2 not analysed (for PostgreSQL 14).",
    ]


def test_the_order_of_the_findings_given_does_not_matter() -> None:
    findings = [SQL, COLUMN, INDEX, replace(SQL, path="a.py")]
    for output_format in (*FORMATS, "statistics"):
        printed = text(output_format, report(*findings))
        assert printed == text(output_format, report(*reversed(findings)))


def test_a_file_that_is_not_utf_8_is_shown_as_decoded() -> None:
    source = SourceText("# é\nx = 1", "# é\nx = 1".encode("latin-1"))
    printed = text("full", report(replace(SQL, span=Span(1, 3, 1, 4)), sources={PATH: source}))
    assert printed.split("\n")[1:3] == ["  1 | # é", "    |   ^"]
