"""What became of an answer to a phone, for the desk; and which answer a text that went out belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of answers on their way, and let a text name its answer."""
    op.create_table(
        "answer_delivery",
        sa.Column("message_id", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_answer_delivery_message_id_message"),
        sa.PrimaryKeyConstraint("message_id", name="pk_answer_delivery"),
    )
    with op.batch_alter_table("sms_outgoing") as table:
        table.add_column(sa.Column("answer_id", sa.LargeBinary(16), nullable=True))
        table.add_column(sa.Column("ends_answer", sa.Boolean(), nullable=True))
        table.create_foreign_key("fk_sms_outgoing_answer_id_message", "message", ["answer_id"], ["id"])
        table.create_index("ix_sms_outgoing_answer_id", ["answer_id"])
