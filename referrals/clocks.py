"""The clocks of referrals: a worker looks each minute for what ran out of time, and does what follows.

What cannot be taken back, the release of a standby's wraps, must never happen because a clock was wrong. So time counts
only where it was watched: when two looks lie further apart than JUMP, or in the wrong order, every open offer gets its
whole time again and nothing is passed on (docs/decisions/011). The time is the worker's, as a parameter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.sql import literal_column

from referrals import silence
from referrals.case import CaseNotFound
from referrals.deadlines import LONGEST_OFFER
from referrals.directory.snapshot import read_snapshot
from referrals.models import DeadlineWatch, Referral
from referrals.overtime import LATE, NOBODY_LEFT, keep, restart, run_out
from referrals.referral import Actor, Change, StandbyKeyGone, TransitionRefused
from service.keystore import KeyDestroyed
from service.rows import Rows, insert_all
from service.runtime import Runtime
from service.worker import Chore

LOOK_EVERY: Final = timedelta(minutes=1)
SILENCE_EVERY: Final = timedelta(hours=1)
# An ordinary restart of the service is shorter; a clock that is off by less does little harm.
JUMP: Final = timedelta(minutes=15)
ALARM_KEPT: Final = timedelta(hours=24)
# How many one look deals with: more wait a minute, so that mail and answers leave meanwhile.
_AT_ONCE: Final = 200
_PAGE: Final = 500
_THE_ONE: Final = 1
_NOBODY: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class _Running:
    """A referral whose clock runs."""

    case_id: bytes
    organization_id: bytes
    status: str
    due_at: datetime

    def change(self, runtime: Runtime, now: datetime) -> Change:
        """Act for the organization whose time it is; no caseworker does."""
        actor = Actor(_NOBODY, self.organization_id)
        return Change(actor, self.case_id, now, runtime.keystore, runtime.random)


def chores() -> tuple[Chore, ...]:
    """Give the chores that look at the clocks, and at workers who are silent."""
    return (Chore("referrals.deadlines", LOOK_EVERY, look), Chore("referrals.silence", SILENCE_EVERY, look_for_silence))


def look(runtime: Runtime) -> None:
    """See to every referral whose time is over, each in a transaction of its own; after a jump, to none of them.

    Any number of workers may look at once. Raises the last failure, once all the others were seen to.
    """
    now = runtime.clock.now()
    if _has_jumped(runtime, now):
        # Remembered last: whoever is killed on the way leaves a jump behind for the next look.
        _start_anew(runtime, now)
        _remember(runtime, now, jumped=True)
        return
    found = _over(runtime, now)
    _remember(runtime, now, jumped=not all(_is_plausible(running, now) for running in found))
    coordinator_id = _coordinator_id(runtime, now) if found else None
    failure: Exception | None = None
    for running in found:
        try:
            _see_to(runtime, running, coordinator_id, now)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001
            # One case that cannot be passed on must not hold up the others.
            failure = error
    if failure is not None:
        raise failure


def look_for_silence(runtime: Runtime) -> None:
    """Remind of workers who are silent, as long as the clock has not leapt in the last day."""
    now = runtime.clock.now()
    with runtime.database.session() as session:
        watch = session.get(DeadlineWatch, _THE_ONE)
    if watch is None or abs(now - watch.seen_at) > JUMP or _has_alarm(watch, now):
        return
    silence.look(runtime, now)


def alarms(session: Session, runtime: Runtime) -> Iterator[str]:
    """Say for /readyz what is late with nobody left to ask, and what is wrong with the clocks."""
    now = runtime.clock.now()
    stuck = select(Referral.id).where(Referral.reason == literal_column(f"'{NOBODY_LEFT}'")).limit(1)
    if session.scalar(stuck) is not None:
        yield "referral_overdue"
    watch = session.get(DeadlineWatch, _THE_ONE)
    if watch is None:
        return
    if watch.seen_at > now + JUMP or _has_alarm(watch, now):
        yield "clock_jump"
    if watch.seen_at < now - JUMP:
        yield "deadlines_unwatched"


def _has_alarm(watch: DeadlineWatch, now: datetime) -> bool:
    return watch.jumped_at is not None and abs(now - watch.jumped_at) < ALARM_KEPT


def _has_jumped(runtime: Runtime, now: datetime) -> bool:
    with runtime.database.session(one_statement=True) as session:
        seen_at = session.scalar(select(DeadlineWatch.seen_at))
    return seen_at is not None and abs(now - seen_at) > JUMP


def _remember(runtime: Runtime, now: datetime, *, jumped: bool) -> None:
    seen = {"seen_at": now} | ({"jumped_at": now} if jumped else {})
    with runtime.database.session(write=True) as session:
        known = session.scalars(update(DeadlineWatch).values(**seen).returning(DeadlineWatch.id))
        if known.first() is None:
            insert_all(session, [Rows(DeadlineWatch, [{"id": _THE_ONE, "jumped_at": None, **seen}], once=True)])


def _start_anew(runtime: Runtime, now: datetime) -> None:
    """Give every open offer its whole time, and forget what was called late by another clock."""
    after = b""
    while page := _offers(runtime, after):
        for running_id, running in page:
            _restart(runtime, running, now)
            after = running_id
    wrongly_late = (Referral.view.in_(("new", "ours")), Referral.reason.in_((LATE, NOBODY_LEFT)))
    with runtime.database.session(write=True) as session:
        session.execute(update(Referral).where(*wrongly_late, Referral.due_at > now).values(reason=None))


def _coordinator_id(runtime: Runtime, now: datetime) -> bytes | None:
    with runtime.database.session() as session:
        coordinator = read_snapshot(session, now).coordinator
    return coordinator.id if coordinator else None


def _see_to(runtime: Runtime, running: _Running, coordinator_id: bytes | None, now: datetime) -> None:
    if running.status != "accepted" and not _is_plausible(running, now):
        _restart(runtime, running, now)
        return
    change = running.change(runtime, now)
    try:
        try:
            with runtime.database.session(write=True) as session:
                run_out(session, change, coordinator_id)
        except (KeyDestroyed, StandbyKeyGone):
            with runtime.database.session(write=True) as session:
                keep(session, change, coordinator_id)
    except (TransitionRefused, CaseNotFound):
        # Another worker was faster, or a caseworker was in time.
        return


def _restart(runtime: Runtime, running: _Running, now: datetime) -> None:
    try:
        with runtime.database.session(write=True) as session:
            restart(session, running.change(runtime, now))
    except (TransitionRefused, CaseNotFound):
        return


def _is_plausible(running: _Running, now: datetime) -> bool:
    """Say whether this clock can have set what an offer is due by. Looks come each minute: nothing is over for long."""
    return running.status == "accepted" or now - JUMP <= running.due_at <= now + LONGEST_OFFER


def _over(runtime: Runtime, now: datetime) -> list[_Running]:
    """Find what is over, and offers that are due later than any can be."""
    chosen = (
        and_(Referral.view == "new", Referral.due_at <= now),
        and_(Referral.view == "new", Referral.due_at > now + LONGEST_OFFER),
        and_(Referral.view == "ours", Referral.due_at <= now),
    )
    return [running for condition in chosen for running in _due(runtime, condition)]


def _due(runtime: Runtime, chosen: ColumnElement[bool]) -> list[_Running]:
    query = _running().where(chosen).order_by(Referral.due_at).limit(_AT_ONCE)
    with runtime.database.session(one_statement=True) as session:
        return [_Running(*row[1:]) for row in session.execute(query)]


def _offers(runtime: Runtime, after: bytes) -> list[tuple[bytes, _Running]]:
    query = _running().where(Referral.view == "new", Referral.id > after).order_by(Referral.id).limit(_PAGE)
    with runtime.database.session(one_statement=True) as session:
        return [(row[0], _Running(*row[1:])) for row in session.execute(query)]


def _running() -> Select[*tuple[Any, ...]]:
    columns = (Referral.id, Referral.case_id, Referral.organization_id, Referral.status, Referral.due_at)
    return select(*columns).where(Referral.reason.is_(None))
