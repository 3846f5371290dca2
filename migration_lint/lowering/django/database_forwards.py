"""What each operation asks of the schema editor: `Operation.database_forwards`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from migration_lint.lowering.django.alteration import alter_field, alter_many_to_many
from migration_lint.lowering.django.collecting import NotThere
from migration_lint.lowering.django.constraints import build_constraint, index_name
from migration_lint.lowering.django.ddl import Definition, IndexDefinition, UniqueDefinition
from migration_lint.lowering.django.editor import SchemaEditor
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.models import Model, Models
from migration_lint.lowering.django.state import with_option
from migration_lint.model import django as dj
from migration_lint.model import statements as s
from migration_lint.model.migration import Operation
from migration_lint.model.values import Unknown


class Run:
    """One operation on the database: the models before and after, and the editor it talks to."""

    def __init__(self, editor: SchemaEditor, app: str, before: Models, after: Models) -> None:
        self.editor = editor
        self.app = app
        self.before = before
        self.after = after

    def forwards(self, operation: Operation) -> None:
        """`Operation.database_forwards`. Raises Refused."""
        action = _DATABASE.get(type(operation))
        if action is not None:
            action(self, operation)

    def model(self, models: Models, name: str) -> Model | None:
        """The model, unless migrations don't touch its table or don't know it."""
        if models.state.model(self.app, name) is None:
            models.problem(f"{self.app}.{name}", "no migration of the history creates this model")
            return None
        model = models.get((self.app, name.lower()))
        return model if model.migratable else None

    def field(self, model: Model, name: str) -> BoundField | None:
        """The model's own field."""
        declared = model.state.field_name(name)
        if declared is None:
            field = model.get_field(name)
            if field is not None and field.model is model:
                return field
            model.no_such_field(name)
            return None
        return model.fields[declared]

    def _create_model(self, operation: dj.CreateModel) -> None:
        model = self.model(self.after, operation.name)
        if model is None:
            return
        model.report()
        self.editor.create_model(model)
        if self.editor.dialect.django >= (5, 1) and model.state.index_together:
            self.editor.alter_index_together(model, (), model.state.index_together)

    def _delete_model(self, operation: dj.DeleteModel) -> None:
        if (model := self.model(self.before, operation.name)) is not None:
            self.editor.delete_model(model)

    def _rename_model(self, operation: dj.RenameModel) -> None:
        new = self.model(self.after, operation.new_name)
        old = self.model(self.before, operation.old_name)
        if new is None or old is None:
            return
        self.editor.alter_db_table(old.db_table, new.db_table)
        for field in self._relations_to(old):
            key = new.key if field.model.key == old.key else field.model.key
            changed = self.after.get(key).fields.get(field.name)
            if changed is not None:
                alter_field(self.editor, changed.model, field, changed)
        for before, after in zip(old.many_to_many, new.many_to_many, strict=False):
            own = after.remote_key == new.key
            if not own and after.auto_through is not None:
                alter_many_to_many(self.editor, before, after)

    def _relations_to(self, model: Model) -> list[BoundField]:
        """The visible relations to the model: `_meta.related_objects`."""
        return [
            field
            for field in self.before.referring(model.key)
            if field.many_to_many or not field.related_query_name.endswith("+")
        ]

    def _alter_table(self, operation: dj.AlterModelTable) -> None:
        new, old = self.model(self.after, operation.name), self.model(self.before, operation.name)
        if new is None or old is None:
            return
        self.editor.alter_db_table(old.db_table, new.db_table)
        for before, after in zip(old.many_to_many, new.many_to_many, strict=False):
            if before.auto_through is not None and after.auto_through is not None:
                self.editor.alter_db_table(before.auto_through.db_table, after.auto_through.db_table)

    def _alter_table_comment(self, operation: dj.AlterModelTableComment) -> None:
        if (model := self.model(self.after, operation.name)) is not None and self.editor.supports_comments:
            self.editor.alter_table_comment(model, operation.table_comment)

    def _alter_order(self, operation: dj.AlterOrderWithRespectTo) -> None:
        new, old = self.model(self.after, operation.name), self.model(self.before, operation.name)
        if new is None or old is None:
            return
        had, has = (bool(model.state.options.get("order_with_respect_to")) for model in (old, new))
        if had and not has:
            self.editor.remove_field(old, old.fields["_order"])
        elif has and not had:
            declared = with_option(new.fields["_order"].declared, "default", 0)
            self.editor.add_field(old, BoundField(new, "_order", declared))

    def _alter_unique_together(self, operation: dj.AlterUniqueTogether) -> None:
        new, old = self.model(self.after, operation.name), self.before.state.model(self.app, operation.name)
        if new is not None and old is not None:
            self.editor.alter_unique_together(new, old.unique_together, new.state.unique_together)

    def _alter_index_together(self, operation: dj.AlterIndexTogether) -> None:
        new, old = self.model(self.after, operation.name), self.before.state.model(self.app, operation.name)
        if new is not None and old is not None:
            self.editor.alter_index_together(new, old.index_together, new.state.index_together)

    def _declared(self, model: Model, operation: dj.AddField | dj.AlterField) -> BoundField:
        """The field with the default it is given for this operation only."""
        name = model.state.field_name(operation.name) or operation.name
        return model.fields[name] if operation.preserve_default else BoundField(model, name, operation.field)

    def _add_field(self, operation: dj.AddField) -> None:
        new, old = self.model(self.after, operation.model_name), self.before.state.model(self.app, operation.model_name)
        if new is not None and old is not None:
            self.editor.add_field(new, self._declared(new, operation))

    def _remove_field(self, operation: dj.RemoveField) -> None:
        model = self.model(self.before, operation.model_name)
        if model is not None and (field := self.field(model, operation.name)) is not None:
            field.report_options()
            self.editor.remove_field(model, field)

    def _alter_field(self, operation: dj.AlterField) -> None:
        new, old = self.model(self.after, operation.model_name), self.model(self.before, operation.model_name)
        if new is None or old is None or (field := self.field(old, operation.name)) is None:
            return
        alter_field(self.editor, old, field, self._declared(new, operation))

    def _rename_field(self, operation: dj.RenameField) -> None:
        new, old = self.model(self.after, operation.model_name), self.model(self.before, operation.model_name)
        if new is None or old is None or (field := self.field(old, operation.old_name)) is None:
            return
        alter_field(self.editor, old, field, new.fields[operation.new_name])

    def _add_index(self, operation: dj.AddIndex) -> None:
        if (model := self.model(self.after, operation.model_name)) is not None:
            self.editor.define(self.editor.index(model, operation.index, concurrently=operation.concurrently))

    def _remove_index(self, operation: dj.RemoveIndex) -> None:
        model = self.model(self.before, operation.model_name)
        if model is None:
            return
        declared = next((index for index in model.state.indexes if _index_has_name(model, index, operation.name)), None)
        first = None
        if declared is None:
            model.models.problem(f"{model.state.label} {operation.name}", "the history gives the model no such index")
        elif not isinstance(declared, Unknown):
            built = self.editor.index(model, declared)
            if built is None:
                return
            first = built.keys()[0].column if built.keys() else None
        self.editor.remove_index(model, operation.name, first, concurrently=operation.concurrently)

    def _rename_index(self, operation: dj.RenameIndex) -> None:
        model, old = self.model(self.after, operation.model_name), self.model(self.before, operation.model_name)
        if model is None or old is None:
            return
        name = operation.old_name
        if name is None:
            name = self._unnamed_index(old, operation.old_fields or ())
        if name != operation.new_name:
            self.editor.rename_index(model, name, operation.new_name)

    def _unnamed_index(self, model: Model, fields: tuple[str, ...]) -> str:
        columns = tuple(model.column(name) for name in fields)
        kind = "any index" if self.editor.dialect.django < (4, 2) else "index"
        found = self.editor.names(model, columns, kind)
        if not found and not self.editor.keeps(model):
            found = [self.editor.together_index(model, fields).final_name(self.editor.max_length)]
        if len(found) != 1:
            raise NotThere(f"Found wrong number ({len(found)}) of indexes for {model.db_table}({', '.join(columns)}).")
        return found[0]

    def _add_constraint(self, operation: dj.AddConstraint) -> None:
        model = self.model(self.after, operation.model_name)
        if model is None:
            return
        validated = not operation.not_valid
        built = build_constraint(model, operation.constraint, self.editor.dialect, validated=validated)
        self.editor.define(self.editor.supported(built))

    def _remove_constraint(self, operation: dj.RemoveConstraint) -> None:
        model = self.model(self.before, operation.model_name)
        if model is None:
            return
        declared = self._constraint(model, operation.name)
        built = self.editor.supported(declared)
        if declared is not None and built is None:
            return
        if isinstance(built, (IndexDefinition, UniqueDefinition)) and built.columns:
            self.editor.before_removal(model, built.columns[0])
        if isinstance(built, IndexDefinition):
            self.editor.drop_plain_index(model, operation.name)
        elif isinstance(built, UniqueDefinition):
            self.editor.drop_unique(model, operation.name)
        else:
            self.editor.drop_check(model, operation.name)

    def _constraint(self, model: Model, name: str) -> Definition | None:
        for declared in model.state.constraints:
            if not isinstance(declared, Unknown) and declared.name == name:
                return build_constraint(model, declared, self.editor.dialect)
        model.models.problem(f"{model.state.label} {name}", "the history gives the model no such constraint")
        return None

    def _validate_constraint(self, operation: dj.ValidateConstraint) -> None:
        if (model := self.model(self.before, operation.model_name)) is not None:
            quote = self.editor.quote
            self.editor.execute(
                f"ALTER TABLE {quote(model.db_table)} VALIDATE CONSTRAINT {quote(operation.name)}",
                s.ValidateConstraint(model.table, operation.name),
            )

    def _create_extension(self, operation: dj.CreateExtension) -> None:
        if self.editor.dialect.engine == "postgresql":
            self.editor.execute(
                f"CREATE EXTENSION IF NOT EXISTS {self.editor.quote(operation.name)}",
                s.CreateObject("extension", operation.name),
            )

    def _create_collation(self, operation: dj.CreateCollation) -> None:
        if self.editor.dialect.engine == "postgresql":
            self.editor.execute(
                f"CREATE COLLATION {self.editor.quote(operation.name)}", s.CreateObject("collation", operation.name)
            )

    def _remove_collation(self, operation: dj.RemoveCollation) -> None:
        if self.editor.dialect.engine == "postgresql":
            self.editor.execute(
                f"DROP COLLATION {self.editor.quote(operation.name)}", s.DropObject("collation", operation.name)
            )


