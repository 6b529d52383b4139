"""Whether a phone was added to a report from the web."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that is empty in every row that is there."""
    op.add_column("case", sa.Column("linked", sa.Boolean(), nullable=True))
