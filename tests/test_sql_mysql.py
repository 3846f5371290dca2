"""What MySQL and MariaDB statements ask for, stated literally."""

from __future__ import annotations

import pytest

from migration_lint.model import statements as s
from migration_lint.model.tables import (
    Check,
    Column,
    ColumnType,
    Default,
    ForeignKey,
    Generated,
    Index,
    IndexKey,
    PrimaryKey,
    Table,
    Unique,
    View,
)
from migration_lint.readers.sql import read_sql

INT = ColumnType("int")


def read(sql: str) -> tuple[s.Statement, ...]:
    return tuple(statement for command in read_sql(sql, "mysql") for statement in command.statements)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "MODIFY COLUMN x int(11) unsigned NOT NULL DEFAULT '0' COMMENT 'it''s'",
            s.ModifyColumn(
                "t", "x", Column("x", ColumnType("int", modifier="unsigned"), False, Default("'0'"), comment="it's")
            ),
        ),
        ("MODIFY x bigint AFTER y", s.ModifyColumn("t", "x", Column("x", ColumnType("bigint")), "AFTER y")),
        (
            "CHANGE `a` `b` VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL FIRST",
            s.ModifyColumn(
                "t",
                "a",
                Column("b", ColumnType("varchar", (20,), modifier="charset utf8mb4"), collation="utf8mb4_bin"),
                "FIRST",
            ),
        ),
        ("ALTER COLUMN x SET DEFAULT (uuid())", s.SetDefault("t", "x", Default("(uuid())", ("uuid",)))),
        ("ALTER x DROP DEFAULT", s.DropDefault("t", "x")),
        ("RENAME COLUMN a TO b", s.RenameColumn("t", "a", "b")),
        ("RENAME INDEX a TO b", s.RenameIndex("a", "b", "t")),
        ("RENAME AS u", s.RenameTable("t", "u")),
        ("RENAME u", s.RenameTable("t", "u")),
        (
            "ADD INDEX i (a, b(10) DESC)",
            s.CreateIndex(Index("i", "t", (IndexKey("a"), IndexKey("b", descending=True)))),
        ),
        ("ADD KEY (a)", s.CreateIndex(Index("a", "t", (IndexKey("a"),)))),
        ("ADD FULLTEXT INDEX i (a)", s.CreateIndex(Index("i", "t", (IndexKey("a"),), method="fulltext"))),
        ("ADD SPATIAL KEY (a)", s.CreateIndex(Index("a", "t", (IndexKey("a"),), method="spatial"))),
        ("ADD UNIQUE KEY u (a, b)", s.AddConstraint("t", Unique("u", ("a", "b")))),
        (
            "ADD UNIQUE u ((lower(a)))",
            s.CreateIndex(
                Index("u", "t", (IndexKey(None, "lower(a)"),), unique=True, expression_columns=frozenset({"a"}))
            ),
        ),
        ("ADD PRIMARY KEY (id)", s.AddConstraint("t", PrimaryKey("PRIMARY", ("id",)))),
        (
            "ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (id) ON DELETE CASCADE",
            s.AddConstraint("t", ForeignKey("f", ("a",), "u", ("id",), on_delete="CASCADE")),
        ),
        (
            "ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED",
            s.AddConstraint("t", Check("c", "a > 0", frozenset({"a"}), enforced=False)),
        ),
        ("ALTER CHECK c ENFORCED", s.AlterConstraint("t", "c", enforced=True)),
        ("DROP FOREIGN KEY f", s.DropConstraint("t", "f")),
        ("DROP PRIMARY KEY", s.DropConstraint("t", "PRIMARY")),
        ("DROP CHECK c", s.DropConstraint("t", "c")),
        ("DROP INDEX i", s.DropIndex("i", "t")),
        ("DROP KEY `index`", s.DropIndex("index", "t")),
        ("DROP `index`", s.DropColumn("t", "index")),
        ("DROP PARTITION p0", s.SetTableOption("t", "partitioning", "drop PARTITION p0")),
        ("ENGINE = InnoDB", s.SetTableOption("t", "engine", "InnoDB")),
        ("ROW_FORMAT=COMPRESSED", s.SetTableOption("t", "row_format", "COMPRESSED")),
        ("DEFAULT CHARACTER SET utf8mb4", s.SetTableOption("t", "charset", "utf8mb4")),
        (
            "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            s.SetTableOption("t", "convert_charset", "utf8mb4 collate utf8mb4_bin"),
        ),
        ("COMMENT 'x'", s.Comment("t", None, "x")),
        ("ALTER INDEX i INVISIBLE", s.SetTableOption("t", "index_visibility", "i invisible")),
        ("FORCE", s.SetTableOption("t", "force")),
        ("DISABLE KEYS", s.SetTableOption("t", "keys", "disable")),
        ("WAIT 5 DROP a", s.DropColumn("t", "a")),
        ("NOWAIT DROP a", s.DropColumn("t", "a")),
        ("RENAME = u", s.RenameTable("t", "u")),
        ("RENAME INDEX IF EXISTS a TO b", s.RenameIndex("a", "b", "t")),
        ("ALTER INDEX IF EXISTS i NOT IGNORED", s.SetTableOption("t", "index_visibility", "i not ignored")),
        (
            "ADD INDEX IF NOT EXISTS i (a) ENGINE_ATTRIBUTE = 'x'",
            s.CreateIndex(Index("i", "t", (IndexKey("a"),)), if_not_exists=True),
        ),
        ("ADD UNIQUE INDEX IF NOT EXISTS u (a)", s.AddConstraint("t", Unique("u", ("a",)))),
        ("ADD PRIMARY KEY IF NOT EXISTS (a)", s.AddConstraint("t", PrimaryKey("PRIMARY", ("a",)))),
        (
            "ADD CONSTRAINT f FOREIGN KEY IF NOT EXISTS i (a) REFERENCES u (id)",
            s.AddConstraint("t", ForeignKey("f", ("a",), "u", ("id",))),
        ),
        (
            "ADD CONSTRAINT IF NOT EXISTS c CHECK (a > 0)",
            s.AddConstraint("t", Check("c", "a > 0", frozenset({"a"}))),
        ),
        ("ADD a int REF_SYSTEM_ID = 4 COMPRESSED", s.AddColumn("t", Column("a", INT))),
        ("AUTOEXTEND_SIZE = 4M", s.SetTableOption("t", "autoextend_size", "4M")),
        ("SECONDARY_UNLOAD", s.SetTableOption("t", "secondary_unload")),
        ("CHECK PARTITION p", s.SetTableOption("t", "partitioning", "CHECK PARTITION p")),
        ("own_option = 5", s.SetTableOption("t", "own_option", "5")),
        (
            "ADD SYSTEM VERSIONING",
            s.Unanalysed(
                "ALTER TABLE t ADD SYSTEM VERSIONING", "what keeping earlier versions of rows changes is not known"
            ),
        ),
        (
            "DROP PERIOD FOR p",
            s.Unanalysed(
                "ALTER TABLE t DROP PERIOD FOR p", "what keeping earlier versions of rows changes is not known"
            ),
        ),
        (
            "ADD VECTOR INDEX (v)",
            s.Unanalysed("ALTER TABLE t ADD VECTOR INDEX (", "what a VECTOR index costs is not known"),
        ),
        ("SOMETHING ELSE", s.Unanalysed("ALTER TABLE t SOMETHING ELSE", "“SOMETHING” was not understood")),
    ],
)
def test_alter_table(sql: str, expected: s.Statement) -> None:
    assert read(f"ALTER TABLE t {sql}") == (expected,)


