"""Alembic's revisions and their operations, as their authors wrote them."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.model.django import SqlText
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.values import Span, Unknown, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class AlembicOperation(Operation):
    """One call of `alembic.op`, of a batch, or of an enumeration's own `create` and `drop`.

    `options` are the arguments by name, positional ones bound to the names of the function's signature; those that
    `*columns` and the like collect stand as a tuple under that name. `batch` says that it is one of a
    `batch_alter_table`. `outside` says that it runs in an `autocommit_block`, so in no transaction.
    """

    name: str
    options: tuple[tuple[str, Value], ...] = ()
    batch: bool = False
    outside: bool = False

    @property
    def kind(self) -> str:
        """The name the author would use for it."""
        return f"{'batch_op' if self.batch else 'op'}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlembicSql(Operation):
    """SQL that is sent as text or built by SQLAlchemy's constructs, whose outline is then its text.

    `name` is the function that sends it, as written.
    """

    name: str
    sql: SqlText | Unknown
    outside: bool = False

    @property
    def kind(self) -> str:
        """The name the author would use for it."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class AlembicMigration(Migration):
    """One revision; its name is the revision's identifier.

    `dependencies` has the revisions below it and those that it depends on besides, `down_revisions` the former alone.
    `title` is the first line of what its author says it does. `downgrade` are the operations that undo it: None where
    the file has no such function, or where the function refuses (`refuses`); `downgrade_span` is where it stands.
    """

    down_revisions: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()
    title: str = ""
    downgrade: tuple[Operation, ...] | None = None
    downgrade_span: Span | None = None
    refuses: bool = False
