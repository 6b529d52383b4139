"""Forgetting numbers a month after the last text, and what the hotline keeps of texts that are long done."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, or_, update

from intake.sms.conversations import FORGOTTEN, no_answers_to
from intake.sms.models import Conversation, InboundText, OutgoingText
from intake.sms.numbers import PHONE_KEPT
from referrals.models import Case
from service.runtime import Runtime

# A signed webhook stays valid for ever, so a text is known again for as long as its provider could have kept it.
INBOUND_KEPT: Final = timedelta(days=400)


def forget(runtime: Runtime) -> None:
    """Drop the numbers of conversations in which nobody has written for a month, and what opens their answers."""
    today = runtime.clock.now().date()
    is_kept = or_(*(getattr(Conversation, name).is_not(None) for name in FORGOTTEN))
    with runtime.database.session(write=True) as session:
        cases = session.scalars(
            update(Conversation)
            .where(Conversation.last_on <= today - PHONE_KEPT, is_kept)
            .values(version=Conversation.version + 1, **FORGOTTEN)
            .returning(Conversation.case_id)
            .execution_options(synchronize_session=False)
        ).all()
        session.execute(no_answers_to(Case.id.in_(cases)))
        session.execute(
            delete(OutgoingText).where(OutgoingText.made_on <= today - PHONE_KEPT, OutgoingText.look_at.is_(None))
        )
        session.execute(delete(InboundText).where(InboundText.received_on <= today - INBOUND_KEPT))