def test_partitioning_needs_no_comma_before_it() -> None:
    assert read("ALTER TABLE t ADD a int DEFAULT 5 PARTITION BY HASH (a) PARTITIONS 4") == (
        s.AddColumn("t", Column("a", INT, default=Default("5"))),
        s.SetTableOption("t", "partitioning", "PARTITION BY HASH (a) PARTITIONS 4"),
    )
    assert read("ALTER TABLE t ENGINE = InnoDB PARTITION BY KEY () PARTITIONS 4") == (
        s.SetTableOption("t", "engine", "InnoDB"),
        s.SetTableOption("t", "partitioning", "PARTITION BY KEY () PARTITIONS 4"),
    )


def test_add_of_several_columns() -> None:
    assert read("ALTER TABLE t ADD COLUMN (a int, b int NOT NULL), ADD c int FIRST") == (
        s.AddColumn("t", Column("a", INT)),
        s.AddColumn("t", Column("b", INT, False)),
        s.AddColumn("t", Column("c", INT), position="FIRST"),
    )


@pytest.mark.parametrize(
    ("sql", "algorithm", "lock"),
    [
        ("ALTER TABLE t ADD a int, ALGORITHM=INSTANT", "INSTANT", None),
        ("alter table t add index (a), algorithm = inplace, lock none", "INPLACE", "NONE"),
        ("ALTER TABLE t LOCK=SHARED, ADD a int", None, "SHARED"),
        ("CREATE INDEX i ON t (a) ALGORITHM INPLACE LOCK = NONE", "INPLACE", "NONE"),
        ("DROP INDEX i ON t ALGORITHM=COPY", "COPY", None),
        ("ALTER TABLE t ADD a int", None, None),
    ],
)
def test_online_clauses_belong_to_the_command(sql: str, algorithm: str | None, lock: str | None) -> None:
    (command,) = read_sql(sql, "mysql")
    assert (command.algorithm, command.lock) == (algorithm, lock)
    assert not [found for found in command.statements if isinstance(found, s.Unanalysed)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("integer", INT),
        ("int(11)", INT),
        ("tinyint(1)", ColumnType("tinyint", (1,))),
        ("bool", ColumnType("tinyint", (1,))),
        ("tinyint(4)", ColumnType("tinyint")),
        ("bigint unsigned zerofill", ColumnType("bigint", modifier="unsigned")),
        ("numeric(10, 2)", ColumnType("decimal", (10, 2))),
        ("decimal", ColumnType("decimal", (10, 0))),
        ("double precision", ColumnType("double")),
        ("varchar(20)", ColumnType("varchar", (20,))),
        ("enum('a', 'it''s')", ColumnType("enum", ("a", "it's"))),
        ("datetime(6)", ColumnType("datetime", (6,))),
        ("longtext", ColumnType("longtext")),
        ("json", ColumnType("json")),
    ],
)
def test_types(written: str, expected: ColumnType) -> None:
    assert read(f"ALTER TABLE t ADD x {written}") == (s.AddColumn("t", Column("x", expected)),)


