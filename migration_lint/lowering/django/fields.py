"""A field of a model: its column, and all that its options come to."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from migration_lint.conditions import holds
from migration_lint.lowering.django import names, postgis, types
from migration_lint.lowering.django.kinds import Kind, canonical, kind_of
from migration_lint.lowering.django.state import ModelState, relation_target
from migration_lint.model import column_types
from migration_lint.model.django import Field
from migration_lint.model.tables import ColumnType
from migration_lint.model.values import MISSING, Call, Missing, Reference, Span, Unknown, Value

if TYPE_CHECKING:
    from migration_lint.lowering.django.models import Model

NOWHERE = Span(0, 0, 0, 0)


def make_field(kind: str, **options: Value) -> Field:
    """A field that no migration declares but Django adds by itself."""
    return Field(kind, tuple(options.items()), NOWHERE)


def field_of(value: Value) -> Field | None:
    """The field that an argument such as ArrayField's `base_field` builds."""
    if isinstance(value, Call):
        return Field(canonical(value.function.dotted), value.kwargs, NOWHERE)
    return None


_NO_RELATED_MODEL = "the related model is not a constant"
DEFAULT_AUTO_FIELD = "django.conf.settings.DEFAULT_AUTO_FIELD"
"""The class of a field that is made of whatever class the setting names."""


