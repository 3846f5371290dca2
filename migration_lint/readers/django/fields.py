"""Model fields: which class, derived from what, with which options."""

from __future__ import annotations

from collections.abc import Sequence as SequenceType
from typing import TYPE_CHECKING

from migration_lint.model.django import Field
from migration_lint.model.values import Unknown, Value
from migration_lint.readers.django.construction import Made, construct, with_attributes
from migration_lint.readers.django.names import canonical
from migration_lint.readers.django.third_party import FIELD_CLASSES, LENGTH_BY_VERSION
from migration_lint.readers.python.calls import body_result
from migration_lint.readers.python.inspecting import alternatives, why
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    FunctionObject,
    Invocation,
    Object,
    Outside,
    Scope,
)
from migration_lint.readers.python.words import words

if TYPE_CHECKING:
    from migration_lint.readers.django.builder import Builder

COMMON = words(
    "verbose_name name primary_key max_length unique blank null db_index rel default editable "
    "serialize unique_for_date unique_for_month unique_for_year choices help_text db_column "
    "db_tablespace auto_created validators error_messages db_comment db_default"
)
_DATE = ["verbose_name", "name", "auto_now", "auto_now_add"]
_TO = words("to on_delete related_name related_query_name limit_choices_to parent_link to_field db_constraint")
_GEOMETRY = ["verbose_name", "dim", "geography"]

DJANGO_FIELDS: dict[str, SequenceType[str]] = {
    **{
        f"django.db.models.{name}": COMMON
        for name in words(
            "AutoField BigAutoField BigIntegerField BinaryField BooleanField CharField "
            "CommaSeparatedIntegerField DurationField EmailField Field FloatField IPAddressField "
            "IntegerField NullBooleanField OrderWrt PositiveBigIntegerField PositiveIntegerField "
            "PositiveSmallIntegerField SlugField SmallAutoField SmallIntegerField TextField"
        )
    },
    **{
        f"django.contrib.postgres.fields.{name}": COMMON
        for name in words(
            "BigIntegerRangeField CICharField CIEmailField CITextField DateRangeField DateTimeRangeField "
            "DecimalRangeField FloatRangeField HStoreField IntegerRangeField RangeField"
        )
    },
    **{
        f"django.contrib.gis.db.models.{name}": _GEOMETRY
        for name in words(
            "GeometryCollectionField GeometryField LineStringField MultiLineStringField MultiPointField "
            "MultiPolygonField PointField PolygonField"
        )
    },
    "django.contrib.gis.db.models.ExtentField": COMMON,
    "django.contrib.gis.db.models.RasterField": ["verbose_name", "srid", "spatial_index"],
    "django.contrib.postgres.fields.ArrayField": ["base_field", "size"],
    "django.contrib.postgres.fields.JSONField": ["verbose_name", "name", "encoder"],
    "django.contrib.postgres.search.SearchVectorField": COMMON,
    "django.contrib.contenttypes.fields.GenericForeignKey": ["ct_field", "fk_field", "for_concrete_model"],
    "django.contrib.contenttypes.fields.GenericRelation": (
        words("to object_id_field content_type_field for_concrete_model related_query_name limit_choices_to")
    ),
    "django.db.models.CompositePrimaryKey": [],
    "django.db.models.DateField": _DATE,
    "django.db.models.DateTimeField": _DATE,
    "django.db.models.DecimalField": ["verbose_name", "name", "max_digits", "decimal_places"],
    "django.db.models.FileField": ["verbose_name", "name", "upload_to", "storage"],
    "django.db.models.FilePathField": [
        "verbose_name",
        "name",
        "path",
        "match",
        "recursive",
        "allow_files",
        "allow_folders",
    ],
    "django.db.models.ForeignKey": _TO,
    "django.db.models.ForeignObject": [
        "to",
        "on_delete",
        "from_fields",
        "to_fields",
        "rel",
        "related_name",
        "related_query_name",
    ],
    "django.db.models.GeneratedField": [],
    "django.db.models.GenericIPAddressField": ["verbose_name", "name", "protocol", "unpack_ipv4"],
    "django.db.models.ImageField": ["verbose_name", "name", "width_field", "height_field"],
    "django.db.models.JSONField": ["verbose_name", "name", "encoder", "decoder"],
    "django.db.models.ManyToManyField": (
        words(
            "to related_name related_query_name limit_choices_to symmetrical through through_fields "
            "db_constraint db_table swappable"
        )
    ),
    "django.db.models.OneToOneField": ["to", "on_delete", "to_field"],
    "django.db.models.TimeField": _DATE,
    "django.db.models.URLField": ["verbose_name", "name"],
    "django.db.models.UUIDField": ["verbose_name"],
}
"""Django's field classes and the names of their positional parameters (Django 3.2 to 6.1)."""

