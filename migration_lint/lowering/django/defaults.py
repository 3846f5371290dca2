"""Defaults: those Django fills existing rows with, those of the database, and generated columns."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.lowering.django.expressions import Compiler
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.literals import NotConstant, called, literal, prepared, source
from migration_lint.model.tables import Default, Generated
from migration_lint.model.values import Call, Function, Missing, Reference, Unknown, Value

_EVER_NEW = frozenset(
    [
        "uuid.uuid1",
        "uuid.uuid4",
        "uuid.uuid7",
        "django.utils.timezone.now",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "time.time",
        "random.random",
        "random.randint",
        "secrets.token_hex",
        "secrets.token_urlsafe",
        "django.utils.crypto.get_random_string",
    ]
)


@dataclass(frozen=True, slots=True)
class DefaultSql:
    """A default: its SQL as Django sends it, and as a column's property.

    `known` is False where only running the code would tell the value, which is then one and the same for all rows.
    `parameters` says that Django hands constants over beside the SQL.
    """

    sql: str
    default: Default | Unknown
    known: bool = True
    parameters: bool = True

    def same_as(self, other: DefaultSql | None) -> bool:
        """Whether both give the same value for certain."""
        return other is not None and self.known and self.sql == other.sql


def effective_default(field: BoundField) -> DefaultSql | None:
    """What `BaseDatabaseSchemaEditor.effective_default` computes, once, for all existing rows."""
    default = field.default
    if not isinstance(default, Missing):
        return _computed(field, default)
    if field.generated:
        return None
    if not field.null and field.flag("blank") and field.empty_strings:
        return _constant(
            literal(b"" if field.internal_type == "BinaryField" else "", field.model.models.dialect.engine)
        )
    if field.flag("auto_now") or field.flag("auto_now_add"):
        # All of one migration runs on one day, as good as always, but no two moments are the same.
        sql = "<today>" if field.internal_type == "DateField" else "<now>"
        return DefaultSql(sql, Default(sql), known=field.internal_type == "DateField")
    return None


def _constant(sql: str) -> DefaultSql:
    return DefaultSql(sql, Default(sql.strip()))


def _computed(field: BoundField, default: Value) -> DefaultSql | None:
    if default is None:
        return None
    internal = field.internal_type
    if field.is_foreign_key and field.target_field is not None:
        internal = field.target_field.internal_type
    try:
        return _constant(literal(prepared(called(default), internal), field.model.models.dialect.engine))
    except NotConstant:
        pass
    text = source(default)
    callable_ = isinstance(default, (Reference, Function))
    sql = f"<{text}()>" if callable_ else f"<{text}>"
    known = not callable_ and not isinstance(default, (Unknown, Call))
    return DefaultSql(sql, Default(sql), known)


def never_equal(field: BoundField) -> bool:
    """Whether Django finds the default different from itself: it is another one at each call, or JSON.

    psycopg 3 (Django 4.2 and later) wraps JSON in objects that don't compare.
    """
    dialect = field.model.models.dialect
    if field.internal_type == "JSONField" and dialect.engine == "postgresql":
        return dialect.django >= (4, 2)
    return isinstance(field.default, Reference) and field.default.dotted in _EVER_NEW


def database_default(field: BoundField) -> DefaultSql | None:
    """`db_default`."""
    value = field.db_default
    if isinstance(value, Missing):
        return None
    found = Compiler(field.model).expression(value, field)
    plain = not isinstance(value, Call) or value.function.name.rpartition(".")[2] == "Value"
    sql = found.sql if plain else f"({found.sql})"
    if isinstance(value, Unknown):
        return DefaultSql(sql, Unknown(value.source, value.reason), known=False)
    return DefaultSql(sql, Default(sql.strip(), found.functions), parameters=found.parameters)


def generated_column(field: BoundField) -> Generated | None:
    """The expression of a GeneratedField."""
    value = field.options.get("expression")
    found = Compiler(field.model).expression(value) if value is not None else None
    if found is None:
        return None
    return Generated(found.sql, tuple(sorted(found.columns or ())), field.option("db_persist") is True)
