"""The settings in force, typed; `config` reads them from files and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from migration_lint.rule import Severity

Engine = Literal["postgresql", "mysql", "mariadb", "sqlite", "oracle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One attribute a setting, named as in the file with `_` for `-`.

    `django_version` None means: inferred from the migrations. `select` and `ignore` hold rule names, family names or
    `ALL`. `severity` maps a rule or family to its severity. `rules` holds each rule's own options.
    """

    database: Engine = "postgresql"
    database_version: tuple[int, ...] = (14,)
    django_version: tuple[int, int] | None = None
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
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
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
