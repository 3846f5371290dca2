"""What an altered field comes to: `BaseDatabaseSchemaEditor.alter_field` and all it calls, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lint.lowering.django import names
from migration_lint.lowering.django.collecting import Refused
from migration_lint.lowering.django.ddl import CheckDefinition, UniqueDefinition
from migration_lint.lowering.django.defaults import DefaultSql, generated_column, never_equal
from migration_lint.lowering.django.editor import Action, Change, SchemaEditor
from migration_lint.lowering.django.fields import BoundField
from migration_lint.lowering.django.introspection import key_names
from migration_lint.lowering.django.models import Model
from migration_lint.model import statements as s
from migration_lint.model.tables import PrimaryKey
from migration_lint.model.values import Missing, Value

NON_DATABASE_OPTIONS = frozenset(
    [
        "blank",
        "db_column",
        "editable",
        "error_messages",
        "help_text",
        "limit_choices_to",
        "on_delete",
        "related_name",
        "related_query_name",
        "validators",
        "verbose_name",
    ]
)
"""`Field.non_db_attrs`; `choices` joined in Django 4.1, `on_delete` counts from 6.1 on where the database acts."""
_OPTION_DEFAULTS: dict[str, Value] = {
    "primary_key": False,
    "unique": False,
    "null": False,
    "db_constraint": True,
    "db_comment": None,
    "db_tablespace": None,
    "auto_created": False,
    "serialize": True,
    "parent_link": False,
    "to_field": None,
    "unique_for_date": None,
    "unique_for_month": None,
    "unique_for_year": None,
    "max_length": None,
    "choices": None,
    "swappable": True,
}
"""What options are when they are not given, so that writing them out changes nothing."""


def should_be_altered(editor: SchemaEditor, old: BoundField, new: BoundField, ignore: frozenset[str]) -> bool:
    """Whether Django sees a difference that may concern the database."""
    if old.column != new.column:
        return True
    if old.declared.kind != new.declared.kind:
        return True
    before, after = _database_options(editor, old, ignore), _database_options(editor, new, ignore)
    same_table = old.remote is not None and new.remote is not None and old.remote.db_table == new.remote.db_table
    if editor.dialect.django < (5, 0) or not same_table:
        before["to"], after["to"] = old.remote_key, new.remote_key
    return before != after


def _database_options(editor: SchemaEditor, field: BoundField, ignore: frozenset[str]) -> dict[str, object]:
    """The options that `deconstruct` gives and that are not known to be none of the database's business."""
    dropped = NON_DATABASE_OPTIONS | ignore
    if editor.dialect.django >= (4, 1):
        dropped |= {"choices"}
    found: dict[str, object] = {}
    usual = {**_OPTION_DEFAULTS, "db_index": field.kind is not None and field.kind.defaults.get("db_index", False)}
    for name, value in field.declared.options:
        if name in dropped or name in ("to", "name"):
            continue
        if name in usual and value == usual[name] and type(value) is type(usual[name]):
            continue
        found[name] = value
    if field.is_foreign_key:
        if field.internal_type == "OneToOneField":
            found.pop("unique", None)
        pk = field.remote.pk if field.remote else None
        if pk is not None and field.to_field == pk.name:
            found.pop("to_field", None)
        if editor.dialect.django >= (6, 1) and (action := editor.on_delete(field)):
            found["on_delete"] = action
    return found


