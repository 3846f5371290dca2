"""What Django itself says a migration sends: the output of its command `sqlmigrate`, run here or read from files.

Comments head each operation's statements in the output, so that these go back to the operations they come from.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from migration_lint.conditions import holds
from migration_lint.model.django import RunPython, SeparateDatabaseAndState
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.statements import AddConstraint, Command, CreateIndex, TransactionControl
from migration_lint.settings import Engine, Settings

# Django 3.2 to 4.1 write a line of their own between the dashes for what has no SQL.
_HEADING = re.compile(r"^--\n(?:-- MIGRATION NOW PERFORMS OPERATION THAT CANNOT BE WRITTEN AS SQL:\n)?-- .*\n--$", re.M)
_WITHOUT_SQL = ("\n-- MIGRATION NOW PERFORMS OPERATION", "\n-- THIS OPERATION CANNOT BE WRITTEN AS SQL\n")
# In a file of several outputs, the line before each.
_NAME = re.compile(r"^-- *(\w+)\.(\w+) *$", re.M)
_MOST_SHOWN = 200  # characters of a program's last words


@dataclass(frozen=True, slots=True)
class Section:
    """One operation's part of the output. One that is not `written` as SQL is run by Django itself: `commands` then
    holds only what is deferred."""

    commands: tuple[Command, ...]
    written: bool = True


@dataclass(frozen=True, slots=True)
class Output:
    """A migration's output: a section for each of `operations`, those whose condition the engine meets.

    What Django defers to the end of the migration stands at the end of the last section.
    """

    operations: tuple[Operation, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """Why there is no output for a migration that one was asked for; `failed` if something went wrong."""

    reason: str
    failed: bool = True


class Outputs(Protocol):
    """Where outputs come from."""

    def text_of(self, migration: Migration) -> str | Absence:
        """What sqlmigrate prints for a migration."""
        ...


def outputs(settings: Settings) -> Outputs | None:
    """Where the settings have outputs from; None if nobody asked for them."""
    if settings.sqlmigrate is not None:
        return Program(tuple(shlex.split(settings.sqlmigrate)), settings.root, settings.sqlmigrate_timeout)
    return Files(settings.sqlmigrate_from) if settings.sqlmigrate_from is not None else None


def read(migration: Migration, source: Outputs, engine: Engine) -> Output | Absence:
    """A migration's output, taken apart."""
    text = source.text_of(migration)
    return text if isinstance(text, Absence) else parse(text, migration, engine)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is run for each migration, with its application and name as last arguments."""

    command: tuple[str, ...]
    folder: Path
    timeout: int

    def text_of(self, migration: Migration) -> str | Absence:
        """What the program prints. It gets no input, and is ended with all that it has started after the timeout."""
        arguments = [*self.command, migration.app, migration.name]
        shown = shlex.join(arguments)
        own_group = os.name == "posix"
        try:
            process = subprocess.Popen(
                arguments,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=own_group,
            )
        except (OSError, ValueError) as error:
            return Absence(f"`{shown}` cannot be run: {getattr(error, 'strerror', None) or error}")
        try:
            out, err = process.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired:
            return Absence(f"`{shown}` did not end within {self.timeout} seconds")
        finally:
            _end(process, own_group)
        if process.returncode != 0:
            words = _last_words(err) or _last_words(out)
            return Absence(f"`{shown}` ended with exit code {process.returncode}{': ' if words else ''}{words}")
        return out.decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes], own_group: bool) -> None:
    if process.poll() is None:
        with contextlib.suppress(OSError):
            if own_group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.communicate()


def _last_words(output: bytes) -> str:
    """The last line that a program printed, where it says what went wrong."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:_MOST_SHOWN] if lines else ""


