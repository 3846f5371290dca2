"""The database's schema as replayed so far: immutable, one for all frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from migration_lint.model.statements import Statement
from migration_lint.model.tables import Table, View


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables, views and user-defined types by name. `types` maps an enum to its labels, a domain to no labels."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        """The table of that name, if the history made one."""
        return self.tables.get(name)

    def apply(self, statement: Statement) -> Schema:
        """The schema after `statement`. What it names but the schema does not hold is left alone."""
        raise NotImplementedError
