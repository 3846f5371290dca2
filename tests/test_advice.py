"""What findings tell people to write, linted with all rules."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import postgast
import pytest

from migration_lint import registry, rule_page, testing
from migration_lint.rule import Finding, Severity
from migration_lint.rule_page import Section

ROOT = Path(__file__).parent.parent
# What stands in the files beside a migration.
CONFIGURATION = ("executeInTransaction=false", "run_in_transaction = false")
FILE = re.compile(r"^(?:#|--) ([\w./-]+\.(?:py|sql|conf|toml))(?:\s|$)", re.MULTILINE)


def sections() -> list[tuple[str, Section]]:
    pages = [page for page in sorted(ROOT.glob("rules/*.md")) if page.stem in registry.rules()]
    return [
        (page.stem, section)
        for page in pages
        for section in rule_page.parse(page.read_text(encoding="utf-8")).sections
        if section.kind == "bad"
    ]


SECTIONS = sections()
IDS = [f"{name}: {section.title}" for name, section in SECTIONS]


def findings(name: str, section: Section) -> list[Finding]:
    return [finding for finding in testing.lint_section(section, name) if finding.rule == name and finding.advice]


@pytest.mark.parametrize(("name", "section"), SECTIONS, ids=IDS)
def test_advice_is_code(name: str, section: Section) -> None:
    for finding in findings(name, section):
        is_sql = finding.path.endswith(".sql") or finding.advice.lstrip().startswith("--") or ";" in finding.advice
        if not is_sql:
            ast.parse(finding.advice)


@pytest.mark.parametrize(("name", "section"), SECTIONS, ids=IDS)
def test_advice_on_sql_is_sql(name: str, section: Section) -> None:
    """PostgreSQL's own grammar reads it."""
    if any("mysql" in text or "mariadb" in text for path, text in section.files.items() if path.endswith(".toml")):
        return
    for finding in findings(name, section):
        if finding.path.endswith(".sql"):
            lines = finding.advice.splitlines()
            postgast.parse("\n".join(line for line in lines if line not in CONFIGURATION))


@pytest.mark.parametrize(("name", "section"), SECTIONS, ids=IDS)
def test_followed_advice_is_clean(name: str, section: Section) -> None:
    """Operations and files that are advised, put in the place of what was found, raise nothing of their own."""
    for finding in findings(name, section):
        project = followed(section, finding)
        if project is not None:
            before = {(f.path, f.rule) for f in testing.lint_section(section)}
            after = [f for f in testing.lint_section(project) if f.severity >= Severity.WARNING]
            said = {(f.rule, f.message) for f in testing.lint_section(section) if f.rule != name}
            after = [f for f in after if (f.rule, f.message) not in said]
            new = [f for f in after if (f.path, f.rule) not in before or (f.path, f.rule) == (finding.path, name)]
            same_place = [f for f in new if f.path in section.files and f.span.line != finding.span.line]
            assert [f"{f.path}:{f.span.line} {f.rule}: {f.message}" for f in new if f not in same_place] == []


def followed(section: Section, finding: Finding) -> Section | None:
    """The project with the advice in place of the operation it is about; None where the advice is no such code."""
    starts = [*FILE.finditer(finding.advice)]
    ends = [*(start.start() for start in starts[1:]), len(finding.advice)] if starts else []
    files = {s[1]: finding.advice[s.start() : end] for s, end in zip(starts, ends, strict=True)}
    here = finding.advice[: starts[0].start()] if starts else finding.advice
    written = [line for line in here.splitlines() if line.strip() and not line.lstrip().startswith(("#", "--"))]
    if (
        finding.path not in section.files or finding.rule == "recreated-column"
    ):  # a file that is gone; several operations at once
        return None
    text = section.files[finding.path]
    if finding.path.endswith(".sql") or not isinstance(operation_at(text, finding), ast.Call):
        if not files and not (written and finding.effects and finding.path.endswith(".sql")):
            return None
        start, end = offsets(text, finding) if finding.effects else (0, 0)  # a file as a whole stays
        behind = text[end:].removeprefix(";")
        if not files or "Take this" in finding.advice:
            statement = f"{text[start:end]};\n"
            before = statement if here.startswith("-- After it") else ""
            after = f"\n{statement}" if here.startswith("-- Before it") else ""
            text = f"{text[:start]}{before}{here if finding.path.endswith('.sql') else ''}{after}{behind}"
    elif "down_revision" in text:
        if not (written or files) or (written and not written[0].startswith(("op.", "with op."))):
            return None
        if written or "Take this" in finding.advice:
            indent = " " * (finding.span.column - 1)
            body = [line for line in here.splitlines() if line.strip()] if written else ["pass"]
            text = replaced(text, finding, f"\n{indent}".join(body))
            if "sa." in text and "import sqlalchemy" not in text:
                text = f"import sqlalchemy as sa\n{text}"
    else:
        if (written and not written[0].startswith("migrations.")) or not (written or files):
            return None
        try:
            ast.parse("\n".join(written))
        except SyntaxError:
            return None
        if written or "Take this" in finding.advice:
            text = replaced(text, finding, separated(written))
    kept = {path: c for path, c in section.files.items() if path <= finding.path or not path.endswith((".py", ".sql"))}
    return Section(section.title, section.line, {**kept, finding.path: text, **files})


def separated(lines: list[str]) -> str:
    """Statements as elements of a list."""
    body = ast.parse("\n".join(lines)).body
    return "".join(f"{ast.unparse(statement)}, " for statement in body)


def operation_at(text: str, finding: Finding) -> ast.expr | None:
    """What stands at the finding's place, where that is an expression."""
    start, end = offsets(text, finding)
    try:
        return ast.parse(text[start:end], mode="eval").body
    except SyntaxError:
        return None


def replaced(text: str, finding: Finding, operations: str) -> str:
    start, end = offsets(text, finding)
    behind = text[end:]
    return text[:start] + operations + (behind[1:] if behind.startswith(",") else behind)


def offsets(text: str, finding: Finding) -> tuple[int, int]:
    lines = text.splitlines(keepends=True)
    span = finding.span
    start = sum(map(len, lines[: span.line - 1])) + span.column - 1
    return start, sum(map(len, lines[: span.end_line - 1])) + span.end_column - 1
