"""The hotline: its conversations, the texts that were taken in, and those on their way out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the hotline's tables; no row that is there is touched."""
    _create_conversation()
    _create_inbound()
    _create_outgoing()


def _create_conversation() -> None:
    op.create_table(
        "sms_conversation",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("case_id", sa.LargeBinary(16), nullable=False),
        sa.Column("phone_hmac", sa.LargeBinary(32), nullable=True),
        sa.Column("sealed_phone", sa.LargeBinary(), nullable=True),
        sa.Column("relay_epoch_id", sa.LargeBinary(16), nullable=True),
        sa.Column("sealed_state", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("settle_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holding_key_id", sa.LargeBinary(16), nullable=True),
        sa.Column("mailbox_key_id", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_sms_conversation_case_id_case"),
        sa.PrimaryKeyConstraint("id", name="pk_sms_conversation"),
        sa.UniqueConstraint("case_id", name="uq_sms_conversation_case_id"),
        sa.UniqueConstraint("phone_hmac", name="uq_sms_conversation_phone_hmac"),
    )
    op.create_index("ix_sms_conversation_last_on", "sms_conversation", ["last_on"])
    op.create_index("ix_sms_conversation_settle_by", "sms_conversation", ["settle_by"])


def _create_inbound() -> None:
    op.create_table(
        "sms_inbound",
        sa.Column("id_hmac", sa.LargeBinary(32), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id_hmac", name="pk_sms_inbound"),
    )


def _create_outgoing() -> None:
    op.create_table(
        "sms_outgoing",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("conversation_id", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sealed_provider_id", sa.LargeBinary(), nullable=True),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["sms_conversation.id"], name="fk_sms_outgoing_conversation_id_sms_conversation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sms_outgoing"),
    )
    op.create_index("ix_sms_outgoing_conversation_id", "sms_outgoing", ["conversation_id"])
    op.create_index("ix_sms_outgoing_look_at", "sms_outgoing", ["look_at"])
