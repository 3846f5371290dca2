"""Indexes and constraints of a model's Meta as definitions."""

from __future__ import annotations

from migration_lint.lowering.django import names
from migration_lint.lowering.django.ddl import (
    CheckDefinition,
    Definition,
    ExclusionDefinition,
    IndexDefinition,
    UniqueDefinition,
    deferrable_sql,
)
from migration_lint.lowering.django.dialect import Dialect
from migration_lint.lowering.django.expressions import Compiler, Condition, Expression, union
from migration_lint.lowering.django.kinds import canonical
from migration_lint.lowering.django.literals import source
from migration_lint.lowering.django.models import Model
from migration_lint.model.django import ModelConstraint, ModelIndex
from migration_lint.model.tables import Exclusion, IndexKey
from migration_lint.model.values import Reference, Value

_METHODS = {
    "BloomIndex": "bloom",
    "BrinIndex": "brin",
    "BTreeIndex": "btree",
    "GinIndex": "gin",
    "GistIndex": "gist",
    "HashIndex": "hash",
    "SpGistIndex": "spgist",
}
_PARAMETERS = {
    "BloomIndex": ("length", "columns"),
    "BrinIndex": ("autosummarize", "pages_per_range"),
    "BTreeIndex": ("fillfactor", "deduplicate_items"),
    "GinIndex": ("gin_pending_list_limit", "fastupdate"),
    "GistIndex": ("buffering", "fillfactor"),
    "HashIndex": ("fillfactor",),
    "SpGistIndex": ("fillfactor",),
}
"""Storage parameters in the order of each class's `get_with_params`."""


def class_name(kind: str) -> str:
    """The last part of a dotted class name."""
    return canonical(kind).rpartition(".")[2]


def index_name(model: Model, declared: ModelIndex) -> str:
    """The index's name, made up as Django does where none is given."""
    if declared.name:
        return declared.name
    columns = [(model.column(name), descending) for name, descending in declared.fields]
    suffix = _METHODS.get(class_name(declared.kind), "idx")
    return names.model_index_name(model.db_table, columns, suffix) if columns else ""


def build_index(model: Model, declared: ModelIndex, *, concurrently: bool = False) -> IndexDefinition:
    """An index of Meta.indexes."""
    kind = class_name(declared.kind)
    compiler = Compiler(model)
    if kind not in _METHODS and declared.kind and kind != "Index":
        model.models.problem(declared.kind, "the index class is not known; it is taken for an ordinary index")
    return IndexDefinition(
        model.db_table,
        tuple(model.column(name) for name, _ in declared.fields),
        index_name(model, declared),
        descending=tuple(descending for _, descending in declared.fields),
        opclasses=declared.opclasses,
        expressions=tuple(_key(compiler, value) for value in declared.expressions),
        using=_METHODS.get(kind, ""),
        extra=_parameters(kind, dict(declared.options)),
        condition=_condition(compiler, declared.condition),
        include=tuple(model.column(name) for name in declared.include),
        concurrently=concurrently,
    )


def _key(compiler: Compiler, value: Value) -> Expression:
    return compiler.key(value)


def _condition(compiler: Compiler, value: Value) -> Condition | None:
    return None if value is None else compiler.condition(value)


def _parameters(kind: str, options: dict[str, Value]) -> str:
    found: list[str] = []
    for name in _PARAMETERS.get(kind, ()):
        value = options.get(name)
        if name == "columns" and isinstance(value, tuple):
            found.extend(f"col{number} = {length!r}" for number, length in enumerate(value, start=1))
        elif isinstance(value, bool):
            found.append(f"{name} = {'on' if value else 'off'}")
        elif value is not None:
            found.append(f"{name} = {source(value)}")
    return f" WITH ({', '.join(found)})" if found else ""


