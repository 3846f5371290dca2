"""SQL to write instead, as whole files for the tool that runs the folder's migrations, or as Django's RunSQL.

A file begins with a comment that holds its path; what undoes it and how the tool is told to open no transaction stand
where that tool wants them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migration_lint import online
from migration_lint.model.sql import SqlMigration
from migration_lint.replay import Step

# PostgreSQL 18 documentation, appendix C: the words that are reserved, so that no name may be one without quotes.
_RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric system_user table tablesample then to trailing true
    union unique user using variadic verbose when where window with""".split()
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def quoted(name: str) -> str:
    """A name as PostgreSQL reads it, with quotes where it needs them; a schema in front is a name of its own."""
    return ".".join(_quoted(part) for part in name.split("."))


def _quoted(part: str) -> str:
    if _PLAIN.fullmatch(part) and part not in _RESERVED:
        return part
    return '"' + part.replace('"', '""') + '"'


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
    if not isinstance(migration, SqlMigration):
        contents = [
            (part.suffix, [online.run_sql(_one_line(sql), back) for sql, back in part.statements], not part.outside)
            for part in parts
        ]
        return online.files(step, *contents, instead=instead)
    lines = [f"-- Take this statement out of {_file(migration.path)}, and write instead:"] if instead else []
    for number, part in enumerate(_each_alone(migration, parts), start=1):
        lines += _FORMS.get(migration.layout, _plain)(migration, part, number)
    return "\n".join(lines)


def here(migration: SqlMigration, sql: str) -> str:
    """What to write so that the statement runs outside of a transaction, in a file of its own."""
    part = Part("alone", [(sql, None)], outside=True)
    return "\n".join(["-- In a file of its own, with no BEGIN around it:", *_marked(migration, part)])


def _each_alone(migration: SqlMigration, parts: Iterable[Part]) -> Iterable[Part]:
    """Each statement in a file of its own where a string of several would be a transaction again."""
    for part in parts:
        if part.outside and migration.in_one_string and len(part.statements) > 1:
            for number, pair in enumerate(part.statements, start=1):
                yield Part(part.suffix if number == 1 else f"{part.suffix}_{number}", [pair], outside=True)
        else:
            yield part


def _one_line(sql: str) -> str:
    return " ".join(sql.split()).rstrip(";")


def _up(part: Part) -> list[str]:
    return [f"{_one_line(sql)};" for sql, _ in part.statements]


def _down(part: Part) -> list[str]:
    return [f"{_one_line(back)};" for _, back in reversed(part.statements) if back is not None]


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
    """The path of a new migration, `by` versions after this one."""
    folder, _, name = migration.path.replace("\\", "/").rpartition("/")
    if name in ("up.sql", "migration.sql"):
        above, _, name = folder.rpartition("/")
        version = re.match(r"[\d-]*\d", name)
        return f"{above + '/' if above else ''}{_counted_up(version[0] if version else name, by)}_{suffix}"
    version = re.match(r"(?:[VvBb](?=\d))?[^\d.]{0,3}\d+(?:[._]\d+)*", name)
    joint = "__" if migration.layout == "flyway" else "_"
    start = version[0] if version else name.partition(".")[0]
    return f"{folder + '/' if folder else ''}{_counted_up(start, by)}{joint}{suffix}"


def _plain(migration: SqlMigration, part: Part, by: int) -> list[str]:
    return [f"-- {_path(migration, part.suffix, by)}.sql", *_up(part)]


def _pair(migration: SqlMigration, part: Part, by: int) -> list[str]:
    """golang-migrate and sqlx: an up and a down; sqlx also takes single files."""
    path = _path(migration, part.suffix, by)
    mark = ["-- no-transaction"] if part.outside and migration.layout == "sqlx" else []
    if not migration.has_downs:
        ending = ".up.sql" if migration.path.endswith(".up.sql") else ".sql"
        return [f"-- {path}{ending}", *mark, *_up(part)]
    down = _down(part) or ["SELECT 1;"]
    return [f"-- {path}.up.sql", *mark, *_up(part), f"-- {path}.down.sql", *mark, *down]


def _diesel(migration: SqlMigration, part: Part, by: int) -> list[str]:
    # https://diesel.rs/guides/configuring-diesel-cli
    path = _path(migration, part.suffix, by)
    lines = [f"-- {path}/up.sql", *_up(part), f"-- {path}/down.sql", *(_down(part) or ["SELECT 1;"])]
    return [*lines, f"-- {path}/metadata.toml", "run_in_transaction = false"] if part.outside else lines


def _prisma(migration: SqlMigration, part: Part, by: int) -> list[str]:
    return [f"-- {_path(migration, part.suffix, by)}/migration.sql", *_up(part)]


def _flyway(migration: SqlMigration, part: Part, by: int) -> list[str]:
    # https://documentation.red-gate.com/flyway/reference/script-configuration
    path = _path(migration, part.suffix, by)
    lines = [f"-- {path}.sql", *_up(part)]
    if part.outside:
        lines += [f"-- {path}.sql.conf", "executeInTransaction=false"]
    if migration.has_downs and _down(part):
        folder, _, name = path.rpartition("/")
        lines += [f"-- {folder + '/' if folder else ''}U{name[1:]}.sql", *_down(part)]
    return lines


def _annotated(migration: SqlMigration, part: Part, by: int) -> list[str]:
    """goose and dbmate: comments tell the parts of one file."""
    lines = [f"-- {_path(migration, part.suffix, by)}.sql", *_marked(migration, part)]
    option = " transaction:false" if part.outside else ""
    down = {"goose": "-- +goose Down", "dbmate": f"-- migrate:down{option}"}[migration.layout]
    return [*lines, down, *_down(part)]


def _liquibase(migration: SqlMigration, part: Part, by: int) -> list[str]:
    author = migration.name.rpartition("::")[2].partition(":")[0]
    named = f"--changeset {author}:{part.suffix}"
    lines = [f"-- {_file(migration.path)}, after this changeset", *_marked(migration, part, named)]
    return [*lines, *(f"--rollback {sql}" for sql in _down(part) or ["empty"])]


def _marked(migration: SqlMigration, part: Part, changeset: str = "") -> list[str]:
    """The statements under the marks that tell the tool how to run them."""
    name = migration.name.rpartition("::")[2]
    head = {
        # https://pressly.github.io/goose/documentation/annotations/
        "goose": ["-- +goose NO TRANSACTION", "-- +goose Up"] if part.outside else ["-- +goose Up"],
        # https://github.com/amacneil/dbmate#migration-options
        "dbmate": [f"-- migrate:up{' transaction:false' if part.outside else ''}"],
        # https://docs.rs/sqlx/latest/sqlx/macro.migrate.html
        "sqlx": ["-- no-transaction"] if part.outside else [],
        "diesel": ["-- In metadata.toml beside up.sql: run_in_transaction = false"] if part.outside else [],
        # https://docs.liquibase.com/concepts/changelogs/attributes/run-in-transaction.html
        "liquibase": [f"{changeset or f'--changeset {name}'}{' runInTransaction:false' if part.outside else ''}"],
        "flyway": [f"-- In {_file(migration.path)}.conf: executeInTransaction=false"] if part.outside else [],
    }.get(migration.layout, [])
    return [*head, *_up(part)]


_FORMS = {
    "golang-migrate": _pair,
    "sqlx": _pair,
    "diesel": _diesel,
    "prisma": _prisma,
    "flyway": _flyway,
    "goose": _annotated,
    "dbmate": _annotated,
    "liquibase": _liquibase,
}
