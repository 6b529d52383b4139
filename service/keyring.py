"""Rings of keys: of one purpose several are in use at once, so that what one made is found while the next takes over.

The newest key is for making, all of them are for finding, and which of them is old enough for what is the caller's to
say. A process reads a ring anew when it last did so READ_AGAIN ago. A key leaves by `KeyStore.destroy`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Select, select

from service.clock import Clock
from service.database import Database, alone
from service.models import DestructibleKey
from service.rows import Rows, insert_all

KEY_SIZE: Final = 32
READ_AGAIN: Final = timedelta(minutes=1)


class NewestTooYoung(Exception):
    """The newest key is not old enough for another one: not every process may know it yet."""


@dataclass(frozen=True, slots=True, repr=False)
class RingKey:
    """One key of a ring: its id (16 bytes), the key (32 bytes), and when it was made."""

    id: bytes
    key: bytes
    made_at: datetime


class KeyRing:
    """The keys of one purpose that are in use, oldest first. `KeyStore.ring` makes it."""

    def __init__(self, database: Database, clock: Clock, random: Callable[[int], bytes], purpose: str) -> None:
        """`database` is the keys database."""
        self._database = database
        self._clock = clock
        self._random = random
        self._purpose = purpose
        self._read: tuple[datetime, tuple[RingKey, ...]] | None = None

    def keys(self, first: Callable[[], tuple[bytes, bytes]], *, anew: bool = False) -> tuple[RingKey, ...]:
        """Give the keys, as they were READ_AGAIN ago at the earliest; `anew` looks in any case.

        `first` gives id and key of the first one, where there is none yet.
        """
        now, read = self._clock.now(), self._read
        if read is not None and not anew and read[0] <= now < read[0] + READ_AGAIN:
            return read[1]
        found = self._find() or self._begin(*first())
        self._read = (now, found)
        return found

    def add(self, *, apart: timedelta) -> RingKey:
        """Make a key that is newer than all others.

        Raises NewestTooYoung where the newest was made less than `apart` ago: of two who ask at once, one makes a key.
        """
        now = self._clock.now()
        with self._database.session(write=True) as session:
            alone(session, "keys")
            newest = session.scalar(self._query().order_by(None).order_by(DestructibleKey.made_at.desc()).limit(1))
            if newest is not None and now < newest.made_at + apart:
                raise NewestTooYoung
            made = RingKey(self._random(16), self._random(KEY_SIZE), now)
            insert_all(session, [self._row(made)])
        self._read = None
        return made

    def _find(self) -> tuple[RingKey, ...]:
        with self._database.session() as session:
            return _ring(session.scalars(self._query()))

    def _begin(self, key_id: bytes, key: bytes) -> tuple[RingKey, ...]:
        with self._database.session(write=True) as session:
            alone(session, "keys")
            found = _ring(session.scalars(self._query()))
            if found:
                return found
            # Its moment would be that of the first text.
            now = self._clock.now()
            first = RingKey(key_id, key, datetime(now.year, now.month, now.day, tzinfo=UTC))
            insert_all(session, [self._row(first)])
        return (first,)

    def _query(self) -> Select[DestructibleKey]:
        chosen = select(DestructibleKey).where(DestructibleKey.purpose == self._purpose)
        return chosen.order_by(DestructibleKey.made_at, DestructibleKey.id)

    def _row(self, made: RingKey) -> Rows:
        row = {
            "id": made.id,
            "purpose": self._purpose,
            "key": made.key,
            "made_at": made.made_at,
            "expires_at": None,
        }
        return Rows(DestructibleKey, [row])


def _ring(rows: Iterable[DestructibleKey]) -> tuple[RingKey, ...]:
    return tuple(RingKey(row.id, row.key, row.made_at) for row in rows)
