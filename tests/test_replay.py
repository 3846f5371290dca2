"""What the replay tells of a migration, and where it stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_lint import config, lint
from migration_lint.replay import running

PARTITIONS = """\
CREATE TABLE event (id bigint, day date) PARTITION BY RANGE (day);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
"""
INDEXES = """\
CREATE INDEX event_id ON event (id);
CREATE INDEX event_day ON event (day);
CREATE INDEX event_both ON event (id, day);
ALTER TABLE event DROP COLUMN id;
"""


def found(root: Path) -> list[tuple[int, str, str]]:
    folder = root / "migrations"
    folder.mkdir()
    (folder / "0001_event.sql").write_text(PARTITIONS)
    (folder / "0002_indexes.sql").write_text(INDEXES)
    report = lint.lint([root], config.load([root]).settings, folder=root)
    rules = ("blocking-index", "drop-column", "not-analysed")
    return sorted((f.span.line, f.rule, f.message) for f in report.findings if f.rule in rules and "0002" in f.path)


def test_each_index_locks_each_partition(tmp_path: Path) -> None:
    assert [(line, rule) for line, rule, _ in found(tmp_path)] == [
        (1, "blocking-index"),
        (2, "blocking-index"),
        (3, "blocking-index"),
        (4, "drop-column"),
    ]


def test_where_the_replay_stops_telling_it_says_so_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_MOST_TOLD", 10)
    findings = found(tmp_path)
    assert [(line, rule) for line, rule, _ in findings] == [
        (1, "blocking-index"),
        (2, "blocking-index"),
        (2, "not-analysed"),
        (4, "drop-column"),
    ]
    assert "its statements lock and work on 10 tables up to here, and no more is told of them" in findings[2][2]


def test_what_is_dropped_and_made_anew_is_new_from_then_on(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_event.sql").write_text("CREATE TABLE event (id bigint);\n")
    (folder / "0002_anew.sql").write_text(
        "CREATE INDEX before ON event (id);\n"
        "DROP TABLE event;\n"
        "CREATE INDEX other ON other (id);\n"
        "CREATE TABLE event (id bigint);\n"
        "CREATE INDEX after ON event (id);\n"
    )
    report = lint.lint([tmp_path], config.load([tmp_path]).settings, folder=tmp_path)
    assert [f.span.line for f in report.findings if f.rule == "blocking-index"] == [1, 3]
