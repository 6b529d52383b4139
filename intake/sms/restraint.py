"""How many texts of its own the hotline sends at most. Whatever is texted is taken in; only the answers are held back.

The conversation itself says nothing twice to a machine that answers it. What is left, a phone that sends command after
command and a crowd of made-up numbers, costs no more than this, and leaves room for whoever texts for the first time.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from intake.sms.conversation import Effect, Turn
from intake.sms.memory import Memory
from intake.sms.models import Pace
from intake.sms.outgoing import TOPICS
from service.database import alone
from service.models import OutboxMessage
from service.outbox import WAITING
from service.rows import Rows, insert_all

# Nobody who needs help is told more than this in a day; the longest conversation takes ten.
A_DAY_TO_ONE: Final = 40
# Of an hour's texts every fourth can only answer a number's first text, whatever those who wrote before send.
FOR_THE_FIRST: Final = 4
# So many answers wait that somebody should look whether these are workers.
MANY_WAIT: Final = 200
_HOUR: Final = timedelta(hours=1)
_SLOT: Final = timedelta(minutes=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def wait(session: Session, now: datetime, per_hour: int, *, is_first: bool) -> timedelta:
    """Give how long a text must wait; one that need not wait counts as left, for every worker on any host.

    `is_first` says that it answers a number's first text, for which a part of the hour is set aside.
    """
    alone(session, "sms.pace")
    slot = now - (now - _EPOCH) % _SLOT
    # What left in a minute that the last hour touches counts. A clock that was ahead holds nothing up.
    counts = select(Pace.slot, Pace.to_new, Pace.to_known).where(Pace.slot > now - _HOUR - _SLOT, Pace.slot <= now)
    rows = session.execute(counts.order_by(Pace.slot)).all()
    if sum(row.to_new + row.to_known for row in rows) >= per_hour:
        return _until_over(rows[0].slot, now)
    for_known = per_hour - per_hour // FOR_THE_FIRST
    if not is_first and sum(row.to_known for row in rows) >= for_known:
        return _until_over(next(row.slot for row in rows if row.to_known), now)
    counted = {"to_new": int(is_first), "to_known": int(not is_first)}
    known = update(Pace).where(Pace.slot == slot).returning(Pace.slot)
    more = known.values(to_new=Pace.to_new + counted["to_new"], to_known=Pace.to_known + counted["to_known"])
    if session.scalar(more.execution_options(synchronize_session=False)) is None:
        session.execute(delete(Pace).where(Pace.slot <= now - _HOUR - _SLOT))
        insert_all(session, [Rows(Pace, [{"slot": slot, **counted}])])
    return timedelta(0)


def _until_over(slot: datetime, now: datetime) -> timedelta:
    return slot + _SLOT + _HOUR - now


def within_the_day(remembered: Memory, turn: Turn, today: date) -> tuple[Memory, Turn]:
    """Count what a turn says to its phone, and leave it unsaid where that phone was told enough today.

    What it has happen happens all the same. The digits that undo an erasure are told in any case, once.
    """
    replies = len(turn.replies) + (remembered.replies if remembered.replied_on == today else 0)
    if replies > A_DAY_TO_ONE and Effect.ERASE not in turn.effects:
        return remembered, replace(turn, replies=(), said=())
    return replace(remembered, replied_on=today, replies=replies), turn


def alarms(session: Session) -> tuple[str, ...]:
    """Say for /readyz that far more answers wait than workers ask for."""
    waiting = select(OutboxMessage.id).where(OutboxMessage.topic.in_(TOPICS), OutboxMessage.state == WAITING)
    many = session.scalar(waiting.order_by(OutboxMessage.due_at).offset(MANY_WAIT).limit(1)) is not None
    return ("sms_many_wait",) if many else ()
