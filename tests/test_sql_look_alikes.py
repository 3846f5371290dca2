"""Hazards in SQL and the harmless statements that look like them: exactly what is found at warning or above."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_known_wrong_answers import lint_files

BASE = """\
CREATE TABLE author (id bigint PRIMARY KEY, code integer NOT NULL UNIQUE);
CREATE TABLE book (id bigint PRIMARY KEY, title varchar(50), pages integer, set_ integer, author_id bigint);
ALTER TABLE book ADD CONSTRAINT is_set CHECK (set_ IS NOT NULL);
ALTER TABLE book ADD CONSTRAINT by FOREIGN KEY (author_id) REFERENCES author (id);
CREATE INDEX book_author ON book (author_id);
CREATE INDEX book_title ON book (title);
"""
EVENTS = """\
CREATE TABLE event (id bigint, day date, kind text) PARTITION BY RANGE (day);
CREATE TABLE event_24 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
"""
INDEX = "CREATE INDEX CONCURRENTLY book_pages ON book (pages);"
TO_TIMESTAMPTZ = "ALTER TABLE book ALTER COLUMN at TYPE timestamptz;"
DOMAINS = "CREATE DOMAIN positive AS integer CHECK (VALUE > 0);\nCREATE DOMAIN plain AS integer;"
USED = "ALTER TABLE book ADD COLUMN x positive;"
SAD, OK = "'sad'", ", 'ok'"
ENUM = "CREATE TYPE mood AS ENUM ('ok', 'sad');\nALTER TABLE book ADD COLUMN m mood;"
NEW_ENUM = """\
ALTER TYPE mood RENAME TO old;
CREATE TYPE mood AS ENUM ({labels});
ALTER TABLE book ALTER COLUMN m TYPE mood USING m::text::mood;"""
COPY = "CREATE TABLE book_copy (id bigint PRIMARY KEY, title text);"
SWAP = "ALTER TABLE book RENAME TO book_old;\nALTER TABLE book_copy RENAME TO book;"
KEY_ANEW = """\
ALTER TABLE book DROP CONSTRAINT by,
  ADD CONSTRAINT by FOREIGN KEY (author_id) REFERENCES author (id) ON DELETE CASCADE{};
