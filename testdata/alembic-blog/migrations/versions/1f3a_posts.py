"""Posts and their authors."""

import sqlalchemy as sa
from alembic import op

revision: str = "1f3a"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "author",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("email", sa.String(200), nullable=False, unique=True),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("author_id", sa.BigInteger(), sa.ForeignKey("author.id"), nullable=False, index=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("post")
    op.drop_table("author")
