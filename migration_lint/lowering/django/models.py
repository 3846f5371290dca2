"""Models as Django would render them from a project state: tables, keys and relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from migration_lint.lowering.django import names
from migration_lint.lowering.django.dialect import Dialect
from migration_lint.lowering.django.fields import BoundField, make_field
from migration_lint.lowering.django.kinds import canonical, kind_of
from migration_lint.lowering.django.state import ANY_MODEL, ModelState, ProjectState, relation_target
from migration_lint.model.django import Field
from migration_lint.model.values import Unknown

_AUTO = "django.db.models.AutoField"

_CONTRIB: dict[tuple[str, str], tuple[str | None, str, Field]] = {
    ("sessions", "session"): (
        "django_session",
        "session_key",
        make_field("django.db.models.CharField", max_length=40, primary_key=True),
    ),
    ("sites", "site"): ("django_site", "id", make_field(_AUTO, primary_key=True)),
    ("contenttypes", "contenttype"): ("django_content_type", "id", make_field(_AUTO, primary_key=True)),
    ("admin", "logentry"): ("django_admin_log", "id", make_field(_AUTO, primary_key=True)),
    ("redirects", "redirect"): ("django_redirect", "id", make_field(_AUTO, primary_key=True)),
    ("flatpages", "flatpage"): ("django_flatpage", "id", make_field(_AUTO, primary_key=True)),
    **{("auth", name): (None, "id", make_field(_AUTO, primary_key=True)) for name in ("user", "group", "permission")},
}
"""Table, key and its type of the models in django.contrib, whose migrations are rarely in the tree."""


def _outside(key: tuple[str, str]) -> ModelState:
    """What can be said of a model that no migration in the tree creates."""
    app, name = key
    if key in _CONTRIB:
        table, pk, declared = _CONTRIB[key]
        return ModelState(app, name, {pk: declared}, {"db_table": table} if table else {})
    return ModelState(app, name, {"id": make_field("", primary_key=True)})


class Models:
    """All models of one state. Models are rendered when they are first asked for."""

    def __init__(self, state: ProjectState, dialect: Dialect, problems: list[Unknown]) -> None:
        self.state = state
        self.dialect = dialect
        self.problems = problems
        self._rendered: dict[tuple[str, str], Model] = {}

    def problem(self, source: str, reason: str) -> None:
        """Note what could not be told."""
        found = Unknown(source, reason)
        if found not in self.problems:
            self.problems.append(found)

    def get(self, key: tuple[str, str]) -> Model:
        """The model of that key, whether the history knows it or not."""
        model = self._rendered.get(key)
        if model is None:
            state = self.state.model(*key)
            model = self._rendered[key] = Model(self, state or _outside(key), known=state is not None)
        return model

    def render(self, state: ModelState) -> Model:
        """A model that the state does not list: the one behind a many-to-many field."""
        return Model(self, state)

    def swappable(self, setting: str) -> tuple[str, str] | None:
        """The model that a setting other than AUTH_USER_MODEL stands for, unless the project changes it."""
        if setting == "AUTH_USER_MODEL" or not setting.isupper():
            return None
        return next((state.key for state in self.state if state.options.get("swappable") == setting), None)

    def referring(self, key: tuple[str, str]) -> Iterator[BoundField]:
        """The fields that refer to a model: foreign keys before many-to-many fields, model by model.

        Only such fields are rendered.
        """
        for state in self.state:
            if key not in state.referred and ANY_MODEL not in state.referred:
                continue
            fields = self.get(state.key).relations_to(key)
            yield from (field for field in fields if not field.many_to_many)
            yield from (field for field in fields if field.many_to_many)

    def foreign_keys_to(self, key: tuple[str, str]) -> Iterator[BoundField]:
        """The foreign keys to a model, those of automatic intermediary models included."""
        owner = self.state.model(*key)
        for field in self.referring(key):
            if field.is_foreign_key:
                yield field
            elif field.auto_through is not None:
                yield from (f for f in field.auto_through.local_fields if f.remote_key == key)
        for field in self.get(key).many_to_many if owner is not None else ():
            if field.auto_through is not None and field.remote_key != key:
                yield from (f for f in field.auto_through.local_fields if f.remote_key == key)

    def default_auto_field(self, owner: ModelState) -> str:
        """The class of the key Django adds by itself.

        Where the settings don't name it, the keys that were written into migrations of the same application tell.
        """
        if self.dialect.default_auto_field:
            return self.dialect.default_auto_field
        for state in (owner, *self.state.apps.get(owner.app, {}).values()):
            for declared in state.fields.values():
                if isinstance(declared, Field) and declared.kind.endswith("AutoField"):
                    return canonical(declared.kind)
        # https://docs.djangoproject.com/en/6.0/releases/6.0/: DEFAULT_AUTO_FIELD is now BigAutoField.
        return "django.db.models.BigAutoField" if self.dialect.django >= (6, 0) else _AUTO


def _says(declared: Field | Unknown, option: str) -> bool:
    """Whether an option that no class sets by itself is given as True."""
    return not isinstance(declared, Unknown) and (option, True) in declared.options


def _is_many_to_many(declared: Field | Unknown) -> bool:
    kind = None if isinstance(declared, Unknown) else kind_of(declared)
    return kind is not None and kind.relation == "many to many"


class _Fields(Mapping[str, BoundField]):
    """The fields of a model by name. Most operations ask for one or two of them."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._rendered: dict[str, BoundField] = {}

    def __getitem__(self, name: str) -> BoundField:
        field = self._rendered.get(name)
        if field is None:
            field = self._rendered[name] = BoundField(self._model, name, self._model.declared[name])
        return field

    def __iter__(self) -> Iterator[str]:
        return iter(self._model.declared)

    def __len__(self) -> int:
        return len(self._model.declared)


