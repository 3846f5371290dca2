"""Rows: written, and the deferred triggers that writing leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from migration_lint.databases.base import Session
from migration_lint.databases.postgresql.constraints import foreign_keys
from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.locks import ACCESS_EXCLUSIVE, ROW_EXCLUSIVE, ROW_SHARE
from migration_lint.layered import put
from migration_lint.model import statements as s
from migration_lint.model.tables import ForeignKey
from migration_lint.schema import Schema

ALL = "*"


def insert(run: Execution, statement: s.Insert) -> None:
    """Rows of a query or a COPY may be many; rows that are written out are few."""
    run.lock(statement.table, ROW_EXCLUSIVE)
    if statement.rows is None:
        run.work("update", statement.table, "to insert the rows of a query")
    for key in foreign_keys(run.table(statement.table)):
        given = statement.columns is None or set(key.columns) <= set(statement.columns)
        if given and not _deferred(run.session, key):
            run.lock(key.to_table, ROW_SHARE)


def update(run: Execution, statement: s.Update) -> None:
    """Rows are written anew."""
    run.lock(statement.table, ROW_EXCLUSIVE)
    columns = ", ".join(name for name, _ in statement.columns)
    run.work("update", statement.table, f"to set {columns}" if columns else "")
    for key in _checked_keys(run.session, run.schema, statement):
        if not _deferred(run.session, key):
            run.lock(key.to_table, ROW_SHARE)


def delete(run: Execution, statement: s.Delete) -> None:
    """The tables that refer to the rows are looked into; what cascades is deleted there too."""
    run.lock(statement.table, ROW_EXCLUSIVE)
    run.work("update", statement.table, "to delete them")
    for child, key in run.schema.references_to(statement.table):
        if _cascades(key):
            run.lock(child, ROW_EXCLUSIVE)
            run.work("update", child, "to follow the rows deleted")
        elif not _deferred(run.session, key):
            run.lock(child, ROW_SHARE)


def truncate(run: Execution, statement: s.Truncate) -> None:
    """The table gets new, empty files: no work that grows with it."""
    tables = dict.fromkeys(statement.tables)
    for name in list(tables) if not statement.cascade else _with_children(run.schema, tables):
        tables[name] = None
    for name in tables:
        run.lock(name, ACCESS_EXCLUSIVE)
        run.refuse_pending(name, "TRUNCATE")
        for child, key in run.schema.references_to(name):
            if child not in tables:
                message = f"cannot truncate a table referenced in a foreign key constraint: {key.name} on {child}"
                run.fail("referenced-table", message)


def _with_children(schema: Schema, tables: dict[str, None]) -> list[str]:
    """All tables that refer to one of `tables`, directly or not."""
    found, reached = dict.fromkeys(tables), list(tables)
    for name in reached:
        children = [child for child, _ in schema.references_to(name) if child not in found]
        found |= dict.fromkeys(children)
        reached += dict.fromkeys(children)
    return reached


def set_constraints(run: Execution, statement: s.SetConstraints) -> None:
    """Setting constraints immediate fires what waits, which looks into the other table of the foreign key."""
    if not statement.immediate:
        return
    for name, waiting in sorted(run.session.pending.items()):
        for key in foreign_keys(run.table(name)):
            if key.name in waiting and (not statement.names or key.name in statement.names):
                run.lock(key.to_table, ROW_SHARE)


def session_after(session: Session, statement: s.Statement, schema: Schema) -> Session:
    """The session with the trigger events that `statement`, run in a transaction, leaves or fires."""
    match statement:
        case s.Insert(table=table):
            return _waiting(session, table, foreign_keys(schema.table(table)))
        case s.Update():
            return _after_update(session, statement, schema)
        case s.Delete(table=table):
            return _waiting(session, table, (key for _, key in schema.references_to(table) if not _cascades(key)))
        case s.SetConstraints():
            return _after_set_constraints(session, statement)
        case s.AddConstraint(constraint=constraint) if session.immediate:
            return replace(session, immediate=session.immediate - {constraint.name})
        case s.AddColumn(constraints=constraints) if session.immediate:
            return replace(session, immediate=session.immediate - {each.name for each in constraints})
        case s.RenameConstraint(name=old, new_name=new) if old in session.immediate:
            moved = {
                table: frozenset(new if name == old else name for name in names)
                for table, names in session.pending.items()
            }
            return replace(session, immediate=session.immediate - {old} | {new}, pending=moved)
        case s.DropConstraint(name=name) if session.immediate:
            return replace(session, immediate=session.immediate - {name})
        case _:
            pass
    return session


def _after_update(session: Session, statement: s.Update, schema: Schema) -> Session:
    table = statement.table
    changed = {name for name, how in statement.columns if how in ("null", "value")}
    referring = (key for _, key in schema.references_to(table) if changed & set(key.to_columns) and not _cascades(key))
    session = _waiting(session, table, (*_checked_keys(session, schema, statement), *referring))
    return replace(session, written=session.written.plus((table,))) if statement.whole_table else session


def _waiting(session: Session, table: str, keys: Iterable[ForeignKey]) -> Session:
    """The session with events of a table's rows that wait for those of the keys that are deferred."""
    names = frozenset(key.name for key in keys if _deferred(session, key))
    waiting = session.pending.get(table, frozenset())
    return session if names <= waiting else replace(session, pending=put(session.pending, table, waiting | names))


def _after_set_constraints(session: Session, statement: s.SetConstraints) -> Session:
    if not statement.immediate:
        return replace(session, immediate=session.immediate - set(statement.names) if statement.names else frozenset())
    if not statement.names:
        return replace(session, immediate=frozenset((ALL,)), pending={})
    waiting = {table: names.difference(statement.names) for table, names in session.pending.items()}
    pending = {table: names for table, names in waiting.items() if names}
    return replace(session, immediate=session.immediate | set(statement.names), pending=pending)


def _checked_keys(session: Session, schema: Schema, statement: s.Update) -> Iterator[ForeignKey]:
    """The foreign keys whose rows are looked up.

    Those that get a new value; NULL, and what stands there already, need no check, but for a row that the
    transaction itself has written (`RI_FKey_fk_upd_check_required` in the source).
    """
    values = {name for name, how in statement.columns if how == "value"}
    nulls = {name for name, how in statement.columns if how == "null"}
    for key in foreign_keys(schema.table(statement.table)):
        again = statement.table in session.written and not nulls & set(key.columns)
        if again or values & set(key.columns):
            yield key


def _deferred(session: Session, key: ForeignKey) -> bool:
    return key.deferrable and key.initially_deferred and not session.immediate & {key.name, ALL}


def _cascades(key: ForeignKey) -> bool:
    return (key.on_delete or "").upper() in ("CASCADE", "SET NULL", "SET DEFAULT")
