"""Where a text for a worker goes, asked as it leaves: nowhere, once its worker wants no more texts."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.sms import memory, sharing
from intake.sms.models import Conversation
from intake.sms.numbers import PhoneForgotten, open_phone
from referrals.models import Case
from service.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a text goes: the worker's phone, and the number of ours that they wrote to, at its provider."""

    phone: str = field(repr=False)
    ours: str = field(repr=False)
    provider: str


def destination(
    session: Session, runtime: Runtime, conversation_id: bytes, *, confirms_opt_out: bool = False
) -> Destination | None:
    """Find where a text of a conversation goes; None where nothing may be sent, or the number is forgotten.

    After STOP only the one text that confirms it goes out; after 0, and to a friend's phone, nothing does.
    """
    row = session.execute(
        select(Conversation, Case.key_id)
        .join(Case, Case.id == Conversation.case_id)
        .where(Conversation.id == conversation_id)
    ).one_or_none()
    key = runtime.keystore.get_many([row.key_id]).get(row.key_id) if row else None
    if row is None or key is None:
        return None
    known: Conversation = row.Conversation
    remembered = memory.open_(known.sealed_state, key, conversation_id=conversation_id)
    if remembered.is_closed or (remembered.state.mute and not confirms_opt_out):
        return None
    try:
        phone = open_phone(runtime, known.sealed_phone, known.relay_epoch_id, conversation_id)
    except PhoneForgotten:
        return None
    if not confirms_opt_out and sharing.wants_silence(session, runtime, known.phone_hmac, remembered, phone):
        return None
    return Destination(phone, remembered.ours, remembered.provider)
