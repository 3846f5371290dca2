"""Column types per engine: `DatabaseWrapper.data_types` and what stands beside it, for Django 3.2 to 6.1."""

from __future__ import annotations

from collections.abc import Mapping

POSTGRESQL: dict[str, str] = {
    "AutoField": "integer",
    "BigAutoField": "bigint",
    "SmallAutoField": "smallint",
    "BinaryField": "bytea",
    "BooleanField": "boolean",
    # A callable since Django 4.2, which is why it never equals the template of SlugField.
    "CharField": "varchar[(max_length)]",
    "DateField": "date",
    "DateTimeField": "timestamp with time zone",
    "DecimalField": "numeric(%(max_digits)s, %(decimal_places)s)",
    "DurationField": "interval",
    "FileField": "varchar(%(max_length)s)",
    "FilePathField": "varchar(%(max_length)s)",
    "FloatField": "double precision",
    "IntegerField": "integer",
    "BigIntegerField": "bigint",
    "IPAddressField": "inet",
    "GenericIPAddressField": "inet",
    "JSONField": "jsonb",
    "PositiveBigIntegerField": "bigint",
    "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint",
    "SlugField": "varchar(%(max_length)s)",
    "SmallIntegerField": "smallint",
    "TextField": "text",
    "TimeField": "time",
    "UUIDField": "uuid",
    "HStoreField": "hstore",
    "IntegerRangeField": "int4range",
    "BigIntegerRangeField": "int8range",
    "DecimalRangeField": "numrange",
    "DateTimeRangeField": "tstzrange",
    "DateRangeField": "daterange",
    "SearchVectorField": "tsvector",
    "SearchQueryField": "tsquery",
    "CITextField": "citext",
    "CICharField": "citext",
    "CIEmailField": "citext",
}
SERIALS = {"AutoField": "serial", "BigAutoField": "bigserial", "SmallAutoField": "smallserial"}
"""PostgreSQL before Django 4.1."""

MYSQL: dict[str, str] = {
    "AutoField": "integer AUTO_INCREMENT",
    "BigAutoField": "bigint AUTO_INCREMENT",
    "SmallAutoField": "smallint AUTO_INCREMENT",
    "BinaryField": "longblob",
    "BooleanField": "bool",
    "CharField": "varchar(%(max_length)s)",
    "DateField": "date",
    "DateTimeField": "datetime(6)",
    "DecimalField": "numeric(%(max_digits)s, %(decimal_places)s)",
    "DurationField": "bigint",
    "FileField": "varchar(%(max_length)s)",
    "FilePathField": "varchar(%(max_length)s)",
    "FloatField": "double precision",
    "IntegerField": "integer",
    "BigIntegerField": "bigint",
    "IPAddressField": "char(15)",
    "GenericIPAddressField": "char(39)",
    "JSONField": "json",
    "PositiveBigIntegerField": "bigint UNSIGNED",
    "PositiveIntegerField": "integer UNSIGNED",
    "PositiveSmallIntegerField": "smallint UNSIGNED",
    "SlugField": "varchar(%(max_length)s)",
    "SmallIntegerField": "smallint",
    "TextField": "longtext",
    "TimeField": "time(6)",
    "UUIDField": "char(32)",
}
SQLITE: dict[str, str] = {
    "AutoField": "integer",
    "BigAutoField": "integer",
    "SmallAutoField": "integer",
    "BinaryField": "BLOB",
    "BooleanField": "bool",
    "CharField": "varchar(%(max_length)s)",
    "DateField": "date",
    "DateTimeField": "datetime",
    "DecimalField": "decimal",
    "DurationField": "bigint",
    "FileField": "varchar(%(max_length)s)",
    "FilePathField": "varchar(%(max_length)s)",
    "FloatField": "real",
    "IntegerField": "integer",
    "BigIntegerField": "bigint",
    "IPAddressField": "char(15)",
    "GenericIPAddressField": "char(39)",
    "JSONField": "text",
    "PositiveBigIntegerField": "bigint unsigned",
    "PositiveIntegerField": "integer unsigned",
    "PositiveSmallIntegerField": "smallint unsigned",
    "SlugField": "varchar(%(max_length)s)",
    "SmallIntegerField": "smallint",
    "TextField": "text",
    "TimeField": "time",
    "UUIDField": "char(32)",
}

RELATED = {
    "AutoField": "IntegerField",
    "BigAutoField": "BigIntegerField",
    "SmallAutoField": "SmallIntegerField",
}
"""`rel_db_type`: a foreign key to a key of these types has the column type of a plain integer."""
UNMATCHED = {
    "PositiveBigIntegerField": "BigIntegerField",
    "PositiveIntegerField": "IntegerField",
    "PositiveSmallIntegerField": "SmallIntegerField",
}
"""Likewise, where the engine does not want related fields to match to the sign (all but MySQL)."""

AUTO_FIELDS = frozenset(RELATED)
POSITIVE_FIELDS = frozenset(UNMATCHED)


def data_types(engine: str) -> Mapping[str, str]:
    """The engine's table of column types."""
    if engine == "postgresql":
        return POSTGRESQL
    return SQLITE if engine == "sqlite" else MYSQL
