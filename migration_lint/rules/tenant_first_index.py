from __future__ import annotations

from collections.abc import Iterator

from migration_lint.policy.tenancy import added_keys, tenant_first
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class TenantFirstIndex(Rule):
    """An index on a tenant's table does not begin with the tenant.

    Queries in a multi-tenant application name the tenant first. An index whose first column is another one makes the
    database walk through the entries of all tenants, which gets slower with each new customer; with the tenant in front
    it reads that tenant's part alone. Unique indexes are judged by tenant-first-unique. The indexes that Django makes
    for foreign keys, and index types without an order (GIN, GiST, BRIN, hash), are left alone.

    Runs only where `tenant-fields` or `tenant-models` say what a tenant is; `global-models` lists tables to leave
    alone.
    """

    name = "tenant-first-index"
    family = "tenancy"
    severity = Severity.WARNING

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        for key in added_keys(migration, settings):
            if key.unique or key.implicit or key.method != "btree" or not key.columns or key.columns[0] == key.tenant:
                continue
            first = key.columns[0] or "an expression"
            message = (
                f"The index {key.name} on {key.table.name} begins with {first}, not with the tenant ({key.tenant}): "
                "a query for one tenant reads the entries of all tenants."
            )
            columns = [key.tenant, *(column or "…" for column in key.columns if column != key.tenant)]
            advice = tenant_first(key) or f"# Put the tenant first: {key.table.name} ({', '.join(columns)})"
            yield self.finding(key.step, message, advice, objects=(key.table.name, key.name), executed=key.executed)
