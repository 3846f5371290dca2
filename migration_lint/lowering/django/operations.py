"""Each operation: what it does to the models, and which calls of the schema editor it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from migration_lint.lowering.django.alteration import alter_field, alter_many_to_many
from migration_lint.lowering.django.constraints import build_constraint, index_name
from migration_lint.lowering.django.ddl import CheckDefinition, Definition, IndexDefinition
from migration_lint.lowering.django.editor import Refused, SchemaEditor
from migration_lint.lowering.django.models import BoundField, Model, Models
from migration_lint.lowering.django.state import ModelState, ProjectState, Together, with_option, without_option
from migration_lint.model import django as dj
from migration_lint.model import statements as s
from migration_lint.model.migration import Operation
from migration_lint.model.values import Unknown, Value

# The models after an operation

_META_ONLY = frozenset(("unique_together", "index_together", "indexes", "constraints"))
_ALTERABLE_OPTIONS = frozenset(
    [
        "base_manager_name",
        "default_manager_name",
        "default_related_name",
        "get_latest_by",
        "managed",
        "ordering",
        "permissions",
        "default_permissions",
        "select_on_save",
        "verbose_name",
        "verbose_name_plural",
    ]
)
"""`AlterModelOptions.ALTER_OPTION_KEYS`: those it does not name are reset."""


def state_after(operation: Operation, app: str, state: ProjectState) -> ProjectState:
    """The models after the operation: `Operation.state_forwards`."""
    change = _STATE.get(type(operation))
    return change(operation, app, state) if change else state


def _together(value: object) -> Together:
    """A value of unique_together: one group, or several."""
    if not isinstance(value, tuple) or not value:
        return ()
    if all(isinstance(name, str) for name in value):
        return (tuple(str(name) for name in value),)
    return tuple(tuple(str(name) for name in group) for group in value if isinstance(group, tuple))


def _create_model(operation: dj.CreateModel, app: str, state: ProjectState) -> ProjectState:
    options = dict(operation.options)
    return state.with_model(
        ModelState(
            app,
            operation.name,
            dict(operation.fields),
            {name: value for name, value in options.items() if name not in _META_ONLY},
            operation.bases,
            _together(options.get("unique_together")),
            _together(options.get("index_together")),
            operation.indexes,
            operation.constraints,
        )
    )


def _delete_model(operation: dj.DeleteModel, app: str, state: ProjectState) -> ProjectState:
    return state.without_model(app, operation.name)


def _rename_model(operation: dj.RenameModel, app: str, state: ProjectState) -> ProjectState:
    return state.rename_model(app, operation.old_name, operation.new_name)


def _set_option(name: str, value: Value) -> Callable[[ModelState], ModelState]:
    def change(model: ModelState) -> ModelState:
        return replace(model, options={**model.options, name: value})

    return change


def _alter_table(operation: dj.AlterModelTable, app: str, state: ProjectState) -> ProjectState:
    return state.change(app, operation.name, _set_option("db_table", operation.table))


def _alter_table_comment(operation: dj.AlterModelTableComment, app: str, state: ProjectState) -> ProjectState:
    return state.change(app, operation.name, _set_option("db_table_comment", operation.table_comment))


def _alter_order(operation: dj.AlterOrderWithRespectTo, app: str, state: ProjectState) -> ProjectState:
    value = operation.order_with_respect_to
    return state.change(app, operation.name, _set_option("order_with_respect_to", value))


def _alter_options(operation: dj.AlterModelOptions, app: str, state: ProjectState) -> ProjectState:
    given = {name: value for name, value in operation.options if name not in _META_ONLY}

    def change(model: ModelState) -> ModelState:
        kept = {name: value for name, value in model.options.items() if name not in _ALTERABLE_OPTIONS}
        return replace(model, options={**kept, **given})

    return state.change(app, operation.name, change)


def _alter_unique_together(operation: dj.AlterUniqueTogether, app: str, state: ProjectState) -> ProjectState:
    groups = operation.unique_together
    return state.change(app, operation.name, lambda model: replace(model, unique_together=groups))


def _alter_index_together(operation: dj.AlterIndexTogether, app: str, state: ProjectState) -> ProjectState:
    groups = operation.index_together
    return state.change(app, operation.name, lambda model: replace(model, index_together=groups))


def _put_field(operation: dj.AddField | dj.AlterField, app: str, state: ProjectState) -> ProjectState:
    """An altered field goes to the end, as it does in Django once relations have been looked at; columns don't move."""
    field = operation.field if operation.preserve_default else without_option(operation.field, "default")

    def change(model: ModelState) -> ModelState:
        name = model.field_name(operation.name) or operation.name
        return replace(model, fields={**model.fields, name: field})

    return state.change(app, operation.model_name, change)


