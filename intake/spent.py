"""Receipt cookies whose bearer said "I wrote it down": they open nothing any more. Only a hash of each is kept."""

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.models import SpentNonce
from service.rows import Rows, insert_all


def spend(session: Session, nonce: bytes, *, until: datetime) -> None:
    """Let a cookie's nonce open nothing again; `until` is when the cookie ends by itself."""
    row = {"nonce_hash": _hash(nonce), "expires_at": until}
    insert_all(session, [Rows(SpentNonce, [row], once=True)])


def is_spent(session: Session, nonce: bytes) -> bool:
    """Say whether a nonce was spent."""
    return session.scalar(select(SpentNonce.nonce_hash).where(SpentNonce.nonce_hash == _hash(nonce))) is not None


def _hash(nonce: bytes) -> bytes:
    return hashlib.sha256(b"leeward/1/spent-nonce\0" + nonce).digest()