def test_create_table() -> None:
    sql = """
        CREATE TABLE IF NOT EXISTS `Shop`.`Book` (
            `id` bigint unsigned NOT NULL AUTO_INCREMENT, # it's
            `name` varchar(20) DEFAULT NULL COMMENT 'a;b',
            kind enum('a','b') NOT NULL DEFAULT 'a',
            twice int GENERATED ALWAYS AS (id * 2) VIRTUAL,
            seen timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
            PRIMARY KEY (`id`) USING BTREE,
            UNIQUE KEY `u` (name),
            KEY (kind, name(5)),
            FULLTEXT KEY f (name),
            CONSTRAINT fk FOREIGN KEY (twice) REFERENCES q (id),
            CHECK (id > 0)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='c' ROW_FORMAT=DYNAMIC
    """
    assert read(sql) == (
        s.CreateTable(
            Table(
                "Shop.Book",
                {
                    "id": Column("id", ColumnType("bigint", modifier="unsigned"), False, auto="auto_increment"),
                    "name": Column("name", ColumnType("varchar", (20,)), comment="a;b"),
                    "kind": Column("kind", ColumnType("enum", ("a", "b")), False, Default("'a'")),
                    "twice": Column("twice", INT, generated=Generated("id * 2", ("id",), False)),
                    "seen": Column(
                        "seen",
                        ColumnType("timestamp"),
                        default=Default("CURRENT_TIMESTAMP", ("current_timestamp",)),
                    ),
                },
                {
                    "kind": Index("kind", "Shop.Book", (IndexKey("kind"), IndexKey("name"))),
                    "f": Index("f", "Shop.Book", (IndexKey("name"),), method="fulltext"),
                },
                {
                    "PRIMARY": PrimaryKey("PRIMARY", ("id",)),
                    "u": Unique("u", ("name",)),
                    "fk": ForeignKey("fk", ("twice",), "q", ("id",)),
                    "Book_chk_1": Check("Book_chk_1", "id > 0", frozenset({"id"})),
                },
                comment="c",
                charset="utf8mb4",
                row_format="DYNAMIC",
            ),
            if_not_exists=True,
        ),
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("RENAME TABLE a TO b, s.c TO s.d", (s.RenameTable("a", "b"), s.RenameTable("s.c", "s.d"))),
        ("DROP TABLE a CASCADE", (s.DropTable("a"),)),
        ("DROP TEMPORARY TABLE IF EXISTS a, b", (s.Query(),)),
        ("DROP INDEX i ON s.t", (s.DropIndex("i", "s.t"),)),
        ("CREATE FULLTEXT INDEX i ON t (a)", (s.CreateIndex(Index("i", "t", (IndexKey("a"),), method="fulltext")),)),
        ("CREATE OR REPLACE TABLE t (a int)", (
            s.DropTable("t", if_exists=True), s.CreateTable(Table("t", {"a": Column("a", INT)})))),
        ("REPLACE INTO t (a) VALUES (1), (2)", (s.Insert("t", ("a",), 2),)),
        ("INSERT IGNORE INTO t SET a = 1", (s.Insert("t", None, 1),)),
        ("UPDATE t JOIN u ON t.id = u.id SET t.a = t.a, b = NULL", (
            s.Update("t", (("a", "itself"),), whole_table=False),
            s.Unanalysed("UPDATE t JOIN u", "it does not say which table the column b is of"))),
        ("UPDATE a, b AS c SET a.x = c.x, c.y = c.y WHERE a.id = c.id", (
            s.Update("a", (("x", "value"),), whole_table=False), s.Update("b", (("y", "itself"),), whole_table=False))),
        ("UPDATE a, b SET a.x = 1", (s.Update("a", (("x", "value"),), whole_table=True),)),
        ("UPDATE a LEFT JOIN (SELECT 1 AS q, 2) AS d ON d.q = a.x SET a.y = d.q", (
            s.Update("a", (("y", "value"),), whole_table=False),)),
        ("UPDATE t USE INDEX (i, j) SET a = 1", (s.Update("t", (("a", "value"),), whole_table=True),)),
        ("UPDATE t SET a = 1 ORDER BY b LIMIT 10", (s.Update("t", (("a", "value"),), whole_table=False),)),
        ("DELETE FROM t ORDER BY b LIMIT 10", (s.Delete("t", whole_table=False),)),
        ("DELETE x FROM s.t AS x JOIN u USING (id)", (s.Delete("s.t", whole_table=False),)),
        ("DELETE x FROM t x", (s.Delete("t", whole_table=True),)),
        ("DELETE a.*, b.* FROM a, b WHERE a.id = b.id", (s.Delete("a", False), s.Delete("b", False))),
        ("DELETE FROM a, b USING a INNER JOIN b", (s.Delete("a", False), s.Delete("b", False))),
        ("DELETE FROM t WHERE a IN (SELECT x FROM u, v)", (s.Delete("t", whole_table=False),)),
        ("SET STATEMENT lock_wait_timeout = 5 FOR DROP TABLE t", (s.DropTable("t"),)),
        ("BEGIN NOT ATOMIC DROP TABLE t; END", (
            s.Unanalysed("BEGIN NOT ATOMIC DROP", "what a compound statement does is not looked into"),)),
        ("DO SLEEP(5)", (s.Query(),)),
        ("LOAD INDEX INTO CACHE t", (s.Query(),)),
        ("GRANT PROXY ON a TO b", (s.Grant(False, None, ("b",)),)),
        ("ALTER ALGORITHM=MERGE VIEW v AS SELECT a FROM t WITH CASCADED CHECK OPTION", (
            s.CreateView(View("v", frozenset({("t", "a")})), replace=True),)),
        ("CREATE TABLE t (a int, s timestamp(6) AS ROW START, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING", (
            s.CreateTable(Table("t", {
                "a": Column("a", INT),
                "s": Column("s", ColumnType("timestamp", (6,)), False, generated=Generated("ROW START", (), True)),
            })),)),
        ("CREATE VECTOR INDEX i ON t (v)", (
            s.Unanalysed("CREATE VECTOR INDEX i", "what a VECTOR index costs is not known"),)),
        ("UPDATE t SET a = 1 LIMIT 10", (s.Update("t", (("a", "value"),), whole_table=False),)),
        ("DELETE FROM t LIMIT 5", (s.Delete("t", whole_table=False),)),
        ("DELETE a, b FROM a JOIN b ON a.id = b.id", (s.Delete("a", False), s.Delete("b", False))),
        ("SET FOREIGN_KEY_CHECKS=0, @a = 5, GLOBAL b = 1, @@session.c = ''", (
            s.SetVariable("foreign_key_checks", "0", "session"), s.SetVariable("@a", "5", "session"),
            s.SetVariable("b", "1", "global"), s.SetVariable("c", "", "session"))),
        ("LOCK TABLES a WRITE, b AS c READ LOCAL", (s.LockTable(("a",), "WRITE"), s.LockTable(("b",), "READ"))),
        ("UNLOCK TABLES", (s.LockTable((), "UNLOCK"),)),
        ("OPTIMIZE TABLE a, b", (s.Maintenance("optimize", "a"), s.Maintenance("optimize", "b"))),
        ("TRUNCATE t", (s.Truncate(("t",)),)),
        ("LOAD DATA LOCAL INFILE 'x' INTO TABLE t", (s.Insert("t", None),)),
        ("GRANT SELECT ON db.* TO 'u'@'%'", (s.Grant(False, None, ("u",)),)),
        ("REVOKE ALL ON db.t FROM 'u'@'h'", (s.Grant(True, "db.t", ("u",)),)),
        ("CREATE DEFINER=`a`@`%` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN DELETE FROM u; END", (
            s.CreateObject("trigger", "tr", "t"),)),
        ("/*!40101 SET NAMES utf8 */", (s.SetVariable("names", "utf8", "session"),)),
        ("/*!50003 DROP*/ /*!50003 TABLE t */", (s.DropTable("t"),)),
        ("/* DROP TABLE t */ SELECT 1", (s.Query(),)),
    ],
)  # fmt: skip
def test_other_statements(sql: str, expected: tuple[s.Statement, ...]) -> None:
    assert read(sql) == expected


