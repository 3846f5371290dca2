"""Random tables and ALTER TABLE statements for them, as SQL that MariaDB accepts nearly always."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

PARENT = "CREATE TABLE p (id bigint NOT NULL PRIMARY KEY)"

TYPES = (
    "int",
    "bigint",
    "varchar(20)",
    "varchar(50)",
    "varchar(100)",
    "varchar(300)",
    "text",
    "datetime(6)",
    "decimal(10,2)",
    "bool",
    "json",
    "char(10)",
    "varchar(40) character set utf8mb3",
    "enum('a','b')",
    "timestamp(6)",
    "date",
    "varchar(20) collate utf8mb4_bin",
)
NEAR = {
    "varchar(20)": ("varchar(30)", "varchar(63)", "varchar(64)", "varchar(10)"),
    "varchar(50)": ("varchar(60)", "varchar(70)"),
    "varchar(100)": ("varchar(120)",),
    "enum('a','b')": ("enum('a','b','c')", "enum('b','a')"),
    "int": ("bigint", "int unsigned"),
    "varchar(40) character set utf8mb3": ("varchar(40)", "varchar(60)", "varchar(70)"),
}
OPTIONS = ("",) * 8 + (
    " ROW_FORMAT=COMPRESSED",
    " ROW_FORMAT=REDUNDANT",
    " DEFAULT CHARSET=latin1",
    " DEFAULT CHARSET=utf8mb3",
)
EXPRESSIONS = (
    "datetime(6) DEFAULT (CURRENT_TIMESTAMP(6)) NOT NULL",
    "varchar(40) DEFAULT (uuid())",
    "int DEFAULT (1+1)",
    "datetime DEFAULT now()",
    "json DEFAULT '{}'",
    "double DEFAULT (rand())",
)


@dataclass
class Table:
    """A table under construction: its columns with type and nullability, its indexes with their columns."""

    columns: dict[str, tuple[str, bool]] = field(default_factory=dict)
    indexes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    foreign_key: str | None = None
    check: bool = False
    generated: bool = False
    primary_key: tuple[str, ...] = ("id",)

    def of_type(self, *prefixes: str, but: frozenset[str] = frozenset()) -> list[str]:
        return [n for n, (type_, _) in self.columns.items() if type_.startswith(prefixes) and n not in but]

    def indexable(self, but: frozenset[str] = frozenset()) -> list[str]:
        return [name for name in self.columns if name not in self.of_type("text", "json") and name not in but]


def nullness(nullable: bool) -> str:
    return "NULL" if nullable else "NOT NULL"


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, Table]:
    """CREATE TABLE t, and the table it makes."""
    table = Table()
    for name in "abcde"[: draw(st.integers(2, 5))]:
        type_, nullable = draw(st.sampled_from(TYPES)), draw(st.booleans())
        table.columns[name] = (type_, nullable)
    columns = [f"{name} {type_} {nullness(nullable)}" for name, (type_, nullable) in table.columns.items()]
    key = draw(st.sampled_from(("id", "id", "id", "auto", "two", "none")))
    columns.insert(0, f"id bigint {'AUTO_INCREMENT' if key == 'auto' else 'NOT NULL'}")
    if key == "none":
        table.primary_key = ()
    elif key == "two" and table.indexable():
        second = draw(st.sampled_from(table.indexable()))
        table.primary_key = ("id", second)
        table.columns[second] = (table.columns[second][0], False)
    if table.primary_key:
        table.lines.append(f"PRIMARY KEY ({', '.join(table.primary_key)})")
    _draw_indexes(draw, table)
    numbers = table.of_type("int", "bigint")
    if numbers and draw(st.integers(0, 7)) == 0:
        kind = draw(st.sampled_from(("STORED", "VIRTUAL")))
        columns.insert(draw(st.integers(1, len(columns))), f"g int AS ({numbers[0]} + 1) {kind}")
        table.generated = True
        if draw(st.integers(0, 2)) == 0:
            table.lines.append("KEY kg (g)")
    if key != "auto" and draw(st.integers(0, 9)) == 0:
        table.lines.append("CONSTRAINT ck CHECK (id > 0)")
        table.check = True
    if (keys := table.of_type("bigint")) and draw(st.booleans()):
        table.foreign_key = keys[0]
        table.lines.append(f"CONSTRAINT fk FOREIGN KEY ({keys[0]}) REFERENCES p (id)")
    return f"CREATE TABLE t ({', '.join(columns + table.lines)}){draw(st.sampled_from(OPTIONS))}", table


def _draw_indexes(draw: st.DrawFn, table: Table) -> None:
    for number in range(draw(st.integers(0, 3))):
        keys = draw(st.lists(st.sampled_from(table.indexable() or ["id"]), min_size=1, max_size=2, unique=True))
        # One index entry holds at most 3072 bytes, 767 in the older row formats.
        if tuple(keys) not in table.indexes.values() and not any("300" in table.columns.get(k, ("",))[0] for k in keys):
            name, unique = f"k{number}", "UNIQUE " if draw(st.integers(0, 3)) == 0 else ""
            table.indexes[name] = tuple(keys)
            table.lines.append(f"{unique}KEY {name} ({', '.join(keys)})")
    texts = table.of_type("varchar", "text", "char")
    if texts and draw(st.integers(0, 7)) == 0:
        text = draw(st.sampled_from(texts))
        table.indexes["ft"] = (text,)
        table.lines.append(f"FULLTEXT KEY ft ({text})")


@st.composite
def definitions(draw: st.DrawFn, old: tuple[str, bool]) -> str:
    """A new definition for a column, seldom far from its old one."""
    type_, nullable = old
    how_far = draw(st.sampled_from(("same", "same", "near", "near", "far")))
    if how_far == "near":
        type_ = draw(st.sampled_from(NEAR.get(type_, (type_,))))
    elif how_far == "far":
        type_ = draw(st.sampled_from(TYPES))
    nullable ^= draw(st.integers(0, 2)) == 0
    return f"{type_} {nullness(nullable)}{draw(st.sampled_from(('', '', '', ' COMMENT ' + repr('x'))))}"


@st.composite
def alterations(draw: st.DrawFn, table: Table) -> str:
    """One to three parts of an ALTER TABLE, none of which touches what another one does."""
    used: frozenset[str] = frozenset()
    parts: list[str] = []
    for number in range(draw(st.integers(1, 3))):
        part, touched = draw(_part(table, used, f"n{number}"))
        if part:
            parts.append(part)
            used |= touched
    return f"ALTER TABLE t {', '.join(parts) if parts else 'ADD COLUMN n int NULL'}"


@st.composite
def _part(draw: st.DrawFn, table: Table, used: frozenset[str], new: str) -> tuple[str, frozenset[str]]:
    """One part and what it touches; an empty part where the table has nothing for it."""
    choices = [f"ADD COLUMN {new} {draw(st.sampled_from(TYPES))} {nullness(draw(st.booleans()))}"]
    choices += [f"ADD COLUMN {new} int NULL UNIQUE", f"ADD COLUMN {new} {draw(st.sampled_from(EXPRESSIONS))}"]
    choices += [f"ADD COLUMN {new} bigint NULL REFERENCES p (id)", "COMMENT = 'x'"]
    for name, old in table.columns.items():
        if name in used:
            continue
        definition, place = draw(definitions(old)), draw(st.sampled_from(("FIRST", "AFTER id")))
        choices += [f"MODIFY {name} {definition}", f"MODIFY {name} {definition}", f"CHANGE {name} {name}2 {definition}"]
        choices += [f"DROP COLUMN {name}", f"RENAME COLUMN {name} TO {name}2", f"ALTER COLUMN {name} DROP DEFAULT"]
        choices += [f"MODIFY {name} {old[0]} {nullness(old[1])} {place}", f"ADD COLUMN {new} int NULL AFTER {name}"]
    for name in table.indexable(but=used):
        choices += [f"ADD INDEX ix{new} ({name})", f"ADD CONSTRAINT ux{new} UNIQUE ({name})"]
        if not used and table.primary_key:
            choices.append(f"DROP PRIMARY KEY, ADD PRIMARY KEY (id, {name})")
    choices += [f"ADD FULLTEXT INDEX fx{new} ({name})" for name in table.of_type("varchar", "text", "char", but=used)]
    choices += [f"ADD CONSTRAINT fk{new} FOREIGN KEY ({name}) REFERENCES p (id)"
                for name in table.of_type("bigint", but=used)]  # fmt: skip
    for name, keys in table.indexes.items():
        if name not in used and not used.intersection(keys):
            choices += [f"DROP INDEX {name}", f"RENAME INDEX {name} TO {name}n"]
    choices += ["DROP CONSTRAINT ck"] * (table.check and "ck" not in used)
    choices += ["DROP FOREIGN KEY fk"] * (table.foreign_key is not None and "fk" not in used)
    choices += ["DROP COLUMN g"] * (table.generated and "g" not in used)
    part = draw(st.sampled_from(choices))
    words = frozenset(part.replace("(", " ").replace(")", " ").replace(",", " ").split())
    return part, words & {*table.columns, *table.indexes, "ck", "fk", "g"} | (
        frozenset(table.columns) if "PRIMARY" in part else frozenset()
    )
