"""Who is asked next about a case, and by when. It changes nothing.

The form says: "If no group fits, or nobody answers in 3 working days, our helper desk reads it." So an offer ends then
at the latest while the helper desk, which is the coordinator, still stands by; what is left of the line comes after it.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, case, select
from sqlalchemy.orm import Session

from referrals.candidates import COORDINATOR_ROLE
from referrals.deadlines import Stage, due_at, helper_desk_at
from referrals.directory.models import Organization
from referrals.models import Case, Referral

# Nobody is offered a case for less than this before the helper desk has it.
_LEAST: Final = timedelta(hours=4)


def next_in_line(session: Session, of: Case, organization_id: bytes, now: datetime) -> Referral | None:
    """Find who leads after an organization; None where nobody is left.

    Whoever has taken the case already leads; else the helper desk where its time has come; else the first in line.
    Whoever was told beside the leader and has let their own time run out is asked last.
    """
    helper = _helper_desk(session, of.id)
    its_turn = helper is not None and helper_desk_at(of.received_on, of.area) < now + _LEAST
    late = and_(Referral.status != "accepted", Referral.due_at <= now)
    turn = case(
        (Referral.status == "accepted", 0),
        (Referral.organization_id == (helper if its_turn else None), 1),
        (late, 3),
        else_=2,
    )
    return session.scalars(
        select(Referral)
        .where(
            Referral.case_id == of.id,
            Referral.organization_id != organization_id,
            Referral.status.in_(("standby", "offered", "acknowledged", "accepted")),
        )
        .order_by(turn, Referral.place)
        .limit(1)
    ).one_or_none()


def offer_due(session: Session, of: Case, organization_id: bytes, stage: Stage, now: datetime) -> datetime:
    """Give the moment by which an organization must have seen or answered its offer."""
    due = due_at(stage, of.urgency, now, of.area)
    limit = helper_desk_at(of.received_on, of.area)
    if now < limit < due and _helper_desk(session, of.id) not in (None, organization_id):
        return limit
    return due


def _helper_desk(session: Session, case_id: bytes) -> bytes | None:
    """Find the coordinator where it stands by for a case: not where it was told already, or the worker said no."""
    return session.scalar(
        select(Referral.organization_id)
        .join(Organization, Organization.id == Referral.organization_id)
        .where(Referral.case_id == case_id, Referral.status == "standby", Organization.role == COORDINATOR_ROLE)
    )
