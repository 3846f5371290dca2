"""What to write instead, in Alembic's words: SQL that a rule advises, as operations and whole revisions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from migration_lint import advice
from migration_lint.advice.sql_text import one_line
from migration_lint.model import statements as s
from migration_lint.model.tables import Check, Column, ColumnType, ForeignKey, Index

if TYPE_CHECKING:
    from migration_lint.model.migration import Migration

_TYPES = {
    "bigint": "sa.BigInteger()",
    "boolean": "sa.Boolean()",
    "bytea": "sa.LargeBinary()",
    "date": "sa.Date()",
    "double precision": "sa.Double()",
    "integer": "sa.Integer()",
    "interval": "sa.Interval()",
    "json": "sa.JSON()",
    "smallint": "sa.SmallInteger()",
    "text": "sa.Text()",
    "time": "sa.Time()",
    "timestamp": "sa.DateTime()",
    "timestamptz": "sa.DateTime(timezone=True)",
    "uuid": "sa.Uuid()",
}
_AUTOCOMMIT = "with op.get_context().autocommit_block()"
_STATEMENT = re.compile(r"(?:ALTER|COMMENT|CREATE|DELETE|DO|DROP|INSERT|LOCK|RESET|SELECT|SET|UPDATE)\b.*;")


class Part(Protocol):
    """What a new revision does: its name's ending, statements each with what undoes it, and whether it has to run
    outside of a transaction."""

    @property
    def suffix(self) -> str:
        """What its name ends in."""
        ...

    @property
    def statements(self) -> Sequence[tuple[str, str | None]]:
        """Its statements, each with what undoes it."""
        ...

    @property
    def outside(self) -> bool:
        """Whether it has to run outside of a transaction."""
        ...


def revisions(migration: Migration, parts: Iterable[Part], *, instead: bool = True) -> str:
    """Whole revisions, one after another, in place of what was found if `instead`."""
    folder, _, file = migration.path.replace("\\", "/").rpartition("/")
    lines = [f"# Take this operation out of {file}, and write instead:"] if instead else []
    above = migration.name
    for part in parts:
        name = re.sub(r"\W+", "_", part.suffix).strip("_")
        ups = [operation(sql) for sql, _ in part.statements]
        downs = [operation(back) for _, back in reversed(part.statements) if back is not None]
        body = "\n".join((*ups, *downs))
        lines.append(f"# {migration.app}/{folder.rpartition('/')[2]}/{name}.py")
        if "sa." in body:
            lines.append("import sqlalchemy as sa")
        lines += ["from alembic import op", "", f'revision = "{name}"', f'down_revision = "{above}"', "", ""]
        lines += [
            "def upgrade():",
            *_block(ups, part.outside),
            "",
            "",
            "def downgrade():",
            *_block(downs, part.outside),
        ]
        above = name
    return "\n".join(lines)


def _block(operations: Sequence[str], outside: bool) -> list[str]:
    if not operations:
        return ["    pass  # or what undoes upgrade(), where anything has to be undone"]
    if not outside:
        return [f"    {line}" for line in operations]
    return [f"    {_AUTOCOMMIT}:", *(f"        {line}" for line in operations)]


def outside(command: s.Command) -> str:
    """The command in an `autocommit_block`."""
    alone = operation(command.sql)
    return f"# Best in a revision that holds nothing but this.\n{_AUTOCOMMIT}:\n    {alone}"


def in_python(text: str) -> str:
    """Advice with its SQL as operations, and its comments as Python's."""
    lines = []
    for line in text.splitlines():
        stripped = line.lstrip()
        if stripped.startswith("--"):
            line = line.replace("--", "#", 1)
        elif _STATEMENT.fullmatch(stripped):
            line = line[: len(line) - len(stripped)] + operation(stripped)
        lines.append(line)
    return "\n".join(lines)


def operation(sql: str) -> str:
    """The operation that sends a statement of PostgreSQL's; `op.execute` where there is none of Alembic's own."""
    from migration_lint.readers.sql import read_sql

    sql = one_line(sql)
    commands = list(read_sql(sql, "postgresql"))
    if len(commands) == 1 and len(commands[0].statements) == 1:
        found = _operation(commands[0].statements[0])
        if found is not None:
            return found
    return f"op.execute({advice.source(sql.replace(':', _COLON) if _PARAMETER.search(sql) else sql)})"


_PARAMETER = re.compile(r"(?<![:\w]):\w")
_COLON = "\\:"


