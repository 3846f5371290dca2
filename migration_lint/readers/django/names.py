"""By which path Django's classes are known, whatever module they were imported from, and which versions there are."""

from __future__ import annotations

from migration_lint.readers.python.words import words

FIELDS = "django.db.models"
MIGRATIONS = "django.db.migrations"
POSTGRES_OPERATIONS = "django.contrib.postgres.operations"
MIGRATION_CLASS = f"{MIGRATIONS}.Migration"

_MODELS_MODULES = words(
    "aggregates constraints deletion enums expressions fields fields.composite fields.files fields.generated "
    "fields.json fields.proxy fields.related indexes manager query query_utils"
)
_POSTGRES_FIELDS = ["array", "citext", "hstore", "jsonb", "ranges"]
_FUNCTIONS = ["comparison", "datetime", "json", "math", "mixins", "text", "uuid", "window"]

PUBLIC_MODULES: dict[str, str] = {
    **{f"{FIELDS}.{module}": FIELDS for module in _MODELS_MODULES},
    **{f"django.db.models.functions.{module}": "django.db.models.functions" for module in _FUNCTIONS},
    **{f"django.contrib.postgres.fields.{module}": "django.contrib.postgres.fields" for module in _POSTGRES_FIELDS},
    "django.contrib.gis.db.models.fields": "django.contrib.gis.db.models",
    "django.db.migrations.migration": MIGRATIONS,
    "django.db.migrations.operations": MIGRATIONS,
    "django.db.migrations.operations.base": "django.db.migrations.operations.base",
    "django.db.migrations.operations.fields": MIGRATIONS,
    "django.db.migrations.operations.models": MIGRATIONS,
    "django.db.migrations.operations.special": MIGRATIONS,
}
"""Module in which something is defined -> module from which it is meant to be imported."""

PRIVATE_NAMES: frozenset[str] = frozenset(
    {
        *(
            f"django.db.models.expressions.{name}"
            for name in words(
                "BaseExpression Col ColPairs Combinable CombinedExpression DatabaseDefault DurationExpression "
                "NegatedExpression OrderByList RawSQL Ref ResolvedOuterRef Sliced Star TemporalSubtraction"
            )
        ),
        *(
            f"django.db.models.fields.json.{name}"
            for name in words("HasAnyKeys HasKey HasKeys KT KeyTextTransform KeyTransform")
        ),
        "django.db.models.fields.related.RelatedField",
        "django.db.models.manager.BaseManager",
    }
)
"""Names that only the module that defines them has."""

VERSIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "django.VERSION": ((3, 2), (6, 1, 99)),
    "sys.version_info": ((3, 6), (3, 99)),
}
"""Version tuples that migrations compare with, and the lowest and highest that Django 3.2 to 6.1 allow."""

GIS_FIELDS = frozenset(
    words(
        "ExtentField GeometryCollectionField GeometryField LineStringField MultiLineStringField "
        "MultiPointField MultiPolygonField PointField PolygonField RasterField"
    )
)


def canonical(path: str) -> str:
    """The path of a class that GeoDjango's models module passes on from django.db.models."""
    module, _, name = path.rpartition(".")
    if module == "django.contrib.gis.db.models" and name not in GIS_FIELDS:
        return f"{FIELDS}.{name}"
    return path
