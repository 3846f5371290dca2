"""Column types in their canonical spelling, whoever wrote them: a framework's SQL, a SQL file or a cast."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from migration_lint.model.tables import ColumnType

Arguments = tuple[int | str, ...]

# https://www.postgresql.org/docs/current/datatype.html, table 8.1, and the catalogue's own names.
_POSTGRESQL = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "dec": "numeric",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "character varying": "varchar",
    "char varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "nchar": "char",
    "bit varying": "varbit",
}
SERIAL_TYPES = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
# https://dev.mysql.com/doc/refman/8.4/en/other-vendor-data-types.html and 13.1.1
_MYSQL = {
    "integer": "int",
    "int1": "tinyint",
    "int2": "smallint",
    "int3": "mediumint",
    "middleint": "mediumint",
    "int4": "int",
    "int8": "bigint",
    "dec": "decimal",
    "numeric": "decimal",
    "fixed": "decimal",
    "float4": "float",
    "float8": "double",
    "double precision": "double",
    "real": "double",
    "character": "char",
    "nchar": "char",
    "nvarchar": "varchar",
    "long": "mediumtext",
    "long varchar": "mediumtext",
}
_MYSQL_INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})


def postgresql_type(name: str, args: Arguments = (), dimensions: int = 0, modifier: str = "") -> ColumnType:
    """The type that a lower-case name stands for, with the arguments that PostgreSQL adds."""
    if name == "float":
        # https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT
        single = bool(args) and isinstance(args[0], int) and args[0] <= 24
        name, args = ("real" if single else "double precision"), ()
    elif name != "bpchar" or args:
        name = _POSTGRESQL.get(name, name)
    if name in ("char", "bit") and not args:
        args = (1,)
    if name == "numeric" and len(args) == 1:
        args = (*args, 0)
    return ColumnType(name, args, dimensions, modifier)


def mysql_type(name: str, args: Arguments = (), modifiers: Collection[str] = ()) -> ColumnType:
    """The type that a lower-case name stands for, with the arguments that MySQL and MariaDB add or do not keep."""
    name, modifier = _MYSQL.get(name, name), " ".join(modifiers)
    if name in ("bool", "boolean"):
        return ColumnType("tinyint", (1,), modifier=modifier)
    if name in _MYSQL_INTEGERS and not (name == "tinyint" and args == (1,)):
        args = ()  # the display width changes nothing that is stored
    elif name == "decimal":
        args = (args or (10,)) if len(args) > 1 else (*(args or (10,)), 0)
    elif name in ("char", "bit", "binary") and not args:
        args = (1,)
    return ColumnType(name, args, modifier=modifier)


@lru_cache(maxsize=4096)
def parse(text: str, engine: str) -> ColumnType:
    """A type as it is written after a column's name or in a cast, such as `numeric(10, 2)` or `varchar(20)[]`."""
    text = text.strip()
    dimensions = 0
    while text.endswith("]"):
        text = text[: text.rindex("[")].rstrip()
        dimensions += 1
    name, _, rest = text.partition("(")
    inside, _, after = rest.partition(")")
    args = tuple(_argument(part) for part in inside.split(",") if part.strip())
    if '"' in name:
        return ColumnType(name.replace('"', "").strip(), args, dimensions)
    words = f"{name} {after}".lower().split()
    modifiers = ["unsigned"] if "unsigned" in words else []
    name = " ".join(word for word in words if word not in ("unsigned", "auto_increment"))
    if engine in ("mysql", "mariadb"):
        return mysql_type(name, args, modifiers)
    if engine == "postgresql":
        name = name.removeprefix("pg_catalog.")
        return postgresql_type(SERIAL_TYPES.get(name, name), args, dimensions)
    return ColumnType(name, args, dimensions, " ".join(modifiers))


def _argument(text: str) -> int | str:
    text = text.strip()
    return int(text) if text.isdecimal() else text
