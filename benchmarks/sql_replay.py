"""What files of very many SQL statements cost, from reading to findings: time, growth with size, and memory.

    python benchmarks/sql_replay.py [SHAPE ...]

Each shape is one file of one kind of short statement, checked in a process of its own: 1 MB of it may take at most
twelve times as long as 100 KB, and 10 MB (the default of `max-file-size`) at most 60 s and 1.5 GB. `dump` is 50 MB of
what pg_dump writes, of which only the heads of statements are read. Times are CPU times. Exits with 1 over budget.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from migration_lint import config, lint

SHAPES = {
    "tables": "CREATE TABLE t{0} (a int);\n",
    "tables with keys": "CREATE TABLE t{0} (id bigint PRIMARY KEY, up int REFERENCES t0, n text UNIQUE);\n",
    "tables and indexes": "CREATE TABLE t{0} (a int);\nCREATE INDEX i{0} ON t{0} (a);\n",
    "indexes of one table": "CREATE INDEX i{0} ON t (a);\n",
    "columns of one table": "ALTER TABLE t ADD a{0} int;\n",
    "checks of one table": "ALTER TABLE t ADD CONSTRAINT c{0} CHECK (a > 0);\n",
    "columns dropped": "ALTER TABLE t{0} DROP a;\n",
    "columns made anew": "ALTER TABLE t{0} DROP a;\nALTER TABLE t{0} ADD b int;\n",
    "tables renamed": "CREATE TABLE a{0} (x int);\nALTER TABLE a{0} RENAME TO b{0};\n",
    "tables dropped": "CREATE TABLE t{0} (a int, b int, c int);\nDROP TABLE t{0};\n",
    "indexes dropped": "DROP INDEX i{0};\n",
    "partitions": "CREATE TABLE p{0} PARTITION OF t FOR VALUES IN ({0});\nCREATE INDEX i{0} ON t (a);\n",
    "views": "CREATE VIEW v{0} AS SELECT a FROM t;\n",
    "types": "CREATE TYPE y{0} AS ENUM ('a');\n",
    "settings": "SET app.a{0} = 1;\n",
    "updates": "UPDATE t{0} SET a = 1;\n",
    "rows": "INSERT INTO t VALUES ({0});\n",
    "nonsense": "x;\n",
}
DUMP = """
CREATE TABLE public.book_{0} (
    id bigint NOT NULL,
    title character varying(200) DEFAULT 'it''s; untitled'::character varying NOT NULL,
    author_id integer NOT NULL
);
ALTER TABLE public.book_{0} OWNER TO library;
COPY public.book_{0} (id, title, author_id) FROM stdin;
{1}\\.
ALTER TABLE ONLY public.book_{0} ADD CONSTRAINT book_{0}_pkey PRIMARY KEY (id);
CREATE INDEX book_{0}_title ON public.book_{0} USING btree (title);
ALTER TABLE ONLY public.book_{0} ADD CONSTRAINT author_{0} FOREIGN KEY (author_id) REFERENCES public.author(id);
"""
ROWS = "".join(f"{number}\tA title that isn't short\t{number % 97}\n" for number in range(250))
MEGABYTE = 1_000_000
MOST_SECONDS, MOST_MEGABYTES, MOST_GROWTH = 60, 1_500, 12


def text_of(shape: str, size: int) -> str:
    """The shape's statements with rising numbers, up to `size` characters."""
    pieces: list[str] = []
    length = 0
    template = DUMP.replace("{1}", ROWS) if shape == "dump" else SHAPES[shape]
    while length < size:
        pieces.append(template.replace("{0}", str(len(pieces))))
        length += len(pieces[-1])
    return "".join(pieces)


def check(shape: str, size: int) -> None:
    """Print the seconds and megabytes that one file takes."""
    with tempfile.TemporaryDirectory() as folder:
        migrations = Path(folder) / "migrations"
        migrations.mkdir()
        (migrations / "0001_all.sql").write_text(text_of(shape, size))
        settings = config.load([Path(folder)]).settings
        start = time.process_time()
        lint.lint([Path(folder)], settings)
        print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measured(shape: str, size: int) -> tuple[float, float]:
    """The same from a process of its own."""
    command = [sys.executable, __file__, "--one", shape, str(size)]
    seconds, megabytes = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(megabytes)


def main() -> int:
    """Print the figures; 1 if one of them is over its budget."""
    if sys.argv[1:2] == ["--one"]:
        check(sys.argv[2], int(sys.argv[3]))
        return 0
    failed = []
    for shape in sys.argv[1:] or [*SHAPES, "dump"]:
        growth = 0.0 if shape == "dump" else measured(shape, MEGABYTE)[0] / measured(shape, MEGABYTE // 10)[0]
        seconds, megabytes = measured(shape, (50 if shape == "dump" else 10) * MEGABYTE)
        grown = f"{growth:4.1f} x for ten times, " if growth else ""
        print(f"{shape:22} {grown}{seconds:5.1f} s, {megabytes:5.0f} MB for the largest", flush=True)
        if seconds > MOST_SECONDS or megabytes > MOST_MEGABYTES or growth > MOST_GROWTH:
            failed.append(shape)
    for shape in failed:
        print(f"over budget: {shape}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
