"""Random Django operations that fit the state they meet.

Everything is drawn through one function, `choose(options)`, so that hypothesis can shrink what it finds.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Choose = Callable[[Sequence[Any]], Any]
APP = "shop"


def count() -> int:
    """A default that only running it can tell."""
    return 7


class Operations:
    """Draws operations for a growing project of one application."""

    def __init__(self, choose: Choose) -> None:
        import django

        self.choose = choose
        self.number = 0
        self.django = django.VERSION[:2]

    def maybe(self) -> bool:
        return bool(self.choose([False, True]))

    def rarely(self) -> bool:
        return bool(self.choose([False, False, False, False, True]))

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    # Fields

    def plain_field(self) -> Any:
        from django.contrib.postgres import fields as pg
        from django.db import models as m
        from django.db.models.functions import Now

        kinds: list[tuple[Any, dict[str, list[Any]]]] = [
            (
                m.CharField,
                {
                    "max_length": [10, 50, 80],
                    "default": ["", "a'b", "%s"],
                    "db_default": ["x"],
                    "blank": [True],
                    "db_collation": ["C"],
                },
            ),
            (m.TextField, {"default": ["", "x"], "blank": [True], "db_collation": ["C"]}),
            (m.SlugField, {"default": ["s"], "db_index": [False]}),
            (m.EmailField, {"blank": [True]}),
            (m.URLField, {}),
            (m.FileField, {"blank": [True]}),
            (m.IntegerField, {"default": [0, -5, count], "db_default": [1]}),
            (m.SmallIntegerField, {"default": [3]}),
            (m.BigIntegerField, {"default": [10**12]}),
            (m.PositiveIntegerField, {"default": [1], "db_default": [2]}),
            (m.PositiveSmallIntegerField, {"default": [1]}),
            (m.BooleanField, {"default": [True, False]}),
            (m.DateField, {"auto_now": [True], "default": [datetime.date(2020, 1, 2)]}),
            (
                m.DateTimeField,
                {
                    "auto_now_add": [True],
                    "db_default": [Now()],
                    "default": [datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.timezone.utc)],
                },
            ),
            (m.TimeField, {}),
            (m.DurationField, {"default": [datetime.timedelta(days=1, seconds=5)]}),
            (m.DecimalField, {"max_digits": [10], "decimal_places": [2, 4], "default": [0, decimal.Decimal("1.50")]}),
            (m.DecimalField, {"max_digits": [12], "decimal_places": [2]}),
            (m.FloatField, {"default": [1.5, 0]}),
            (m.UUIDField, {"default": [uuid.uuid4, uuid.UUID(int=5)]}),
            (m.JSONField, {"default": [dict, list]}),
            (m.BinaryField, {"blank": [True], "default": [b"ab"]}),
            (m.GenericIPAddressField, {}),
            (
                pg.ArrayField,
                {
                    "base_field": [m.CharField(max_length=10), m.IntegerField(), m.TextField()],
                    "default": [list],
                    "size": [None, 3],
                },
            ),
            (pg.HStoreField, {}),
            (pg.DateRangeField, {}),
        ]
        kind, choices = self.choose(kinds)
        options: dict[str, Any] = {}
        for option, values in choices.items():
            if option == "db_default" and self.django < (5, 0):
                continue
            if option in ("max_length", "max_digits", "decimal_places", "base_field") or self.maybe():
                options[option] = self.choose(values)
        if options.get("auto_now") or options.get("auto_now_add") or "db_default" in options:
            options.pop("default", None)
        return self.with_common(kind, options)

    def with_common(self, kind: Any, options: dict[str, Any]) -> Any:
        if self.maybe():
            options["null"] = True
        if self.rarely() or self.rarely():
            options["unique"] = True
        if self.maybe() and "db_index" not in options:
            options["db_index"] = self.choose([True, True, False])
        if self.rarely() and self.django >= (4, 2):
            options["db_comment"] = self.choose(["hi", "it's"])
        if self.rarely():
            options["db_column"] = self.name("col_")
        if self.rarely():
            options["help_text"] = "help"
        return kind(**options)

    def relation(self, state: Any, owner: str) -> Any:
        from django.db import models as m

        targets = [model.name for model in state.models.values()] + ["self"]
        to = self.choose(targets)
        target = owner if to == "self" else to
        options: dict[str, Any] = {"to": to if to == "self" else f"{APP}.{to}", "on_delete": m.CASCADE}
        options["related_name"] = self.choose(["+", self.name("rel")])
        model = state.models.get((APP, target.lower()))
        uniques = (
            [n for n, f in model.fields.items() if f.unique and not f.primary_key and not f.is_relation]
            if model
            else []
        )
        if uniques and self.maybe():
            options["to_field"] = self.choose(uniques)
        if self.rarely():
            options["db_constraint"] = False
        if self.rarely():
            options["db_index"] = False
        if self.rarely():
            options["on_delete"] = m.PROTECT
        if self.rarely():
            options["db_column"] = self.name("col_")
        if self.rarely() and self.django >= (4, 2):
            options["db_comment"] = "a key"
        if self.choose([True, True, False]):
            options["null"] = True
            if self.rarely():
                options["default"] = None
        if self.rarely():
            options["unique"] = True
        return (
            self.choose([m.ForeignKey, m.ForeignKey, m.OneToOneField])(**options)
            if "unique" not in options
            else m.ForeignKey(**options)
        )

    def many_to_many(self, state: Any) -> Any:
        from django.db import models as m

        to = self.choose([model.name for model in state.models.values()] + ["self"])
        options: dict[str, Any] = {
            "to": to if to == "self" else f"{APP}.{to}",
            "related_name": self.choose(["+", self.name("rel")]),
        }
        if self.rarely():
            options["db_table"] = self.name("m2m_")
        if self.rarely():
            options["db_constraint"] = False
        return m.ManyToManyField(**options)

    def field(self, state: Any, owner: str) -> Any:
        kind = self.choose(["plain", "plain", "plain", "relation", "many"])
        if kind == "plain" or not state.models:
            return self.plain_field()
        return self.relation(state, owner) if kind == "relation" else self.many_to_many(state)

    # Indexes and constraints

    def columns(self, model: Any, *, text: bool = False) -> list[str]:
        from django.db import models as m

        return (
            [
                name
                for name, field in model.fields.items()
                if field.concrete_kind_ok  # type: ignore[attr-defined]
            ]
            if False
            else [
                name
                for name, field in model.fields.items()
                if not field.many_to_many
                and not isinstance(field, m.JSONField)
                and type(field).__name__ not in ("HStoreField", "ArrayField", "DateRangeField")
                and (not text or isinstance(field, (m.CharField, m.TextField)))
            ]
        )

    def condition(self, model: Any) -> Any:
        from django.db import models as m
        from django.db.models import F, Q

        numbers = [
            n
            for n, f in model.fields.items()
            if isinstance(f, (m.IntegerField, m.DecimalField, m.FloatField)) and not f.primary_key
        ]
        texts = [n for n, f in model.fields.items() if isinstance(f, (m.CharField, m.TextField))]
        booleans = [n for n, f in model.fields.items() if isinstance(f, m.BooleanField)]
        every = self.columns(model)
        leaves: list[Any] = [Q(**{f"{self.choose(every)}__isnull": self.maybe()})]
        if numbers:
            one, other = self.choose(numbers), self.choose(numbers)
            leaves += [
                Q(**{f"{one}__{self.choose(['gt', 'gte', 'lt', 'lte'])}": self.choose([0, 5])}),
                Q(**{one: 3}),
                Q(**{f"{one}__in": [1, 2]}),
                Q(**{f"{one}__range": (1, 9)}),
                Q(**{f"{one}__lte": F(other)}),
            ]
        if texts:
            one = self.choose(texts)
            leaves += [
                Q(**{one: "x"}),
                Q(**{f"{one}__in": ["a", "b'c"]}),
                Q(**{f"{one}__startswith": "a"}),
                Q(**{f"{one}__contains": "50%"}),
                Q(**{f"{one}__iexact": "x"}),
                Q(**{f"{one}__gt": ""}),
                Q(**{f"{one}__regex": "^a+$"}),
                Q(**{f"{one}__icontains": "x_y"}),
            ]
        if booleans:
            one = self.choose(booleans)
            leaves += [Q(**{one: True}), Q(**{one: False})]
        found = self.choose(leaves)
        for _ in range(self.choose([0, 0, 1, 2])):
            other = self.choose(leaves)
            how = self.choose(["and", "or", "not", "kwargs"])
            found = {"and": found & other, "or": found | other, "not": ~found, "kwargs": Q(found, other)}[how]
        return found

    def index(self, model: Any) -> Any | None:
        from django.contrib.postgres import indexes as pgi
        from django.db import models as m
        from django.db.models.functions import Lower

        columns = self.columns(model)
        texts = self.columns(model, text=True)
        name = self.name("idx_")
        how = self.choose(["plain", "two", "desc", "condition", "include", "expression", "opclass", "brin", "hash"])
        first = self.choose(columns)
        if how == "two" and len(columns) > 1:
            return m.Index(fields=[first, self.choose([c for c in columns if c != first])], name=name)
        if how == "desc":
            return m.Index(fields=[f"-{first}"], name=name)
        if how == "condition":
            return m.Index(fields=[first], name=name, condition=self.condition(model))
        if how == "include":
            return m.Index(fields=[first], name=name, include=[self.choose(columns)])
        if how == "expression" and texts:
            return m.Index(self.choose([Lower(texts[0]), Lower(texts[0]).desc(), m.F(first).desc()]), name=name)
        if how == "opclass" and texts:
            return m.Index(fields=[texts[0]], name=name, opclasses=["text_pattern_ops"])
        if how == "brin" and "id" in model.fields:
            return pgi.BrinIndex(fields=["id"], name=name, pages_per_range=self.choose([None, 4]))
        if how == "hash":
            return pgi.HashIndex(fields=[first], name=name)
        return m.Index(fields=[first], name=name)

    def constraint(self, model: Any) -> Any:
        from django.db import models as m
        from django.db.models.functions import Lower

        columns = self.columns(model)
        texts = self.columns(model, text=True)
        name = self.name("con_")
        how = self.choose(
            ["check", "check", "unique", "unique two", "condition", "include", "expression", "deferrable", "nulls"]
        )
        first = self.choose(columns)
        if how == "check":
            option = "condition" if self.django >= (5, 1) else "check"
            return m.CheckConstraint(**{option: self.condition(model)}, name=name)
        if how == "unique two" and len(columns) > 1:
            return m.UniqueConstraint(fields=[first, self.choose([c for c in columns if c != first])], name=name)
        if how == "condition":
            return m.UniqueConstraint(fields=[first], condition=self.condition(model), name=name)
        if how == "include":
            return m.UniqueConstraint(fields=[first], include=[self.choose(columns)], name=name)
        if how == "expression" and texts and self.django >= (4, 0):
            return m.UniqueConstraint(Lower(texts[0]), name=name)
        if how == "deferrable":
            return m.UniqueConstraint(fields=[first], deferrable=self.choose(list(m.Deferrable)), name=name)
        if how == "nulls" and self.django >= (5, 0):
            return m.UniqueConstraint(fields=[first], nulls_distinct=self.maybe(), name=name)
        return m.UniqueConstraint(fields=[first], name=name)

    # Operations

    def create_model(self, state: Any) -> Any:
        from django.db import migrations
        from django.db import models as m

        name = self.name(self.choose(["Book", "Author", "VeryLongModelNameThatGoesOnAndOn"]))
        fields: list[tuple[str, Any]] = []
        key = self.choose(["big", "big", "auto", "char", "uuid", "none"])
        parents = list(state.models.values())
        bases: tuple[Any, ...] = (m.Model,)
        if parents and self.rarely():
            parent = self.choose(parents)
            bases = (f"{APP}.{parent.name}",)
            fields.append(
                (
                    f"{parent.name.lower()}_ptr",
                    m.OneToOneField(
                        f"{APP}.{parent.name}",
                        m.CASCADE,
                        auto_created=True,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                    ),
                )
            )
        elif key != "none":
            kinds = {
                "big": m.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                "auto": m.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                "char": m.CharField(primary_key=True, max_length=20),
                "uuid": m.UUIDField(primary_key=True, default=uuid.uuid4),
            }
            fields.append(("id", kinds[key]))
        for _ in range(self.choose([1, 2, 3])):
            fields.append((self.name("f"), self.field(state, name)))
        options: dict[str, Any] = {}
        if self.rarely():
            options["db_table"] = self.name("tbl_")
        if self.rarely() and self.django >= (4, 2):
            options["db_table_comment"] = "table"
        model = _Sketch(name, dict(fields))
        columns = self.columns(model)
        if columns:
            if self.rarely() and len(columns) > 1:
                options["unique_together"] = {tuple(columns[:2])}
            if self.rarely() and len(columns) > 1:
                options["index_together"] = {tuple(columns[-2:])}
            if self.rarely():
                options["indexes"] = [self.index(model)]
            if self.maybe():
                options["constraints"] = [self.constraint(model)]
        return migrations.CreateModel(name, fields, options, bases)

    def any_operation(self, state: Any) -> Any:
        from django.db import migrations as mig
        from django.db import models as m

        if not state.models:
            return self.create_model(state)
        model = self.choose(list(state.models.values()))
        fields = [n for n, f in model.fields.items() if not f.primary_key]
        free = [n for n in fields if not _used(state, model, n)]
        columns = self.columns(model)
        indexes, constraints = model.options["indexes"], model.options["constraints"]
        kind = self.choose(
            [
                "create",
                "add",
                "add",
                "add",
                "alter",
                "alter",
                "alter",
                "alter",
                "remove",
                "rename field",
                "rename model",
                "delete",
                "table",
                "comment",
                "index",
                "index",
                "drop index",
                "rename index",
                "constraint",
                "constraint",
                "drop constraint",
                "unique together",
                "index together",
                "order",
                "key",
            ]
        )
        if kind == "create":
            return self.create_model(state)
        if kind == "add":
            return mig.AddField(
                model.name, self.name("f"), self.field(state, model.name), preserve_default=self.maybe()
            )
        if kind == "alter" and fields:
            name = self.choose(fields)
            return self.alter_field(state, model, name)
        if kind == "key" and "id" in model.fields and not model.fields["id"].remote_field:
            new = self.choose(
                [
                    m.BigAutoField(primary_key=True),
                    m.AutoField(primary_key=True),
                    m.BigIntegerField(primary_key=True),
                    m.CharField(max_length=30, primary_key=True),
                ]
            )
            return mig.AlterField(model.name, "id", new)
        if kind == "remove" and free:
            return mig.RemoveField(model.name, self.choose(free))
        if kind == "rename field" and free:
            return mig.RenameField(model.name, self.choose(free), self.name("f"))
        if kind == "rename model":
            return mig.RenameModel(model.name, self.name("Renamed"))
        if kind == "delete" and not _referenced(state, model):
            return mig.DeleteModel(model.name)
        if kind == "table":
            return mig.AlterModelTable(model.name, self.choose([None, self.name("tbl_")]))
        if kind == "comment" and self.django >= (4, 2):
            return mig.AlterModelTableComment(model.name, self.choose([None, "about"]))
        if kind == "index" and columns:
            return mig.AddIndex(model.name, self.index(model))
        if kind == "drop index" and indexes:
            return mig.RemoveIndex(model.name, self.choose(indexes).name)
        if kind == "rename index" and indexes and self.django >= (4, 1):
            return mig.RenameIndex(model.name, self.name("idx_"), old_name=self.choose(indexes).name)
        if kind == "constraint" and columns:
            return mig.AddConstraint(model.name, self.constraint(model))
        if kind == "drop constraint" and constraints:
            return mig.RemoveConstraint(model.name, self.choose(constraints).name)
        if kind in ("unique together", "index together") and len(columns) > 1:
            group = self.choose([set(), {tuple(columns[:2])}, {tuple(columns[-2:])}])
            return (mig.AlterUniqueTogether if kind.startswith("unique") else mig.AlterIndexTogether)(model.name, group)
        if kind == "order":
            keys = [n for n, f in model.fields.items() if isinstance(f, m.ForeignKey) and not f.primary_key]
            if keys:
                return mig.AlterOrderWithRespectTo(model.name, self.choose([None, *keys]))
        return mig.AlterModelOptions(model.name, {"ordering": [columns[0]] if columns else []})

    def alter_field(self, state: Any, model: Any, name: str) -> Any:
        from django.db import migrations as mig

        old = model.fields[name]
        if old.many_to_many:
            new = self.many_to_many(state)
        elif old.is_relation:
            new = (
                self.choose([self.relation, self.relation, self._nearly])(state, model.name)
                if not self.maybe()
                else self.changed(old)
            )
        else:
            new = self.changed(old) if self.maybe() else self.plain_field()
        return mig.AlterField(model.name, name, new, preserve_default=self.choose([True, True, False]))

    def _nearly(self, state: Any, owner: str) -> Any:
        return self.plain_field()

    def changed(self, old: Any) -> Any:
        """The field with one or two options changed."""
        _, _, args, kwargs = old.deconstruct()
        for _ in range(self.choose([1, 2])):
            option = self.choose(
                [
                    "null",
                    "unique",
                    "db_index",
                    "help_text",
                    "db_comment",
                    "db_column",
                    "max_length",
                    "related_name",
                    "db_constraint",
                    "default",
                    "db_collation",
                ]
            )
            if option in ("null", "unique"):
                kwargs[option] = not kwargs.get(option, False)
            elif option == "db_index":
                kwargs[option] = not old.db_index
            elif option == "max_length" and "max_length" in kwargs:
                kwargs[option] = self.choose([5, 20, 300])
            elif option == "db_collation" and type(old).__name__ in ("CharField", "TextField"):
                kwargs[option] = self.choose(["C", "POSIX"])
            elif option == "related_name" and old.is_relation:
                kwargs[option] = self.name("rel")
            elif option == "db_constraint" and old.is_relation:
                kwargs[option] = not kwargs.get("db_constraint", True)
            elif option == "default":
                kwargs.pop("default", None)
            elif option == "help_text" or (option == "db_comment" and self.django >= (4, 2)):
                kwargs[option] = self.choose(["one", "two"])
            elif option == "db_column":
                kwargs[option] = self.name("col_")
        if type(old).__name__ == "OneToOneField":
            kwargs.pop("unique", None)
        return type(old)(*args, **kwargs)


class _Sketch:
    """As much of a model's state as the choice of its indexes needs."""

    def __init__(self, name: str, fields: dict[str, Any]) -> None:
        self.name = name
        self.fields = fields


