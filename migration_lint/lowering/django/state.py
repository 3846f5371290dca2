"""Django's models as the migrations declare them: `django.db.migrations.state`, immutable and unable to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from migration_lint.model.django import Field, ModelConstraint, ModelIndex
from migration_lint.model.values import Call, Reference, Unknown, Value

Together = tuple[tuple[str, ...], ...]
ANY_MODEL = ("", "")
"""The key of a model that only the settings tell."""


@dataclass(frozen=True)
class ModelState:
    """One model. `fields` are in the order of their declaration, `options` its Meta but for what has a place here.

    `unread` is what of its fields could not be told. `managers` are the names of those that migrations can use, None if
    they can't be told.
    """

    app: str
    name: str
    fields: Mapping[str, Field | Unknown] = field(default_factory=dict)
    options: Mapping[str, Value] = field(default_factory=dict)
    bases: tuple[Value, ...] = ()
    unique_together: Together = ()
    index_together: Together = ()
    indexes: tuple[ModelIndex | Unknown, ...] = ()
    constraints: tuple[ModelConstraint | Unknown, ...] = ()
    unread: Unknown | None = None
    managers: tuple[str, ...] | None = ()

    @property
    def key(self) -> tuple[str, str]:
        """What Django finds the model by."""
        return self.app, self.name.lower()

    @property
    def label(self) -> str:
        """The name people know it by."""
        return f"{self.app}.{self.name}"

    @cached_property
    def relations(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The models that relations name, each with the fields that do; ANY_MODEL stands for one a setting names."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for name, declared in self.fields.items():
            if isinstance(declared, Unknown):
                continue
            for option, value in declared.options:
                if option == "to" and (key := _target(value, self)) is not None:
                    found[key] = (*found.get(key, ()), name)
        return found

    @cached_property
    def referred(self) -> frozenset[tuple[str, str]]:
        """The models that relations and bases name."""
        bases = {relation_target(base, self, None) for base in self.bases}
        return frozenset(key for key in (*self.relations, *bases) if key is not None)

    @cached_property
    def to_fields(self) -> frozenset[str]:
        """The names of fields that its foreign keys refer to, where they name any."""
        fields = self.fields.values()
        options = (pair for declared in fields if not isinstance(declared, Unknown) for pair in declared.options)
        return frozenset(value for option, value in options if option == "to_field" and isinstance(value, str))

    def saying(self, option: str) -> tuple[str, ...]:
        """The fields that an option which no class sets by itself is given to as True."""
        found = self._saying.get(option)
        if found is None:
            given = (option, True)
            fields = self.fields.items()
            found = tuple(name for name, one in fields if not isinstance(one, Unknown) and given in one.options)
            self._saying[option] = found
        return found

    @cached_property
    def _saying(self) -> dict[str, tuple[str, ...]]:
        """What was found before: most models stay the same from one operation to the next."""
        return {}

    def field_name(self, name: str) -> str | None:
        """The field's name as declared, whatever case `name` is written in."""
        if name in self.fields:
            return name
        lower = name.lower()
        return next((known for known in self.fields if known.lower() == lower), None)


