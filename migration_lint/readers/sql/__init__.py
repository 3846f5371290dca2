"""SQL text -> statements: a splitter of our own, and recognisers for each family of statements.

`split` says where statements begin and end, `comments` where comments stand, `read_sql` what statements ask for.
"""

from migration_lint.readers.sql.dialects import dialect_of
from migration_lint.readers.sql.folders import read_folder
from migration_lint.readers.sql.layouts import Layout, find_layout
from migration_lint.readers.sql.reading import read_sql, read_statement
from migration_lint.readers.sql.splitting import RawStatement, comments, split

__all__ = [
    "Layout",
    "RawStatement",
    "comments",
    "dialect_of",
    "find_layout",
    "read_folder",
    "read_sql",
    "read_statement",
    "split",
]