def build_constraint(
    model: Model, declared: ModelConstraint, dialect: Dialect, *, validated: bool = True
) -> Definition | None:
    """A constraint of Meta.constraints; None, with a problem noted, for a class nobody knows."""
    kind = class_name(declared.kind)
    compiler = Compiler(model)
    if kind == "CheckConstraint":
        condition = compiler.condition(declared.condition)
        return CheckDefinition(
            model.db_table,
            tuple(condition.columns or ()),
            declared.name,
            condition.sql,
            condition.columns,
            condition.not_null,
            validated,
        )
    if kind == "UniqueConstraint":
        return _unique(model, declared, compiler)
    if kind == "ExclusionConstraint":
        return _exclusion(model, declared, compiler)
    model.models.problem(f"{declared.kind} {declared.name}", "the constraint class is not known")
    return None


def deferrable(value: Value) -> str | None:
    """The name of a member of Django's Deferrable."""
    return value.name.rpartition(".")[2] if isinstance(value, Reference) else None


def _unique(model: Model, declared: ModelConstraint, compiler: Compiler) -> Definition:
    columns = tuple(model.column(name) for name in declared.fields)
    if declared.condition is None and not (declared.include or declared.opclasses or declared.expressions):
        return UniqueDefinition(
            model.db_table,
            columns,
            declared.name,
            deferrable=deferrable(declared.deferrable),
            nulls_distinct=declared.nulls_distinct,
        )
    return IndexDefinition(
        model.db_table,
        columns,
        declared.name,
        opclasses=declared.opclasses,
        expressions=tuple(_key(compiler, value) for value in declared.expressions),
        condition=_condition(compiler, declared.condition),
        include=tuple(model.column(name) for name in declared.include),
        unique=True,
        nulls_distinct=declared.nulls_distinct,
    )


def _exclusion(model: Model, declared: ModelConstraint, compiler: Compiler) -> Definition:
    keys: list[IndexKey] = []
    elements: list[str] = []
    read: frozenset[str] | None = frozenset()
    for pair in declared.expressions:
        value, operator = pair if isinstance(pair, tuple) and len(pair) == 2 else (pair, "?")
        key = compiler.key(value)
        read = union(read, key.columns)
        keys.append(IndexKey(key.column, None if key.column else key.sql, key.opclass, key.descending))
        opclass = f" {key.opclass}" if key.opclass else ""
        name = operator.name.rpartition(".")[2] if isinstance(operator, Reference) else operator
        elements.append(f"{key.sql}{opclass} WITH {_RANGE_OPERATORS.get(str(name), name)}")
    condition = _condition(compiler, declared.condition)
    given = dict(declared.options).get("index_type")
    method = given if isinstance(given, str) and given else "GIST"
    include = tuple(model.column(name) for name in declared.include)
    late = deferrable(declared.deferrable)
    constraint = Exclusion(
        declared.name,
        tuple(keys),
        method.lower(),
        condition.sql if condition else None,
        union(read, condition.columns if condition else frozenset(), frozenset(include)),
        late is not None,
    )
    sql = f'CONSTRAINT "{declared.name}" EXCLUDE USING {method} ({", ".join(elements)})'
    sql += f" INCLUDE ({', '.join(f'{chr(34)}{name}{chr(34)}' for name in include)})" if include else ""
    sql += f" WHERE ({condition.sql})" if condition else ""
    return ExclusionDefinition(model.db_table, tuple(read or ()), declared.name, constraint, sql + deferrable_sql(late))


_RANGE_OPERATORS = {
    "EQUAL": "=",
    "NOT_EQUAL": "<>",
    "CONTAINS": "@>",
    "CONTAINED_BY": "<@",
    "OVERLAPS": "&&",
    "FULLY_LT": "<<",
    "FULLY_GT": ">>",
    "NOT_LT": "&>",
    "NOT_GT": "&<",
    "ADJACENT_TO": "-|-",
}
"""`django.contrib.postgres.fields.RangeOperators`."""
