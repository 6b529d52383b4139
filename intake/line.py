"""The organizations in line for a case: who gets it now and who stands by, as rows, as readers, as keys to seal for.

The form and the hotline route through here alike. Nothing here sees what a worker told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crypto.envelope import Recipient, WrapRole
from intake.answers import IntakeClosed
from referrals import notices
from referrals.candidates import Decision
from referrals.case import CaseKeys, Reader, rank_of
from referrals.deadlines import Stage, due_at
from referrals.directory.snapshot import Member, Snapshot
from referrals.models import Referral
from referrals.referral import LIVE
from service.rows import Rows
from service.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Place:
    """One organization's place in the line for a case."""

    member: Member
    kind: str
    role: WrapRole

    @property
    def reader(self) -> Reader:
        """Give whom a wrap at this place is for."""
        return Reader(self.member.id, self.role)

    @property
    def recipient(self) -> Recipient:
        """Give the key and role under which it is sealed. Raises IntakeClosed where the organization has no key."""
        if self.member.epoch is None:
            raise IntakeClosed
        return Recipient(self.member.epoch.public_key, self.role)


Line = tuple[Place, ...]


def line_of(decision: Decision, snapshot: Snapshot, *, pass_on: bool, helper_desk: bool) -> Line:
    """Order the organizations that a report is sealed for: who gets it now, then who stands by.

    Passing on to another group needs the worker's yes; the helper desk stands last unless the worker said no to it.
    """
    by_key = {member.key: member for member in snapshot.members.values()}
    line = []
    for key in decision.recipients:
        member = by_key[key]
        kind = "primary" if key == decision.primary else "coordinator" if member.role == "coordinator" else "responder"
        line.append(Place(member, kind, WrapRole.RECIPIENT))
    standby = list(decision.standby) if pass_on else []
    coordinator = snapshot.coordinator
    if coordinator is not None and helper_desk and coordinator.key not in standby:
        standby.append(coordinator.key)
    present = {place.member.key for place in line}
    line.extend(Place(by_key[key], "standby", WrapRole.STANDBY) for key in standby if key not in present)
    return tuple(place for place in line if place.member.epoch is not None)


def has_recipient(line: Line) -> bool:
    """Say whether somebody leads the case."""
    return bool(line) and line[0].kind == "primary"


def referral_rows(
    line: Line, decision: Decision, case_id: bytes, *, area: str | None, now: datetime, runtime: Runtime
) -> Rows:
    """Give a case's referrals, one for each place in its line; working days are counted in its area."""
    due = due_at(Stage.ACKNOWLEDGEMENT, decision.urgency, now, area)
    rows = []
    for index, place in enumerate(line):
        now_theirs = place.role is WrapRole.RECIPIENT
        rows.append(
            {
                "id": runtime.random(16),
                "case_id": case_id,
                "organization_id": place.member.id,
                "holder_id": None,
                "place": index,
                "kind": place.kind,
                "status": "offered" if now_theirs else "standby",
                "view": "new" if now_theirs else None,
                "rank": rank_of(due, runtime.random) if now_theirs else 0,
                "due_at": due if now_theirs else None,
                "unread": now_theirs,
                "language_mode": decision.language_mode,
                "reason": None,
                "decided_on": None,
            }
        )
    return Rows(Referral, rows)


def notice_rows(line: Line, decision: Decision, *, now: datetime, runtime: Runtime) -> Rows:
    """Give the notices for everyone who gets a case now."""
    told = [place.member.id for place in line if place.role is WrapRole.RECIPIENT]
    return notices.rows(told, urgency=decision.urgency, now=now, runtime=runtime)


def readers_of(
    session: Session, snapshot: Snapshot, case_id: bytes, keys: CaseKeys, *, in_danger: bool = False
) -> tuple[tuple[Reader, Recipient], ...]:
    """List who reads what a worker adds: everyone who has the case, and everyone who still stands by, with their keys.

    What tells of danger is for the coordinator too, once it stands by no more (`referrals.emergency`). One whose key is
    gone from the directory is left out, and one that stands by and may receive nothing any more. Nobody stands by where
    the key for that is lost.
    """
    reads: ColumnElement[bool] = Referral.status.in_((*LIVE, "closed", "standby"))
    if in_danger and snapshot.coordinator is not None:
        reads |= (Referral.status == "revoked") & (Referral.organization_id == snapshot.coordinator.id)
    referrals = session.execute(
        select(Referral.organization_id, Referral.status)
        .where(Referral.case_id == case_id, reads)
        .order_by(Referral.place)
    )
    found = []
    for organization_id, status in referrals:
        member = snapshot.members.get(organization_id)
        if member is None or member.epoch is None:
            continue
        if status == "standby" and (keys.standby is None or not member.candidate.may_receive):
            continue
        place = Place(member, status, WrapRole.STANDBY if status == "standby" else WrapRole.RECIPIENT)
        found.append((place.reader, place.recipient))
    return tuple(found)


def is_read(readers: Sequence[tuple[Reader, Recipient]]) -> bool:
    """Say whether anyone of these can read it now, and not only one day."""
    return any(reader.role is WrapRole.RECIPIENT for reader, _ in readers)