@dataclass(frozen=True, slots=True)
class ProjectState:
    """All models, by application and lower-case name. What a change does not find it leaves alone."""

    apps: Mapping[str, Mapping[str, ModelState]] = field(default_factory=dict)

    def model(self, app: str, name: str) -> ModelState | None:
        """The model of that name, in any case."""
        models = self.apps.get(app)
        return models.get(name.lower()) if models else None

    def __iter__(self) -> Iterator[ModelState]:
        for models in self.apps.values():
            yield from models.values()

    def with_app(self, app: str, other: ProjectState) -> ProjectState:
        """This state with the application's models as they are in `other`."""
        apps = dict(self.apps)
        apps[app] = other.apps.get(app, {})
        return ProjectState(apps)

    def with_model(self, model: ModelState) -> ProjectState:
        """This state with the model added or replaced."""
        models = dict(self.apps.get(model.app, {}))
        models[model.name.lower()] = model
        return ProjectState({**self.apps, model.app: models})

    def without_model(self, app: str, name: str) -> ProjectState:
        """This state without the model."""
        models = dict(self.apps.get(app, {}))
        models.pop(name.lower(), None)
        return ProjectState({**self.apps, app: models})

    def change(self, app: str, name: str, change: Callable[[ModelState], ModelState]) -> ProjectState:
        """This state with the model changed; a model it does not have is left alone."""
        model = self.model(app, name)
        return self.with_model(change(model)) if model else self

    def rename_model(self, app: str, old: str, new: str) -> ProjectState:
        """Rename the model and point every relation to it at the new name."""
        model = self.model(app, old)
        if model is None:
            return self
        state = self.with_model(replace(model, name=new))
        if old.lower() != new.lower():
            state = state.without_model(app, old)
        for other in tuple(state):
            if (app, old.lower()) not in other.referred:
                continue
            changed = {
                name: _repoint(declared, other, (app, old.lower()), f"{app}.{new}")
                for name, declared in other.fields.items()
            }
            if any(changed[name] is not other.fields[name] for name in changed):
                state = state.with_model(replace(other, fields=changed))
        return state

    def rename_field(self, app: str, name: str, old: str, new: str) -> ProjectState:
        """Rename the field, in options and in foreign keys to it as well."""
        model = self.model(app, name)
        declared = model.field_name(old) if model else None
        if model is None or declared is None:
            return self
        state = self.with_model(_with_renamed_field(model, declared, new))
        for other in tuple(state):
            if model.key not in other.referred:
                continue
            changed = {
                key: _rename_to_field(value, other, model.key, declared, new) for key, value in other.fields.items()
            }
            if any(changed[key] is not other.fields[key] for key in changed):
                state = state.with_model(replace(other, fields=changed))
        return state


def _with_renamed_field(model: ModelState, old: str, new: str) -> ModelState:
    """As Django does, the renamed field goes to the end."""
    fields = {name: declared for name, declared in model.fields.items() if name != old}
    fields[new] = model.fields[old]

    def renamed(together: Together) -> Together:
        return tuple(tuple(new if name == old else name for name in names) for names in together)

    return replace(
        model,
        fields=fields,
        unique_together=renamed(model.unique_together),
        index_together=renamed(model.index_together),
    )


def relation_target(value: Value | object, model: ModelState, auth_user_model: str | None) -> tuple[str, str] | None:
    """The (app, lower-case name) that a relation's `to` or `through` names, or None if it can't be told."""
    match value:
        case "self":
            return model.key
        case str() if "." in value:
            app, _, name = value.rpartition(".")
            return app, name.lower()
        case str():
            return model.app, value.lower()
        case Reference() if value.name.rpartition(".")[2] == "AUTH_USER_MODEL":
            app, _, name = (auth_user_model or "auth.User").rpartition(".")
            return app, name.lower()
        case Reference(module=module, name=name) if module.endswith(".models"):
            return module.split(".")[-2], name.lower()
        case Call(function=function, args=(str() as name, *_)) if function.name.endswith("swappable_dependency"):
            return relation_target(name, model, auth_user_model)
        case _:
            return None


def _target(value: Value, model: ModelState) -> tuple[str, str] | None:
    return ANY_MODEL if isinstance(value, Reference) else relation_target(value, model, None)


def _repoint(declared: Field | Unknown, model: ModelState, old: tuple[str, str], new: str) -> Field | Unknown:
    if isinstance(declared, Unknown):
        return declared
    options = tuple(
        (key, new if key in ("to", "through") and _names(value, model, old) else value)
        for key, value in declared.options
    )
    return declared if options == declared.options else replace(declared, options=options)


def _names(value: Value, model: ModelState, target: tuple[str, str]) -> bool:
    return isinstance(value, str) and value != "self" and relation_target(value, model, None) == target


def _rename_to_field(
    declared: Field | Unknown, model: ModelState, target: tuple[str, str], old: str, new: str
) -> Field | Unknown:
    if isinstance(declared, Unknown) or ("to_field", old) not in declared.options:
        return declared
    if not any(key == "to" and relation_target(value, model, None) == target for key, value in declared.options):
        return declared
    options = tuple((key, new if key == "to_field" else value) for key, value in declared.options)
    return replace(declared, options=options)


def with_option(declared: Field, name: str, value: Value) -> Field:
    """The field with one option set."""
    options = tuple((key, old) for key, old in declared.options if key != name)
    return replace(declared, options=(*options, (name, value)))


def without_option(declared: Field, name: str) -> Field:
    """The field with one option left out."""
    return replace(declared, options=tuple((key, value) for key, value in declared.options if key != name))