"""
VIEW = "CREATE MATERIALIZED VIEW titles AS SELECT id, title FROM book;"
EVENT_25 = "CREATE TABLE event_25 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');"
REST = "CREATE TABLE event_rest PARTITION OF event DEFAULT;"
APP = "CREATE SCHEMA app;\nCREATE TABLE app.t (id int);"
TITLES = "CREATE VIEW t AS SELECT id, title FROM book;"
LONGER = "ALTER TABLE book ALTER COLUMN title TYPE text;"
SLUG = "CREATE FUNCTION our_slug() RETURNS text LANGUAGE sql {} AS $$ SELECT 'x' /* IMMUTABLE */ $$;"
TWO_TABLES = "ALTER TABLE author ADD COLUMN x integer;\nALTER TABLE book ADD COLUMN x integer;"
CHANGE_AND_ROWS = "ALTER TABLE book ADD COLUMN x integer;\nUPDATE book SET x = pages WHERE pages > 0;"


def found(root: Path, *files: str, conf: str = "database-version = 18") -> list[str]:
    """What is found in the last of the files, which run after BASE: `severity rule` by line."""
    names = {f"migrations/{number:04}_step.sql": text for number, text in enumerate((BASE, *files), 1)}
    last = list(names)[-1]
    return [
        f"{each.severity.label} {each.rule} {each.span.line}"
        for each in lint_files(root, names, conf).findings
        if each.path == last and each.severity.label in ("warning", "error")
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # `public` is where names without a schema stand.
        (["CREATE TABLE public.fresh (id int PRIMARY KEY, n int);\nCREATE INDEX i ON fresh (n);"], []),
        (['CREATE TABLE fresh (id int PRIMARY KEY, n int);\nCREATE INDEX i ON "public"."fresh" (n);'], []),
        (["ALTER TABLE public.book ALTER COLUMN title TYPE varchar(80);"], []),
        (
            ["CREATE TABLE app.fresh (id int PRIMARY KEY, n int);\nCREATE INDEX i ON book (pages);"],
            ["error blocking-index 2"],
        ),
        # Whatever order one ALTER TABLE has, it drops first.
        (["ALTER TABLE book ALTER COLUMN set_ SET NOT NULL;\nALTER TABLE book DROP CONSTRAINT is_set;"], []),
        (["ALTER TABLE book ALTER COLUMN set_ SET NOT NULL, DROP CONSTRAINT is_set;"], ["error set-not-null 1"]),
        # ON ONLY builds nothing; what is attached to it later is built partition by partition.
        ([EVENTS, "CREATE INDEX event_kind ON ONLY event (kind);"], []),
        ([EVENTS, "CREATE INDEX event_kind ON event (kind);"], ["error blocking-index 1"]),
        ([EVENTS, "CREATE INDEX CONCURRENTLY event_kind ON event_24 (kind);"], []),
        (["CREATE INDEX book_pages ON ONLY book (pages);"], ["error blocking-index 1"]),
        ([EVENTS, "ALTER TABLE ONLY event ADD CONSTRAINT one UNIQUE (id, day);"], []),
        ([EVENTS, "ALTER TABLE event ADD CONSTRAINT one UNIQUE (id, day);"], ["error blocking-unique 1"]),
        (["ALTER TABLE ONLY book ADD CONSTRAINT one UNIQUE (pages);"], ["error blocking-unique 1"]),
        # CONCURRENTLY drops one index and nothing else, and never inside of a block.
        (["DROP INDEX CONCURRENTLY book_title;"], []),
        ([INDEX, "DROP INDEX CONCURRENTLY book_title, book_pages;"], ["error fails-when-run 1"]),
        (["DROP INDEX CONCURRENTLY book_title CASCADE;"], ["error fails-when-run 1"]),
        (["DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON book (pages); END $$;"], ["error fails-when-run 1"]),
        (["DO $$ BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;"], []),
        # What the files do not tell is a warning where it decides whether the table is rewritten.
        (["ALTER TABLE book ADD COLUMN at timestamp;", TO_TIMESTAMPTZ], ["warning table-rewrite 1"]),
        (
            ["ALTER TABLE book ADD COLUMN at timestamp;", f"SET timezone = 'UTC';\n{TO_TIMESTAMPTZ}\nRESET timezone;"],
            [],
        ),
        (["ALTER TABLE IF EXISTS stranger ALTER COLUMN id TYPE bigint;"], ["warning table-rewrite 1"]),
        (["ALTER TABLE IF EXISTS stranger ALTER COLUMN name TYPE text;"], []),
        (["ALTER TABLE book ADD COLUMN slug text DEFAULT our_slug();"], ["warning table-rewrite 1"]),
        ([SLUG.format(""), "ALTER TABLE book ADD COLUMN slug text DEFAULT our_slug();"], ["error table-rewrite 1"]),
        ([SLUG.format("IMMUTABLE"), "ALTER TABLE book ADD COLUMN slug text DEFAULT our_slug();"], []),
        ([SLUG.format("stable"), "ALTER TABLE book ADD COLUMN slug text DEFAULT public.our_slug();"], []),
        (["REINDEX TABLE stranger;"], ["error blocking-reindex 1"]),
        (["REINDEX INDEX stranger_id;"], ["error blocking-reindex 1"]),
        (["REINDEX INDEX CONCURRENTLY stranger_id;"], []),
        # Nobody knows the indexes of a table that the history did not make; a new column has none.
        (["ALTER TABLE IF EXISTS stranger ADD FOREIGN KEY (book_id) REFERENCES book (id) NOT VALID;"], []),
        (
            ["ALTER TABLE IF EXISTS stranger ADD COLUMN book_id bigint REFERENCES book (id);"],
            ["warning unindexed-foreign-key 1"],
        ),
        # A domain is its base type, checked where it has constraints.
        ([DOMAINS, "ALTER TABLE book ADD COLUMN x positive;"], ["error table-rewrite 1"]),
        ([DOMAINS, "ALTER TABLE book ADD COLUMN x plain;"], []),
        ([DOMAINS, "ALTER TABLE book ALTER COLUMN pages TYPE positive;"], ["error table-rewrite 1"]),
        ([DOMAINS, "ALTER TABLE book ALTER COLUMN pages TYPE plain;"], []),
        ([DOMAINS, USED, "ALTER TABLE book ALTER COLUMN x TYPE integer;"], []),
        ([DOMAINS, USED, "ALTER DOMAIN positive ADD CONSTRAINT few CHECK (VALUE < 9);"], ["warning table-scan 1"]),
        ([DOMAINS, USED, "ALTER DOMAIN positive ADD CONSTRAINT few CHECK (VALUE < 9) NOT VALID;"], []),
        ([DOMAINS, USED, "ALTER DOMAIN positive SET NOT NULL;"], ["warning table-scan 1"]),
        ([DOMAINS, USED, "ALTER DOMAIN positive SET DEFAULT 1;"], []),
        ([DOMAINS, USED, "ALTER DOMAIN plain ADD CONSTRAINT few CHECK (VALUE < 9);"], []),
        # An enum made anew under its old name: the old one is nobody's any more, and its lost value is told.
        (
            [ENUM, f"BEGIN;\n{NEW_ENUM.format(labels=SAD)}\nDROP TYPE old;\nCOMMIT;"],
            ["error narrow-column 4", "error table-rewrite 4"],
        ),
        (
            [ENUM, f"BEGIN;\n{NEW_ENUM.format(labels=SAD + OK)}\nDROP TYPE old;\nCOMMIT;"],
            ["error table-rewrite 4"],
        ),
        # A table that moves away is gone for the running release, unless something takes its name at once.
        (["ALTER TABLE book SET SCHEMA archive;"], ["error rename-table 1"]),
        (["ALTER TABLE book RENAME TO novel;\nCREATE VIEW book AS SELECT * FROM novel;"], ["error rename-table 1"]),
        (["BEGIN;\nALTER TABLE book RENAME TO novel;\nCREATE VIEW book AS SELECT * FROM novel;\nCOMMIT;"], []),
        ([COPY, f"BEGIN;\n{SWAP}\nCOMMIT;"], ["warning lock-pile-up 3"]),
        ([COPY, SWAP], ["error rename-table 1"]),
        # Making a foreign key anew checks it again.
        ([KEY_ANEW.format("")], ["error blocking-foreign-key 1"]),
        ([KEY_ANEW.format(" NOT VALID")], []),
        # A key that starts where it is told to does not start at 1.
        (["ALTER TABLE book ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;"], ["error identity-restart 1"]),
        (["ALTER TABLE book ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (START WITH 90000);"], []),
        (
            ["ALTER TABLE IF EXISTS stranger ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;"],
            ["error identity-restart 1"],
        ),
        # Nobody writes to a materialized view.
        ([VIEW, "CREATE UNIQUE INDEX titles_id ON titles (id);"], []),
        ([VIEW, "REFRESH MATERIALIZED VIEW CONCURRENTLY titles;"], []),
        ([VIEW, "REFRESH MATERIALIZED VIEW titles;"], ["error blocking-reindex 1"]),
        # The default partition is searched for rows of a new one.
        ([EVENTS, EVENT_25], []),
        ([EVENTS, REST, EVENT_25], ["warning table-scan 1"]),
        ([EVENTS, REST], []),
        (
            ["CREATE SCHEMA app;\nCREATE TABLE app.t (id int);", "ALTER SCHEMA app RENAME TO old;"],
            ["error rename-table 1"],
        ),
        # A view that goes and comes back is no second table.
        ([TITLES, f"BEGIN;\nDROP VIEW t;\n{LONGER}\n{TITLES}\nCOMMIT;"], []),
        # One pass writes the table anew and checks what stands beside it; what writes it has the remedy.
        (
            ["ALTER TABLE book ALTER pages TYPE bigint, ADD CHECK (pages > 0), ALTER pages SET NOT NULL;"],
            ["error table-rewrite 1"],
        ),
        # Arrays are cast element by element.
        (["ALTER TABLE book ADD a int[];", "ALTER TABLE book ALTER a TYPE bigint[];"], ["error table-rewrite 1"]),
        # Only locks that somebody waits for.
        (["BEGIN;\nLOCK TABLE book IN ROW EXCLUSIVE MODE;\nCOMMIT;"], []),
        (["BEGIN;\nLOCK TABLE book IN SHARE MODE;\nCOMMIT;"], ["warning explicit-lock 2"]),
        (["BEGIN;\nLOCK book;\nCOMMIT;"], ["warning explicit-lock 2"]),
        # A plain file has the transactions that BEGIN and COMMIT make.
        ([f"BEGIN;\n{TWO_TABLES}\nCOMMIT;"], ["warning lock-pile-up 3"]),
        ([TWO_TABLES], []),
        ([TWO_TABLES.replace("\n", "\nCOMMIT;\nBEGIN;\n").join(("BEGIN;", "COMMIT;"))], []),
        ([f"BEGIN;\n{CHANGE_AND_ROWS}\nCOMMIT;"], ["warning mixed-schema-and-data 3"]),
        ([CHANGE_AND_ROWS], []),
        ([CHANGE_AND_ROWS.replace("\n", "\nCOMMIT;\nBEGIN;\n").join(("BEGIN;", "COMMIT;"))], []),
    ],
)
def test_postgresql(tmp_path: Path, files: list[str], expected: list[str]) -> None:
    assert found(tmp_path, *files) == expected


@pytest.mark.parametrize(
    ("engine", "expected"),
    [("postgresql", ["warning lock-pile-up 2"]), ("sqlite", []), ("mysql", ["info unrepeatable 2"])],
)
def test_a_file_sent_as_one_string_is_a_transaction_on_postgresql(
    tmp_path: Path, engine: str, expected: list[str]
) -> None:
    files = {"m/000001_base.up.sql": "CREATE TABLE a (id int);\nCREATE TABLE b (id int);", "m/000001_base.down.sql": ""}
    files |= {"m/000002_x.up.sql": "ALTER TABLE a ADD COLUMN x int;\nALTER TABLE b ADD COLUMN x int;"}
    files |= {"m/000002_x.down.sql": "ALTER TABLE a DROP COLUMN x;\nALTER TABLE b DROP COLUMN x;"}
    findings = lint_files(tmp_path, files, f'database = "{engine}"').findings
    assert [f"{f.severity.label} {f.rule} {f.span.line}" for f in findings if "2_x" in f.path] == expected


SHOP = """\
CREATE TABLE author (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE book (id int NOT NULL PRIMARY KEY, pages int, title varchar(30)) ENGINE=InnoDB;
CREATE TABLE sale (id int, day int) PARTITION BY RANGE (day)
(PARTITION p1 VALUES LESS THAN (9), PARTITION p2 VALUES LESS THAN (99));
"""


@pytest.mark.parametrize("engine", ["mysql", "mariadb"])
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE book MODIFY pages int NOT NULL;", ["warning set-not-null 1"]),
        ("ALTER TABLE book MODIFY id int NOT NULL;", []),
        ("ALTER TABLE book MODIFY pages int;", []),
        ("ALTER TABLE book MODIFY pages bigint NOT NULL;", ["error table-rewrite 1"]),
        ("ALTER TABLE sale DROP PARTITION p1;", ["error truncate 1"]),
        ("ALTER TABLE sale TRUNCATE PARTITION p1, p2;", ["error truncate 1"]),
        ("ALTER TABLE sale ADD PARTITION (PARTITION p3 VALUES LESS THAN (999));", []),
        # What the server refuses keeps nobody waiting.
        ("ALTER TABLE book MODIFY pages bigint, ALGORITHM=INSTANT;", ["error fails-when-run 1"]),
        ("ALTER TABLE book MODIFY pages bigint, ALGORITHM=INPLACE, LOCK=NONE;", ["error fails-when-run 1"]),
        (
            "ALTER TABLE book ADD FOREIGN KEY (pages) REFERENCES author (id);",
            ["error fails-when-run 1", "error foreign-key-type-mismatch 1"],
        ),
    ],
)
def test_mysql_and_mariadb(tmp_path: Path, engine: str, sql: str, expected: list[str]) -> None:
    files = {"migrations/0001_shop.sql": SHOP, "migrations/0002_step.sql": sql}
    findings = lint_files(tmp_path, files, f'database = "{engine}"').findings
    shown = [f for f in findings if "0002" in f.path and f.severity.label in ("warning", "error")]
    assert [f"{f.severity.label} {f.rule} {f.span.line}" for f in shown] == expected


def test_an_index_is_advised_outside_of_the_block(tmp_path: Path) -> None:
    sql = "DO $$ BEGIN CREATE INDEX book_pages ON book (pages); END $$;"
    files = {"migrations/0001_base.sql": BASE, "migrations/0002_step.sql": sql}
    (finding,) = [f for f in lint_files(tmp_path, files).findings if f.rule == "blocking-index"]
    assert finding.advice.splitlines()[-1] == "CREATE INDEX CONCURRENTLY book_pages ON book (pages);"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("ALTER TABLE event ADD CHECK (id > 0);", "ALTER TABLE takes ACCESS EXCLUSIVE on event and scans it"),
        ("CREATE UNIQUE INDEX day ON event (id, day);", "CREATE UNIQUE INDEX takes SHARE on event and builds"),
    ],
)
def test_a_name_that_is_a_word_too(tmp_path: Path, sql: str, message: str) -> None:
    files = {"migrations/0001_base.sql": "CREATE TABLE event (id bigint, day date);", "migrations/0002_step.sql": sql}
    (found,) = [f for f in lint_files(tmp_path, files).findings if f.severity.label == "error"]
    assert found.message.startswith(message)
