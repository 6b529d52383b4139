"""Fills a database with a network of 200 organizations and very many referrals, as years of use would leave them.

Nothing is sealed: envelopes and wraps are random bytes of the size of real ones. Since a page of the queue reads cases
and referrals only, one case in a hundred has its message; all of them would be 18 GB and tell nothing more.
"""

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

from crypto import envelope, stream, symmetric
from referrals.case import rank_of
from referrals.directory.models import Organization
from referrals.geography.provinces import DISTRICTS
from referrals.models import Case, Message, Referral, Wrap
from service.database import Database
from service.runtime import Runtime

ORGANIZATIONS: Final = 200
BATCH: Final = 20_000
_FIRST_DAY: Final = date(2020, 1, 6)
_DAYS: Final = 2000
_MESSAGE_EVERY: Final = 100
# Of a case's line: who leads it; for every second case one more stands by, and one in four informs the coordinator.
_VIEWS: Final = {"done": 90, "ours": 5, "new": 2, "waiting": 2, "others": 1}
_STATUS: Final = {
    "new": "offered",
    "ours": "accepted",
    "waiting": "accepted",
    "others": "declined",
    "done": "closed",
}
_STATE: Final = {
    "new": "received",
    "ours": "in_progress",
    "waiting": "waiting",
    "others": "received",
    "done": "closed",
}
_LANGUAGES: Final = ("es", "pa", "en", "fil", "fr", "vi")
_DISTRICTS: Final = tuple(DISTRICTS)
_MODELS: Final[tuple[type[DeclarativeBase], ...]] = (Case, Referral, Message, Wrap)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was filled in: the organization with the most referrals, and how many of each kind it has."""

    largest: bytes
    referrals: int


Row = tuple[Any, ...]


def fill(runtime: Runtime, referrals: int, tell: Callable[[str], None]) -> Backlog:
    """Fill an instance; the first organization of its directory gets the most. The same numbers make the same rows."""
    draw = random.Random(referrals)
    organizations = _organizations(runtime, draw)
    # A few organizations carry most of the work (Zipf).
    weights = list(accumulate(1 / (place + 1) for place in range(len(organizations))))
    done = 0
    with _bulk(runtime.database) as connection:
        while done < referrals:
            tables = _batch(draw, organizations, weights, min(BATCH, referrals - done))
            for model, rows in zip(_MODELS, tables, strict=True):
                _insert(connection, runtime.database.engine.dialect, model, rows)
            done += len(tables[1])
            if done // 200_000 != (done - BATCH) // 200_000:
                tell(f"{done:,} of {referrals:,} referrals")
    _settle(runtime.database)
    return Backlog(organizations[0], done)


def _insert(connection: Any, dialect: Dialect, model: type[DeclarativeBase], rows: Sequence[Row]) -> None:
    """Insert rows, whose values stand in the order of the table's columns, as fast as the driver takes them."""
    table = model.metadata.tables[model.__tablename__]
    quote = dialect.identifier_preparer
    place = f"{quote.format_table(table)} ({', '.join(map(quote.format_column, table.columns))})"
    if dialect.name == "postgresql":
        with connection.cursor().copy(f"COPY {place} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(table.columns))
    processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    made = (
        [value if process is None else process(value) for value, process in zip(row, processors, strict=True)]
        for row in rows
    )
    connection.executemany(f"INSERT INTO {place} VALUES ({marks})", made)


@contextmanager
def _bulk(database: Database) -> Iterator[Any]:
    """Give a driver's connection on which a great deal is inserted: unchecked, and with the indexes made at the end."""
    indexes = [index for model in _MODELS for index in model.metadata.tables[model.__tablename__].indexes]
    with database.session(write=True) as session:
        for index in indexes:
            index.drop(session.connection())
    if database.dialect_name == "postgresql":
        with database.session(write=True) as session:
            # As a restored dump is not checked either.
            session.execute(text("SET LOCAL session_replication_role = replica"))
            yield session.connection().connection.driver_connection
    else:
        with closing(sqlite3.connect(database.url.database or "")) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection
    with database.session(write=True) as session:
        for index in indexes:
            index.create(session.connection())


def _organizations(runtime: Runtime, draw: random.Random) -> list[bytes]:
    """Add to the directory's organizations until there are 200."""
    columns = (Organization.id, Organization.role, Organization.document)
    with runtime.database.session() as session:
        known = session.execute(select(*columns).order_by(Organization.position)).all()
    more = [
        Organization(
            id=draw.randbytes(16),
            key=f"made-up-{index}",
            name=f"Fictional Society {index}",
            role=known[0].role,
            email=None,
            position=index,
            document=known[0].document,
        )
        for index in range(len(known), ORGANIZATIONS)
    ]
    with runtime.database.session(write=True) as session:
        session.add_all(more)
    return [row.id for row in known] + [one.id for one in more]


def _batch(
    draw: random.Random, organizations: Sequence[bytes], weights: Sequence[float], most: int
) -> tuple[list[Row], ...]:
    """Make cases until there are so many referrals: the rows of _MODELS."""
    cases: list[Row] = []
    lines: list[Row] = []
    messages: list[Row] = []
    wraps: list[Row] = []
    while len(lines) < most:
        case_id, day = draw.randbytes(16), _FIRST_DAY + timedelta(days=draw.randrange(_DAYS))
        view = draw.choices(tuple(_VIEWS), tuple(_VIEWS.values()))[0]
        leader = draw.choices(organizations, cum_weights=weights)[0]
        cases.append(_case(draw, case_id, day, view))
        lines.append(_referral(draw, case_id, leader, 0, day, view))
        if len(cases) % 2 and len(lines) < most:
            lines.append(_referral(draw, case_id, draw.choice(organizations), 1, day, None))
        if len(cases) % 4 == 0 and len(lines) < most:
            lines.append(_referral(draw, case_id, organizations[-1], 2, day, "others"))
        if len(cases) % _MESSAGE_EVERY == 0:
            message_id = draw.randbytes(16)
            messages.append(_message(draw, message_id, case_id, day))
            wraps += [_wrap(draw, message_id, leader) for _ in range(3)]
    return cases, lines, messages, wraps


def _case(draw: random.Random, case_id: bytes, day: date, view: str) -> Row:
    area = "rd:" + draw.choice(_DISTRICTS)
    urgency = draw.choices(("standard", "urgent", "emergency"), (80, 17, 3))[0]
    reason = "resolved" if view == "done" else None
    language = draw.choice(_LANGUAGES)
    return _row(
        Case,
        id=case_id,
        channel="web",
        language=language,
        area=area,
        urgency=urgency,
        state=_STATE[view],
        received_on=day,
        may_answer=True,
        closing_reason=reason,
        key_id=draw.randbytes(16),
        standby_key_id=None,
    )


def _referral(draw: random.Random, case_id: bytes, organization: bytes, place: int, day: date, view: str | None) -> Row:
    due = datetime(day.year, day.month, day.day, 17, tzinfo=UTC) + timedelta(hours=draw.randrange(24 * 14))
    return _row(
        Referral,
        id=draw.randbytes(16),
        case_id=case_id,
        organization_id=organization,
        holder_id=None,
        place=place,
        kind="primary" if place == 0 else "standby" if place == 1 else "coordinator",
        status=_STATUS[view] if view else "standby",
        view=view,
        rank=rank_of(due, draw.randbytes) if view else 0,
        due_at=due if view else None,
        unread=view == "new",
        language_mode="direct",
        reason=None,
        decided_on=day if view == "done" else None,
    )


def _message(draw: random.Random, message_id: bytes, case_id: bytes, day: date) -> Row:
    return _row(
        Message,
        id=message_id,
        case_id=case_id,
        position=0,
        type=1,
        origin=1,
        day=day,
        header=draw.randbytes(envelope.HEADER_SIZE),
        body=draw.randbytes(stream.sealed_size(16 * 1024)),
    )


def _wrap(draw: random.Random, message_id: bytes, organization: bytes) -> Row:
    return _row(
        Wrap,
        id=draw.randbytes(16),
        message_id=message_id,
        role=1,
        organization_id=organization,
        under_standby_key=False,
        sealed_wrap=draw.randbytes(envelope.WRAP_SIZE + symmetric.NONCE_SIZE + symmetric.TAG_SIZE),
    )


def _row(model: type[DeclarativeBase], **values: Any) -> Row:
    """Put values into the order of the table's columns; what is not named is nothing, where the table allows that."""
    return tuple([values.get(name) for name in _columns(model)])


@cache
def _columns(model: type[DeclarativeBase]) -> tuple[str, ...]:
    return tuple(column.name for column in model.metadata.tables[model.__tablename__].columns)


def _settle(database: Database) -> None:
    """Leave the database as a running one is: PostgreSQL's housekeeping has been there, and SQLite's log is empty."""
    if database.dialect_name == "sqlite":
        database.truncate_log()
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
