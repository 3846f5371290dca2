"""What a command does to InnoDB tables, on MySQL and MariaDB alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from migration_lint.databases.base import Session
from migration_lint.databases.mysql import parts, refusals
from migration_lint.databases.mysql.plan import (
    EXCLUSIVE,
    METADATA,
    NONE,
    ROW_LOCKS,
    SHARED,
    Algorithm,
    Plan,
    combine,
)
from migration_lint.databases.mysql.server import Alteration, Server
from migration_lint.effects import NOTHING, Effect, Failure, Lock, LockMode, Work
from migration_lint.model import statements as s
from migration_lint.model.tables import ForeignKey, Table
from migration_lint.schema import Schema

_OFF = frozenset({"0", "off", "false"})
_LOCK_LEVELS = {"NONE": NONE, "SHARED": SHARED, "EXCLUSIVE": EXCLUSIVE}
_KEEPS_ROWS = frozenset({None, "", "no action", "restrict"})


class InnoDB(Server):
    """A server whose DDL commits by itself, statement by statement: nothing stays locked from one to the next."""

    def execute(self, command: s.Command, before: Schema, session: Session) -> tuple[Effect, Session]:
        """What `command` does to a database that holds `before`, and the session after it."""
        effects, schema = [], before
        for name, statements in _grouped(command.statements, before):
            after = schema
            for statement in statements:
                after = after.apply(statement)
            if name is None:
                effects.append(self._other(statements[0], schema, session))
            else:
                effects.append(self._alter(name, statements, schema, after, command, session))
            for statement in statements:
                session = _session_after(statement, session)
            schema = after
        return _merged(effects), session

    def _alter(
        self,
        name: str,
        statements: tuple[s.Statement, ...],
        schema: Schema,
        after: Schema,
        command: s.Command,
        session: Session,
    ) -> Effect:
        table = schema.tables.get(name) or Table(name, {}, complete=False)
        alteration = Alteration(statements, table, after.tables.get(name, table), schema, _checks_keys(session))
        actions = [action for x in statements for action in parts.actions(self, x, alteration)]
        if not actions:
            return NOTHING
        plan = self.settle(combine(actions, self.layout_rebuilds_with), alteration)
        failures = tuple(failure for action in actions for failure in action.failures)
        if all(failure.rows is not None for failure in failures):
            failures += tuple(refusals.auto_columns(self, alteration))
        unknown = tuple(dict.fromkeys(reason for action in actions for reason in action.unknown))
        plan, level, refused = self._as_asked(plan, alteration, command)
        parents = frozenset().union(*(self.locked_parents(x, schema) for x in statements)) - {name}
        locks = (Lock(name, METADATA), *(Lock(parent, self.parent_lock) for parent in sorted(parents)))
        held = session.held.get(name, level)
        return Effect(
            locks,
            tuple(_work(name, plan, level if held.strength < level.strength else held)),
            failures + refused,
            None if unknown else plan.algorithm.name,
            unknown,
            tuple(dict.fromkeys(action.source for action in plan.decisive or tuple(actions))),
        )

    def _as_asked(
        self, plan: Plan, alteration: Alteration, command: s.Command
    ) -> tuple[Plan, LockMode, tuple[Failure, ...]]:
        """The plan under what ALGORITHM= and LOCK= ask for, and the server's refusal where it can't be done so."""
        refused: list[Failure] = []
        asked = (command.algorithm or "DEFAULT").upper()
        if asked in Algorithm.__members__:
            if Algorithm[asked] < plan.algorithm:
                message = f"{self.name} refuses ALGORITHM={asked}: this takes ALGORITHM={plan.algorithm.name}"
                refused.append(Failure("algorithm", message))
            elif Algorithm[asked] is Algorithm.COPY:
                plan = replace(plan, algorithm=Algorithm.COPY)
            elif self.layout_rebuilds_with is Algorithm.INPLACE:
                rebuild = plan.rebuild or (plan.layout and Algorithm[asked] is Algorithm.INPLACE)
                plan = replace(plan, algorithm=Algorithm[asked], rebuild=rebuild)
        copies = plan.algorithm is Algorithm.COPY
        waits = not self.copies_online(alteration) if copies else plan.shared
        needed = SHARED if waits else NONE
        level = _LOCK_LEVELS.get((command.lock or "").upper(), needed)
        if level.strength < needed.strength:
            refused.append(Failure("algorithm", f"{self.name} refuses LOCK=NONE: this takes LOCK=SHARED"))
            level = needed
        return plan, level, tuple(refused)

    def _other(self, statement: s.Statement, schema: Schema, session: Session) -> Effect:
        match statement:
            case s.CreateTable(table=table):
                parents = self.locked_parents(statement, schema) - {table.name}
                return Effect(tuple(Lock(name, self.parent_lock) for name in sorted(parents)))
            case s.DropTable(table=name):
                return self._removes((name,), statement, schema, session)
            case s.Truncate(tables=names):
                return self._removes(names, statement, schema, session)
            case s.RenameTable(table=name):
                parents = self.locked_parents(statement, schema) - {name}
                return Effect((Lock(name, METADATA), *(Lock(x, self.parent_lock) for x in sorted(parents))))
            case s.Update(table=name) | s.Delete(table=name):
                return _rows(name, statement.whole_table or getattr(statement, "only_nulls", False), session)
            case s.Insert(table=name):
                return _rows(name, False, session)
            case s.LockTable(tables=names, mode=mode):
                return Effect(tuple(Lock(name, _table_lock(mode)) for name in names))
            case s.Maintenance(action="optimize", table=str(name)):
                option = s.SetTableOption(name, "force")
                return self._alter(name, (option,), schema, schema, s.Command("", (option,)), session)
            case s.CreateObject(object_kind="trigger", table=str(name)):
                return Effect((Lock(name, METADATA),))
            case s.AttachPartition(table=name) | s.DetachPartition(table=name):
                return Effect((Lock(name, METADATA),), unknown=(f"what changing the partitions of {name} costs",))
            case s.Unanalysed(head=head, reason=reason):
                return Effect(unknown=(f"{head}: {reason}",))
        return NOTHING

    def _removes(self, names: tuple[str, ...], statement: s.Statement, schema: Schema, session: Session) -> Effect:
        parents = self.locked_parents(statement, schema) - set(names)
        locks = [Lock(name, METADATA) for name in names] + [Lock(x, self.parent_lock) for x in sorted(parents)]
        children = [
            (name, child, key) for name in names for child, key in schema.references_to(name) if child not in names
        ]
        failures = tuple(
            Failure(
                "referenced-table", f"{self.name} refuses it: the foreign key {key.name} of {child} refers to {name}"
            )
            for name, child, key in children
        )
        return Effect(tuple(locks), failures=failures if _checks_keys(session) else ())


def referenced_tables(statement: s.Statement, before: Schema) -> frozenset[str]:
    """The tables that the foreign keys of the statement's table refer to, a key that it adds included."""
    constraints = []
    if isinstance(statement, s.CreateTable):
        constraints = list(statement.table.constraints.values())
    elif isinstance(statement, s.AddConstraint):
        constraints = [statement.constraint]
    elif isinstance(statement, s.AddColumn):
        constraints = list(statement.constraints)
    names = statement.tables if isinstance(statement, s.Truncate) else (_table_of(statement, before),)
    for name in names:
        table = before.tables.get(name or "")
        constraints += list(table.constraints.values()) if table is not None else []
    return frozenset(x.to_table for x in constraints if isinstance(x, ForeignKey))