class Model:
    """One rendered model. `known` is False for a model that no migration of the tree creates."""

    def __init__(self, models: Models, state: ModelState, known: bool = True) -> None:
        self.models = models
        self.state = state
        self.known = known

    @property
    def key(self) -> tuple[str, str]:
        """What Django finds the model by."""
        return self.state.key

    @cached_property
    def parents(self) -> tuple[Model, ...]:
        """The models of the history that it inherits from, nearest first."""
        found = []
        for base in self.state.bases:
            key = relation_target(base, self.state, None)
            state = self.models.state.model(*key) if key else None
            if state is not None and state.options.get("abstract") is not True and state.key != self.key:
                found.append(self.models.get(state.key))
        return tuple(found)

    @property
    def proxy(self) -> bool:
        """Whether it is another model under a second name."""
        return self.state.options.get("proxy") is True

    @property
    def migratable(self) -> bool:
        """Whether migrations touch its table."""
        if self.proxy or self.state.options.get("managed") is False:
            return False
        user_model = self.models.dialect.auth_user_model
        swappable = self.state.options.get("swappable")
        return not (swappable == "AUTH_USER_MODEL" and user_model and user_model.lower() != ".".join(self.key))

    @cached_property
    def db_table(self) -> str:
        """Its table, as Django writes it before quoting."""
        if self.proxy and self.parents:
            return self.parents[0].db_table
        table = self.state.options.get("db_table")
        if isinstance(table, str) and table:
            return names.truncate(table, self.models.dialect.max_name_length)
        return names.truncate(f"{self.state.app}_{self.state.name.lower()}", self.models.dialect.max_name_length)

    @property
    def table(self) -> str:
        """Its table, as the database calls it."""
        return names.physical(self.db_table)

    @cached_property
    def declared(self) -> Mapping[str, Field | Unknown]:
        """Its own fields in Django's order: what was created automatically comes first, the last one first."""
        added = {} if self.proxy else self._added_keys()
        automatic = (*self.state.saying("auto_created"), *added)
        fields = self.state.fields
        if self.state.options.get("order_with_respect_to") and "_order" not in fields:
            order = make_field("django.db.models.OrderWrt", name="_order", editable=False)
            fields = {**fields, "_order": order}
        if not automatic:
            return fields
        fields = {**fields, **added}
        return {name: fields[name] for name in (*reversed(automatic), *(n for n in fields if n not in automatic))}

    def _added_keys(self) -> dict[str, Field]:
        """The links to parents and the key that Django adds where the migration does not write them."""
        added: dict[str, Field] = {}
        fields = self.state.fields
        has_key = bool(self.state.saying("primary_key"))
        for parent in self.parents:
            name = f"{parent.state.name.lower()}_ptr"
            if name in fields or name in added or parent.key in self._linked:
                continue
            added[name] = make_field(
                "django.db.models.OneToOneField",
                to=".".join(parent.key),
                auto_created=True,
                parent_link=True,
                primary_key=not has_key,
            )
            has_key = True
        if has_key or not self.known:
            return added
        # A field that could not be read may be the key; one called `id` can be nothing else.
        if self.state.unread is None and not any(isinstance(declared, Unknown) for declared in fields.values()):
            kind = self.models.default_auto_field(self.state)
            added["id"] = make_field(kind, primary_key=True, auto_created=True)
        return added

    @cached_property
    def _linked(self) -> frozenset[tuple[str, str] | None]:
        """The parents that a field of its own links to."""
        links = self.state.saying("parent_link")
        return frozenset(BoundField(self, name, self.state.fields[name]).remote_key for name in links)

    @cached_property
    def fields(self) -> Mapping[str, BoundField]:
        """Its own fields in Django's order, each rendered when it is first asked for."""
        return _Fields(self)

    def relations_to(self, key: tuple[str, str]) -> list[BoundField]:
        """Its own fields that refer to a model."""
        written = self.state.relations.get(key, ()) + self.state.relations.get(ANY_MODEL, ())
        # Only links to parents refer to a model without being written, and only they are put first.
        automatic = self.state.saying("auto_created")
        links = self.parents or any(name in automatic for name in written)
        every = self.declared if links else self.state.fields
        names = [name for name in every if name in written or name not in self.state.fields]
        return [field for name in names if (field := self.fields[name]).remote_key == key]

    @cached_property
    def local_fields(self) -> tuple[BoundField, ...]:
        """The fields that may have a column."""
        return tuple(field for field in self.fields.values() if not field.many_to_many)

    @cached_property
    def many_to_many(self) -> tuple[BoundField, ...]:
        """The many-to-many fields."""
        return tuple(self.fields[name] for name, declared in self.declared.items() if _is_many_to_many(declared))

    @cached_property
    def pk(self) -> BoundField | None:
        """Its key; a proxy has that of the model behind it."""
        for name, declared in self.declared.items():
            if _says(declared, "primary_key") or (name == "id" and isinstance(declared, Unknown)):
                return self.fields[name]
        return self.parents[0].pk if self.parents else None

    def get_field(self, name: str) -> BoundField | None:
        """The field of that name (or of that attribute, `author_id`), a parent's included."""
        field = self.fields.get(name)
        if field is not None:
            return field
        if name == "pk":
            return self.pk
        lower = name.lower()
        for field in self.fields.values():
            if field.attname == name or field.name.lower() == lower:
                return field
        for parent in self.parents:
            if (field := parent.get_field(name)) is not None:
                return field
        return None

    def column(self, name: str) -> str:
        """The column of the field of that name; what is not found is taken for a column itself."""
        field = self.get_field(name)
        if field is None:
            self.no_such_field(name)
            return name
        field.report_name()
        return field.column

    def no_such_field(self, name: str) -> None:
        """Note that the model is not known to have a field that something names."""
        reason = "the history gives the model no such field"
        if self.state.unread is not None:
            reason = f"not all fields of {self.state.label} are known"
        self.models.problem(f"{self.state.label}.{name}", reason)

    def report(self) -> None:
        """Note what about the model as a whole could not be told."""
        for declared in (self.state.unread, *self.state.indexes, *self.state.constraints):
            if isinstance(declared, Unknown):
                self.models.problem(declared.source, declared.reason)
        table = self.state.options.get("db_table")
        if table is not None and not isinstance(table, str):
            self.models.problem(f"{self.state.label}.Meta.db_table", "the table's name is not a constant")

    @property
    def meta_names(self) -> frozenset[str]:
        """The names of the constraints in its Meta."""
        return frozenset(c.name for c in self.state.constraints if not isinstance(c, Unknown))

    @property
    def meta_index_names(self) -> frozenset[str]:
        """The names of the indexes in its Meta."""
        return frozenset(i.name for i in self.state.indexes if not isinstance(i, Unknown) and i.name)
