"""A danger that a worker tells of once somebody has their case: it is an emergency from then on, as if told at first.

No group that is open day and night is added: what was written before is sealed for none of those who never stood in
the case's line. The coordinator is told, unless the worker said no to it and it never stood there either.
"""

from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from referrals import notices
from referrals.case import keys_of
from referrals.models import Case, Referral
from referrals.referral import Change, record, release, run_clock
from referrals.routing import EMERGENCY

_OFFERS: Final = ("offered", "acknowledged")
# Where the coordinator's place in the line leaves it without the case: it waits, or somebody has taken the case.
_APART: Final = ("standby", "revoked")


def make_emergency(session: Session, case: Case, change: Change) -> None:
    """Make an emergency of a case whose worker says so later: offers are answered within the hour.

    The acting organization is the coordinator. It gets the case now, with all that is sealed for it: where somebody has
    accepted, that is what its worker writes from now on. The caller holds the case, and says next that its worker wrote
    (`referral.worker_wrote`), which tells everybody and gives the hour to whoever has taken it.
    """
    is_new, case.urgency = case.urgency != EMERGENCY, EMERGENCY
    coordinator = Referral.organization_id == change.actor.organization_id
    concerned = or_(Referral.status.in_(_OFFERS), coordinator & Referral.status.in_(_APART))
    chosen = select(Referral).where(Referral.case_id == case.id, concerned).order_by(Referral.organization_id)
    for referral in session.scalars(chosen).all():
        is_apart = referral.status in _APART
        if is_apart and not _inform(session, referral, case, change):
            continue
        # Whoever says so again must not give those who sleep another hour.
        if is_apart or is_new:
            run_clock(session, referral, case, change)


def _inform(session: Session, coordinator: Referral, case: Case, change: Change) -> bool:
    """Give the coordinator the case; False where it is told and no more, since it may lead one day and opens nothing.

    That is so where the key under which its wraps rest was lost: an older copy of the keys database came back.
    """
    keys = keys_of(session, change.keystore, case.id)
    if coordinator.status == "standby":
        if keys.standby is None:
            notices.tell(session, coordinator.organization_id, urgency=EMERGENCY, now=change.now, random=change.random)
            return False
        release(session, case, coordinator.organization_id, keys, change)
        record(session, change, "wrap.released", to=coordinator.organization_id.hex())
    else:
        record(session, change, "referral.informed")
    coordinator.kind, coordinator.status, coordinator.view = "coordinator", "offered", "new"
    coordinator.reason = coordinator.decided_on = None
    return True
