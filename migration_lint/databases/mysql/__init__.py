"""MySQL and MariaDB: which algorithm an ALTER TABLE runs as, and what it lets others do meanwhile."""

from migration_lint.databases.mysql.mariadb import MariaDB
from migration_lint.databases.mysql.mysql import MySQL

__all__ = ["MariaDB", "MySQL"]
