"""The forms of a change that let reads and writes go on, as source: what a locking rule tells people to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from migration_lint import advice
from migration_lint.advice.sql_text import create_index, drop_index, one_line
from migration_lint.model.django import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterIndexTogether,
    AlterUniqueTogether,
    Field,
)
from migration_lint.model.migration import Operation
from migration_lint.model.statements import AddConstraint as AddConstraintStatement
from migration_lint.model.statements import CreateIndex, DropConstraint, SetConstraints
from migration_lint.policy.causes import is_renewed
from migration_lint.replay import Executed, Step
from migration_lint.settings import Settings

_SET_CONSTRAINTS = re.compile(r"SET CONSTRAINTS [^;]*;?\s*|;\s*SET CONSTRAINTS [^;]*$", re.IGNORECASE)


def concurrently(sql: str) -> str:
    """CREATE INDEX, DROP INDEX, REINDEX or REFRESH in the form that others need not wait for."""
    kinds = r"(CREATE (?:UNIQUE )?INDEX|DROP INDEX|REINDEX \w+|REFRESH MATERIALIZED VIEW)(?! CONCURRENTLY)\b"
    return re.sub(kinds, r"\1 CONCURRENTLY", one_line(sql), count=1, flags=re.IGNORECASE)


def not_valid(sql: str) -> str:
    """ADD CONSTRAINT without looking at the rows that are there."""
    return f"{one_line(_SET_CONSTRAINTS.sub('', sql))} NOT VALID"


def check_keyword(settings: Settings) -> str:
    """How CheckConstraint calls its condition: `check` before Django 5.1."""
    old = settings.django_version is not None and settings.django_version < (5, 1)
    return "check" if old else "condition"


def run_sql(sql: str, reverse: str | None = None) -> str:
    """RunSQL with a way back; without `reverse` there is nothing to undo."""
    back = "migrations.RunSQL.noop" if reverse is None else advice.source(reverse)
    return f"migrations.RunSQL(\n    {advice.source(sql)},\n    {back},\n)"


def separately(database: Iterable[str], state: Iterable[str]) -> str:
    """SeparateDatabaseAndState over operations given as source."""
    parts = []
    for name, operations in (("database_operations", list(database)), ("state_operations", list(state))):
        if operations:
            lines = [f"        {line}" for operation in operations for line in f"{operation},".split("\n")]
            parts += [f"    {name}=[", *lines, "    ],"]
    return "\n".join(["migrations.SeparateDatabaseAndState(", *parts, ")"])


def files(step: Step, *contents: tuple[str, Sequence[str], bool], instead: bool = True) -> str:
    """Whole migrations, one after another: each a name's ending, operations, and whether it is atomic."""
    lines = [f"# Take this operation out of {step.migration.name}, and write instead:"] if instead else []
    after = None
    for number, (suffix, operations, atomic) in enumerate(contents, start=1):
        lines.append(advice.django_file(step.migration, suffix, operations, after=after, steps=number, atomic=atomic))
        after = advice.next_name(step.migration, suffix, number)
    return "\n".join(lines)


def operation_source(operation: Operation, settings: Settings) -> str | None:
    """Python source of an operation that changes a model; None for those that this is not known of."""
    match operation:
        case AddField(model_name=model, name=name, field=field) | AlterField(model_name=model, name=name, field=field):
            kept = "" if operation.preserve_default else ", preserve_default=False"
            return f'migrations.{operation.kind}("{model}", "{name}", {advice.field_source(field)}{kept})'
        case AddConstraint(model_name=model, constraint=constraint):
            source = advice.constraint_source(constraint, check_keyword(settings))
            return f'migrations.AddConstraint("{model}", {source})'
        case AddIndex(model_name=model, index=index):
            return f'migrations.AddIndex("{model}", {advice.index_source(index)})'
        case AlterUniqueTogether(name=name, unique_together=sets):
            return f'migrations.AlterUniqueTogether("{name}", {advice.source(sets)})'
        case AlterIndexTogether(name=name, index_together=sets):
            return f'migrations.AlterIndexTogether("{name}", {advice.source(sets)})'
        case _:
            return None


