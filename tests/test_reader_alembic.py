from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from migration_lint.model.alembic import AlembicMigration, AlembicOperation, AlembicSql
from migration_lint.model.django import SqlText
from migration_lint.model.migration import Dependency, NotAMigration, NotAnalysed
from migration_lint.model.values import Call, Reference, Unknown
from migration_lint.readers.alembic import read
from migration_lint.source import Source

IMPORTS = "import sqlalchemy as sa\nfrom alembic import op\n"


def revision(upgrade: str, imports: str = IMPORTS, more: str = "") -> AlembicMigration:
    """A revision with this body of `upgrade()`."""
    body = indent(dedent(upgrade).strip(), "    ")
    found = read(Source("versions/a1.py", f'{imports}\nrevision = "a1"\n{dedent(more)}\n\ndef upgrade():\n{body}\n'))
    assert isinstance(found, AlembicMigration)
    return found


def told(migration: AlembicMigration) -> list[tuple[str, dict[str, object]]]:
    """The operations, each with its arguments."""
    return [(o.kind, dict(o.options)) for o in migration.operations if isinstance(o, AlembicOperation)]


def sql(migration: AlembicMigration) -> list[str]:
    """The text that is sent."""
    return [o.sql.text for o in migration.operations if isinstance(o, AlembicSql) and isinstance(o.sql, SqlText)]


class TestIdentity:
    def test_a_revision_with_annotations(self) -> None:
        source = """
            '''Add pages

            Revision ID: b2
            '''
            from typing import Sequence, Union
            revision: str = "b2"
            down_revision: Union[str, None] = "a1"
            branch_labels: Union[str, Sequence[str], None] = ("shop",)
            depends_on = "x9"
            def upgrade() -> None:
                pass
            def downgrade() -> None:
                pass
        """
        found = read(Source("versions/b2.py", dedent(source).lstrip()))
        assert isinstance(found, AlembicMigration)
        assert (found.name, found.down_revisions, found.branch_labels, found.title) == (
            "b2",
            ("a1",),
            ("shop",),
            "Add pages",
        )
        assert found.dependencies == (Dependency("", "a1"), Dependency("", "x9"))
        assert (found.downgrade, found.refuses) == ((), False)

    def test_a_merge(self) -> None:
        assert revision("pass", more='down_revision = ("a", "b")').down_revisions == ("a", "b")

    def test_a_file_without_identifier(self) -> None:
        assert isinstance(read(Source("versions/x.py", "def upgrade(): pass\n")), NotAMigration)

    def test_a_parent_that_is_not_known(self) -> None:
        found = revision("pass", more="down_revision = compute()")
        assert [unknown.source for _, unknown in found.problems] == ["compute()"]

    def test_a_downgrade_that_refuses(self) -> None:
        found = revision("pass", more="def downgrade():\n    raise NotImplementedError('no way back')")
        assert (found.downgrade, found.refuses) == (None, True)


class TestOperations:
    @pytest.mark.parametrize(
        "imports",
        [
            "from alembic import op",
            "from alembic import op as o\nop = o",
            "import alembic.op\nop = alembic.op",
            "import alembic\nfrom alembic.op import drop_table\nop = alembic.op",
        ],
    )
    def test_imports(self, imports: str) -> None:
        assert told(revision('op.drop_table("book")', imports)) == [("op.drop_table", {"table_name": "book"})]

    def test_a_column(self) -> None:
        found = told(revision('op.add_column("book", sa.Column("pages", sa.Integer(), nullable=False))'))
        column = Call(
            Reference("sqlalchemy", "Column"),
            ("pages", Call(Reference("sqlalchemy", "Integer"))),
            (("nullable", False),),
        )
        assert found == [("op.add_column", {"table_name": "book", "column": column})]

    def test_a_batch(self) -> None:
        found = revision("""
            with op.batch_alter_table("book", schema="shop") as batch_op:
                batch_op.drop_column("isbn")
                batch_op.create_foreign_key("fk", "author", ["author_id"], ["id"])
        """)
        assert told(found) == [
            ("batch_op.drop_column", {"table_name": "book", "column_name": "isbn", "schema": "shop"}),
            (
                "batch_op.create_foreign_key",
                {
                    "source_table": "book",
                    "constraint_name": "fk",
                    "referent_table": "author",
                    "local_cols": ("author_id",),
                    "remote_cols": ("id",),
                    "source_schema": "shop",
                },
            ),
        ]

    def test_helpers_loops_and_constants(self) -> None:
        found = revision(
            """
            for table in TABLES:
                drop(f"{table}_{SUFFIX}")
            """,
            more="""
            TABLES = ["a", "b"]
            SUFFIX = "old"
            def drop(name):
                op.drop_table(name)
            """,
        )
        assert [options["table_name"] for _, options in told(found)] == ["a_old", "b_old"]

    def test_conditions(self) -> None:
        found = revision("""
            if op.get_bind().dialect.name == "postgresql":
                op.drop_table("a")
            else:
                op.drop_table("b")
        """)
        condition = 'op.get_bind().dialect.name == "postgresql"'
        assert [operation.conditional for operation in found.operations] == [condition, f"not ({condition})"]

    def test_an_autocommit_block(self) -> None:
        found = revision("""
            with op.get_context().autocommit_block():
                op.execute("VACUUM book")
            op.drop_table("book")
        """)
        assert [operation.outside for operation in found.operations] == [True, False]  # type: ignore[attr-defined]

    def test_what_is_not_known(self) -> None:
        found = revision("""
            op.drop_table(name_of_it())
            op.make_magic("book")
            change_everything()
        """)
        assert [(o.kind, getattr(o, "reason", None)) for o in found.operations] == [
            ("op.drop_table", None),
            ("op.make_magic", "make_magic is no operation of Alembic's own"),
            ("change_everything", "change_everything is not defined in this file"),
        ]
        assert isinstance(dict(found.operations[0].options)["table_name"], Unknown)  # type: ignore[attr-defined]

    def test_helpers_that_are_not_at_hand(self) -> None:
        found = revision("grant_all(op.get_bind())", f"{IMPORTS}from shop.migrations.utils import grant_all")
        assert found.operations == (
            NotAnalysed(
                span=found.operations[0].span,
                name="grant_all",
                reason="grant_all comes from another file and is not followed",
            ),
        )

    def test_questions_and_log_messages_ask_for_nothing(self) -> None:
        found = revision(
            """
            logger.info("here")
            tables = sa.inspect(op.get_bind()).get_table_names()
            if not has_table(op.get_bind(), "book"):
                pass
            """,
            f"{IMPORTS}import logging\nfrom shop.utils import has_table\nlogger = logging.getLogger(__name__)",
        )
        assert found.operations == ()

    def test_an_enumeration_made_by_hand(self) -> None:
        found = revision("""
            kind = sa.Enum("a", "b", name="kind")
            kind.create(op.get_bind(), checkfirst=True)
        """)
        assert [(kind, options["checkfirst"]) for kind, options in told(found)] == [("op.create_type", True)]

    def test_a_type_decorator_of_the_same_file(self) -> None:
        found = revision(
            'op.add_column("book", sa.Column("kept", Utc(timezone=True)))',
            more="class Utc(sa.types.TypeDecorator):\n    impl = sa.DateTime\n    cache_ok = True",
        )
        column = told(found)[0][1]["column"]
        assert isinstance(column, Call)
        assert column.args[1] == Call(Reference("sqlalchemy", "DateTime"), (), (("timezone", True),))


