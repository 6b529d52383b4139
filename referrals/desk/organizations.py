"""Names of organizations, where the desk needs others' than its own."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from referrals.directory.models import Organization
from referrals.models import Referral
from referrals.referral import LIVE


def names(session: Session) -> tuple[str, ...]:
    """Name every organization of the directory: none of them may stand in a text to a worker's phone."""
    return tuple(session.scalars(select(Organization.name).order_by(Organization.position)))


def leaders(session: Session, case_ids: Collection[bytes]) -> dict[bytes, str]:
    """Name the organization that leads each case. A case that everybody declined has no leader and is left out."""
    if not case_ids:
        return {}
    leading = (
        select(Referral.case_id, Organization.name)
        .join(Organization, Organization.id == Referral.organization_id)
        .where(Referral.case_id.in_(case_ids), Referral.kind == "primary", Referral.status.in_([*LIVE, "closed"]))
    )
    return {row.case_id: row.name for row in session.execute(leading)}
