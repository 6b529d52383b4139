"""Side effects that wait in the main database: written with what caused them, done by a worker, deleted once done.

A worker claims a row under a lease with a fencing token, so that one that came back too late cannot report on a row
that is another's by now. A payload is sealed and is opened in a worker only; nothing here logs it, and an error is kept
by a short code, never by its text.
"""

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, and_, case, delete, func, null, select, union_all, update
from sqlalchemy.orm import Session

from crypto import symmetric
from crypto.rejected import EnvelopeRejected
from service.models import OutboxMessage
from service.rows import Rows, insert_all

WAITING: Final = "waiting"
LEASED: Final = "leased"
DEAD: Final = "dead"
LEASE: Final = timedelta(seconds=60)
MAX_ATTEMPTS: Final = 12
# A dead letter can be sent again for this long; then its payload is removed, and topic, code and id stay.
DEAD_PAYLOAD_KEPT: Final = timedelta(hours=72)
OVERDUE: Final = timedelta(minutes=10)
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)
# A payload's length must not tell what is in it.
_PADDED_TO: Final = 256
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class DeliveryFailed(Exception):
    """It did not work this time; a later try may. `code` is a short name, and never text from elsewhere."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DeliveryRefused(DeliveryFailed):
    """It will never work: there is no other try, and the payload is removed at once."""


class LeaseLost(Exception):
    """The row is not this worker's any more: its lease ran out and another one took it."""


class OutboxKeyMissing(Exception):
    """The database was opened without the key that payloads are sealed with."""


class DeadLetterEmpty(Exception):
    """The dead letter has no payload any more, so it cannot be sent again."""


class OutboxRowUnknown(Exception):
    """No row of the outbox has this id."""


class NotDead(Exception):
    """The row is no dead letter: what still waits, or is in work, is not dropped."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A row that one worker may work on until the lease runs out. The payload is left out of its repr."""

    id: bytes
    topic: str
    fencing_token: int
    attempts: int
    sealed_payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A row as an operator sees it. `sendable` says whether its payload is still there."""

    id: bytes
    topic: str
    state: str
    due_at: datetime
    attempts: int
    error_code: str | None
    sendable: bool


def enqueue(
    session: Session,
    topic: str,
    payload: Mapping[str, Any],
    *,
    due_at: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Have something done once this session's transaction is committed, and only then. Raises OutboxKeyMissing."""
    insert_all(session, [rows(topic, [payload], due_at=due_at, key=key_of(session), random=random)])


def rows(
    topic: str,
    payloads: Sequence[Mapping[str, Any]],
    *,
    due_at: datetime,
    key: bytes,
    random: Callable[[int], bytes] = os.urandom,
    ids: Sequence[bytes] | None = None,
) -> Rows:
    """Give the rows of some payloads (what JSON can hold), for a caller that inserts several tables at once.

    With `ids` the caller names them: one whose id is in the outbox already is left out.
    """
    named = ids if ids is not None else [random(16) for _ in payloads]
    return Rows(
        OutboxMessage,
        [
            {
                "id": row_id,
                "topic": topic,
                "state": WAITING,
                "sealed_payload": _seal(key, row_id, topic, payload, random),
                "due_at": due_at,
                "attempts": 0,
                "leased_until": None,
                "fencing_token": 0,
                "error_code": None,
            }
            for row_id, payload in zip(named, payloads, strict=True)
        ],
        once=ids is not None,
    )


def key_of(session: Session) -> bytes:
    """Give the key that payloads of this session's database are sealed with. Raises OutboxKeyMissing."""
    key: bytes | None = session.info.get("outbox_key")
    if key is None:
        raise OutboxKeyMissing
    return key


