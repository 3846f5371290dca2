"""Longer titles, found by their beginning: neither keeps anybody waiting."""

import sqlalchemy as sa
from alembic import op

revision: str = "3d90"
down_revision: str | None = "2c7b"


def upgrade() -> None:
    op.alter_column("post", "title", existing_type=sa.String(100), type_=sa.String(200), existing_nullable=False)
    with op.get_context().autocommit_block():
        op.create_index("ix_post_title", "post", ["title"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_post_title", postgresql_concurrently=True)
    op.alter_column("post", "title", existing_type=sa.String(200), type_=sa.String(100), existing_nullable=False)
