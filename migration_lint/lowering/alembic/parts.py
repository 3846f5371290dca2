"""Columns, constraints and indexes as Alembic spells them in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from migration_lint.lowering.alembic.expressions import default_sql, expression, name_of
from migration_lint.lowering.alembic.names import listed, quoted
from migration_lint.lowering.alembic.types import Enumeration, enumeration, is_type, options_of, type_sql
from migration_lint.model.values import Call, Dict, Unknown, Value

_SERIAL = {"INTEGER": "SERIAL", "BIGINT": "BIGSERIAL", "SMALLINT": "SMALLSERIAL"}


class RefusedError(Exception):
    """An operation whose essentials are not known, and why."""


@dataclass(slots=True)
class Holes:
    """What in a statement's text is not known: each unresolved value under a name that stands in its place."""

    engine: str
    found: dict[str, Unknown] = field(default_factory=dict)

    @property
    def mysql(self) -> bool:
        """Whether it is MySQL's or MariaDB's SQL."""
        return self.engine in ("mysql", "mariadb")

    def fill(self, value: str | Unknown) -> str:
        """The text, or a name that stands for it."""
        if not isinstance(value, Unknown):
            return value
        name = f"unresolved_{len(self.found) + 1}_"
        self.found[name] = value
        return name


@dataclass(slots=True)
class ColumnParts:
    """A column's definition, and what stands beside it."""

    name: str
    definition: str
    constraints: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    primary: bool = False
    comment: str | None = None
    enumeration: Enumeration | None = None


def table_of(options: Mapping[str, Value], name: str = "table_name", schema: str = "schema") -> str:
    """A table's name with its schema."""
    found = name_of(options.get(name))
    if found is None:
        raise RefusedError(_why(options.get(name), f"{name.replace('_', ' ')} is not known"))
    prefix = options.get(schema)
    if isinstance(prefix, Unknown):
        raise RefusedError(f"its schema is not known: {prefix.reason}")
    return f"{prefix}.{found}" if isinstance(prefix, str) else found


def text_of(options: Mapping[str, Value], name: str) -> str:
    """An argument that has to be a name."""
    found = name_of(options.get(name))
    if found is None:
        raise RefusedError(_why(options.get(name), f"{name.replace('_', ' ')} is not known"))
    return found


def names_of(value: Value) -> list[str]:
    """A list of columns' names."""
    if isinstance(value, str):
        return [value]
    found = [name_of(each) for each in value] if isinstance(value, tuple) else [None]
    if any(each is None for each in found):
        raise RefusedError("its columns are not known")
    return [each for each in found if each is not None]


def _why(value: Value | None, otherwise: str) -> str:
    return value.reason if isinstance(value, Unknown) else otherwise


def column_parts(value: Value, table: str, holes: Holes, keys: Sequence[str] | None) -> ColumnParts:
    """The parts of a `Column(…)`; `keys` are the primary key's columns where a table is created, else None.

    Raises:
        RefusedError: not even the column's name is known.
    """
    if not isinstance(value, Call) or value.function.name not in ("Column", "mapped_column"):
        raise RefusedError(_why(value, "a column is only known when it runs"))
    args, options = list(value.args), dict(value.kwargs)
    name = name_of(args.pop(0)) if args and name_of(args[0]) is not None else name_of(options.get("name"))
    if name is None:
        raise RefusedError("a column's name is not known")
    kind = options.get("type_")
    if kind is None and args and is_type(args[0]):
        kind = args.pop(0)
    spelled = type_sql(kind, holes.engine) if kind is not None else Unknown(name, f"{name} has no type of its own")
    parts = ColumnParts(name, "", primary=options.get("primary_key") is True)
    parts.enumeration = enumeration(kind, holes.engine) if kind is not None else None
    belongings = [each for each in args if isinstance(each, Call)]
    key = parts.primary if keys is None else name in keys
    words = [
        quoted(name),
        _autoincrement(holes.fill(spelled), belongings, options, key and (keys or [name]) == [name], holes),
    ]
    words += _column_words(belongings, options, key, holes)
    parts.definition = " ".join(word for word in words if word)
    for each in belongings:
        if each.function.name == "ForeignKey":
            parts.constraints.append(foreign_key(name, each, holes))
        elif each.function.name == "CheckConstraint":
            parts.constraints.append(_named(each, f"CHECK ({condition(each.argument('sqltext', 0), holes)})"))
    if options.get("unique") is True and options.get("index") is not True:
        parts.constraints.append(f"UNIQUE ({quoted(name)})")
    if options.get("index") is True:
        unique = "UNIQUE " if options.get("unique") is True else ""
        index = f"ix_{table.rpartition('.')[2]}_{name}"
        parts.indexes.append(f"CREATE {unique}INDEX {quoted(index)} ON {quoted(table)} ({quoted(name)})")
    comment = options.get("comment")
    parts.comment = comment if isinstance(comment, str) else None
    return parts


