"""Everything that is no table, column, index or constraint: types, triggers, policies, maintenance, sessions."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.databases.postgresql.execution import Execution
from migration_lint.databases.postgresql.facts import MEASURED, page
from migration_lint.databases.postgresql.locks import (
    ACCESS_EXCLUSIVE,
    ACCESS_SHARE,
    EXCLUSIVE,
    MODES,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
)
from migration_lint.effects import WorkKind
from migration_lint.model import statements as s
from migration_lint.model.tables import ColumnType

# What an object that belongs to a table does to it.
_ON_CREATE = {
    "trigger": SHARE_ROW_EXCLUSIVE,
    "policy": ACCESS_EXCLUSIVE,
    "rule": ACCESS_EXCLUSIVE,
    "statistics": SHARE_UPDATE_EXCLUSIVE,
    "publication": SHARE_UPDATE_EXCLUSIVE,
}
_ON_CHANGE = {**_ON_CREATE, "trigger": ACCESS_EXCLUSIVE}
_NEVER_IN_TRANSACTION = ("database", "tablespace", "subscription")


def create_object(run: Execution, statement: s.CreateObject) -> None:
    """Objects of a table lock it; databases and tablespaces need no transaction around them."""
    kind = statement.object_kind
    if statement.table is not None and kind in _ON_CREATE:
        run.lock(statement.table, _ON_CREATE[kind])
    if kind in _NEVER_IN_TRANSACTION:
        run.refuse_in_transaction(f"CREATE {kind.upper()}", page(f"sql-create{kind}"))


def alter_object(run: Execution, statement: s.AlterObject) -> None:
    """Enums grow in the catalogue; a domain's new constraint is checked in every table that uses the domain."""
    kind, action = statement.object_kind, statement.action
    if kind == "type" and action == "add value":
        if run.session.transactional and not run.has("ALTER TYPE … ADD VALUE in a transaction"):
            run.refuse_in_transaction("ALTER TYPE ... ADD", page("sql-altertype"))
    elif kind == "domain" and action.startswith(("add", "validate", "set not null")):
        _check_domain(run, statement)
    elif kind in ("view", "materialized view"):
        run.lock(statement.name, ACCESS_EXCLUSIVE, page("sql-alterview"))
    elif statement.table is not None and kind in _ON_CHANGE:
        run.lock(statement.table, _ON_CHANGE[kind], page(f"sql-alter{kind}"))


def _check_domain(run: Execution, statement: s.AlterObject) -> None:
    """A new constraint is checked in every table that uses the domain, unless it is NOT VALID."""
    if statement.action.endswith("not valid"):
        return
    if statement.name not in run.schema.domains:
        run.unsure(f"which tables use the domain {statement.name}: the history did not make it")
    for table in _tables_using(run, statement.name):
        run.lock(table, SHARE)
        run.work("scan", table, f"to check the domain {statement.name}")


def drop_object(run: Execution, statement: s.DropObject) -> None:
    """What hangs on the object refuses, or goes with it."""
    kind, name = statement.object_kind, statement.name
    if kind in _NEVER_IN_TRANSACTION:
        run.refuse_in_transaction(f"DROP {kind.upper()}", page(f"sql-drop{kind}"))
    elif kind in ("view", "materialized view"):
        run.lock(name, ACCESS_EXCLUSIVE)
    elif statement.table is not None and kind in _ON_CHANGE:
        run.lock(statement.table, _ON_CHANGE[kind])
        if kind in ("trigger", "rule"):
            run.refuse_pending(statement.table, f"DROP {kind.upper()}")
    elif kind in ("type", "domain"):
        for table in _tables_using(run, name):
            if statement.cascade:
                run.lock(table, ACCESS_EXCLUSIVE)
            else:
                run.fail("dependent-object", f"cannot drop type {name} because columns of {table} use it")
    elif kind == "schema" and statement.cascade:
        for table in run.schema.tables:
            if table.startswith(f"{name}."):
                run.lock(table, ACCESS_EXCLUSIVE, page("sql-dropschema"))
    elif statement.cascade:
        run.unsure(f"what DROP {kind.upper()} {name} CASCADE takes with it")


def _tables_using(run: Execution, type_name: str) -> Iterator[str]:
    for table in run.schema.tables.values():
        types = (column.type for column in table.columns.values())
        if any(isinstance(each, ColumnType) and each.name == type_name for each in types):
            yield table.name


def grant(run: Execution, statement: s.Grant) -> None:
    """Rights are a matter of the catalogue."""
    if statement.table is not None and run.has("GRANT locks the table"):
        run.lock(statement.table, ACCESS_SHARE)


def query(run: Execution, statement: s.Query) -> None:
    """Reads lock out nothing but ACCESS EXCLUSIVE."""
    for table in statement.tables:
        run.lock(table, ACCESS_SHARE)


def lock_table(run: Execution, statement: s.LockTable) -> None:
    """The lock asked for."""
    for table in statement.tables:
        run.lock(table, MODES.get(statement.mode, ACCESS_EXCLUSIVE))
    if not run.in_transaction:
        run.fail("invalid-definition", "LOCK TABLE can only be used in transaction blocks", source=page("sql-lock"))


def refresh(run: Execution, statement: s.RefreshMaterializedView) -> None:
    """The view is made anew beside the old one; concurrently, its readers go on."""
    run.lock(statement.name, EXCLUSIVE if statement.concurrently else ACCESS_EXCLUSIVE)
    kind: WorkKind = "update" if statement.concurrently else "rewrite"
    run.work(kind, statement.name, "to run its query again")
    view = run.schema.views.get(statement.name)
    for table in sorted({table for table, _ in (view.reads or ())} if view else ()):
        run.lock(table, ACCESS_SHARE)


def maintain(run: Execution, statement: s.Maintenance) -> None:
    """VACUUM FULL and CLUSTER write the table anew; VACUUM and ANALYZE let others go on."""
    action = statement.action
    if action in ("vacuum", "vacuum full") or (action == "cluster" and statement.table is None):
        run.refuse_in_transaction("VACUUM" if action != "cluster" else "CLUSTER", page(f"sql-{action.split()[0]}"))
    tables = tuple(run.schema.tables) if statement.table is None else (statement.table,)
    for table in tables:
        if action in ("vacuum full", "cluster"):
            run.lock(table, ACCESS_EXCLUSIVE, MEASURED if action == "cluster" else page("sql-vacuum"))
            run.refuse_pending(table, action.split()[0].upper())
            run.work("rewrite", table, "to pack it" if action == "vacuum full" else "to put its rows in order")
        else:
            run.lock(table, SHARE_UPDATE_EXCLUSIVE, MEASURED if action == "analyze" else page("sql-vacuum"))


def unanalysed(run: Execution, statement: s.Unanalysed) -> None:
    """Nothing is guessed."""
    run.unsure(f"what {statement.head} does: {statement.reason}")
