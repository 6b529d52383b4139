"""What follows when an organization's time is over: the next one leads, or the case stays and somebody is told.

Each change happens under the case's lock, together with its audit entry. Whether time is over is asked in clocks.py.
"""

from typing import Final

from sqlalchemy.orm import Session

from referrals import notices
from referrals.deadlines import due_at
from referrals.following import following
from referrals.referral import LIVE, Change, Held, TransitionRefused, end, hold, pass_on, record, stage_of, start_clock

# Why the clocks look at a running referral no more: it is late and who must know was told, or nobody is left to ask.
LATE: Final = "late"
NOBODY_LEFT: Final = "nobody_left"


def run_out(session: Session, change: Change, coordinator_id: bytes | None) -> bytes | None:
    """Do what follows when the acting organization's time is over; give who leads instead, None where the case stays.

    An offer that was not seen or not answered in time goes to the next in line, as if it had been declined. Where
    nobody is left it stays, and so does what is late after it was accepted; the coordinator is told, once.
    Raises CaseNotFound, and TransitionRefused where the time is not over or was seen to before.
    """
    held = hold(session, change, *LIVE)
    mine = held.referral
    if mine.reason is not None or mine.view == "waiting" or mine.due_at is None or mine.due_at > change.now:
        raise TransitionRefused("not_due")
    if mine.status != "accepted" and mine.kind == "primary":
        if following(session, held.case, change.actor.organization_id, change.now).leader is None:
            _stay(session, held, change, coordinator_id, NOBODY_LEFT)
            return None
        return _expire(session, held, change, is_coordinator=change.actor.organization_id == coordinator_id)
    # Whoever was told beside the leader and has not looked holds nobody up.
    _stay(session, held, change, coordinator_id if mine.status == "accepted" else None, LATE)
    return None


def keep(session: Session, change: Change, coordinator_id: bytes | None) -> None:
    """Leave an offer whose time is over where it is, since it could be opened for nobody else; tell the coordinator."""
    _stay(session, hold(session, change, "offered", "acknowledged"), change, coordinator_id, NOBODY_LEFT)


def restart(session: Session, change: Change) -> None:
    """Give an organization the whole time for its offer, from now on. Raises CaseNotFound and TransitionRefused.

    The helper desk's three working days do not cut it short: they were counted by a clock that may have been wrong.
    """
    held = hold(session, change, "offered", "acknowledged")
    due = due_at(stage_of(held.referral), held.case.urgency, change.now, held.case.area)
    start_clock(held.referral, due, change)
    record(session, change, "referral.restarted")


def _expire(session: Session, held: Held, change: Change, *, is_coordinator: bool) -> bytes | None:
    """Pass on what ran out of time. The coordinator goes on being told, and gets it back when everybody was asked."""
    missed = stage_of(held.referral)
    if is_coordinator:
        held.referral.kind, held.referral.reason = "coordinator", LATE
    else:
        end(held.referral, change, status="expired", view="others", reason=missed)
    record(session, change, "referral.expired", stage=missed)
    return pass_on(session, held.case, change)


def _stay(session: Session, held: Held, change: Change, coordinator_id: bytes | None, reason: str) -> None:
    held.referral.reason = reason
    record(session, change, "referral.overdue", reason=reason)
    if coordinator_id is not None:
        notices.tell(session, coordinator_id, urgency=held.case.urgency, now=change.now, random=change.random)