COMPOSITE_KEY = "django.db.models.CompositePrimaryKey"
COLUMN_METHODS = ("db_type", "rel_db_type", "db_parameters")


def read_field(builder: Builder, value: Object) -> Field | Unknown:
    """The field that an expression makes."""
    made = construct(builder, value, is_field)
    if isinstance(made, Unknown):
        return made
    base = made.known
    if made.problem:
        base = None
    options: dict[str, Object] = {}
    names = DJANGO_FIELDS.get(base or "")
    extra: tuple[tuple[str, Value], ...] = ()
    bases = list(made.bases)
    if base is not None and names is None:
        third_party = FIELD_CLASSES[base]
        bases.append(third_party.base)
        extra = third_party.options
        if base in LENGTH_BY_VERSION:
            extra = (("max_length", builder.unknown(value, "its length depends on the version of its package")),)
        names = list(third_party.parameters) or DJANGO_FIELDS[third_party.base]
    composite: tuple[tuple[str, Value], ...] = ()
    if base == COMPOSITE_KEY:
        composite = (("field_names", tuple(builder.freeze(argument) for argument in made.args)),)
        extra = (("primary_key", True),)
        made.args = []
    for name, argument in zip(names if names is not None else COMMON, made.args, strict=False):
        options[name] = argument
    for name, argument in made.kwargs:
        if name == "**":
            return builder.unknown(value, f"some of its options can't be told: {why(argument)}")
        options[name] = argument
    frozen = [(name, builder.freeze_option(name, argument)) for name, argument in options.items()]
    frozen += [(name, default) for name, default in extra if name not in options]
    own_types = () if made.problem else column_types(builder, made)
    derived = () if made.problem else column_class(builder, made.classes, bases, typed=bool(own_types))
    return Field(made.kind, (*composite, *frozen), builder.span(value), derived, own_types)


def is_field(path: str) -> str | None:
    """The public path of a field class that is known, else None."""
    path = canonical(path)
    return path if path in DJANGO_FIELDS or path in FIELD_CLASSES else None


def column_types(builder: Builder, made: Made) -> tuple[tuple[str | None, str], ...]:
    """What the nearest `db_type` returns, each with its condition; nothing where that is not constant."""
    for definition in made.classes:
        names = builder.home.class_body(definition).names
        method = names.get("db_type")
        if method is None and any(name in names for name in COLUMN_METHODS):
            return ()
        if isinstance(method, FunctionObject):
            return returned_texts(method, with_attributes(definition, dict(made.kwargs)))
    return ()


def returned_texts(method: FunctionObject, instance: ClassObject) -> tuple[tuple[str | None, str], ...]:
    """The strings that a method of an object returns, each with its condition; nothing where it may be another."""
    import libcst as cst

    definition = method.node
    if not isinstance(definition, cst.FunctionDef) or len(definition.params.params) != 2:
        return ()
    itself, connection = (parameter.name.value for parameter in definition.params.params)
    unknown = method.home.opaque(definition, "it is known only when the migration runs")
    local = Scope({itself: instance, connection: unknown}, parent=method.scope, owner=method.owner)
    found = []
    for result, condition in alternatives(body_result(method.home, definition, local)):
        if not isinstance(result, Constant) or not isinstance(result.value, str):
            return ()
        found.append((condition, result.value))
    return tuple(found)


def column_class(
    builder: Builder, classes: list[ClassObject], bases: list[str], *, typed: bool = False
) -> tuple[str, ...]:
    """The bases that decide about the column, none where a subclass decides for itself in code.

    `typed` says that what its `db_type` returns is known.
    """
    for definition in classes:
        names = builder.home.class_body(definition).names
        if any(method in names for method in COLUMN_METHODS if not (typed and method == "db_type")):
            return ()
        internal = names.get("get_internal_type")
        if internal is not None:
            path = f"django.db.models.{internal_type(internal)}"
            return (path,) if path in DJANGO_FIELDS else ()
    return tuple(bases)


def internal_type(method: Object) -> str:
    """What `get_internal_type` returns, empty if it can't be told."""
    if not isinstance(method, FunctionObject):
        return ""
    import libcst as cst

    definition = method.node
    if not isinstance(definition, cst.FunctionDef):
        return ""
    result = body_result(method.home, definition, Scope({}, parent=method.scope))
    return result.value if isinstance(result, Constant) and isinstance(result.value, str) else ""


__all__ = ["DJANGO_FIELDS", "Invocation", "Outside", "is_field", "read_field"]
