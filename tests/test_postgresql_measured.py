"""Effects measured again on a real server: generated tables and changes of them, predicted against what happened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from migration_lint.databases.postgresql import PostgreSQL, functions
from migration_lint.effects import Effect
from tests.effects_meter import Meter, without_locks
from tests.postgres_server import PostgresServer

ROWS = 200
FIXED = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)

# Each type with an SQL expression for the value of row g.
VALUES = {
    "smallint": "g",
    "integer": "g",
    "bigint": "g",
    "oid": "g::oid",
    "numeric": "g",
    "numeric(10,2)": "g",
    "numeric(12,2)": "g",
    "numeric(12,4)": "g",
    "real": "g",
    "double precision": "g",
    "varchar": "g::text",
    "varchar(20)": "g::text",
    "varchar(50)": "'a longer text than twenty ' || g",
    "text": "g::text",
    "char(10)": "g::text",
    "char(20)": "g::text",
    "citext": "g::text",
    "boolean": "g % 2 = 0",
    "date": "date '2020-01-01' + g::int",
    "timestamp": "timestamp '2020-01-01' + g * interval '1 day'",
    "timestamp(3)": "timestamp '2020-01-01' + g * interval '1 day'",
    "timestamptz": "timestamptz '2020-01-01' + g * interval '1 day'",
    "timestamptz(3)": "timestamptz '2020-01-01' + g * interval '1 day'",
    "time": "time '00:00' + g * interval '1 minute'",
    "time(3)": "time '00:00' + g * interval '1 minute'",
    "interval": "g * interval '1 day'",
    "interval(3)": "g * interval '1 day'",
    "uuid": "lpad(g::text, 32, '0')::uuid",
    "json": "to_json(g)",
    "jsonb": "to_jsonb(g)",
    "bytea": "convert_to(g::text, 'UTF8')",
    "inet": "inet '10.0.0.0' + g",
    "cidr": "('10.0.' || (g % 256) || '.0/24')::cidr",
    "varbit(16)": "g::int::bit(16)",
    "varbit": "g::int::bit(16)",
    "varchar(20)[]": "array[g::text]",
    "varchar(50)[]": "array[g::text]",
    "text[]": "array[g::text]",
    "integer[]": "array[g]",
    "bigint[]": "array[g]",
}
NO_ORDER = ("json",)
TEXTS = ("varchar", "varchar(20)", "varchar(50)", "text", "char(10)", "char(20)", "citext")
NUMBERS = ("smallint", "integer", "bigint", "numeric", "numeric(10,2)", "numeric(12,2)", "numeric(12,4)")
ALIKE = {
    "text": TEXTS,
    "number": NUMBERS,
    "moment": ("date", "timestamp", "timestamp(3)", "timestamptz", "timestamptz(3)"),
    "array": ("varchar(20)[]", "varchar(50)[]", "text[]", "integer[]", "bigint[]"),
    "bits": ("varbit(16)", "varbit"),
    "network": ("inet", "cidr"),
    "time": ("time", "time(3)", "interval", "interval(3)"),
    "any": tuple(VALUES),
}
ERRORS = {
    "ActiveSqlTransaction": {"in-transaction"},
    "CannotCoerce": {"invalid-cast"},
    "CheckViolation": {"check-violated"},
    "DatatypeMismatch": {"invalid-cast", "invalid-definition"},
    "DependentObjectsStillExist": {"dependent-object"},
    "FeatureNotSupported": {"dependent-object", "referenced-table"},
    "ForeignKeyViolation": {"foreign-key-violated"},
    "InvalidBinaryRepresentation": {"invalid-cast"},
    "InvalidDatetimeFormat": {"invalid-cast"},
    "InvalidForeignKey": {"invalid-definition"},
    "InvalidTableDefinition": {"invalid-definition"},
    "InvalidTextRepresentation": {"invalid-cast"},
    "NotNullViolation": {"null-values", "not-null-without-default"},
    "NumericValueOutOfRange": {"out-of-range"},
    "ObjectInUse": {"pending-trigger-events"},
    "StringDataRightTruncation": {"too-long"},
    "UniqueViolation": {"duplicates"},
    "WrongObjectType": {"invalid-definition"},
}
# That a name is taken, or is none, is for the replay of the history to say; what a row breaks, for nobody.
WRONG_NAMES = ("Duplicate", "Undefined")


@pytest.fixture(scope="module")
def meter(postgres: PostgresServer) -> Iterator[Meter]:
    with postgres.database() as name, postgres.connect(name) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield Meter(connection, PostgreSQL((postgres.version,)))


def compare(meter: Meter, sql: str, ignored: tuple[str, ...] = ("ACCESS SHARE",)) -> bool:
    """Whether the server took the statement; fails where it did something else than predicted.

    Locks of the modes `ignored` are not compared: any look into a table takes ACCESS SHARE.
    """
    effect, predicted, measured = meter.run(sql)
    if measured.error is not None and (measured.error.startswith(WRONG_NAMES) or sql.startswith(("INSERT", "UPDATE"))):
        return False
    if measured.error is not None:
        kinds = {failure.kind for failure in effect.failures}
        assert measured.error in ERRORS, (sql, measured)
        assert kinds & ERRORS[measured.error], (sql, measured, effect.failures)
        return False
    assert [failure for failure in effect.failures if failure.rows is None] == [], sql
    assert without_locks(predicted, ignored) == without_locks(measured, ignored), (sql, explain(effect))
    for work in effect.work:
        assert work.under.name == measured.locks[work.table], sql
    return True


def explain(effect: Effect) -> str:
    return "\n".join(map(str, (*effect.locks, *effect.work, *effect.unknown)))


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], str, str]:
    """The statements that make a table `t` with a column `x` and things that hang on it; its type, and a new one."""
    alike = draw(st.sampled_from(sorted(ALIKE)))
    old, new = draw(st.sampled_from(ALIKE[alike])), draw(st.sampled_from(ALIKE[alike]))
    ordered = old not in NO_ORDER
    nulls = draw(st.booleans())
    attributes = draw(st.sampled_from(["", "", ' COLLATE "C"'])) if old in TEXTS else ""
    generated = draw(st.integers(0, 9)) == 0
    columns = ["id integer PRIMARY KEY", f"x {old}{attributes}", "n integer"]
    if generated:
        columns.append("g boolean GENERATED ALWAYS AS (x IS NULL) STORED")
    setup = [f"CREATE TABLE t ({', '.join(columns)})"]
    value = "NULL" if nulls else VALUES[old]
    setup.append(f"INSERT INTO t (id, x, n) SELECT g, {value}, g FROM generate_series(1, {ROWS}) g")
    unique = ordered and old not in ("boolean", "cidr", "char(10)") and draw(st.booleans())
    if unique:
        setup.append("ALTER TABLE t ADD CONSTRAINT t_uq UNIQUE (x)")
        if "[" not in old and draw(st.booleans()):
            setup.append(f"CREATE TABLE child (id integer PRIMARY KEY, y {old}{attributes} REFERENCES t (x))")
            setup.append("INSERT INTO child SELECT id, x FROM t")
    for wanted, sql in (
        (ordered, "CREATE INDEX t_plain ON t (x)"),
        (ordered, "CREATE INDEX t_second ON t (n, x)"),
        (ordered, "CREATE INDEX t_include ON t (n) INCLUDE (x)"),
        (True, "CREATE INDEX t_partial ON t (n) WHERE x IS NOT NULL"),
        (ordered, "CREATE INDEX t_where_other ON t (x) WHERE n > 5"),
        (True, "CREATE INDEX t_expression ON t ((x IS NULL))"),
        (old.startswith("varchar") and "[" not in old, "CREATE INDEX t_like ON t (x varchar_pattern_ops)"),
        (True, "ALTER TABLE t ADD CONSTRAINT t_check CHECK (x IS NOT NULL OR n > 0)"),
        (True, "ALTER TABLE t ADD CONSTRAINT t_unchecked CHECK (x IS NULL OR n > 0) NOT VALID"),
        (True, "ALTER TABLE t ADD CONSTRAINT t_other CHECK (n > 0)"),
    ):
        if wanted and draw(st.integers(0, 3)) == 0:
            setup.append(sql)
    if draw(st.integers(0, 9)) == 0:
        setup.append("CREATE VIEW v AS SELECT id, x FROM t")
    setup.append("CREATE VIEW w AS SELECT id, n FROM t")
    return setup, old, new


@FIXED
@given(case=tables(), using=st.sampled_from(["", "", "cast", "bare", "double"]), collate=st.booleans())
def test_changed_types(meter: Meter, case: tuple[list[str], str, str], using: str, collate: bool) -> None:
    setup, old, new = case
    expression = {"": "", "cast": f" USING x::{new}", "bare": " USING x", "double": f' USING CAST("x"::{old} AS {new})'}
    collation = ' COLLATE "C"' if collate and new in TEXTS else ""
    meter.start(setup, {"t": ROWS, "child": ROWS})
    compare(meter, f"ALTER TABLE t ALTER COLUMN x TYPE {new}{collation}{expression[using]}")


SHOP = [
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN plain AS integer",
    "CREATE TYPE mood AS ENUM ('ok', 'sad')",
    "CREATE TABLE author (id bigint PRIMARY KEY, name varchar(50), code integer CONSTRAINT author_code UNIQUE)",
    "CREATE TABLE book (id bigint PRIMARY KEY, title varchar(50) NOT NULL, n integer, m integer, a bigint, u integer)",
    "ALTER TABLE book ADD x bigint CONSTRAINT book_x REFERENCES author (id) DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE book ADD d bigint CONSTRAINT book_d REFERENCES author (id)",
    "ALTER TABLE book ADD self bigint CONSTRAINT book_self REFERENCES book (id)",
    "ALTER TABLE book ADD p positive",
    "CREATE TABLE review (id bigint PRIMARY KEY, mood mood)",
    "ALTER TABLE review ADD book bigint CONSTRAINT review_book REFERENCES book (id) DEFERRABLE INITIALLY DEFERRED",
    "CREATE TABLE lone (id bigint PRIMARY KEY, n integer)",
    "CREATE TABLE event (id bigint, day integer NOT NULL, kind text) PARTITION BY RANGE (day)",
    "ALTER TABLE event ADD CONSTRAINT event_few CHECK (id > 0)",
    "CREATE TABLE event_rest PARTITION OF event DEFAULT",
    "CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (1000)",
    f"INSERT INTO author SELECT g, 'a' || g, g FROM generate_series(1, {ROWS}) g",
    f"INSERT INTO book SELECT g, 't' || g, g, NULL, g, g, g, g, g FROM generate_series(1, {ROWS}) g",
    f"INSERT INTO review SELECT g, 'ok', g FROM generate_series(1, {ROWS}) g",
    f"INSERT INTO lone SELECT g, g FROM generate_series(1, {ROWS}) g",
    f"INSERT INTO event SELECT g, g + 5000, 'k' FROM generate_series(1, {ROWS}) g",
    "CREATE TABLE animal (id bigint)",
    "CREATE TABLE dog () INHERITS (animal)",
    "CREATE TABLE cat (id bigint)",
    f"INSERT INTO event SELECT g, g, 'k' FROM generate_series(1, {ROWS}) g",
    "UPDATE book SET p = 1",
    "VACUUM FULL book",
    "CREATE INDEX book_title ON book (title)",
    "CREATE UNIQUE INDEX book_u ON book (u)",
    "CREATE UNIQUE INDEX book_part ON book (n) WHERE n > 3",
    "ALTER TABLE book ADD CONSTRAINT book_check CHECK (n > 0)",
    "ALTER TABLE book ADD CONSTRAINT book_later CHECK (a > 0) NOT VALID",
    "ALTER TABLE book ADD CONSTRAINT book_a_set CHECK (a IS NOT NULL)",
    "ALTER TABLE book ADD CONSTRAINT book_a FOREIGN KEY (a) REFERENCES author (id) NOT VALID",
    "CREATE VIEW v AS SELECT id, title FROM book",
]
STATEMENTS = (
    *(
        f"ALTER TABLE book ADD COLUMN y {column}"
        for column in (
            "integer",
            "integer NOT NULL",
            "integer DEFAULT 3",
            "integer NOT NULL DEFAULT 3",
            "integer DEFAULT 3 CHECK (y > 0)",
            "integer CHECK (y > 0)",
            "integer UNIQUE",
            "integer DEFAULT 1 UNIQUE",
            "bigint REFERENCES author (id)",
            "bigint DEFAULT 1 REFERENCES author (id)",
            "bigint REFERENCES book (id)",
            "text REFERENCES author (id)",
            "text REFERENCES author (name)",
            "integer DEFAULT 1 PRIMARY KEY",
            "bigserial",
            "bigint GENERATED BY DEFAULT AS IDENTITY",
            "bigint GENERATED ALWAYS AS (n + 1) STORED",
            "timestamptz DEFAULT now()",
            "timestamptz DEFAULT statement_timestamp()",
            "timestamptz DEFAULT clock_timestamp()",
            "timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP",
            "uuid DEFAULT gen_random_uuid()",
            "double precision DEFAULT random()",
            "text DEFAULT lower('A')",
            "positive",
            "positive DEFAULT 1",
            "plain",
            "plain DEFAULT 1",
            "mood",
            "mood DEFAULT 'ok'",
            "integer[] DEFAULT '{}'",
            'citext COLLATE "C"',
        )
    ),
    "ALTER TABLE book ADD COLUMN y integer, ADD COLUMN z integer DEFAULT 4, ADD CONSTRAINT yz CHECK (z > 0)",
    "ALTER TABLE book ADD COLUMN y bigint REFERENCES author (id), ADD COLUMN z integer",
    "ALTER TABLE book ALTER COLUMN n TYPE bigint, ALTER COLUMN n SET NOT NULL",
    "ALTER TABLE book ALTER COLUMN m SET DEFAULT 4, ALTER COLUMN n SET NOT NULL",
    "ALTER TABLE book ALTER COLUMN n SET NOT NULL",
    "ALTER TABLE book ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE book ALTER COLUMN a SET NOT NULL, DROP CONSTRAINT book_a_set",
    "ALTER TABLE book ALTER COLUMN a TYPE integer, ALTER COLUMN a SET NOT NULL, DROP CONSTRAINT book_a_set",
    "ALTER TABLE book ADD CONSTRAINT book_check CHECK (n > 1), DROP CONSTRAINT book_check",
    "ALTER TABLE book ALTER COLUMN m SET NOT NULL",
    "ALTER TABLE book ALTER COLUMN title SET NOT NULL",
    "ALTER TABLE book ALTER COLUMN title DROP NOT NULL",
    "ALTER TABLE book ALTER COLUMN n SET DEFAULT 3",
    "ALTER TABLE book ALTER COLUMN n DROP DEFAULT",
    "ALTER TABLE book ALTER COLUMN n SET STATISTICS 50",
    "ALTER TABLE book ALTER COLUMN n SET (n_distinct = 5)",
    "ALTER TABLE book ALTER COLUMN title SET STORAGE PLAIN",
    "ALTER TABLE book DROP COLUMN n",
    "ALTER TABLE book DROP COLUMN title",
    "ALTER TABLE book DROP COLUMN title CASCADE",
    "ALTER TABLE book DROP COLUMN x",
    "ALTER TABLE book DROP COLUMN x, DROP COLUMN d",
    "ALTER TABLE author DROP COLUMN code",
    "ALTER TABLE author DROP COLUMN id",
    "ALTER TABLE author DROP COLUMN id CASCADE",
    "ALTER TABLE book RENAME COLUMN n TO nn",
    "ALTER TABLE book ADD CONSTRAINT c CHECK (n > 0)",
    "ALTER TABLE book ADD CONSTRAINT c CHECK (n > 0) NOT VALID",
    "ALTER TABLE book ADD CONSTRAINT c CHECK (n > 50)",
    "ALTER TABLE book ADD CONSTRAINT c CHECK (n IS NOT NULL)",
    "ALTER TABLE book ADD CONSTRAINT c UNIQUE (n)",
    "ALTER TABLE book ADD CONSTRAINT c UNIQUE (n, title)",
    "ALTER TABLE book ADD CONSTRAINT cu UNIQUE USING INDEX book_u",
    "ALTER TABLE book ADD CONSTRAINT cu UNIQUE USING INDEX book_title",
    "ALTER TABLE book ADD CONSTRAINT cu UNIQUE USING INDEX book_part",
    "ALTER TABLE book ADD CONSTRAINT c EXCLUDE USING btree (n WITH =)",
    "ALTER TABLE book ADD CONSTRAINT c FOREIGN KEY (n) REFERENCES author (code)",
    "ALTER TABLE book ADD CONSTRAINT c FOREIGN KEY (n) REFERENCES author (code) NOT VALID",
    "ALTER TABLE book ADD CONSTRAINT c FOREIGN KEY (n) REFERENCES book (id)",
    "ALTER TABLE book ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES author (id) DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE book ADD PRIMARY KEY (n)",
    "ALTER TABLE book VALIDATE CONSTRAINT book_later",
    "ALTER TABLE book VALIDATE CONSTRAINT book_a",
    "ALTER TABLE book VALIDATE CONSTRAINT book_check",
    "ALTER TABLE book DROP CONSTRAINT book_check",
    "ALTER TABLE book DROP CONSTRAINT book_x",
    "ALTER TABLE book DROP CONSTRAINT book_self",
    "ALTER TABLE book DROP CONSTRAINT book_pkey",
    "ALTER TABLE book DROP CONSTRAINT book_pkey CASCADE",
    "ALTER TABLE author DROP CONSTRAINT author_code",
    "ALTER TABLE book ALTER CONSTRAINT book_x NOT DEFERRABLE",
    "ALTER TABLE book RENAME CONSTRAINT book_x TO book_xx",
    "ALTER TABLE author ALTER COLUMN id TYPE integer",
    "ALTER TABLE author ALTER COLUMN id TYPE bigint",
    "ALTER TABLE book ALTER COLUMN x TYPE integer",
    "ALTER TABLE book ALTER COLUMN x TYPE numeric",
    "CREATE INDEX i ON book (n)",
    "CREATE INDEX i ON book (lower(title)) WHERE n > 3",
    "CREATE UNIQUE INDEX i ON book (n)",
    "CREATE UNIQUE INDEX i ON book ((n % 3))",
    "CREATE INDEX i ON author USING hash (name)",
    "CREATE INDEX CONCURRENTLY i ON book (n)",
    "DROP INDEX CONCURRENTLY book_title",
    "DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON book (n); END $$",
    "CREATE INDEX i ON ONLY book (n)",
    "CREATE INDEX i ON ONLY event (kind)",
    "CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (1000) TO (2000)",
    "ALTER TABLE event DETACH PARTITION event_1",
    "ALTER TABLE ONLY event ADD CONSTRAINT event_one UNIQUE (id, day)",
    "ALTER TABLE event ADD COLUMN x integer",
    "ALTER TABLE event ADD COLUMN x integer NOT NULL DEFAULT 3",
    "ALTER TABLE event DROP COLUMN kind",
    "ALTER TABLE event RENAME COLUMN kind TO sort",
    "ALTER TABLE event ALTER COLUMN kind TYPE varchar",
    "ALTER TABLE event ALTER COLUMN kind SET DEFAULT 'x'",
    "ALTER TABLE event ALTER COLUMN kind DROP DEFAULT",
    "ALTER TABLE event ALTER COLUMN kind DROP NOT NULL",
    "ALTER TABLE event ALTER COLUMN day DROP NOT NULL",
    "ALTER TABLE event ADD CONSTRAINT c CHECK (kind <> '') NOT VALID",
    "ALTER TABLE event ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES author (id) NOT VALID",
    "ALTER TABLE event DROP CONSTRAINT event_few",
    "ALTER TABLE event RENAME CONSTRAINT event_few TO few",
    "ALTER TABLE event OWNER TO CURRENT_USER",
    "COMMENT ON COLUMN event.kind IS 'x'",
    "ALTER TABLE event DISABLE TRIGGER USER",
    "TRUNCATE event",
    "DROP TABLE event",
    "LOCK TABLE event IN SHARE MODE",
    "ALTER TABLE event DETACH PARTITION event_1 CONCURRENTLY",
    "ALTER TABLE dog NO INHERIT animal",
    "ALTER TABLE cat INHERIT animal",
    "DROP INDEX book_title",
    "DROP INDEX author_code",
    "ALTER INDEX book_title RENAME TO book_title2",
    "REINDEX TABLE book",
    "REINDEX INDEX book_title",
    "REINDEX TABLE CONCURRENTLY book",
    "CLUSTER book USING book_title",
    "CREATE TABLE other (id bigint PRIMARY KEY, book bigint REFERENCES book (id))",
    "CREATE TABLE other (id bigint PRIMARY KEY, a bigint REFERENCES other (id), b text REFERENCES author (id))",
    "CREATE TABLE other (id bigint PRIMARY KEY, other integer REFERENCES other (id))",
    "CREATE TABLE other (id bigint PRIMARY KEY, author varchar(9) REFERENCES author (name))",
    "DROP TABLE lone",
    "DROP TABLE review",
    "DROP TABLE book",
    "DROP TABLE book CASCADE",
    "DROP TABLE author CASCADE",
    "TRUNCATE lone",
    "TRUNCATE book",
    "VACUUM book",
    "ANALYZE book",
    "ALTER TABLE book ALTER COLUMN n TYPE positive",
    "ALTER TABLE book ALTER COLUMN n TYPE plain",
    "ALTER TABLE book ALTER COLUMN p TYPE integer",
    "ALTER TABLE book ALTER COLUMN p TYPE bigint",
    "ALTER TABLE book ALTER COLUMN p TYPE plain",
    "ALTER DOMAIN positive ADD CONSTRAINT few CHECK (VALUE < 9000)",
    "ALTER DOMAIN positive ADD CONSTRAINT few CHECK (VALUE < 9000) NOT VALID",
    "ALTER DOMAIN positive SET NOT NULL",
    "ALTER DOMAIN positive DROP NOT NULL",
    "ALTER DOMAIN positive SET DEFAULT 3",
    "ALTER DOMAIN plain ADD CONSTRAINT few CHECK (VALUE < 9000)",
    "ALTER TABLE lone SET UNLOGGED",
    "ALTER TABLE lone SET LOGGED",
    "ALTER TABLE book SET (fillfactor = 80)",
    "ALTER TABLE book DISABLE TRIGGER USER",
    "ALTER TABLE book ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE book REPLICA IDENTITY FULL",
    "ALTER TABLE book CLUSTER ON book_title",
    "CREATE TRIGGER tr BEFORE UPDATE ON book FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE POLICY p ON book USING (true)",
    "COMMENT ON TABLE book IS 'b'",
    "COMMENT ON COLUMN book.n IS 'b'",
    "LOCK TABLE book IN SHARE MODE",
    "ALTER TYPE mood ADD VALUE 'new'",
    "INSERT INTO book (id, title, x) VALUES (1000, 'a', 1)",
    "INSERT INTO book (id, title) VALUES (1001, 'a')",
    "INSERT INTO book (id, title, d) VALUES (1002, 'a', 1)",
    "INSERT INTO lone (id) VALUES (1000)",
    "UPDATE book SET n = 777 WHERE id = 1",
    "UPDATE book SET x = 5 WHERE id = 2",
    "UPDATE book SET x = x WHERE id = 3",
    "UPDATE book SET x = NULL WHERE id = 4",
    "DELETE FROM review WHERE id = 1",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "SET CONSTRAINTS book_x IMMEDIATE",
)


def test_volatility_is_the_servers(postgres: PostgresServer) -> None:
    """Functions of several volatilities, such as length, count as the weaker one."""
    sql = "SELECT proname, provolatile::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
    found: dict[str, set[str]] = {}
    with postgres.connect() as connection:
        for name, volatile in connection.execute(sql).fetchall():
            found.setdefault(str(name), set()).add(str(volatile))
    wrong = {
        name: found[name]
        for listed, mark in ((functions.VOLATILE, "v"), (functions.STABLE, "s"), (functions.IMMUTABLE, "i"))
        for name in listed & found.keys()
        if mark not in found[name]
    }
    assert wrong == {}


def start_shop(meter: Meter) -> None:
    meter.start(SHOP, dict.fromkeys(("author", "book", "review", "lone", "event_1", "event_rest"), ROWS))


@pytest.mark.parametrize("sql", STATEMENTS)
def test_each_statement(meter: Meter, sql: str) -> None:
    start_shop(meter)
    compare(meter, sql)


@FIXED
@given(case=st.lists(st.sampled_from(STATEMENTS), min_size=2, max_size=4, unique=True))
def test_statements_of_one_transaction(meter: Meter, case: list[str]) -> None:
    start_shop(meter)
    for sql in case:
        # A row that the transaction itself wrote is looked up again even where its foreign key stays.
        if not compare(meter, sql, ("ACCESS SHARE", "ROW SHARE")):
            break


def test_a_foreign_key_compares_text_and_varchar_as_text_and_integers_each_their_own_way(
    postgres: PostgresServer,
) -> None:
    with postgres.database() as name, postgres.connect(name) as connection:
        connection.execute("CREATE TABLE a (v varchar(9) UNIQUE, t text UNIQUE, i integer UNIQUE, b bigint UNIQUE)")
        connection.execute(
            "CREATE TABLE c (t text CONSTRAINT c1 REFERENCES a (v), v varchar(9) CONSTRAINT c2 REFERENCES a (t),"
            " i integer CONSTRAINT c3 REFERENCES a (b))"
        )
        rows = connection.execute(
            "SELECT conname, oprleft::regtype::text, oprright::regtype::text FROM pg_constraint"
            " JOIN pg_operator ON pg_operator.oid = conpfeqop[1] WHERE contype = 'f' ORDER BY 1"
        ).fetchall()
    assert rows == [("c1", "text", "text"), ("c2", "text", "text"), ("c3", "bigint", "integer")]


@pytest.mark.parametrize(("where", "scans"), [("author_id IS NOT NULL", ["index"]), ("sold", ["table"])])
def test_what_a_deleted_row_is_looked_up_by(postgres: PostgresServer, where: str, scans: list[str]) -> None:
    """`unindexed-foreign-key`: an index of all rows that refer to something serves the foreign key."""
    with postgres.database() as database, postgres.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE author (id bigint PRIMARY KEY)")
        connection.execute(
            "CREATE TABLE book (id bigint PRIMARY KEY, sold boolean, author_id bigint REFERENCES author (id))"
        )
        connection.execute(f"CREATE INDEX book_author ON book (author_id) WHERE {where}")
        connection.execute("INSERT INTO author SELECT g FROM generate_series(1, 5000) g")
        connection.execute("INSERT INTO book SELECT g, g % 2 = 0, g FROM generate_series(1, 4000) g")
        connection.execute("ANALYZE")
        counts = "SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'book'"
        with connection.transaction():
            [before] = connection.execute(counts).fetchall()
            connection.execute("DELETE FROM author WHERE id = 4500")
            [after] = connection.execute(counts).fetchall()
    assert [
        name for name, *count in zip(("table", "index"), before, after, strict=True) if count[0] != count[1]
    ] == scans
