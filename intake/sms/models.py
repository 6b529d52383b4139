"""What the hotline keeps: conversations, the ids of texts that were taken in, and texts on their way out.

Nothing here holds a text, and a number stands nowhere in clear: it is sealed for answering and hashed under a key of
the server for threading. Times are kept to the day, but for two that end within the hour.
"""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped

from service.base import Base, UtcDateTime, column, id_column

# Conversations of which anything is kept that must be forgotten one day: few, beside those that were.
_KEPT = text(
    "phone_hmac IS NOT NULL OR sealed_phone IS NOT NULL OR relay_epoch_id IS NOT NULL OR mailbox_key_id IS NOT NULL"
)


class Conversation(Base):
    """One worker's texts about one case. `version` counts its changes: who changes it names the one that they read.

    `phone_hmac` leads a number's next text here, for 30 days after the last one, and `index_key_id` names the key that
    it was made with (index.py); `sealed_phone` opens under the relay
    epoch `relay_epoch_id`, and is gone at once where nothing may ever be sent again. `sealed_state` is what the
    conversation remembers, under the case key. `holding_key_id` stands until the case is routed, and so does
    `settle_by`, the moment after which a case that is still held is an alarm. `mailbox_key_id` opens answers, for as
    long as there is a number that they could go to.
    """

    __tablename__ = "sms_conversation"
    __table_args__ = (
        Index("ix_sms_conversation_last_on", "last_on", sqlite_where=_KEPT, postgresql_where=_KEPT),
        Index("ix_sms_conversation_settle_by", "settle_by"),
    )

    id: Mapped[bytes] = id_column(primary_key=True)
    case_id: Mapped[bytes] = id_column(ForeignKey("case.id"), unique=True)
    phone_hmac: Mapped[bytes | None] = column("lookup-hmac", LargeBinary(32), unique=True)
    index_key_id: Mapped[bytes | None] = id_column()
    sealed_phone: Mapped[bytes | None] = column("ciphertext", LargeBinary)
    relay_epoch_id: Mapped[bytes | None] = id_column()
    sealed_state: Mapped[bytes] = column("ciphertext", LargeBinary)
    version: Mapped[int] = column("routing", Integer)
    last_on: Mapped[date] = column("routing", Date)
    settle_by: Mapped[datetime | None] = column("routing", UtcDateTime())
    holding_key_id: Mapped[bytes | None] = id_column()
    mailbox_key_id: Mapped[bytes | None] = id_column()


class InboundText(Base):
    """A text that was taken in, by an HMAC of provider and provider's id: it is never taken in again."""

    __tablename__ = "sms_inbound"

    id_hmac: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    received_on: Mapped[date] = column("routing", Date)


class OutgoingText(Base):
    """A text on its way out, from the moment before a provider is asked to take it. Its id is the reference.

    The provider's own id is sealed (`intake.sms.numbers`): in clear it would lead whoever asks the provider from a case
    to a number. `look_at` is when a person must look, for a text of which nobody knows what became of it. `answer_id`
    is the caseworker's answer that it is a part of, or asks about; `ends_answer` says of a part whether it is the last.
    """

    __tablename__ = "sms_outgoing"
    __table_args__ = (
        Index("ix_sms_outgoing_conversation_id", "conversation_id"),
        Index("ix_sms_outgoing_look_at", "look_at"),
        Index("ix_sms_outgoing_answer_id", "answer_id"),
    )

    id: Mapped[bytes] = id_column(primary_key=True)
    conversation_id: Mapped[bytes] = id_column(ForeignKey("sms_conversation.id"))
    state: Mapped[str] = column("routing", String(16))
    sealed_provider_id: Mapped[bytes | None] = column("ciphertext", LargeBinary)
    code: Mapped[str | None] = column("routing", String(16))
    made_on: Mapped[date] = column("routing", Date)
    look_at: Mapped[datetime | None] = column("routing", UtcDateTime())
    answer_id: Mapped[bytes | None] = id_column(ForeignKey("message.id"))
    ends_answer: Mapped[bool | None] = column("routing", Boolean)


class ForgettingWatch(Base):
    """The one row that says when somebody last looked for numbers to forget, by their own clock (forgetting.py).

    `held_until` is the moment before which nothing is forgotten, after a leap of that clock.
    """

    __tablename__ = "sms_forgetting"

    id: Mapped[int] = column("public", Integer, primary_key=True)
    seen_at: Mapped[datetime] = column("routing", UtcDateTime())
    held_until: Mapped[datetime | None] = column("routing", UtcDateTime())


class Pace(Base):
    """How many texts of the hotline's own left in one of the last hour's minutes (restraint.py).

    `to_new` answered a number's first text, `to_known` all others.
    """

    __tablename__ = "sms_pace"

    slot: Mapped[datetime] = column("routing", UtcDateTime(), primary_key=True)
    to_new: Mapped[int] = column("routing", Integer)
    to_known: Mapped[int] = column("routing", Integer)
