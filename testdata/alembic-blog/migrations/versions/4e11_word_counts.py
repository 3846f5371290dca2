"""Word counts of books do not fit; the author's address is found elsewhere now."""

import sqlalchemy as sa
from alembic import op

revision: str = "4e11"
down_revision: str | None = "3d90"


def upgrade() -> None:
    op.alter_column("post", "words", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)
    # migration-lint: ignore[drop-column] no release has used it since March
    op.drop_column("author", "email")


def downgrade() -> None:
    pass
