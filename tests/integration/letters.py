"""Putting rows into an outbox and working on them, each step in a transaction of its own."""

import os
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from service import outbox
from service.database import Database
from service.models import OutboxMessage
from service.outbox import Lease
from tests.conftest import NOON

KEY = bytes(range(32))
TOPICS = ("mail", "key")
SECOND = timedelta(seconds=1)


def put(database: Database, topic: str = "mail", *, due_at: datetime = NOON, **payload: Any) -> bytes:
    """Enqueue a row and give its id."""
    drawn: list[bytes] = []

    def random(size: int) -> bytes:
        drawn.append(os.urandom(size))
        return drawn[-1]

    with database.session(write=True) as session:
        outbox.enqueue(session, topic, payload, due_at=due_at, random=random)
    return drawn[0]


def claim(database: Database, now: datetime = NOON, topics: tuple[str, ...] = TOPICS) -> Lease | None:
    """Claim what is due."""
    with database.session(write=True) as session:
        return outbox.claim(session, topics, now=now)


def claimed(database: Database, now: datetime = NOON) -> Lease:
    """Claim what is due, where something is."""
    lease = claim(database, now)
    assert lease is not None
    return lease


def acknowledge(database: Database, lease: Lease) -> None:
    """Report a row as done."""
    with database.session(write=True) as session:
        outbox.acknowledge(session, lease)


def fail(database: Database, lease: Lease, error: Exception, now: datetime = NOON) -> None:
    """Report a row as failed."""
    with database.session(write=True) as session:
        outbox.fail(session, lease, error, now=now)


def row(database: Database, row_id: bytes) -> OutboxMessage:
    """Read a row."""
    with database.session() as session:
        return session.scalars(select(OutboxMessage).where(OutboxMessage.id == row_id)).one()
