from __future__ import annotations

from collections.abc import Iterator

from migration_lint.policy.tenancy import added_keys, names_one_row, tenant_first
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class TenantFirstUnique(Rule):
    """A unique constraint on a tenant's table leaves the tenant out, or does not begin with it.

    Without the tenant, a value that one customer uses cannot be used by any other, and the error message tells them
    that it exists. With the tenant in, but not in front, the constraint is right but its index serves no query for one
    tenant. One-to-one relations, UUIDs and random tokens are left alone.

    Runs only where `tenant-fields` or `tenant-models` say what a tenant is; `global-models` lists tables to leave
    alone.
    """

    name = "tenant-first-unique"
    family = "tenancy"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for key in added_keys(migration, settings):
            if not key.unique or not key.columns or key.columns[0] == key.tenant:
                continue
            if names_one_row(key.table, key.columns):
                continue
            columns = ", ".join(column or "an expression" for column in key.columns)
            if key.tenant in key.columns:
                message = (
                    f"The unique constraint {key.name} on {key.table.name} ({columns}) has the tenant ({key.tenant}) "
                    "in it, but not first: its index serves no query for one tenant."
                )
            else:
                message = (
                    f"The unique constraint {key.name} on {key.table.name} ({columns}) leaves the tenant "
                    f"({key.tenant}) out: a value that one tenant uses is refused to all others."
                )
            wanted = [key.tenant, *(column or "…" for column in key.columns if column != key.tenant)]
            advice = tenant_first(key) or f"# Put the tenant first: UNIQUE on {key.table.name} ({', '.join(wanted)})"
            yield self.finding(key.step, message, advice, objects=(key.table.name, key.name), executed=key.executed)
