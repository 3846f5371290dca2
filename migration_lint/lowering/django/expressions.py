"""Query expressions of indexes, constraints and defaults: their SQL, and the columns they read.

The SQL is what Django compiles for the lookups and functions that migrations use; anything else becomes a readable
form of what the author wrote, with its columns still known where they are written as F() or field names.
"""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.lowering.django.dialect import Dialect
from migration_lint.lowering.django.fields import BoundField, field_of
from migration_lint.lowering.django.literals import Json, NotConstant, literal, prepared, python_value, source
from migration_lint.lowering.django.models import Model
from migration_lint.lowering.django.q_objects import Q, read_q
from migration_lint.model.values import Call, Missing, Reference, Unknown, Value


@dataclass(frozen=True, slots=True)
class Expression:
    """`columns` are those it reads, None where that is not known; `functions` those it calls, in lower case.

    `column` is set where it is nothing but a column; `opclass` and `descending` are an index key's. `parameters` says
    that Django hands constants over beside the SQL.
    """

    sql: str
    columns: frozenset[str] | None = frozenset()
    functions: tuple[str, ...] = ()
    column: str | None = None
    opclass: str | None = None
    descending: bool = False
    parameters: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """`not_null` are the columns that cannot be NULL in a row for which it is true (not merely not false)."""

    sql: str
    columns: frozenset[str] | None
    not_null: frozenset[str] = frozenset()
    wrapped: bool = True


def union(*sets: frozenset[str] | None) -> frozenset[str] | None:
    """All columns, or None if those of any part are not known."""
    found: frozenset[str] = frozenset()
    for columns in sets:
        if columns is None:
            return None
        found |= columns
    return found


_FUNCTIONS = {
    "Lower": "LOWER",
    "Upper": "UPPER",
    "Length": "LENGTH",
    "Trim": "TRIM",
    "LTrim": "LTRIM",
    "RTrim": "RTRIM",
    "Reverse": "REVERSE",
    "Coalesce": "COALESCE",
    "Greatest": "GREATEST",
    "Least": "LEAST",
    "NullIf": "NULLIF",
    "Abs": "ABS",
    "Ceil": "CEILING",
    "Floor": "FLOOR",
    "MD5": "MD5",
    "Left": "LEFT",
    "Right": "RIGHT",
    "Substr": "SUBSTRING",
    "Replace": "REPLACE",
    "Sqrt": "SQRT",
    "Sign": "SIGN",
    "Random": "RANDOM",
    "Pi": "PI",
}
_POSTGRESQL_FUNCTIONS = {
    "Now": "STATEMENT_TIMESTAMP()",
    "TransactionNow": "CURRENT_TIMESTAMP",
    "RandomUUID": "GEN_RANDOM_UUID()",
    "UUID4": "GEN_RANDOM_UUID()",
    "UUID7": "UUIDV7()",
}
_MYSQL_FUNCTIONS = {"Now": "CURRENT_TIMESTAMP(6)", "Random": "RAND()"}
_SQLITE_FUNCTIONS = {"Now": "STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')", "Random": "RAND()"}

_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "mod": "%%"}
_COMPARISONS = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_PATTERNS = {
    "contains": ("LIKE", "%{}%"),
    "startswith": ("LIKE", "{}%"),
    "endswith": ("LIKE", "%{}"),
    "regex": ("~", "{}"),
    "iregex": ("~*", "{}"),
}
_INSENSITIVE = {"iexact": "{}", "icontains": "%{}%", "istartswith": "{}%", "iendswith": "%{}"}
_LOOKUPS = {*_COMPARISONS, *_PATTERNS, *_INSENSITIVE, "in", "isnull", "range"}


