"""Who is asked next about a case, and by when. It changes nothing.

The form says: "If no group fits, or nobody answers in 3 working days, our helper desk reads it." So an offer ends then
at the latest while the helper desk, which is the coordinator, still stands by; what is left of the line comes after it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from referrals.candidates import COORDINATOR_ROLE, Candidate
from referrals.deadlines import Stage, due_at, helper_desk_at
from referrals.directory.hsds import candidate_of
from referrals.directory.models import Organization, OrganizationEpoch
from referrals.models import Case, Referral

# Nobody is offered a case for less than this before the helper desk has it.
_LEAST: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Following:
    """Who leads a case next, None where nobody is left; and who stood by and may receive nothing any more."""

    leader: Referral | None
    departed: tuple[Referral, ...]


@dataclass(frozen=True, slots=True)
class _InLine:
    referral: Referral
    candidate: Candidate

    @property
    def stands_by(self) -> bool:
        return self.referral.status == "standby"

    def turn(self, *, helper_desk_has_it: bool, now: datetime) -> int:
        """Give when this one is asked among the others of a case, the lowest first."""
        due_at = self.referral.due_at
        if self.referral.status == "accepted":
            return 0
        if (due_at is not None and due_at <= now) or self.candidate.closed or not self.candidate.may_receive:
            return 3
        return 1 if helper_desk_has_it and self.stands_by and self.candidate.role == COORDINATOR_ROLE else 2


def following(session: Session, of: Case, organization_id: bytes, now: datetime) -> Following:
    """Find who leads after an organization, as the directory is now and not as it was when the report was sealed.

    Whoever has taken the case already leads; else the helper desk where its time has come; else the first in line.
    Asked last is whoever was told beside the leader and has let their own time run out, or is closed for now. Whoever
    has left the network, may receive no reports any more or has no key is not asked: a release can't be taken back.
    """
    line = _line(session, of.id, now)
    departed = tuple(one.referral for one in line if one.stands_by and not one.candidate.may_receive)
    asked = [one for one in line if one.referral.organization_id != organization_id and one.referral not in departed]
    its_turn = helper_desk_at(of.received_on, of.area) < now + _LEAST
    asked.sort(key=lambda one: (one.turn(helper_desk_has_it=its_turn, now=now), one.referral.place))
    return Following(asked[0].referral if asked else None, departed)


def _line(session: Session, case_id: bytes, now: datetime) -> list[_InLine]:
    """Read a case's line with what the directory says of each one now, as one question."""
    key = exists().where(
        OrganizationEpoch.organization_id == Organization.id,
        OrganizationEpoch.revoked.is_(False),
        OrganizationEpoch.starts_at <= now,
    )
    rows = session.execute(
        select(Referral, Organization.document, key)
        .join(Organization, Organization.id == Referral.organization_id)
        .where(Referral.case_id == case_id, Referral.status.in_(("standby", "offered", "acknowledged", "accepted")))
    )
    return [_InLine(referral, replace(candidate_of(document), has_key=key)) for referral, document, key in rows]


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
