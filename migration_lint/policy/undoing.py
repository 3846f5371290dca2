"""What a way back does not undo: the schema before a migration beside the one after it and its way back.

Names decide: what the way back makes under another name has not come back, but for a constraint or an index that is
otherwise the same. Where a part of either was not understood, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from migration_lint.advice import sql_text
from migration_lint.layered import differing
from migration_lint.model import statements as s
from migration_lint.model.tables import Column, ColumnType, Constraint, Default, ForeignKey, Index, Table, View
from migration_lint.model.values import Unknown
from migration_lint.policy.data_steps import is_ddl
from migration_lint.running_python import changes_schema
from migration_lint.schema import Schema, constraint_columns, index_columns
from migration_lint.settings import Engine

Kind = Literal["table", "column", "index", "constraint", "view", "type"]
_Part = TypeVar("_Part", Index, Constraint)
_NO_TABLE = Table("", {})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was before. `outcome` is `stays` for what the migration made, `lost` for what it
    dropped, `taken` for what it left alone and the way back drops, `differs` for a column that is another one, in the
    way `detail` tells."""

    outcome: Literal["stays", "lost", "taken", "differs"]
    kind: Kind
    name: str
    table: str | None = None
    detail: str = ""

    def __str__(self) -> str:
        """The thing by kind and name."""
        if self.kind == "column":
            return f"the column {self.table}.{self.name}"
        return f"the {self.kind} {self.name}{f' of {self.table}' if self.table else ''}"


def differences(before: Schema, done: Sequence[s.Command], undone: Sequence[s.Command]) -> tuple[Difference, ...]:
    """What is not as it was in `before` once the commands `done`, then those `undone`, have run.

    Nothing where `undone` changes no schema: it says that nothing needs to be undone.
    """
    if not _understood(done) or not _understood(undone) or not any(map(is_ddl, _statements(undone))):
        return ()
    before = _with_unseen(before, done)
    after = _applied(before, done)
    restored = _applied(after, undone)
    # What the way back itself makes is meant to be there, seen before or not.
    meant = {"taken": _made(done), "stays": _made(undone)}
    taken_over = _taken_over(done)
    return tuple(
        each
        for each in _compare(before, after, restored)
        if (each.table, each.name) not in meant.get(each.outcome, ())
        and not (each.outcome == "lost" and each.name in taken_over)
        and not _goes_with_its_target(each, before, restored)
    )


def _statements(commands: Iterable[s.Command]) -> Iterator[s.Statement]:
    for command in commands:
        yield from command.statements


def _understood(commands: Sequence[s.Command]) -> bool:
    """Whether all that the commands change in the schema is followed. What a DO block does depends on conditions, and
    of a dropped schema's objects not all are known."""
    for command in commands:
        is_block = command.sql.lstrip()[:2].upper() == "DO"
        for statement in command.statements:
            if isinstance(statement, s.Unanalysed) and changes_schema(statement):
                return False
            if is_block and is_ddl(statement):
                return False
            if isinstance(statement, s.DropObject) and statement.object_kind in ("schema", "database", "extension"):
                return False
    return True


def _applied(schema: Schema, commands: Iterable[s.Command]) -> Schema:
    for statement in _statements(commands):
        schema = schema.apply(statement)
    return schema


def _made(commands: Iterable[s.Command]) -> set[tuple[str | None, str]]:
    """The things that the commands make, by table and name, whether the history shows them there already or not."""
    made: set[tuple[str | None, str]] = set()
    for statement in _statements(commands):
        match statement:
            case s.CreateTable(table=Table(name=name)) | s.CreateView(view=View(name=name)):
                made.add((None, name))
            case s.CreateObject(object_kind="type" | "domain", name=name):
                made.add((None, name))
            case s.AddColumn(table=table, column=Column(name=name)):
                made.add((table, name))
            case s.CreateIndex(index=Index(name=name, table=table)):
                made.add((table, name))
            case s.AddConstraint(table=table, constraint=constraint):
                made.add((table, constraint.name))
            case _:
                pass
    return made


def _taken_over(commands: Iterable[s.Command]) -> set[str]:
    """The indexes that constraints take over, and that go with them."""
    return {
        each.using_index for each in _statements(commands) if isinstance(each, s.AddConstraint) and each.using_index
    }


def _goes_with_its_target(difference: Difference, before: Schema, restored: Schema) -> bool:
    """Whether it is a foreign key that is gone because the table it leads to is."""
    table = before.table(difference.table) if difference.table else None
    key = table.constraints.get(difference.name) if table else None
    return difference.outcome != "stays" and isinstance(key, ForeignKey) and restored.table(key.to_table) is None


def _with_unseen(schema: Schema, commands: Iterable[s.Command]) -> Schema:
    """The schema with the tables and columns that the commands drop although the history does not show them made."""
    made: set[str] = set()
    for statement in _statements(commands):
        match statement:
            case s.CreateTable(table=Table(name=name)) | s.RenameTable(new_name=name):
                made.add(name)
            case s.AddColumn(table=name, column=Column(name=column)) | s.RenameColumn(table=name, new_name=column):
                made.add(f"{name}.{column}")
            case s.DropTable(table=name, if_exists=False) if name not in made and schema.table(name) is None:
                schema = schema.with_table(Table(name, {}, complete=False))
            case s.DropColumn(table=name, column=column, if_exists=False) if not {name, f"{name}.{column}"} & made:
                table = schema.table(name) or Table(name, {}, complete=False)
                if not table.complete and column not in table.columns:
                    unseen = Column(column, Unknown(column, "the history does not show it made"))
                    schema = schema.with_table(replace(table, columns={**table.columns, column: unseen}))
            case _:
                pass
    return schema


