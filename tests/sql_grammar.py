"""The same facts about a statement from two sides: PostgreSQL's own grammar (libpg_query), and our reader.

A fact is a tuple: the kind of thing done, the object, the column or constraint, and what else can be compared. Both
sides leave out what the other cannot say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import postgast

from migration_lint.model import statements as s
from migration_lint.model.tables import Check, Exclusion, ForeignKey, NotNull, PrimaryKey, Unique

Fact = tuple[Any, ...]

CONSTRAINTS = {
    PrimaryKey: "primary",
    Unique: "unique",
    ForeignKey: "foreign",
    Check: "check",
    NotNull: "notnull",
    Exclusion: "exclusion",
}
GRAMMAR_CONSTRAINTS = {
    "CONSTR_PRIMARY": "primary",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_FOREIGN": "foreign",
    "CONSTR_CHECK": "check",
    "CONSTR_NOTNULL": "notnull",
    "CONSTR_EXCLUSION": "exclusion",
}
QUERIES = "select variable_show notify listen unlisten discard deallocate close_portal declare_cursor fetch check_point"


def enum_name(message: Any, field: str) -> str:
    value = getattr(message, field)
    return str(message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number[value].name)


def relation(message: Any) -> str:
    return unqualified(f"{message.schemaname}.{message.relname}" if message.schemaname else str(message.relname))


def unqualified(name: str) -> str:
    """The name without `public`, where all names are looked up."""
    return name.removeprefix("public.")


def strings(nodes: Any) -> tuple[str, ...]:
    return tuple(node.string.sval for node in nodes)


def dotted(node: Any) -> str:
    """The name of a dropped, renamed or commented object."""
    return unqualified(_dotted(node))


def _dotted(node: Any) -> str:
    kind = node.WhichOneof("node")
    if kind == "list":
        return ".".join(
            item.string.sval if item.WhichOneof("node") == "string" else _dotted(item) for item in node.list.items
        )
    if kind == "object_with_args":
        return ".".join(strings(node.object_with_args.objname))
    if kind == "type_name":
        return ".".join(name for name in strings(node.type_name.names) if name != "pg_catalog")
    return str(node.string.sval)


def grammar_facts(sql: str) -> list[list[Fact]]:
    """The facts of each statement of `sql`; raises postgast.PgQueryError where the grammar refuses it."""
    found = []
    for raw in postgast.parse(sql).stmts:
        kind = raw.stmt.WhichOneof("node")
        message = getattr(raw.stmt, kind)
        reader = GRAMMAR.get(kind)
        found.append(list(reader(message)) if reader else [("other", kind)])
    return found


def column_facts(message: Any) -> tuple[str, bool, bool, bool]:
    """Name, whether it refuses NULL, has a default, is generated."""
    kinds = {enum_name(node.constraint, "contype") for node in message.constraints}
    type_names = strings(message.type_name.names)
    serial = type_names[-1:] in (
        ("serial",),
        ("bigserial",),
        ("smallserial",),
        ("serial4",),
        ("serial8",),
        ("serial2",),
    )
    not_null = bool(kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"}) or serial
    default = any(
        enum_name(node.constraint, "contype") == "CONSTR_DEFAULT" and not node.constraint.raw_expr.a_const.isnull
        for node in message.constraints
    )
    return (message.colname, not_null, default, "CONSTR_GENERATED" in kinds)


def constraint_fact(message: Any, column: str | None = None) -> Fact:
    kind = GRAMMAR_CONSTRAINTS[enum_name(message, "contype")]
    columns: tuple[str, ...] = (column,) if column else ()
    if kind == "foreign":
        columns = columns or strings(message.fk_attrs)
        return (
            kind,
            message.conname,
            columns,
            relation(message.pktable),
            strings(message.pk_attrs),
            not message.skip_validation,
        )
    if kind == "exclusion":
        return (kind, message.conname)
    if kind == "check":
        return (kind, message.conname, not message.skip_validation)
    return (kind, message.conname, columns or strings(message.keys))


def inline_constraints(message: Any) -> Iterator[Fact]:
    for node in message.constraints:
        if enum_name(node.constraint, "contype") in GRAMMAR_CONSTRAINTS:
            fact = constraint_fact(node.constraint, message.colname)
            if fact[0] != "notnull":
                yield fact


def alter_table_facts(message: Any) -> Iterator[Fact]:
    table = relation(message.relation)
    if enum_name(message, "objtype") != "OBJECT_TABLE":
        if enum_name(message, "objtype") == "OBJECT_INDEX":
            yield ("AlterObject", "index", table)
        else:
            for _ in message.cmds:
                yield ("AlterObject", enum_name(message, "objtype"), table)
        return
    for node in message.cmds:
        command = node.alter_table_cmd
        subtype = enum_name(command, "subtype").removeprefix("AT_")
        cascade = enum_name(command, "behavior") == "DROP_CASCADE"
        if subtype == "AddColumn":
            definition = getattr(command, "def").column_def
            yield ("AddColumn", table, *column_facts(definition), command.missing_ok)
            yield from (("inline", *fact) for fact in inline_constraints(definition))
        elif subtype == "ColumnDefault":
            default = getattr(command, "def")
            dropped = default.WhichOneof("node") is None or default.a_const.isnull
            yield ("DropDefault" if dropped else "SetDefault", table, command.name)
        elif subtype in ("DropNotNull", "SetNotNull", "AlterColumnType"):
            yield (subtype, table, command.name)
        elif subtype in ("DropColumn", "DropConstraint"):
            yield (subtype, table, command.name, cascade, command.missing_ok)
        elif subtype == "AddConstraint":
            constraint = getattr(command, "def").constraint
            yield ("AddConstraint", table, constraint_fact(constraint), constraint.indexname)
        elif subtype == "ValidateConstraint":
            yield (subtype, table, command.name)
        elif subtype == "AlterConstraint":
            yield (subtype, table, getattr(command, "def").atalter_constraint.conname)
        elif subtype in ("AttachPartition", "DetachPartition"):
            partition = getattr(command, "def").partition_cmd
            yield (subtype, table, relation(partition.name))
        elif subtype == "DetachPartitionFinalize":
            yield ("DetachPartition", table, relation(getattr(command, "def").partition_cmd.name))
        elif subtype in ("AddIdentity", "DropIdentity"):
            yield ("SetIdentity", table, command.name)
        elif subtype in (
            *("SetStatistics", "SetOptions", "ResetOptions", "SetStorage", "SetCompression"),
            *("SetIdentity", "SetExpression", "DropExpression"),
        ):
            yield ("SetColumnOption", table, command.name)
        else:
            yield ("SetTableOption", table)


def create_facts(message: Any) -> Iterator[Fact]:
    table = relation(message.relation)
    columns = []
    constraints = []
    for node in message.table_elts:
        kind = node.WhichOneof("node")
        if kind == "column_def" and node.column_def.type_name.names:
            columns.append(column_facts(node.column_def))
            constraints += inline_constraints(node.column_def)
        elif kind == "constraint":
            constraints.append(constraint_fact(node.constraint))
    keys = {column for fact in constraints if fact[0] in ("primary", "notnull") for column in fact[2]}
    columns = [(name, not_null or name in keys, *rest) for name, not_null, *rest in columns]
    yield ("CreateTable", table, message.if_not_exists, message.relation.relpersistence, columns)
    yield from (("constraint", *fact) for fact in constraints)


def drop_facts(message: Any) -> Iterator[Fact]:
    kind = enum_name(message, "remove_type").removeprefix("OBJECT_")
    cascade = enum_name(message, "behavior") == "DROP_CASCADE"
    for node in message.objects:
        name = dotted(node)
        if kind in ("TABLE", "FOREIGN_TABLE"):
            yield ("DropTable", name, cascade, message.missing_ok)
        elif kind == "INDEX":
            yield ("DropIndex", name, cascade, message.missing_ok, message.concurrent)
        elif kind in ("TRIGGER", "POLICY", "RULE"):
            table, _, last = name.rpartition(".")
            yield ("DropObject", kind.lower(), last, table, cascade, message.missing_ok)
        elif kind in ("OPFAMILY", "OPCLASS", "CAST", "TRANSFORM"):
            yield ("DropObject",)
        else:
            yield ("DropObject", WORDS.get(kind, kind.lower()), name, "", cascade, message.missing_ok)


WORDS = {
    "MATVIEW": "materialized view",
    "STATISTIC_EXT": "statistics",
    "EVENT_TRIGGER": "event trigger",
    "FDW": "foreign data wrapper",
    "FOREIGN_SERVER": "server",
    "TSCONFIGURATION": "text search configuration",
    "TSDICTIONARY": "text search dictionary",
    "TSPARSER": "text search parser",
    "TSTEMPLATE": "text search template",
    "ACCESS_METHOD": "access method",
}


def index_facts(message: Any) -> Iterator[Fact]:
    keys = [node.index_elem.name or None for node in message.index_params]
    include = strings_of_columns(message.index_including_params)
    where = message.where_clause.WhichOneof("node") is not None
    table = relation(message.relation)
    yield ("CreateIndex", message.idxname, table, keys, include, message.unique, message.concurrent, where,
           message.access_method, message.if_not_exists)  # fmt: skip


def strings_of_columns(nodes: Any) -> tuple[str, ...]:
    return tuple(node.index_elem.name for node in nodes)


def rename_facts(message: Any) -> Iterator[Fact]:
    kind = enum_name(message, "rename_type").removeprefix("OBJECT_")
    on = enum_name(message, "relation_type").removeprefix("OBJECT_")
    name = relation(message.relation)
    if kind in ("TABLE", "VIEW", "MATVIEW", "FOREIGN_TABLE"):
        yield ("RenameTable", name, message.newname)
    elif kind == "COLUMN" and on in ("TABLE", "VIEW", "MATVIEW", "FOREIGN_TABLE"):
        yield ("RenameColumn", name, message.subname, message.newname)
    elif kind == "TABCONSTRAINT":
        yield ("RenameConstraint", name, message.subname, message.newname)
    elif kind == "INDEX":
        yield ("RenameIndex", name, message.newname)
    else:
        yield ("AlterObject",)


def insert_facts(message: Any) -> Iterator[Fact]:
    yield from with_facts(message)
    rows = len(message.select_stmt.select_stmt.values_lists) or None
    if message.select_stmt.WhichOneof("node") is None:
        rows = 1  # DEFAULT VALUES
    columns = tuple(node.res_target.name for node in message.cols)
    yield ("Insert", relation(message.relation), columns, rows)


def update_facts(message: Any) -> Iterator[Fact]:
    yield from with_facts(message)
    columns = tuple(node.res_target.name for node in message.target_list)
    yield ("Update", relation(message.relation), columns, message.where_clause.WhichOneof("node") is None)


def delete_facts(message: Any) -> Iterator[Fact]:
    yield from with_facts(message)
    yield ("Delete", relation(message.relation), message.where_clause.WhichOneof("node") is None)


def with_facts(message: Any) -> Iterator[Fact]:
    for node in message.with_clause.ctes:
        query = node.common_table_expr.ctequery
        kind = query.WhichOneof("node")
        if kind in ("insert_stmt", "update_stmt", "delete_stmt"):
            yield from GRAMMAR[kind](getattr(query, kind))


def select_facts(message: Any) -> Iterator[Fact]:
    writes = list(with_facts(message))
    yield from writes
    if not writes:
        yield ("Query",)


def comment_facts(message: Any) -> Iterator[Fact]:
    kind = enum_name(message, "objtype").removeprefix("OBJECT_")
    name = dotted(message.object)
    if kind == "TABLE":
        yield ("Comment", name, None)
    elif kind == "COLUMN":
        yield ("Comment", *name.rsplit(".", 1))
    else:
        yield ("AlterObject",)


def grant_facts(message: Any) -> Iterator[Fact]:
    tables = [relation(node.range_var) for node in message.objects if node.WhichOneof("node") == "range_var"]
    if enum_name(message, "objtype") != "OBJECT_TABLE":
        tables = []
    for table in tables or [None]:
        yield ("Grant", not message.is_grant, table)


def vacuum_facts(message: Any) -> Iterator[Fact]:
    options = {node.def_elem.defname for node in message.options}
    action = "analyze"
    if message.is_vacuumcmd:
        action = "vacuum full" if "full" in options else "vacuum"
    for table in [relation(node.vacuum_relation.relation) for node in message.rels] or [None]:
        yield ("Maintenance", action, table)


TRANSACTIONS = {"BEGIN": "begin", "START": "begin", "COMMIT": "commit", "ROLLBACK": "rollback",
                "SAVEPOINT": "savepoint", "RELEASE": "release"}  # fmt: skip


def transaction_facts(message: Any) -> Iterator[Fact]:
    kind = enum_name(message, "kind").removeprefix("TRANS_STMT_")
    yield ("TransactionControl", TRANSACTIONS[kind]) if kind in TRANSACTIONS else ("Query",)


def set_facts(message: Any) -> Iterator[Fact]:
    kind = enum_name(message, "kind")
    if message.name in ("TRANSACTION", "SESSION CHARACTERISTICS"):
        yield ("SetVariable", "transaction")
    else:
        yield ("SetVariable", "all" if kind == "VAR_RESET_ALL" else message.name)


def create_as_facts(message: Any) -> Iterator[Fact]:
    name = relation(message.into.rel)
    if enum_name(message, "objtype") == "OBJECT_MATVIEW":
        yield ("CreateView", name, True)
    elif message.is_select_into:
        yield ("other", "select into")
    else:
        yield ("CreateTable", name, message.if_not_exists, message.into.rel.relpersistence, [])


def created(kind: str, name: str, table: str = "") -> Iterator[Fact]:
    yield ("CreateObject", kind, unqualified(name), table)


GRAMMAR: dict[str, Any] = {
    "alter_table_stmt": alter_table_facts,
    "create_stmt": create_facts,
    "create_table_as_stmt": create_as_facts,
    "drop_stmt": drop_facts,
    "index_stmt": index_facts,
    "rename_stmt": rename_facts,
    "insert_stmt": insert_facts,
    "update_stmt": update_facts,
    "delete_stmt": delete_facts,
    "select_stmt": select_facts,
    "comment_stmt": comment_facts,
    "grant_stmt": grant_facts,
    "grant_role_stmt": lambda m: iter([("Grant", not m.is_grant, None)]),
    "vacuum_stmt": vacuum_facts,
    "transaction_stmt": transaction_facts,
    "variable_set_stmt": set_facts,
    "truncate_stmt": lambda m: iter(
        [("Truncate", tuple(relation(n.range_var) for n in m.relations), enum_name(m, "behavior") == "DROP_CASCADE")]
    ),
    "copy_stmt": lambda m: iter(
        [("Insert", relation(m.relation), strings(m.attlist), None) if m.is_from else ("Query",)]
    ),
    "view_stmt": lambda m: iter([("CreateView", relation(m.view), False)]),
    "create_enum_stmt": lambda m: created("type", ".".join(strings(m.type_name))),
    "composite_type_stmt": lambda m: created("type", relation(m.typevar)),
    "create_domain_stmt": lambda m: created("domain", ".".join(strings(m.domainname))),
    "create_seq_stmt": lambda m: created("sequence", relation(m.sequence)),
    "create_schema_stmt": lambda m: created("schema", m.schemaname or m.authrole.rolename),
    "create_extension_stmt": lambda m: created("extension", m.extname),
    "create_function_stmt": lambda m: created(
        "procedure" if m.is_procedure else "function", ".".join(strings(m.funcname))
    ),
    "create_trig_stmt": lambda m: created("trigger", m.trigname, relation(m.relation)),
    "create_policy_stmt": lambda m: created("policy", m.policy_name, relation(m.table)),
    "rule_stmt": lambda m: created("rule", m.rulename, relation(m.relation)),
    "alter_enum_stmt": lambda m: iter(
        [("AlterObject", "type", ".".join(strings(m.type_name)), (m.old_val, m.new_val) if m.old_val else (m.new_val,))]
    ),
    "refresh_mat_view_stmt": lambda m: iter([("RefreshMaterializedView", relation(m.relation), m.concurrent)]),
    "lock_stmt": lambda m: iter([("LockTable", tuple(relation(n.range_var) for n in m.relations))]),
    "constraints_set_stmt": lambda m: iter([("SetConstraints", not m.deferred)]),
    "reindex_stmt": lambda m: iter([("Reindex", relation(m.relation) or m.name)]),
    "cluster_stmt": lambda m: iter([("Maintenance", "cluster", relation(m.relation) or None)]),
    "alter_object_schema_stmt": lambda m: iter(
        [
            ("SetTableOption", relation(m.relation))
            if enum_name(m, "object_type") == "OBJECT_TABLE"
            else ("AlterObject",)
        ]
    ),
    "merge_stmt": lambda m: iter([("merge", relation(m.relation))]),
    **{f"{name}_stmt": (lambda m: iter([("Query",)])) for name in QUERIES.split()[1:]},
    "explain_stmt": lambda m: iter([("Query",)]),
    "load_stmt": lambda m: iter([("Query",)]),
    "do_stmt": lambda m: iter([("do",)]),
}
# Where only the kind of statement is compared.
ALTERATIONS = """alter_seq alter_owner alter_function alter_policy alter_extension alter_extension_contents alter_domain
    alter_role alter_role_set alter_database alter_database_set alter_default_privileges alter_publication
    alter_subscription alter_object_depends alter_type alter_stats alter_collation alter_event_trig alter_op_family
    alter_tsconfiguration alter_tsdictionary alter_operator"""
CREATIONS = """create_role create_cast create_op_class create_op_family create_publication create_subscription
    create_stats create_event_trig create_range create_conversion create_am createdb create_table_space define
    create_transform create_plang create_fdw create_foreign_server create_user_mapping"""
DROPS = "drop_role dropdb drop_table_space drop_user_mapping drop_subscription"
for _kind, _names in (("AlterObject", ALTERATIONS), ("CreateObject", CREATIONS), ("DropObject", DROPS)):
    GRAMMAR.update({f"{_name}_stmt": (lambda m, kind=_kind: iter([(kind,)])) for _name in _names.split()})


def reader_facts(command: s.Command) -> list[Fact]:
    """The facts of one command, as our reader states them."""
    return [fact for statement in command.statements for fact in statement_facts(statement)]


def our_constraint(constraint: Any, named: bool = True) -> Fact:
    kind = CONSTRAINTS[type(constraint)]
    if kind == "foreign":
        return (
            kind,
            constraint.name,
            constraint.columns,
            constraint.to_table,
            constraint.to_columns,
            constraint.validated,
        )
    if kind == "exclusion":
        return (kind, constraint.name)
    if kind == "check":
        return (kind, constraint.name, constraint.validated)
    if kind == "notnull":
        return (kind, constraint.name, (constraint.column,))
    return (kind, constraint.name, constraint.columns)


def our_column(column: Any) -> tuple[str, bool, bool, bool]:
    return (column.name, not column.nullable, column.default is not None, column.generated is not None)


def statement_facts(statement: s.Statement) -> Iterator[Fact]:
    match statement:
        case s.AddColumn():
            yield ("AddColumn", statement.table, *our_column(statement.column), statement.if_not_exists)
            yield from (("inline", *our_constraint(constraint)) for constraint in statement.constraints)
        case s.CreateTable(table=table):
            persistence = "t" if statement.temporary else "u" if statement.unlogged else "p"
            columns = [our_column(column) for column in table.columns.values()]
            if statement.as_select:
                columns = []
            yield ("CreateTable", table.name, statement.if_not_exists, persistence, columns)
            yield from (("constraint", *our_constraint(constraint)) for constraint in table.constraints.values())
        case s.SetDefault() | s.DropDefault() | s.DropNotNull() | s.SetNotNull() | s.AlterColumnType():
            yield (type(statement).__name__, statement.table, statement.column)
        case s.SetIdentity() | s.SetColumnOption():
            yield (type(statement).__name__, statement.table, statement.column)
        case s.DropColumn():
            yield ("DropColumn", statement.table, statement.column, statement.cascade, statement.if_exists)
        case s.DropConstraint():
            yield ("DropConstraint", statement.table, statement.name, statement.cascade, statement.if_exists)
        case s.AddConstraint():
            fact = our_constraint(statement.constraint)
            yield ("AddConstraint", statement.table, fact, statement.using_index or "")
        case s.ValidateConstraint() | s.AlterConstraint():
            yield (type(statement).__name__, statement.table, statement.name)
        case s.AttachPartition() | s.DetachPartition():
            yield (type(statement).__name__, statement.table, statement.partition)
        case s.SetTableOption():
            yield ("SetTableOption", statement.table)
        case s.DropTable():
            yield ("DropTable", statement.table, statement.cascade, statement.if_exists)
        case s.DropIndex():
            yield ("DropIndex", statement.name, statement.cascade, statement.if_exists, statement.concurrently)
        case s.DropObject():
            table = statement.table or ""
            yield ("DropObject", statement.object_kind, statement.name, table, statement.cascade, statement.if_exists)
        case s.CreateIndex(index=index):
            keys = [key.column for key in index.keys]
            yield ("CreateIndex", index.name, index.table, keys, index.include, index.unique, statement.concurrently,
                   index.where is not None, index.method, statement.if_not_exists)  # fmt: skip
        case s.RenameTable():
            yield ("RenameTable", statement.table, statement.new_name.rpartition(".")[2])
        case s.RenameColumn():
            yield ("RenameColumn", statement.table, statement.column, statement.new_name)
        case s.RenameConstraint():
            yield ("RenameConstraint", statement.table, statement.name, statement.new_name)
        case s.RenameIndex():
            yield ("RenameIndex", statement.name, statement.new_name)
        case s.Insert():
            yield ("Insert", statement.table, statement.columns or (), statement.rows)
        case s.Update():
            yield ("Update", statement.table, tuple(name for name, _ in statement.columns), statement.whole_table)
        case s.Delete():
            yield ("Delete", statement.table, statement.whole_table)
        case s.Truncate():
            yield ("Truncate", statement.tables, statement.cascade)
        case s.Comment():
            yield ("Comment", statement.table, statement.column)
        case s.Grant():
            yield ("Grant", statement.revoke, statement.table)
        case s.Maintenance():
            yield ("Maintenance", statement.action, statement.table)
        case s.TransactionControl():
            yield ("TransactionControl", statement.action)
        case s.SetVariable():
            yield ("SetVariable", statement.name)
        case s.CreateView(view=view):
            yield ("CreateView", view.name, view.materialized)
        case s.CreateObject():
            yield ("CreateObject", statement.object_kind, statement.name, statement.table or "")
        case s.AlterObject():
            yield ("AlterObject", statement.object_kind, statement.name, statement.values)
        case s.RefreshMaterializedView():
            yield ("RefreshMaterializedView", statement.name, statement.concurrently)
        case s.LockTable():
            yield ("LockTable", statement.tables)
        case s.SetConstraints():
            yield ("SetConstraints", statement.immediate)
        case s.Reindex():
            yield ("Reindex", statement.target or "")
        case s.Query():
            yield ("Query",)
        case s.Unanalysed():
            yield ("unanalysed", statement.head, statement.reason)
        case _:
            yield (type(statement).__name__,)


def agree(grammar: list[Fact], reader: list[Fact]) -> bool:
    """Whether both sides say the same. Names that the author left out are the reader's to choose, a fact of one word
    says only what kind of statement it is, and what a block does is the reader's to find out."""
    if grammar == [("do",)]:
        return True  # the grammar does not look into the block
    if [fact[0] for fact in grammar] == ["merge"]:
        return all(fact[0] in ("Insert", "Update", "Delete") and fact[1] == grammar[0][1] for fact in reader)
    return len(grammar) == len(reader) and all(map(facts_agree, grammar, reader))


def facts_agree(grammar: Any, reader: Any) -> bool:
    if isinstance(grammar, tuple) and len(grammar) == 1:
        return bool(grammar[0] == reader[0])
    if isinstance(grammar, tuple) and grammar[:1] in (("CreateIndex",), *((kind,) for kind in CONSTRAINTS.values())):
        return len(grammar) == len(reader) and all(
            mine == theirs or (position == 1 and theirs == "")
            for position, (theirs, mine) in enumerate(zip(grammar, reader, strict=True))
        )
    if isinstance(grammar, tuple) and grammar[:1] in (("inline",), ("constraint",)):
        return grammar[0] == reader[0] and facts_agree(grammar[1:], reader[1:])
    if isinstance(grammar, tuple) and grammar[:1] == ("AddConstraint",):
        return grammar[:2] == reader[:2] and facts_agree(grammar[2], reader[2]) and grammar[3] == reader[3]
    if isinstance(grammar, tuple) and grammar[0] == "AlterObject":
        return bool(reader[0] == "AlterObject" and grammar[2] == reader[2] and grammar[3:] in ((), reader[3:]))
    return bool(grammar == reader)
