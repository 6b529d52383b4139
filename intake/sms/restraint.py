"""How many texts of its own the hotline sends at most. Whatever is texted is taken in; only the answers are held back.

The conversation itself says nothing twice to a machine that answers it. What is left, a phone that sends command after
command and a crowd of made-up numbers, costs no more than this, and leaves room for whoever texts for the first time.
"""

import threading
from collections import deque
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.sms.conversation import Effect, Turn
from intake.sms.memory import Memory
from intake.sms.outgoing import TOPICS
from service.models import OutboxMessage
from service.outbox import WAITING

# Nobody who needs help is told more than this in a day; the longest conversation takes ten.
A_DAY_TO_ONE: Final = 40
# Of an hour's texts every fourth can only answer a number's first text, whatever those who wrote before send.
FOR_THE_FIRST: Final = 4
# So many answers wait that somebody should look whether these are workers.
MANY_WAIT: Final = 200
_HOUR: Final = timedelta(hours=1)


class Restraint:
    """Counts what left in the last hour, in this process."""

    def __init__(self) -> None:
        self._left: deque[datetime] = deque()
        self._later: deque[datetime] = deque()
        self._lock = threading.Lock()

    def wait(self, now: datetime, per_hour: int, *, is_first: bool) -> timedelta:
        """Give how long a text must wait; one that need not wait counts as left.

        `is_first` says that it answers a number's first text, for which a part of the hour is set aside.
        """
        bounds = [(self._left, per_hour)]
        if not is_first:
            bounds.append((self._later, per_hour - per_hour // FOR_THE_FIRST))
        with self._lock:
            for left in (self._left, self._later):
                # A clock that went back must not hold anything for longer than an hour.
                while left and not now - _HOUR < left[0] <= now:
                    left.popleft()
            full = [left[0] for left, most in bounds if len(left) >= most]
            if full:
                return max(full) + _HOUR - now
            for left, _ in bounds:
                left.append(now)
        return timedelta(0)


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