class TestSql:
    @pytest.mark.parametrize(
        "statement",
        [
            'op.execute("DELETE FROM book")',
            'op.execute(sa.text("DELETE FROM book"))',
            'op.get_bind().execute(sa.text("DELETE FROM book"))',
            'conn = op.get_bind()\nconn.exec_driver_sql("DELETE FROM book")',
            (
                "from sqlalchemy.orm import Session\n"
                'session = Session(bind=op.get_bind())\nsession.execute(sa.text("DELETE FROM book"))'
            ),
            'TABLE = "book"\nop.execute(f"DELETE FROM {TABLE}")',
            'op.execute(sa.table("book").delete())',
            'op.execute(sa.delete(sa.table("book")))',
        ],
    )
    def test_what_is_executed(self, statement: str) -> None:
        assert sql(revision(statement)) == ["DELETE FROM book"]

    @pytest.mark.parametrize(
        ("construct", "expected"),
        [
            ('sa.update(book).values(title="x")', "UPDATE book SET title = :value"),
            ("book.update().values(title=None)", "UPDATE book SET title = NULL"),
            (
                'book.update().values({"title": "x"}).where(book.c.id == 1)',
                "UPDATE book SET title = :value WHERE :condition",
            ),
            (
                'sa.update(book).where(book.c.title.is_(None)).values(title="x")',
                "UPDATE book SET title = :value WHERE title IS NULL",
            ),
            ('book.insert().values(title="x")', "INSERT INTO book VALUES (:row)"),
            ("sa.delete(book).where(book.c.id > 3)", "DELETE FROM book WHERE :condition"),
        ],
    )
    def test_constructs(self, construct: str, expected: str) -> None:
        table = 'book = sa.table("book", sa.column("id"), sa.column("title"))'
        assert sql(revision(f"op.execute({construct})", more=table)) == [expected]

    def test_queries_ask_for_nothing_else(self) -> None:
        assert revision('op.get_bind().execute(sa.select(sa.table("book")))').operations == ()

    def test_rows_inserted_in_bulk(self) -> None:
        found = revision('op.bulk_insert(sa.table("book", sa.column("id")), [{"id": 1}, {"id": 2}])')
        assert sql(found) == ["INSERT INTO book (id) VALUES (:row), (:row)"]

    def test_where_the_text_stands(self) -> None:
        found = revision('op.execute("DELETE FROM book")').operations[0]
        assert isinstance(found, AlembicSql)
        assert isinstance(found.sql, SqlText)
        assert (found.sql.exact, found.sql.span.column, found.span.column) == (True, 17, 5)

    def test_text_that_is_not_known(self) -> None:
        found = revision('op.execute(sa.text("DROP TABLE " + name))')
        assert [type(o.sql) for o in found.operations if isinstance(o, AlembicSql)] == [Unknown]


def test_files_are_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "a1.py"
    path.write_text('revision = "a1"\n', encoding="utf-8")
    found = read(Source.read(path))
    assert isinstance(found, AlembicMigration)
    assert (found.operations, found.downgrade) == ((), None)