def alter_field(editor: SchemaEditor, model: Model, old: BoundField, new: BoundField) -> None:
    """Change a column to what the new field asks for. Raises Refused."""
    if old.many_to_many and new.many_to_many:
        if old.auto_through is not None and new.auto_through is not None:
            alter_many_to_many(editor, old, new)
        elif (old.auto_through is None) != (new.auto_through is None):
            raise Refused(f"Cannot alter field {_label(old)} into {_label(new)} - they are not compatible types")
        return
    if old.db_type is None and new.db_type is None:
        return
    undecided = any(field.is_foreign_key or field.kind is None for field in (old, new))
    if undecided and not should_be_altered(editor, old, new, frozenset()):
        return
    if old.db_type is None or new.db_type is None:
        raise Refused(
            f"Cannot alter field {_label(old)} into {_label(new)} - they are not compatible types "
            "(you cannot alter to or from M2M fields, or add or remove through= on M2M fields)"
        )
    if editor.dialect.django >= (5, 0) and _generated_changed(old, new):
        raise Refused(
            f"Modifying GeneratedFields is not supported - the field {_label(new)} must be removed and re-added "
            "with the new definition."
        )
    old.report_options()
    new.report_options()
    if not new.is_foreign_key or new.db_type != old.db_type:
        new.report()
    editor.alter_column(Change(model, old, new))


def _label(field: BoundField) -> str:
    return f"{field.model.state.label}.{field.name}"


def _generated_changed(old: BoundField, new: BoundField) -> bool:
    if old.generated != new.generated:
        return True
    return old.generated and generated_column(old) != generated_column(new)


def alter_many_to_many(editor: SchemaEditor, old: BoundField, new: BoundField) -> None:
    """Rename the intermediary table and repoint its foreign keys."""
    old_through, new_through = old.auto_through, new.auto_through
    if old_through is None or new_through is None:
        return

    def change() -> None:
        editor.alter_db_table(old_through.db_table, new_through.db_table)
        for before, after in ((old_target, new_target), (old_source, new_source)):
            alter_field(editor, new_through, old_through.fields[before], new_through.fields[after])

    (old_source, old_target), (new_source, new_target) = old.through_columns, new.through_columns
    editor.change_together(new_through, change)


def related_fields(
    editor: SchemaEditor, old: BoundField, new: BoundField, seen: frozenset[str] = frozenset()
) -> Iterator[tuple[BoundField, BoundField]]:
    """Every foreign key that refers to the field, with its counterpart after the change, their own referrers too."""
    before = list(_relevant(editor, old))
    if not before:
        return
    for old_field, new_field in zip(before, _relevant(editor, new)):  # noqa: B905 - as Django does
        label = _label(old_field)
        if label in seen:
            continue
        yield old_field, new_field
        if editor.dialect.django >= (4, 0):
            yield from related_fields(editor, old_field, new_field, seen | {label})


def _relevant(editor: SchemaEditor, altered: BoundField) -> Iterator[BoundField]:
    """The foreign keys to the field, in Django's order."""
    if not altered.primary_key and all(altered.name not in state.to_fields for state in altered.model.models.state):
        return
    found = [f for f in altered.model.models.foreign_keys_to(altered.model.key) if _refers_to(f, altered)]
    yield from sorted(found, key=_query_name) if editor.dialect.django >= (4, 1) else found


def _query_name(field: BoundField) -> str:
    return field.related_query_name


def _refers_to(field: BoundField, altered: BoundField) -> bool:
    return field.to_field == altered.name or (field.to_field is None and altered.primary_key)


