"""Caseworkers' accounts: enrolling, and handing their sealed keys back to their browser.

The server stores what a browser sealed and can open none of it. Only `make_demo_account` ever makes keys here.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crypto import keybag, suite
from referrals.caseworkers import totp
from referrals.caseworkers.epochs import HeldEpoch, NewEpoch, epochs_of, first_epoch, has_epoch, is_key
from referrals.caseworkers.invitations import open_invitation, plain_address, spend
from referrals.caseworkers.models import Caseworker, KeybagSlot
from referrals.directory.models import Organization
from service import audit

PASSPHRASE_SLOT: Final = 1
SALT_SIZE: Final = 16
LOGIN_SECRET_SIZE: Final = 32
SEALED_BAG_KEY_SIZE: Final = 12 + 32 + 16
SEALED_BAG_LIMIT: Final = 16 * 1024
VERIFY_KEY_SIZE: Final = 32


class EnrolmentMalformed(Exception):
    """A browser sent keys that are not what they should be; `field` names the first."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a browser made for a new caseworker. Everything secret in it is sealed, but the login secret."""

    language: str
    code: str
    salt: bytes
    login_secret: bytes
    sealed_bag: bytes
    sealed_bag_key: bytes
    kid: bytes
    public_key: bytes
    verify_key: bytes
    epoch: NewEpoch | None