def _compare(before: Schema, after: Schema, restored: Schema) -> Iterator[Difference]:
    changed = {*differing(before.tables, after.tables), *differing(after.tables, restored.tables)}
    for name in sorted(changed):
        then, between, now = (schema.tables.get(name) for schema in (before, after, restored))
        if not then is between is now:
            yield from _compare_tables(name, then, between, now)
    if not before.views is after.views is restored.views:
        yield from _by_name("view", before.views, after.views, restored.views)
    if not before.types is after.types is restored.types:
        yield from _by_name("type", before.types, after.types, restored.types)


def _compare_tables(name: str, then: Table | None, between: Table | None, now: Table | None) -> Iterator[Difference]:
    if then is None and between is not None and between.complete:
        if now is not None:
            yield Difference("stays", "table", name)
    elif then is not None and now is None:
        yield Difference("taken" if between is not None else "lost", "table", name)
    elif between is not None or now is not None:
        yield from _compare_parts(name, then or _NO_TABLE, between or _NO_TABLE, now or _NO_TABLE)


def _compare_parts(table: str, then: Table, between: Table, now: Table) -> Iterator[Difference]:
    columns = list(_by_name("column", then.columns, between.columns, now.columns, table))
    yield from columns
    # What stands on such a column shares its fate.
    told = {difference.name for difference in columns}
    indexes = (_own(then.indexes), _own(between.indexes), _own(now.indexes))
    for difference in _by_name("index", *indexes, table):
        index = (indexes[1] if difference.outcome == "stays" else indexes[0])[difference.name]
        if not told & index_columns(index) and not _under_another_name(index, *indexes):
            yield difference
    if then.constraints and not between.columns:
        return  # dropped and made anew: how its constraints were written is a matter of taste
    constraints = (then.constraints, between.constraints, now.constraints)
    for difference in _by_name("constraint", *constraints, table):
        constraint = (constraints[1] if difference.outcome == "stays" else constraints[0])[difference.name]
        if not told & constraint_columns(constraint) and not _under_another_name(constraint, *constraints):
            yield difference
    for name in then.columns.keys() & now.columns.keys():
        detail = _column_differs(then.columns[name], between.columns.get(name), now.columns[name])
        if detail:
            yield Difference("differs", "column", name, table, detail)


def _by_name(
    kind: Kind,
    then: Mapping[str, object],
    between: Mapping[str, object],
    now: Mapping[str, object],
    table: str | None = None,
) -> Iterator[Difference]:
    for name in between:
        if name not in then and name in now:
            yield Difference("stays", kind, name, table)
    for name in then:
        if name not in now:
            yield Difference("taken" if name in between else "lost", kind, name, table)


def _own(indexes: Mapping[str, Index]) -> dict[str, Index]:
    """The indexes that somebody asked for, not those that come with a foreign key."""
    return {name: index for name, index in indexes.items() if index.implicit is None}


def _under_another_name(
    part: _Part, then: Mapping[str, _Part], between: Mapping[str, _Part], now: Mapping[str, _Part]
) -> bool:
    """Whether the way back made the same again and called it otherwise."""
    made = (other for name, other in now.items() if name not in between and name not in then)
    return any(_same(part, other) for other in made)


def _same(one: Index | Constraint, other: Index | Constraint) -> bool:
    match one, other:
        case ForeignKey(), ForeignKey():  # what it refers to need not be written
            return (one.columns, one.to_table) == (other.columns, other.to_table)
        case _:
            return replace(one, name=other.name) == other


def _column_differs(then: Column, between: Column | None, now: Column) -> str:
    """In what the column is another one than it was, because the migration changed that; empty if in nothing."""
    if between is None:
        told = isinstance(then.type, ColumnType) and isinstance(now.type, ColumnType) and then.type != now.type
        return f"comes back as {now.type}, it was {then.type}" if told else ""
    if _kept(lambda column: column.type, then, between, now) and isinstance(now.type, ColumnType):
        return f"stays {now.type}"
    if _kept(lambda column: column.nullable, then, between, now):
        return "may still be NULL" if now.nullable else "stays NOT NULL"
    if _kept(lambda column: column.default, then, between, now):
        return f"keeps the default {now.default.sql}" if isinstance(now.default, Default) else "has no default any more"
    return ""


def _kept(of: Callable[[Column], object], then: Column, between: Column, now: Column) -> bool:
    """Whether a property is as the migration has made it, and that is not as it was before."""
    return of(then) != of(between) and of(now) == of(between) and not isinstance(of(then), Unknown)


def drops(found: Iterable[Difference], engine: Engine) -> Iterator[str]:
    """SQL that drops what stays, in an order in which nothing stands in another's way."""
    mysql = engine in ("mysql", "mariadb")
    order: tuple[Kind, ...] = ("view", "constraint", "index", "column", "table", "type")
    staying = [difference for difference in found if difference.outcome == "stays"]
    for each in sorted(staying, key=lambda difference: order.index(difference.kind)):
        name, table = _quoted(each.name, mysql), _quoted(each.table or "", mysql)
        if each.kind in ("constraint", "column"):
            yield f"ALTER TABLE {table} DROP {each.kind.upper()} {name};"
        elif each.kind == "index" and mysql:
            yield f"DROP INDEX {name} ON {table};"
        else:
            yield f"DROP {each.kind.upper()} {name};"


def _quoted(name: str, mysql: bool) -> str:
    """A name as it has to be written, with quotes only where it needs them."""
    return sql_text.quoted(name).replace('"', "`") if mysql else sql_text.quoted(name)