class Compiler:
    """Compiles expressions over one model's columns."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._dialect: Dialect = model.models.dialect

    # Expressions

    def expression(self, value: Value, like: BoundField | None = None) -> Expression:
        """An expression, or a constant that goes where `like` stands."""
        match value:
            case Call(function=function):
                return self._call(function, value, like)
            case _:
                return self._constant(value, like)

    def key(self, value: Value) -> Expression:
        """One key of an index: a string is a column, and all but a bare column stands in parentheses."""
        opclass, descending, collation = None, False, ""
        while isinstance(value, Call):
            name = value.function.name.rpartition(".")[2]
            if name == "OpClass":
                opclass, value = _text(value.argument("name", 1)), _argument(value, "expression", 0)
            elif name in ("OrderBy", "desc", "asc"):
                descending = name == "desc" or value.argument("descending") is True
                value = _argument(value, "expression", 0)
            elif name == "Collate":
                collation, value = _text(value.argument("collation", 1)) or "", _argument(value, "expression", 0)
            else:
                break
        found = self._column(value) if isinstance(value, str) else self.expression(value)
        sql = found.sql if found.column else f"({found.sql})"
        if collation:
            sql += f' COLLATE "{collation}"'
        return Expression(sql, found.columns, found.functions, None if collation else found.column, opclass, descending)

    def _constant(self, value: Value, like: BoundField | None) -> Expression:
        if isinstance(value, Unknown):
            return Expression(f"<{value.source}>", None, parameters=True)
        try:
            return Expression(self.literal(value, like), parameters=True)
        except NotConstant:
            return Expression(f"<{source(value)}>", parameters=True)

    def literal(self, value: Value, like: BoundField | None) -> str:
        """A constant as the field `like` hands it over. Raises NotConstant."""
        internal = like.internal_type if like else None
        if like is not None and like.is_foreign_key and like.target_field is not None:
            internal = like.target_field.internal_type
        return literal(prepared(python_value(value), internal), self._dialect.engine)

    def _column(self, name: str) -> Expression:
        first, _, transforms = name.partition("__")
        field = self._model.get_field(name)
        if field is None:
            field = self._model.get_field(first)
            if field is None:
                self._model.column(name)
                return Expression(f'"{name}"', None)
            if transforms:
                return Expression(f'"{field.column}" {transforms}', frozenset((field.column,)))
        quoted = self._quote(field.column)
        return Expression(quoted, frozenset((field.column,)), column=field.column)

    def _quote(self, name: str) -> str:
        return f"`{name}`" if self._dialect.engine in ("mysql", "mariadb") else f'"{name}"'

    def _call(self, function: Reference, call: Call, like: BoundField | None) -> Expression:
        name = function.name.rpartition(".")[2]
        if name == "F" and call.args and isinstance(call.args[0], str):
            return self._column(call.args[0])
        if name == "Value":
            return self._constant(_argument(call, "value", 0), like)
        if name == "RawSQL" and isinstance(sql := _argument(call, "sql", 0), str):
            return Expression(f"({sql})", None)
        if function.module == "operator":
            return self._operator(name, call)
        if name in ("CombinedExpression",):
            return self._combined(call)
        if name == "Q":
            condition = self.condition(call)
            return Expression(condition.sql, condition.columns)
        return self._function(name, call)

    def _operator(self, name: str, call: Call) -> Expression:
        if name in _OPERATORS and len(call.args) == 2:
            return self._binary(call.args[0], _OPERATORS[name].replace("%%", "%"), call.args[1])
        try:
            return Expression(literal(python_value(call), self._dialect.engine), parameters=True)
        except NotConstant:
            return self._readable(call)

    def _combined(self, call: Call) -> Expression:
        left, connector, right = (
            _argument(call, name, index) for index, name in enumerate(("lhs", "connector", "rhs"))
        )
        return self._binary(left, _text(connector) or "?", right)

    def _binary(self, left: Value, connector: str, right: Value) -> Expression:
        first, second = self.expression(left), self.expression(right)
        sql = f"({first.sql} {connector} {second.sql})"
        return _over(sql, first, second)

    def _function(self, name: str, call: Call) -> Expression:
        engine = self._dialect.engine
        fixed = {"postgresql": _POSTGRESQL_FUNCTIONS, "sqlite": _SQLITE_FUNCTIONS}.get(engine, _MYSQL_FUNCTIONS)
        if name in fixed:
            sql = fixed[name]
            return Expression(sql, functions=(sql.partition("(")[0].lower(),))
        arguments = [self._argument(value) for value in call.args]
        if name == "Cast":
            output = _argument(call, "output_field", 1)
            declared = field_of(output)
            target = BoundField(self._model, "cast", declared).db_type if declared else None
            first = self._argument(_argument(call, "expression", 0))
            return _over(f"({first.sql})::{target or '<type>'}", first)
        if name == "Func":
            name = _text(call.argument("function")) or name
            return _over(f"{name}({_joined(arguments)})", *arguments, function=name)
        if name in _FUNCTIONS:
            function = _FUNCTIONS[name]
            return _over(f"{function}({_joined(arguments)})", *arguments, function=function)
        return self._readable(call)

    def _argument(self, value: Value) -> Expression:
        """A function's argument, where a string names a column."""
        return self._column(value) if isinstance(value, str) else self.expression(value)

    def _readable(self, call: Call) -> Expression:
        """What has no known SQL: as it was written, with the columns that F() and strings name."""
        name = call.function.name.rpartition(".")[2]
        values = [*call.args, *(value for _, value in call.kwargs)]
        parts = [self._mentioned(value) for value in values]
        return Expression(source(call), union(*(part.columns for part in parts)), (name.lower(),))

    def _mentioned(self, value: Value) -> Expression:
        if isinstance(value, str):
            field = self._model.get_field(value)
            return Expression("", frozenset((field.column,))) if field else Expression("")
        return self.expression(value) if isinstance(value, Call) else Expression("")

    # Conditions

    def condition(self, value: Value) -> Condition:
        """A Q, or a boolean expression."""
        node = read_q(value)
        if node is None:
            found = self.expression(value)
            return Condition(found.sql, found.columns)
        return self._node(node, False)

    def _node(self, node: Q, outer_negated: bool) -> Condition:
        negated = outer_negated != node.negated
        parts: list[Condition] = []
        for child in node.children:
            if isinstance(child, Q):
                inner = self._node(child, negated)
                same = not child.negated and (len(child.children) == 1 or child.connector == node.connector)
                if same and inner.wrapped and len(child.children) > 1:
                    inner = Condition(inner.sql[1:-1], inner.columns, inner.not_null)
                parts.append(inner)
            elif isinstance(child, tuple):
                parts.append(self._lookup(child[0], child[1], negated, node.connector))
            else:
                found = self.expression(child)
                parts.append(Condition(found.sql, found.columns))
        sql = f" {node.connector} ".join(part.sql for part in parts)
        several = len(parts) > 1 or (len(parts) == 1 and " AND " in sql and node.negated)
        if node.negated:
            sql = f"NOT ({sql})"
        elif several:
            sql = f"({sql})"
        proven = [part.not_null for part in parts]
        if node.negated or not proven:
            not_null: frozenset[str] = frozenset()
        elif node.connector == "AND":
            not_null = frozenset().union(*proven)
        else:
            not_null = proven[0].intersection(*proven[1:])
        return Condition(sql, union(*(part.columns for part in parts)), not_null, several and not node.negated)

    def _lookup(self, path: str, value: Value, negated: bool, connector: str) -> Condition:
        field, lookup = self._split(path)
        if field is None:
            self._model.column(path)
            return Condition(f"{path} = {source(value)}", None)
        column = self._quote(field.column)
        columns: frozenset[str] | None = frozenset((field.column,))
        if lookup == "isnull" or (lookup == "exact" and value is None):
            is_null = value is not False
            sql = f"{column} IS {'' if is_null else 'NOT '}NULL"
            return Condition(sql, columns, frozenset() if is_null else columns or frozenset())
        right = None
        if isinstance(value, Call) and lookup not in ("in", "range"):
            right = self.expression(value, field)
            columns = union(columns, right.columns)
        sql = self._comparison(column, lookup, value, right, field)
        proven = frozenset((field.column,)) | (frozenset((right.column,)) if right and right.column else frozenset())
        if negated and (field.null or (right and right.column)):
            extra = [f"{column} IS NOT NULL"] if field.null else []
            if right and right.column and (other := self._nullable(right.column)):
                extra.append(f"{other} IS NOT NULL")
            if extra:
                sql = " AND ".join([sql, *extra])
                if connector == "OR":
                    sql = f"({sql})"
        return Condition(sql, columns, proven)

    def _nullable(self, column: str) -> str | None:
        for field in self._model.local_fields:
            if field.column == column and field.null:
                return self._quote(column)
        return None

    def _split(self, path: str) -> tuple[BoundField | None, str]:
        field = self._model.get_field(path)
        if field is not None:
            return field, "exact"
        name, _, lookup = path.rpartition("__")
        field = self._model.get_field(name) if name else None
        if field is not None:
            return field, lookup
        first, _, rest = path.partition("__")
        return self._model.get_field(first), rest

    def _comparison(self, column: str, lookup: str, value: Value, right: Expression | None, field: BoundField) -> str:
        if right is not None:
            operand = right.sql
            if self._dialect.django >= (4, 0) and not operand.startswith("("):
                operand = f"({operand})"
            return f"{column} {_COMPARISONS.get(lookup, lookup)} {operand}"
        try:
            return self._constant_comparison(column, lookup, value, field)
        except NotConstant:
            return f"{column} {_COMPARISONS.get(lookup, lookup)} <{source(value)}>"

    def _constant_comparison(self, column: str, lookup: str, value: Value, field: BoundField) -> str:
        if lookup == "exact" and isinstance(value, bool) and field.internal_type == "BooleanField":
            return column if value else f"NOT {column}"
        if lookup in _COMPARISONS:
            return f"{column} {_COMPARISONS[lookup]} {self.literal(value, field)}"
        if lookup == "in" and isinstance(value, tuple):
            return f"{column} IN ({', '.join(self.literal(item, field) for item in value if item is not None)})"
        if lookup == "range" and isinstance(value, tuple) and len(value) == 2:
            return f"{column} BETWEEN {self.literal(value[0], field)} AND {self.literal(value[1], field)}"
        if lookup in _PATTERNS and isinstance(value, str):
            operator, pattern = _PATTERNS[lookup]
            escaped = value if lookup.endswith("regex") else _escaped(value)
            return f"{column}::text {operator} {literal(pattern.format(escaped), self._dialect.engine)}"
        if lookup == "iexact" and isinstance(value, str):
            return f"UPPER({column}::text) = UPPER({literal(_escaped(value), self._dialect.engine)})"
        if lookup in _INSENSITIVE and isinstance(value, str):
            pattern = _INSENSITIVE[lookup].format(_escaped(value))
            return f"UPPER({column}::text) LIKE UPPER({literal(pattern, self._dialect.engine)})"
        return f"{column} {lookup.replace('__', ' ')} {_anything(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _anything(value: Value) -> str:
    python = python_value(value)
    return literal(Json(python) if isinstance(python, dict) else python)


def _over(sql: str, *parts: Expression, function: str | None = None) -> Expression:
    """An expression over others, calling `function`."""
    functions = tuple(name for part in parts for name in part.functions)
    return Expression(
        sql,
        union(*(part.columns for part in parts)),
        (*functions, function.lower()) if function else functions,
        parameters=any(part.parameters for part in parts),
    )


def _joined(arguments: list[Expression]) -> str:
    return ", ".join(argument.sql for argument in arguments)


def _argument(call: Call, name: str, position: int) -> Value:
    found = call.argument(name, position)
    return None if isinstance(found, Missing) else found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
