"""When somebody last looked for numbers to forget, and an index of those that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEPT = sa.text(
    "phone_hmac IS NOT NULL OR sealed_phone IS NOT NULL OR relay_epoch_id IS NOT NULL OR mailbox_key_id IS NOT NULL"
)


def upgrade() -> None:
    """Create the watch's table; the last look so far is the one for missed deadlines, which comes each minute too."""
    op.create_table(
        "sms_forgetting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sms_forgetting"),
    )
    op.execute("INSERT INTO sms_forgetting (id, seen_at) SELECT id, seen_at FROM deadline_watch")
    op.drop_index("ix_sms_conversation_last_on", "sms_conversation")
    op.create_index(
        "ix_sms_conversation_last_on",
        "sms_conversation",
        ["last_on"],
        sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    )
