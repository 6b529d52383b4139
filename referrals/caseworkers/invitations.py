"""Invitations: one-time links with which a person enrols as a caseworker of one organization.

The token stands in the link's fragment, which browsers send to no server; only its hash is kept here.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from referrals.caseworkers import totp
from referrals.caseworkers.models import Caseworker, Invitation
from referrals.directory.models import Organization
from service import audit

LIFE: Final = timedelta(hours=24)
ROLES: Final = ("caseworker", "supervisor", "admin")
TOKEN_SIZE: Final = 32
EMAIL_LIMIT: Final = 254


class OrganizationUnknown(Exception):
    """No member organization has this key."""


class EmailTaken(Exception):
    """Somebody has enrolled under this address."""


class EmailMistyped(Exception):
    """This is not an address that mail could reach."""


class RoleUnknown(Exception):
    """Not one of ROLES."""


class InvitationSpent(Exception):
    """No such invitation, or it was used, or its day is over: the three look the same."""


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """What a person who enrols is told: who they will be, for whom, and their second factor's secret."""

    caseworker_id: bytes
    organization_id: bytes
    organization_name: str
    email: str
    role: str
    totp_secret: bytes


def invite(
    session: Session,
    *,
    organization_key: str,
    email: str,
    role: str = "caseworker",
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> str:
    """Make an invitation and give its token, which is shown once and kept nowhere.

    An earlier invitation for the same address ends. Raises OrganizationUnknown, EmailTaken, EmailMistyped, RoleUnknown.
    """
    if role not in ROLES:
        raise RoleUnknown
    address = plain_address(email)
    organization_id = session.scalar(select(Organization.id).where(Organization.key == organization_key))
    if organization_id is None:
        raise OrganizationUnknown
    if session.scalar(select(Caseworker.id).where(Caseworker.email == address)) is not None:
        raise EmailTaken
    session.execute(delete(Invitation).where((Invitation.email == address) | (Invitation.expires_at <= now)))
    token = random(TOKEN_SIZE)
    session.add(
        Invitation(
            token_hash=_hash(token),
            organization_id=organization_id,
            email=address,
            role=role,
            expires_at=now + LIFE,
            used=False,
            sealed_totp_secret=None,
        )
    )
    entry = {"action": "caseworker.invited", "organization": organization_id.hex(), "role": role}
    audit.record(session, entry, day=now.date(), random=random)
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def open_invitation(
    session: Session, token: str, *, host_key: bytes, now: datetime, random: Callable[[int], bytes] = os.urandom
) -> OpenInvitation:
    """Look an invitation up for the person who holds it. Raises InvitationSpent.

    Their second factor's secret is made at the first look and stays the same, so that a reload spoils nothing.
    """
    raw = _raw(token)
    row = session.execute(
        select(Invitation, Organization.name)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(Invitation.token_hash == _hash(raw), Invitation.used.is_(False), Invitation.expires_at > now)
        .with_for_update(of=Invitation)
    ).one_or_none()
    if row is None:
        raise InvitationSpent
    invitation, organization_name = row
    caseworker_id = _caseworker_id(raw)
    if invitation.sealed_totp_secret is None:
        secret = totp.new_secret(random)
        invitation.sealed_totp_secret = totp.seal_secret(host_key, secret, caseworker_id=caseworker_id, random=random)
    else:
        secret = totp.open_secret(host_key, invitation.sealed_totp_secret, caseworker_id=caseworker_id)
    return OpenInvitation(
        caseworker_id=caseworker_id,
        organization_id=invitation.organization_id,
        organization_name=organization_name,
        email=invitation.email,
        role=invitation.role,
        totp_secret=secret,
    )


def spend(session: Session, token: str, *, now: datetime) -> Invitation:
    """Use an invitation up. Of two who try at once, one gets InvitationSpent."""
    token_hash = _hash(_raw(token))
    spent = session.scalars(
        update(Invitation)
        .where(Invitation.token_hash == token_hash, Invitation.used.is_(False), Invitation.expires_at > now)
        .values(used=True)
        .returning(Invitation)
    ).one_or_none()
    if spent is None:
        raise InvitationSpent
    return spent


def plain_address(email: str) -> str:
    """Write an address as it is kept and looked up. Raises EmailMistyped."""
    address = email.strip().casefold()
    name, at, domain = address.rpartition("@")
    if not (name and at and domain) or len(address) > EMAIL_LIMIT or any(part.isspace() for part in address):
        raise EmailMistyped
    return address


def _raw(token: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise InvitationSpent from error
    if len(raw) != TOKEN_SIZE:
        raise InvitationSpent
    return raw


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(b"leeward/1/invitation\0" + token).digest()


def _caseworker_id(token: bytes) -> bytes:
    """Name the person before they have an account: their bag is sealed under this id in their browser."""
    return hmac.digest(token, b"leeward/1/caseworker\0", "sha256")[:16]
