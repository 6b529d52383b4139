"""Where a text for a worker goes, asked as it leaves: nowhere, once its worker wants no more texts."""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.sms import memory, sharing
from intake.sms.models import Conversation
from intake.sms.numbers import PhoneForgotten, open_phone
from intake.sms.outgoing import Kind
from referrals.models import Case
from service.runtime import Runtime

_UNASKED: Final = frozenset({Kind.NEWS, Kind.CONTENT})


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a text goes: the worker's phone, and the number of ours that they wrote to, at its provider."""

    phone: str = field(repr=False)
    ours: str = field(repr=False)
    provider: str


def destination(
    session: Session, runtime: Runtime, conversation_id: bytes, kind: Kind = Kind.PROMPT
) -> Destination | None:
    """Find where a text of a conversation goes; None where nothing may be sent, or the number is forgotten.

    After STOP only the one text that confirms it goes out; after 0, and to a friend's phone, nothing does, whoever of
    those who share the phone said so. Who has said on the web that they want no contact gets what answers their own
    texts, and nothing else.
    """
    row = session.execute(
        select(Conversation, Case.key_id, Case.may_answer)
        .join(Case, Case.id == Conversation.case_id)
        .where(Conversation.id == conversation_id)
    ).one_or_none()
    key = runtime.keystore.get_many([row.key_id]).get(row.key_id) if row else None
    if row is None or key is None or (kind in _UNASKED and not row.may_answer):
        return None
    known: Conversation = row.Conversation
    remembered = memory.open_(known.sealed_state, key, conversation_id=conversation_id)
    # A confirmation that waited says nothing true any more once its worker wants texts again.
    if remembered.is_closed or remembered.state.mute is not (kind is Kind.STOP):
        return None
    try:
        phone = open_phone(runtime, known.sealed_phone, known.relay_epoch_id, conversation_id)
    except PhoneForgotten:
        return None
    if sharing.wants_silence(session, runtime, known.phone_hmac, remembered, phone):
        return None
    return Destination(phone, remembered.ours, remembered.provider)