def _remove_field(operation: dj.RemoveField, app: str, state: ProjectState) -> ProjectState:
    def change(model: ModelState) -> ModelState:
        gone = model.field_name(operation.name)
        return replace(model, fields={name: field for name, field in model.fields.items() if name != gone})

    return state.change(app, operation.model_name, change)


def _rename_field(operation: dj.RenameField, app: str, state: ProjectState) -> ProjectState:
    return state.rename_field(app, operation.model_name, operation.old_name, operation.new_name)


def _add_index(operation: dj.AddIndex, app: str, state: ProjectState) -> ProjectState:
    return state.change(
        app, operation.model_name, lambda model: replace(model, indexes=(*model.indexes, operation.index))
    )


def _remove_index(operation: dj.RemoveIndex, app: str, state: ProjectState) -> ProjectState:
    def change(model: ModelState) -> ModelState:
        kept = tuple(i for i in model.indexes if isinstance(i, Unknown) or i.name != operation.name)
        return replace(model, indexes=kept)

    return state.change(app, operation.model_name, change)


def _rename_index(operation: dj.RenameIndex, app: str, state: ProjectState) -> ProjectState:
    def change(model: ModelState) -> ModelState:
        if operation.old_fields:
            fields = tuple((name, False) for name in operation.old_fields)
            made = dj.ModelIndex(
                "django.db.models.Index", operation.new_name, fields, (), None, (), (), (), operation.span
            )
            kept = tuple(group for group in model.index_together if group != operation.old_fields)
            return replace(model, indexes=(*model.indexes, made), index_together=kept)
        renamed = tuple(
            i if isinstance(i, Unknown) or i.name != operation.old_name else replace(i, name=operation.new_name)
            for i in model.indexes
        )
        return replace(model, indexes=renamed)

    return state.change(app, operation.model_name, change)


def _add_constraint(operation: dj.AddConstraint, app: str, state: ProjectState) -> ProjectState:
    return state.change(
        app, operation.model_name, lambda m: replace(m, constraints=(*m.constraints, operation.constraint))
    )


def _remove_constraint(operation: dj.RemoveConstraint, app: str, state: ProjectState) -> ProjectState:
    def change(model: ModelState) -> ModelState:
        kept = tuple(c for c in model.constraints if isinstance(c, Unknown) or c.name != operation.name)
        return replace(model, constraints=kept)

    return state.change(app, operation.model_name, change)


def _alter_constraint(operation: dj.AlterConstraint, app: str, state: ProjectState) -> ProjectState:
    def change(model: ModelState) -> ModelState:
        changed = tuple(
            c if isinstance(c, Unknown) or c.name != operation.name else operation.constraint for c in model.constraints
        )
        return replace(model, constraints=changed)

    return state.change(app, operation.model_name, change)


_STATE: Mapping[type[Operation], Callable[[Any, str, ProjectState], ProjectState]] = {
    dj.CreateModel: _create_model,
    dj.DeleteModel: _delete_model,
    dj.RenameModel: _rename_model,
    dj.AlterModelTable: _alter_table,
    dj.AlterModelTableComment: _alter_table_comment,
    dj.AlterOrderWithRespectTo: _alter_order,
    dj.AlterModelOptions: _alter_options,
    dj.AlterUniqueTogether: _alter_unique_together,
    dj.AlterIndexTogether: _alter_index_together,
    dj.AddField: _put_field,
    dj.AlterField: _put_field,
    dj.RemoveField: _remove_field,
    dj.RenameField: _rename_field,
    dj.AddIndex: _add_index,
    dj.RemoveIndex: _remove_index,
    dj.RenameIndex: _rename_index,
    dj.AddConstraint: _add_constraint,
    dj.RemoveConstraint: _remove_constraint,
    dj.AlterConstraint: _alter_constraint,
}


