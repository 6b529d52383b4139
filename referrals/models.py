"""Cases, their messages and wraps, and the referrals that say who answers for them.

Nothing here can be read without keys that the server does not hold. Times are kept to the day, due times to the hour.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped

from service.base import Base, UtcDateTime, column, id_column


def _where(condition: str) -> dict[str, Any]:
    """Keep an index to the rows that are looked for, so that a million others cost nothing."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Case(Base):
    """What one worker told, as far as routing and a queue need to know it."""

    __tablename__ = "case"

    id: Mapped[bytes] = id_column(primary_key=True)
    channel: Mapped[str] = column("routing", String(8))
    language: Mapped[str] = column("routing", String(16))
    area: Mapped[str | None] = column("routing", String(16))
    urgency: Mapped[str] = column("routing", String(16))
    state: Mapped[str] = column("routing", String(24))
    received_on: Mapped[date] = column("routing", Date)
    may_answer: Mapped[bool] = column("routing", Boolean)
    closing_reason: Mapped[str | None] = column("routing", String(32))
    key_id: Mapped[bytes] = id_column(holds="public")
    standby_key_id: Mapped[bytes | None] = id_column(holds="public")
    erase_on: Mapped[date | None] = column("routing", Date)
    linked: Mapped[bool | None] = column("routing", Boolean)


class Message(Base):
    """One envelope of a case: header and body as sealed by its author. Wraps stand apart, so that they come and go."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("case_id", "position"),)

    id: Mapped[bytes] = id_column(primary_key=True)
    case_id: Mapped[bytes] = id_column(ForeignKey("case.id"))
    position: Mapped[int] = column("routing", Integer)
    type: Mapped[int] = column("routing", SmallInteger)
    origin: Mapped[int] = column("routing", SmallInteger)
    day: Mapped[date] = column("routing", Date)
    header: Mapped[bytes] = column("ciphertext", LargeBinary(73))
    body: Mapped[bytes] = column("ciphertext", LargeBinary)


class AttachmentPart(Base):
    """A piece of an attachment's body: whole chunks of its stream, so that no large file is in memory as a whole.

    The message itself has an empty body then.
    """

    __tablename__ = "attachment_part"

    message_id: Mapped[bytes] = id_column(ForeignKey("message.id"), primary_key=True)
    number: Mapped[int] = column("routing", Integer, primary_key=True, autoincrement=False)
    body: Mapped[bytes] = column("ciphertext", LargeBinary)


class Wrap(Base):
    """A message's key for one reader: 1,177 bytes (protocol.md), stored under a key of its case (AES-256-GCM).

    A standby wrap lies under the case's standby key, which is destroyed when the primary organization accepts.
    Its release re-seals it under the case key.
    """

    __tablename__ = "wrap"
    __table_args__ = (Index("ix_wrap_message_id", "message_id"),)

    id: Mapped[bytes] = id_column(primary_key=True)
    message_id: Mapped[bytes] = id_column(ForeignKey("message.id"))
    role: Mapped[int] = column("routing", SmallInteger)
    organization_id: Mapped[bytes | None] = id_column(ForeignKey("organization.id"), holds="routing")
    under_standby_key: Mapped[bool] = column("routing", Boolean)
    sealed_wrap: Mapped[bytes] = column("ciphertext", LargeBinary)


class Referral(Base):
    """One organization's place in the line for a case: who was asked, in which order, and what came of it.

    `view` (one of the desk's five) and `rank` (the due time, made unique) make a page of the queue one index range.
    `reason` says why it was declined or closed or which stage ran out of time; of one that still runs, that its time is
    over and the coordinator was told (overtime.py), so that the clocks look at it no more, or after how many days of a
    worker's silence its caseworkers were reminded (silence.py).
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index("ix_referral_organization_id_view_rank", "organization_id", "view", "rank"),
        Index("ix_referral_case_id_place", "case_id", "place"),
        Index("ix_referral_view_due_at", "view", "due_at", **_where("reason IS NULL")),
        Index("ix_referral_reason", "reason", **_where("reason = 'nobody_left'")),
    )

    id: Mapped[bytes] = id_column(primary_key=True)
    case_id: Mapped[bytes] = id_column(ForeignKey("case.id"))
    organization_id: Mapped[bytes] = id_column(ForeignKey("organization.id"), holds="routing")
    holder_id: Mapped[bytes | None] = id_column(ForeignKey("caseworker.id"), holds="routing")
    place: Mapped[int] = column("routing", SmallInteger)
    kind: Mapped[str] = column("routing", String(16))
    status: Mapped[str] = column("routing", String(16))
    view: Mapped[str | None] = column("routing", String(8))
    rank: Mapped[int] = column("routing", BigInteger)
    due_at: Mapped[datetime | None] = column("routing", UtcDateTime())
    unread: Mapped[bool] = column("routing", Boolean)
    language_mode: Mapped[str] = column("routing", String(16))
    reason: Mapped[str | None] = column("routing", String(32))
    decided_on: Mapped[date | None] = column("routing", Date)


class AnswerDelivery(Base):
    """Where an answer to a phone is, for those who wrote it: one of the few words of delivery.py."""

    __tablename__ = "answer_delivery"

    message_id: Mapped[bytes] = id_column(ForeignKey("message.id"), primary_key=True)
    state: Mapped[str] = column("routing", String(16))


class Mailbox(Base):
    """The way back to a case: HMAC(pepper, lookup) of a receipt, and nothing else of it.

    For a case that came by text, `key_id` is the server's key that opens its answers: nobody had a receipt yet when its
    report was sealed.
    """

    __tablename__ = "mailbox"

    lookup_hmac: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    case_id: Mapped[bytes] = id_column(ForeignKey("case.id"), unique=True)
    erased: Mapped[bool] = column("routing", Boolean)
    key_id: Mapped[bytes | None] = id_column()


class DeadlineWatch(Base):
    """The one row that says when a worker last looked for missed deadlines, by its own clock (clocks.py)."""

    __tablename__ = "deadline_watch"

    id: Mapped[int] = column("public", Integer, primary_key=True)
    seen_at: Mapped[datetime] = column("routing", UtcDateTime())
    jumped_at: Mapped[datetime | None] = column("routing", UtcDateTime())