class BoundField:
    """A field of a model: its column, and all that its options come to."""

    def __init__(self, model: Model, name: str, declared: Field | Unknown) -> None:
        self.model = model
        self.name = name
        self.unread = declared if isinstance(declared, Unknown) else None
        if isinstance(declared, Unknown):
            declared = make_field("")
        elif declared.kind == DEFAULT_AUTO_FIELD:
            declared = replace(declared, kind=model.models.default_auto_field(model.state))
        self.declared = declared
        self.options: dict[str, Value] = dict(declared.options)
        """Its options as given."""
        self.kind: Kind | None = kind_of(declared)
        """What is known of its class."""
        self._resolving = False

    def says(self, name: str) -> bool:
        """Whether an option that no class sets by itself is given as True."""
        return (name, True) in self.declared.options

    def report_name(self) -> None:
        """Note where not even the column's name can be told."""
        if self.unread is not None:
            self.model.models.problem(self.unread.source, self.unread.reason)
        self._report_computed("db_column")

    def report_options(self) -> None:
        """Note what about the field could not be told, its type apart."""
        self.report_name()
        self._report_computed("null", "unique", "db_index")

    def _report_computed(self, *options: str) -> None:
        for name in options:
            if isinstance(self.option(name), (Unknown, Reference, Call)):
                self.model.models.problem(self.label, f"`{name}` is not a constant")

    def report(self) -> None:
        """Note what about the field and its type could not be told."""
        self.report_options()
        if self.unread is None and isinstance(found := self.db_type, Unknown):
            self.model.models.problem(found.source, found.reason)
        elif self.many_to_many and self.remote_key is None:
            self.model.models.problem(self.label, _NO_RELATED_MODEL)

    @property
    def label(self) -> str:
        """The name people know it by."""
        return f"{self.model.state.label}.{self.name}"

    def option(self, name: str) -> Value | Missing:
        """An option as given, else as its class sets it, else MISSING."""
        if name in self.options:
            return self.options[name]
        return self.kind.defaults.get(name, MISSING) if self.kind is not None else MISSING

    def flag(self, name: str) -> bool:
        """A yes-or-no option; one that could not be resolved counts as no."""
        value = self.option(name)
        return not isinstance(value, (Unknown, Reference, Call)) and bool(value)

    # What the field is

    @property
    def internal_type(self) -> str | None:
        """Django's name of its type; None for a class nobody knows."""
        return self.kind.internal_type if self.kind else None

    @property
    def many_to_many(self) -> bool:
        """Whether it is a many-to-many field."""
        return self.kind is not None and self.kind.relation == "many to many"

    @property
    def is_foreign_key(self) -> bool:
        """Whether it is a ForeignKey or OneToOneField."""
        return self.kind is not None and self.kind.relation == "foreign key"

    @property
    def has_column(self) -> bool:
        """Whether it has a column of its own."""
        return self.kind is None or self.kind.relation in (None, "foreign key")

    @property
    def null(self) -> bool:
        """Whether NULL is allowed."""
        return self.flag("null")

    @property
    def primary_key(self) -> bool:
        """Whether it is the key."""
        return self.says("primary_key") or (self.unread is not None and self.name == "id")

    @cached_property
    def unique(self) -> bool:
        """Whether the column is unique, as a key is."""
        return self.primary_key or self.flag("unique")

    @cached_property
    def db_index(self) -> bool:
        """Whether an index is wanted."""
        return self.flag("db_index")

    @property
    def db_constraint(self) -> bool:
        """Whether a relation is backed by a foreign key of the database."""
        return self.option("db_constraint") is not False

    @property
    def generated(self) -> bool:
        """Whether it is a GeneratedField."""
        return self.internal_type == "GeneratedField"

    @property
    def comment(self) -> str | None:
        """Its `db_comment`."""
        value = self.option("db_comment")
        return value if isinstance(value, str) else None

    @property
    def default(self) -> Value | Missing:
        """Its Python default."""
        value = self.option("default")
        if isinstance(value, Reference) and value.name.rpartition(".")[2] == "NOT_PROVIDED":
            return MISSING
        return value

    @property
    def db_default(self) -> Value | Missing:
        """Its database default."""
        value = self.option("db_default")
        if isinstance(value, Reference) and value.name.rpartition(".")[2] == "NOT_PROVIDED":
            return MISSING
        return value

    @property
    def empty_strings(self) -> bool:
        """Whether an empty string is a value of it."""
        return self.kind.empty_strings if self.kind else False

    # Its column

    @property
    def attname(self) -> str:
        """The attribute that holds the column's value."""
        return f"{self.name}_id" if self.is_foreign_key else self.name

    @cached_property
    def column(self) -> str:
        """The name of its column."""
        column = self.option("db_column")
        return column if isinstance(column, str) and column else self.attname

    @cached_property
    def db_type(self) -> str | Unknown | None:
        """The column type as Django writes it; None for a field without a column."""
        if not self.has_column:
            return None
        if self.is_foreign_key:
            return self._related_type()
        if self.declared.column_types:
            return self._written_type()
        if self.internal_type is None:
            return Unknown(self._unknown_type, f"the class of the field {self.label} is not known")
        return self._own_type(self.internal_type)

    @property
    def _unknown_type(self) -> str:
        return f"<type of {self.declared.kind or self.label}>"

    def _written_type(self) -> str | Unknown:
        """What a `db_type` of the project's own returns on this engine."""
        engine = self.model.models.dialect.engine
        left = [(c is None or holds(c, engine), text) for c, text in self.declared.column_types]
        certain = [text for truth, text in left if truth]
        possible = {text for truth, text in left if truth is not False}
        if certain or len(possible) == 1:
            return certain[0] if certain else possible.pop()
        return Unknown(self._unknown_type, f"what {self.declared.kind}.db_type returns depends on more than the engine")

    def _own_type(self, internal_type: str) -> str | Unknown:
        if internal_type == "ArrayField":
            return self._array_type()
        if internal_type == "GeneratedField":
            output = field_of(self.options.get("output_field"))
            if output is None:
                return Unknown(self._unknown_type, "the output field could not be resolved")
            return BoundField(self.model, self.name, output).db_type or Unknown(self._unknown_type, "not a column")
        if postgis.is_spatial(self) and self.model.models.dialect.engine == "postgresql":
            return postgis.column_type(self)
        template = self.model.models.dialect.data_type(internal_type)
        if template is None:
            return Unknown(self._unknown_type, "the database has no such column type")
        if "(max_" not in template:
            return template
        length, digits, places = self.option("max_length"), self.option("max_digits"), self.option("decimal_places")
        if internal_type == "DecimalField":
            if any(isinstance(given, (Unknown, Reference, Call)) for given in (digits, places)):
                return Unknown(self._unknown_type, "its digits are not constant")
            if not isinstance(digits, int) and self.model.models.dialect.django >= (6, 1):
                return "numeric"
            return template % {"max_digits": digits or None, "decimal_places": places if places != MISSING else None}
        if isinstance(length, (Unknown, Reference, Call)):
            return Unknown(self._unknown_type, "`max_length` is not a constant")
        if template.endswith("[(max_length)]"):
            return f"varchar({length})" if isinstance(length, int) else "varchar"
        return template % {"max_length": length if isinstance(length, int) else None}

    def _array_type(self) -> str | Unknown:
        base = self.base_field
        inner = base.db_type if base else None
        if not isinstance(inner, str):
            return Unknown(self._unknown_type, "the base field's type is not known")
        size = self.option("size")
        return f"{inner}[{size if isinstance(size, int) else ''}]"

    @cached_property
    def base_field(self) -> BoundField | None:
        """The field of an array's elements."""
        base = field_of(self.options.get("base_field"))
        return BoundField(self.model, self.name, base) if base else None

    def _related_type(self) -> str | Unknown:
        if self._resolving:
            return Unknown(self._unknown_type, "the foreign keys refer to each other")
        self._resolving = True
        try:
            target = self.target_field
            found = target.related_type if target else None
        finally:
            self._resolving = False
        if isinstance(found, str):
            return found
        if self.remote_key is None:
            return Unknown(self._unknown_type, _NO_RELATED_MODEL)
        to = ".".join(self.remote_key)
        reason = f"the type of {self.label} is that of the key of {to}, which is not known"
        return Unknown(f"<type of {to}.{target.name if target else 'id'}>", reason)

    @property
    def related_type(self) -> str | Unknown | None:
        """The column type of a foreign key to this field."""
        dialect = self.model.models.dialect
        internal = self.internal_type
        if internal in types.RELATED:
            return dialect.data_type(types.RELATED[internal])
        if internal in types.UNMATCHED and dialect.engine not in ("mysql", "mariadb"):
            return dialect.data_type(types.UNMATCHED[internal])
        return self.db_type

    @property
    def raw_type(self) -> str | Unknown | None:
        """What decides whether a type change is written with USING: `DatabaseSchemaEditor._field_data_type`."""
        found = None if self.is_foreign_key else self.model.models.dialect.data_type(self.internal_type or "")
        return found or self.db_type

    @property
    def column_type(self) -> ColumnType | Unknown:
        """The column type as the database knows it."""
        found = self.db_type
        if isinstance(found, str):
            return column_types.parse(found, self.model.models.dialect.engine)
        return found or Unknown(self.name, "the field has no column")

    @cached_property
    def collation(self) -> str | None:
        """Its collation; a foreign key has that of the field it refers to (from Django 4.1 on)."""
        if self.is_foreign_key:
            if self.model.models.dialect.django < (4, 1) or self._resolving:
                return None
            self._resolving = True
            try:
                return self.target_field.collation if self.target_field else None
            finally:
                self._resolving = False
        value = self.option("db_collation")
        return value if isinstance(value, str) and value else None

    # Relations

    @cached_property
    def remote_key(self) -> tuple[str, str] | None:
        """The model a relation points at."""
        to = self.option("to")
        if isinstance(to, Reference) and (swappable := self.model.models.swappable(to.name.rpartition(".")[2])):
            return swappable
        return relation_target(to, self.model.state, self.model.models.dialect.auth_user_model)

    @property
    def remote(self) -> Model | None:
        """The model a relation points at, rendered."""
        return self.model.models.get(self.remote_key) if self.remote_key else None

    @property
    def to_field(self) -> str | None:
        """The field's name that a foreign key refers to, where it is not the key."""
        value = self.option("to_field")
        return value if isinstance(value, str) else None

    @property
    def target_field(self) -> BoundField | None:
        """The field that a foreign key refers to."""
        if self.remote is None:
            return None
        return self.remote.get_field(self.to_field) if self.to_field else self.remote.pk

    @property
    def related_query_name(self) -> str:
        """What Django sorts the relations of a model by."""
        for option in ("related_query_name", "related_name"):
            value = self.option(option)
            if isinstance(value, str) and value:
                label, name = self.model.state.app, self.model.state.name.lower()
                return value.replace("%(class)s", name).replace("%(app_label)s", label)
        return self.model.state.name.lower()

    @cached_property
    def through_key(self) -> tuple[str, str] | None:
        """The model named by `through`, if any."""
        through = self.option("through")
        if through is None or isinstance(through, Missing):
            return None
        return relation_target(through, self.model.state, None) or ("", "")

    @cached_property
    def auto_through(self) -> Model | None:
        """The model behind a many-to-many field that names none: `create_many_to_many_intermediary_model`."""
        if not self.many_to_many or self.through_key is not None or self.remote_key is None:
            return None
        owner = self.model.state
        source, target = self.through_columns
        name = f"{owner.name}_{self.name}"
        common: dict[str, Value] = {"related_name": f"{name}+"}
        if not self.db_constraint:
            common["db_constraint"] = False
        relation = "django.db.models.ForeignKey"
        fields = {
            "id": make_field(self.model.models.default_auto_field(owner), primary_key=True, auto_created=True),
            source: make_field(relation, to=".".join(owner.key), **common),
            target: make_field(relation, to=".".join(self.remote_key), **common),
        }
        options: dict[str, Value] = {"db_table": self._through_table()}
        state = ModelState(owner.app, name, fields, options, unique_together=((source, target),))
        return self.model.models.render(state)

    @property
    def through_columns(self) -> tuple[str, str]:
        """The names of the two fields of the automatic intermediary model."""
        source = self.model.state.name.lower()
        target = self.remote_key[1] if self.remote_key else ""
        return (f"from_{source}", f"to_{target}") if source == target else (source, target)

    def _through_table(self) -> str:
        given = self.option("db_table")
        if isinstance(given, str) and given:
            return given
        owner = self.model.db_table
        if owner.startswith('"') and owner.endswith('"'):
            owner = owner[1:-1]
        return names.truncate(f"{owner}_{self.name}", self.model.models.dialect.max_name_length)
