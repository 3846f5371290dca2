"""Real projects from the package index: nothing breaks, and what is not analysed is known one by one.

`python -m tests.test_corpus` records anew what is not analysed, in `fixtures/corpus.json`.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path

import postgast
import pytest

from migration_lint import config, lint
from migration_lint.readers.sql import read_statement, split
from migration_lint.reporters.base import Report
from tests.sql_grammar import agree, grammar_facts, reader_facts
from tests.wheels import install

pytestmark = pytest.mark.corpus

SQL_PROJECTS = {
    "chromadb": ("chromadb/migrations", 16, "SQLite 3.31"),
    "litellm-proxy-extras": ("litellm_proxy_extras/migrations", 220, "PostgreSQL 15"),
    "matrix-synapse": ("synapse/storage/schema", 76, "PostgreSQL 15 and MySQL 8.4"),
    "procrastinate": ("procrastinate/sql", 39, "PostgreSQL 15"),
}
"""Where the SQL of each lies, how many migrations that are, and for which databases they are taken."""
GRAMMAR_PROJECTS = {"litellm-proxy-extras": 627, "matrix-synapse": 1446, "procrastinate": 225}
"""How many statements of each PostgreSQL's grammar parses."""

PROJECTS = {"wagtail": 299, "pretix": 431, "mayan-edms": 531, "django-oscar": 134}
"""How many of Django's migrations each has."""
ALEMBIC_PROJECTS = {"apache-airflow-core": 124, "langflow-base": 162}
"""How many of Alembic's revisions each has."""
RECORDED = Path(__file__).parent / "fixtures" / "corpus.json"
BROKEN = {"rule-failed", "internal-error", "syntax-error", "unreadable-file"}


def linted(folder: Path) -> Report:
    """What is found in a folder, with nothing set."""
    return lint.lint([folder], config.load([folder]).settings, folder=folder)


def broken(found: Report) -> set[str]:
    """The rules that say that something could not be checked."""
    return {finding.rule for finding in found.findings} & BROKEN


def not_analysed(found: Report) -> Counter[str]:
    """What was not analysed, and where."""
    return Counter(f"{f.path}: {f.message}" for f in found.findings if f.rule == "not-analysed")


def recorded(project: str) -> Counter[str]:
    """What is known not to be analysed."""
    return Counter(json.loads(RECORDED.read_text(encoding="utf-8"))[project])


def test_contrib_is_analysed_whole(tmp_path: Path) -> None:
    found = linted(install(tmp_path, "Django") / "django" / "contrib")
    assert (found.coverage.migrations, broken(found), not_analysed(found)) == (23, set(), {})


@pytest.mark.parametrize(("project", "migrations"), [*PROJECTS.items(), *ALEMBIC_PROJECTS.items()])
def test_project(tmp_path: Path, project: str, migrations: int) -> None:
    found = linted(install(tmp_path, project))
    assert (found.coverage.migrations, broken(found)) == (migrations, set())
    assert not not_analysed(found) - recorded(project)


@pytest.fixture(scope="module", params=SQL_PROJECTS)
def sql_project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The name of a project that has its migrations in SQL, and the folder that they lie in."""
    name = str(request.param)
    return name, install(tmp_path_factory.mktemp("sql"), name) / SQL_PROJECTS[name][0]


def test_sql_project(sql_project: tuple[str, Path]) -> None:
    name, folder = sql_project
    found = linted(folder)
    assert (found.coverage.migrations, found.database) == SQL_PROJECTS[name][1:]
    assert broken(found) == set()
    assert not not_analysed(found) - recorded(name)


def test_the_real_grammar_agrees(sql_project: tuple[str, Path]) -> None:
    name, folder = sql_project
    if name not in GRAMMAR_PROJECTS:
        return
    parsed = 0
    for path in sorted(folder.rglob("*.sql*")):
        if path.suffix == ".sqlite":
            continue
        text = path.read_text(encoding="utf-8")
        for raw in (raw for raw in split(text, "postgresql") if raw.kind == "sql"):
            sql = text[raw.start : raw.end]
            try:
                expected = grammar_facts(sql)
            except postgast.PgQueryError:
                continue
            command = read_statement(text, raw, "postgresql")
            assert command is not None
            assert len(expected) == 1, sql
            assert agree(expected[0], reader_facts(command)), (path.name, sql)
            parsed += 1
    assert parsed == GRAMMAR_PROJECTS[name]


def record() -> None:
    """Write down what is not analysed now."""
    in_python = dict.fromkeys((*PROJECTS, *ALEMBIC_PROJECTS), ".")
    projects = {**in_python, **{name: folder for name, (folder, _, _) in SQL_PROJECTS.items()}}
    found = {}
    for project, below in projects.items():
        with tempfile.TemporaryDirectory() as folder:
            found[project] = dict(sorted(not_analysed(linted(install(Path(folder), project) / below)).items()))
    RECORDED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
