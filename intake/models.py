"""What intake keeps for a while: sent and refused forms, spent cookies, one-time digits. Each row ends by itself."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped

from service.base import Base, UtcDateTime, column, id_column


class Submission(Base):
    """A form that was accepted in the last ten minutes, so that a second Send finds the first one's receipt."""

    __tablename__ = "submission"
    __table_args__ = (Index("ix_submission_expires_at", "expires_at"),)

    id_hmac: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    digest: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    sealed_receipt: Mapped[bytes] = column("ciphertext", LargeBinary)
    expires_at: Mapped[datetime] = column("routing", UtcDateTime())


class Echo(Base):
    """A refused form on its way back to the worker: the key is in a five-minute cookie and nowhere here."""

    __tablename__ = "echo"
    __table_args__ = (Index("ix_echo_expires_at", "expires_at"),)

    id_hash: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    sealed_form: Mapped[bytes] = column("ciphertext", LargeBinary)
    expires_at: Mapped[datetime] = column("routing", UtcDateTime())


class OneTimeCode(Base):
    """Digits that work once, told by the hotline (linking.py): they lead to a case from the web, or undo an erasure.

    `key_id` is the key that opens the case's answers for a receipt that the digits are exchanged for.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_expires_at", "expires_at"),)

    code_hmac: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    purpose: Mapped[str] = column("routing", String(8))
    case_id: Mapped[bytes] = id_column(ForeignKey("case.id"))
    key_id: Mapped[bytes | None] = id_column()
    expires_at: Mapped[datetime] = column("routing", UtcDateTime())


class SpentNonce(Base):
    """A receipt cookie whose bearer said "I wrote it down": it opens nothing any more."""

    __tablename__ = "spent_nonce"

    nonce_hash: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = column("routing", UtcDateTime())
