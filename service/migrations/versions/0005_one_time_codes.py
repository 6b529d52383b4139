"""One-time digits between a phone and the web, and the day on which a case is erased."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of digits and add two columns that are empty in every row that is there."""
    op.create_table(
        "one_time_code",
        sa.Column("code_hmac", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("case_id", sa.LargeBinary(16), nullable=False),
        sa.Column("key_id", sa.LargeBinary(16), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_one_time_code_case_id_case"),
        sa.PrimaryKeyConstraint("code_hmac", name="pk_one_time_code"),
    )
    op.create_index("ix_one_time_code_expires_at", "one_time_code", ["expires_at"])
    op.add_column("mailbox", sa.Column("key_id", sa.LargeBinary(16), nullable=True))
    op.add_column("case", sa.Column("erase_on", sa.Date(), nullable=True))
