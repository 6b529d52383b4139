"""Workers who do not answer: some days after the last answer, their case comes before its caseworkers again.

They try another way, or close it; no machine does. The case has no deadline then, since a worker's silence is nobody's
lateness. Days count from the last answer, so whoever tries again has all of them again.
"""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, func, or_, select

from crypto.envelope import MessageType
from referrals import notices
from referrals.case import CaseNotFound, lock_case, rank_of
from referrals.models import Case, Message, Referral
from service.runtime import Runtime

# referrals.md's figures. After the last one a worker may be taken to be out of reach.
REMINDED_AFTER: Final = (7, 21, 60)
# A referral's reason says which reminder was the last one.
MARKS: Final = tuple(f"silent_{days}" for days in REMINDED_AFTER)


def look(runtime: Runtime, now: datetime) -> None:
    """Put each case before its caseworkers again whose worker has been silent for long enough, once for each time."""
    query = _silent(now.date())
    with runtime.database.session() as session:
        found = [(referral.case_id, referral.id) for referral, _ in session.execute(query)]
    for case_id, referral_id in found:
        try:
            _call_back(runtime, query.where(Referral.id == referral_id), case_id, now)
        except CaseNotFound:
            continue


def _call_back(runtime: Runtime, query: Select[Referral, date], case_id: bytes, now: datetime) -> None:
    """Ask again under the case's lock, since the worker or a caseworker may have been faster, and call back."""
    with runtime.database.session(write=True) as session:
        lock_case(session, case_id)
        row = session.execute(query).one_or_none()
        if row is None:
            return
        referral, answered_on = row
        silent = (now.date() - answered_on).days
        referral.reason = next(
            mark for mark, days in zip(MARKS[::-1], REMINDED_AFTER[::-1], strict=True) if days <= silent
        )
        referral.view, referral.due_at, referral.rank = "ours", None, rank_of(now, runtime.random)
        # With the next batch, whatever the urgency: nothing has happened.
        notices.tell(session, referral.organization_id, urgency="standard", now=now, random=runtime.random)


def _silent(today: date) -> Select[Referral, date]:
    """Ask for what waits for a worker since an answer that is old enough for the next reminder."""
    answered_on = (
        select(func.max(Message.day))
        .where(Message.case_id == Referral.case_id, Message.type == int(MessageType.REPLY))
        .scalar_subquery()
    )
    first, *later = (answered_on <= today - timedelta(days=days) for days in REMINDED_AFTER)
    is_due = or_(
        and_(Referral.view == "waiting", Referral.reason.is_(None), first),
        *(
            and_(Referral.view == "ours", Referral.reason == mark, over)
            for mark, over in zip(MARKS, later, strict=False)
        ),
    )
    of_case = select(Referral, answered_on).join(Case, Case.id == Referral.case_id)
    return of_case.where(Case.state == "waiting_worker", Referral.status == "accepted", is_due)