@dataclass(slots=True)
class Files:
    """Outputs that were saved: `app/name.sql` or `app.name.sql` in a folder, or one file with several outputs, each
    after a line `-- app.name`."""

    path: Path
    _parts: dict[tuple[str, str], str] | None = field(default=None, init=False)

    def text_of(self, migration: Migration) -> str | Absence:
        """The text saved for the migration."""
        app, name = migration.app, migration.name
        if not self.path.is_dir():
            return self._part(app, name)
        for file in (self.path / app / f"{name}.sql", self.path / f"{app}.{name}.sql"):
            if file.is_file():
                try:
                    return file.read_text(encoding="utf-8-sig")
                except (OSError, UnicodeDecodeError) as error:
                    return Absence(f"{file} cannot be read: {error}")
        return Absence(f"{self.path} holds no output for {app}.{name}", failed=False)

    def _part(self, app: str, name: str) -> str | Absence:
        if self._parts is None:
            try:
                text = self.path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                return Absence(f"{self.path} cannot be read: {getattr(error, 'strerror', None) or error}")
            marks = [*_NAME.finditer(text)]
            ends = [*(mark.start() for mark in marks[1:]), len(text)]
            self._parts = {(m[1], m[2]): text[m.end() : end] for m, end in zip(marks, ends, strict=True)}
        found = self._parts.get((app, name))
        return Absence(f"{self.path} holds no output for {app}.{name}", failed=False) if found is None else found


def parse(text: str, migration: Migration, engine: Engine) -> Output | Absence:
    """An output taken apart by the comments that head its operations."""
    from migration_lint.readers.sql import read_sql

    text = text.replace("\r\n", "\n")
    conditions = ((each, each.conditional) for each in migration.operations)
    operations = tuple(each for each, met in conditions if met is None or holds(met, engine) is not False)
    headings = [*_HEADING.finditer(text)]
    if "Traceback (most recent call last)" in text:
        return Absence(f"the output is a traceback: {_last_words(text.encode())}")
    if len(headings) != len(operations):
        here, there = _count(len(headings), "operation"), _count(len(operations), "operation")
        return Absence(f"the output has {here}, and the migration {there}")
    sections = []
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=True):
        part = text[heading.start() : end]
        body = text[heading.end() : end]
        sections.append(Section(tuple(read_sql(body, engine)), not any(mark in part for mark in _WITHOUT_SQL)))
    return Output(operations, _without_commit(sections))


def _without_commit(sections: list[Section]) -> tuple[Section, ...]:
    """The sections without the COMMIT that ends the output."""
    last = sections[-1].commands if sections else None
    if last and last[-1].statements == (TransactionControl("commit"),):
        sections[-1] = replace(sections[-1], commands=last[:-1])
    return tuple(sections)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def same(one: Command, other: Command) -> bool:
    """Whether two commands are the same SQL, white space and the semicolon apart."""
    return _bare(one.sql) == _bare(other.sql)


def alike(one: Command, other: Command) -> bool:
    """Whether two commands make an index or a constraint over the same columns, whatever its name."""
    subject = _subject(one)
    return subject is not None and subject == _subject(other)


def _subject(command: Command) -> tuple[object, ...] | None:
    for statement in command.statements:
        match statement:
            case CreateIndex(index=index):
                return index.table, tuple((key.column, key.opclass) for key in index.keys)
            case AddConstraint(table=table, constraint=constraint):
                return table, type(constraint), getattr(constraint, "columns", constraint.name)
            case _:
                pass
    return None


def _bare(sql: str) -> str:
    return " ".join(sql.split()).rstrip("; ")


class Reading:
    """One section on its way to the operations that it is about: several where one holds others."""

    def __init__(self, section: Section, operation: Operation) -> None:
        self.written = section.written
        self.rest = list(section.commands)
        self._left = _leaves(operation)

    def take(self, derived: Sequence[Command], deferred: Callable[[], int] | None) -> tuple[Command, ...]:
        """The commands of the next operation, for which `derived` were expected.

        `deferred` tells how many are expected behind the last operation's; None in all sections but the last.
        """
        self._left -= 1
        count = len(derived)
        if len(self.rest) < count or not all(map(same, self.rest, derived)):
            if self._left == 0:
                count = len(self.rest) if deferred is None else len(self.rest) - deferred()
        elif self._left == 0 and deferred is None:
            count = len(self.rest)
        taken = tuple(self.rest[: max(count, 0)])
        del self.rest[: len(taken)]
        return taken


def _leaves(operation: Operation) -> int:
    """How many operations of one may send something to the database."""
    if isinstance(operation, SeparateDatabaseAndState):
        return sum(map(_leaves, operation.database_operations))
    return 0 if isinstance(operation, RunPython) else 1
