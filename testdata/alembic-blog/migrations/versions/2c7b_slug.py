"""A slug for each post: `default` is SQLAlchemy's own, the database never hears of it."""

import sqlalchemy as sa
from alembic import op

revision: str = "2c7b"
down_revision: str | None = "1f3a"


def upgrade() -> None:
    op.add_column("post", sa.Column("slug", sa.String(100), nullable=False, default=""))
    op.create_index("ix_post_slug", "post", ["slug"])


def downgrade() -> None:
    op.drop_index("ix_post_slug")
    op.drop_column("post", "slug")
