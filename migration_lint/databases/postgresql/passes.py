"""The order in which PostgreSQL works through one ALTER TABLE, whatever order its subcommands are written in."""

from __future__ import annotations

from collections.abc import Sequence

from migration_lint.model import statements as s
from migration_lint.model.statements import Command, Statement
from migration_lint.model.tables import PrimaryKey, Unique

# `AlterTablePass` and `ATPrepCmd` in src/backend/commands/tablecmds.c of PostgreSQL 12 to 18. What matters most is that
# things are dropped first: a CHECK dropped beside a SET NOT NULL no longer proves anything (measured).
_DROP, _TYPE, _ADD_COLUMN, _ATTRIBUTE, _INDEX, _CONSTRAINT, _REST = range(7)
_PASSES: dict[type[Statement], int] = {
    s.DropColumn: _DROP,
    s.DropConstraint: _DROP,
    s.DropNotNull: _DROP,
    s.DropDefault: _DROP,
    s.AlterColumnType: _TYPE,
    s.AddColumn: _ADD_COLUMN,
    s.SetNotNull: _ATTRIBUTE,
    s.SetDefault: _CONSTRAINT,
    s.SetIdentity: _CONSTRAINT,
}


def in_passes(command: Command) -> Sequence[Statement]:
    """The command's statements in the order in which the server carries them out."""
    if len(command.statements) < 2 or not command.sql.lstrip().upper().startswith("ALTER TABLE"):
        return command.statements
    return sorted(command.statements, key=_pass_of)


def _pass_of(statement: Statement) -> int:
    match statement:
        case s.AddConstraint(constraint=PrimaryKey() | Unique()):
            return _INDEX
        case s.AddConstraint():
            return _CONSTRAINT
        case s.SetIdentity(kind=None) | s.SetColumnOption(option="expression", value=None):
            return _DROP
        case _:
            return _PASSES.get(type(statement), _REST)
