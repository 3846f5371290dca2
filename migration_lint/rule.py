"""What a rule is, and what it finds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from migration_lint.advice import alembic_files
from migration_lint.effects import Effect
from migration_lint.model.migration import Migration
from migration_lint.model.values import Span

if TYPE_CHECKING:
    from migration_lint.history import History
    from migration_lint.replay import Executed, ReplayedMigration, Step
    from migration_lint.settings import Settings

_COMMENT = re.compile(r"^([ \t]*)#(?=[ \t])", re.MULTILINE)

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

    `precision` says how seldom it is wrong; GitHub orders alerts by it. `without_release` says that what it finds does
    harm where no release is running too, so that a rule about compatibility is not off with `deployment = "stopped"`.
    `sees` are types of operations and statements, and `Work`: a rule that names any is asked only about migrations, and
    steps of them, that have one of those.
    A rule has no state and does no I/O. Each check yields findings; most rules define only the narrowest one.
    `options` holds its own settings, `[tool.migration-lint.rules.NAME]` in the file, each with its default: a bool, a
    number, a string or a tuple of strings.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    severity: ClassVar[Severity]
    precision: ClassVar[Literal["very-high", "high", "medium", "low"]] = "high"
    without_release: ClassVar[bool] = False
    sees: ClassVar[tuple[type, ...]] = ()
    options: ClassVar[Mapping[str, Any]] = {}

    def option(self, name: str, settings: Settings) -> Any:
        """The value in force of the rule's option `name`."""
        return settings.rules.get(self.name, {}).get(name, self.options[name])

    def finding(
        self,
        step: Step,
        message: str,
        advice: str,
        *,
        objects: tuple[str, ...],
        executed: Executed | None = None,
        severity: Severity | None = None,
        related: tuple[Related, ...] = (),
        span: Span | None = None,
    ) -> Finding:
        """A finding of this rule about an operation, or about the one command of it that is given.

        `objects` are the database's names that the finding is about, the table first. With `span` it is about what
        stands there, and not about the operation's effects.
        """
        effects = (executed.effect,) if executed else tuple(e.effect for e in step.executed)
        if span is not None:
            effects = ()
        else:
            span = executed.command.span if executed and executed.command.span else step.operation.span
        return Finding(
            rule=self.name,
            family=self.family,
            severity=self.severity if severity is None else severity,
            message=message,
            advice=_commented(advice, step.migration),
            path=step.migration.path,
            span=span,
            identity=(step.migration.app, step.migration.name, step.operation.kind, *objects),
            related=related,
            effects=effects,
        )

    def file_finding(
        self,
        migration: Migration,
        message: str,
        advice: str,
        *,
        objects: tuple[str, ...] = (),
        span: Span | None = None,
        related: tuple[Related, ...] = (),
    ) -> Finding:
        """A finding of this rule about a migration as a whole; one of SQL is pointed at by its first statement."""
        if span is None and migration.framework == "sql" and migration.operations:
            span = migration.operations[0].span
        return Finding(
            rule=self.name,
            family=self.family,
            severity=self.severity,
            message=message,
            advice=_commented(advice, migration),
            path=migration.path,
            span=span or migration.span,
            identity=(migration.app, migration.name, *objects),
            related=related,
        )

    def check_history(self, history: History, settings: Settings) -> Iterator[Finding]:
        """Findings about the graph of all migrations."""
        return iter(())

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        """Findings about one migration as a whole; the default asks `check_step` about each of its operations."""
        for step in migration.steps:
            if not self.sees or not step.kinds.isdisjoint(self.sees):
                yield from self.check_step(step, settings)

    def check_step(self, step: Step, settings: Settings) -> Iterator[Finding]:
        """Findings about one operation."""
        return iter(())


def _commented(advice: str, migration: Migration) -> str:
    """The advice in the migration's language: its comments are marked as that marks them, its SQL is sent as that
    sends it."""
    if migration.framework == "alembic":
        return alembic_files.in_python(advice)
    return _COMMENT.sub(r"\1--", advice) if migration.framework == "sql" else advice
