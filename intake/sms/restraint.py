"""How many texts of its own the hotline sends at most. Whatever is texted is taken in; only the answers are held back.

The conversation itself says nothing twice to a machine that answers it. What is left, a phone that sends command after
command and a crowd of made-up numbers, costs no more than this.
"""

import threading
from collections import deque
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.sms.models import OutgoingText
from intake.sms.outgoing import SEND_TOPIC
from service.models import OutboxMessage
from service.outbox import WAITING

# Nobody who needs help is told more than this in a day; the longest conversation takes ten.
A_DAY_TO_ONE: Final = 40
# So many answers wait that somebody should look whether these are workers.
MANY_WAIT: Final = 200
_HOUR: Final = timedelta(hours=1)


class Restraint:
    """Counts what left in the last hour, in this process."""

    def __init__(self) -> None:
        self._left: deque[datetime] = deque()
        self._lock = threading.Lock()

    def wait(self, now: datetime, per_hour: int) -> timedelta:
        """Give how long a text must wait; one that need not wait counts as left."""
        with self._lock:
            # A clock that went back must not hold anything for longer than an hour.
            while self._left and not now - _HOUR < self._left[0] <= now:
                self._left.popleft()
            if len(self._left) < per_hour:
                self._left.append(now)
                return timedelta(0)
            return self._left[0] + _HOUR - now


def is_enough(session: Session, conversation_id: bytes, today: date) -> bool:
    """Say whether a phone was told so much today that it is told no more."""
    count = select(func.count()).where(
        OutgoingText.conversation_id == conversation_id, OutgoingText.made_on == today, OutgoingText.answer_id.is_(None)
    )
    return (session.scalar(count) or 0) >= A_DAY_TO_ONE


def alarms(session: Session) -> tuple[str, ...]:
    """Say for /readyz that far more answers wait than workers ask for."""
    waiting = select(OutboxMessage.id).where(OutboxMessage.topic == SEND_TOPIC, OutboxMessage.state == WAITING)
    many = session.scalar(waiting.order_by(OutboxMessage.due_at).offset(MANY_WAIT).limit(1)) is not None
    return ("sms_many_wait",) if many else ()
