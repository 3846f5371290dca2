"""What Django finds out about an existing table: `DatabaseIntrospection.get_constraints`, from the replayed schema."""

from __future__ import annotations

from migration_lint.model.tables import Check, ForeignKey, Index, PrimaryKey, Table, Unique

BTREE_METHODS = ("btree", "")


def constraint_names(
    table: Table | None, columns: tuple[str, ...], kind: str, exclude: frozenset[str] = frozenset()
) -> list[str]:
    """The names of what stands on exactly `columns`.

    `kind` is `foreign key`, `check`, `unique` (not the key; unique indexes count), `index` (not unique), `any index`
    (unique ones too) or `btree index` (only those that `db_index` could have made).
    """
    if table is None:
        return []
    found = [
        name
        for name, constraint in table.constraints.items()
        if (kind == "foreign key" and isinstance(constraint, ForeignKey) and constraint.columns == columns)
        or (kind == "unique" and isinstance(constraint, Unique) and constraint.columns == columns)
        or (kind == "check" and isinstance(constraint, Check) and constraint.columns == frozenset(columns))
    ]
    # The query of `get_constraints` groups indexes by name, which leaves them sorted.
    found.extend(sorted(name for name, index in table.indexes.items() if _matches(index, columns, kind)))
    return [name for name in found if name not in exclude]


def _matches(index: Index, columns: tuple[str, ...], kind: str) -> bool:
    if kind in ("foreign key", "check"):
        return False
    if (kind == "unique" and not index.unique) or (kind == "index" and index.unique):
        return False
    if kind == "btree index" and (index.method not in BTREE_METHODS or index.name.endswith("_btree")):
        return False
    # PostgreSQL counts included columns among the keys.
    return (*(key.column for key in index.keys), *index.include) == columns


def key_names(table: Table | None) -> list[str]:
    """The name of the primary key."""
    return [name for name, c in table.constraints.items() if isinstance(c, PrimaryKey)] if table else []