def index_builds(step: Step) -> list[tuple[str, str]]:
    """The indexes that a step builds, as SQL that builds each concurrently and SQL that drops it."""
    return [
        (_built(executed, statement), drop_index(statement.index.name, statement.index.table))
        for executed, statement in step.statements
        if isinstance(statement, CreateIndex)
    ]


def _built(executed: Executed, statement: CreateIndex) -> str:
    """As it is written, or, taken out of a block, which is one transaction, as it would be."""
    built = concurrently(executed.command.sql)
    return built if built.upper().startswith("CREATE") else create_index(statement.index)


def new_field(operation: AddField, *without: str, **changes: str) -> str:
    """Source of a field that the release still running can leave out, and that has nothing to check in old rows."""
    options = dict(operation.field.options)
    if ("db_default" not in options or "db_default" in without) and options.get("null") is not True:
        changes["null"] = "True"
        without = (*without, "null", "default")
    return advice.field_source(operation.field, without=without, **changes)


def field_then_index(step: Step, operation: AddField) -> str:
    """A new field whose index is built once it stands; a foreign key is not left without one between migrations."""
    names = f'"{operation.model_name}", "{operation.name}"'
    without = ("db_index", "db_default") if is_relation(operation.field) else ("db_index",)
    added = f"migrations.AddField({names}, {new_field(operation, *without, db_index='False')})"
    kept = [name for name in without if name == "db_default"]
    state = f"migrations.AlterField({names}, {new_field(operation, *kept)})"
    builds = separately([run_sql(sql, reverse) for sql, reverse in index_builds(step)], [state])
    suffix = f"add_{operation.model_name}_{operation.name}".lower()
    if is_relation(operation.field):
        return files(step, (suffix, [added, builds], False))
    later = files(step, (f"index_{operation.model_name}_{operation.name}".lower(), [builds], False), instead=False)
    return f"# Here: the field without its index.\n{added}\n{later}"


def is_relation(field: Field) -> bool:
    """Whether it is a foreign key."""
    return field.kind.endswith((".ForeignKey", ".OneToOneField"))


def kept_sql(step: Step, replaced: Iterable[Executed]) -> list[str]:
    """The SQL of a step that can stay as it is: not what is `replaced`, what works through a table, nor a foreign key
    that is only renewed."""
    left_out = {id(executed) for executed in replaced}
    kept = []
    for executed in step.executed:
        if id(executed) in left_out or not executed.command.sql or _only_renews(step, executed):
            continue
        if not executed.effect.work:
            kept.append(executed.command.sql.rstrip(";"))
    return kept


def _only_renews(step: Step, executed: Executed) -> bool:
    renewed = any(isinstance(s, AddConstraintStatement) and is_renewed(step, s.constraint) for _, s in step.statements)
    for statement in executed.command.statements:
        match statement:
            case SetConstraints():
                pass
            case DropConstraint() if renewed:
                pass
            case AddConstraintStatement(constraint=constraint) if is_renewed(step, constraint):
                pass
            case _:
                return False
    return True


def by_tool(step: Step, table: str) -> str:
    """MySQL's and MariaDB's way out where the server itself makes writers wait: a copy kept up by a tool."""
    if step.migration.framework == "django":
        return (
            f"# Run the statement with gh-ost or pt-online-schema-change, which copy {table} while it is written to,\n"
            "# and let this migration change the state only."
        )
    lines = [
        (
            f"-- Outside of migrations, with a tool that copies {table} while it is written to; then count the "
            "migration as"
        ),
        "-- applied where that is noted:",
    ]
    for executed in step.executed:
        sql = one_line(executed.command.sql)
        altered = re.match(r"ALTER TABLE \S+ (.*)", sql, re.IGNORECASE)
        built = re.match(r"CREATE (\w+ )?INDEX (\S+) ON [^ (]+ ?(.*)", sql, re.IGNORECASE)
        change = altered[1] if altered else f"ADD {built[1] or ''}INDEX {built[2]} {built[3]}" if built else None
        if change is not None:
            lines.append(f'-- pt-online-schema-change --execute --alter "{change}" D=DATABASE,t={table}')
    return "\n".join(lines)
