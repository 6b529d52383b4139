"""What the demo's phone page needs to know of texts that wait for the evening, and the way not to wait for it.

A real service never does this: the hours are there because a foreman may stand beside the phone.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from intake.sms.outgoing import SEND_TOPIC
from service import outbox
from service.models import OutboxMessage

# What is due sooner leaves by itself while somebody looks.
_SOON: Final = timedelta(minutes=1)


def texts(session: Session, *, now: datetime) -> int:
    """Count the texts that wait for their hour."""
    return session.scalar(select(func.count()).select_from(OutboxMessage).where(_waiting(now))) or 0


def send_now(session: Session, *, now: datetime) -> None:
    """Let every text leave that waits for its hour, in their order."""
    rows: Any = update(OutboxMessage).where(_waiting(now)).values(due_at=now)
    session.execute(rows.execution_options(synchronize_session=False))


def _waiting(now: datetime) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.topic == SEND_TOPIC, OutboxMessage.state == outbox.WAITING, OutboxMessage.due_at > now + _SOON
    )
