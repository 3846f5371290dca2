"""SQL to write instead, as whole files for the tool that runs the folder's migrations, or as Django's or Alembic's.

A file begins with a comment that holds its path; what undoes it and how the tool is told to open no transaction stand
where that tool wants them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migration_lint.advice import alembic_files, online
from migration_lint.advice.sql_text import drop_index, one_line
from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.sql import SqlMigration, SqlStatement
from migration_lint.model.statements import Command, CreateIndex
from migration_lint.replay import Step


@dataclass(frozen=True, slots=True)
class Part:
    """One migration: what its name ends in, its statements, each with what undoes it (None: nothing is there to undo),
    and whether it has to run outside of a transaction."""

    suffix: str
    statements: Sequence[tuple[str, str | None]]
    outside: bool = False


def migrations(step: Step, *parts: Part, instead: bool = True) -> str:
    """The parts as migrations one after another, in place of what was found if `instead`."""
    migration = step.migration
    if isinstance(migration, AlembicMigration):
        return alembic_files.revisions(migration, parts, instead=instead)
    if not isinstance(migration, SqlMigration):
        contents = [
            (part.suffix, [online.run_sql(one_line(sql), back) for sql, back in part.statements], not part.outside)
            for part in parts
        ]
        return online.files(step, *contents, instead=instead)
    what = "this part of the statement" if _has_several(step) else "this statement"
    lines = [f"-- Take {what} out of {_file(migration.path)}, and write instead:"] if instead else []
    for number, part in enumerate(_each_alone(migration, parts), start=1):
        path = _path(migration, part.suffix, number)
        lines += _FORMS.get(migration.layout, _plain)(migration, path, part)
    return "\n".join(lines)


def _has_several(step: Step) -> bool:
    return isinstance(step.operation, SqlStatement) and len(step.operation.command.statements) > 1


def outside(step: Step, command: Command) -> str:
    """The command where no transaction is around it: its own file if it is alone there, else a new one."""
    migration, sql = step.migration, command.sql
    if not isinstance(migration, SqlMigration) or len(migration.operations) > 1:
        built = [statement.index for statement in command.statements if isinstance(statement, CreateIndex)]
        back_again = drop_index(built[0].name, built[0].table) if built else None
        return migrations(step, Part("outside", [(sql, back_again)], outside=True))
    back = "; ".join(one_line(statement.command.sql) for statement in migration.down or ())
    part = Part("", [(sql, back or None)], outside=True)
    form = _FORMS.get(migration.layout, _plain)
    return "\n".join(["-- Outside of a transaction:", *form(migration, _own_path(migration), part)])


def _each_alone(migration: SqlMigration, parts: Iterable[Part]) -> Iterable[Part]:
    """Each statement in a file of its own where a string of several would be a transaction again."""
    for part in parts:
        if part.outside and migration.in_one_string and len(part.statements) > 1:
            for number, pair in enumerate(part.statements, start=1):
                yield Part(part.suffix if number == 1 else f"{part.suffix}_{number}", [pair], outside=True)
        else:
            yield part


def _up(part: Part) -> list[str]:
    return [f"{one_line(sql)};" for sql, _ in part.statements]


def _down(part: Part) -> list[str]:
    return [f"{one_line(back)};" for _, back in reversed(part.statements) if back is not None]


def _file(path: str) -> str:
    """The file as its folder knows it, with that folder where each migration has one."""
    *above, name = path.replace("\\", "/").split("/")
    return "/".join((*above[-1:], name)) if name in ("up.sql", "migration.sql") else name


def _counted_up(text: str, by: int) -> str:
    """A version with its last number counted up, as wide as it was."""
    numbers = [*re.finditer(r"\d+", text)]
    if not numbers:
        return text
    last = numbers[-1]
    return f"{text[: last.start()]}{int(last[0]) + by:0{len(last[0])}d}{text[last.end() :]}"


def _path(migration: SqlMigration, suffix: str, by: int) -> str:
    """The path of a new migration, `by` versions after the last one of the folder, without its ending."""
    suffix = re.sub(r"\W+", "_", suffix)
    folder, _, name = (migration.last_path or migration.path).replace("\\", "/").rpartition("/")
    if name in ("up.sql", "migration.sql"):
        name = folder.rpartition("/")[2]
        version = re.match(r"[\d-]*\d", name)
        return f"{migration.app}/{_counted_up(version[0] if version else name, by)}_{suffix}"
    version = re.match(r"(?:[VvBb](?=\d))?[^\d.]{0,3}\d+(?:[._]\d+)*", name)
    joint = "__" if migration.layout == "flyway" else "_"
    start = version[0] if version else name.partition(".")[0]
    return f"{migration.app}/{_counted_up(start, by)}{joint}{suffix}"


def _own_path(migration: SqlMigration) -> str:
    """The path of the migration itself, as `_path` gives a new one's."""
    folder, _, name = migration.path.replace("\\", "/").rpartition("/")
    if name in ("up.sql", "migration.sql"):
        return f"{migration.app}/{folder.rpartition('/')[2]}"
    return f"{migration.app}/{name.removesuffix('.sql').removesuffix('.up')}"


