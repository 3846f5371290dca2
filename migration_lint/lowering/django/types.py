"""Column types per engine: `DatabaseWrapper.data_types` and what stands beside it, for Django 3.2 to 6.1."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from migration_lint.model.tables import ColumnType

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

_ALIASES = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "decimal": "numeric",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "bool": "boolean",
    "character varying": "varchar",
    "character": "char",
    "float8": "double precision",
    "float4": "real",
    "serial": "integer",
    "bigserial": "bigint",
    "smallserial": "smallint",
}
_MYSQL_ALIASES = {"integer": "int", "numeric": "decimal", "double precision": "double"}


@lru_cache(maxsize=4096)
def column_type(text: str, engine: str = "postgresql") -> ColumnType:
    """A type as Django writes it in SQL, such as `numeric(10, 2)` or `varchar(20)[]`, in canonical form."""
    dimensions = 0
    while text.endswith("]"):
        text = text[: text.rindex("[")]
        dimensions += 1
    name, parenthesis, rest = text.partition("(")
    inside, _, after = rest.partition(")")
    words = (name + after).lower().split()
    modifier = "unsigned" if "unsigned" in words else ""
    name = " ".join(word for word in words if word not in ("unsigned", "auto_increment"))
    args = tuple(_argument(part) for part in inside.split(",")) if parenthesis else ()
    if engine in ("mysql", "mariadb"):
        if name == "bool":
            return ColumnType("tinyint", (1,))
        name = _MYSQL_ALIASES.get(name, name)
    elif engine == "postgresql":
        name = _ALIASES.get(name, name)
    return ColumnType(name, args, dimensions, modifier)


def _argument(text: str) -> int | str:
    text = text.strip()
    return int(text) if text.isdigit() else text


def data_types(engine: str) -> Mapping[str, str]:
    """The engine's table of column types."""
    if engine == "postgresql":
        return POSTGRESQL
    return SQLITE if engine == "sqlite" else MYSQL
