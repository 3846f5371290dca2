"""SARIF: the whole document, the schema, and what GitHub asks for beyond it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import migration_lint
from migration_lint.effects import Effect, Source
from migration_lint.model.values import Span
from migration_lint.reporters.base import Report, RuleInfo, SourceText
from migration_lint.reporters.fingerprints import line_hashes
from migration_lint.rule import FAMILIES, Finding, Related, Rule, Severity
from tests.reports import COLUMN, INDEX, INDEX_EFFECTS, PATH, SOURCE, SQL, SUPPRESSED, at, report, text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
HELP = f"https://github.com/migration-lint/migration-lint/blob/v{migration_lint.__version__}/rules"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.schema.json").read_text("utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def run(sample: Report, **options: Any) -> Any:
    """The one run of the document."""
    return json.loads(text("sarif", sample, **options))["runs"][0]


def test_the_address_of_the_project_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["urls"]["Homepage"] == migration_lint.HOME
    assert migration_lint.__version__ == project["version"]


def test_the_whole_document(validator: Any) -> None:
    document = json.loads(text("sarif", report(COLUMN, INDEX)))
    validator.validate(document)
    assert document == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "migration-lint",
                        "version": migration_lint.__version__,
                        "informationUri": "https://github.com/migration-lint/migration-lint",
                        "rules": [
                            {
                                "id": "add-not-null-column",
                                "shortDescription": {
                                    "text": "A NOT NULL column that the running release does not fill."
                                },
                                "fullDescription": {
                                    "text": "A NOT NULL column that the running release does not fill."
                                },
                                "defaultConfiguration": {"level": "error"},
                                "helpUri": f"{HELP}/add-not-null-column.md",
                                "help": {
                                    "text": "A NOT NULL column that the running release does not fill.",
                                    "markdown": "A NOT NULL column that the running release does not fill.\n\n"
                                    f"[add-not-null-column]({HELP}/add-not-null-column.md)",
                                },
                                "properties": {
                                    "precision": "high",
                                    "problem.severity": "error",
                                    "tags": ["availability", "compatibility", "database", "migrations"],
                                },
                            },
                            {
                                "id": "blocking-index",
                                "shortDescription": {
                                    "text": "An index built on an existing table without CONCURRENTLY."
                                },
                                "fullDescription": {
                                    "text": "An index built on an existing table without CONCURRENTLY. "
                                    "Writes to the table wait until it is built."
                                },
                                "defaultConfiguration": {"level": "error"},
                                "helpUri": f"{HELP}/blocking-index.md",
                                "help": {
                                    "text": "An index built on an existing table without CONCURRENTLY.\n\n"
                                    "Writes to the table wait until it is built.",
                                    "markdown": "An index built on an existing table without CONCURRENTLY.\n\n"
                                    "Writes to the table wait until it is built.\n\n"
                                    f"[blocking-index]({HELP}/blocking-index.md)",
                                },
                                "properties": {
                                    "precision": "high",
                                    "problem.severity": "error",
                                    "tags": ["availability", "locking", "database", "migrations"],
                                },
                            },
                            {
                                "id": "not-analysed",
                                "shortDescription": {"text": "Something that could not be resolved."},
                                "fullDescription": {"text": "Something that could not be resolved."},
                                "defaultConfiguration": {"level": "note"},
                                "helpUri": f"{HELP}/not-analysed.md",
                                "help": {
                                    "text": "Something that could not be resolved.",
                                    "markdown": "Something that could not be resolved.\n\n"
                                    f"[not-analysed]({HELP}/not-analysed.md)",
                                },
                                "properties": {
                                    "precision": "medium",
                                    "problem.severity": "recommendation",
                                    "tags": ["meta", "database", "migrations"],
                                },
                            },
                        ],
                    }
                },
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": []}],
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The top folder of the repository."}}},
                "columnKind": "utf16CodeUnits",
                "results": [
                    {
                        "ruleId": "blocking-index",
                        "ruleIndex": 1,
                        "level": "error",
                        "message": {
                            "text": "Takes SHARE on shop_book and builds shop_book_isbn_idx under it: writes to it wait"
                            " until it is built. See [shop_book is created here](1)."
                        },
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {
                                        "uri": "shop/migrations/0004_book.py",
                                        "uriBaseId": "%SRCROOT%",
                                    },
                                    "region": {"startLine": 8, "startColumn": 9, "endLine": 11, "endColumn": 10},
                                }
                            }
                        ],
                        "relatedLocations": [
                            {
                                "id": 1,
                                "physicalLocation": {
                                    "artifactLocation": {
                                        "uri": "shop/migrations/0001_initial.py",
                                        "uriBaseId": "%SRCROOT%",
                                    },
                                    "region": {"startLine": 3, "startColumn": 5, "endLine": 9, "endColumn": 6},
                                },
                                "message": {"text": "shop_book is created here."},
                            }
                        ],
                        "partialFingerprints": {
                            "primaryLocationLineHash": line_hashes(SOURCE.encode())[7],
                            "migrationLint/v1": "579e97edf15ca19c:1",
                        },
                        "properties": {
                            "advice": INDEX.advice,
                            "effects": INDEX_EFFECTS,
                        },
                    },
                    {
                        "ruleId": "add-not-null-column",
                        "ruleIndex": 0,
                        "level": "warning",
                        "message": {
                            "text": "shop_book gets tags varchar\\[\\], which the running release does not fill."
                        },
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {
                                        "uri": "shop/migrations/0004_book.py",
                                        "uriBaseId": "%SRCROOT%",
                                    },
                                    "region": {"startLine": 12, "startColumn": 9, "endLine": 12, "endColumn": 76},
                                }
                            }
                        ],
                        "partialFingerprints": {
                            "primaryLocationLineHash": line_hashes(SOURCE.encode())[11],
                            "migrationLint/v1": "2e0054486dcc8a7c:1",
                        },
                        "properties": {"effects": []},
                    },
                ],
                "properties": {"database": "PostgreSQL 14"},
            }
        ],
    }


def test_a_clean_run_closes_alerts(validator: Any) -> None:
    validator.validate(json.loads(text("sarif", report())))
    assert run(report())["results"] == []


def test_suppressed_findings_are_left_out_unless_asked_for(validator: Any) -> None:
    findings = report(SUPPRESSED, replace(SQL, suppressed=""))
    assert run(findings)["results"] == []
    document = json.loads(text("sarif", findings, show_suppressed=True))
    validator.validate(document)
    assert [result["suppressions"] for result in document["runs"][0]["results"]] == [
        [{"kind": "inSource", "status": "accepted", "justification": "the table is small"}],
        [{"kind": "inSource", "status": "accepted"}],
    ]


def test_own_fingerprints_do_not_depend_on_what_is_shown() -> None:
    findings = report(replace(SUPPRESSED, span=Span(1, 1, 1, 2)), INDEX)
    hidden = run(findings)["results"]
    shown = run(findings, show_suppressed=True)["results"]
    assert hidden[0]["partialFingerprints"] == shown[1]["partialFingerprints"]
    assert hidden[0]["partialFingerprints"]["migrationLint/v1"] == "579e97edf15ca19c:2"


@pytest.mark.parametrize(("category", "expected"), [("backend", "backend/"), ("a/b/", "a/b/")])
def test_the_category_is_what_stands_before_the_last_slash(category: str, expected: str) -> None:
    assert run(report(), category=category)["automationDetails"] == {"id": expected}
    assert "automationDetails" not in run(report())


def test_columns_are_utf_16_code_units(validator: Any) -> None:
    source = "x = '\N{GRINNING FACE}\N{SNOWMAN}', (\n'\N{GRINNING FACE}\N{GRINNING FACE}')"
    document = json.loads(text("sarif", at(source, Span(1, 10, 2, 5))))
    validator.validate(document)
    result = document["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1,
        "startColumn": 11,
        "endLine": 2,
        "endColumn": 7,
    }


def test_the_line_hash_is_that_of_the_bytes_on_disk() -> None:
    data = "\ufeffx = '\u00e9'\r\n".encode() + b"y = '\xe9'\r\n"
    source = SourceText("x = '\u00e9'\r\ny = '\u00e9'\r\n", data)
    findings = [replace(SQL, span=Span(line, 1, line, 2)) for line in (1, 2, 3, 9)]
    hashes = [
        result["partialFingerprints"].get("primaryLocationLineHash")
        for result in run(report(*findings, sources={PATH: source}))["results"]
    ]
    assert hashes == [*line_hashes(data), None]
    assert hashes[0] != line_hashes(source.text.encode())[0]
    assert "primaryLocationLineHash" not in run(report(SQL, sources={}))["results"][0]["partialFingerprints"]


def test_uris_start_at_the_top_of_the_repository(tmp_path: Path) -> None:
    root = tmp_path / "my repo"
    (root / "back end" / "apps").mkdir(parents=True)
    (root / "back end" / "linked").symlink_to(root / "back end" / "apps")
    (root / "back end" / "out").symlink_to(tmp_path)
    (root / "back end" / "apps" / "0001.py").touch()
    folder = root / "back end"
    outside = tmp_path / "else where" / "0001.py"

    def uri(path: str, **changes: Any) -> Any:
        sample = report(replace(SQL, path=path), folder=folder, root=root)
        return run(replace(sample, **changes))["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]

    def inside(uri: str) -> dict[str, str]:
        return {"uri": uri, "uriBaseId": "%SRCROOT%"}

    assert uri("apps/0001.py") == inside("back%20end/apps/0001.py")
    assert uri("linked/0001.py") == inside("back%20end/apps/0001.py")
    assert uri("out/0001.py") == inside("back%20end/out/0001.py")
    assert uri("../50%/caf\udce9/ü:#?.py") == inside("50%25/caf%E9/%C3%BC%3A%23%3F.py")
    assert uri(str(root / "x.py")) == inside("x.py")
    assert uri("apps/0001.py", root=None) == inside("apps/0001.py")
    assert uri(str(outside)) == {"uri": outside.as_uri()}

    (tmp_path / "link to repo").symlink_to(root)
    assert uri("apps/0001.py", folder=tmp_path / "link to repo" / "back end") == inside("back%20end/apps/0001.py")


def test_rules_are_sorted_unique_and_hold_those_of_all_findings() -> None:
    late = replace(SQL, rule="acme/rule-failed", family="meta", severity=Severity.ERROR)
    twice = report(INDEX, late, rules=(*report().rules, *report().rules))
    rules = run(twice)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [
        "acme/rule-failed",
        "add-not-null-column",
        "blocking-index",
        "not-analysed",
    ]
    assert rules[0]["shortDescription"] == {"text": "acme/rule-failed."}
    assert "helpUri" not in rules[0]
    assert [(rules[result["ruleIndex"]]["id"], result["ruleId"]) for result in run(twice)["results"]] == [
        ("blocking-index", "blocking-index"),
        ("acme/rule-failed", "acme/rule-failed"),
    ]


def test_a_rule_has_the_severity_that_is_set_for_it() -> None:
    class Chatty(Rule):
        """Off until it is selected."""

        name = "chatty"
        family = "schema"
        severity = Severity.OFF

    infos = [RuleInfo.of(Chatty), RuleInfo.of(Chatty, Severity.INFO), RuleInfo.of(Chatty, Severity.ERROR)]
    levels = [run(report(rules=(info,)))["tool"]["driver"]["rules"][0]["defaultConfiguration"] for info in infos]
    assert levels == [{"level": "warning"}, {"level": "note"}, {"level": "error"}]


def test_descriptions_keep_githubs_limit() -> None:
    rule = run(report(rules=(RuleInfo("x", "schema", Severity.INFO, "word " * 400 + "\n\nmore"),)))
    described = rule["tool"]["driver"]["rules"][0]
    assert len(described["shortDescription"]["text"]) == len(described["fullDescription"]["text"]) == 1022
    assert described["shortDescription"]["text"].endswith("word...")
    assert described["help"]["text"].endswith("word \n\nmore")


def test_related_places_are_linked() -> None:
    span = Span(1, 1, 1, 2)
    related = (Related("a.py", span, "added as int[] here."), Related("b.py", span, " dropped here "))
    result = run(report(replace(SQL, message="Odd!", related=related)))["results"][0]
    assert result["message"]["text"] == "Odd! See [added as int\\[\\] here](1), [dropped here](2)."
    assert [(place["id"], place["message"]["text"]) for place in result["relatedLocations"]] == [
        (1, "added as int\\[\\] here."),
        (2, "dropped here."),
    ]


def test_what_could_not_be_checked_is_notified(validator: Any) -> None:
    broken = replace(INDEX, rule="syntax-error", family="meta", message="Not Python", span=Span(3, 1, 3, 4))
    document = json.loads(text("sarif", report(broken, SQL, notes=("PostgreSQL 42 is read as 18",))))
    validator.validate(document)
    assert document["runs"][0]["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {
                    "level": "error",
                    "message": {"text": "Not Python."},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {
                                    "uri": "shop/migrations/0004_book.py",
                                    "uriBaseId": "%SRCROOT%",
                                },
                                "region": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 4},
                            }
                        }
                    ],
                },
                {"level": "warning", "message": {"text": "PostgreSQL 42 is read as 18."}},
            ],
        }
    ]
    assert len(document["runs"][0]["results"]) == 2


def test_the_worst_results_are_kept_where_there_are_too_many() -> None:
    many = [replace(SQL, span=Span(line, 1, line, 2)) for line in range(1, 25_002)]
    late = replace(INDEX, span=Span(30_000, 1, 30_000, 2))
    shown = run(report(*many, late))
    assert len(shown["results"]) == 25_000
    assert shown["results"][0]["ruleId"] == "blocking-index"
    assert shown["invocations"][0]["toolExecutionNotifications"] == [
        {
            "level": "warning",
            "message": {"text": "GitHub takes 25000 results of a run: 2 results left out."},
        }
    ]


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
lines = st.integers(1, 12)
spans = st.builds(
    lambda line, column, more, width: Span(line, column, line + more, column + width), lines, lines, lines, lines
)
paths = st.lists(words.filter(lambda part: part.strip("./")), min_size=1, max_size=3).map("/".join)
findings = st.builds(
    Finding,
    rule=st.from_regex(r"([a-z]+/)?[a-z]+(-[a-z]+){0,2}", fullmatch=True),
    family=st.sampled_from(FAMILIES),
    severity=st.sampled_from([Severity.INFO, Severity.WARNING, Severity.ERROR]),
    message=words,
    advice=words,
    path=paths,
    span=spans,
    identity=st.lists(words, max_size=3).map(tuple),
    related=st.lists(st.builds(Related, paths, spans, words), max_size=2).map(tuple),
    effects=st.just((Effect(sources=(Source("x"),)),)),
    suppressed=st.none() | words,
)


def texts(value: Any) -> Iterator[str]:
    """Every string of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(findings, max_size=4), words, st.booleans())
def test_any_findings_give_valid_sarif(validator: Any, found: list[Finding], source: str, suppressed: bool) -> None:
    sample = report(*found, sources={finding.path: SourceText(source) for finding in found})
    printed = text("sarif", sample, show_suppressed=suppressed)
    document = json.loads(printed)
    validator.validate(document)
    only = document["runs"][0]
    rules = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    for rule in only["tool"]["driver"]["rules"]:
        assert all(texts([rule["shortDescription"], rule["fullDescription"], rule["help"]]))
        assert len(rule["properties"]["tags"]) <= 10
        assert "security-severity" not in rule["properties"]
    for result in only["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert all(type(value) is str and value for value in result["partialFingerprints"].values())
    assert printed == text("sarif", sample, show_suppressed=suppressed)