def cascades(table: Table) -> bool:
    """Whether a row of the table changes when the row that it refers to is deleted."""
    keys = [x for x in table.constraints.values() if isinstance(x, ForeignKey)]
    return any((key.on_delete or "").lower() not in _KEEPS_ROWS for key in keys)


def _grouped(
    statements: tuple[s.Statement, ...], schema: Schema
) -> Iterator[tuple[str | None, tuple[s.Statement, ...]]]:
    """The parts of an ALTER TABLE together with the table's name, anything else by itself with None."""
    group: list[s.Statement] = []
    current: str | None = None
    for statement in statements:
        name = _table_of(statement, schema) if type(statement) in parts.PARTS else None
        if group and name != current:
            yield current, tuple(group)
            group = []
        if name is None:
            yield None, (statement,)
        else:
            current = name
            group.append(statement)
    if group:
        yield current, tuple(group)


def _table_of(statement: s.Statement, schema: Schema) -> str | None:
    if isinstance(statement, s.CreateIndex):
        return statement.index.table
    table = getattr(statement, "table", None)
    if table is None and isinstance(statement, (s.DropIndex, s.RenameIndex)):
        return schema.table_of_index(statement.name)
    return table.name if isinstance(table, Table) else table


def _checks_keys(session: Session) -> bool:
    value = session.variables.get("foreign_key_checks")
    return value is None or value.lower() not in _OFF


def _session_after(statement: s.Statement, session: Session) -> Session:
    match statement:
        case s.SetVariable(name=name, value=value):
            return replace(session, variables={**session.variables, name.lower().lstrip("@"): value})
        case s.CreateTable(table=table):
            return replace(session, held={}, new_tables=session.new_tables.plus((table.name,)))
        case s.LockTable(tables=names, mode=mode):
            return replace(session, held={name: _table_lock(mode) for name in names})
    return session


def _table_lock(mode: str) -> LockMode:
    """The lock that LOCK TABLES takes: READ lets others read, WRITE keeps everybody out."""
    writes = "WRITE" in mode.upper()
    return LockMode(f"LOCK TABLES … {'WRITE' if writes else 'READ'}", writes, True, EXCLUSIVE.strength)


def _rows(name: str, all_rows: bool, session: Session) -> Effect:
    """Rows written: each stays locked until the statement's transaction ends."""
    under = session.held.get(name, ROW_LOCKS)
    work = (Work("update", name, under, why="row by row, each locked until it ends"),) if all_rows else ()
    return Effect((Lock(name, ROW_LOCKS),), work)


def _work(name: str, plan: Plan, under: LockMode) -> Iterator[Work]:
    if plan.algorithm is Algorithm.COPY or plan.rebuild:
        reasons = dict.fromkeys(action.why for action in plan.decisive if action.why)
        yield Work("rewrite", name, under, why=" and ".join(reasons))
    else:
        for index in plan.builds:
            yield Work("index build", name, under, object=index)


def _merged(effects: Iterable[Effect]) -> Effect:
    effects = [effect for effect in effects if effect != NOTHING]
    if len(effects) < 2:
        return effects[0] if effects else NOTHING
    algorithms = [Algorithm[effect.algorithm] for effect in effects if effect.algorithm is not None]
    return Effect(
        tuple(dict.fromkeys(lock for effect in effects for lock in effect.locks)),
        tuple(work for effect in effects for work in effect.work),
        tuple(failure for effect in effects for failure in effect.failures),
        max(algorithms).name if algorithms else None,
        tuple(dict.fromkeys(reason for effect in effects for reason in effect.unknown)),
        tuple(dict.fromkeys(source for effect in effects for source in effect.sources)),
    )