def _autoincrement(
    spelled: str, belongings: Sequence[Call], options: Mapping[str, Value], only_key: bool, holes: Holes
) -> str:
    """The type, as a SERIAL or AUTO_INCREMENT where it is a key that SQLAlchemy makes the database count.

    https://docs.sqlalchemy.org/en/20/core/metadata.html#sqlalchemy.schema.Column.params.autoincrement
    """
    counts = options.get("autoincrement", "auto")
    fixed = {"ForeignKey", "Identity", "Computed"} & {each.function.name for each in belongings}
    wanted = counts is True or (counts == "auto" and not fixed and "server_default" not in options)
    if not only_key or not wanted or "Identity" in fixed or spelled.partition("(")[0] not in _SERIAL:
        return spelled
    return f"{spelled} AUTO_INCREMENT" if holes.mysql else _SERIAL[spelled]


def _column_words(belongings: Sequence[Call], options: Mapping[str, Value], key: bool, holes: Holes) -> Iterator[str]:
    """COLLATE is part of the type; what follows is the default, what generates it, and NOT NULL."""
    default = options.get("server_default")
    generated = [each for each in belongings if each.function.name in ("Identity", "Computed")]
    if isinstance(default, Call) and default.function.name in ("Identity", "Computed"):
        generated.append(default)
    elif default is not None and not (isinstance(default, Call) and default.function.name == "FetchedValue"):
        yield f"DEFAULT {holes.fill(default_sql(default))}"
    for each in generated:
        yield generation(each, holes)
    nullable = options.get("nullable", not key and not any(each.function.name == "Identity" for each in generated))
    if nullable is False:
        yield "NOT NULL"
    comment = options.get("comment")
    if holes.mysql and isinstance(comment, str):
        yield "COMMENT '" + comment.replace("'", "''") + "'"


def generation(call: Call, holes: Holes) -> str:
    """GENERATED … AS IDENTITY, or AS an expression."""
    if call.function.name == "Identity":
        if holes.mysql:
            return "AUTO_INCREMENT"
        return f"GENERATED {'ALWAYS' if call.argument('always', 1) is True else 'BY DEFAULT'} AS IDENTITY"
    text = condition(call.argument("sqltext", 0), holes)
    persisted = call.argument("persisted", 1)
    kind = " VIRTUAL" if persisted is False else " STORED" if persisted is True or not holes.mysql else ""
    return f"GENERATED ALWAYS AS ({text}){kind}"


def condition(value: object, holes: Holes) -> str:
    """A condition or expression."""
    return holes.fill(expression(value))  # type: ignore[arg-type]


def foreign_key(column: str, call: Call, holes: Holes) -> str:
    """`ForeignKey("table.column")` of a column, as the constraint that the table gets."""
    target = name_of(call.argument("column", 0))  # type: ignore[arg-type]
    if target is None or "." not in target:
        raise RefusedError(f"what the foreign key of {column} refers to is not known")
    table, _, referred = target.rpartition(".")
    return _named(call, references([column], table, [referred], dict(call.kwargs)))


def references(columns: Sequence[str], table: str, referred: Sequence[str], options: Mapping[str, Value]) -> str:
    """FOREIGN KEY … REFERENCES with its options."""
    text = f"FOREIGN KEY ({listed(columns)}) REFERENCES {quoted(table)}"
    if referred:
        text += f" ({listed(referred)})"
    for option, words in (("match", "MATCH"), ("ondelete", "ON DELETE"), ("onupdate", "ON UPDATE")):
        if isinstance(action := options.get(option), str):
            text += f" {words} {action.upper()}"
    return text + deferral(options) + not_valid(options)


def deferral(options: Mapping[str, Value]) -> str:
    """DEFERRABLE, and when it is checked at first."""
    deferrable, initially = options.get("deferrable"), options.get("initially")
    text = " DEFERRABLE" if deferrable is True else " NOT DEFERRABLE" if deferrable is False else ""
    return text + (f" INITIALLY {initially.upper()}" if isinstance(initially, str) else "")


def not_valid(options: Mapping[str, Value]) -> str:
    """NOT VALID, where it is asked for."""
    return " NOT VALID" if options.get("postgresql_not_valid") is True else ""


def _named(call: Call, text: str) -> str:
    name = name_of(dict(call.kwargs).get("name"))
    return f"CONSTRAINT {quoted(name)} {text}" if name is not None else text


