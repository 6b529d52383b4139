"""An organization's epoch keys as the server holds them: public halves, and the seed sealed for each member.

The server stores what members' browsers sealed; it can open none of it and so can let nobody in by itself.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from crypto import suite
from referrals.caseworkers.models import Caseworker, EpochMembership
from referrals.directory import state
from referrals.directory.models import OrganizationEpoch
from service import audit
from service.rows import Rows, insert_all

FIRST_EPOCH: Final = 1
EPOCH_LIFE: Final = timedelta(days=90)
SEALED_SEED_SIZE: Final = suite.SEALED_OVERHEAD + 32


class EpochNotFirst(Exception):
    """The organization has a key already: a colleague's browser must hand it on instead."""


class EpochMalformed(Exception):
    """A browser sent an epoch whose sizes, key or key id are not what they should be."""


class MembershipRefused(Exception):
    """This epoch, or this colleague, is not of the organization, or the sender does not hold the key themselves."""


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """An epoch as its first member's browser made it."""

    kid: bytes
    public_key: bytes
    verify_key: bytes
    sealed_seed: bytes


@dataclass(frozen=True, slots=True)
class HeldEpoch:
    """One of an organization's epochs; `sealed_seed` is None until a colleague has handed the key on."""

    id: bytes
    number: int
    kid: bytes
    public_key: bytes
    verify_key: bytes
    revoked: bool
    ends_at: datetime
    sealed_seed: bytes | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A colleague who cannot open anything yet, because an epoch was not handed on to them."""

    caseworker_id: bytes
    email: str
    kid: bytes
    public_key: bytes
    epoch_id: bytes


def has_epoch(session: Session, organization_id: bytes) -> bool:
    """Say whether an organization has a key of any age."""
    chosen = select(OrganizationEpoch.id).where(OrganizationEpoch.organization_id == organization_id).limit(1)
    return session.scalar(chosen) is not None


def first_epoch(
    session: Session,
    organization_id: bytes,
    caseworker_id: bytes,
    epoch: NewEpoch,
    *,
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Keep an organization's first epoch. Raises EpochNotFirst where it has one, also to the slower of two."""
    if len(epoch.verify_key) != 32 or len(epoch.sealed_seed) != SEALED_SEED_SIZE:
        raise EpochMalformed
    if not is_key(epoch.public_key, epoch.kid):
        raise EpochMalformed
    if has_epoch(session, organization_id):
        raise EpochNotFirst
    epoch_id = random(16)
    session.add(
        OrganizationEpoch(
            id=epoch_id,
            organization_id=organization_id,
            number=FIRST_EPOCH,
            kid=epoch.kid,
            public_key=epoch.public_key,
            verify_key=epoch.verify_key,
            starts_at=now,
            ends_at=now + EPOCH_LIFE,
            revoked=False,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise EpochNotFirst from error
    session.add(EpochMembership(epoch_id=epoch_id, caseworker_id=caseworker_id, sealed_seed=epoch.sealed_seed))
    # From now on reports are sealed for this key.
    state.bump(session, now)
    _audit(session, "epoch.started", organization_id, FIRST_EPOCH, now, random)


def epochs_of(session: Session, organization_id: bytes, caseworker_id: bytes) -> tuple[HeldEpoch, ...]:
    """List an organization's epochs, the newest first, with the seeds sealed for one member."""
    rows = session.execute(
        select(OrganizationEpoch, EpochMembership.sealed_seed)
        .outerjoin(
            EpochMembership,
            (EpochMembership.epoch_id == OrganizationEpoch.id) & (EpochMembership.caseworker_id == caseworker_id),
        )
        .where(OrganizationEpoch.organization_id == organization_id)
        .order_by(OrganizationEpoch.number.desc())
    )
    return tuple(
        HeldEpoch(
            id=epoch.id,
            number=epoch.number,
            kid=epoch.kid,
            public_key=epoch.public_key,
            verify_key=epoch.verify_key,
            revoked=epoch.revoked,
            ends_at=epoch.ends_at,
            sealed_seed=sealed_seed,
        )
        for epoch, sealed_seed in rows
    )


def waiting_for(session: Session, organization_id: bytes, caseworker_id: bytes) -> tuple[Waiting, ...]:
    """List the colleagues to whom a member could hand an epoch on: the member holds it and they do not."""
    held = aliased(EpochMembership)
    theirs = (
        select(held.caseworker_id)
        .where(held.epoch_id == OrganizationEpoch.id, held.caseworker_id == Caseworker.id)
        .exists()
    )
    rows = session.execute(
        select(Caseworker, OrganizationEpoch.id.label("epoch_id"))
        .join(OrganizationEpoch, OrganizationEpoch.organization_id == Caseworker.organization_id)
        .join(EpochMembership, EpochMembership.epoch_id == OrganizationEpoch.id)
        .where(
            EpochMembership.caseworker_id == caseworker_id,
            Caseworker.organization_id == organization_id,
            Caseworker.active.is_(True),
            ~theirs,
        )
        .order_by(Caseworker.email, OrganizationEpoch.number)
    )
    return tuple(Waiting(person.id, person.email, person.kid, person.public_key, epoch_id) for person, epoch_id in rows)


def hand_on(
    session: Session,
    *,
    organization_id: bytes,
    giver_id: bytes,
    caseworker_id: bytes,
    epoch_id: bytes,
    sealed_seed: bytes,
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Keep an epoch's seed as a colleague's browser sealed it for a waiting member. Raises MembershipRefused.

    A second sealing for the same member changes nothing, so two colleagues may do it at once.
    """
    if len(sealed_seed) != SEALED_SEED_SIZE:
        raise MembershipRefused
    if session.get(EpochMembership, (epoch_id, giver_id)) is None:
        raise MembershipRefused
    person = session.get(Caseworker, caseworker_id)
    epoch = session.get(OrganizationEpoch, epoch_id)
    if person is None or epoch is None or {person.organization_id, epoch.organization_id} != {organization_id}:
        raise MembershipRefused
    if not person.active:
        raise MembershipRefused
    if session.get(EpochMembership, (epoch_id, caseworker_id)) is not None:
        return
    row = {"epoch_id": epoch_id, "caseworker_id": caseworker_id, "sealed_seed": sealed_seed}
    insert_all(session, [Rows(EpochMembership, [row], once=True)])
    _audit(session, "epoch.handed_on", organization_id, epoch.number, now, random)


def is_key(public_key: bytes, kid: bytes) -> bool:
    """Say whether bytes are an X-Wing key that one can seal to, and `kid` is its name.

    A key that nothing can be sealed to would close an organization's intake.
    """
    try:
        suite.seal(public_key, b"", info=b"leeward/1/probe\0")
        return suite.key_id(public_key) == kid
    except ValueError:
        return False


def _audit(
    session: Session, action: str, organization_id: bytes, number: int, now: datetime, random: Callable[[int], bytes]
) -> None:
    entry: dict[str, audit.Value] = {"action": action, "organization": organization_id.hex(), "number": number}
    audit.record(session, entry, day=now.date(), random=random)
