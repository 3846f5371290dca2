"""One migration file as its reader understood it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from migration_lint.model.functions import Note, SchemaTouched, Write
from migration_lint.model.values import FileReference, Reference, Span, Unknown

Framework = Literal["django", "alembic", "sql"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the author wrote; every framework's operations derive from it.

    `span` covers the whole call. `conditional` holds the condition's source text where the operation runs only under
    one (`if connection.vendor == "postgresql"`), else None. `irreversible` says that its class, one of the project's
    own, says so.
    """

    span: Span
    conditional: str | None = None
    irreversible: bool = False

    @property
    def kind(self) -> str:
        """The name the author would use for it."""
        return type(self).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnalysed(Operation):
    """An operation that could not be understood: `name` as written, and the reason."""

    name: str
    reason: str

    @property
    def kind(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Dependency:
    """A dependency on (or replacement of, or run before) another migration.

    `name` may be Django's `__first__` or `__latest__`. `setting` names the setting a swappable dependency goes through
    (`AUTH_USER_MODEL`); `app` is then empty until history resolves it.
    """

    app: str
    name: str
    setting: str | None = None


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A name that a function reaches from an application's module, such as `shop.models.Book`, and where it is used.

    `how` says how the name is used: `query` (a manager or queryset call on it), `instance` (it is called),
    `constant` (an attribute of it is read), `other`.
    """

    module: str
    name: str
    how: Literal["query", "instance", "constant", "other"]
    span: Span


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """What a Python function that a migration runs does, its helpers in the same file included.

    `actions` are what it asks of the database, in order; they are all that it asks if it is `understood`. `unfollowed`
    says that it calls functions that are not at hand, which may do anything. `notes` are what else it is seen to do.
    """

    name: str
    span: Span
    model_uses: tuple[ModelUse, ...] = ()
    does_nothing: bool = False
    actions: tuple[Write, ...] = ()
    understood: bool = False
    unfollowed: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def touches_schema(self) -> bool:
        """Whether it may change the schema in a way that is not followed."""
        return self.unfollowed or any(isinstance(action, SchemaTouched) for action in self.actions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One migration. `path` is what the user would call the file; `inputs` are other files its facts came from.

    `app` is the application label as far as the file itself tells (history corrects it), `name` the file's stem or
    the revision. `atomic` is a Reference while only another file can tell (an inherited attribute).
    `generated_by` is the framework version named in the header. `problems` are things at file level that could not be
    understood: each a span and an Unknown. `operations_span` is where the list of operations stands in the file.
    `references` are the names and files that the facts depend on and that only other files hold; linking finds those
    of the tree.
    """

    path: str
    framework: Framework
    app: str
    name: str
    span: Span
    dependencies: tuple[Dependency, ...] = ()
    run_before: tuple[Dependency, ...] = ()
    replaces: tuple[Dependency, ...] = ()
    atomic: bool | Reference | Unknown = True
    initial: bool | None = None
    operations: tuple[Operation, ...] = ()
    operations_span: Span | None = None
    functions: tuple[FunctionFacts, ...] = ()
    generated_by: tuple[int, int] | None = None
    problems: tuple[tuple[Span, Unknown], ...] = ()
    inputs: tuple[str, ...] = field(default=())
    references: tuple[Reference | FileReference, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAMigration:
    """A file that parses and is no migration of the framework it was read for, and why."""

    reason: str