def _used(state: Any, model: Any, name: str) -> bool:
    """Whether something else names the field, so that Django could not render the model without it."""
    options = model.options
    for index in (*options["indexes"], *options["constraints"]):
        if re_word(name, repr(index)):
            return True
    for option in ("unique_together", "index_together"):
        if any(name in group for group in options.get(option) or ()):
            return True
    if options.get("order_with_respect_to") == name or name in str(options.get("ordering", "")):
        return True
    return any(
        getattr(field.remote_field, "field_name", None) == name or name in (getattr(field, "to_fields", None) or [])
        for other in state.models.values()
        for field in other.fields.values()
        if field.is_relation
    )


def re_word(word: str, text: str) -> bool:
    import re

    return re.search(rf"\b{re.escape(word)}(\b|__)", text) is not None


def _referenced(state: Any, model: Any) -> bool:
    label = f"{APP}.{model.name}".lower()
    for other in state.models.values():
        if other is model:
            continue
        if any(isinstance(base, str) and base.lower() == label for base in other.bases):
            return True
        for field in other.fields.values():
            if (
                field.is_relation
                and str(getattr(field.remote_field.model, "_meta", field.remote_field.model)).lower() == label
            ):
                return True
    return False


def migrations_of(choose: Choose) -> Iterator[Callable[[Any], list[Any]]]:
    """A handful of migrations, each drawn when the state before it is known."""
    operations = Operations(choose)

    def draw(state: Any) -> list[Any]:
        state = state.clone()
        drawn = []
        for _ in range(choose([1, 1, 2, 3])):
            op = operations.any_operation(state)
            try:
                op.state_forwards(APP, state)
                _ = state.apps
            except Exception:  # Django cannot render what was drawn
                break
            drawn.append(op)
        return drawn

    def first(state: Any) -> list[Any]:
        return [operations.create_model(state)]

    yield first
    yield first
    for _ in range(choose([2, 4, 6])):
        yield draw
