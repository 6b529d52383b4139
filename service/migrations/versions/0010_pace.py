"""How many texts of the hotline's own left in each minute of the last hour, for all workers together."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of counts."""
    op.create_table(
        "sms_pace",
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_new", sa.Integer(), nullable=False),
        sa.Column("to_known", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_sms_pace"),
    )
