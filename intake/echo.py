"""A refused form on its way back to the worker who sent it: kept sealed for five minutes, and read once.

The key is in the worker's cookie and nowhere else, so nothing here can open what was typed.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crypto import symmetric
from crypto.padding import PaddingScheme, pad, unpad
from crypto.rejected import EnvelopeRejected
from intake.models import Echo
from service.rows import Rows, insert_all

LIFE: Final = timedelta(minutes=5)
# At most this many at a time: whoever sends refused forms in bulk must not fill the disk.
CAP: Final = 500
_AAD: Final = b"leeward/1/echo\0"


class EchoFull(Exception):
    """Too many refused forms wait to be read; this one was not kept."""


def keep(session: Session, form: bytes, *, now: datetime, random: Callable[[int], bytes]) -> bytes:
    """Seal a form and keep it; give the key that opens it (32 bytes). Raises EchoFull."""
    session.execute(delete(Echo).where(Echo.expires_at <= now))
    if (session.scalar(select(func.count()).select_from(Echo)) or 0) >= CAP:
        raise EchoFull
    key = random(symmetric.KEY_SIZE)
    sealed = symmetric.seal(key, pad(form, PaddingScheme.TEXT), aad=_AAD, random=random)
    row = {"id_hash": _id_hash(key), "sealed_form": sealed, "expires_at": now + LIFE}
    insert_all(session, [Rows(Echo, [row])])
    return key


def take(session: Session, key: bytes, *, now: datetime) -> bytes | None:
    """Open a form and forget it; None where there is none, or its five minutes are over."""
    row = session.execute(
        delete(Echo).where(Echo.id_hash == _id_hash(key)).returning(Echo.sealed_form, Echo.expires_at)
    ).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    try:
        return unpad(symmetric.open_(key, row.sealed_form, aad=_AAD), PaddingScheme.TEXT)
    except EnvelopeRejected:
        return None


def _id_hash(key: bytes) -> bytes:
    return hashlib.sha256(b"leeward/1/echo-id\0" + key).digest()
