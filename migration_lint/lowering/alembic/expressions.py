"""SQLAlchemy's expressions as SQL, as far as migrations use them: defaults, conditions and keys of indexes."""

from __future__ import annotations

from migration_lint.lowering.alembic.names import quoted
from migration_lint.model.values import Call, Reference, Unknown, Value

_TEXTS = ("text", "literal_column", "TextClause", "DDL")
_WRAPPERS = ("DefaultClause", "ColumnDefault", "FromClause", "quoted_name", "f", "inline_literal", "conv")


def name_of(value: Value) -> str | None:
    """A name, be it marked with `op.f`; None where none is given or known."""
    match value:
        case str():
            return value
        case Call(function=Reference(name="f" | "quoted_name" | "conv"), args=(str() as name, *_)):
            return name
        case Call(function=Reference(module="operator"), args=(_, "f", str() as name)):
            return name
    return None


def literal(value: Value) -> str | None:
    """A constant."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
    return None


def expression(value: Value) -> str | Unknown:
    """An expression as SQL; a plain string stands for itself."""
    match value:
        case str():
            return value
        case Unknown():
            return value
        case Call(function=function, args=args):
            found = _call(function, args, value)
            if found is not None:
                return found
        case Reference(name=name) if name in ("true", "false", "null"):
            return name
    return Unknown(_source(value), "the expression is only known when it runs")


def _call(function: Reference, args: tuple[Value, ...], call: Call) -> str | Unknown | None:
    name = function.name
    if function.module == "operator":
        return _operator(name, args)
    if name in _TEXTS and args and isinstance(args[0], str):
        return args[0]
    if name in ("true", "false", "null") and not args:
        return name
    if name == "column" and args and isinstance(args[0], str):
        return quoted(args[0])
    if name in ("literal", *_WRAPPERS) and args:
        return expression(args[0]) if name in _WRAPPERS and not isinstance(args[0], str) else literal(args[0])
    if name in ("desc", "asc") and args:
        inner = _operand(args[0])
        return inner if isinstance(inner, Unknown) else f"{inner} {name.upper()}"
    if function.module == "sqlalchemy.func" or function.module.startswith("sqlalchemy.func"):
        parts = [_operand(each, as_literal=True) for each in args]
        unknown = next((part for part in parts if isinstance(part, Unknown)), None)
        if unknown is not None:
            return unknown
        if name in ("current_timestamp", "current_date", "current_time", "localtimestamp") and not args:
            return name.upper()
        return f"{name}({', '.join(str(part) for part in parts)})"
    return None


def _operator(name: str, args: tuple[Value, ...]) -> str | Unknown | None:
    if name == "methodcaller" and len(args) >= 2:
        receiver, method, *rest = args
        inner = _operand(receiver)
        if isinstance(inner, Unknown):
            return inner
        match method, rest:
            case "desc" | "asc", []:
                return f"{inner} {method.upper()}"
            case "is_", [None]:
                return f"{inner} IS NULL"
            case "is_not" | "isnot", [None]:
                return f"{inner} IS NOT NULL"
            case (("nulls_last" | "nullslast"), []):
                return f"{inner} NULLS LAST"
            case (("nulls_first" | "nullsfirst"), []):
                return f"{inner} NULLS FIRST"
            case "is_", [bool() as truth]:
                return f"{inner} IS {'true' if truth else 'false'}"
            case "bindparams" | "execution_options" | "label" | "self_group", _:
                return inner
        return None
    if name in ("and_", "or_") and len(args) == 2:
        left, right = expression(args[0]), expression(args[1])
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return left if isinstance(left, Unknown) else right
        return f"({left}) {'AND' if name == 'and_' else 'OR'} ({right})"
    return None


def _operand(value: Value, *, as_literal: bool = False) -> str | Unknown:
    if isinstance(value, str):
        return (literal(value) or "") if as_literal else quoted(value)
    constant = literal(value) if not isinstance(value, (Call, Reference, Unknown)) else None
    return constant if constant is not None else expression(value)


def default_sql(value: Value) -> str | Unknown:
    """A server default: a plain string is a constant of that text, as SQLAlchemy has it."""
    if isinstance(value, (str, bool, int, float)):
        return literal(str(value) if not isinstance(value, bool) else ("true" if value else "false")) or ""
    if isinstance(value, Call) and value.function.name == "DefaultClause" and value.args:
        return default_sql(value.args[0])
    return expression(value)


def _source(value: Value) -> str:
    match value:
        case Call(function=function):
            return f"{function.name}(…)"
        case Reference(name=name):
            return name
    return str(value)
