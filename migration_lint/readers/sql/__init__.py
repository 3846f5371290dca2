"""SQL text -> statements: a splitter of our own, and recognisers for each family of statements.

`split` says where statements begin and end, `read_sql` what they ask for.
"""

from migration_lint.readers.sql.reading import read_sql, read_statement
from migration_lint.readers.sql.splitting import RawStatement, split

__all__ = ["RawStatement", "read_sql", "read_statement", "split"]
