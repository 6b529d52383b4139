"""Attachments: the bodies of sealed files, in pieces."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of pieces."""
    op.create_table(
        "attachment_part",
        sa.Column("message_id", sa.LargeBinary(16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_attachment_part_message_id_message"),
        sa.PrimaryKeyConstraint("message_id", "number", name="pk_attachment_part"),
    )
