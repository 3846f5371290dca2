"""Alembic's revisions from the files to the findings."""

from __future__ import annotations

import subprocess
from pathlib import Path
from textwrap import dedent, indent

import pytest

from migration_lint import config, lint

HEAD = "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {!r}\ndown_revision = {!r}\n"
TABLE = 'op.create_table("book", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("isbn", sa.String(13)))'


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("alembic/env.py", "")
        self.revision("a1", None, TABLE, 'op.drop_table("book")')

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def revision(
        self, name: str, down: object, upgrade: str, downgrade: str = "pass", folder: str = "versions", more: str = ""
    ) -> None:
        bodies = [
            f"\n\ndef {way}():\n{indent(dedent(body).strip(), '    ')}\n"
            for way, body in (("upgrade", upgrade), ("downgrade", downgrade))
        ]
        self.write(f"alembic/{folder}/{name}.py", HEAD.format(name, down) + more + "".join(bodies))

    def found(self, *overrides: str) -> list[str]:
        settings = config.load([self.root], overrides=list(overrides)).settings
        report = lint.lint([self.root], settings, folder=self.root)
        return [f"{Path(f.path).name}:{f.span.line} {f.rule}" for f in report.findings if f.suppressed is None]

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path.resolve())


def test_a_downgrade_loses_no_data(project: Project) -> None:
    project.revision("b2", "a1", 'op.add_column("book", sa.Column("n", sa.Text()))', 'op.drop_column("book", "n")')
    assert project.found() == []


def test_several_folders_of_one_environment_are_one_history(project: Project) -> None:
    project.revision("b2", "a1", 'op.drop_column("book", "isbn")', "raise NotImplementedError", "versions_more")
    assert project.found() == ["b2.py:9 drop-column", "b2.py:12 missing-downgrade"]


def test_branches_with_labels_may_have_heads_of_their_own(project: Project) -> None:
    project.revision("b2", "a1", "pass", more='branch_labels = ("shop",)\n')
    project.revision("c3", "a1", "pass", more='branch_labels = ("stock",)\n')
    assert project.found() == []


def test_what_is_only_depended_on_stays_a_head(project: Project) -> None:
    project.revision("b2", None, "pass")
    project.revision("c3", "a1", "pass", more='depends_on = "b2"\n')
    assert project.found() == ["c3.py:4 conflicting-leaves"]


def test_a_dependency_on_a_branch(project: Project) -> None:
    project.revision("b2", "a1", "pass", more='branch_labels = ("shop",)\n')
    project.revision("c3", "b2", "pass", more='depends_on = ("shop",)\n')
    assert project.found() == []


def test_two_files_of_one_identifier(project: Project) -> None:
    project.revision("b2", "a1", "pass")
    text = (project.root / "alembic/versions/b2.py").read_text(encoding="utf-8")
    project.write("alembic/versions/b2_copy.py", text)
    assert project.found() == ["b2.py:4 not-analysed"]


def test_a_cycle(project: Project) -> None:
    project.revision("b2", "c3", "pass")
    project.revision("c3", "b2", "pass")
    assert project.found() == ["c3.py:4 dependency-cycle"]


def test_dialects(project: Project) -> None:
    project.revision(
        "b2",
        "a1",
        """
        dialect = op.get_bind().dialect.name
        if dialect == "mysql":
            op.execute("ALTER TABLE book MODIFY isbn TEXT")
        if isinstance(op.get_bind().dialect, MySQLDialect):
            op.drop_column("book", "isbn")
        if dialect in ("postgresql", "sqlite"):
            op.create_index("ix", "book", ["isbn"])
        """,
        """
        if op.get_bind().dialect.name != "mysql":
            op.drop_index("ix")
        """,
        more="from sqlalchemy.dialects.mysql.base import MySQLDialect\n",
    )
    assert project.found() == ["b2.py:16 blocking-index"]


def test_an_autocommit_block_ends_the_transaction(project: Project) -> None:
    project.revision(
        "b2",
        "a1",
        """
        op.add_column("book", sa.Column("n", sa.Integer()))
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY ix ON book (n)")
        op.execute("CREATE INDEX CONCURRENTLY iy ON book (isbn)")
        """,
        'op.drop_column("book", "n")\nop.drop_index("iy")',
    )
    assert project.found("ignore=['unrepeatable', 'blocking-drop-index']") == ["b2.py:12 concurrent-in-transaction"]


