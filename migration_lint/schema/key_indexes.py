"""The indexes that MySQL and MariaDB make and drop by themselves, because a foreign key needs one.

https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html, "Indexes on foreign keys"
"""

from __future__ import annotations

from collections.abc import Mapping

from migration_lint.layered import put, taken
from migration_lint.model.tables import Constraint, ForeignKey, Index, IndexKey, PrimaryKey, Table, Unique


def with_key_index(table: Table, indexes: Mapping[str, Index], constraint: Constraint) -> Mapping[str, Index]:
    """The indexes and the one that MySQL makes for a foreign key, unless another leads with its columns."""
    if not isinstance(constraint, ForeignKey) or not constraint.columns:
        return indexes
    leading = [tuple(key.column for key in index.keys) for index in indexes.values()]
    leading += [c.columns for c in table.constraints.values() if isinstance(c, (PrimaryKey, Unique))]
    if any(columns[: len(constraint.columns)] == constraint.columns for columns in leading):
        return indexes
    keys = tuple(IndexKey(column) for column in constraint.columns)
    return put(indexes, constraint.name, Index(constraint.name, table.name, keys, implicit="foreign key"))


def without_key_index(
    table: Table, indexes: Mapping[str, Index], columns: tuple[str, ...], name: str
) -> Mapping[str, Index]:
    """The indexes without those that MySQL made for a foreign key and drops now that another leads with its columns."""
    for key, constraint in table.constraints.items():
        index = indexes.get(key) if isinstance(constraint, ForeignKey) and key != name else None
        if index is not None and tuple(x.column for x in index.keys) == columns[: len(index.keys)]:
            indexes = taken(indexes, key)
    return indexes
