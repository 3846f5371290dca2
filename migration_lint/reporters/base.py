"""What every output format is made from."""

from __future__ import annotations

import inspect
import os.path
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from migration_lint import HOME, __version__
from migration_lint.effects import Effect
from migration_lint.reporters.fingerprints import identities
from migration_lint.rule import Finding, Rule, Severity

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class SourceText:
    """One file: `text` as it was decoded, without a byte order mark, and `data` as it lies on disk.

    Without `data` the file is taken to be `text` in UTF-8.
    """

    text: str
    data: bytes | None = None

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends, counted as Python and GitHub do: by CR, LF and CRLF alone."""
        return _LINE_BREAK.split(self.text)

    @property
    def bytes(self) -> bytes:
        """What lies on disk."""
        return self.text.encode("utf-8", "surrogateescape") if self.data is None else self.data


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule in force: `severity` is the one the settings give it, `page` its text, the first line what it finds."""

    name: str
    family: str
    severity: Severity
    page: str
    precision: str = "high"

    @classmethod
    def of(cls, rule: type[Rule], severity: Severity | None = None) -> RuleInfo:
        """The rule as its class describes it, at the severity set for it; one that is off by default is a warning."""
        severity = severity or rule.severity or Severity.WARNING
        return cls(rule.name, rule.family, severity, inspect.cleandoc(rule.__doc__ or ""), rule.precision)

    @property
    def address(self) -> str | None:
        """Where this version's page of the rule stands; None for a plugin's rule (`<plugin>/<name>`)."""
        return None if "/" in self.name else f"{HOME}/blob/v{__version__}/rules/{self.name}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is reported on. `skipped` are files that are no migrations."""

    files: int
    migrations: int
    operations: int
    not_analysed: int
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What was replayed to know what the findings rest on."""

    migrations: int
    operations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a run has to say.

    `findings` hold the suppressed ones too. `rules` are those in force, `sources` at least the files with findings
    that could be read, by the findings' path. `folder` is the current folder, `root` the git top level around it.
    `since` is the revision that all else is released at, None where everything was looked at. `notes` are warnings
    about the run as a whole.
    """

    findings: tuple[Finding, ...]
    coverage: Coverage
    history: Replayed
    rules: tuple[RuleInfo, ...]
    sources: Mapping[str, SourceText]
    database: str
    folder: Path
    root: Path | None = None
    since: str | None = None
    notes: tuple[str, ...] = ()
    version: str = field(default=__version__)

    def findings_with_identity(self, *, suppressed: bool) -> list[tuple[Finding, str]]:
        """The findings in the order they are reported, each with its fingerprint; without the suppressed ones unless
        asked for. A fingerprint does not depend on what is shown."""
        ordered = sorted(self.findings, key=lambda finding: finding.sort_key)
        pairs = zip(ordered, identities(ordered), strict=True)
        return [pair for pair in pairs if suppressed or pair[0].suppressed is None]

    def shown(self, options: Options) -> list[Finding]:
        """The findings to show, in order."""
        return [finding for finding, _ in self.findings_with_identity(suppressed=options.show_suppressed)]

    @property
    def counts(self) -> Counter[Severity]:
        """How many findings that are not suppressed there are of each severity."""
        return Counter(finding.severity for finding in self.findings if finding.suppressed is None)

    @property
    def suppressed(self) -> int:
        """How many findings are suppressed."""
        return sum(finding.suppressed is not None for finding in self.findings)

    def repository_path(self, path: str) -> Path:
        """A finding's path, relative to the git top level (else the current folder), links inside it followed;
        absolute where the file lies outside."""
        root = str(self.root or self.folder)
        file = os.path.normpath(os.path.join(self.folder, path))
        for top, inner in ((os.path.realpath(root), os.path.realpath(file)), (root, file)):
            if Path(inner).is_relative_to(top):
                return Path(inner).relative_to(top)
        return Path(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to show it. `width` is the terminal's, in cells; `summary` says whether text ends in one; `category` is
    GitHub's name for this upload among several of the same commit."""

    color: bool = False
    width: int = 80
    show_suppressed: bool = False
    summary: bool = True
    category: str | None = None


def sentence(text: str) -> str:
    """`text` with a full stop at its end."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def count(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def effect_data(effect: Effect) -> dict[str, Any]:
    """An effect as plain data; the keys are stable."""
    return {
        "locks": [
            {
                "table": lock.table,
                "mode": lock.mode.name,
                "blocks_reads": lock.mode.blocks_reads,
                "blocks_writes": lock.mode.blocks_writes,
            }
            for lock in effect.locks
        ],
        "work": [
            {"kind": work.kind, "table": work.table, "under": work.under.name, "object": work.object, "why": work.why}
            for work in effect.work
        ],
        "failures": [
            {"kind": failure.kind, "message": failure.message, "rows": failure.rows} for failure in effect.failures
        ],
        "algorithm": effect.algorithm,
        "unknown": list(effect.unknown),
        "sources": [source.text for source in effect.sources],
    }
