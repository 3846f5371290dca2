"""What of a table its indexes and constraints stand on."""

from __future__ import annotations

from migration_lint.model.tables import Constraint, ForeignKey, Index, NotNull, PrimaryKey, Unique


def constraint_columns(constraint: Constraint) -> frozenset[str]:
    """The columns of its own table that a constraint is about, as far as they are known."""
    if isinstance(constraint, (PrimaryKey, Unique, ForeignKey)):
        return frozenset(constraint.columns)
    if isinstance(constraint, NotNull):
        return frozenset((constraint.column,))
    return constraint.columns or frozenset()


def index_columns(index: Index) -> frozenset[str]:
    """Every column an index reads: keys, included columns, predicate and expressions, as far as they are known."""
    keys = {key.column for key in index.keys if key.column is not None}
    return frozenset(keys | set(index.include) | (index.where_columns or set()) | (index.expression_columns or set()))
