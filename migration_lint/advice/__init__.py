"""Code that a finding tells people to write instead, filled in with their own names.

Advice is always code that can be pasted: words around it are comments, and a file of its own begins with a comment
that holds its path. A test lints all advice with all rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from migration_lint.advice.sql_text import add_column, spelled
from migration_lint.model.django import AlterField, Field, ModelConstraint, ModelIndex
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.tables import Column, ColumnType
from migration_lint.model.values import Call, Dict, Function, Reference, Unknown, Value

_OPERATORS = {"or_": "|", "and_": "&", "xor": "^", "add": "+", "sub": "-", "mul": "*", "truediv": "/", "mod": "%"}
_MODULES = {
    "django.db.models": "models",
    "django.db.migrations": "migrations",
    "django.conf": "",
    "builtins": "",
}
_IMPORTS = (
    ("AddConstraintNotValid", "django.contrib.postgres.operations"),
    ("AddIndexConcurrently", "django.contrib.postgres.operations"),
    ("RemoveIndexConcurrently", "django.contrib.postgres.operations"),
    ("ValidateConstraint", "django.contrib.postgres.operations"),
    ("settings", "django.conf"),
)

# A class or function by its full name, whose module has to be imported; not inside strings.
_DOTTED = re.compile(r"(?<![\w.])((?!models\.|migrations\.|settings\.)[a-z_]\w*(?:\.[a-z_]\w*)*)\.\w+")
_STANDARD = frozenset({"datetime", "decimal", "functools", "uuid"})
_TEXTS = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def source(value: Value) -> str:
    """Python source for a value read from a migration."""
    match value:
        case str():
            return (
                '"' + repr(value)[1:-1].replace('"', r"\"").replace(r"\'", "'") + '"'
                if '"' not in value
                else repr(value)
            )
        case tuple():
            return "[" + ", ".join(source(item) for item in value) + "]"
        case Dict(items=items):
            return "{" + ", ".join(f"{source(key)}: {source(item)}" for key, item in items) + "}"
        case Reference(module=module, name=name):
            prefix = _MODULES.get(module, module)
            return f"{prefix}.{name}" if prefix else name
        case Call(function=Reference(module="operator", name="invert"), args=(operand,)):
            return f"~{source(operand)}"
        case Call(function=Reference(module="operator", name=name), args=(left, right)) if name in _OPERATORS:
            return f"{source(left)} {_OPERATORS[name]} {source(right)}"
        case Call(function=function, args=args, kwargs=kwargs):
            inner = [source(arg) for arg in args] + [f"{key}={source(arg)}" for key, arg in kwargs]
            return f"{source(function)}({', '.join(inner)})"
        case Function(name=name):
            return name
        case Unknown(source=text):
            return text
        case _:
            return repr(value)


def field_source(field: Field, *, without: Iterable[str] = (), **changes: str) -> str:
    """Python source of a model field; `without` leaves options out, `changes` gives others as source text."""
    module, _, name = field.kind.rpartition(".")
    prefix = _MODULES.get(module, module)
    options = {key: source(value) for key, value in field.options if key not in without} | changes
    return f"{prefix + '.' if prefix else ''}{name}({', '.join(f'{key}={text}' for key, text in options.items())})"


def index_source(index: ModelIndex) -> str:
    """Python source of a model index."""
    module, _, name = index.kind.rpartition(".")
    arguments = [source(expression) for expression in index.expressions]
    if index.fields:
        names = [f'"{"-" if descending else ""}{field}"' for field, descending in index.fields]
        arguments.append(f"fields=[{', '.join(names)}]")
    if index.name is not None:
        arguments.append(f'name="{index.name}"')
    if index.condition is not None:
        arguments.append(f"condition={source(index.condition)}")
    for option, names_given in (("include", index.include), ("opclasses", index.opclasses)):
        if names_given:
            arguments.append(f"{option}={source(names_given)}")
    arguments += [f"{key}={source(value)}" for key, value in index.options]
    return f"{_MODULES.get(module, module)}.{name}({', '.join(arguments)})"


def constraint_source(constraint: ModelConstraint, condition_name: str = "condition") -> str:
    """Python source of a model constraint; a check's condition is `check` before Django 5.1."""
    module, _, name = constraint.kind.rpartition(".")
    arguments = [source(expression) for expression in constraint.expressions]
    if constraint.fields:
        arguments.append(f"fields={source(constraint.fields)}")
    if constraint.condition is not None:
        key = condition_name if name == "CheckConstraint" else "condition"
        arguments.append(f"{key}={source(constraint.condition)}")
    arguments.append(f'name="{constraint.name}"')
    arguments += [f"{key}={source(value)}" for key, value in constraint.options]
    return f"{_MODULES.get(module, module)}.{name}({', '.join(arguments)})"


def beside(operation: Operation, table: str, column: str, column_type: ColumnType, engine: str) -> str:
    """A new column beside one whose type is to change, as the first step of moving there."""
    later = "Later: write both, copy the rows, read the new one, and drop the old one in a release after that."
    if not isinstance(operation, AlterField):
        added = add_column(table, Column(f"{column}_new", column_type))
        return f"-- A new column of the new type. {later}\n{spelled(added, engine)};"
    field = field_source(operation.field, without=("default", "null", "unique", "db_index", "primary_key"), null="True")
    return (
        f"# A new column of the new type. {later}\n"
        f'migrations.AddField("{operation.model_name}", "{operation.name}_new", {field})'
    )


def next_name(migration: Migration, suffix: str, steps: int = 1) -> str:
    """A name for the migration `steps` after this one: its number counted up, and what it does."""
    number = re.match(r"\d+", migration.name)
    if number is None:
        return f"{migration.name}_{suffix}"
    return f"{int(number[0]) + steps:0{len(number[0])}d}_{suffix}"


def _modules(body: str) -> Iterator[str]:
    """The modules that source text names."""
    for module in _DOTTED.findall(_TEXTS.sub("", body)):
        first = module.partition(".")[0]
        yield first if first in _STANDARD else module


def django_file(
    migration: Migration,
    suffix: str,
    operations: Sequence[str],
    *,
    after: str | None = None,
    steps: int = 1,
    atomic: bool = True,
) -> str:
    """A whole Django migration beside `migration`, with the operations given as source.

    `after` names the migration it depends on, which is `migration` itself when none is given.
    """
    name = next_name(migration, suffix, steps)
    body = "\n".join(f"        {line}" for operation in operations for line in f"{operation},".split("\n"))
    imports: dict[str, list[str]] = {}
    for imported, module in _IMPORTS:
        if re.search(rf"(?<![\w.]){imported}\b", body):
            imports.setdefault(module, []).append(imported)
    lines = [f"# {migration.app}/migrations/{name}.py"]
    lines += [f"import {module}" for module in dict.fromkeys(_modules(body))]
    lines += [f"from {module} import {', '.join(names)}" for module, names in imports.items()]
    lines.append("from django.db import migrations" + (", models" if "models." in body else ""))
    lines += ["", "", "class Migration(migrations.Migration):"]
    if not atomic:
        lines.append("    atomic = False")
    lines += [
        f'    dependencies = [("{migration.app}", "{after or migration.name}")]',
        "    operations = [",
        body,
        "    ]",
    ]
    return "\n".join(lines)
