"""The settings in force, typed; `config` reads them from files and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from migration_lint.rule import Severity

Engine = Literal["postgresql", "mysql", "mariadb", "sqlite", "oracle"]

# The oldest release series that its vendor still supports, as of November 2026. PostgreSQL 14 had its final release
# on 2026-11-12 (https://www.postgresql.org/support/versioning/); MySQL 8.0 ended in April 2026
# (https://docs.oracle.com/cd/E17952_01/mysql-8.0-relnotes-en); MariaDB 10.6 ended in July 2026
# (https://mariadb.org/about/#maintenance-policy). SQLite and Oracle: the oldest that Django 5.2 runs on
# (https://docs.djangoproject.com/en/5.2/ref/databases/).
OLDEST_SUPPORTED: Mapping[Engine, tuple[int, ...]] = {
    "postgresql": (15,),
    "mysql": (8, 4),
    "mariadb": (10, 11),
    "sqlite": (3, 31),
    "oracle": (19,),
}

# Folders that hold other people's code, or no code at all; a virtual environment of any other name is covered by the
# site-packages inside it.
EXCLUDED = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "dist-packages",
    "node_modules",
    "site-packages",
    "venv",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One attribute a setting, named as in the file with `_` for `-`.

    `django_version` None means: inferred from the migrations. `select` and `ignore` hold rule names, family names or
    `ALL`. `severity` maps a rule or family to its severity. `rules` holds each rule's own options. The patterns in
    `exclude`, `extend_exclude` and `per_file_ignores` are relative to `root` and read as `patterns` says. `root`, no
    setting of its own, is the folder whose migrations make up the history. `database_backends` maps a project's own
    database backend, a dotted module, to the engine it talks to. `max_file_size` is in bytes. `sqlmigrate` is a
    command to run in `root` for each migration under review, `sqlmigrate_from` holds its output saved before, and
    `sqlmigrate_timeout` is in seconds. `since` is the git revision whose migrations are released, so that only
    later ones are under review; `staged` puts those of the next commit there. `database_named`, no setting either,
    says that `database` was chosen by somebody, so that the dialect of SQL text is not asked.
    """

    root: Path = Path()
    database: Engine = "postgresql"
    database_version: tuple[int, ...] = OLDEST_SUPPORTED["postgresql"]
    database_backends: Mapping[str, Engine] = field(default_factory=dict)
    django_version: tuple[int, int] | None = None
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
    exclude: tuple[str, ...] = EXCLUDED
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    output_format: str = "full"
    show_suppressed: bool = False
    tenant_fields: tuple[str, ...] = ()
    tenant_models: tuple[str, ...] = ()
    global_models: tuple[str, ...] = ()
    hot_tables: tuple[str, ...] = ()
    large_tables: tuple[str, ...] = ()
    small_tables: tuple[str, ...] = ()
    auth_user_model: str | None = None
    default_auto_field: str | None = None
    app_labels: Mapping[str, str] = field(default_factory=dict)
    migration_modules: Mapping[str, str] = field(default_factory=dict)
    deployment: Literal["rolling", "stopped"] = "rolling"
    lock_timeout_set_elsewhere: bool = False
    max_file_size: int = 10_000_000
    since: str | None = None
    staged: bool = False
    sqlmigrate: str | None = None
    sqlmigrate_from: Path | None = None
    sqlmigrate_timeout: int = 60
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    database_named: bool = False
