"""The columns of GeoDjango on PostGIS: `django.contrib.gis.db.backends.postgis`, Django 3.2 to 6.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration_lint.model.values import Unknown

if TYPE_CHECKING:
    from migration_lint.lowering.django.fields import BoundField

GEOMETRIES = (
    "GeometryField",
    "PointField",
    "LineStringField",
    "PolygonField",
    "MultiPointField",
    "MultiLineStringField",
    "MultiPolygonField",
    "GeometryCollectionField",
)
SPATIAL = frozenset((*GEOMETRIES, "RasterField"))


def is_spatial(field: BoundField) -> bool:
    """Whether the field is one of GeoDjango's with a column."""
    return field.internal_type in SPATIAL


def is_geometry(field: BoundField) -> bool:
    """Whether it is one of those that have dimensions."""
    return field.internal_type in GEOMETRIES


def has_spatial_index(field: BoundField) -> bool:
    """Whether it has an index of its own, as it has unless told otherwise."""
    return is_spatial(field) and field.flag("spatial_index")


def is_solid(field: BoundField) -> bool:
    """Whether its values have three dimensions."""
    return field.option("dim") == 3


def column_type(field: BoundField) -> str | Unknown:
    """`geometry(POINT,4326)`: `PostGISOperations.geo_db_type`."""
    internal_type = field.internal_type or ""
    if internal_type == "RasterField":
        return "raster"
    srid = field.option("srid")
    if not isinstance(srid, int) or not isinstance(field.option("dim"), int):
        return Unknown(f"<type of {field.label}>", "its srid or dimension is not a constant")
    shape = internal_type.removesuffix("Field").upper() + ("Z" if is_solid(field) else "")
    return f"{'geography' if field.flag('geography') else 'geometry'}({shape},{srid})"


def forced(column: str, kind: str, old: BoundField, new: BoundField) -> str | None:
    """The USING expression where the number of dimensions changes: `PostGISSchemaEditor._alter_column_type_sql`."""
    if is_solid(old) == is_solid(new):
        return None
    return f"ST_Force{3 if is_solid(new) else 2}D({column})::{kind}"
