"""Which key the HMAC was made with by which a number finds its conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# What is there was made with the key that LEEWARD_SECRET_KEY gives (intake/sms/index.py).
_FIRST_ID = bytes(16)


def upgrade() -> None:
    """Add the key's id; conversations that a number finds today are found under the first key."""
    op.add_column("sms_conversation", sa.Column("index_key_id", sa.LargeBinary(16), nullable=True))
    columns = (sa.column("phone_hmac", sa.LargeBinary), sa.column("index_key_id", sa.LargeBinary))
    known = sa.table("sms_conversation", *columns)
    op.execute(known.update().where(known.c.phone_hmac.is_not(None)).values(index_key_id=_FIRST_ID))
