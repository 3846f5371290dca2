"""The names Django gives to tables, indexes and constraints.

Ported from `django.db.backends.utils`, `BaseDatabaseSchemaEditor._create_index_name` and
`django.db.models.Index.set_name_with_model`; the same in Django 3.2 to 6.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5


def digest(*parts: str, length: int) -> str:
    """The first `length` hexadecimal digits of the parts' common hash."""
    return md5("".join(parts).encode(), usedforsecurity=False).hexdigest()[:length]


def split_identifier(identifier: str) -> tuple[str, str]:
    """A `db_table` such as `app"."table` as its schema (empty if none) and its name."""
    namespace, dot, name = identifier.partition('"."')
    if not dot:
        namespace, name = "", identifier
    return namespace.strip('"'), name.strip('"')


def physical(db_table: str) -> str:
    """What the database calls the table: without quotes, the schema in front where one is written."""
    if '"' not in db_table:
        return db_table
    namespace, name = split_identifier(db_table)
    return f"{namespace}.{name}" if namespace else name


def truncate(identifier: str, length: int | None) -> str:
    """A table name that Django makes up, shortened to `length` with a digest at its end."""
    namespace, name = split_identifier(identifier)
    if length is None or len(name) <= length:
        return identifier
    prefix = f'{namespace}"."' if namespace else ""
    return prefix + name[: length - 4] + digest(name, length=4)


def index_name(table: str, columns: Sequence[str], suffix: str, max_length: int) -> str:
    """The name of an index or constraint that its author did not name."""
    _, table = split_identifier(table)
    tail = digest(table, *columns, length=8) + suffix
    joined = "_".join(columns)
    name = f"{table}_{joined}_{tail}"
    if len(name) <= max_length:
        return name
    if len(tail) > max_length / 3:
        tail = tail[: max_length // 3]
    rest = (max_length - len(tail)) // 2 - 1
    return _with_leading_letter(f"{table[:rest]}_{joined[:rest]}_{tail}")


def _with_leading_letter(name: str) -> str:
    return f"D{name[:-1]}" if name[0] == "_" or name[0].isdigit() else name


def model_index_name(table: str, columns: Sequence[tuple[str, bool]], suffix: str) -> str:
    """The name of an unnamed index of a model's Meta; each column comes with whether it is descending."""
    _, table = split_identifier(table)
    ordered = [f"-{column}" if descending else column for column, descending in columns]
    tail = digest(table, *ordered, suffix, length=6)
    name = f"{table[:11]}_{columns[0][0][:7]}_{tail}_{suffix}"
    return f"D{name[1:]}" if name[0] == "_" or name[0].isdigit() else name
