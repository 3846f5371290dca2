"""What the reader says of a migration, against what Django itself finds when it imports it."""

from __future__ import annotations

import datetime
import decimal
import importlib
import inspect
import uuid
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from migration_lint.model.migration import Dependency, Migration, NotAnalysed
from migration_lint.readers.django import read
from migration_lint.readers.django.fields import DJANGO_FIELDS
from migration_lint.readers.django.operations import OPERATIONS
from migration_lint.source import Source
from tests.django_database import set_up_django
from tests.django_thawing import Thawing, comparable, load

set_up_django()


def contrib() -> list[Path]:
    import django

    return sorted((Path(django.__file__).parent / "contrib").glob("*/migrations/0*.py"))


def imported(path: Path) -> ModuleType:
    return importlib.import_module(f"django.contrib.{path.parts[-3]}.migrations.{path.stem}")


@pytest.mark.parametrize("path", contrib(), ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_contrib(path: Path) -> None:
    module = imported(path)
    found = read(Source.read(path))
    assert isinstance(found, Migration)
    theirs = module.Migration
    thawing = Thawing(module)
    assert [o for o in found.operations if isinstance(o, NotAnalysed)] == []
    assert comparable([thawing.operation(o) for o in found.operations]) == comparable(theirs.operations)
    assert (found.atomic, found.initial) == (theirs.atomic, theirs.initial)
    assert found.problems == ()
    assert found.references == ()
    assert [Dependency("auth", d.name) if d.setting == "AUTH_USER_MODEL" else d for d in found.dependencies] == [
        Dependency(*d) for d in theirs.dependencies
    ]


def fill(apps: Any, schema_editor: Any) -> None:
    """Something for RunPython to run."""


def written() -> list[Any]:
    """Operations of every kind, with fields, indexes and constraints of every kind."""
    from django.contrib.postgres import constraints, fields, indexes, search
    from django.contrib.postgres import operations as postgres
    from django.db import migrations, models
    from django.db.models.functions import Lower, Now, Upper
    from django.db.models.lookups import GreaterThan

    q = models.Q(a__gt=1) | ~models.Q(b="x", c__in=[1, 2]) & models.Q(models.Q(d=None))
    every_field = [
        models.BigAutoField(primary_key=True, serialize=False),
        models.BigIntegerField(db_default=models.Value(3)),
        models.BinaryField(default=b"\x00\xff", max_length=8),
        models.BooleanField("Ob 'ja' oder \"nein\"\n", default=False),
        models.CharField(max_length=5, choices=[("a", "A"), ("Gruppe", [("b", "B")])], db_collation="de"),
        models.DateField(auto_now_add=True),
        models.DateTimeField(
            db_default=Now(), default=datetime.datetime(2024, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)
        ),
        models.DecimalField(max_digits=5, decimal_places=2, default=decimal.Decimal("1.50")),
        models.DurationField(default=datetime.timedelta(days=1, seconds=3)),
        models.EmailField(unique=True),
        models.FileField(upload_to="x/%Y"),
        models.FilePathField(path="/tmp", match=r"\.py$", recursive=True),
        models.FloatField(default=1.5),
        models.ForeignKey("a.B", models.SET_NULL, null=True, related_name="+", db_constraint=False),
        models.GeneratedField(expression=models.F("a") + 1, output_field=models.IntegerField(), db_persist=True),
        models.GenericIPAddressField(protocol="ipv4"),
        models.ImageField(upload_to="x", width_field="w"),
        models.IntegerField(default=-5, db_column="y", db_comment="Kommentar"),
        models.JSONField(default=dict, null=True),
        models.ManyToManyField("a.B", through="a.C", through_fields=("x", "y"), symmetrical=False),
        models.OneToOneField("a.B", models.PROTECT, parent_link=True),
        models.SlugField(max_length=80, allow_unicode=True),
        models.TextField(default="ä\u2028\U0001f600", help_text="a\tb"),
        models.TimeField(default=datetime.time(1, 2)),
        models.URLField(max_length=300),
        models.UUIDField(default=uuid.uuid4, editable=False),
        fields.ArrayField(fields.ArrayField(models.CharField(max_length=3), size=2), default=list),
        fields.DateTimeRangeField(null=True),
        fields.HStoreField(),
        search.SearchVectorField(null=True),
    ]
    every_index = [
        models.Index(fields=["a", "-b"], name="i", include=["c"], condition=q),
        models.Index(Lower("a").desc(), Upper(models.F("b")), name="i"),
        indexes.GinIndex(fields=["a"], name="i", opclasses=["gin_trgm_ops"], fastupdate=False),
        indexes.BrinIndex("a", name="i", pages_per_range=4),
    ]
    every_constraint = [
        models.CheckConstraint(condition=q, name="c", violation_error_message="nein"),
        models.CheckConstraint(condition=GreaterThan(models.F("a"), 1), name="c"),
        models.UniqueConstraint(fields=["a", "b"], name="c", deferrable=models.Deferrable.DEFERRED),
        models.UniqueConstraint(Lower("a"), "b", name="c", condition=q),
        models.UniqueConstraint(fields=["a"], name="c", include=["b"], nulls_distinct=False),
        constraints.ExclusionConstraint(name="c", expressions=[("a", "&&"), (models.F("b"), "=")], condition=q),
    ]
    found: list[Any] = [migrations.AddField("m", "f", field) for field in every_field]
    found += [migrations.AlterField("m", "f", field, preserve_default=False) for field in every_field[:3]]
    found += [migrations.AddIndex("m", index) for index in every_index]
    found += [postgres.AddIndexConcurrently("m", index) for index in every_index]
    found += [migrations.AddConstraint("m", constraint) for constraint in every_constraint]
    found += [
        migrations.CreateModel(
            "M",
            [("id", every_field[0]), ("pk", models.CompositePrimaryKey("a", "b"))],
            {
                "indexes": every_index,
                "constraints": every_constraint,
                "ordering": ["-a"],
                "unique_together": {("a", "b")},
            },
            ("a.base", models.Model),
        ),
        migrations.DeleteModel("M"),
        migrations.RenameModel("M", "N"),
        migrations.AlterModelTable("m", None),
        migrations.AlterModelTableComment("m", "x"),
        migrations.AlterModelOptions("m", {"permissions": [("a", "b")], "managed": False}),
        migrations.AlterModelManagers("m", []),
        migrations.AlterUniqueTogether("m", {("a", "b")}),
        migrations.AlterIndexTogether("m", set()),
        migrations.AlterOrderWithRespectTo("m", "a"),
        migrations.RemoveField("m", "f"),
        migrations.RenameField("m", "f", "g"),
        migrations.RemoveIndex("m", "i"),
        migrations.RenameIndex("m", "j", old_name="i"),
        migrations.RenameIndex("m", "j", old_fields=("a", "b")),
        migrations.RemoveConstraint("m", "c"),
        migrations.AlterConstraint("m", "c", every_constraint[0]),
        migrations.RunPython(fill, migrations.RunPython.noop, atomic=True, elidable=True),
        migrations.RunSQL(["SELECT '%'", "SELECT 2"], [], elidable=True),
        migrations.SeparateDatabaseAndState([migrations.DeleteModel("A")], [migrations.RemoveField("m", "f")]),
        postgres.RemoveIndexConcurrently("m", "i"),
        postgres.AddConstraintNotValid("m", every_constraint[0]),
        postgres.ValidateConstraint("m", "c"),
        postgres.CreateExtension("citext"),
    ]
    return found


@pytest.mark.parametrize("operation", written(), ids=lambda operation: type(operation).__name__)
def test_what_django_writes(operation: Any) -> None:
    from django.db import migrations
    from django.db.migrations.writer import MigrationWriter

    migration = type("Migration", (migrations.Migration,), {"operations": [operation]})("0001_x", "shop")
    found = read(Source("shop/migrations/0001_x.py", MigrationWriter(migration).as_string()))
    assert isinstance(found, Migration)
    (read_back,) = found.operations
    assert comparable(Thawing(ModuleType("none")).operation(read_back)) == comparable(operation)


@pytest.mark.parametrize("kind", [k for k in sorted(DJANGO_FIELDS) if not k.startswith("django.contrib.gis")])
def test_positional_parameters_of_fields(kind: str) -> None:
    if kind == "django.contrib.postgres.fields.FloatRangeField":
        pytest.skip("no longer in this version of Django")
    names: list[str] = []
    for parameter in inspect.signature(load(kind).__init__).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL and kind != "django.db.models.CompositePrimaryKey":
            names += inspect.signature(load("django.db.models.Field").__init__).parameters
            names.remove("self")
        elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self":
            names.append(parameter.name)
    assert list(DJANGO_FIELDS[kind])[: len(names)] == names[: len(DJANGO_FIELDS[kind])]


@pytest.mark.parametrize(
    "path", [f"{m}.{n}" for m, names in OPERATIONS.items() if m != "pgvector.django" for n in names]
)
def test_signatures_of_operations(path: str) -> None:
    module, _, name = path.rpartition(".")
    ours = [parameter.name for parameter in OPERATIONS[module][name].parameters]
    theirs = list(inspect.signature(load(path)).parameters)
    known = [name for name in theirs if name != "field" or path != "django.db.migrations.RemoveField"]
    assert ours[: len(known)] == known
