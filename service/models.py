"""The outbox and the audit trail, and in the second database the keys that must be destroyed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped

from service.base import Base, KeyBase, UtcDateTime, column, id_column


class Instance(Base):
    """The one row that says which instance this database belongs to, and whether it is a demo."""

    __tablename__ = "instance"

    id: Mapped[bytes] = id_column(primary_key=True)
    is_demo: Mapped[bool] = column("public", Boolean)


class OutboxMessage(Base):
    """A side effect that waits: written in the transaction that caused it, gone once it was accepted."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_due_at", "state", "due_at"),)

    id: Mapped[bytes] = id_column(primary_key=True)
    topic: Mapped[str] = column("routing", String(64))
    state: Mapped[str] = column("routing", String(16))
    sealed_payload: Mapped[bytes | None] = column("ciphertext", LargeBinary)
    due_at: Mapped[datetime] = column("routing", UtcDateTime())
    attempts: Mapped[int] = column("routing", Integer)
    leased_until: Mapped[datetime | None] = column("routing", UtcDateTime())
    fencing_token: Mapped[int] = column("routing", Integer)
    error_code: Mapped[str | None] = column("routing", String(64))


class AuditEntry(Base):
    """What was done, by which role, on which day: the leaf of a tree whose checkpoints are signed later."""

    __tablename__ = "audit_entry"

    id: Mapped[bytes] = id_column(primary_key=True)
    day: Mapped[date] = column("routing", Date)
    entry: Mapped[dict[str, Any]] = column("routing", JSON)
    salt: Mapped[bytes] = column("routing", LargeBinary(32))
    leaf: Mapped[bytes] = column("routing", LargeBinary(32))
    tree_position: Mapped[int | None] = column("routing", Integer, unique=True)


class DestructibleKey(KeyBase):
    """A key of the second database: destroying it destroys what it sealed, in every backup of the first."""

    __tablename__ = "destructible_key"
    __table_args__ = (Index("ix_destructible_key_purpose_made_at", "purpose", "made_at"),)

    id: Mapped[bytes] = id_column(primary_key=True)
    purpose: Mapped[str] = column("public", String(32))
    key: Mapped[bytes] = column("sealed-key", LargeBinary(32))
    made_at: Mapped[datetime] = column("public", UtcDateTime())
    expires_at: Mapped[datetime | None] = column("public", UtcDateTime())
