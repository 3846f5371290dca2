"""How each tool is told to run a SQL migration outside of a transaction, as advice to paste."""

from __future__ import annotations

from migration_lint.model.sql import SqlMigration

_MARKS = {
    # https://pressly.github.io/goose/documentation/annotations/
    "goose": "-- +goose NO TRANSACTION",
    # https://github.com/amacneil/dbmate#migration-options
    "dbmate": "-- migrate:up transaction:false",
    # https://docs.rs/sqlx/latest/sqlx/macro.migrate.html
    "sqlx": "-- no-transaction",
    # https://diesel.rs/guides/configuring-diesel-cli
    "diesel": "-- In metadata.toml beside up.sql: run_in_transaction = false",
    # https://docs.liquibase.com/concepts/changelogs/attributes/run-in-transaction.html
    "liquibase": "--changeset {name} runInTransaction:false",
    # https://documentation.red-gate.com/flyway/reference/script-configuration
    "flyway": "-- In {file}.conf: executeInTransaction=false",
}


def outside(migration: SqlMigration, sql: str) -> str:
    """What to write so that the statement `sql` of `migration` runs outside of a transaction."""
    statement = f"{' '.join(sql.split()).rstrip(';')};"
    name = migration.name.rpartition("::")[2]
    mark = _MARKS.get(migration.layout, "").format(name=name, file=migration.path.replace("\\", "/").rpartition("/")[2])
    alone = "-- In a file of its own, with no BEGIN around it:"
    return "\n".join([alone, *([mark] if mark else []), statement])
