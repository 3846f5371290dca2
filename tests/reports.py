"""Reports for the tests of the output formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from migration_lint.effects import Effect, Failure, Lock, LockMode, Source, Work
from migration_lint.model.values import Span
from migration_lint.reporters import render
from migration_lint.reporters.base import Coverage, Options, Replayed, Report, RuleInfo, SourceText
from migration_lint.rule import Finding, Related, Rule, Severity

SHARE = LockMode("SHARE", blocks_reads=False, blocks_writes=True, strength=5)
PATH = "shop/migrations/0004_book.py"
SOURCE = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_order")]

    operations = [
        migrations.AddIndex(
            model_name="book",
            index=models.Index(fields=["isbn"], name="shop_book_isbn_idx"),
        ),
        migrations.AddField("book", "tags", ArrayField(models.TextField())),
        migrations.RunSQL("SELECT 1"),
    ]
"""


class BlockingIndex(Rule):
    """An index built on an existing table without CONCURRENTLY.

    Writes to the table wait until it is built.
    """

    name = "blocking-index"
    family = "locking"
    severity = Severity.ERROR


class AddNotNullColumn(Rule):
    """A NOT NULL column that the running release does not fill."""

    name = "add-not-null-column"
    family = "compatibility"
    severity = Severity.ERROR


class NotAnalysed(Rule):
    """Something that could not be resolved."""

    name = "not-analysed"
    family = "meta"
    severity = Severity.INFO
    precision = "medium"


INDEX = Finding(
    rule="blocking-index",
    family="locking",
    severity=Severity.ERROR,
    message="Takes SHARE on shop_book and builds shop_book_isbn_idx under it: writes to it wait until it is built.",
    advice="atomic = False\n\noperations = [\n    AddIndexConcurrently(\n        ...\n    ),\n]",
    path=PATH,
    span=Span(8, 9, 11, 10),
    identity=("shop", "0004_book", "AddIndex", "shop_book", "shop_book_isbn_idx"),
    related=(Related("shop/migrations/0001_initial.py", Span(3, 5, 9, 6), "shop_book is created here."),),
    effects=(
        Effect(
            locks=(Lock("shop_book", SHARE),),
            work=(Work("index build", "shop_book", SHARE, "shop_book_isbn_idx", "to index isbn"),),
            failures=(Failure("duplicates", "isbn has duplicates", "two rows have one isbn"),),
            sources=(Source("measured on PostgreSQL 15 to 18"),),
        ),
    ),
)
COLUMN = Finding(
    rule="add-not-null-column",
    family="compatibility",
    severity=Severity.WARNING,
    message="shop_book gets tags varchar[], which the running release does not fill",
    advice="",
    path=PATH,
    span=Span(12, 9, 12, 76),
    identity=("shop", "0004_book", "AddField", "shop_book", "tags"),
    fixable=True,
)
SQL = Finding(
    rule="not-analysed",
    family="meta",
    severity=Severity.INFO,
    message="The SQL could not be read.",
    advice="",
    path=PATH,
    span=Span(13, 9, 13, 38),
    identity=("shop", "0004_book", "RunSQL"),
)
SUPPRESSED = replace(INDEX, suppressed="the table is small")


def report(*findings: Finding, **changes: Any) -> Report:
    """A report of `findings` over PATH, with the attributes given replaced."""
    sample = Report(
        findings=findings,
        coverage=Coverage(files=40, migrations=38, operations=112, not_analysed=2),
        history=Replayed(migrations=90, operations=412),
        rules=(RuleInfo.of(NotAnalysed), RuleInfo.of(BlockingIndex), RuleInfo.of(AddNotNullColumn)),
        sources={PATH: SourceText(SOURCE)},
        database="PostgreSQL 14",
        folder=Path("/project"),
    )
    return replace(sample, **changes)


def at(source: str, span: Span, **changes: Any) -> Report:
    """A report of one finding at `span` of `source`."""
    return report(replace(SQL, span=span, **changes), sources={PATH: SourceText(source)})


def text(output_format: str, sample: Report, **options: Any) -> str:
    """What is printed."""
    return render(output_format, sample, Options(**options))


INDEX_EFFECTS = [
    {
        "locks": [{"table": "shop_book", "mode": "SHARE", "blocks_reads": False, "blocks_writes": True}],
        "work": [
            {
                "kind": "index build",
                "table": "shop_book",
                "under": "SHARE",
                "object": "shop_book_isbn_idx",
                "why": "to index isbn",
            }
        ],
        "failures": [
            {
                "kind": "duplicates",
                "message": "isbn has duplicates",
                "rows": "two rows have one isbn",
            }
        ],
        "algorithm": None,
        "unknown": [],
        "sources": ["measured on PostgreSQL 15 to 18"],
    }
]
"""What INDEX does, as the formats for programs write it."""
