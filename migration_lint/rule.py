"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

from migration_lint.effects import Effect
from migration_lint.model.values import Span

if TYPE_CHECKING:
    from migration_lint.settings import Settings
    from migration_lint.history import History, ReplayedMigration, Step

FAMILIES = (
    "locking",
    "compatibility",
    "data-loss",
    "reversibility",
    "data-migration",
    "history",
    "tenancy",
    "upgrade",
    "schema",
    "meta",
)


class Severity(IntEnum):
    """How bad a finding is; OFF is a rule that runs only when it is selected by name."""

    OFF = 0
    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The lower-case name."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that a finding speaks of."""

    path: str
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    `message` says in one or two sentences what will happen; `advice` is what to write instead, code included.
    `identity` are the parts that make the finding the same one when lines move: migration, operation, object names.
    `path` is relative to the current folder where it lies below it, with `/` between its parts.
    """

    rule: str
    family: str
    severity: Severity
    message: str
    advice: str
    path: str
    span: Span
    identity: tuple[str, ...]
    related: tuple[Related, ...] = ()
    effects: tuple[Effect, ...] = ()
    fixable: bool = False
    suppressed: str | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Findings are reported in this order."""
        return (self.path, self.span.line, self.span.column, self.rule, self.message)


class Rule:
    """Base of all rules. The class docstring is the rule's page text: its first line says what is found.

    A rule has no state and does no I/O. Each check yields findings; most rules define only the narrowest one.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    severity: ClassVar[Severity]

    def check_history(self, history: History, settings: Settings) -> Iterator[Finding]:
        """Findings about the graph of all migrations."""
        return iter(())

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        """Findings about one migration as a whole; the default asks `check_step` about each of its operations."""
        for step in migration.steps:
            yield from self.check_step(step, settings)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        """Findings about one operation."""
        return iter(())
