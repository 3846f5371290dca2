"""What MySQL and MariaDB can do, from which version on, and where that is said or was measured."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.effects import Source

MYSQL_ONLINE_DDL = Source("https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html")
MYSQL_MEASURED = Source("measured on MySQL 9.7")
MARIADB_MEASURED = Source("measured on MariaDB 10.11")
MARIADB_ONLINE = Source(
    "https://mariadb.com/docs/server/reference/sql-statements/data-definition/alter/alter-table/online-schema-change"
)


@dataclass(frozen=True, slots=True)
class Since:
    """An ability that a server has from a version on."""

    version: tuple[int, ...]
    source: Source

    def holds_for(self, version: tuple[int, ...]) -> bool:
        """Whether a server of `version` has it; parts that `version` leaves out mean the newest of that series."""
        missing = len(self.version) - len(version)
        return version + (1_000,) * missing >= self.version


MYSQL_INSTANT = Since((8, 0, 12), MYSQL_ONLINE_DDL)
"""Metadata changes and a column added at the end are instant."""
MYSQL_INSTANT_RENAME = Since((8, 0, 28), MYSQL_ONLINE_DDL)
MYSQL_INSTANT_LAYOUT = Since((8, 0, 29), MYSQL_ONLINE_DDL)
"""A column added at any position, or dropped, is instant."""
MYSQL_UTF8MB4_IN_PLACE = Since((8, 0, 0), Source("https://dev.mysql.com/worklog/task/?id=11605"))
MYSQL_CHECK = Since((8, 0, 16), Source("https://dev.mysql.com/doc/refman/8.0/en/create-table-check-constraints.html"))
"""CHECK is more than parsed."""
MYSQL_EXPRESSION_DEFAULT = Since((8, 0, 13), Source("https://dev.mysql.com/doc/refman/8.0/en/data-type-defaults.html"))
MYSQL_INLINE_REFERENCES = Since((9, 0), Source("https://dev.mysql.com/doc/relnotes/mysql/9.0/en/news-9-0-0.html"))
"""REFERENCES written with a column makes a foreign key."""
MARIADB_CHECK = Since((10, 2, 1), Source("https://mariadb.com/kb/en/constraint/"))
MARIADB_ONLINE_COPY = Since((11, 2), MARIADB_ONLINE)
"""A table copy lets others write meanwhile."""

CHARSET_BYTES = {
    "ascii": 1,
    "big5": 2,
    "binary": 1,
    "cp1250": 1,
    "cp1251": 1,
    "cp1256": 1,
    "cp1257": 1,
    "cp850": 1,
    "cp852": 1,
    "cp866": 1,
    "cp932": 2,
    "eucjpms": 3,
    "euckr": 2,
    "gb18030": 4,
    "gb2312": 2,
    "gbk": 2,
    "greek": 1,
    "hebrew": 1,
    "koi8r": 1,
    "koi8u": 1,
    "latin1": 1,
    "latin2": 1,
    "latin5": 1,
    "latin7": 1,
    "sjis": 2,
    "tis620": 1,
    "ucs2": 2,
    "ujis": 3,
    "utf16": 4,
    "utf16le": 4,
    "utf32": 4,
    "utf8mb3": 3,
    "utf8mb4": 4,
}
"""Bytes a character can take at most, by character set (SHOW CHARACTER SET)."""

DEFAULT_CHARSET = "utf8mb4"
"""Taken where neither the column nor the table names one: MySQL's own default since 8.0, and what Django asks for."""

# Functions whose value differs from row to row, so that MariaDB cannot keep one value for all rows that are already
# there (measured on MariaDB 10.11; RAND() and NOW() are computed once a statement).
MARIADB_PER_ROW = frozenset(
    {"uuid", "uuid_v4", "uuid_v7", "uuid_short", "sys_guid", "sysdate", "random_bytes", "nextval", "lastval"}
)
# Functions that MySQL refuses in the default of a column added to a table, because the binary log would not replay
# them (error 1674), measured for RAND() on MySQL 9.7.
MYSQL_UNSAFE = frozenset(
    {"rand", "uuid", "uuid_short", "sysdate", "user", "current_user", "session_user", "random_bytes"}
)

REBUILDING_OPTIONS = frozenset(
    {"force", "row_format", "key_block_size", "page_compressed", "encrypted", "encryption", "compression"}
)
"""Table options that write the table anew (both servers' pages, and measured on MariaDB 10.11)."""
MYSQL_PARTITIONING = Source(f"{MYSQL_ONLINE_DDL.text}#online-ddl-partitioning")
COPYING_PARTITIONS = (["partition", "by"], ["remove", "partitioning"])
"""Measured on MariaDB 10.11 too, which writes the table anew whatever ALGORITHM it is asked for."""
EMPTYING_PARTITIONS = (["drop", "partition"], ["truncate", "partition"])
