"""Keys that must be destroyed one day, in a database of their own that is never in a backup of the main one.

A key is durable before anyone gets it. On SQLite a destroyed key's bytes are in none of the files any more; on
PostgreSQL they may outlast their row in free pages and in the log of the server until those are written over.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import URL, ColumnElement, delete, func, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.base import KeyBase
from service.clock import Clock
from service.database import Database, LogNotTruncated, alone, renew_after_fork
from service.keyring import KEY_SIZE, KeyRing
from service.models import DestructibleKey
from service.rows import Rows, insert_all
from service.throttle import TooBusy

BATCH: Final = 64
# A process hands out no key older than the first; an unused one is set aside after the second, and swept after the
# second again. A key that was taken has the time between them to turn up in a case.
HANDED_OUT_WITHIN: Final = timedelta(hours=12)
SWEPT_AFTER: Final = timedelta(hours=24)
# Keys' times are cut to the hour: the first batch of a quiet day would else tell the minute of a report.
_HOUR: Final = timedelta(hours=1)
_PAGE: Final = 500
_INSTANCE: Final = "instance"
_SET_ASIDE: Final = "set-aside"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class KeyDestroyed(Exception):
    """The key is gone for good, and with it what it sealed."""


class KeyNotYetGone(Exception):
    """The key's row is gone, but its bytes are still in a file: destroy it again later."""


class KeysInMainDatabase(Exception):
    """The keys database is the main one: what must be destroyed would lie in the same backup."""


class KeysOfAnotherInstance(Exception):
    """The keys database belongs to another instance: sweeping it would destroy that one's cases."""


class KeysLost(Exception):
    """The keys database is empty, and the instance has cases whose keys lay in it: they could not be opened."""


class KeysSchemaUnknown(Exception):
    """The table of keys is not the one that this version knows."""


@dataclass(frozen=True, slots=True, repr=False)
class StoredKey:
    """A key (32 bytes) and the id (16 bytes) that finds it again."""

    id: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class _Named:
    stored: StoredKey
    current_until: datetime
    expires_at: datetime


class _Batch:
    """Keys of one purpose that are durable and that nobody has yet."""

    def __init__(self) -> None:
        self.ready: deque[tuple[StoredKey, datetime]] = deque()
        self.filling = threading.Lock()

    def take(self, now: datetime) -> StoredKey | None:
        """Take the oldest key that is still fit to be handed out."""
        while self.ready:
            try:
                stored, until = self.ready.popleft()
            except IndexError:
                return None
            if now < until:
                return stored
        return None


