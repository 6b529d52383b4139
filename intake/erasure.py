"""Erasing a case for its worker, at once and for good. Nothing here opens a message, and nothing brings one back.

In one transaction the wraps go, so that nobody's key opens anything, the receipt opens nothing, and the keys of the
case are on their way to be destroyed, without which no copy of the database opens either.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crypto import receipt
from intake.mailbox import case_of
from intake.phones import DROP_TOPIC
from intake.report import Intake
from referrals import notices
from referrals.attachments import delete_bodies
from referrals.case import lock_case, rank_of
from referrals.models import Case, Mailbox, Message, Referral, Wrap
from referrals.referral import DESTROY_KEY_TOPIC, LIVE
from service import audit, outbox

ERASED: Final = "erased"


def erase(intake: Intake, digits: str) -> None:
    """Erase what a receipt opens. Raises ReceiptMistyped before any look-up, ReceiptUnknown, and TooBusy."""
    keys = intake.receipts.derive(receipt.parse(digits))
    runtime = intake.runtime
    with runtime.database.session(write=True) as session:
        case = lock_case(session, case_of(session, intake, keys))
        erase_case(session, case, now=runtime.clock.now(), random=runtime.random)


def erase_case(session: Session, case: Case, *, now: datetime, random: Callable[[int], bytes]) -> None:
    """Make a case unreadable and let whoever had it see that its worker erased it. The caller holds the case."""
    session.execute(update(Mailbox).where(Mailbox.case_id == case.id).values(erased=True))
    session.execute(delete(Wrap).where(Wrap.message_id.in_(select(Message.id).where(Message.case_id == case.id))))
    delete_bodies(session, case.id)
    _end_referrals(session, case, now=now, random=random)
    for key_id in (case.key_id, case.standby_key_id):
        if key_id is not None:
            outbox.enqueue(session, DESTROY_KEY_TOPIC, {"key_id": key_id.hex()}, due_at=now, random=random)
    if case.channel == "sms" or case.linked:
        outbox.enqueue(session, DROP_TOPIC, {"case": case.id.hex()}, due_at=now, random=random)
    case.standby_key_id = None
    case.state = ERASED
    case.closing_reason = None
    case.may_answer = False
    audit.record(session, {"action": "case.erased_by_worker", "case": case.id.hex()}, day=now.date(), random=random)


def _end_referrals(session: Session, case: Case, *, now: datetime, random: Callable[[int], bytes]) -> None:
    """Move the case to what is done, unread, for everyone who had it; whoever stood by never hears of it."""
    referrals = session.scalars(
        select(Referral)
        .where(Referral.case_id == case.id, Referral.status.in_((*LIVE, "closed", "standby")))
        .order_by(Referral.organization_id)
    ).all()
    for referral in referrals:
        referral.decided_on = now.date()
        if referral.status == "standby":
            referral.status = "revoked"
            continue
        referral.status, referral.view, referral.reason, referral.due_at = ERASED, "done", None, None
        # The latest end first: the queue reads ranks upwards.
        referral.rank = -rank_of(now, random)
        referral.unread = True
        notices.tell(session, referral.organization_id, urgency=case.urgency, now=now, random=random)
