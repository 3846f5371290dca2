"""Our reader against PostgreSQL's own grammar: kind, table, column and more must agree on generated statements."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migration_lint.readers.sql import read_sql
from tests.sql_grammar import agree, grammar_facts, reader_facts

NAMES = ["a", "Book", '"Book"', '"a b"', '"x""y"', "begin", "value", "type", '"table"', "é", "a1$", "action", "key"]
names = st.sampled_from(NAMES)
tables = st.one_of(names, st.tuples(names, names).map(".".join))
types = st.sampled_from(
    [
        "int",
        "varchar(20)",
        "character varying (20)",
        "numeric(10, 2)",
        "timestamp(3) with time zone",
        "double precision",
        "text[]",
        "int ARRAY[3]",
        "public.citext",
        "interval day to second",
        '"Mood"',
        "bit varying(5)",
        "bigserial",
    ]
)
operands = st.one_of(
    names,
    st.sampled_from(
        [
            "1",
            "-1.5e3",
            "'it''s; x'",
            "E'a\\'b'",
            "$$;$$",
            "now()",
            "NULL",
            "TRUE",
            "s.f(a, 'b')",
            "U&'\\0041'",
            "'x'::text",
        ]
    ),
)
expressions = st.recursive(
    operands,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " || ", " -> "]), inner).map("".join),
        inner.map("({})".format),
        inner.map("lower({})".format),
        inner.map("CAST({} AS numeric(10, 2))".format),
        inner.map("CASE WHEN a THEN {} ELSE 1 END".format),
        inner.map("ARRAY[{}]".format),
    ),
    max_leaves=4,
)
conditions = st.one_of(
    expressions.map("{} IS NOT NULL".format),
    st.tuples(expressions, expressions).map("{0[0]} = {0[1]}".format),
    st.tuples(names, names).map("{0[0]} BETWEEN 1 AND 2 AND {0[1]} IN (1, 2)".format),
)
actions = st.sampled_from(["", " ON DELETE CASCADE", " ON UPDATE NO ACTION ON DELETE SET NULL", " MATCH FULL"])
deferrals = st.sampled_from(["", " DEFERRABLE", " NOT DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"])


def clause(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """`text` with each `{}` drawn from one of `parts`."""
    return st.tuples(*parts).map(lambda drawn: text.format(*drawn))


def lists(parts: st.SearchStrategy[str], max_size: int = 3) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=max_size, unique=True).map(", ".join)


column_constraints = st.lists(
    st.one_of(
        st.sampled_from(["NOT NULL", "UNIQUE", 'COLLATE "C"', "UNIQUE NULLS NOT DISTINCT"]),
        clause("DEFAULT {}", operands),
        clause("CHECK ({})", conditions),
        clause("CONSTRAINT {} CHECK ({})", names, conditions),
        clause("REFERENCES {} ({}){}{}", tables, names, actions, deferrals),
        clause("GENERATED ALWAYS AS ({}) STORED", expressions),
    ),
    max_size=3,
    unique_by=lambda text: text.split()[0],
).map(" ".join)
columns = clause("{} {} {}", names, types, column_constraints)
table_constraints = st.one_of(
    clause("PRIMARY KEY ({})", lists(names)),
    clause("CONSTRAINT {} UNIQUE ({}){}", names, lists(names), deferrals),
    clause("UNIQUE ({}) INCLUDE ({})", names, lists(names)),
    clause("CHECK ({})", conditions),
    clause("FOREIGN KEY ({}) REFERENCES {}{}{}", names, tables, actions, deferrals),
    clause("CONSTRAINT {} EXCLUDE USING gist ({} WITH =) WHERE ({})", names, names, conditions),
)
optional = st.sampled_from(["", "IF EXISTS "])
behaviours = st.sampled_from(["", " CASCADE", " RESTRICT"])
subcommands = st.one_of(
    clause("ADD {}", columns),
    clause("ADD COLUMN IF NOT EXISTS {}", columns),
    clause("ADD {}", table_constraints),
    clause("ADD CONSTRAINT {} CHECK ({}) NOT VALID", names, conditions),
    clause("ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) NOT VALID", names, names, tables, names),
    clause("ADD CONSTRAINT {} UNIQUE USING INDEX {}", names, names),
    clause("ADD CONSTRAINT {} NOT NULL {}", names, names),
    clause("DROP COLUMN {}{}{}", optional, names, behaviours),
    clause("DROP {}{}", names.filter(lambda name: name != "constraint"), behaviours),
    clause("DROP CONSTRAINT {}{}{}", optional, names, behaviours),
    clause("ALTER {} SET DATA TYPE {} USING {}", names, types.filter(lambda t: "serial" not in t), expressions),
    clause("ALTER COLUMN {} TYPE text COLLATE \"C\"", names),
    clause("ALTER {} SET DEFAULT {}", names, expressions),
    clause("ALTER {} {}", names, st.sampled_from(
        ["DROP DEFAULT", "SET NOT NULL", "DROP NOT NULL", "DROP IDENTITY", "SET STATISTICS 5", "SET STORAGE PLAIN",
         "ADD GENERATED ALWAYS AS IDENTITY", "DROP EXPRESSION", "SET (n_distinct = 5)", "RESTART WITH 5",
         "SET COMPRESSION lz4"])),
    clause("VALIDATE CONSTRAINT {}", names),
    clause("ALTER CONSTRAINT {}{}", names, deferrals),
    st.sampled_from(
        ["SET LOGGED", "SET UNLOGGED", "DISABLE TRIGGER ALL", "ENABLE ROW LEVEL SECURITY", "SET WITHOUT CLUSTER",
         "SET (fillfactor = 70)", "RESET (fillfactor)", "REPLICA IDENTITY FULL", "INHERIT p", "OWNER TO CURRENT_USER",
         "CLUSTER ON i", "SET TABLESPACE fast", "SET ACCESS METHOD heap", "NO FORCE ROW LEVEL SECURITY"]
    ),
)  # fmt: skip
wheres = st.one_of(st.just(""), clause(" WHERE {}", conditions))
keys = clause(
    "{}{}",
    st.one_of(names, clause("({})", expressions), clause("lower({})", names)),
    st.sampled_from(["", " DESC", " text_pattern_ops", ' COLLATE "C" ASC NULLS FIRST']),
)
statements = st.one_of(
    clause("ALTER TABLE {}{}{} {}", optional, st.sampled_from(["", "ONLY "]), tables, lists(subcommands, 4)),
    clause("ALTER TABLE {} RENAME {} TO {}", tables, names, names),
    clause("ALTER TABLE {} RENAME TO {}", tables, names),
    clause("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", tables, names, names),
    clause("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES IN (1)", tables, tables),
    clause("ALTER TABLE {} DETACH PARTITION {} CONCURRENTLY", tables, tables),
    st.tuples(
        st.sampled_from(["", "UNLOGGED ", "TEMP "]),
        tables,
        st.lists(columns, min_size=1, max_size=3, unique_by=lambda text: text.split()[0].lower().strip('"')),
        st.lists(table_constraints, max_size=2, unique_by=lambda text: text[:3]),
    ).map(lambda t: f"CREATE {t[0]}TABLE {t[1]} ({', '.join([*t[2], *t[3]])})"),
    clause("CREATE TABLE IF NOT EXISTS {} AS SELECT {}", tables, expressions),
    clause("DROP TABLE {}{}{}", optional, lists(tables), behaviours),
    clause("DROP {} {}{}{}", st.sampled_from(["VIEW", "TYPE", "SEQUENCE", "SCHEMA"]), optional, names, behaviours),
    clause("CREATE {}INDEX {}{} ON {} ({}){}", st.sampled_from(["", "UNIQUE "]), st.sampled_from(["", "CONCURRENTLY "]),
           names, tables, keys, wheres),
    clause("CREATE INDEX IF NOT EXISTS {} ON {} USING gin ({}, {})", names, tables, keys, keys),
    clause("DROP INDEX {}{}", optional, tables),
    clause("ALTER INDEX {} RENAME TO {}", tables, names),
    clause("INSERT INTO {} ({}) VALUES ({}), ({})", tables, names, expressions, expressions),
    clause("INSERT INTO {} SELECT {} FROM {}", tables, expressions, tables),
    clause("UPDATE {} SET {} = {}, {} = {} WHERE {} > 1", tables, names, expressions, names, expressions, names),
    clause("UPDATE {} SET {} = {}", tables, names, expressions),
    clause("DELETE FROM {} WHERE {} > 1", tables, names),
    clause("DELETE FROM {}", tables),
    clause("TRUNCATE {}{}", lists(tables), behaviours),
    clause("COMMENT ON TABLE {} IS 'it''s'", tables),
    clause("CREATE TYPE {} AS ENUM ('a', 'b')", tables),
    clause("ALTER TYPE {} ADD VALUE 'c;' AFTER 'b'", tables),
    clause("GRANT SELECT ON {} TO PUBLIC", tables),
    clause("SELECT {} FROM {} JOIN {} ON {}", expressions, tables, tables, conditions),
    clause("CREATE VIEW {} AS SELECT {} FROM {}", tables, expressions, tables),
    clause("LOCK TABLE {} IN SHARE MODE", tables),
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(statements, min_size=1, max_size=3))
def test_both_read_the_same(sql: list[str]) -> None:
    # One text of several statements tests the splitter, too.
    text = ";\n".join(sql)
    grammar = grammar_facts(text)
    named = [fact[:3] for facts in grammar for fact in facts if fact[0] == "constraint" and fact[2]]
    assume(len(named) == len({name for _, _, name in named}))  # the server refuses two of one name
    commands = list(read_sql(text, "postgresql"))
    assert len(commands) == len(grammar)
    for command, expected in zip(commands, grammar, strict=True):
        found = reader_facts(command)
        assert agree(expected, found), (command.sql, expected, found)


COMMENTS = st.sampled_from([" ", "\n", "\t", " /* ; 'x */ ", " -- it's;\n", " /* /* */ ; */ "])


@settings(max_examples=100, deadline=None)
@given(statements, st.data())
def test_white_space_case_and_comments_change_nothing(sql: str, data: st.DataObject) -> None:
    words = sql.split(" ")
    quoted = any(character in sql for character in "'\"$")
    spaced = sql if quoted else "".join(word + data.draw(COMMENTS) for word in words)
    expected = [reader_facts(command) for command in read_sql(sql, "postgresql")]
    assert [reader_facts(command) for command in read_sql(spaced, "postgresql")] == expected
    if not quoted:
        lowered = [reader_facts(command) for command in read_sql(sql.lower(), "postgresql")]
        assert lowered == expected
