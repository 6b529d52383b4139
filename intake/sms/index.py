"""How a number is looked up: by an HMAC under an index key, of which several are in use while one takes over.

A text finds its conversation under any key that is in use, and the conversation is found under the current key from
then on. A key becomes current once every process knows it, so that two texts at once never begin two conversations
(docs/decisions/019-index-keys-take-turns.md). Replacing and destroying keys is in rotating.py.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.sms.models import Conversation
from service.database import alone
from service.keyring import RingKey
from service.runtime import Runtime

INDEX_KEY: Final = "sms.phone-index"
# A process knows a new key after a minute at the most (service/keyring.py); hosts' clocks differ by less than the rest.
CURRENT_AFTER: Final = timedelta(minutes=10)
# An older key may go once no process can write under it, not even one whose clock lags by most of a day.
UNUSED_AFTER: Final = timedelta(days=1)
# The key of conversations from before there were several. It was derived from LEEWARD_SECRET_KEY, and had no id.
FIRST_ID: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class Name:
    """What a number, or one of several people on it, is looked up by.

    `hmac` was made with the current key, whose id is `key_id`; `every` has the HMACs under all keys that are in use,
    oldest key first. It has none where a caller withholds their number: nothing is found by that.
    """

    hmac: bytes = field(repr=False)
    key_id: bytes
    every: tuple[bytes, ...] = field(repr=False)

    def columns(self) -> dict[str, object]:
        """Write it on a conversation."""
        return dict(NAMELESS) if not self.every else {"phone_hmac": self.hmac, "index_key_id": self.key_id}

    def renewed(self, phone_hmac: bytes | None) -> dict[str, object]:
        """Write it on a conversation that was found under an older key; nothing on any other."""
        older = self.every[: self.every.index(self.hmac)] if self.every else ()
        return self.columns() if phone_hmac in older else {}


NAMELESS: Final[dict[str, object]] = {"phone_hmac": None, "index_key_id": None}
NOBODY: Final = Name(b"", b"", ())


def name_of(runtime: Runtime, phone: str, code: str | None = None) -> Name:
    """Name a number (E.164), or who has a code of their own on a phone that several write from."""
    told = phone.encode() if code is None else phone.encode() + b"\0" + code.encode()
    ring = keys(runtime)
    current = current_of(ring, runtime.clock.now())
    every = tuple(hmac.digest(one.key, told, "sha256") for one in ring)
    return Name(every[ring.index(current)], current.id, every)


def claim(session: Session, name: Name) -> bool:
    """Keep others from beginning a conversation with a number until this transaction ends; say whether there is one.

    While one key is in use this asks nothing: the database lets no HMAC stand twice.
    """
    if len(name.every) <= 1:
        return False
    # Every process knows the oldest key, and so asks for the same lock.
    alone(session, f"sms.phone/{name.every[0].hex()}")
    taken = select(Conversation.id).where(Conversation.phone_hmac.in_(name.every)).limit(1)
    return session.scalar(taken) is not None


def current_of(ring: tuple[RingKey, ...], now: datetime) -> RingKey:
    """Give the key under which a number is written: the newest one that every process knows."""
    known = [one for one in ring if one.made_at + CURRENT_AFTER <= now]
    return known[-1] if known else ring[0]


def keys(runtime: Runtime, *, anew: bool = False) -> tuple[RingKey, ...]:
    """Give the index keys that are in use, oldest first."""
    return runtime.keystore.ring(INDEX_KEY).keys(lambda: _first(runtime), anew=anew)


def _first(runtime: Runtime) -> tuple[bytes, bytes]:
    """Give the first key: for conversations that are older than keys with ids, the one that they are found by."""
    older = select(Conversation.id).where(Conversation.index_key_id == FIRST_ID).limit(1)
    with runtime.database.session() as session:
        is_older = session.scalar(older) is not None
    return (FIRST_ID, runtime.secret("phone-index")) if is_older else (runtime.random(16), runtime.random(32))
