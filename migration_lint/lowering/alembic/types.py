"""SQLAlchemy's column types as SQL, engine by engine.

https://docs.sqlalchemy.org/en/20/core/type_basics.html, and the type compilers of its dialects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migration_lint.model.values import MISSING, Call, Reference, Unknown, Value

_PARAMETERS: dict[str, tuple[str, ...]] = {
    "array": ("item_type", "as_tuple", "dimensions"),
    "bit": ("length", "varying"),
    "boolean": ("create_constraint", "name"),
    "datetime": ("timezone",),
    "double": ("precision", "asdecimal"),
    "float": ("precision",),
    "interval": ("native", "second_precision", "day_precision"),
    "numeric": ("precision", "scale"),
    "time": ("timezone",),
    "timestamp": ("timezone",),
    "uuid": ("as_uuid", "native_uuid"),
}
_PARAMETERS["decimal"] = _PARAMETERS["numeric"]
_PARAMETERS["double_precision"] = _PARAMETERS["double"]
_WITH_LENGTH = ("length",)

# A type's name in lower case -> what it is called on PostgreSQL and on MySQL, where that takes no arguments.
_PLAIN = {
    "integer": ("INTEGER", "INTEGER"),
    "int": ("INTEGER", "INTEGER"),
    "smallinteger": ("SMALLINT", "SMALLINT"),
    "biginteger": ("BIGINT", "BIGINT"),
    "boolean": ("BOOLEAN", "BOOL"),
    "date": ("DATE", "DATE"),
    "interval": ("INTERVAL", "DATETIME"),
    "json": ("JSON", "JSON"),
    "pickletype": ("BYTEA", "BLOB"),
    "unicodetext": ("TEXT", "TEXT"),
    "double_precision": ("DOUBLE PRECISION", "DOUBLE"),
    "double": ("DOUBLE PRECISION", "DOUBLE"),
    "clob": ("TEXT", "TEXT"),
}
_LIKE_STRING = {"string": "VARCHAR", "unicode": "VARCHAR", "varchar": "VARCHAR", "nvarchar": "VARCHAR"}
# Types that a package of its own spells as the database does: its name in lower case -> SQL, `{}` for the arguments.
_ELSEWHERE = {
    "geoalchemy2": {"geometry", "geography", "raster"},
    "pgvector": {"vector", "halfvec", "sparsevec"},
    "sqlalchemy_utils": {"uuidtype", "emailtype", "urltype", "jsontype", "ltreetype", "tsvectortype", "ipaddresstype"},
}


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A named enumeration that PostgreSQL has as a type of its own; `created` says that a table brings it along."""

    name: str
    values: tuple[str, ...]
    created: bool


def options_of(call: Call, names: tuple[str, ...]) -> dict[str, Value]:
    """The arguments of a call by name."""
    found: dict[str, Value] = dict(zip(names, call.args, strict=False))
    return found | dict(call.kwargs)


def as_call(value: Value) -> Call | None:
    """A type as a call: `sa.Integer` is `sa.Integer()`."""
    if isinstance(value, Reference):
        return Call(value)
    return value if isinstance(value, Call) else None


def variant(value: Value, engine: str) -> Value:
    """The type that `with_variant` gives for the engine."""
    call = as_call(value)
    if call is None or call.function != Reference("operator", "methodcaller") or len(call.args) < 2:
        return value
    receiver, method, *rest = call.args
    if method != "with_variant":
        return receiver if method in ("evaluates_none", "with_options") else value
    dialects = {engine, "mysql" if engine == "mariadb" else engine}
    if rest and not dialects.isdisjoint(each for each in rest[1:] if isinstance(each, str)):
        return rest[0]
    return variant(receiver, engine)


def is_type(value: Value) -> bool:
    """Whether a column's argument is its type rather than something that belongs to it."""
    call = as_call(value)
    if call is None:
        return isinstance(value, Unknown)
    return call.function.name not in (
        *("ForeignKey", "Identity", "Computed", "Sequence", "CheckConstraint", "Constraint", "DefaultClause"),
        *("FetchedValue", "ColumnDefault", "f"),
    )


def enumeration(value: Value, engine: str) -> Enumeration | None:
    """The enumeration of a type, where PostgreSQL makes it a type of its own."""
    call = as_call(variant(value, engine))
    if call is None or call.function.name.lower() not in ("enum", "array"):
        return None
    if call.function.name.lower() == "array":
        item = call.argument("item_type", 0)
        return None if item is MISSING else enumeration(item, engine)  # type: ignore[arg-type]
    kwargs = dict(call.kwargs)
    name, values = kwargs.get("name"), labels(call)
    if not isinstance(name, str) or values is None or kwargs.get("native_enum") is False:
        return None
    schema = kwargs.get("schema")
    full = f"{schema}.{name}" if isinstance(schema, str) else name
    return Enumeration(full, values, kwargs.get("create_type") is not False)


def labels(call: Call) -> tuple[str, ...] | None:
    """The labels of an enumeration; None where they are those of a Python class."""
    args = call.args[0] if len(call.args) == 1 and isinstance(call.args[0], tuple) else call.args
    found = tuple(each for each in args if isinstance(each, str))
    return found if found and len(found) == len(args) else None


