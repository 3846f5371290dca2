"""Python values of migrations as SQL literals, the way Django and psycopg 3 write them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from migration_lint.model.values import Call, Dict, Function, Reference, Unknown, Value


class NotConstant(Exception):  # noqa: N818 - it says what the value is, not that something failed
    """The value can be told only by running code."""


@dataclass(frozen=True, slots=True)
class Json:
    """A value that goes into a JSON column."""

    value: object


_CONSTRUCTORS: dict[str, Callable[..., object]] = {
    "datetime.date": datetime.date,
    "datetime.datetime": datetime.datetime,
    "datetime.time": datetime.time,
    "datetime.timedelta": datetime.timedelta,
    "datetime.timezone": datetime.timezone,
    "decimal.Decimal": Decimal,
    "uuid.UUID": UUID,
    "builtins.dict": dict,
    "builtins.list": list,
    "builtins.set": list,
    "builtins.tuple": list,
    "builtins.str": str,
    "builtins.int": int,
    "builtins.float": float,
    "builtins.bool": bool,
}
_CONSTANTS: dict[str, object] = {
    "datetime.timezone.utc": datetime.timezone.utc,
    "datetime.UTC": datetime.timezone.utc,
    "django.utils.timezone.utc": datetime.timezone.utc,
    "django.utils.timezone.UTC": datetime.timezone.utc,
}


def python_value(value: Value) -> object:
    """The Python object that `value` stands for. Raises NotConstant."""
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return value
        case tuple():
            return [python_value(item) for item in value]
        case Dict(items=items):
            return {_hashable(python_value(key)): python_value(item) for key, item in items}
        case Call(function=function, args=args, kwargs=kwargs) if function.dotted in _CONSTRUCTORS:
            try:
                return _CONSTRUCTORS[function.dotted](
                    *(python_value(arg) for arg in args), **{name: python_value(arg) for name, arg in kwargs}
                )
            except (TypeError, ValueError, ArithmeticError) as error:
                raise NotConstant from error
        case Call(function=Reference(module="operator", name="neg"), args=(operand,)):
            number = python_value(operand)
            if isinstance(number, (int, float, Decimal)):
                return -number
        case Reference() if value.dotted in _CONSTANTS:
            return _CONSTANTS[value.dotted]
        case _:
            pass
    raise NotConstant


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def called(value: Value) -> object:
    """What a default gives: itself, or what the callable returns that it names. Raises NotConstant."""
    if isinstance(value, Reference):
        name = value.dotted if value.module else f"builtins.{value.name}"
        if name in _CONSTRUCTORS and name.startswith("builtins."):
            return _CONSTRUCTORS[name]()
    return python_value(value)


def source(value: Value) -> str:
    """The value as a reader of the migration would write it, for what has no SQL literal."""
    match value:
        case Unknown():
            return value.source
        case Reference():
            return value.dotted
        case Function(name=name):
            return name
        case Call(function=function, args=args, kwargs=kwargs):
            given = [source(arg) for arg in args] + [f"{name}={source(arg)}" for name, arg in kwargs]
            return f"{function.name.rpartition('.')[2]}({', '.join(given)})"
        case tuple():
            return f"[{', '.join(source(item) for item in value)}]"
        case Dict(items=items):
            return f"{{{', '.join(f'{source(key)}: {source(item)}' for key, item in items)}}}"
        case _:
            return repr(value)


def quote_text(text: str) -> str:
    """A string literal of PostgreSQL as libpq writes it."""
    quoted = text.replace("'", "''")
    if "\\" in quoted:
        return " E'" + quoted.replace("\\", "\\\\") + "'"
    return f"'{quoted}'"


def literal(value: object, engine: str = "postgresql") -> str:
    """The literal that Django sends for a Python object. Raises NotConstant for kinds it has no literal for."""
    return _postgresql_literal(value) if engine == "postgresql" else _plain_literal(value, engine)


def _plain_literal(value: object, engine: str) -> str:
    """For engines that have Django write all but numbers as strings."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(int(value))
        case int() | float() | Decimal():
            return str(value)
        case str():
            escaped = value.replace("'", "''") if engine == "sqlite" else _mysql_escaped(value)
            return f"'{escaped}'"
        case bytes():
            return f"X'{value.hex()}'"
        case datetime.datetime():
            naive = value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
            return f"'{naive.isoformat(' ')}'"
        case datetime.date() | datetime.time():
            return f"'{value.isoformat()}'"
        case datetime.timedelta():
            return str(value // datetime.timedelta(microseconds=1))
        case UUID():
            return f"'{value.hex}'"
        case Json(value=inner):
            try:
                return _plain_literal(json.dumps(inner), engine)
            except (TypeError, ValueError) as error:
                raise NotConstant from error
        case _:
            raise NotConstant


def _mysql_escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")


def _postgresql_literal(value: object) -> str:
    """The literal that psycopg 3 writes."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            text = str(value)
            return f" {text}" if text.startswith("-") else text
        case str():
            return quote_text(value)
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case datetime.datetime():
            return f"'{value.isoformat(' ')}'::timestamp{'tz' if value.tzinfo else ''}"
        case datetime.date():
            return f"'{value.isoformat()}'::date"
        case datetime.time():
            return f"'{value.isoformat()}'::time{'tz' if value.tzinfo else ''}"
        case datetime.timedelta():
            return f"'{_interval(value)}'::interval"
        case UUID():
            return f"'{value.hex}'::uuid"
        case Json(value=inner):
            try:
                return quote_text(json.dumps(inner)) + "::jsonb"
            except (TypeError, ValueError) as error:
                raise NotConstant from error
        case list():
            return _array(value)
        case _:
            raise NotConstant


def _interval(value: datetime.timedelta) -> str:
    days = f"{value.days} day{'' if value.days in (1, -1) else 's'} " if value.days else ""
    rest = str(datetime.timedelta(seconds=value.seconds, microseconds=value.microseconds))
    return f"{days}{rest}"


def _array(items: list[object]) -> str:
    if not items:
        return "'{}'"
    if all(isinstance(item, int) and not isinstance(item, bool) for item in items):
        return "'{" + ",".join(str(item) for item in items) + "}'::int2[]"
    if all(isinstance(item, str) and item.isidentifier() for item in items):
        return "'{" + ",".join(str(item) for item in items) + "}'"
    raise NotConstant


def prepared(value: object, internal_type: str | None) -> object:
    """What a field of `internal_type` hands to the database for `value`. Raises NotConstant."""
    if value is None or internal_type is None:
        return value
    convert = _PREPARE.get(internal_type)
    if convert is None:
        return value
    try:
        return convert(value)
    except (TypeError, ValueError, InvalidOperation, KeyError) as error:
        raise NotConstant from error


def _boolean(value: object) -> bool:
    if isinstance(value, (bool, int)):
        return bool(value)
    return {"t": True, "True": True, "1": True, "f": False, "False": False, "0": False}[str(value)]


def _integer(value: object) -> int:
    return int(value)  # type: ignore[call-overload, no-any-return]  # whatever has no integer raises


def _float(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


def _decimal(value: object) -> Decimal:
    return Decimal(repr(value) if isinstance(value, float) else str(value))


def _date(value: object) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value))


def _datetime(value: object) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    return datetime.datetime.fromisoformat(str(value))


def _time(value: object) -> datetime.time:
    return value if isinstance(value, datetime.time) else datetime.time.fromisoformat(str(value))


def _uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


_TEXT = ("CharField", "TextField", "SlugField", "FileField", "FilePathField", "GenericIPAddressField")
_INTEGERS = ("IntegerField", "SmallIntegerField", "BigIntegerField", "AutoField", "BigAutoField", "SmallAutoField")
_POSITIVE = ("PositiveIntegerField", "PositiveSmallIntegerField", "PositiveBigIntegerField")
_PREPARE: dict[str, Callable[[object], object]] = {
    **dict.fromkeys(_TEXT, str),
    **dict.fromkeys(_INTEGERS + _POSITIVE, _integer),
    "BooleanField": _boolean,
    "NullBooleanField": _boolean,
    "FloatField": _float,
    "DecimalField": _decimal,
    "DateField": _date,
    "DateTimeField": _datetime,
    "TimeField": _time,
    "UUIDField": _uuid,
    "JSONField": Json,
}
