"""Conditions under which operations run, judged for the configured engine: `connection.vendor == "postgresql"`."""

from __future__ import annotations

import ast
from functools import lru_cache

from migration_lint.settings import Engine

_VENDORS: dict[Engine, str] = {"mariadb": "mysql"}
_IN_BACKENDS = {
    "postg": "postgresql",
    "psycopg": "postgresql",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "oracle": "oracle",
}
"""Parts of the names of database backends, and the vendor of those that have them."""


@lru_cache(maxsize=1024)
def holds(condition: str, engine: Engine) -> bool | None:
    """Whether a condition, as Python source, is true on the engine; None where something else decides."""
    try:
        return _truth(ast.parse(condition, mode="eval").body, engine)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _truth(node: ast.expr, engine: Engine) -> bool | None:
    match node:
        case ast.Constant(value=bool() as value):
            return value
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = _truth(operand, engine)
            return None if truth is None else not truth
        case ast.BoolOp(op=op, values=values):
            truths = [_truth(value, engine) for value in values]
            deciding = isinstance(op, ast.Or)
            if deciding in truths:
                return deciding
            return None if None in truths else not deciding
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Attribute(attr="dialect"), kind]):
            named = _class_of_dialect(kind)
            return None if named is None else named == _VENDORS.get(engine, engine)
        case ast.Attribute(attr="mysql_is_mariadb"):
            return engine == "mariadb"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _comparison(left, op, right, _VENDORS.get(engine, engine))
        case _:
            return None


def _comparison(left: ast.expr, op: ast.cmpop, right: ast.expr, vendor: str) -> bool | None:
    if isinstance(left, ast.Constant) and isinstance(right, ast.Subscript):
        return _in_setting(left, op, right, vendor)
    if isinstance(left, ast.Constant):
        left, right = right, left
    if isinstance(left, ast.Subscript) and isinstance(op, (ast.Eq, ast.NotEq)):
        return _in_setting(right, op, left, vendor)
    if _names_dialect(left):
        return _in_dialect(op, right, vendor)
    if not (isinstance(left, ast.Attribute) and left.attr == "vendor"):
        return None
    match op, right:
        case ast.Eq() | ast.NotEq(), ast.Constant(value=str() as name):
            return (name == vendor) is isinstance(op, ast.Eq)
        case ast.In() | ast.NotIn(), ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            names = [element.value for element in elements if isinstance(element, ast.Constant)]
            return (vendor in names) is isinstance(op, ast.In) if len(names) == len(elements) else None
        case _:
            return None


def _in_setting(text: ast.expr, op: ast.cmpop, setting: ast.Subscript, vendor: str) -> bool | None:
    """`"mysql" in settings.DATABASES["default"]["ENGINE"]`, and likewise with `==`.

    A backend of the same vendor may still have another name.
    """
    if not (isinstance(setting.slice, ast.Constant) and setting.slice.value == "ENGINE"):
        return None
    if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        return None
    vendors = {named for part, named in _IN_BACKENDS.items() if part in text.value}
    return isinstance(op, (ast.NotIn, ast.NotEq)) if vendors and vendor not in vendors else None


_DIALECTS = frozenset({"postgresql", "mysql", "mariadb", "sqlite", "oracle", "mssql", "cockroachdb"})


_DIALECT_CLASSES = {"PGDialect": "postgresql", "MySQLDialect": "mysql", "SQLiteDialect": "sqlite"}


def _class_of_dialect(node: ast.expr) -> str | None:
    """The vendor of a class of SQLAlchemy's dialects: `MySQLDialect`, `mysql.base.MySQLDialect`."""
    match node:
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr="dialect"):
            return name if name in _DIALECTS else None
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _DIALECT_CLASSES.get(name)
    return None


def _names_dialect(node: ast.expr) -> bool:
    """Whether it is SQLAlchemy's `connection.dialect.name`, or a name that this has been given."""
    match node:
        case ast.Attribute(value=ast.Attribute(attr="dialect") | ast.Name(id="dialect"), attr="name"):
            return True
        case ast.Call(func=ast.Attribute(value=inner, attr="lower"), args=[]):
            return _names_dialect(inner)
        case ast.Name(id=name):
            return "dialect" in name
    return False


def _in_dialect(op: ast.cmpop, right: ast.expr, vendor: str) -> bool | None:
    """Whether the comparison with names of dialects holds; SQLAlchemy knows MariaDB under either name."""
    elements = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
    names = {each.value for each in elements if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    if len(names) != len(elements) or not names <= _DIALECTS:
        return None
    positive = isinstance(op, (ast.Eq, ast.In))
    if not positive and not isinstance(op, (ast.NotEq, ast.NotIn)):
        return None
    either = {"mysql", "mariadb"}
    if vendor in either and len(either & names) == 1:
        return None if vendor == "mariadb" or "mariadb" in names else positive
    return (vendor in names) is positive
