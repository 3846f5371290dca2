"""From what expressions evaluate to, to the parts of operations, with positions in the migration's own file."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from migration_lint.model.built_sql import BuiltSql
from migration_lint.model.django import SqlText
from migration_lint.model.migration import FunctionFacts
from migration_lint.model.values import Call as CallValue
from migration_lint.model.values import Reference, Span, Unknown, Value
from migration_lint.readers.django.sql_parts import texts
from migration_lint.readers.python.inspecting import why
from migration_lint.readers.python.interpreter import Interpreter
from migration_lint.readers.python.literals import split_literal
from migration_lint.readers.python.objects import Constant, Entry, Mapping, Object, Outside, Sequence
from migration_lint.readers.python.words import words

NAMES_ONLY = frozenset(
    words(
        "choices db_default decoder default encoder error_messages help_text limit_choices_to on_delete "
        "related_name related_query_name storage through to upload_to validators verbose_name"
    )
)
"""Field options whose value is a callable, a model or plain text, so that another file need not be read for it."""


class UnresolvedError(Exception):
    """What an operation can't do without is not known; the message is the reason."""


class Builder:
    """Builds the parts of one migration. What stands in another file is placed at `site`, the operation at work."""

    def __init__(self, home: Interpreter, site: Span) -> None:
        self.home = home
        self.site = site
        self.functions: dict[tuple[str, Span], FunctionFacts] = {}

    def span(self, value: Object) -> Span:
        """Where an object stands in the migration's file."""
        return self.home.positions.of(value.node) if value.home is self.home else self.site

    def unknown(self, value: Object, reason: str) -> Unknown:
        """An unresolved value."""
        return self.home.unknown(value, reason)

    def freeze(self, value: Object) -> Value:
        """The plain value of an object."""
        return self.home.freeze(value)

    def freeze_option(self, name: str, value: Object) -> Value:
        """The plain value of a field's option."""
        return self.freeze(value if name in NAMES_ONLY else self.home.resolve(value))

    def text(self, value: Object) -> str:
        """A string; raises UnresolvedError."""
        value = self.home.resolve(value)
        if isinstance(value, Constant) and isinstance(value.value, str):
            return value.value
        raise UnresolvedError(why(value) if not isinstance(value, Constant) else "it is not a string")

    def optional_text(self, value: Object) -> str | None:
        """A string or None; raises UnresolvedError."""
        value = self.home.resolve(value)
        return None if isinstance(value, Constant) and value.value is None else self.text(value)

    def flag(self, value: Object) -> bool:
        """A truth value; raises UnresolvedError."""
        value = self.home.resolve(value)
        if isinstance(value, Constant):
            return bool(value.value)
        raise UnresolvedError(why(value))

    def optional_flag(self, value: Object) -> bool | None:
        """A truth value or None; raises UnresolvedError."""
        value = self.home.resolve(value)
        return None if isinstance(value, Constant) and value.value is None else self.flag(value)

    def entries(self, value: Object) -> list[Entry]:
        """The elements of a list; raises UnresolvedError."""
        value = self.home.resolve(value)
        if isinstance(value, Sequence):
            return value.entries
        if isinstance(value, Constant) and value.value is None:
            return []
        raise UnresolvedError(why(value) if not isinstance(value, Constant) else "it is not a list")

    def texts(self, value: Object) -> tuple[str, ...]:
        """A list of strings; raises UnresolvedError."""
        return tuple(self.text(self.certain(e)) for e in self.entries(value))

    def certain(self, entry: Entry) -> Object:
        """An element that is always there; raises UnresolvedError."""
        if entry.condition is not None:
            raise UnresolvedError(f"it depends on {entry.condition}")
        return entry.item

    def text_groups(self, value: Object) -> tuple[tuple[str, ...], ...]:
        """`unique_together` in all the forms Django takes; raises UnresolvedError."""
        entries = self.entries(value)
        if entries and all(isinstance(self.home.resolve(e.item), Constant) for e in entries):
            return (self.texts(value),)
        return tuple(self.texts(self.certain(e)) for e in entries)

    def items(self, value: Object) -> tuple[tuple[str, Value], ...]:
        """A dictionary with constant keys; raises UnresolvedError."""
        return tuple((key, self.freeze(item)) for key, item in self.mapping(value))

    def mapping(self, value: Object) -> list[tuple[str, Object]]:
        """The items of a dictionary with constant keys; raises UnresolvedError."""
        value = self.home.resolve(value)
        if isinstance(value, Constant) and value.value is None:
            return []
        if not isinstance(value, Mapping):
            raise UnresolvedError(why(value))
        return [(self.text(key), item) for key, item in value.items]

    def expressions(self, values: list[Object]) -> tuple[Value, ...]:
        """Index and constraint expressions; `F("x").desc()` is an OrderBy."""
        return tuple(ordered(self.freeze(v)) for v in values)

    def sql(self, value: Object) -> tuple[SqlText | Unknown, ...] | None:
        """The SQL of a RunSQL: one entry a call of the database, None for None."""
        value = self.home.resolve(value)
        if isinstance(value, Outside) and value.path == "django.db.migrations.RunSQL.noop":
            return ()
        if isinstance(value, Constant):
            if value.value is None:
                return None
            return (self.sql_text(value),) if value.value != "" else ()
        if isinstance(value, Sequence):
            return tuple(self.sql_entry(e) for e in value.entries)
        return (self.unknown_sql(value),)

    def sql_entry(self, entry: Entry) -> SqlText | Unknown:
        """One of a list of statements: a string, or a pair of a string and its parameters."""
        item = self.home.resolve(entry.item)
        if entry.condition is not None:
            return self.unknown(item, f"it is run only if {entry.condition}")
        if isinstance(item, Sequence) and item.entries:
            item = self.home.resolve(item.entries[0].item)
        return self.sql_text(item)

    def sql_text(self, value: Object) -> SqlText | Unknown:
        """A string of SQL and where it begins."""
        if not isinstance(value, Constant):
            return self.unknown_sql(value)
        if not isinstance(value.value, str):
            return self.unknown(value, "it is not a string")
        span = self.span(value)
        exact = value.exact and value.home is self.home and isinstance(value.node, cst.SimpleString)
        return SqlText(value.value, text_span(value, span) if exact else span, exact)

    def unknown_sql(self, value: Object) -> Unknown:
        """SQL that is not known; with its parts, if values go into it that nobody quotes."""
        unknown = self.unknown(value, why(value))
        built = next((text for text in texts(value) if text.formatted), None)
        return BuiltSql(unknown.source, unknown.reason, built.parts, self.span(value)) if built else unknown


def text_span(literal: Constant, span: Span) -> Span:
    """The place of the text between the quotes of a string literal that stands at `span`."""
    assert isinstance(literal.node, cst.SimpleString)
    prefix, quote, _ = split_literal(literal.node.value)
    return replace(
        span,
        column=span.column + len(prefix) + len(quote),
        end_column=span.end_column - len(quote),
    )


def ordered(value: Value) -> Value:
    """`x.asc()` and `x.desc()` as the OrderBy that they make."""
    if isinstance(value, CallValue) and value.function == Reference("operator", "methodcaller"):
        receiver, method, *_ = value.args
        if method in ("asc", "desc"):
            direction = (("descending", True),) if method == "desc" else ()
            return CallValue(Reference("django.db.models", "OrderBy"), (receiver,), (*direction, *value.kwargs))
    return value
