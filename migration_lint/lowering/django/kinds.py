"""What is known of field classes by their dotted names: the column type they stand for and their own defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from migration_lint.lowering.django.postgis import SPATIAL
from migration_lint.model.django import Field
from migration_lint.model.values import Value

Relation = Literal["foreign key", "many to many", "none"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`internal_type` is Django's `get_internal_type()`; `defaults` are options the class sets when none is given.

    `relation` is `none` for what has no column at all. `empty_strings` is Django's `empty_strings_allowed`.
    """

    internal_type: str
    defaults: Mapping[str, Value] = field(default_factory=dict)
    relation: Relation | None = None
    empty_strings: bool = True


_NEVER_TEXT = [
    "AutoField",
    "BigAutoField",
    "SmallAutoField",
    "BooleanField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "FloatField",
    "IntegerField",
    "BigIntegerField",
    "SmallIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "PositiveBigIntegerField",
    "IPAddressField",
    "TimeField",
    "UUIDField",
    "JSONField",
]
"""Classes that are named like their internal type, and whose values are no text."""
_NO_EMPTY_STRINGS = frozenset(
    [
        *_NEVER_TEXT,
        "NullBooleanField",
        "GenericIPAddressField",
        "ArrayField",
        "HStoreField",
        "IntegerRangeField",
        "BigIntegerRangeField",
        "DecimalRangeField",
        "DateTimeRangeField",
        "DateRangeField",
        "ForeignKey",
        "OneToOneField",
        *SPATIAL,
    ]
)


def _kind(internal_type: str, relation: Relation | None = None, **defaults: Value) -> Kind:
    return Kind(internal_type, defaults, relation, internal_type not in _NO_EMPTY_STRINGS)


_SAME_NAME = [*_NEVER_TEXT, "BinaryField", "CharField", "TextField"]

_MODELS: dict[str, Kind] = {
    **{name: _kind(name) for name in _SAME_NAME},
    "CommaSeparatedIntegerField": _kind("CharField"),
    "EmailField": _kind("CharField", max_length=254),
    "URLField": _kind("CharField", max_length=200),
    "SlugField": _kind("SlugField", max_length=50, db_index=True),
    "FileField": _kind("FileField", max_length=100),
    "ImageField": _kind("FileField", max_length=100),
    "FilePathField": _kind("FilePathField", max_length=100),
    "GenericIPAddressField": _kind("GenericIPAddressField", max_length=39),
    "NullBooleanField": _kind("BooleanField", null=True, blank=True),
    "OrderWrt": _kind("IntegerField", editable=False),
    "GeneratedField": _kind("GeneratedField"),
    "ForeignKey": _kind("ForeignKey", "foreign key", db_index=True),
    "OneToOneField": _kind("OneToOneField", "foreign key", db_index=True, unique=True),
    "ManyToManyField": _kind("ManyToManyField", "many to many"),
    "ForeignObject": _kind("ForeignObject", "none"),
    "CompositePrimaryKey": _kind("CompositePrimaryKey", "none"),
}

_POSTGRES = [
    "ArrayField",
    "HStoreField",
    "IntegerRangeField",
    "BigIntegerRangeField",
    "DecimalRangeField",
    "DateTimeRangeField",
    "DateRangeField",
    "SearchVectorField",
    "SearchQueryField",
    "JSONField",
]

KINDS: dict[str, Kind] = {
    **{f"django.db.models.{name}": kind for name, kind in _MODELS.items()},
    **{f"django.contrib.postgres.fields.{name}": _kind(name) for name in _POSTGRES},
    **{f"django.contrib.postgres.fields.{name}": _kind(name) for name in ("CITextField", "CICharField")},
    "django.contrib.postgres.fields.CIEmailField": _kind("CIEmailField", max_length=254),
    **{f"django.contrib.gis.db.models.{name}": _kind(name, srid=4326, dim=2, spatial_index=True) for name in SPATIAL},
    "django.contrib.contenttypes.fields.GenericRelation": _kind("GenericRelation", "none"),
    "django.contrib.contenttypes.fields.GenericForeignKey": _kind("GenericForeignKey", "none"),
}
"""Django's own; the reader names the Django class that one of another package derives from."""

_PACKAGES = ("django.db.models.", "django.contrib.postgres.fields.", "django.contrib.gis.db.models.")
_MOVED = {"django.contrib.postgres.search.": "django.contrib.postgres.fields."}


def canonical(dotted: str) -> str:
    """The shortest public name of a class, whatever module it was imported from."""
    for old, new in _MOVED.items():
        if dotted.startswith(old):
            dotted = new + dotted[len(old) :]
    for package in _PACKAGES:
        if dotted.startswith(package):
            return package + dotted.rpartition(".")[2]
    return dotted


def kind_of(declared: Field) -> Kind | None:
    """What is known of the field's class, or of the nearest class it derives from."""
    return _kind_of(declared.kind, declared.bases)


@lru_cache(maxsize=4096)
def _kind_of(kind: str, bases: tuple[str, ...]) -> Kind | None:
    for dotted in (kind, *bases):
        found = KINDS.get(dotted) or KINDS.get(canonical(dotted))
        if found is not None:
            return found
    return None
