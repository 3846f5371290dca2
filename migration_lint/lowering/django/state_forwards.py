"""What each operation does to the models: `Operation.state_forwards`, and what of it the running code comes to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from migration_lint.lowering.django.models import Model, Models
from migration_lint.lowering.django.state import ModelState, ProjectState, Together, without_option
from migration_lint.model import django as dj
from migration_lint.model import statements as s
from migration_lint.model.migration import Operation
from migration_lint.model.values import Unknown, Value

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
            operation.unread,
            operation.managers,
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


def _alter_managers(operation: dj.AlterModelManagers, app: str, state: ProjectState) -> ProjectState:
    return state.change(app, operation.name, lambda model: replace(model, managers=operation.managers))


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
    dj.AlterModelManagers: _alter_managers,
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
