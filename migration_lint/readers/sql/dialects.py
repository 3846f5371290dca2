"""Which database a text of SQL is written for, by words that only one has, and what folders call databases."""

from __future__ import annotations

import re

_SIGNS = {
    "mysql": re.compile(
        r"`\w|\bengine\s*=|\bauto_increment\b|^\s*delimiter\s|\bunsigned\b|\bdbms:\"?mysql\b",
        re.IGNORECASE | re.MULTILINE,
    ),
    "sqlite": re.compile(
        r"\bautoincrement\b|^\s*pragma\s|\bwithout\s+rowid\b|\bdbms:\"?sqlite\b", re.IGNORECASE | re.MULTILINE
    ),
    "postgresql": re.compile(
        r"\$\w*\$|\w::\w|\bconcurrently\b|\b(?:big|small)?serial\b|\bjsonb\b|\btimestamptz\b|\bplpgsql\b"
        r"|\bcreate\s+extension\b|\busing\s+g(?:in|ist)\b|\bgenerated\s+(?:always|by\s+default)\s+as\s+identity\b"
        r"|\bdbms:\"?postgresql\b",
        re.IGNORECASE,
    ),
    # https://learn.microsoft.com/sql/t-sql/language-reference
    "sqlserver": re.compile(
        r"^\s*go\s*$|\bnvarchar\b|\bidentity\s*\(\s*\d|\[dbo\]|\bdbo\.|\bdatetime2\b|\buniqueidentifier\b|\bdbms:\"?mssql\b",
        re.IGNORECASE | re.MULTILINE,
    ),
    # https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/Data-Types.html
    "oracle": re.compile(r"\bn?varchar2\b|\bnumber\s*\(\s*\d|\bsysdate\b|\bdbms:\"?oracle\b", re.IGNORECASE),
    # https://clickhouse.com/docs/engines/table-engines
    "clickhouse": re.compile(
        r"\bengine\s*=\s*(?:\w*MergeTree|Kafka|Distributed)\b|\bon\s+cluster\b|\blowcardinality\s*\(",
        re.IGNORECASE,
    ),
}
# SQLite takes these too: https://www.sqlite.org/lang_keywords.html, https://www.sqlite.org/datatype3.html
_ALSO_SQLITE = re.compile(r"`\w|\bunsigned\b", re.IGNORECASE)
# What people and tools call databases: Spring's `{vendor}`, the dialects of Prisma, sql-migrate and others.
_NAMES = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "pg": "postgresql",
    "pgsql": "postgresql",
    "psql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mariadb",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "oracle": "oracle",
    "sqlserver": "sqlserver",
    "mssql": "sqlserver",
    "h2": "h2",
    "hsqldb": "hsqldb",
    "derby": "derby",
    "db2": "db2",
    "cockroachdb": "cockroachdb",
    "cockroach": "cockroachdb",
    "clickhouse": "clickhouse",
    "snowflake": "snowflake",
    "redshift": "redshift",
}
TITLES = {
    "sqlserver": "SQL Server",
    "clickhouse": "ClickHouse",
    "h2": "H2",
    "hsqldb": "HSQLDB",
    "derby": "Derby",
    "db2": "Db2",
    "cockroachdb": "CockroachDB",
    "snowflake": "Snowflake",
    "redshift": "Redshift",
}
"""Databases that are told apart so that none is taken for another, and that nothing here judges."""


def dialect_of(text: str) -> str:
    """The database that a text is most likely written for; `generic` if no sign of any is there."""
    found = {name: len(signs.findall(text)) for name, signs in _SIGNS.items()}
    if found["clickhouse"]:
        found["mysql"] = 0  # `ENGINE =` is a sign of both
    if found["sqlite"]:
        found["mysql"] -= len(_ALSO_SQLITE.findall(text))
    best = max(found, key=lambda name: found[name])
    return best if found[best] else "generic"


def named(folder: str) -> str | None:
    """The database that a folder is called after; None if it is called otherwise."""
    return _NAMES.get(folder.lower())