def _plain(migration: SqlMigration, path: str, part: Part) -> list[str]:
    return [f"-- {path}.sql", *_up(part)]


def _pair(migration: SqlMigration, path: str, part: Part) -> list[str]:
    """golang-migrate and sqlx: an up and a down; sqlx also takes single files."""
    # https://docs.rs/sqlx/latest/sqlx/macro.migrate.html
    mark = ["-- no-transaction"] if part.outside and migration.layout == "sqlx" else []
    if not migration.has_downs:
        ending = ".up.sql" if migration.path.endswith(".up.sql") else ".sql"
        return [f"-- {path}{ending}", *mark, *_up(part)]
    down = _down(part) or ["SELECT 1;"]
    return [f"-- {path}.up.sql", *mark, *_up(part), f"-- {path}.down.sql", *mark, *down]


def _diesel(migration: SqlMigration, path: str, part: Part) -> list[str]:
    # https://diesel.rs/guides/configuring-diesel-cli
    lines = [f"-- {path}/up.sql", *_up(part), f"-- {path}/down.sql", *(_down(part) or ["SELECT 1;"])]
    return [*lines, f"-- {path}/metadata.toml", "run_in_transaction = false"] if part.outside else lines


def _prisma(migration: SqlMigration, path: str, part: Part) -> list[str]:
    return [f"-- {path}/migration.sql", *_up(part)]


def _flyway(migration: SqlMigration, path: str, part: Part) -> list[str]:
    # https://documentation.red-gate.com/flyway/reference/script-configuration
    lines = [f"-- {path}.sql", *_up(part)]
    if part.outside:
        lines += [f"-- {path}.sql.conf", "executeInTransaction=false"]
    if migration.has_downs and _down(part):
        folder, _, name = path.rpartition("/")
        lines += [f"-- {folder + '/' if folder else ''}U{name[1:]}.sql", *_down(part)]
    return lines


def _annotated(migration: SqlMigration, path: str, part: Part) -> list[str]:
    """goose, dbmate and others: comments tell the parts of one file."""
    lines = [f"-- {path}.sql", *_marked(migration, part)]
    option = " transaction:false" if part.outside else ""
    down = {
        "goose": "-- +goose Down",
        "dbmate": f"-- migrate:down{option}",
        "sql-migrate": f"-- +migrate Down{' notransaction' if part.outside else ''}",
        "node-pg-migrate": "-- Down Migration",
        "tern": "---- create above / drop below ----",
        "mybatis": "-- //@UNDO",
    }[migration.layout]
    return [*lines, down, *_down(part)] if _down(part) or migration.has_downs else lines


def _atlas(migration: SqlMigration, path: str, part: Part) -> list[str]:
    # https://atlasgo.io/versioned/apply#transaction-configuration
    return [f"-- {path}.sql", *(["-- atlas:txmode none", ""] if part.outside else []), *_up(part)]


def _liquibase(migration: SqlMigration, path: str, part: Part) -> list[str]:
    author, _, name = migration.name.rpartition("::")[2].partition(":")
    lines = [f"-- {_file(migration.path)}:", *_marked(migration, part, f"{author}:{part.suffix or name}")]
    return [*lines, *(f"--rollback {sql}" for sql in _down(part) or ["empty"])]


def _marked(migration: SqlMigration, part: Part, changeset: str = "") -> list[str]:
    """The statements under the marks that tell the tool how to run them."""
    head = {
        # https://pressly.github.io/goose/documentation/annotations/
        "goose": [*(["-- +goose NO TRANSACTION"] if part.outside else []), "-- +goose Up"],
        # https://github.com/amacneil/dbmate#migration-options
        "dbmate": [f"-- migrate:up{' transaction:false' if part.outside else ''}"],
        # https://github.com/rubenv/sql-migrate#writing-migrations
        "sql-migrate": [f"-- +migrate Up{' notransaction' if part.outside else ''}"],
        "node-pg-migrate": ["-- Up Migration"],
        # https://github.com/jackc/tern#disabling-transactions
        "tern": ["---- tern: disable-tx ----"] if part.outside else [],
        "mybatis": [f"-- // {part.suffix.replace('_', ' ')}"],
        # https://docs.liquibase.com/concepts/changelogs/attributes/run-in-transaction.html
        "liquibase": [f"--changeset {changeset}{' runInTransaction:false' if part.outside else ''}"],
    }[migration.layout]
    return [*head, *_up(part)]


_FORMS = {
    "golang-migrate": _pair,
    "sqlx": _pair,
    "diesel": _diesel,
    "prisma": _prisma,
    "flyway": _flyway,
    "goose": _annotated,
    "dbmate": _annotated,
    "sql-migrate": _annotated,
    "node-pg-migrate": _annotated,
    "tern": _annotated,
    "mybatis": _annotated,
    "atlas": _atlas,
    "liquibase": _liquibase,
}
