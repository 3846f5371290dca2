"""What a database is asked to do, in terms that no framework and no SQL dialect owns.

A `Command` is what is sent in one piece; one `ALTER TABLE` with several subcommands is one command of several
statements. Names are the physical ones, unquoted, with the schema in front only where one was written.
"""

# ruff: noqa: F403
# One namespace: whoever names many statements writes `from migration_lint.model import statements as s`.
from migration_lint.model.statements.base import *
from migration_lint.model.statements.columns import *
from migration_lint.model.statements.indexes import *
from migration_lint.model.statements.others import *
from migration_lint.model.statements.rows import *
from migration_lint.model.statements.sessions import *
from migration_lint.model.statements.tables import *