def claim(session: Session, topics: Collection[str], *, now: datetime) -> Lease | None:
    """Lease the row that has been due longest, of the topics that this worker knows; None where nothing is due.

    A try counts from here, so that a row whose worker dies each time comes to an end too (`bury`).
    """
    # The index gives the longest due of one state without a look at thousands of others.
    found = [_longest_due(state, topics, now) for state in (WAITING, LEASED)]
    due = union_all(*(select(one.c.id, one.c.due_at) for one in found)).subquery()
    longest = select(due.c.id).order_by(due.c.due_at).limit(1)
    claimed = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(longest))
        .values(
            state=LEASED,
            due_at=now + LEASE,
            leased_until=now + LEASE,
            attempts=OutboxMessage.attempts + 1,
            fencing_token=OutboxMessage.fencing_token + 1,
        )
        .returning(
            OutboxMessage.id,
            OutboxMessage.topic,
            OutboxMessage.fencing_token,
            OutboxMessage.attempts,
            OutboxMessage.sealed_payload,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if claimed is None:
        return None
    return Lease(claimed.id, claimed.topic, claimed.fencing_token, claimed.attempts, claimed.sealed_payload or b"")


def _longest_due(state: str, topics: Collection[str], now: datetime) -> CTE:
    return (
        select(OutboxMessage.id, OutboxMessage.due_at)
        .where(
            OutboxMessage.state == state,
            OutboxMessage.due_at <= now,
            OutboxMessage.topic.in_(topics),
            OutboxMessage.attempts < MAX_ATTEMPTS,
        )
        .order_by(OutboxMessage.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte(f"due_{state}")
    )


def bury(session: Session, *, now: datetime) -> int:
    """Make dead letters of rows whose worker died at the last try, and give how many there were."""
    return _count(
        session,
        update(OutboxMessage)
        .where(_claimable(now), OutboxMessage.attempts >= MAX_ATTEMPTS)
        .values(state=DEAD, due_at=now + DEAD_PAYLOAD_KEPT, leased_until=None, error_code="WorkerLost"),
    )


def call_back(session: Session, *, now: datetime) -> int:
    """End the leases of a clock that is ahead, or was, as if they began now, and give how many there were.

    Else such a row would wait until that moment really comes; a worker who does hold it keeps it for a lease.
    """
    return _count(
        session,
        update(OutboxMessage)
        .where(OutboxMessage.state == LEASED, OutboxMessage.due_at > now + LEASE)
        .values(due_at=now + LEASE, leased_until=now + LEASE),
    )


def open_payload(key: bytes, lease: Lease) -> dict[str, Any]:
    """Open what a leased row holds. Raises DeliveryRefused where it does not open under this key."""
    try:
        payload: dict[str, Any] = json.loads(
            symmetric.open_(key, lease.sealed_payload, aad=_place(lease.id, lease.topic))
        )
    except EnvelopeRejected as error:
        raise DeliveryRefused("payload_rejected") from error
    return payload


def acknowledge(session: Session, lease: Lease) -> None:
    """Delete a row that is done. Raises LeaseLost where another worker has it by now."""
    if not _count(session, delete(OutboxMessage).where(_held(lease))):
        raise LeaseLost


def fail(session: Session, lease: Lease, error: Exception, *, now: datetime) -> None:
    """Have a row tried again later, or make it a dead letter. Raises LeaseLost."""
    values: dict[str, object] = {"leased_until": None, "error_code": code_of(error)}
    if isinstance(error, DeliveryRefused):
        values |= {"state": DEAD, "due_at": now, "sealed_payload": null()}
    elif lease.attempts >= MAX_ATTEMPTS:
        values |= {"state": DEAD, "due_at": now + DEAD_PAYLOAD_KEPT}
    else:
        values |= {"state": WAITING, "due_at": now + backoff(lease.attempts)}
    if not _count(session, update(OutboxMessage).where(_held(lease)).values(**values)):
        raise LeaseLost


def is_last(lease: Lease, error: Exception) -> bool:
    """Tell whether this failure makes a dead letter of the row."""
    return isinstance(error, DeliveryRefused) or lease.attempts >= MAX_ATTEMPTS


def code_of(error: Exception) -> str:
    """Name an error by a short code: the one it brings, else its class. Its text could hold anything."""
    code = error.code if isinstance(error, DeliveryFailed) else type(error).__name__
    return code if _CODE.fullmatch(code) else type(error).__name__[:64]


def backoff(attempts: int) -> timedelta:
    """Give the wait after so many tries (1 and up): 5 seconds, doubling, an hour at the most."""
    return min(_FIRST_WAIT * int(2 ** (attempts - 1)), _LONGEST_WAIT)


def next_due(session: Session, topics: Collection[str]) -> datetime | None:
    """Give the moment at which something is to be done next, also in the past; None where nothing waits."""
    soonest = [
        select(OutboxMessage.due_at)
        .where(OutboxMessage.state == state, OutboxMessage.topic.in_(topics))
        .order_by(OutboxMessage.due_at)
        .limit(1)
        .scalar_subquery()
        for state in (WAITING, LEASED)
    ]
    return min(filter(None, session.execute(select(*soonest)).one()), default=None)


def forget_dead_payloads(session: Session, *, now: datetime) -> int:
    """Remove the payloads of dead letters that nobody sent again in time, and give how many there were."""
    return _count(
        session,
        update(OutboxMessage)
        .where(
            OutboxMessage.state == DEAD,
            OutboxMessage.due_at <= now,
            OutboxMessage.sealed_payload.is_not(None),
        )
        .values(sealed_payload=null()),
    )


def listing(session: Session, *, limit: int = 1000) -> tuple[Listed, ...]:
    """List what is in the outbox: dead letters first, then by due time."""
    query = select(
        OutboxMessage.id,
        OutboxMessage.topic,
        OutboxMessage.state,
        OutboxMessage.due_at,
        OutboxMessage.attempts,
        OutboxMessage.error_code,
        OutboxMessage.sealed_payload.is_not(None),
    ).order_by(case((OutboxMessage.state == DEAD, 0), else_=1), OutboxMessage.due_at, OutboxMessage.id)
    return tuple(Listed(*row) for row in session.execute(query.limit(limit)))


def retry(session: Session, row_id: bytes, *, now: datetime) -> None:
    """Make one row due now, a dead letter too, with all its tries before it; one in work is left to its worker.

    Raises OutboxRowUnknown, and DeadLetterEmpty.
    """
    row = session.get(OutboxMessage, row_id, with_for_update=True)
    if row is None:
        raise OutboxRowUnknown
    if row.sealed_payload is None:
        raise DeadLetterEmpty
    if row.state != LEASED:
        row.state, row.due_at, row.attempts = WAITING, now, 0


def retry_dead(session: Session, *, now: datetime) -> int:
    """Make every dead letter due now that still has its payload, and give how many there were."""
    return _count(
        session,
        update(OutboxMessage)
        .where(OutboxMessage.state == DEAD, OutboxMessage.sealed_payload.is_not(None))
        .values(state=WAITING, due_at=now, attempts=0),
    )


def drop(session: Session, row_id: bytes) -> None:
    """Delete one dead letter, once somebody has dealt with it. Raises OutboxRowUnknown and NotDead."""
    row = session.get(OutboxMessage, row_id, with_for_update=True)
    if row is None:
        raise OutboxRowUnknown
    if row.state != DEAD:
        raise NotDead
    session.delete(row)


def drop_empty(session: Session) -> int:
    """Delete every dead letter that cannot be sent again, and give how many there were."""
    empty = (OutboxMessage.state == DEAD, OutboxMessage.sealed_payload.is_(None))
    return _count(session, delete(OutboxMessage).where(*empty))


def counts(session: Session) -> dict[str, int]:
    """Count the rows of each state, for the metric `leeward_outbox_rows`."""
    found = session.execute(select(OutboxMessage.state, func.count().label("rows")).group_by(OutboxMessage.state))
    return {WAITING: 0, LEASED: 0, DEAD: 0} | {row.state: row.rows for row in found}


def alarms(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Say what is wrong with the outbox, for /readyz: dead letters, and rows that no worker fetches."""
    dead = session.scalar(select(OutboxMessage.id).where(OutboxMessage.state == DEAD).limit(1))
    oldest = session.scalar(select(func.min(OutboxMessage.due_at)).where(OutboxMessage.state.in_((WAITING, LEASED))))
    found = []
    if dead is not None:
        found.append("outbox_dead_letters")
    if oldest is not None and oldest < now - OVERDUE:
        found.append("outbox_overdue")
    return tuple(found)


def _claimable(now: datetime) -> ColumnElement[bool]:
    """Due, and in nobody's hands: the due time of a leased row is the end of its lease."""
    return and_(OutboxMessage.state.in_((WAITING, LEASED)), OutboxMessage.due_at <= now)


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.id == lease.id,
        OutboxMessage.state == LEASED,
        OutboxMessage.fencing_token == lease.fencing_token,
    )


def _count(session: Session, statement: Any) -> int:
    """Execute an update or delete and give how many rows it changed."""
    changed: int = session.execute(statement.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    return changed


def _seal(key: bytes, row_id: bytes, topic: str, payload: Mapping[str, Any], random: Callable[[int], bytes]) -> bytes:
    told = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    # JSON does not mind spaces behind it.
    padded = told.ljust(-(-len(told) // _PADDED_TO) * _PADDED_TO)
    return symmetric.seal(key, padded, aad=_place(row_id, topic), random=random)


def _place(row_id: bytes, topic: str) -> bytes:
    return b"leeward/1/outbox\0" + row_id + topic.encode()
