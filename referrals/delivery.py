"""How far an answer to a worker's phone has come, in clear and in a few words, so that the desk can show it.

Whoever speaks with phones tells it here; the desk reads it. Where a person must look, the case comes before its
caseworkers again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crypto.envelope import WrapRole
from referrals import notices
from referrals.case import lock_case, rank_of
from referrals.deadlines import Stage, due_at
from referrals.models import AnswerDelivery, Message, Referral, Wrap
from service.rows import Rows, insert_all


class Delivery(StrEnum):
    """Where an answer is: it waits for the worker's yes, is on its way, has left whole, may be lost, or is lost."""

    ASKED = "asked"
    LEAVING = "leaving"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


# A person must do something else than wait.
LOST: Final = frozenset({Delivery.UNKNOWN, Delivery.FAILED})


def tell(session: Session, message_id: bytes, state: Delivery) -> bool:
    """Write down where an answer is, and say whether that is new."""
    known = update(AnswerDelivery).where(AnswerDelivery.message_id == message_id)
    changed: Any = session.execute(
        known.where(AnswerDelivery.state != state).values(state=str(state)).execution_options(synchronize_session=False)
    )
    if changed.rowcount:
        return True
    if session.scalar(select(AnswerDelivery.state).where(AnswerDelivery.message_id == message_id)) is not None:
        return False
    insert_all(session, [Rows(AnswerDelivery, [{"message_id": message_id, "state": str(state)}], once=True)])
    return True


def call_back(session: Session, message_id: bytes, *, now: datetime, random: Callable[[int], bytes]) -> None:
    """Put a case before those again whose answer is lost or may be. Their time for the next answer runs on."""
    case_id = session.scalar(select(Message.case_id).where(Message.id == message_id))
    if case_id is None:
        return
    case = lock_case(session, case_id)
    authors = select(Wrap.organization_id).where(Wrap.message_id == message_id, Wrap.role == int(WrapRole.RECIPIENT))
    referrals = session.scalars(
        select(Referral)
        .where(
            Referral.case_id == case_id,
            Referral.organization_id.in_(authors),
            Referral.status.in_(("acknowledged", "accepted")),
        )
        .order_by(Referral.organization_id)
    ).all()
    for referral in referrals:
        referral.unread = True
        if referral.view == "waiting":
            referral.view = "ours"
        if referral.due_at is None:
            # Its worker was taken to be silent (silence.py), and may not have had the answer at all.
            referral.reason, referral.due_at = None, due_at(Stage.ACKNOWLEDGEMENT, case.urgency, now, case.area)
            referral.rank = rank_of(referral.due_at, random)
        notices.tell(session, referral.organization_id, urgency=case.urgency, now=now, random=random)
    if referrals and case.state == "waiting_worker":
        case.state = "in_progress"


def told_of(session: Session, case_id: bytes) -> Mapping[bytes, Delivery]:
    """Say where each answer of a case is, by its message, as far as it goes to a phone."""
    of_case = select(AnswerDelivery.message_id, AnswerDelivery.state).join(
        Message, Message.id == AnswerDelivery.message_id
    )
    rows = session.execute(of_case.where(Message.case_id == case_id))
    return {row.message_id: Delivery(row.state) for row in rows}