def type_sql(value: Value, engine: str) -> str | Unknown:
    """A type as the engine spells it."""
    value = variant(value, engine)
    call = as_call(value)
    if call is None:
        return value if isinstance(value, Unknown) else Unknown(str(value), "it is no type")
    root, name = call.function.module.partition(".")[0], call.function.name.lower()
    if root not in ("sqlalchemy", "sqlmodel", "advanced_alchemy") and name not in _ELSEWHERE.get(root, ()):
        return Unknown(call.function.dotted, f"{call.function.name} is a type that nobody here knows")
    mysql = engine in ("mysql", "mariadb")
    options = options_of(call, _PARAMETERS.get(name, _WITH_LENGTH))
    special = _special(name, call, options, engine)
    if special is not None:
        return special
    if name in _PLAIN:
        return _PLAIN[name][mysql] + _unsigned(options)
    return name.upper().replace("DOUBLE_PRECISION", "DOUBLE PRECISION") + _arguments(call) + _unsigned(options)


def _special(name: str, call: Call, options: Mapping[str, Value], engine: str) -> str | Unknown | None:
    """The types whose name or arguments differ from engine to engine."""
    mysql = engine in ("mysql", "mariadb")
    length = options.get("length")
    match name:
        case "string" | "unicode" | "varchar" | "nvarchar" | "autostring" | "emailtype" | "urltype" | "guid":
            return f"VARCHAR({length})" if isinstance(length, int) else "VARCHAR" if not mysql else "VARCHAR(255)"
        case "text" | "unicodetext":
            return f"TEXT({length})" if mysql and isinstance(length, int) else "TEXT"
        case "largebinary" | "binary" | "varbinary" | "blob" | "bytea":
            if not mysql:
                return "BYTEA"
            return (
                f"{'BLOB' if name == 'largebinary' else name.upper()}{f'({length})' if isinstance(length, int) else ''}"
            )
        case "datetime" | "timestamp" | "datetimeutc" | "time":
            return _moment(name, options, mysql)
        case "uuid" | "uuidtype":
            native = not mysql and options.get("native_uuid") is not False
            return "UUID" if native or engine == "mariadb" else "CHAR(32)"
        case "json" | "jsontype":
            return "JSON"
        case "numeric" | "decimal" | "float":
            return _number(name, options)
        case "array":
            item = type_sql(options.get("item_type"), engine)
            dimensions = options.get("dimensions")
            count = dimensions if isinstance(dimensions, int) else 1
            return item if isinstance(item, Unknown) else item + "[]" * count
        case "enum":
            return _enum(call, engine)
        case "bit":
            width = f"({length})" if isinstance(length, int) else ""
            return f"BIT{' VARYING' if options.get('varying') is True else ''}{width}"
        case "nulltype" | "variant" | "userdefinedtype":
            return Unknown(call.function.name, "it is no type of the database's")
    return None


def _moment(name: str, options: Mapping[str, Value], mysql: bool) -> str:
    if mysql:
        digits = options.get("fsp")
        kind = "TIME" if name == "time" else "TIMESTAMP" if name == "timestamp" else "DATETIME"
        return f"{kind}({digits})" if isinstance(digits, int) else kind
    precision = options.get("precision")
    digits = f"({precision})" if isinstance(precision, int) else ""
    zone = "WITH" if options.get("timezone") is True or name == "datetimeutc" else "WITHOUT"
    return f"{'TIME' if name == 'time' else 'TIMESTAMP'}{digits} {zone} TIME ZONE"


def _number(name: str, options: Mapping[str, Value]) -> str:
    precision, scale = options.get("precision"), options.get("scale")
    if not isinstance(precision, int):
        return name.upper()
    if name == "float" or not isinstance(scale, int):
        return f"{name.upper()}({precision})"
    return f"{name.upper()}({precision}, {scale})"


def _enum(call: Call, engine: str) -> str | Unknown:
    values, kwargs = labels(call), dict(call.kwargs)
    name = kwargs.get("name")
    if engine == "postgresql" and isinstance(name, str) and kwargs.get("native_enum") is not False:
        schema = kwargs.get("schema")
        parts = [schema, name] if isinstance(schema, str) else [name]
        return ".".join('"' + part.replace('"', '""') + '"' for part in parts if isinstance(part, str))
    if values is None:
        return Unknown("Enum", "its values are those of a Python class")
    if engine in ("mysql", "mariadb") and kwargs.get("native_enum") is not False:
        return "ENUM(" + ", ".join("'" + each.replace("'", "''") + "'" for each in values) + ")"
    length = kwargs.get("length")
    return f"VARCHAR({max(*map(len, values), length if isinstance(length, int) else 0)})"


def _arguments(call: Call) -> str:
    plain = [str(each) for each in call.args if isinstance(each, int) and not isinstance(each, bool)]
    for key in ("length", "precision", "scale", "display_width", "dim", "fsp"):
        value = dict(call.kwargs).get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            plain.append(str(value))
    return f"({', '.join(plain)})" if plain else ""


def _unsigned(options: Mapping[str, Value]) -> str:
    return " UNSIGNED" if options.get("unsigned") is True else ""