def test_an_enumeration_made_before_its_column(project: Project) -> None:
    project.revision(
        "b2",
        "a1",
        """
        kind = sa.Enum("a", "b", name="kind")
        kind.create(op.get_bind())
        op.add_column("book", sa.Column("kind", kind))
        """,
        'op.drop_column("book", "kind")\nsa.Enum(name="kind").drop(op.get_bind())',
    )
    assert project.found() == []


def test_suppressions(project: Project) -> None:
    project.revision(
        "b2",
        "a1",
        '''
        # migration-lint: ignore[drop-column] no release uses it
        op.drop_column("book", "isbn")
        op.execute("""
            -- migration-lint: ignore[delete-without-where] nobody has any
            DELETE FROM book
        """)
        ''',
        "pass  # migration-lint: ignore[missing-downgrade] there is no way back",
    )
    assert project.found("ignore=['mixed-schema-and-data']") == []


def test_only_what_is_new(project: Project) -> None:
    project.revision("b2", "a1", 'op.drop_column("book", "isbn")')
    project.git("init", "-q")
    project.git("add", "-A")
    project.git("commit", "-qm", "first")
    project.revision("c3", "b2", 'op.create_table("tag", sa.Column("n", sa.Integer()))', 'op.drop_table("tag")')
    project.revision("d4", "c3", 'op.create_index("ix", "tag", ["n"])', 'op.drop_index("ix")')
    assert project.found("since=HEAD") == []
    (project.root / "alembic/versions/b2.py").unlink()
    assert project.found("since=HEAD") == ["b2.py:4 edited-migration", "c3.py:4 missing-dependency"]


def test_types_and_helpers_of_the_tree(project: Project) -> None:
    project.write("shop/__init__.py", "")
    project.write(
        "shop/helpers.py",
        "import sqlalchemy as sa\nfrom alembic import op\n\n\n"
        "class Code(sa.types.TypeDecorator):\n    impl = sa.String\n\n\n"
        "def drop(table, column):\n    op.drop_column(table, column)\n",
    )
    project.revision(
        "b2",
        "a1",
        'op.alter_column("book", "isbn", existing_type=sa.String(13), type_=Code(20))\ndrop("book", "isbn")',
        'op.add_column("book", sa.Column("isbn", sa.String(13)))',
        more="from shop.helpers import Code, drop\n",
    )
    assert project.found() == ["b2.py:11 drop-column"]


def test_a_using_expression_that_is_not_known(project: Project) -> None:
    # Whatever it computes may be stored alike or not; and it is not the cast that the statement has without USING.
    body = """
        quote = op.get_bind().dialect.identifier_preparer.quote
        op.alter_column("book", "isbn", type_=sa.Text(), postgresql_using=f"{quote('isbn')} || 'x'")
    """
    project.revision("b2", "a1", body, 'op.alter_column("book", "isbn", type_=sa.String(13))')
    settings = config.load([project.root], overrides=["database=postgresql"]).settings
    report = lint.lint([project.root], settings, folder=project.root)
    [found] = [finding for finding in report.findings if finding.family == "locking"]
    assert (found.rule, found.severity.name) == ("table-rewrite", "WARNING")
    assert found.message == (
        "op.alter_column takes ACCESS EXCLUSIVE on book and rewrites it with all its indexes to store isbn as text, "
        "unless USING leaves its values as they are: reads and writes wait until that is done."
    )


def test_a_name_that_only_the_database_tells(project: Project) -> None:
    helper = """

def find(table, insp):
    for unique in insp.get_unique_constraints(table):
        if unique["column_names"] == ["isbn"]:
            return unique["name"]
    return None
"""
    down = """
        insp = sa.inspect(op.get_bind())
        op.drop_constraint(find("book", insp) or "uq_other", "book", type_="unique")
    """
    project.revision("b2", "a1", 'op.create_unique_constraint("uq_isbn", "book", ["isbn"])', down, more=helper)
    assert project.found('select=["reversibility"]') == []


def test_the_advised_revision_takes_back_the_column_that_it_adds(project: Project) -> None:
    project.revision("b2", "a1", 'op.create_table("shelf", sa.Column("id", sa.BigInteger(), primary_key=True))')
    add = 'op.add_column("{}", sa.Column("n", sa.Integer()))'
    project.revision("c3", "b2", f"{add.format('book')}\n{add.format('shelf')}")
    settings = config.load([project.root], overrides=["database=postgresql"]).settings
    report = lint.lint([project.root], settings, folder=project.root)
    [found] = [finding for finding in report.findings if finding.rule == "lock-pile-up"]
    assert found.advice.partition("def upgrade():")[2] == (
        """
    op.add_column("shelf", sa.Column("n", sa.Integer()))


def downgrade():
    op.drop_column("shelf", "n")"""
    )
