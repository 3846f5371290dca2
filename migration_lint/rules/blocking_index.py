from __future__ import annotations

from collections.abc import Sequence

from migration_lint import advice
from migration_lint.blocking import BlockingWorkRule
from migration_lint.causes import CausedWork
from migration_lint.model.django import AddField, AddIndex, AlterField
from migration_lint.model.statements import CreateIndex
from migration_lint.model.tables import Index
from migration_lint.replay import Step
from migration_lint.rule import Severity
from migration_lint.settings import Settings


class BlockingIndex(BlockingWorkRule):
    """An index is built on a table in use without CONCURRENTLY.

    PostgreSQL lets nobody write to the table until the index is built, which takes minutes on a large one. It is worse
    when the same migration has changed the table before: Django builds the indexes of new fields (`db_index`, a foreign
    key's, the second one that text columns get for LIKE) at the end of the migration, under the ACCESS EXCLUSIVE lock
    that adding the column took, so that nobody can read either.

    CREATE INDEX CONCURRENTLY lets both go on. It can't run in a transaction, so it needs a migration of its own with
    `atomic = False`. MySQL and MariaDB build ordinary indexes online.
    """

    name = "blocking-index"
    family = "locking"
    severity = Severity.ERROR

    def subject(self, step: Step, works: Sequence[CausedWork]) -> str:
        names = [index.name for index in _indexes(works)]
        return f"Building the index{'es' if len(names) > 1 else ''} {' and '.join(names)}"

    def advice(self, step: Step, works: Sequence[CausedWork], settings: Settings) -> str:
        if settings.database != "postgresql":
            return "-- Build it with an online schema change (gh-ost, pt-online-schema-change)."
        operation = step.operation
        index = _indexes(works)[0]
        if isinstance(operation, AddIndex):
            added = f'AddIndexConcurrently("{operation.model_name}", {advice.index_source(operation.index)})'
            return advice.django_file(step.migration, index.name, [added], atomic=False)
        if isinstance(operation, (AddField, AlterField)) and not index.unique:
            return _beside_the_field(step, operation)
        columns = ", ".join(key.column or "..." for key in index.keys)
        unique = "UNIQUE " if index.unique else ""
        return f"CREATE {unique}INDEX CONCURRENTLY {index.name} ON {index.table} ({columns});"


def _indexes(works: Sequence[CausedWork]) -> list[Index]:
    return [
        statement.index
        for caused in works
        for statement in caused.executed.command.statements
        if isinstance(statement, CreateIndex)
    ]


def _beside_the_field(step: Step, operation: AddField | AlterField) -> str:
    """The field without its index, and the index in a migration of its own."""
    model, name = operation.model_name, operation.name
    relation = operation.field.kind.endswith((".ForeignKey", ".OneToOneField"))
    changes = {"db_index": "False"} if relation else {}
    field = advice.field_source(operation.field, without=("db_index",), **changes)
    index_name = f"{model.lower()}_{name}_idx"[:30]
    added = f'AddIndexConcurrently("{model}", models.Index(fields=["{name}"], name="{index_name}"))'
    later = advice.django_file(step.migration, index_name, [added], atomic=False)
    return (
        f"# Here: the field without its index. In the model, the index stands in Meta.indexes.\n"
        f'migrations.{operation.kind}("{model}", "{name}", {field})\n'
        f"{later}"
    )