def _operation(statement: s.Statement) -> str | None:
    match statement:
        case s.CreateIndex(index=index, concurrently=concurrently, only=False):
            return _create_index(index, concurrently)
        case s.DropIndex(name=name, concurrently=concurrently):
            built = [("postgresql_concurrently", True)] if concurrently else []
            return _call("drop_index", [_last(name)], [*_schema(name), *built])
        case s.AddConstraint(table=table, constraint=ForeignKey() as key, using_index=None):
            return _create_foreign_key(table, key)
        case s.AddConstraint(table=table, constraint=Check() as check, using_index=None):
            options = [*_schema(table), *([] if check.validated else [("postgresql_not_valid", True)])]
            return _call("create_check_constraint", [check.name, _last(table), check.sql], options)
        case s.DropConstraint(table=table, name=name, cascade=False, if_exists=False):
            return _call("drop_constraint", [name, _last(table)], _schema(table))
        case s.DropColumn(table=table, column=column, cascade=False, if_exists=False):
            return _call("drop_column", [_last(table), column], _schema(table))
        case s.AddColumn(table=table, column=column, constraints=(), if_not_exists=False):
            return _add_column(table, column)
        case s.SetNotNull(table=table, column=column) | s.DropNotNull(table=table, column=column):
            nullable = isinstance(statement, s.DropNotNull)
            return _call("alter_column", [_last(table), column], [*_schema(table), ("nullable", nullable)])
        case _:
            return None


def _create_index(index: Index, concurrently: bool) -> str | None:
    if (index.unique and not index.nulls_distinct) or any(key.opclass or key.descending for key in index.keys):
        return None
    keys = [
        advice.source(k.column) if k.column else f"sa.text({advice.source(k.expression or '')})" for k in index.keys
    ]
    options: list[tuple[str, object]] = [*_schema(index.table)]
    options += [("unique", True)] if index.unique else []
    options += [("postgresql_using", index.method)] if index.method != "btree" else []
    options += [("postgresql_include", list(index.include))] if index.include else []
    where = [f"postgresql_where=sa.text({advice.source(index.where)})"] if index.where else []
    options += [("postgresql_concurrently", True)] if concurrently else []
    parts = [advice.source(_last(index.name)), advice.source(_last(index.table)), f"[{', '.join(keys)}]"]
    parts += where + [f"{name}={_value(value)}" for name, value in options]
    return f"op.create_index({', '.join(parts)})"


def _create_foreign_key(table: str, key: ForeignKey) -> str:
    options: list[tuple[str, object]] = [
        *((f"source_{name}", value) for name, value in _schema(table)),
        *((f"referent_{name}", value) for name, value in _schema(key.to_table)),
    ]
    options += [("ondelete", key.on_delete.upper())] if key.on_delete else []
    options += [("deferrable", True)] if key.deferrable else []
    options += [("initially", "DEFERRED")] if key.initially_deferred else []
    options += [] if key.validated else [("postgresql_not_valid", True)]
    named = [key.name, _last(table), _last(key.to_table), list(key.columns), list(key.to_columns)]
    return _call("create_foreign_key", named, options)


def _add_column(table: str, column: Column) -> str | None:
    kind = column_type(column.type) if isinstance(column.type, ColumnType) else None
    if kind is None or column.default is not None or column.generated or column.auto or not column.nullable:
        return None
    schema = "".join(f", {name}={_value(value)}" for name, value in _schema(table))
    return f"op.add_column({advice.source(_last(table))}, sa.Column({advice.source(column.name)}, {kind}){schema})"


def column_type(kind: ColumnType) -> str | None:
    """A type as SQLAlchemy has it; None where that is one of a dialect's."""
    if kind.dimensions or kind.modifier:
        return None
    arguments = ", ".join(map(str, kind.args))
    if kind.name == "varchar":
        return f"sa.String({arguments})"
    if kind.name == "numeric":
        return f"sa.Numeric({arguments})"
    return _TYPES.get(kind.name) if not kind.args else None


def _schema(name: str) -> list[tuple[str, object]]:
    prefix = name.rpartition(".")[0]
    return [("schema", prefix)] if prefix else []


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _call(name: str, args: Iterable[object], options: Iterable[tuple[str, object]]) -> str:
    parts = [_value(each) for each in args] + [f"{key}={_value(value)}" for key, value in options]
    return f"op.{name}({', '.join(parts)})"


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return advice.source(value) if isinstance(value, str) else repr(value)