def test_names_keep_their_case() -> None:
    assert read("ALTER TABLE Shop.Book DROP Title") == (s.DropColumn("Shop.Book", "Title"),)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b VARCHAR(5) NOT NULL) STRICT", s.CreateTable(
            Table("t", {"id": Column("id", ColumnType("integer"), False, auto="auto_increment"),
                        "a": Column("a", ColumnType("blob")),
                        "b": Column("b", ColumnType("varchar", (5,)), False)},
                  {}, {"t_pkey": PrimaryKey("t_pkey", ("id",))}))),
        ("PRAGMA foreign_keys = OFF", s.SetVariable("foreign_keys", "OFF", "session")),
        ("INSERT OR REPLACE INTO t VALUES (1)", s.Insert("t", None, 1)),
        ("ALTER TABLE [My t] RENAME TO u", s.RenameTable("My t", "u")),
        ("VACUUM", s.Maintenance("vacuum full", None)),
        ("CREATE VIRTUAL TABLE IF NOT EXISTS t USING fts5 (a, tokenize = 'x')", s.CreateTable(
            Table("t", {}, complete=False), if_not_exists=True)),
        ("REINDEX i", s.Reindex("index", "i")),
    ],
)  # fmt: skip
def test_sqlite(sql: str, expected: s.Statement) -> None:
    (command,) = read_sql(sql, "sqlite")
    assert command.statements == (expected,)