def table_constraint(call: Call, table: str, holes: Holes) -> str | None:
    """A constraint among a table's columns; None for what is none."""
    options = dict(call.kwargs)
    match call.function.name:
        case "PrimaryKeyConstraint":
            return _named(call, f"PRIMARY KEY ({listed(names_of(call.args))})") if call.args else None
        case "UniqueConstraint":
            distinct = " NULLS NOT DISTINCT" if options.get("postgresql_nulls_not_distinct") is True else ""
            return _named(call, f"UNIQUE{distinct} ({listed(names_of(call.args))}){deferral(options)}")
        case "ForeignKeyConstraint":
            given = options_of(call, ("columns", "refcolumns", "name"))
            targets = names_of(given.get("refcolumns"))
            if not targets or not all("." in target for target in targets):
                raise RefusedError("what a foreign key refers to is not known")
            referred = [target.rpartition(".") for target in targets]
            text = references(names_of(given.get("columns")), referred[0][0], [each[2] for each in referred], options)
            name = name_of(given.get("name"))
            return f"CONSTRAINT {quoted(name)} {text}" if name is not None else text
        case "CheckConstraint":
            given = options_of(call, ("sqltext", "name"))
            name = name_of(given.get("name"))
            text = f"CHECK ({condition(given.get('sqltext'), holes)})"
            return f"CONSTRAINT {quoted(name)} {text}" if name is not None else text
        case "ExcludeConstraint":
            return _named(call, exclusion(call.args, options, holes))
    return None


def exclusion(elements: Sequence[Value], options: Mapping[str, Value], holes: Holes) -> str:
    """EXCLUDE, from pairs of an expression and an operator."""
    keys = []
    for each in elements:
        if not isinstance(each, tuple) or len(each) != 2 or not isinstance(each[1], str):
            raise RefusedError("what it excludes is not known")
        left = quoted(each[0]) if isinstance(each[0], str) else holes.fill(expression(each[0]))
        keys.append(f"{left} WITH {each[1]}")
    using = options.get("using", options.get("postgresql_using"))
    where = options.get("where", options.get("postgresql_where"))
    text = f"EXCLUDE USING {using if isinstance(using, str) else 'gist'} ({', '.join(keys)})"
    return text + (f" WHERE ({condition(where, holes)})" if where is not None else "") + deferral(options)


def index(name: str | None, table: str, keys: Value, options: Mapping[str, Value], holes: Holes) -> str:
    """CREATE INDEX."""
    if not isinstance(keys, tuple):
        raise RefusedError("its columns are not known")
    classes = _mapping(options.get("postgresql_ops"))
    spelled = []
    for each in keys:
        column = name_of(each)
        text = quoted(column) if column is not None else _key(holes.fill(expression(each)))
        spelled.append(f"{text} {classes[column]}" if column in classes else text)
    words = ["CREATE"]
    words += ["UNIQUE"] if options.get("unique") is True else []
    prefix = options.get("mysql_prefix")
    words += [prefix] if holes.mysql and isinstance(prefix, str) else []
    words.append("INDEX")
    if not holes.mysql:
        words += ["CONCURRENTLY"] if options.get("postgresql_concurrently") is True else []
        words += ["IF NOT EXISTS"] if options.get("if_not_exists") is True else []
    words += [quoted(name)] if name is not None else []
    words.append(f"ON {quoted(table)}")
    using = options.get("postgresql_using")
    words += [f"USING {using}"] if not holes.mysql and isinstance(using, str) else []
    words.append(f"({', '.join(spelled)})")
    if not holes.mysql:
        include = options.get("postgresql_include")
        words += [f"INCLUDE ({listed(names_of(include))})"] if include else []
        words += ["NULLS NOT DISTINCT"] if options.get("postgresql_nulls_not_distinct") is True else []
        where = options.get("postgresql_where")
        words += [f"WHERE {condition(where, holes)}"] if where is not None else []
    return " ".join(words)


def _key(text: str) -> str:
    """An expression in brackets, which a plain column, with a direction or not, does not need."""
    words = text.split()
    plain = words and words[0].replace("_", "").replace('"', "").isalnum()
    if plain and all(word.upper() in ("ASC", "DESC", "NULLS", "FIRST", "LAST") for word in words[1:]):
        return text
    body, _, last = text.rpartition(" ")
    if last.upper() in ("ASC", "DESC"):
        return f"({body}) {last}"
    return text if text.startswith("(") and text.endswith(")") else f"({text})"


def _mapping(value: Value | None) -> dict[str | None, str]:
    """A dictionary of constants."""
    if not isinstance(value, Dict):
        return {}
    return {key: item for key, item in value.items if isinstance(key, str) and isinstance(item, str)}
