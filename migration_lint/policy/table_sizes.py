"""How bad something is on a table that the settings call small, large or hot."""

from __future__ import annotations

from collections.abc import Iterable

from migration_lint.rule import Severity
from migration_lint.settings import Settings


def adjusted(severity: Severity, tables: Iterable[str], settings: Settings) -> Severity:
    """One step lower where all the tables are small, and an error where any is large or hot."""
    tables = list(tables)
    if any(is_large(table, settings) or is_hot(table, settings) for table in tables):
        return Severity.ERROR
    if tables and severity > Severity.INFO and all(_listed(table, settings.small_tables) for table in tables):
        return Severity(severity - 1)
    return severity


def is_large(table: str, settings: Settings) -> bool:
    """Whether the settings list the table in `large-tables`."""
    return _listed(table, settings.large_tables)


def is_hot(table: str, settings: Settings) -> bool:
    """Whether the settings list the table in `hot-tables`."""
    return _listed(table, settings.hot_tables)


def _listed(table: str, names: Iterable[str]) -> bool:
    """Whether a table is among names of tables, or of models as `app.Model`."""
    return any(table in (name, name.replace(".", "_").lower()) for name in names)
