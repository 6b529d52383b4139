"""Forgetting numbers a month after the last text, and what the hotline keeps of texts and digits that are long done.

What is dropped cannot be brought back, so no clock is believed alone: days count as far as somebody looked. Where two
looks lie further apart than LEAP, nothing goes until as many days were watched as the clock has leapt, or until a
person says that the date is right. Each batch is a transaction of its own, so a look may be killed and made anew.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from intake.models import OneTimeCode
from intake.sms import rotating
from intake.sms.conversations import FORGOTTEN, no_answers_to
from intake.sms.models import Conversation, ForgettingWatch, InboundText, OutgoingText
from intake.sms.numbers import PHONE_KEPT, RELAY_EPOCH
from intake.sms.spool import SPOOL_KEY
from referrals.models import Case
from service.database import alone
from service.rows import Rows, insert_all
from service.runtime import Runtime

# A signed webhook stays valid for ever, so a text is known again for as long as its provider could have kept it.
INBOUND_KEPT: Final = timedelta(days=400)
# A clock that is ahead by less drops a number so much early; a service that stood still for less has nothing to prove.
LEAP: Final = timedelta(days=2)
# Keys that only a look that believes the clock destroys: numbers would be gone with them, and texts that wait in files.
GUARDED_KEYS: Final = (RELAY_EPOCH, SPOOL_KEY)
BATCH: Final = 200
_LISTED: Final = 10_000
_MOVED_AT_ONCE: Final = 500
_THE_ONE: Final = 1


class DateDoubtful(Exception):
    """The clock leapt, or nobody looked for days: nothing is forgotten before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"The clock leapt, or no worker ran for days, so nothing was dropped: that waits until {until:%Y-%m-%d}. "
            "If today's date is right, run this again with --date-is-right."
        )
        self.until = until


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much a look forgot, or would. `moved` numbers are kept, and found under the current index key now."""

    numbers: int = 0
    texts: int = 0
    arrivals: int = 0
    keys: int = 0
    index_keys: int = 0
    moved: int = 0


def forget(runtime: Runtime) -> None:
    """Do what is due, unless the clock is in doubt, which is an alarm: the chore `sms.forget`.

    It moves so many numbers to a new index key, and leaves the others for its next turn: a worker has more to do.
    """
    try:
        purge(runtime, most_moved=_MOVED_AT_ONCE)
    except DateDoubtful:
        return


def purge(
    runtime: Runtime,
    *,
    date_is_right: bool = False,
    most_moved: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Forgotten:
    """Drop what is due and give how much it was; any number of processes may do it at once.

    What stays is found under the current index key from then on, as far as its number can be opened. `progress` hears
    after each batch how many numbers are gone. Raises DateDoubtful, and KeyNotYetGone where a key's
    bytes are still in a file.
    """
    now = runtime.clock.now()
    until = _look(runtime, now, date_is_right=date_is_right)
    if until is not None:
        raise DateDoubtful(until)
    today, numbers = now.date(), 0
    while dropped := _drop_numbers(runtime, today):
        numbers += dropped
        progress(numbers)
    texts = _delete(runtime, OutgoingText.id, _is_done(today))
    arrivals = _delete(runtime, InboundText.id_hmac, _is_long_ago(today))
    _delete(runtime, OneTimeCode.code_hmac, OneTimeCode.expires_at <= now)
    keys = runtime.keystore.destroy_expired(only=GUARDED_KEYS)
    moved = rotating.move(runtime, most=most_moved)
    return Forgotten(numbers, texts, arrivals, keys, rotating.retire(runtime), moved)


def due(runtime: Runtime, *, date_is_right: bool = False) -> Forgotten:
    """Count what `purge` would drop now, and change nothing. Raises DateDoubtful."""
    now = runtime.clock.now()
    with runtime.database.session() as session:
        until = None if date_is_right else _held_until(session, now)
        if until is not None and until > now:
            raise DateDoubtful(until)
        numbers, texts, arrivals = (
            session.scalar(select(func.count()).select_from(model).where(condition)) or 0
            for model, condition in (
                (Conversation, _is_over(now.date())),
                (OutgoingText, _is_done(now.date())),
                (InboundText, _is_long_ago(now.date())),
            )
        )
    keys = runtime.keystore.count_expired(only=GUARDED_KEYS)
    return Forgotten(numbers, texts, arrivals, keys, len(rotating.unused(runtime)))


def alarms(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Say for /readyz that no number is forgotten, since the date is in doubt."""
    return ("sms_forgetting_held",) if is_held(session, now) else ()