# The database


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
            model.models.problem(f"{model.state.label}.{name}", "the history gives the model no such field")
            return None
        return model.fields[declared]

    def create_model(self, operation: dj.CreateModel) -> None:
        model = self.model(self.after, operation.name)
        if model is None:
            return
        for declared in (*model.state.indexes, *model.state.constraints):
            if isinstance(declared, Unknown):
                self.after.problem(declared.source, declared.reason)
        self.editor.create_model(model)
        if self.editor.dialect.django >= (5, 1) and model.state.index_together:
            self.editor.alter_index_together(model, (), model.state.index_together)

    def delete_model(self, operation: dj.DeleteModel) -> None:
        if (model := self.model(self.before, operation.name)) is not None:
            self.editor.delete_model(model)

    def rename_model(self, operation: dj.RenameModel) -> None:
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
        found = []
        for state in self.before.state:
            other = self.before.get(state.key)
            for field in other.fields.values():
                hidden = field.related_query_name.endswith("+") and not field.many_to_many
                if field.remote_key == model.key and not hidden:
                    found.append(field)
        return found

    def alter_table(self, operation: dj.AlterModelTable) -> None:
        new, old = self.model(self.after, operation.name), self.model(self.before, operation.name)
        if new is None or old is None:
            return
        self.editor.alter_db_table(old.db_table, new.db_table)
        for before, after in zip(old.many_to_many, new.many_to_many, strict=False):
            if before.auto_through is not None and after.auto_through is not None:
                self.editor.alter_db_table(before.auto_through.db_table, after.auto_through.db_table)

    def alter_table_comment(self, operation: dj.AlterModelTableComment) -> None:
        if (model := self.model(self.after, operation.name)) is not None and self.editor.supports_comments:
            self.editor.alter_table_comment(model, operation.table_comment)

    def alter_order(self, operation: dj.AlterOrderWithRespectTo) -> None:
        new, old = self.model(self.after, operation.name), self.model(self.before, operation.name)
        if new is None or old is None:
            return
        had, has = (bool(model.state.options.get("order_with_respect_to")) for model in (old, new))
        if had and not has:
            self.editor.remove_field(old, old.fields["_order"])
        elif has and not had:
            declared = with_option(new.fields["_order"].declared, "default", 0)
            self.editor.add_field(old, BoundField(new, "_order", declared))

    def alter_unique_together(self, operation: dj.AlterUniqueTogether) -> None:
        new, old = self.model(self.after, operation.name), self.before.state.model(self.app, operation.name)
        if new is not None and old is not None:
            self.editor.alter_unique_together(new, old.unique_together, new.state.unique_together)

    def alter_index_together(self, operation: dj.AlterIndexTogether) -> None:
        new, old = self.model(self.after, operation.name), self.before.state.model(self.app, operation.name)
        if new is not None and old is not None:
            self.editor.alter_index_together(new, old.index_together, new.state.index_together)

    def _declared(self, model: Model, operation: dj.AddField | dj.AlterField) -> BoundField:
        """The field with the default it is given for this operation only."""
        name = model.state.field_name(operation.name) or operation.name
        return model.fields[name] if operation.preserve_default else BoundField(model, name, operation.field)

    def add_field(self, operation: dj.AddField) -> None:
        new, old = self.model(self.after, operation.model_name), self.before.state.model(self.app, operation.model_name)
        if new is not None and old is not None:
            self.editor.add_field(new, self._declared(new, operation))

    def remove_field(self, operation: dj.RemoveField) -> None:
        model = self.model(self.before, operation.model_name)
        if model is not None and (field := self.field(model, operation.name)) is not None:
            self.editor.remove_field(model, field)

    def alter_field(self, operation: dj.AlterField) -> None:
        new, old = self.model(self.after, operation.model_name), self.model(self.before, operation.model_name)
        if new is None or old is None or (field := self.field(old, operation.name)) is None:
            return
        alter_field(self.editor, old, field, self._declared(new, operation))

    def rename_field(self, operation: dj.RenameField) -> None:
        new, old = self.model(self.after, operation.model_name), self.model(self.before, operation.model_name)
        if new is None or old is None or (field := self.field(old, operation.old_name)) is None:
            return
        alter_field(self.editor, old, field, new.fields[operation.new_name])

    def add_index(self, operation: dj.AddIndex) -> None:
        if (model := self.model(self.after, operation.model_name)) is not None:
            self.editor.define(self.editor.index(model, operation.index, concurrently=operation.concurrently))

    def remove_index(self, operation: dj.RemoveIndex) -> None:
        model = self.model(self.before, operation.model_name)
        if model is None:
            return
        if not any(_index_has_name(model, index, operation.name) for index in model.state.indexes):
            model.models.problem(f"{model.state.label} {operation.name}", "the history gives the model no such index")
        self.editor.drop_index(model, operation.name, concurrently=operation.concurrently)

    def rename_index(self, operation: dj.RenameIndex) -> None:
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
            raise Refused(f"Found wrong number ({len(found)}) of indexes for {model.db_table}({', '.join(columns)}).")
        return found[0]

    def add_constraint(self, operation: dj.AddConstraint) -> None:
        model = self.model(self.after, operation.model_name)
        if model is None:
            return
        validated = not operation.not_valid
        built = build_constraint(model, operation.constraint, self.editor.dialect, validated=validated)
        self.editor.define(self.editor.supported(built))

    def remove_constraint(self, operation: dj.RemoveConstraint) -> None:
        model = self.model(self.before, operation.model_name)
        if model is None:
            return
        built = self._constraint(model, operation.name)
        if isinstance(built, IndexDefinition):
            self.editor.drop_plain_index(model, operation.name)
        elif isinstance(built, CheckDefinition):
            self.editor.drop_check(model, operation.name)
        else:
            self.editor.drop_unique(model, operation.name)

    def _constraint(self, model: Model, name: str) -> Definition | None:
        for declared in model.state.constraints:
            if not isinstance(declared, Unknown) and declared.name == name:
                return build_constraint(model, declared, self.editor.dialect)
        model.models.problem(f"{model.state.label} {name}", "the history gives the model no such constraint")
        return None

    def validate_constraint(self, operation: dj.ValidateConstraint) -> None:
        if (model := self.model(self.before, operation.model_name)) is not None:
            quote = self.editor.quote
            self.editor.execute(
                f"ALTER TABLE {quote(model.db_table)} VALIDATE CONSTRAINT {quote(operation.name)}",
                s.ValidateConstraint(model.table, operation.name),
            )

    def create_extension(self, operation: dj.CreateExtension) -> None:
        if self.editor.dialect.engine == "postgresql":
            self.editor.execute(
                f"CREATE EXTENSION IF NOT EXISTS {self.editor.quote(operation.name)}",
                s.CreateObject("extension", operation.name),
            )

    def create_collation(self, operation: dj.CreateCollation) -> None:
        if self.editor.dialect.engine == "postgresql":
            self.editor.execute(
                f"CREATE COLLATION {self.editor.quote(operation.name)}", s.CreateObject("collation", operation.name)
            )

    def remove_collation(self, operation: dj.RemoveCollation) -> None:
        if self.editor.dialect.engine == "postgresql":
            self.editor.execute(
                f"DROP COLLATION {self.editor.quote(operation.name)}", s.DropObject("collation", operation.name)
            )