def _index_has_name(model: Model, declared: dj.ModelIndex | Unknown, name: str) -> bool:
    return isinstance(declared, Unknown) or index_name(model, declared) == name


_DATABASE: Mapping[type[Operation], Callable[[Run, Any], None]] = {
    dj.CreateModel: Run._create_model,
    dj.DeleteModel: Run._delete_model,
    dj.RenameModel: Run._rename_model,
    dj.AlterModelTable: Run._alter_table,
    dj.AlterModelTableComment: Run._alter_table_comment,
    dj.AlterOrderWithRespectTo: Run._alter_order,
    dj.AlterUniqueTogether: Run._alter_unique_together,
    dj.AlterIndexTogether: Run._alter_index_together,
    dj.AddField: Run._add_field,
    dj.RemoveField: Run._remove_field,
    dj.AlterField: Run._alter_field,
    dj.RenameField: Run._rename_field,
    dj.AddIndex: Run._add_index,
    dj.RemoveIndex: Run._remove_index,
    dj.RenameIndex: Run._rename_index,
    dj.AddConstraint: Run._add_constraint,
    dj.RemoveConstraint: Run._remove_constraint,
    dj.ValidateConstraint: Run._validate_constraint,
    dj.CreateExtension: Run._create_extension,
    dj.CreateCollation: Run._create_collation,
    dj.RemoveCollation: Run._remove_collation,
}
