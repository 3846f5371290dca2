"""The names PostgreSQL gives to constraints that are declared without one."""

from __future__ import annotations

from migration_lint.schema import Schema

_MAX_BYTES = 63


def object_name(table: str, column: str, label: str) -> str:
    """`makeObjectName` of PostgreSQL: the longer of table and column is cut until all fits into 63 bytes."""
    overhead = len(label) + 1 + (1 if column else 0)
    first, second = table.encode(), column.encode()
    while len(first) + len(second) > _MAX_BYTES - overhead:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    parts = [first.decode(errors="ignore"), second.decode(errors="ignore"), label]
    return "_".join(part for part in parts if part)


def free_name(schema: Schema, table: str, column: str, label: str) -> str:
    """The name for a constraint on `table`, numbered where another one has it already."""
    own = table.rpartition(".")[2]
    name, number = object_name(own, column, label), 0
    while schema.has_name(name):
        number += 1
        name = object_name(own, column, f"{label}{number}")
    return name
