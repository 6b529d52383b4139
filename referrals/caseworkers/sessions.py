"""Signing in and staying signed in.

Whether an address is known shows neither in an answer nor in its shape; cookies are kept by their hash only.
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

from crypto.rejected import EnvelopeRejected
from referrals.caseworkers import totp
from referrals.caseworkers.accounts import SALT_SIZE, login_hash
from referrals.caseworkers.invitations import EmailMistyped, plain_address
from referrals.caseworkers.models import Caseworker, DeskSession

LIFE: Final = timedelta(hours=12)
IDLE_LIFE: Final = timedelta(minutes=30)
TOUCH_EVERY: Final = timedelta(minutes=1)
TOKEN_SIZE: Final = 32
# Wrong codes after a right passphrase: whoever guesses six digits has three chances in a million for each try.
FREE_ATTEMPTS: Final = 5
LONGEST_LOCK: Final = timedelta(minutes=15)


class SessionEnded(Exception):
    """No such session, or it is over."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a session belongs to; `stale` asks for `touch`."""

    caseworker_id: bytes
    organization_id: bytes
    stale: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a try to sign in went: a cookie's token, or nothing; `wait_until` where codes may not be tried now.

    Not an exception, because a refused try is written down and a raised one would take that back.
    """

    token: str | None
    wait_until: datetime | None = None


def salt_for(session: Session, email: str, *, salt_key: bytes) -> bytes:
    """Give the salt of an address; one that is not known gets a lasting one of the same shape."""
    made_up = hmac.digest(salt_key, b"leeward/1/salt\0" + _address(email).encode(), "sha256")[:SALT_SIZE]
    stored = session.scalar(select(Caseworker.passphrase_salt).where(Caseworker.email == _address(email)))
    return stored or made_up


def sign_in(
    session: Session,
    *,
    email: str,
    login_secret: bytes,
    code: str,
    host_key: bytes,
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> Attempt:
    """Check a passphrase's login secret and the second factor, and start a session.

    Only a wrong code after a right secret counts towards a lock: a stranger who knows an address can't lock its owner
    out.
    """
    person = session.scalars(
        select(Caseworker).where(Caseworker.email == _address(email), Caseworker.active.is_(True)).with_for_update()
    ).one_or_none()
    expected = person.login_hash if person is not None else bytes(32)
    if not hmac.compare_digest(expected, login_hash(login_secret)) or person is None:
        return Attempt(None)
    if person.locked_until is not None and person.locked_until > now:
        return Attempt(None, person.locked_until)
    if not _second_factor(person, code, host_key, now):
        person.failed_attempts += 1
        person.locked_until = _locked_until(person.failed_attempts, now)
        return Attempt(None, person.locked_until)
    person.failed_attempts = 0
    person.locked_until = None
    return Attempt(_start(session, person.id, now, random))


def resume(session: Session, token: str, *, now: datetime) -> SignedIn:
    """Find the session of a cookie. Raises SessionEnded."""
    row = session.execute(
        select(DeskSession.caseworker_id, DeskSession.seen_at, Caseworker.organization_id)
        .join(Caseworker, Caseworker.id == DeskSession.caseworker_id)
        .where(
            DeskSession.token_hash == _hash(token),
            DeskSession.expires_at > now,
            DeskSession.seen_at > now - IDLE_LIFE,
            Caseworker.active.is_(True),
        )
    ).one_or_none()
    if row is None:
        raise SessionEnded
    return SignedIn(row.caseworker_id, row.organization_id, stale=now - row.seen_at > TOUCH_EVERY)


def touch(session: Session, token: str, *, now: datetime) -> None:
    """Note that a session was used."""
    session.execute(update(DeskSession).where(DeskSession.token_hash == _hash(token)).values(seen_at=now))


def end(session: Session, token: str) -> None:
    """End a session; one that is over already is no fault."""
    try:
        session.execute(delete(DeskSession).where(DeskSession.token_hash == _hash(token)))
    except SessionEnded:
        return


def _start(session: Session, caseworker_id: bytes, now: datetime, random: Callable[[int], bytes]) -> str:
    over = (DeskSession.expires_at <= now) | (DeskSession.seen_at <= now - IDLE_LIFE)
    session.execute(delete(DeskSession).where(over))
    token = base64.urlsafe_b64encode(random(TOKEN_SIZE)).rstrip(b"=").decode()
    session.add(DeskSession(token_hash=_hash(token), caseworker_id=caseworker_id, seen_at=now, expires_at=now + LIFE))
    return token


def _second_factor(person: Caseworker, code: str, host_key: bytes, now: datetime) -> bool:
    """Check the six digits and remember their step. A demo account has no second factor."""
    if person.sealed_totp_secret is None:
        return person.is_demo
    try:
        secret = totp.open_secret(host_key, person.sealed_totp_secret, caseworker_id=person.id)
        person.totp_last_step = totp.check(secret, code, now=now, last_step=person.totp_last_step)
    except (EnvelopeRejected, totp.CodeRefused):
        return False
    return True


def _locked_until(failed: int, now: datetime) -> datetime | None:
    if failed < FREE_ATTEMPTS:
        return None
    return now + min(LONGEST_LOCK, timedelta(seconds=30 * 2 ** min(failed - FREE_ATTEMPTS, 10)))


def _address(email: str) -> str:
    try:
        return plain_address(email)
    except EmailMistyped:
        return ""


def _hash(token: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise SessionEnded from error
    return hashlib.sha256(b"leeward/1/desk-session\0" + raw).digest()
