"""Our SARIF under the multitool, whose `Ghas` rules are what GitHub asks for."""

from __future__ import annotations

import json
import platform
import random
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migration_lint.model.values import Span
from migration_lint.reporters.base import Report, SourceText
from tests.reports import COLUMN, INDEX, PATH, SOURCE, SQL, SUPPRESSED, report, text

pytestmark = pytest.mark.e2e

PACKAGE = "@microsoft/sarif-multitool-linux"
VERSION = "5.7.0"


@pytest.fixture(scope="module")
def multitool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The multitool's program, installed for this run."""
    npm = shutil.which("npm")
    if npm is None or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the SARIF multitool needs npm and Linux on x86_64")
    folder = tmp_path_factory.mktemp("multitool")
    subprocess.run(
        [npm, "install", "--prefix", folder, "--no-audit", "--no-fund", f"{PACKAGE}@{VERSION}"],
        check=True,
        capture_output=True,
    )
    program = folder / "node_modules" / PACKAGE / "Sarif.Multitool"
    # npm 11 leaves out the script of the package that does this.
    program.chmod(0o755)
    return program


def faults(multitool: Path, folder: Path, sarif: str) -> list[tuple[str, str]]:
    """The errors and warnings that the multitool finds: its rule, and where."""
    (folder / "out.sarif").write_text(sarif, "utf-8")
    command = [multitool, "validate", "out.sarif", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"]
    # The exit code is 0 even with errors, so its own log is read.
    done = subprocess.run([*command, "-o", "log.sarif", "--log", "ForceOverwrite"], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stdout.decode()
    log = json.loads((folder / "log.sarif").read_text("utf-8-sig"))
    return [
        (result["ruleId"], result["message"].get("arguments", [""])[0]) for result in log["runs"][0].get("results", [])
    ]


@pytest.fixture
def everything(tmp_path: Path) -> Report:
    """Each kind of finding there is, in a repository on disk."""
    file = tmp_path / PATH
    file.parent.mkdir(parents=True)
    file.write_text(SOURCE, "utf-8")
    broken = replace(SQL, rule="syntax-error", message="Not Python [1]", path="shop/migrations/ü b.py")
    return report(
        COLUMN,
        INDEX,
        SQL,
        SUPPRESSED,
        broken,
        folder=tmp_path,
        root=tmp_path,
        notes=("PostgreSQL 42 is not known; what is known of 18 is used",),
    )


def test_no_error_and_no_warning(multitool: Path, everything: Report, tmp_path: Path) -> None:
    assert faults(multitool, tmp_path, text("sarif", everything, category="backend")) == []
    assert faults(multitool, tmp_path, text("sarif", everything, show_suppressed=True)) == []
    assert faults(multitool, tmp_path, text("sarif", report(folder=tmp_path))) == []


def test_the_multitool_does_find_faults(multitool: Path, everything: Report, tmp_path: Path) -> None:
    document = json.loads(text("sarif", everything))
    rule = document["runs"][0]["tool"]["driver"]["rules"][0]
    del rule["help"]
    document["runs"][0]["results"][0]["ruleIndex"] = 77
    found = {rule for rule, _ in faults(multitool, tmp_path, json.dumps(document))}
    assert found == {"GH2012", "SARIF1009"}


def sources() -> list[bytes]:
    """Files of all line ends, with characters of one and two UTF-16 units and lines longer than the hash looks."""
    chooser = random.Random(20261121)
    parts = [
        "    x = 1",
        "\n",
        "\r\n",
        "\r\n",
        "\n",
        "\t",
        "é",
        "\N{GRINNING FACE}",
        "migrations.AddField(",
        "a" * 130,
        " ",
    ]
    return [SOURCE.encode(), *("".join(chooser.choices(parts, k=200)).encode() for _ in range(5))]


def test_the_line_hashes_are_the_multitools(multitool: Path, tmp_path: Path) -> None:
    texts = {f"f{number}.py": SourceText(data.decode()) for number, data in enumerate(sources())}
    for path, source in texts.items():
        (tmp_path / path).write_bytes(source.bytes)
    every_line = [
        replace(SQL, path=path, span=Span(line, 1, line, 1))
        for path, source in texts.items()
        for line in range(1, len(source.lines) + 1)
    ]
    ours = json.loads(text("sarif", report(*every_line, sources=texts, folder=tmp_path)))
    stripped = json.loads(json.dumps(ours))
    for result in results(stripped):
        del result["partialFingerprints"]
    stripped["runs"][0]["originalUriBaseIds"]["%SRCROOT%"]["uri"] = f"{tmp_path.as_uri()}/"
    (tmp_path / "bare.sarif").write_text(json.dumps(stripped), "utf-8")
    command = [multitool, "rewrite", "bare.sarif", "-o", "hashed.sarif", "--log", "ForceOverwrite"]
    subprocess.run(
        [*command, "--insert", "RollingHashPartialFingerprints"], cwd=tmp_path, check=True, capture_output=True
    )
    theirs = json.loads((tmp_path / "hashed.sarif").read_text("utf-8-sig"))
    pairs = [
        (
            mine["partialFingerprints"]["primaryLocationLineHash"],
            other["partialFingerprints"]["primaryLocationLineHash"],
        )
        for mine, other in zip(results(ours), results(theirs), strict=True)
    ]
    assert len(pairs) == len(every_line) > 300
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


def results(document: Any) -> Any:
    return document["runs"][0]["results"]
