"""Operations whose SQL is kept for every Django version in `fixtures/lowering.json`.

Each variant is Python source, because each Django version has to build its own operations from it.
"""

from __future__ import annotations

from typing import Any

AUTHOR = "mig.CreateModel('Author', [('id', m.BigAutoField(primary_key=True)), ('name', m.CharField(max_length=50))])"
BOOK = (
    "mig.CreateModel('Book', [('id', m.BigAutoField(primary_key=True)), ('n', m.IntegerField()), ('t', m.TextField())])"
)

FIELDS = {
    "char": "m.CharField(max_length=20)",
    "longer null char": "m.CharField(max_length=50, null=True)",
    "unique char": "m.CharField(max_length=20, unique=True)",
    "indexed char": "m.CharField(max_length=20, db_index=True)",
    "collated char": "m.CharField(max_length=20, db_collation='C')",
    "slug": "m.SlugField()",
    "text": "m.TextField(default='')",
    "indexed text": "m.TextField(db_index=True)",
    "integer": "m.IntegerField(default=3)",
    "null integer": "m.IntegerField(null=True)",
    "positive": "m.PositiveIntegerField(default=1)",
    "unique positive": "m.PositiveIntegerField(unique=True, db_column='column')",
    "foreign key": "m.ForeignKey('shop.Author', m.CASCADE)",
    "null foreign key": "m.ForeignKey('shop.Author', m.CASCADE, null=True, related_name='+')",
    "loose foreign key": "m.ForeignKey('shop.Author', m.CASCADE, db_constraint=False)",
    "one to one": "m.OneToOneField('shop.Author', m.CASCADE)",
}
OTHERS: dict[str, tuple[list[str], list[str]]] = {
    "many to many": ([], ["mig.AddField('book', 'x', m.ManyToManyField('shop.Author'))"]),
    "rename many to many": (
        ["mig.AddField('book', 'x', m.ManyToManyField('shop.Author'))"],
        ["mig.RenameField('book', 'x', 'y')"],
    ),
    "repoint many to many": (
        ["mig.AddField('book', 'x', m.ManyToManyField('shop.Author'))"],
        ["mig.AlterField('book', 'x', m.ManyToManyField('self'))"],
    ),
    "remove many to many": (
        ["mig.AddField('book', 'x', m.ManyToManyField('shop.Author'))"],
        ["mig.RemoveField('book', 'x')"],
    ),
    "rename model": (
        ["mig.AddField('book', 'x', m.ForeignKey('shop.Author', m.CASCADE))"],
        ["mig.RenameModel('Author', 'Writer')"],
    ),
    "rename model of many to many": (
        ["mig.AddField('book', 'x', m.ManyToManyField('shop.Author'))"],
        ["mig.RenameModel('Book', 'Volume')"],
    ),
    "key to auto": (
        ["mig.CreateModel('Tag', [('id', m.IntegerField(primary_key=True))])"],
        ["mig.AlterField('tag', 'id', m.AutoField(primary_key=True))"],
    ),
    "key from auto": ([], ["mig.AlterField('book', 'id', m.BigIntegerField(primary_key=True))"]),
    "wider key": (
        [
            "mig.CreateModel('Tag', [('id', m.AutoField(primary_key=True))])",
            "mig.AddField('book', 'x', m.ForeignKey('shop.Tag', m.CASCADE, related_name='+'))",
        ],
        ["mig.AlterField('tag', 'id', m.BigAutoField(primary_key=True))"],
    ),
    "another key": (
        ["mig.CreateModel('Tag', [('id', m.AutoField(primary_key=True)), ('c', m.CharField(max_length=9))])"],
        [
            "mig.RemoveField('tag', 'id')",
            "mig.AlterField('tag', 'c', m.CharField(max_length=9, primary_key=True))",
        ],
    ),
    "unique together": ([], ["mig.AlterUniqueTogether('book', {('n', 't')})"]),
    "no unique together": (
        ["mig.AlterUniqueTogether('book', {('n', 't')})"],
        ["mig.AlterUniqueTogether('book', set())"],
    ),
    "index together": ([], ["mig.AlterIndexTogether('book', {('n', 't')})"]),
    "model with all": (
        [],
        [
            (
                "mig.CreateModel('Tag', [('id', m.AutoField(primary_key=True)), ('n', m.PositiveIntegerField()), "
                "('s', m.SlugField()), ('b', m.ForeignKey('shop.Book', m.CASCADE)), "
                "('a', m.ManyToManyField('shop.Author'))], {'unique_together': {('n', 's')}, "
                "'index_together': {('s', 'n')}, 'indexes': [m.Index(fields=['-n'], name='n_desc')], "
                "'constraints': [Check(m.Q(n__gt=3), 'big'), m.UniqueConstraint(fields=['n'], name='u', "
                "condition=m.Q(s='x'))]})"
            ),
        ],
    ),
    "child model": ([], ["mig.CreateModel('Comic', [('x', m.IntegerField())], {}, ('shop.Book',))"]),
    "delete model": ([], ["mig.DeleteModel('Book')"]),
    "rename table": ([], ["mig.AlterModelTable('book', 'books')"]),
    "removed in the same migration": (
        [],
        [
            "mig.AddField('book', 'x', m.SlugField(default=''))",
            "mig.AddField('book', 'y', m.ForeignKey('shop.Author', m.CASCADE, null=True))",
            "mig.RenameField('book', 'x', 'z')",
            "mig.RemoveField('book', 'y')",
        ],
    ),
    "order": (
        ["mig.AddField('book', 'x', m.ForeignKey('shop.Author', m.CASCADE))"],
        ["mig.AlterOrderWithRespectTo('book', 'x')"],
    ),
    "expression index": ([], ["mig.AddIndex('book', m.Index(Lower('t').desc(), name='lower_t'))"]),
    "covering index": ([], ["mig.AddIndex('book', m.Index(fields=['n'], include=['t'], name='covering'))"]),
    "gin index": (
        ["mig.AddField('book', 'x', pgf.ArrayField(m.IntegerField(), default=list))"],
        ["mig.AddIndex('book', pgi.GinIndex(fields=['x'], name='gin', fastupdate=False))"],
    ),
    "rename index": (
        ["mig.AddIndex('book', m.Index(fields=['n'], name='old'))"],
        ["mig.RenameIndex('book', new_name='new', old_name='old')"],
    ),
    "remove constraint": (
        ["mig.AddConstraint('book', m.UniqueConstraint(fields=['n'], name='u', condition=m.Q(t='x')))"],
        ["mig.RemoveConstraint('book', 'u')"],
    ),
    "deferrable unique": (
        [],
        [
            "mig.AddConstraint('book', m.UniqueConstraint(fields=['n'], name='u', deferrable=m.Deferrable.DEFERRED))",
        ],
    ),
    "comments": (
        [],
        [
            "mig.AddField('book', 'x', m.IntegerField(null=True, db_comment='x'))",
            "mig.AlterField('book', 'x', m.IntegerField(null=True, db_comment='y'))",
            "mig.AlterModelTableComment('book', 'about')",
        ],
    ),
    "database default": (
        [],
        [
            "mig.AddField('book', 'x', m.IntegerField(db_default=5))",
            "mig.AlterField('book', 'x', m.IntegerField(db_default=6))",
            "mig.AlterField('book', 'x', m.IntegerField())",
            "mig.AddField('book', 'y', m.DateTimeField(db_default=Now()))",
        ],
    ),
    "generated": (
        [],
        [
            (
                "mig.AddField('book', 'x', m.GeneratedField(expression=m.F('n') + 1, output_field=m.IntegerField(), "
                "db_persist=True))"
            ),
        ],
    ),
    "database cascade": ([], ["mig.AddField('book', 'x', m.ForeignKey('shop.Author', m.DB_CASCADE, null=True))"]),
}


