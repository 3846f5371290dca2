"""Where the commands of a migration gather, and what stands in the database while they do."""

from __future__ import annotations

from collections.abc import Iterable

from migration_lint.lowering.django.ddl import (
    Definition,
)
from migration_lint.lowering.django.dialect import Dialect
from migration_lint.lowering.django.introspection import constraint_names
from migration_lint.lowering.django.literals import quote_text
from migration_lint.lowering.django.models import Model
from migration_lint.model import statements as s
from migration_lint.schema import Schema


class Refused(Exception):  # noqa: N818 - what Django raises is the author's error, not ours
    """Django itself refuses the operation, in these words."""


class NotThere(Refused):
    """Django does not find in the database what the operation is about."""


class Collector:
    """Collects the commands of one migration. `origin` is the operation that is running."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.origin = 0
        self.deferred: list[tuple[int, Definition]] = []
        self._commands: list[s.Command] = []
        self._schema = Schema()
        self._pending: list[s.Statement] = []

    def begin(self, origin: int, schema: Schema) -> None:
        """An operation starts."""
        self.origin = origin
        self._schema = schema
        self._commands = []
        self._pending = []

    def take(self) -> tuple[s.Command, ...]:
        """The commands of the operation that is running, which are then forgotten."""
        commands, self._commands = tuple(self._commands), []
        return commands

    @property
    def schema(self) -> Schema:
        """The schema after the commands so far."""
        for statement in self._pending:
            self._schema = self._schema.apply(statement)
        self._pending = []
        return self._schema

    def send(self, command: s.Command) -> None:
        """Send a command."""
        command = self.completed(command)
        self._commands.append(command)
        self._pending.extend(command.statements)

    def execute(self, sql: str, *statements: s.Statement) -> None:
        """Send SQL with what it means."""
        self.send(s.Command(sql, statements))

    def define(self, definition: Definition | None) -> None:
        """Create an index or constraint now."""
        if definition is not None:
            self.send(definition.command(self.quote, self.max_length))

    def defer(self, definition: Definition | None) -> None:
        """Create an index or constraint when the migration ends."""
        if definition is not None:
            self.deferred.append((self.origin, definition))

    def completed(self, command: s.Command) -> s.Command:
        """The command with what the database does by itself when it gets it."""
        return command

    def finish(self, schema: Schema) -> tuple[tuple[int, s.Command], ...]:
        """The deferred commands with the operations they come from."""
        self.begin(self.origin, schema)
        for _, item in self.deferred:
            self.define(item)
        return tuple(zip((origin for origin, _ in self.deferred), self.take(), strict=True))

    @property
    def max_length(self) -> int:
        """The length index names are shortened to."""
        return self.dialect.max_name_length or 200

    def quote(self, name: str) -> str:
        """A quoted identifier."""
        return name if name.startswith('"') and name.endswith('"') else f'"{name}"'

    def quote_value(self, value: str) -> str:
        """A quoted string."""
        return quote_text(value)

    def names(
        self, model: Model, columns: Iterable[str], kind: str, exclude: frozenset[str] = frozenset()
    ) -> list[str]:
        """The constraints or indexes of that kind on exactly these columns."""
        return constraint_names(self.schema.table(model.table), tuple(columns), kind, exclude)

    def keeps(self, model: Model) -> bool:
        """Whether the replayed schema holds the model's table whole, so that a name it lacks does not exist."""
        table = self.schema.table(model.table)
        return table is not None and table.complete

    def supported(self, definition: Definition | None) -> Definition | None:
        """The definition, unless the engine has nothing like it."""
        return definition
