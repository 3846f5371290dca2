"""ALTER TABLE: each subcommand is a statement, in the order written."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.statements import (
    AddColumn,
    AddConstraint,
    AlterConstraint,
    AttachPartition,
    CreateIndex,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropNotNull,
    ModifyColumn,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetNotNull,
    Statement,
    Unanalysed,
    ValidateConstraint,
)
from migration_lint.model.tables import Index
from migration_lint.readers.sql.alter_column import alter_column
from migration_lint.readers.sql.alter_options import TableOptions
from migration_lint.readers.sql.columns import Definition, read_definition, read_typed
from migration_lint.readers.sql.constraints import at_constraint, read_constraint
from migration_lint.readers.sql.cursor import NotUnderstoodError, Tokens
from migration_lint.readers.sql.naming import DefaultNames
from migration_lint.readers.sql.tables import at_index, read_index


def alter_table(cursor: Tokens) -> Iterator[Statement]:
    """Read what follows ALTER TABLE. A subcommand that is not understood does not hide the others."""
    if cursor.looking_at("ALL", "IN", "TABLESPACE"):
        raise NotUnderstoodError("it moves all tables of a tablespace")
    if_exists = cursor.accept("IF", "EXISTS")
    only = cursor.accept("ONLY")
    table = cursor.name()
    cursor.accept("*")
    if cursor.family == "mysql" and not cursor.accept("NOWAIT") and cursor.accept("WAIT"):
        cursor.next()
    reader = _Subcommands(cursor, table, DefaultNames(table, cursor.family), if_exists, only)
    while True:
        start = cursor.position
        try:
            yield from reader.read()
            if cursor.family == "mysql" and cursor.looking_at("PARTITION", "BY"):
                # It needs no comma before it.
                yield from reader.read()
            if not cursor.at_end() and not cursor.looking_at(","):
                raise cursor.unexpected()
        except NotUnderstoodError as error:
            cursor.position = start
            head = " ".join(token.text for token in cursor.until(",")[:4])
            yield Unanalysed(f"ALTER TABLE {table} {head}".rstrip(), str(error))
        if not cursor.accept(","):
            break


class _Subcommands(TableOptions):
    """The subcommands of one ALTER TABLE."""

    def __init__(self, cursor: Tokens, table: str, names: DefaultNames, if_exists: bool, only: bool) -> None:
        super().__init__(cursor, table)
        self.only = only
        self.names = names
        self.readers |= {
            "ADD": self._add,
            "DROP": self._drop,
            "ALTER": self._alter,
            "RENAME": self._rename,
            "MODIFY": self._modify,
            "CHANGE": self._change,
            "VALIDATE": self._validate,
            "ATTACH": self._attach,
            "DETACH": self._detach,
            "ALGORITHM": self._online,
            "LOCK": self._online,
            "WITH": self._validation,
            "WITHOUT": self._validation,
        }

    def read(self) -> Iterator[Statement]:
        """Read one subcommand."""
        reader = self.readers.get(self.cursor.current.word)
        if reader is not None:
            return reader()
        if self.cursor.family in ("mysql", "generic"):
            return self._table_options()
        raise self.cursor.unexpected()

    def _refuse_versioning(self) -> None:
        """MariaDB's system-versioned tables and application-time periods are no columns of such names."""
        cursor = self.cursor
        if cursor.looking_at("SYSTEM", "VERSIONING") or cursor.looking_at("PERIOD", "FOR"):
            raise NotUnderstoodError("what keeping earlier versions of rows changes is not known")

    def _add(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("ADD")
        self._refuse_versioning()
        if cursor.looking_at("VECTOR") and at_index(cursor):
            raise NotUnderstoodError("what a VECTOR index costs is not known")
        if at_constraint(cursor):
            constraint, using_index = read_constraint(cursor, self.table, self.names)
            if isinstance(constraint, Index):
                yield CreateIndex(constraint)
            else:
                yield AddConstraint(self.table, constraint, using_index, self.only)
        elif at_index(cursor):
            yield self._create_index()
        elif cursor.family == "mysql" and cursor.looking_at("PARTITION"):
            yield self._partitioning("add")
        else:
            yield from self._add_columns()

    def _create_index(self) -> Statement:
        cursor = self.cursor
        exists = ("IF", "NOT", "EXISTS")
        if_not_exists = cursor.looking_at(*exists, offset=1) or cursor.looking_at(*exists, offset=2)
        return CreateIndex(read_index(cursor, self.table, self.names), if_not_exists=if_not_exists)

    def _add_columns(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.accept("COLUMN")
        if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
        if cursor.accept("("):
            definitions = cursor.list_of(lambda: read_definition(cursor, self.names))
            cursor.expect(")")
        else:
            definitions = [read_definition(cursor, self.names)]
        for definition in definitions:
            yield AddColumn(self.table, definition.column, definition.constraints, if_not_exists, definition.position)

    def _drop(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("DROP")
        table = self.table
        self._refuse_versioning()
        if cursor.accept("CONSTRAINT") or cursor.accept("FOREIGN", "KEY") or self._accept_drop_check():
            if_exists = cursor.accept("IF", "EXISTS")
            name = cursor.identifier()
            yield DropConstraint(table, name, self._cascade(), if_exists)
        elif cursor.accept("PRIMARY", "KEY"):
            yield DropConstraint(table, "PRIMARY")
        elif cursor.family == "mysql" and cursor.accept_any("INDEX", "KEY"):
            if_exists = cursor.accept("IF", "EXISTS")
            yield DropIndex(cursor.identifier(), table, if_exists=if_exists)
        elif cursor.family == "mysql" and cursor.looking_at("PARTITION"):
            yield self._partitioning("drop")
        elif cursor.family == "generic" and cursor.looking_at("("):
            # Oracle's DROP (a, b)
            yield from (DropColumn(table, name) for name in cursor.column_list())
        else:
            cursor.accept("COLUMN")
            if_exists = cursor.accept("IF", "EXISTS")
            name = cursor.identifier()
            yield DropColumn(table, name, self._cascade(), if_exists)

    def _accept_drop_check(self) -> bool:
        return self.cursor.family == "mysql" and self.cursor.accept("CHECK")

    def _cascade(self) -> bool:
        cascade = self.cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
        if cascade and self.cursor.family == "generic":
            self.cursor.accept("CONSTRAINTS")  # Oracle's
        return cascade

    def _alter(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("ALTER")
        if cursor.family == "mysql" and cursor.accept_any("INDEX", "KEY"):
            cursor.accept("IF", "EXISTS")
            name = cursor.identifier()
            shown = "not ignored" if cursor.accept("NOT", "IGNORED") else cursor.next().text.lower()
            yield self._option("index_visibility", f"{name} {shown}")
        elif cursor.accept("CONSTRAINT") or self._accept_drop_check():
            yield self._alter_constraint()
        else:
            cursor.accept("COLUMN")
            cursor.accept("IF", "EXISTS")
            yield from alter_column(cursor, self.table, cursor.identifier())

    def _alter_constraint(self) -> Statement:
        cursor = self.cursor
        name = cursor.identifier()
        deferrable = deferred = enforced = None
        while not cursor.at_end() and not cursor.looking_at(","):
            if cursor.accept("NOT", "DEFERRABLE"):
                deferrable = False
            elif cursor.accept("DEFERRABLE"):
                deferrable = True
            elif cursor.accept("INITIALLY"):
                deferred = cursor.next().word == "DEFERRED"
            elif cursor.accept("NOT", "ENFORCED"):
                enforced = False
            elif cursor.accept("ENFORCED"):
                enforced = True
            elif not (cursor.accept("INHERIT") or cursor.accept("NO", "INHERIT")):
                raise cursor.unexpected()
        return AlterConstraint(self.table, name, deferrable, deferred, enforced)

    def _rename(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("RENAME")
        if cursor.accept("CONSTRAINT"):
            yield RenameConstraint(self.table, *self._old_and_new())
        elif cursor.family == "mysql" and cursor.accept_any("INDEX", "KEY"):
            cursor.accept("IF", "EXISTS")
            yield RenameIndex(*self._old_and_new(), table=self.table)
        elif cursor.accept_any("TO", "AS", "="):
            yield RenameTable(self.table, self._moved(cursor.name()))
        elif cursor.accept("COLUMN") or cursor.looking_at("TO", offset=1):
            cursor.accept("IF", "EXISTS")
            yield RenameColumn(self.table, *self._old_and_new())
        else:
            yield RenameTable(self.table, self._moved(cursor.name()))

    def _moved(self, name: str) -> str:
        """The table's new name: in PostgreSQL it stays in its schema."""
        schema = self.table.rpartition(".")[0]
        return f"{schema}.{name}" if schema and "." not in name else name

    def _old_and_new(self) -> tuple[str, str]:
        old = self.cursor.identifier()
        self.cursor.expect("TO")
        return old, self.cursor.identifier()

    def _modify(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("MODIFY")
        cursor.accept("COLUMN")
        cursor.accept("IF", "EXISTS")
        if cursor.family == "generic" and cursor.accept("("):
            # Oracle's MODIFY (a type, b type)
            for found in cursor.list_of(lambda: list(self._modified())):
                yield from found
            cursor.expect(")")
        else:
            yield from self._modified()

    def _modified(self) -> Iterator[Statement]:
        cursor = self.cursor
        name = cursor.identifier()
        if cursor.family == "generic" and cursor.accept("NOT", "NULL"):
            yield SetNotNull(self.table, name)
        elif cursor.family == "generic" and cursor.accept("NULL"):
            yield DropNotNull(self.table, name)
        else:
            yield from self._redefined(name, read_typed(cursor, name, self.names))

    def _change(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("CHANGE")
        cursor.accept("COLUMN")
        cursor.accept("IF", "EXISTS")
        name = cursor.identifier()
        return self._redefined(name, read_definition(cursor, self.names))

    def _redefined(self, name: str, definition: Definition) -> Iterator[Statement]:
        yield ModifyColumn(self.table, name, definition.column, definition.position)
        for constraint in definition.constraints:
            yield AddConstraint(self.table, constraint)

    def _validate(self) -> Iterator[Statement]:
        self.cursor.expect("VALIDATE", "CONSTRAINT")
        yield ValidateConstraint(self.table, self.cursor.identifier())

    def _attach(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("ATTACH", "PARTITION")
        yield AttachPartition(self.table, cursor.name(), cursor.text(cursor.until()))

    def _detach(self) -> Iterator[Statement]:
        cursor = self.cursor
        cursor.expect("DETACH", "PARTITION")
        partition = cursor.name()
        concurrently = cursor.accept("CONCURRENTLY")
        yield DetachPartition(self.table, partition, concurrently, finalize=cursor.accept("FINALIZE"))

    def _online(self) -> Iterator[Statement]:
        """ALGORITHM= and LOCK= belong to the command; it has read them already."""
        cursor = self.cursor
        cursor.next()
        cursor.accept("=")
        cursor.next()
        return iter(())

    def _validation(self) -> Iterator[Statement]:
        """MySQL's {WITH | WITHOUT} VALIDATION."""
        self.cursor.next()
        self.cursor.expect("VALIDATION")
        return iter(())
