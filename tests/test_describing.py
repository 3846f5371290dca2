"""The words for what a statement does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from migration_lint.databases.postgresql.locks import (
    ACCESS_EXCLUSIVE,
    ROW_EXCLUSIVE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
)
from migration_lint.describing import describe, describe_break, describe_failure, describe_table
from migration_lint.effects import Break, Effect, Failure, Lock, LockMode, Work


def effect(mode: LockMode | None, *work: Work) -> Effect:
    return Effect((Lock("shop_book", mode),) if mode else (), work)


def scan(under: LockMode, why: str = "", table: str = "shop_book") -> Work:
    return Work("scan", table, under, None, why)


def build(index: str, under: LockMode, why: str = "") -> Work:
    return Work("index build", "shop_book", under, index, why)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (effect(None), None),
        (
            effect(ACCESS_EXCLUSIVE),
            "takes ACCESS EXCLUSIVE on shop_book for a moment: reads and writes wait until the transaction ends",
        ),
        (
            effect(SHARE_ROW_EXCLUSIVE),
            "takes SHARE ROW EXCLUSIVE on shop_book for a moment: writes wait until the transaction ends",
        ),
        (effect(ROW_EXCLUSIVE), "takes ROW EXCLUSIVE on shop_book: reads and writes go on"),
        (
            effect(ACCESS_EXCLUSIVE, scan(ACCESS_EXCLUSIVE, "to check that no x is NULL")),
            (
                "takes ACCESS EXCLUSIVE on shop_book and scans it to check that no x is NULL: "
                "reads and writes wait until the scan ends"
            ),
        ),
        (
            effect(SHARE, build("i", SHARE)),
            "takes SHARE on shop_book and builds the index i on it: writes wait until the index is built",
        ),
        (
            effect(SHARE, build("i", SHARE), build("j", SHARE), build("k", SHARE)),
            "takes SHARE on shop_book and builds the indexes i, j and k on it: writes wait until the indexes are built",
        ),
        (
            effect(SHARE_UPDATE_EXCLUSIVE, build("i", SHARE_UPDATE_EXCLUSIVE)),
            "takes SHARE UPDATE EXCLUSIVE on shop_book and builds the index i on it: reads and writes go on meanwhile",
        ),
        (
            effect(ACCESS_EXCLUSIVE, Work("rewrite", "shop_book", ACCESS_EXCLUSIVE, None, "to store n as bigint")),
            (
                "takes ACCESS EXCLUSIVE on shop_book and rewrites it with all its indexes to store n as bigint: "
                "reads and writes wait until that is done"
            ),
        ),
        (
            effect(ROW_EXCLUSIVE, Work("update", "shop_book", ROW_EXCLUSIVE, None, "to set n")),
            "takes ROW EXCLUSIVE on shop_book and writes rows of it to set n: reads and writes go on meanwhile",
        ),
        (
            effect(
                ACCESS_EXCLUSIVE,
                scan(ACCESS_EXCLUSIVE, "to check a"),
                scan(ACCESS_EXCLUSIVE, "to check b"),
                build("i", ACCESS_EXCLUSIVE, "because it computes with x"),
            ),
            (
                "takes ACCESS EXCLUSIVE on shop_book and scans it to check a and to check b and builds the index i on "
                "it because it computes with x: reads and writes wait until all of that is done"
            ),
        ),
    ],
)
def test_one_table(what: Effect, sentence: str | None) -> None:
    assert describe_table(what, "shop_book") == sentence
    assert describe(what) == ((sentence,) if sentence else ())


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (
            effect(SHARE, build("i", ACCESS_EXCLUSIVE)),
            (
                "builds the index i on shop_book under the ACCESS EXCLUSIVE lock that the transaction already holds: "
                "reads and writes wait until the index is built"
            ),
        ),
        (
            effect(ROW_EXCLUSIVE, Work("update", "shop_book", ACCESS_EXCLUSIVE, None, "to set n")),
            (
                "writes rows of shop_book to set n under the ACCESS EXCLUSIVE lock that the transaction already holds: "
                "reads and writes wait until the transaction ends"
            ),
        ),
    ],
)
def test_work_under_a_lock_held_from_before(what: Effect, sentence: str) -> None:
    held: Mapping[str, LockMode] = {"shop_book": ACCESS_EXCLUSIVE}
    assert describe_table(what, "shop_book", held=held) == sentence


def test_several_tables_come_in_the_order_of_their_weight() -> None:
    locks = (Lock("author", SHARE_ROW_EXCLUSIVE), Lock("new", ACCESS_EXCLUSIVE), Lock("book", SHARE_ROW_EXCLUSIVE))
    what = Effect(locks, (scan(SHARE_ROW_EXCLUSIVE, "to check f", "book"),))
    assert describe(what, new_tables={"new"}) == (
        "takes SHARE ROW EXCLUSIVE on book and scans it to check f: writes wait until the scan ends",
        "takes SHARE ROW EXCLUSIVE on author for a moment: writes wait until the transaction ends",
    )


def test_failures() -> None:
    assert describe_failure(Failure("null-values", "…", "x is NULL in some row")) == "fails if x is NULL in some row"
    assert describe_failure(Failure("in-transaction", "VACUUM cannot run")) == "fails: VACUUM cannot run"


def test_breaks() -> None:
    calls = frozenset({"select", "insert", "save"})
    lost = Break("shop_book", "x", calls, "shop_book.x is dropped")  # type: ignore[arg-type]
    assert describe_break(lost) == (
        "the running release can no longer read, insert into or update shop_book, because shop_book.x is dropped"
    )
    edge = Break("shop_book", "x", frozenset({"insert"}), "x no longer takes NULL", edge=True)
    assert describe_break(edge) == (
        "the running release can no longer insert some rows into shop_book, because x no longer takes NULL"
    )
