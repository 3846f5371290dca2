"""What the real Alembic and SQLAlchemy send for operations, recorded: `python tests/alembic_oracle.py` records anew.

The record is `tests/data/alembic.json`, so that the comparison needs neither of them; where they are installed, a test
sees that the record is theirs.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

RECORD = Path(__file__).parent / "data" / "alembic.json"
ENGINES = ("postgresql", "mysql")

TABLE = 'op.create_table("book", sa.Column("id", sa.Integer(), nullable=False), {}, sa.PrimaryKeyConstraint("id"))'
TYPES = (
    *("sa.Integer()", "sa.SmallInteger()", "sa.BigInteger()", "sa.Integer", "sa.INTEGER()", "sa.String(50)"),
    *("sa.String(length=255)", "sa.Unicode(20)", "sa.VARCHAR(9)", "sa.Text()", "sa.UnicodeText()", "sa.TEXT()"),
    *("sa.CHAR(3)", "sa.Boolean()", "sa.BOOLEAN()", "sa.Date()", "sa.Time()", "sa.DateTime()", "sa.TIMESTAMP()"),
    *("sa.DateTime(timezone=True)", "sa.TIMESTAMP(timezone=True)", "sa.Interval()", "sa.Float()", "sa.Float(53)"),
    *("sa.Numeric()", "sa.Numeric(10, 2)", "sa.Numeric(precision=5)", "sa.DECIMAL(8, 3)", "sa.Double()"),
    *("sa.LargeBinary()", "sa.JSON()", "sa.Uuid()", "sa.Enum('a', 'b', name='kind')", "sa.REAL()", "sa.SMALLINT()"),
    *("sa.Enum('a', 'bcd', name='kind', native_enum=False)", "sa.BIGINT()", "sa.PickleType()", "sa.NUMERIC(4, 1)"),
    "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')",
    "sa.Integer().with_variant(sa.BigInteger(), 'mysql')",
)
POSTGRESQL_TYPES = (
    *("postgresql.JSONB()", "postgresql.UUID(as_uuid=True)", "postgresql.ARRAY(sa.String(20))", "postgresql.INET()"),
    *("sa.ARRAY(sa.Integer(), dimensions=2)", "postgresql.HSTORE()", "postgresql.TSVECTOR()", "postgresql.BYTEA()"),
    *("postgresql.TIMESTAMP(precision=3, timezone=True)", "postgresql.DOUBLE_PRECISION(precision=53)"),
    *("postgresql.BIT(4)", "postgresql.CITEXT()", "postgresql.MONEY()", "postgresql.INT4RANGE()", "sa.UUID()"),
    *("postgresql.ENUM('a', 'b', name='kind', create_type=False)", "postgresql.JSON(astext_type=sa.Text())"),
)
MYSQL_TYPES = (
    *("mysql.MEDIUMTEXT()", "mysql.LONGTEXT()", "mysql.TINYINT(1)", "mysql.INTEGER(unsigned=True)", "mysql.DOUBLE()"),
    *("mysql.DATETIME(fsp=6)", "mysql.TIMESTAMP(fsp=6)", "mysql.BIGINT(unsigned=True)", "mysql.LONGBLOB()"),
    *("mysql.VARCHAR(50)", "sa.Text(5000)", "mysql.ENUM('a', 'b')", "sa.LargeBinary(20)"),
)
COLUMNS = (
    "sa.Column('n', sa.Integer(), nullable=False, server_default='0')",
    "sa.Column('n', sa.Integer(), server_default=sa.text('0'))",
    "sa.Column('flag', sa.Boolean(), server_default=sa.true(), nullable=False)",
    "sa.Column('made', sa.DateTime(), server_default=sa.func.now())",
    "sa.Column('made', sa.DateTime(), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=True)",
    "sa.Column('title', sa.String(20), default='x', nullable=False)",
    "sa.Column('title', sa.String(20), server_default=\"it's\")",
    "sa.Column('code', sa.String(20), unique=True)",
    "sa.Column('code', sa.String(20), index=True)",
    "sa.Column('code', sa.String(20), index=True, unique=True)",
    "sa.Column('key', sa.String(20), comment='what it is')",
    "sa.Column('Author', sa.Integer(), sa.ForeignKey('author.id'))",
    "sa.Column('author_id', sa.Integer(), sa.ForeignKey('author.id', name='fk', ondelete='CASCADE'), nullable=False)",
    "sa.Column('twice', sa.Integer(), sa.Computed('id * 2', persisted=True))",
)
TABLES = (
    'op.create_table("book", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("t", sa.Text()))',
    'op.create_table("book", sa.Column("id", sa.Integer(), sa.Identity(always=True), primary_key=True))',
    'op.create_table("book", sa.Column("id", sa.String(36), primary_key=True))',
    'op.create_table("book", sa.Column("id", sa.Integer(), autoincrement=False, primary_key=True))',
    (
        'op.create_table("tag", sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer()), '
        'sa.PrimaryKeyConstraint("a", "b", name="pk_tag"))'
    ),
    'op.create_table("tag", sa.Column("a", sa.Integer(), sa.ForeignKey("book.id"), primary_key=True))',
    (
        'op.create_table("tag", sa.Column("a", sa.Integer()), sa.ForeignKeyConstraint(["a"], ["book.id"], '
        'name=op.f("fk_tag"), ondelete="SET NULL"), sa.UniqueConstraint("a", name="uq"), '
        'sa.CheckConstraint("a > 0", name="positive"))'
    ),
    'op.create_table("tag", sa.Column("a", sa.Integer()), sa.UniqueConstraint("a"), sa.Index("i", "a"), schema="s")',
    'op.create_table("tag", sa.Column("a", sa.Integer()), comment="tags", if_not_exists=True)',
)
OPERATIONS = (
    *TABLES,
    'op.drop_table("book")',
    'op.drop_table("book", schema="other", if_exists=True)',
    'op.rename_table("book", "volume")',
    'op.drop_column("book", "title")',
    'op.drop_column("book", "title", schema="other")',
    'op.alter_column("book", "title", existing_type=sa.String(50), nullable=False)',
    'op.alter_column("book", "title", existing_type=sa.String(50), nullable=True, existing_server_default="x")',
    'op.alter_column("book", "title", existing_type=sa.String(50), type_=sa.String(80), existing_nullable=False)',
    'op.alter_column("book", "title", existing_type=sa.String(50), type_=sa.Text(), nullable=False, server_default="")',
    'op.alter_column("book", "title", existing_type=sa.String(50), server_default=None)',
    'op.alter_column("book", "title", existing_type=sa.String(50), server_default=sa.text("\'z\'"))',
    'op.alter_column("book", "title", existing_type=sa.String(50), new_column_name="name")',
    'op.alter_column("book", "title", existing_type=sa.String(50), new_column_name="name", nullable=False)',
    'op.alter_column("book", "title", existing_type=sa.String(50), comment="what it is called")',
    'op.create_index("ix_book_title", "book", ["title"])',
    'op.create_index(op.f("ix_book_title"), "book", ["title", "id"], unique=True, schema="other")',
    'op.create_index("ix_lower", "book", [sa.text("lower(title)")])',
    'op.drop_index("ix_book_title", table_name="book")',
    'op.create_unique_constraint("uq_book", "book", ["title", "id"])',
    'op.create_primary_key("pk_book", "book", ["id"])',
    'op.create_check_constraint("positive", "book", "id > 0")',
    'op.create_foreign_key("fk_book", "book", "author", ["author_id"], ["id"])',
    (
        'op.create_foreign_key("fk_book", "book", "author", ["author_id"], ["id"], ondelete="CASCADE", '
        'referent_schema="other", source_schema="mine")'
    ),
    'op.drop_constraint("fk_book", "book", type_="foreignkey")',
    'op.drop_constraint("uq_book", "book", type_="unique")',
    'op.drop_constraint("positive", "book", type_="check")',
    'op.create_table_comment("book", "all of them")',
    "op.execute(\"UPDATE book SET title = 'x' WHERE id = 1\")",
    'op.execute(sa.table("book", sa.column("title")).update().values(title=None))',
    'op.execute(sa.delete(sa.table("book", sa.column("title"))))',
)
POSTGRESQL = (
    'op.create_index("ix", "book", ["title"], postgresql_concurrently=True, if_not_exists=True)',
    'op.create_index("ix", "book", ["title"], postgresql_where=sa.text("title IS NOT NULL"), postgresql_using="gin")',
    'op.create_index("ix", "book", ["title"], postgresql_ops={"title": "text_pattern_ops"}, postgresql_include=["id"])',
    'op.create_index("ix", "book", [sa.text("title DESC")])',
    'op.create_index("ix", "book", [sa.desc("title")])',
    'op.drop_index("ix", table_name="book", postgresql_concurrently=True, if_exists=True)',
    'op.alter_column("book", "n", type_=sa.Integer(), postgresql_using="n::integer")',
    'op.create_foreign_key(None, "book", "author", ["author_id"], ["id"], postgresql_not_valid=True)',
    'op.create_foreign_key("fk", "book", "author", ["a"], ["id"], deferrable=True, initially="DEFERRED")',
    'op.create_check_constraint("positive", "book", sa.text("id > 0"), postgresql_not_valid=True)',
    'op.create_unique_constraint(None, "book", ["title"], deferrable=True, postgresql_nulls_not_distinct=True)',
    'op.create_exclude_constraint("no_overlap", "book", (sa.column("during"), "&&"), using="gist")',
    'op.drop_constraint("uq", "book", schema="other")',
    'op.drop_table_comment("book")',
    'op.add_column("book", sa.Column("kind", sa.Enum("a", "b", name="kind")))',
    'op.add_column("book", sa.Column("id", sa.Integer(), sa.Identity()))',
    'op.create_table("part", sa.Column("a", sa.Integer()), postgresql_partition_by="RANGE (a)")',
    'sa.Enum("a", "b", name="kind").create(op.get_bind(), checkfirst=False)',
)


def cases() -> list[tuple[str, str]]:
    """The operations, each with an engine."""
    found = []
    for engine in ENGINES:
        own = POSTGRESQL_TYPES if engine == "postgresql" else MYSQL_TYPES
        columns = [*(f"sa.Column('c', {each})" for each in (*TYPES, *own)), *COLUMNS]
        if engine == "mysql":  # SQLAlchemy 2.1 puts brackets around now(), 2.0 does not
            columns = [each for each in columns if "func.now" not in each]
        both = [*(TABLE.format(each) for each in columns), *(f'op.add_column("book", {each})' for each in columns)]
        found += [(engine, each) for each in (*both, *OPERATIONS, *(POSTGRESQL if engine == "postgresql" else ()))]
    return found


def recorded() -> dict[str, str]:
    """The SQL by engine and operation."""
    found: dict[str, str] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def real(engine: str, operation: str) -> str:
    """What Alembic sends, as its offline mode prints it."""
    import sqlalchemy as sa
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy.dialects import mysql, postgresql

    output = io.StringIO()
    url = {"postgresql": "postgresql://", "mysql": "mysql://"}[engine]
    dialect: Any = {"postgresql": postgresql.dialect, "mysql": mysql.dialect}[engine]()
    options = {"as_sql": True, "output_buffer": output, "literal_binds": True}
    context = MigrationContext.configure(dialect=dialect, url=url, opts=options)
    op = Operations(context)
    exec(operation, {"op": op, "sa": sa, "postgresql": postgresql, "mysql": mysql})
    return output.getvalue().strip()


def record() -> dict[str, str]:
    """What Alembic sends for every case."""
    return {f"{engine}: {operation}": real(engine, operation) for engine, operation in cases()}


if __name__ == "__main__":
    RECORD.write_text(json.dumps(record(), indent=1) + "\n", encoding="utf-8")
