"""What a lowering depends on: the engine, the Django version, and the settings that shape models."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lint.lowering.django import types
from migration_lint.settings import Engine


@dataclass(frozen=True, slots=True)
class Dialect:
    """`django` is Django's version as (major, minor), `version` the engine's."""

    engine: Engine
    django: tuple[int, int]
    default_auto_field: str | None = None
    auth_user_model: str | None = None
    version: tuple[int, ...] = ()

    @property
    def is_mysql(self) -> bool:
        """Whether the engine is MySQL or MariaDB."""
        return self.engine in ("mysql", "mariadb")

    @property
    def max_name_length(self) -> int | None:
        """The length Django shortens the names to that it makes up itself; None where it does not."""
        return {"postgresql": 63, "mysql": 64, "mariadb": 64, "sqlite": None, "oracle": 30}[self.engine]

    def data_type(self, internal_type: str) -> str | None:
        """The template of the column type."""
        if self.engine == "postgresql":
            if internal_type in types.SERIALS and self.django < (4, 1):
                return types.SERIALS[internal_type]
            if internal_type == "CharField" and self.django < (4, 2):
                return types.POSTGRESQL["SlugField"]
        if (
            internal_type == "UUIDField"
            and self.engine == "mariadb"
            and self.django >= (5, 0)
            and self.version >= (10, 7)
        ):
            return "uuid"
        return types.data_types(self.engine).get(internal_type)
