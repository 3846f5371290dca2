"""What was read: histories, the text of files, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass, field

from migration_lint.history import History
from migration_lint.model.migration import Migration
from migration_lint.model.sql import files_of
from migration_lint.model.values import Span
from migration_lint.settings import Settings
from migration_lint.source import Source, UnreadableError


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A file that was given and could not be parsed; `span` is where the parser stopped."""

    path: str
    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that was given and that a fault of this package kept from being read."""

    path: str
    error: Exception


@dataclass(frozen=True, slots=True)
class World:
    """One project: a history in which each application label stands for one folder; a folder of SQL files is one.

    `reported` are its files that findings may be about; a file that several worlds need is reported in one of them.
    """

    history: History
    settings: Settings
    reported: frozenset[str]

    def reports(self, migration: Migration) -> bool:
        """Whether findings may be about the migration, or about the file that undoes it."""
        return not self.reported.isdisjoint(files_of(migration))


@dataclass(slots=True)
class Tree:
    """All that was read.

    `reported` are the files that findings may be about, `named` those of them that were given one by one. `skipped`
    are those that are no migrations, and why; `passed_over` are files of the history that could not be read, or not
    be replayed, and why.
    """

    worlds: list[World] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    unreadable: list[UnreadableError] = field(default_factory=list)
    unparsed: list[Unparsed] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)