class KeyStore:
    """The keys database: taking, finding and destroying keys. Safe for threads and across a fork."""

    def __init__(
        self,
        url: str | URL,
        clock: Clock,
        random: Callable[[int], bytes] = os.urandom,
        *,
        batch: int = BATCH,
        connections: int = 4,
    ) -> None:
        """Open the database and create its table where there is none.

        Raises KeysInMainDatabase, KeysSchemaUnknown, DatabaseUrlInvalid.
        """
        self.database = Database(url, connections=connections)
        self._clock = clock
        self._random = random
        self._size = batch
        self._forget_all()
        try:
            self._create_table()
        except BaseException:
            self.database.dispose()
            raise
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Forget what the parent may hand out: two cases must never share a key."""
        self._forget_all()

    def belong_to(self, instance_id: bytes, *, has_cases: Callable[[], bool] = lambda: False) -> None:
        """Bind a fresh keys database to an instance, unless that has cases already.

        Raises KeysLost, and KeysOfAnotherInstance where it is bound to another.
        """
        owner = select(DestructibleKey.id).where(DestructibleKey.purpose == _INSTANCE)
        with self.database.session() as session:
            bound = session.scalar(owner)
        if bound is None and has_cases():
            raise KeysLost(
                "LEEWARD_KEYS_URL names an empty database, but this instance has cases: bring back the keys database "
                "that belongs to it. If it is lost for good, so is what it sealed: `leeward migrate --keys-are-lost`"
            )
        if bound is None:
            with self.database.session(write=True) as session:
                alone(session, "keys")
                bound = session.scalar(owner)
                if bound is None:
                    self._insert(session, _INSTANCE, [StoredKey(instance_id, self._random(KEY_SIZE))], self._hour())
                    return
        if bound != instance_id:
            raise KeysOfAnotherInstance("LEEWARD_KEYS_URL names the keys of another instance: give this instance's own")

    def take(self, purpose: str) -> StoredKey:
        """Give a key that nobody has. Normally this costs no database access: batches are made ahead."""
        batch = self._batches.setdefault(purpose, _Batch())
        taken = batch.take(self._clock.now())
        while taken is None:
            with batch.filling:
                if not batch.ready:
                    self._fill(purpose, batch)
                taken = batch.take(self._clock.now())
        if len(batch.ready) < self._size // 2 and batch.filling.acquire(blocking=False):
            threading.Thread(target=self._refill, args=(purpose, batch), name="keys", daemon=True).start()
        return taken

    def get_many(self, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """Find keys by their ids. One that was destroyed is not in the answer."""
        columns = select(DestructibleKey.id, DestructibleKey.key)
        found: dict[bytes, bytes] = {}
        for page in _pages(ids):
            with self.database.session(one_statement=True) as session:
                found |= {row.id: row.key for row in session.execute(columns.where(DestructibleKey.id.in_(page)))}
        return found

    def destroy(self, key_id: bytes) -> None:
        """Destroy a key for good; one that is gone already too, so that an interrupted try can be made again.

        Raises KeyNotYetGone.
        """
        self._destroy([key_id])

    def named(self, purpose: str, life: timedelta, *, kept: timedelta = timedelta(0)) -> StoredKey:
        """Give the current key of a purpose, the same in every process. It is current for `life` at the most.

        Periods start at whole multiples of `life` since 1970, so that a key's time tells nothing about its first use.
        For `kept` longer, `named_at` finds it, to open what was sealed at the last minute; then it is destroyed.
        """
        now = self._clock.now()
        self._forget_expired(now)
        named = self._current.get(purpose)
        if named is None or named.current_until <= now:
            named = self._current[purpose] = self._find_or_make(purpose, now, life, kept)
            self._known[named.stored.id] = named
        return named.stored

    def named_at(self, key_id: bytes) -> StoredKey:
        """Find a named key that is current or still kept. Raises KeyDestroyed."""
        now = self._clock.now()
        self._forget_expired(now)
        if key_id in self._known:
            return self._known[key_id].stored
        query = select(DestructibleKey.key, DestructibleKey.expires_at).where(
            DestructibleKey.id == key_id, DestructibleKey.expires_at > now
        )
        with self.database.session(one_statement=True) as session:
            row = session.execute(query).one_or_none()
        if row is None:
            raise KeyDestroyed
        named = self._known[key_id] = _Named(StoredKey(key_id, row.key), row.expires_at, row.expires_at)
        return named.stored

    def ring(self, purpose: str) -> KeyRing:
        """Give the keys of a purpose of which several are in use at once."""
        return self._rings.setdefault(purpose, KeyRing(self.database, self._clock, self._random, purpose))

    def destroy_expired(self, *, only: Collection[str] = (), but: Collection[str] = ()) -> int:
        """Destroy the named keys whose time is over, and give how many there were. Raises KeyNotYetGone.

        `only` names purposes, and no others are looked at; those in `but` are left to whoever looks after them.
        """
        now = self._clock.now()
        self._forget_expired(now)
        with self.database.session() as session:
            expired = session.scalars(select(DestructibleKey.id).where(*_expired(now, only, but))).all()
        if expired:
            self._destroy(expired)
        return len(expired)

    def count_expired(self, *, only: Collection[str] = ()) -> int:
        """Count the keys that `destroy_expired` would destroy."""
        expired = select(func.count()).select_from(DestructibleKey).where(*_expired(self._clock.now(), only, ()))
        with self.database.session() as session:
            return session.scalar(expired) or 0

    def sweep_orphans(self, purposes: Sequence[str], used: Callable[[Sequence[bytes]], Collection[bytes]]) -> int:
        """Destroy keys that no case ever came to use, and give how many there were. Raises KeyNotYetGone.

        `used` tells which of some ids are in use. A key of SWEPT_AFTER and older that nothing uses is set aside, and is
        destroyed once it was set aside for as long and still nothing uses it: a clock that is ahead, for a moment or on
        one host, must not destroy what another process still hands out.
        """
        destroyed = 0
        for orphans in self._unused([_SET_ASIDE], used):
            self._destroy(orphans)
            destroyed += len(orphans)
        for orphans in self._unused(purposes, used):
            with self.database.session(write=True) as session:
                chosen = update(DestructibleKey).where(DestructibleKey.id.in_(orphans))
                session.execute(chosen.values(purpose=_SET_ASIDE, made_at=self._hour()))
        return destroyed

    def _unused(
        self, purposes: Sequence[str], used: Callable[[Sequence[bytes]], Collection[bytes]]
    ) -> Iterator[Sequence[bytes]]:
        """Give the ids of keys that are SWEPT_AFTER old and that nothing uses, page by page."""
        last = b""
        query = (
            select(DestructibleKey.id)
            .where(
                DestructibleKey.purpose.in_(purposes),
                DestructibleKey.expires_at.is_(None),
                DestructibleKey.made_at <= self._clock.now() - SWEPT_AFTER,
            )
            .order_by(DestructibleKey.id)
            .limit(_PAGE)
        )
        while True:
            with self.database.session(one_statement=True) as session:
                ids = session.scalars(query.where(DestructibleKey.id > last)).all()
            if not ids:
                return
            last = ids[-1]
            orphans = sorted(set(ids) - set(used(ids)))
            if orphans:
                yield orphans

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self.database.dispose()

    def _create_table(self) -> None:
        table = DestructibleKey.__tablename__
        with self.database.session(write=True) as session:
            alone(session, "keys")
            inspector = inspect(session.connection())
            if "alembic_version" in inspector.get_table_names():
                raise KeysInMainDatabase("LEEWARD_KEYS_URL names the main database: give the keys one of their own")
            KeyBase.metadata.create_all(session.connection())
            inspector.clear_cache()
            found = {column["name"] for column in inspector.get_columns(table)}
        if found != set(KeyBase.metadata.tables[table].columns.keys()):
            raise KeysSchemaUnknown("the keys database was made by another version of Leeward")

    def _find_or_make(self, purpose: str, now: datetime, life: timedelta, kept: timedelta) -> _Named:
        latest = (
            select(DestructibleKey)
            .where(DestructibleKey.purpose == purpose, DestructibleKey.expires_at > now)
            .order_by(DestructibleKey.made_at.desc())
            .limit(1)
        )
        with self.database.session(write=True) as session:
            alone(session, "keys")
            row = session.scalars(latest).one_or_none()
            if row is not None and now < row.made_at + life and row.expires_at is not None:
                return _Named(StoredKey(row.id, row.key), row.made_at + life, row.expires_at)
            stored, start = self._new(), now - (now - _EPOCH) % life
            expires_at = start + life + kept
            self._insert(session, purpose, [stored], start, expires_at)
        return _Named(stored, start + life, expires_at)

    def _fill(self, purpose: str, batch: _Batch) -> None:
        made_at = self._hour()
        made = [self._new() for _ in range(self._size)]
        with self.database.session(write=True) as session:
            self._insert(session, purpose, made, made_at)
        batch.ready.extend((stored, made_at + HANDED_OUT_WITHIN) for stored in made)

    def _refill(self, purpose: str, batch: _Batch) -> None:
        try:
            self._fill(purpose, batch)
        except (SQLAlchemyError, TooBusy):
            # Whoever finds the batch empty meets the same failure where it can be answered.
            return
        finally:
            batch.filling.release()

    def _insert(
        self,
        session: Session,
        purpose: str,
        made: Iterable[StoredKey],
        made_at: datetime,
        expires_at: datetime | None = None,
    ) -> None:
        rows = [
            {"id": stored.id, "purpose": purpose, "key": stored.key, "made_at": made_at, "expires_at": expires_at}
            for stored in made
        ]
        insert_all(session, [Rows(DestructibleKey, rows)])

    def _destroy(self, ids: Sequence[bytes]) -> None:
        for page in _pages(ids):
            with self.database.session(write=True) as session:
                session.execute(delete(DestructibleKey).where(DestructibleKey.id.in_(page)))
        try:
            self.database.truncate_log()
        except LogNotTruncated as error:
            raise KeyNotYetGone from error

    def _new(self) -> StoredKey:
        return StoredKey(self._random(16), self._random(KEY_SIZE))

    def _hour(self) -> datetime:
        now = self._clock.now()
        return now - (now - _EPOCH) % _HOUR

    def _forget_all(self) -> None:
        self._batches: dict[str, _Batch] = {}
        self._current: dict[str, _Named] = {}
        self._known: dict[bytes, _Named] = {}
        self._rings: dict[str, KeyRing] = {}

    def _forget_expired(self, now: datetime) -> None:
        for purpose, named in list(self._current.items()):
            if named.expires_at <= now:
                self._current.pop(purpose, None)
        for key_id, named in list(self._known.items()):
            if named.expires_at <= now:
                self._known.pop(key_id, None)


def _expired(now: datetime, only: Collection[str], but: Collection[str]) -> Iterator[ColumnElement[bool]]:
    yield DestructibleKey.expires_at <= now
    if only:
        yield DestructibleKey.purpose.in_(only)
    yield DestructibleKey.purpose.not_in(but)


def _pages(ids: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE))