def variants() -> dict[str, tuple[list[str], list[str]]]:
    """Every variant: the operations before, and those whose SQL counts."""
    found = {name: ([AUTHOR, BOOK, *before], operations) for name, (before, operations) in OTHERS.items()}
    for name, source in FIELDS.items():
        add = f"mig.AddField('book', 'x', {source})"
        found[f"add {name}"] = ([AUTHOR, BOOK], [add])
        found[f"remove {name}"] = ([AUTHOR, BOOK, add], ["mig.RemoveField('book', 'x')"])
        found[f"rename {name}"] = ([AUTHOR, BOOK, add], ["mig.RenameField('book', 'x', 'y')"])
        for other, changed in FIELDS.items():
            if other != name:
                alter = f"mig.AlterField('book', 'x', {changed})"
                found[f"{name} to {other}"] = ([AUTHOR, BOOK, add], [alter])
    return found


def build(source: str) -> Any:
    """The operation, by the Django that is installed. Raises AttributeError or TypeError for what it lacks."""
    import django
    from django.contrib.postgres import fields as pgf
    from django.contrib.postgres import indexes as pgi
    from django.db import migrations as mig
    from django.db import models as m
    from django.db.models.functions import Lower, Now

    def check(condition: Any, name: str) -> Any:
        option = "condition" if django.VERSION >= (5, 1) else "check"
        return m.CheckConstraint(**{option: condition}, name=name)

    names = {"m": m, "mig": mig, "pgf": pgf, "pgi": pgi, "Lower": Lower, "Now": Now, "Check": check}
    return eval(source, names)  # our own source, above