def _index_has_name(model: Model, declared: dj.ModelIndex | Unknown, name: str) -> bool:
    return isinstance(declared, Unknown) or index_name(model, declared) == name


_DATABASE: Mapping[type[Operation], Callable[[Run, Any], None]] = {
    dj.CreateModel: Run.create_model,
    dj.DeleteModel: Run.delete_model,
    dj.RenameModel: Run.rename_model,
    dj.AlterModelTable: Run.alter_table,
    dj.AlterModelTableComment: Run.alter_table_comment,
    dj.AlterOrderWithRespectTo: Run.alter_order,
    dj.AlterUniqueTogether: Run.alter_unique_together,
    dj.AlterIndexTogether: Run.alter_index_together,
    dj.AddField: Run.add_field,
    dj.RemoveField: Run.remove_field,
    dj.AlterField: Run.alter_field,
    dj.RenameField: Run.rename_field,
    dj.AddIndex: Run.add_index,
    dj.RemoveIndex: Run.remove_index,
    dj.RenameIndex: Run.rename_index,
    dj.AddConstraint: Run.add_constraint,
    dj.RemoveConstraint: Run.remove_constraint,
    dj.ValidateConstraint: Run.validate_constraint,
    dj.CreateExtension: Run.create_extension,
    dj.CreateCollation: Run.create_collation,
    dj.RemoveCollation: Run.remove_collation,
}


# The state alone


def state_only_commands(operation: Operation, app: str, before: Models, after: Models) -> tuple[s.Command, ...]:
    """What a change of the state alone tells: which tables and columns the running code came to know or forgot."""
    statements: list[s.Statement] = []
    match operation:
        case dj.CreateModel(name=name) if after.state.model(app, name):
            statements.append(s.Expect(after.get((app, name.lower())).table))
        case dj.DeleteModel(name=name) if before.state.model(app, name):
            statements.append(s.Forget(before.get((app, name.lower())).table))
        case dj.AddField(model_name=model, name=name) if after.state.model(app, model):
            statements.extend(_state_field(after.get((app, model.lower())), name, s.Expect))
        case dj.RemoveField(model_name=model, name=name) if before.state.model(app, model):
            statements.extend(_state_field(before.get((app, model.lower())), name, s.Forget))
        case _:
            pass
    return (s.Command("", tuple(statements)),) if statements else ()


def _state_field(model: Model, name: str, statement: type[s.Expect] | type[s.Forget]) -> list[s.Expect | s.Forget]:
    field = model.get_field(name)
    if field is None:
        return []
    if field.many_to_many:
        return [statement(field.auto_through.table)] if field.auto_through else []
    return [statement(model.table, field.column)] if field.has_column else []