class ColumnAlteration:
    """`_alter_field`: the column changes, in the order Django makes them."""

    def __init__(self, editor: SchemaEditor, change: Change) -> None:
        self.editor = editor
        self.model = change.model
        self.old = change.old
        self.new = change.new
        self.django = editor.dialect.django
        self.dropped_foreign_key = False
        self.relations: list[tuple[BoundField, BoundField]] = []
        self.drop_incoming = (
            editor.supports_foreign_keys
            and ((self.old.primary_key and self.new.primary_key) or (self.old.unique and self.new.unique))
            and (
                self.old.db_type != self.new.db_type
                or (self.django >= (4, 1) and self.old.collation != self.new.collation)
            )
        )

    def run(self) -> None:
        """All of it."""
        self.drop_what_is_in_the_way()
        self.rename()
        self.change_column()
        self.add_what_is_missing()

    # Before the column changes

    def drop_what_is_in_the_way(self) -> None:
        """Foreign keys, uniqueness, indexes and checks that go or have to be made anew."""
        self._drop_own_foreign_key()
        if self.old.unique and (not self.new.unique or (not self.old.primary_key and self.new.primary_key)):
            for name in self._names("unique", self.model.meta_names, "_uniq"):
                self.editor.drop_unique(self.model, name)
        if self.drop_incoming:
            self.relations.extend(related_fields(self.editor, self.old, self.new))
            for _, related in self.relations:
                for name in self.editor.foreign_key_names(related.model, related):
                    self.editor.drop_foreign_key(related.model, name)
        if self.old.db_index and not self.old.unique and (not self.new.db_index or self.new.unique):
            for name in self._names("btree index", self.model.meta_index_names, ""):
                self.editor.drop_index(self.model, name)
        self._drop_check()

    def _names(self, kind: str, exclude: frozenset[str], suffix: str) -> list[str]:
        found = self.editor.names(self.model, (self.old.column,), kind, exclude)
        if not found and not self.editor.keeps(self.model):
            return [names.index_name(self.model.db_table, (self.old.column,), suffix, self.editor.max_length)]
        return found

    def _drop_own_foreign_key(self) -> None:
        if not (self.editor.supports_foreign_keys and self.old.is_foreign_key and self.old.db_constraint):
            return
        if self.django >= (4, 2) and not should_be_altered(self.editor, self.old, self.new, frozenset({"db_comment"})):
            return
        for name in self.editor.foreign_key_names(self.model, self.old):
            self.dropped_foreign_key = True
            self.editor.drop_foreign_key(self.model, name)

    @property
    def check_changed(self) -> bool:
        """Whether a positive integer came or went; for some versions a renamed column counts too."""
        old, new = self.editor.check(self.old), self.editor.check(self.new)
        if (old is None) != (new is None):
            return True
        return old is not None and self.old.column != self.new.column and not self.editor.checks_follow_renames

    def _drop_check(self) -> None:
        if self.check_changed and self.editor.check(self.old) is not None:
            for name in self.editor.names(self.model, (self.old.column,), "check", self.model.meta_names):
                self.editor.drop_check(self.model, name)

    def rename(self) -> None:
        """RENAME COLUMN."""
        old, new = self.old.column, self.new.column
        if old == new:
            return
        table = self.model.db_table
        self.editor.rename_column(self.model, self.old, self.new)
        self.editor.deferred = [(origin, item.rename_column(table, old, new)) for origin, item in self.editor.deferred]

    # The column itself

    def change_column(self) -> None:
        """Type, default and nullability."""
        actions: list[Action] = []
        after: list[s.Command] = []
        if self._type_changed:
            action, after = self.editor.alter_type(self.model, self.old, self.new)
            actions.append(action)
        actions.extend(self._database_default_actions())
        self.needs_default = self._needs_default()
        if self.needs_default:
            actions.append(self.editor.set_default(self.new, self.new_default))
        null_actions: list[Action] = []
        if self.old.null != self.new.null and (action_or_none := self.editor.alter_null(self.new)) is not None:
            null_actions.append(action_or_none)
        four_way = self.old.null and not self.new.null and self._has_any_default
        if actions or null_actions:
            if not four_way:
                actions += null_actions
            self.editor.alter_table(self.model, actions)
            if four_way:
                self._fill_nulls()
                for action in null_actions:
                    self.editor.alter_table(self.model, [action])
        for command in after:
            self.editor.send(command)

    @property
    def _type_changed(self) -> bool:
        return (
            self.old.db_type != self.new.db_type
            or self.editor.auto(self.old) != self.editor.auto(self.new)
            or self.old.collation != self.new.collation
            or (
                self.editor.supports_comments
                and self.django >= (4, 2)
                and (self.old.comment or None) != (self.new.comment or None)
            )
        )

    def _database_default_actions(self) -> Iterator[Action]:
        old, new = self.editor.database_default(self.old), self.editor.database_default(self.new)
        if new is not None:
            if old is None or self.old.db_default != self.new.db_default:
                yield self.editor.set_default(self.new, new)
        elif old is not None:
            yield self.editor.no_default(self.new, database=True)

    @property
    def new_default(self) -> DefaultSql | None:
        """What NULLs are filled with."""
        return self.editor.effective_default(self.new)

    def _needs_default(self) -> bool:
        if not self.old.null or self.new.null or self.editor.database_default(self.new) is not None:
            return False
        if self.editor.skips_default_on_alter(self.new):
            return False
        new, old = self.new_default, self.editor.effective_default(self.old)
        if new is None:
            return False
        if old is None or never_equal(self.new):
            return True
        if not new.known and not isinstance(self.new.default, Missing) and self.old.default == self.new.default:
            return False
        return not new.same_as(old)

    @property
    def _has_any_default(self) -> bool:
        return not isinstance(self.new.default, Missing) or self.editor.database_default(self.new) is not None

    def _fill_nulls(self) -> None:
        default = self.editor.database_default(self.new) or self.new_default
        self.editor.update_nulls(self.model, self.new, default.sql if default else "NULL")

    # After the column changed

    def add_what_is_missing(self) -> None:
        """Keys, uniqueness, indexes, the columns of referring tables, foreign keys and checks."""
        if self.old.primary_key and not self.new.primary_key:
            for name in key_names(self.editor.schema.table(self.model.table)):
                self.editor.drop_key(self.model, name)
        if self._unique_should_be_added:
            self.editor.define(UniqueDefinition(self.model.db_table, (self.new.column,)))
        if (not self.old.db_index or self.old.unique) and self.new.db_index and not self.new.unique:
            self.editor.define(self.editor.field_index(self.model, self.new))
        self._alter_relations()
        self._add_foreign_keys()
        self._add_check()
        if self.needs_default:
            self.editor.alter_table(self.model, [self.editor.no_default(self.new)])

    @property
    def _unique_should_be_added(self) -> bool:
        old, new = self.old, self.new
        if self.django >= (4, 1):
            return not new.primary_key and new.unique and (not old.unique or old.primary_key)
        return (not old.unique and new.unique) or (old.primary_key and not new.primary_key and new.unique)

    def _alter_relations(self) -> None:
        if not self.old.primary_key and self.new.primary_key:
            name = names.index_name(self.model.db_table, (self.new.column,), "_pk", self.editor.max_length)
            self.editor.execute(
                f"ALTER TABLE {self.editor.quote(self.model.db_table)} ADD CONSTRAINT {self.editor.quote(name)} "
                f"PRIMARY KEY ({self.editor.quote(self.new.column)})",
                s.AddConstraint(self.model.table, PrimaryKey(name, (self.new.column,))),
            )
            self.relations.extend(related_fields(self.editor, self.old, self.new))
        for old, new in self.relations:
            action, after = self.editor.alter_type(new.model, old, new)
            self.editor.alter_table(new.model, [action])
            for command in after:
                self.editor.send(command)

    def _add_foreign_keys(self) -> None:
        if not self.editor.supports_foreign_keys:
            return
        old, new = self.old, self.new
        had_none = self.dropped_foreign_key or not old.is_foreign_key or not old.db_constraint
        if new.is_foreign_key and new.db_constraint and had_none:
            self.editor.define(self.editor.foreign_key(self.model, new))
        if self.drop_incoming:
            for _, related in self.relations:
                if related.db_constraint and self._is_rebuilt(related):
                    self.editor.define(self.editor.foreign_key(related.model, related, short_suffix=True))

    def _is_rebuilt(self, related: BoundField) -> bool:
        """Django 3.2 forgets the foreign keys that have no reverse accessor."""
        return self.django >= (4, 0) or not related.related_query_name.endswith("+")

    def _add_check(self) -> None:
        check = self.editor.check(self.new)
        if check is None or not self.check_changed:
            return
        name = names.index_name(self.model.db_table, (self.new.column,), "_check", self.editor.max_length)
        self.editor.define(CheckDefinition(self.model.db_table, (self.new.column,), name, check.sql, check.columns))