def test_what_the_shell_of_sqlite_does_is_no_statement() -> None:
    text = ".bail on\nPRAGMA foreign_keys = 1;\n.read other.sql\nSELECT 1\n.5;\n"
    assert [(command.sql, command.statements) for command in read_sql(text, "sqlite")] == [
        ("PRAGMA foreign_keys = 1", (s.SetVariable("foreign_keys", "1", "session"),)),
        (".read other.sql", (s.Unanalysed(".read other.sql", "it reads another file"),)),
        ("SELECT 1\n.5", (s.Query(),)),
    ]


def test_a_line_with_a_slash_ends_a_statement_of_oracle() -> None:
    text = "DROP TABLE a\n/\nDROP TABLE b;\n/\nSELECT 1\n/\n2;"
    assert [command.sql for command in read_sql(text, "oracle")] == ["DROP TABLE a", "DROP TABLE b", "SELECT 1\n/\n2"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DROP TABLE t CASCADE CONSTRAINTS PURGE", (s.DropTable("t", cascade=True),)),
        ("ALTER TABLE t DROP (a, b)", (s.DropColumn("t", "a"), s.DropColumn("t", "b"))),
        ("ALTER TABLE t DROP COLUMN a CASCADE CONSTRAINTS", (s.DropColumn("t", "a", cascade=True),)),
        ("ALTER TABLE t MODIFY (a NOT NULL, b NULL)", (s.SetNotNull("t", "a"), s.DropNotNull("t", "b"))),
        ("ALTER TABLE t MODIFY a date", (s.ModifyColumn("t", "a", Column("a", ColumnType("date"))),)),
        ("ALTER TABLE t ADD (a date, b date)", (
            s.AddColumn("t", Column("a", ColumnType("date"))), s.AddColumn("t", Column("b", ColumnType("date"))))),
        ("BEGIN EXECUTE IMMEDIATE 'DROP TABLE x'", (
            s.Unanalysed("BEGIN EXECUTE IMMEDIATE", "what a compound statement does is not looked into"),)),
        ("BEGIN TRAN", (s.TransactionControl("begin"),)),
    ],
)  # fmt: skip
def test_oracle(sql: str, expected: tuple[s.Statement, ...]) -> None:
    (command,) = read_sql(sql, "oracle")
    assert command.statements == expected
