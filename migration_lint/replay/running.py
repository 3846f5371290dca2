"""One migration on its way through the lowering and the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

from migration_lint import running_python, sqlmigrate
from migration_lint.conditions import holds
from migration_lint.databases.base import NON_TRANSACTIONAL_DDL, Database, Session
from migration_lint.effects import NOTHING, Break
from migration_lint.lowering import alembic
from migration_lint.lowering.django import MigrationLowering, ProjectState
from migration_lint.model.alembic import AlembicOperation, AlembicSql
from migration_lint.model.django import OwnOperation, RunPython, RunSQL, SeparateDatabaseAndState, SqlText
from migration_lint.model.functions import SchemaTouched
from migration_lint.model.migration import Migration, NotAnalysed, Operation
from migration_lint.model.sql import SqlStatement
from migration_lint.model.statements import (
    Command,
    TransactionControl,
    Unanalysed,
)
from migration_lint.model.values import Span, Unknown
from migration_lint.replay.releasing import Arrivals, Release
from migration_lint.replay.steps import Executed, Failure, Step
from migration_lint.running_code import broken_calls
from migration_lint.schema import Schema
from migration_lint.settings import Settings
from migration_lint.source import placed
from migration_lint.sqlmigrate import Output, Reading

_BEGIN = Command("BEGIN", (TransactionControl("begin"),))
_COMMIT = Command("COMMIT", (TransactionControl("commit"),))
_MOST_TOLD = 1_000_000  # locks and pieces of work in one migration: thousands of statements on thousands of partitions


@dataclass(slots=True)
class _Draft:
    """A step while its migration is still running."""

    operation: Operation
    before: Schema
    after: Schema
    models: ProjectState
    database: bool
    state: bool
    executed: list[Executed] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    problems: tuple[Unknown, ...] = ()
    failure: str | None = None
    sure: bool = True


class MigrationRun:
    """One migration's way through the lowering and the database."""

    def __init__(
        self,
        migration: Migration,
        lowering: MigrationLowering,
        database: Database,
        models: ProjectState,
        schema: Schema,
        release: Release,
        settings: Settings,
        wanted: bool,
        sure: bool,
    ) -> None:
        self.migration = migration
        # Whether all that has changed the schema so far was understood, so that failures can be told from it.
        self.sure = sure and not migration.problems
        self.models = models
        self.schema = schema
        self.transactional = migration.atomic is not False and database.engine not in NON_TRANSACTIONAL_DDL
        self.release = release
        self._arrivals = Arrivals(release)
        self._lowering = lowering
        self._database = database
        self._settings = settings
        self._wanted = wanted
        self._session = Session(transactional=self.transactional)
        self._told = 0
        self._drafts: list[_Draft] = []
        self._following = {id(one): next_one for one, next_one in pairwise(migration.operations)}
        self.failures: list[Failure] = []
        # What Django itself says that the operation at work sends, and whether it is the last one.
        self._real: Reading | None = None
        self._is_last = False
        self._deferred: tuple[tuple[int, Command], ...] | None = None

    def run_all(self, output: Output | None = None) -> None:
        """Run every operation, then what was deferred; `output` has the statements where Django tells them."""
        sections = dict(zip(map(id, output.operations), output.sections, strict=True)) if output else {}
        for operation in self.migration.operations:
            section = sections.get(id(operation))
            self._real = Reading(section, operation) if section is not None else None
            self._is_last = output is not None and operation is output.operations[-1]
            with self._going_on(operation.span):
                self.models = self._run(operation, self.models, database=True, state=True)
        with self._going_on(self.migration.span):
            deferred = self._lowering.finish(self.schema) if self._deferred is None else self._deferred
            if self._real is not None and self._drafts:
                deferred = self._located(self._real.rest, deferred)
            for index, command in deferred:
                self._execute(command, self._drafts[index], deferred=True)

    def _located(
        self, real: Iterable[Command], derived: Iterable[tuple[int, Command]]
    ) -> tuple[tuple[int, Command], ...]:
        """The commands that Django defers, each with the index of the step that it comes from."""
        left, found = list(derived), []
        for command in real:
            equal = (pair for pair in left if sqlmigrate.same(pair[1], command))
            similar = (pair for pair in left if sqlmigrate.alike(pair[1], command))
            expected = next(equal, None) or next(similar, None)
            if expected is not None:
                left.remove(expected)
            found.append((expected[0] if expected is not None else len(self._drafts) - 1, command))
        return tuple(found)

    @contextmanager
    def _going_on(self, span: Span) -> Iterator[None]:
        """Note what fails inside, so that one fault of ours does not hide all other findings."""
        try:
            yield
        except Exception as error:
            if all((known.span, repr(known.error)) != (span, repr(error)) for known in self.failures):
                self.failures.append(Failure(self.migration, span, error))

    def steps(self, new_tables: frozenset[str]) -> tuple[Step, ...]:
        """The finished steps."""
        count = len(self._drafts)
        tables = self._arrivals.new_at_each(new_tables, count)
        columns = self._arrivals.new_at_each(self.release.new_columns, count)
        return tuple(
            Step(
                migration=self.migration,
                operation=draft.operation,
                index=index,
                executed=tuple(draft.executed),
                before=draft.before,
                after=draft.after,
                released=self.release.before,
                transactional=self.transactional,
                models=draft.models,
                breaks=tuple(draft.breaks),
                problems=draft.problems,
                failure=draft.failure,
                database=draft.database,
                state=draft.state,
                sure=draft.sure,
                new_tables=new,
                new_columns=with_columns,
            )
            for index, (draft, new, with_columns) in enumerate(zip(self._drafts, tables, columns, strict=True))
        )

    def _run(self, operation: Operation, models: ProjectState, *, database: bool, state: bool) -> ProjectState:
        """Run one operation, its inner ones included, and return the models after it."""
        if operation.conditional is not None and holds(operation.conditional, self._settings.database) is False:
            return models
        if isinstance(operation, SeparateDatabaseAndState):
            return self._run_separate(operation, models, database=database, state=state)
        draft = _Draft(operation, self.schema, self.schema, models, database, state, sure=self.sure)
        self._drafts.append(draft)
        if isinstance(operation, SqlStatement):
            draft.failure = operation.refusal
            self._execute(operation.command, draft, several=operation.several)
            draft.after = self.schema
            return models
        if isinstance(operation, (AlembicOperation, AlembicSql)):
            self._run_alembic(operation, draft)
            draft.after = self.schema
            return models
        index = len(self._drafts) - 1
        lowered, after = self._lowering.lower(index, operation, models, self.schema, database=database, state=state)
        draft.problems = lowered.problems
        draft.failure = lowered.failure if self.sure or not lowered.on_schema else None
        sent = [(command, False) for command in lowered.commands]
        told = self._real is not None and self._real.written
        if database and (isinstance(operation, RunPython) or (isinstance(operation, OwnOperation) and not told)):
            self._run_python(operation, draft)
        elif database:
            if isinstance(operation, RunSQL):
                sent = self._sql_commands(operation, draft)
            if told:
                sent = self._as_django_says(sent, draft)
            elif isinstance(operation, NotAnalysed) or len(draft.problems) > len(lowered.problems):
                self.sure = False
        for command, several in sent:
            self._execute(command, draft, several=several)
        draft.after = self.schema
        if isinstance(operation, RunSQL) and state:
            for inner in operation.state_operations:
                after = self._run(inner, after, database=False, state=True)
        return after

    def _run_alembic(self, operation: AlembicOperation | AlembicSql, draft: _Draft) -> None:
        """An `autocommit_block` commits what came before it, and opens another transaction when it ends."""
        lowered = alembic.lower(operation, self.schema, self._settings.database)
        draft.problems = lowered.problems
        before, commands = self.schema, list(lowered.commands)
        if self.transactional and operation.outside:
            following = self._following.get(id(operation))
            if self._session.transactional:
                commands.insert(0, _COMMIT)
            if following is None or not getattr(following, "outside", False):
                commands.append(_BEGIN)
        several = isinstance(operation, AlembicSql) and len(lowered.commands) > 1
        for command in commands:
            self._execute(command, draft, several=several)
        judged = operation.conditional is None or holds(operation.conditional, self._settings.database) is True
        if (lowered.problems and not lowered.commands) or (not judged and self.schema is not before):
            self.sure = False

    def _run_separate(
        self, operation: SeparateDatabaseAndState, models: ProjectState, *, database: bool, state: bool
    ) -> ProjectState:
        """Database operations run on models of their own; only the state operations' models stay."""
        if database:
            inside = models
            for inner in operation.database_operations:
                inside = self._run(inner, inside, database=True, state=False)
        if state:
            for inner in operation.state_operations:
                models = self._run(inner, models, database=False, state=True)
        return models

    def _as_django_says(self, derived: list[tuple[Command, bool]], draft: _Draft) -> list[tuple[Command, bool]]:
        """What Django's own output has in the place of the commands that were derived."""
        assert self._real is not None
        expected = [command for command, _ in derived if command.sql]

        def deferred() -> int:
            schema = self.schema
            for command in expected:
                for statement in command.statements:
                    schema = schema.apply(statement)
            self._deferred = self._lowering.finish(schema)
            return len(self._deferred)

        real = self._real.take(expected, deferred if self._is_last else None)
        draft.problems, draft.failure = (), None
        if len(real) == len(expected) and all(map(sqlmigrate.same, real, expected)):
            return derived
        return [pair for pair in derived if not pair[0].sql] + [(command, False) for command in real]

    def _sql_commands(self, operation: RunSQL, draft: _Draft) -> list[tuple[Command, bool]]:
        """The commands of RunSQL, each with whether it is one of several sent as one string."""
        from migration_lint.readers.sql import read_sql

        found: list[tuple[Command, bool]] = []
        for part in operation.sql:
            if isinstance(part, SqlText):
                spans = placed(part.text, part.span) if part.exact else None
                commands = tuple(read_sql(part.text, self._database.engine, spans))
                found += [(command, len(commands) > 1) for command in commands]
            else:
                draft.problems += (part,)
        return found

    def _run_python(self, operation: RunPython | OwnOperation, draft: _Draft) -> None:
        facts = running_python.facts_of(operation, self.migration)
        if facts is None or facts.touches_schema:
            self.sure = False
        if facts is None:
            return
        for sent in running_python.sent(facts, self._lowering.models(draft.models), self._settings):
            before = self.schema
            self._execute(sent.command, draft, several=sent.several)
            if not sent.sure and self.schema is not before:
                self.sure = False
        draft.problems += tuple(
            Unknown(action.call, f"what {action.call} does is not followed")
            for action in facts.actions
            if isinstance(action, SchemaTouched)
        )
        if isinstance(operation, OwnOperation) and not facts.understood and not facts.touches_schema:
            reason = f"{operation.name}.database_forwards is the project's own"
            draft.problems += (Unknown(operation.name, reason),)

    def _execute(self, command: Command, draft: _Draft, *, deferred: bool = False, several: bool = False) -> None:
        """Send one command: its effect where this migration is reported, and the schema after it."""
        before = self.schema
        for statement in command.statements:
            self._arrivals.note(statement, before, len(self._drafts) - 1)
            self.schema = self.schema.apply(statement)
            if isinstance(statement, Unanalysed) and running_python.changes_schema(statement):
                self.sure = False
        if self._wanted:
            with self._going_on(draft.operation.span):  # a fault in the effects leaves the schema to those after it
                self._judge(command, before, draft, deferred=deferred, several=several)

    def _judge(self, command: Command, before: Schema, draft: _Draft, *, deferred: bool, several: bool) -> None:
        """What a command does to the server and to the running release."""
        session = self._session
        if several:
            session = replace(session, several=True)
        effect = NOTHING
        if self._told < _MOST_TOLD:
            effect, self._session = self._database.execute(command, before, session)
            self._told += len(effect.locks) + len(effect.work)
            if self._told >= _MOST_TOLD:
                reason = (
                    f"its statements lock and work on {_MOST_TOLD:,} tables up to here, and no more is told of them"
                )
                draft.problems += (Unknown(self.migration.name, reason),)
        if not self.sure and effect.failures:
            # What the server would refuse whatever the schema held is still sure.
            anyway = self._database.execute(command, Schema(), session)[0].failures
            sure = tuple(each for each in effect.failures if each.rows is not None or each in anyway)
            effect = replace(effect, failures=sure)
        draft.executed.append(Executed(command, effect, before, session, deferred, self.sure))
        if self._settings.deployment == "rolling":
            draft.breaks.extend(broken_calls(self.release.before, before, self.schema, command))