@dataclass(frozen=True, slots=True)
class Slot:
    """One way to unlock a bag."""

    slot: int
    version: int
    sealed_bag_key: bytes


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A caseworker's sealed keys, for the browser that signed in."""

    caseworker_id: bytes
    email: str
    role: str
    organization_id: bytes
    organization_name: str
    salt: bytes
    sealed_bag: bytes
    kid: bytes
    slots: tuple[Slot, ...]
    epochs: tuple[HeldEpoch, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `leeward caseworker list`."""

    organization_key: str
    email: str
    role: str
    active: bool
    has_epoch: bool


def enrol(
    session: Session,
    token: str,
    enrolment: Enrolment,
    *,
    host_key: bytes,
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """Make an account of an invitation and give its id.

    Raises InvitationSpent, CodeRefused, EnrolmentMalformed, EpochNotFirst; nothing is kept then.
    """
    check_enrolment(enrolment)
    opened = open_invitation(session, token, host_key=host_key, now=now, random=random)
    step = totp.check(opened.totp_secret, enrolment.code, now=now, last_step=0)
    invitation = spend(session, token, now=now)
    sealed_secret = totp.seal_secret(host_key, opened.totp_secret, caseworker_id=opened.caseworker_id, random=random)
    _add(
        session,
        enrolment,
        opened.caseworker_id,
        organization_id=opened.organization_id,
        email=opened.email,
        role=opened.role,
        sealed_totp_secret=sealed_secret,
        totp_last_step=step,
    )
    invitation.sealed_totp_secret = None
    if enrolment.epoch is not None:
        first_epoch(session, opened.organization_id, opened.caseworker_id, enrolment.epoch, now=now, random=random)
    entry = {"action": "caseworker.enrolled", "organization": opened.organization_id.hex(), "role": opened.role}
    audit.record(session, entry, day=now.date(), random=random)
    return opened.caseworker_id


def check_enrolment(enrolment: Enrolment) -> None:
    """Check what can be checked of keys that cannot be opened: sizes, and that key id and key belong together.

    Raises EnrolmentMalformed.
    """
    sizes = {
        "salt": (enrolment.salt, SALT_SIZE),
        "login_secret": (enrolment.login_secret, LOGIN_SECRET_SIZE),
        "sealed_bag_key": (enrolment.sealed_bag_key, SEALED_BAG_KEY_SIZE),
        "verify_key": (enrolment.verify_key, VERIFY_KEY_SIZE),
    }
    for field, (value, size) in sizes.items():
        if len(value) != size:
            raise EnrolmentMalformed(field)
    if not 28 < len(enrolment.sealed_bag) <= SEALED_BAG_LIMIT:
        raise EnrolmentMalformed("sealed_bag")
    if not is_key(enrolment.public_key, enrolment.kid):
        raise EnrolmentMalformed("public_key")


def handed_out(session: Session, caseworker_id: bytes) -> HandedOut:
    """Gather what a caseworker's browser needs to unlock; the caller has checked who asks."""
    person, organization_name = session.execute(
        select(Caseworker, Organization.name)
        .join(Organization, Organization.id == Caseworker.organization_id)
        .where(Caseworker.id == caseworker_id)
    ).one()
    slots = session.scalars(
        select(KeybagSlot).where(KeybagSlot.caseworker_id == caseworker_id).order_by(KeybagSlot.slot)
    )
    return HandedOut(
        caseworker_id=person.id,
        email=person.email,
        role=person.role,
        organization_id=person.organization_id,
        organization_name=organization_name,
        salt=person.passphrase_salt,
        sealed_bag=person.sealed_bag,
        kid=person.kid,
        slots=tuple(Slot(row.slot, row.version, row.sealed_bag_key) for row in slots),
        epochs=epochs_of(session, person.organization_id, person.id),
    )


def colleagues(session: Session, organization_id: bytes) -> dict[bytes, str]:
    """Name who works for an organization, by address, so that a queue can say who holds a case."""
    rows = session.execute(select(Caseworker.id, Caseworker.email).where(Caseworker.organization_id == organization_id))
    return {row.id: row.email for row in rows}


def list_accounts(session: Session) -> tuple[Listed, ...]:
    """List every account by organization and address."""
    rows = session.execute(
        select(Caseworker, Organization.key)
        .join(Organization, Organization.id == Caseworker.organization_id)
        .order_by(Organization.key, Caseworker.email)
    ).all()
    return tuple(
        Listed(
            organization_key=key,
            email=person.email,
            role=person.role,
            active=person.active,
            has_epoch=any(epoch.sealed_seed for epoch in epochs_of(session, person.organization_id, person.id)),
        )
        for person, key in rows
    )


def make_demo_account(
    session: Session,
    organization_id: bytes,
    email: str,
    passphrase_words: Sequence[str],
    *,
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> str:
    """Make an account with its keys HERE, for the demo only, and give its passphrase.

    A production start refuses a database that has been through this (`Instance.is_demo`).
    """
    passphrase = keybag.generate_passphrase(passphrase_words, random)
    caseworker_id, salt, bag_key = random(16), random(SALT_SIZE), random(32)
    keys = keybag.derive_passphrase(passphrase, salt)
    bag = keybag.Bag(member_seed=random(32), signing_seed=random(32), pins={})
    pair = suite.key_pair(bag.member_seed)
    enrolment = Enrolment(
        language="en",
        code="",
        salt=salt,
        login_secret=keys.login_secret,
        sealed_bag=keybag.seal_bag(bag, bag_key, user_id=caseworker_id, random=random),
        sealed_bag_key=keybag.seal_slot(
            keys.kek, bag_key, user_id=caseworker_id, slot=PASSPHRASE_SLOT, version=1, random=random
        ),
        kid=pair.kid,
        public_key=pair.public_key,
        verify_key=suite.verify_key(bag.signing_seed),
        epoch=None if has_epoch(session, organization_id) else _demo_epoch(organization_id, pair.public_key, random),
    )
    check_enrolment(enrolment)
    _add(
        session,
        enrolment,
        caseworker_id,
        organization_id=organization_id,
        email=plain_address(email),
        role="admin",
        is_demo=True,
    )
    if enrolment.epoch is not None:
        first_epoch(session, organization_id, caseworker_id, enrolment.epoch, now=now, random=random)
    return passphrase


def login_hash(login_secret: bytes) -> bytes:
    """Hash a login secret as it is kept: it has 256 bits already, so nothing slower is needed."""
    return hashlib.sha256(b"leeward/1/login-hash\0" + login_secret).digest()


def _demo_epoch(organization_id: bytes, public_key: bytes, random: Callable[[int], bytes]) -> NewEpoch:
    seed = random(32)
    pair = suite.key_pair(seed)
    return NewEpoch(
        kid=pair.kid,
        public_key=pair.public_key,
        verify_key=suite.verify_key(keybag.epoch_signing_seed(seed)),
        sealed_seed=keybag.seal_epoch_seed(
            seed, member_public_key=public_key, organization_id=organization_id, epoch=1
        ),
    )


def _add(
    session: Session,
    enrolment: Enrolment,
    caseworker_id: bytes,
    *,
    organization_id: bytes,
    email: str,
    role: str,
    sealed_totp_secret: bytes | None = None,
    totp_last_step: int = 0,
    is_demo: bool = False,
) -> None:
    session.add(
        Caseworker(
            id=caseworker_id,
            organization_id=organization_id,
            email=email,
            role=role,
            language=enrolment.language,
            active=True,
            passphrase_salt=enrolment.salt,
            login_hash=login_hash(enrolment.login_secret),
            sealed_bag=enrolment.sealed_bag,
            kid=enrolment.kid,
            public_key=enrolment.public_key,
            verify_key=enrolment.verify_key,
            sealed_totp_secret=sealed_totp_secret,
            totp_last_step=totp_last_step,
            failed_attempts=0,
            locked_until=None,
            is_demo=is_demo,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise EnrolmentMalformed("email") from error
    session.add(
        KeybagSlot(
            caseworker_id=caseworker_id,
            slot=PASSPHRASE_SLOT,
            version=1,
            sealed_bag_key=enrolment.sealed_bag_key,
        )
    )