def is_held(session: Session, now: datetime) -> bool:
    """Say whether the clock is in doubt, so that nothing may go whose time is over by it."""
    held = select(ForgettingWatch.id).where(ForgettingWatch.held_until > now).limit(1)
    return session.scalar(held) is not None


def _look(runtime: Runtime, now: datetime, *, date_is_right: bool) -> datetime | None:
    """Remember this look; give until when nothing may be dropped, or None."""
    with runtime.database.session(write=True) as session:
        alone(session, "sms.forget")
        until = None if date_is_right else _held_until(session, now)
        until = until if until is not None and until > now else None
        seen = {"seen_at": now, "held_until": until}
        known = session.scalars(update(ForgettingWatch).values(**seen).returning(ForgettingWatch.id))
        if known.first() is None:
            insert_all(session, [Rows(ForgettingWatch, [{"id": _THE_ONE, **seen}], once=True)])
    return until


def _held_until(session: Session, now: datetime) -> datetime | None:
    """Give until when a look at this moment may drop nothing.

    A leap adds its days to those that are still to be watched; a leap back takes its days off, since then the clock
    was wrong before. Where nobody has looked yet, the newest conversation's day tells since when nobody did.
    """
    watch = session.get(ForgettingWatch, _THE_ONE)
    seen_at, held = (watch.seen_at, watch.held_until) if watch else (_newest(session, now), None)
    if abs(now - seen_at) <= LEAP:
        return held
    to_watch = (held - seen_at if held is not None and held > seen_at else timedelta()) + (now - seen_at)
    return now + to_watch if to_watch > timedelta() else None


def _newest(session: Session, now: datetime) -> datetime:
    newest = session.scalar(select(func.max(Conversation.last_on)).where(_has_number()))
    return datetime.combine(newest, time(), now.tzinfo) if newest is not None else now


def _has_number() -> ColumnElement[bool]:
    """Say of a conversation that something of its number is kept; the index `ix_sms_conversation_last_on` has these."""
    columns = (Conversation.phone_hmac, Conversation.sealed_phone, Conversation.relay_epoch_id)
    return or_(*(column.is_not(None) for column in columns), Conversation.mailbox_key_id.is_not(None))


def _is_over(today: date) -> ColumnElement[bool]:
    return (Conversation.last_on <= today - PHONE_KEPT) & _has_number()


def _is_done(today: date) -> ColumnElement[bool]:
    return (OutgoingText.made_on <= today - PHONE_KEPT) & OutgoingText.look_at.is_(None)


def _is_long_ago(today: date) -> ColumnElement[bool]:
    return InboundText.received_on <= today - INBOUND_KEPT


def _drop_numbers(runtime: Runtime, today: date) -> int:
    """Drop the numbers of some conversations in which nobody has written for a month, and what opens their answers."""
    with runtime.database.session(write=True) as session:
        alone(session, "sms.forget")
        ids = session.scalars(select(Conversation.id).where(_is_over(today)).limit(BATCH)).all()
        # Who has written since is looked at once more, and stays.
        cases = session.scalars(
            update(Conversation)
            .where(Conversation.id.in_(ids), _is_over(today))
            .values(version=Conversation.version + 1, **FORGOTTEN)
            .returning(Conversation.case_id)
            .execution_options(synchronize_session=False)
        ).all()
        session.execute(no_answers_to(Case.id.in_(cases)))
    return len(ids)


def _delete(runtime: Runtime, key: InstrumentedAttribute[bytes], condition: ColumnElement[bool]) -> int:
    """Delete the rows of a condition, batch by batch, and give how many there were."""
    deleted = 0
    for keys in _pages(runtime, key, condition):
        with runtime.database.session(write=True) as session:
            done: Any = session.execute(delete(key.class_).where(key.in_(keys), condition))
            deleted += done.rowcount
    return deleted


def _pages(
    runtime: Runtime, key: InstrumentedAttribute[bytes], condition: ColumnElement[bool]
) -> Iterator[Sequence[bytes]]:
    while True:
        with runtime.database.session() as session:
            keys = session.scalars(select(key).where(condition).limit(_LISTED)).all()
        yield from (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))
        if len(keys) < _LISTED:
            return
