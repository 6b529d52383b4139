"""Looking for missed deadlines: when it was done last, and the indexes that make a look cheap."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the watch's table, and the indexes of referrals whose clock runs or ran out."""
    op.create_table(
        "deadline_watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jumped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deadline_watch"),
    )
    _create_index("ix_referral_view_due_at", ["view", "due_at"], "reason IS NULL")
    _create_index("ix_referral_reason", ["reason"], "reason = 'nobody_left'")


def _create_index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "referral", columns, sqlite_where=where, postgresql_where=where)
