"""Cases as they rest: envelopes, and the wraps that open them, under keys of the second database.

Intake writes a case through this module and the desk and the mailbox read it. Nothing here can open a message.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from crypto import casekey, envelope
from crypto.envelope import Envelope, MessageType, WrapRole
from referrals.models import Case, Mailbox, Message, Referral, Wrap
from service.keystore import KeyDestroyed, KeyStore, StoredKey
from service.rows import Rows

VIEWS = ("new", "ours", "waiting", "others", "done")
COUNT_CAP = 100
PAGE_LIMIT = 50
_RANK_NOISE_BITS = 20


class CaseNotFound(Exception):
    """No such case, or not a case of the organization that asked: the two look the same."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom one wrap of a message is for; `organization_id` is None for the worker's own mailbox."""

    organization_id: bytes | None
    role: WrapRole


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """The keys under which a case's wraps rest; `standby` is None once it is destroyed or was never made."""

    case: StoredKey
    standby: StoredKey | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of an organization's queue, all of it from clear columns."""

    case_id: bytes
    referral_id: bytes
    rank: int
    due_at: datetime | None
    language: str
    area: str | None
    urgency: str
    state: str
    status: str
    kind: str
    view: str
    unread: bool
    holder_id: bytes | None
    received_on: date
    channel: str
    closing_reason: str | None
    may_answer: bool
    erase_on: date | None


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """An envelope as one reader gets it: with the wraps that are theirs, and no others."""

    message_id: bytes
    position: int
    type: int
    origin: int
    day: date
    header: bytes
    wraps: tuple[bytes, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as an organization's desk gets it."""

    row: QueueRow
    messages: tuple[SealedMessage, ...]


def rank_of(moment: datetime, random: Callable[[int], bytes] = os.urandom) -> int:
    """Make a sortable and practically unique number of a moment: whole seconds, then 20 random bits."""
    noise = int.from_bytes(random(4)) >> (32 - _RANK_NOISE_BITS)
    return int(moment.timestamp()) << _RANK_NOISE_BITS | noise


def message_rows(
    sealed: Envelope,
    readers: Sequence[Reader],
    keys: CaseKeys,
    *,
    position: int,
    day: date,
    random: Callable[[int], bytes] = os.urandom,
) -> list[Rows]:
    """Turn an envelope into its rows. `readers` stand in the order of the envelope's wraps."""
    header = envelope.Header.parse(sealed.header)
    message = {
        "id": header.message_id,
        "case_id": header.case_id,
        "position": position,
        "type": int(header.type),
        "origin": int(header.origin),
        "day": day,
        "header": sealed.header,
        "body": sealed.body,
    }
    return [Rows(Message, [message]), wrap_rows(header, sealed.wraps, readers, keys, random=random)]


def wrap_rows(
    header: envelope.Header,
    wraps: Sequence[bytes],
    readers: Sequence[Reader],
    keys: CaseKeys,
    *,
    random: Callable[[int], bytes] = os.urandom,
) -> Rows:
    """Turn wraps of a message into their rows. `readers` stand in the order of the wraps."""
    return Rows(
        Wrap, [_wrap_row(header, reader, wrap, keys, random) for reader, wrap in zip(readers, wraps, strict=True)]
    )


def _wrap_row(
    header: envelope.Header, reader: Reader, wrap: bytes, keys: CaseKeys, random: Callable[[int], bytes]
) -> Mapping[str, object]:
    standby = reader.role is WrapRole.STANDBY
    key = keys.standby if standby else keys.case
    if key is None:
        raise KeyDestroyed("a standby wrap was about to be stored without a standby key")
    return {
        "id": random(16),
        "message_id": header.message_id,
        "role": int(reader.role),
        "organization_id": reader.organization_id,
        "under_standby_key": standby,
        "sealed_wrap": casekey.seal_wrap(
            key.key, wrap, case_id=header.case_id, message_id=header.message_id, random=random
        ),
    }


def keys_of(session: Session, keystore: KeyStore, case_id: bytes) -> CaseKeys:
    """Fetch a case's keys. Raises CaseNotFound, and KeyDestroyed for a case that was erased."""
    row = session.execute(select(Case.key_id, Case.standby_key_id).where(Case.id == case_id)).one_or_none()
    if row is None:
        raise CaseNotFound
    found = keystore.get_many([row.key_id] + ([row.standby_key_id] if row.standby_key_id else []))
    if row.key_id not in found:
        raise KeyDestroyed
    standby = found.get(row.standby_key_id) if row.standby_key_id else None
    return CaseKeys(
        StoredKey(row.key_id, found[row.key_id]),
        StoredKey(row.standby_key_id, standby) if standby else None,
    )


def next_position(session: Session, case_id: bytes) -> int:
    """Give the place of the next message. The caller holds the case (`lock_case`), so that two never share one."""
    highest = session.scalar(select(func.max(Message.position)).where(Message.case_id == case_id))
    return 0 if highest is None else highest + 1


def lock_case(session: Session, case_id: bytes) -> Case:
    """Read a case for change: until the session ends no other transaction changes it."""
    case = session.scalars(select(Case).where(Case.id == case_id).with_for_update()).one_or_none()
    if case is None:
        raise CaseNotFound
    return case


def last_digest(session: Session, case_id: bytes, types: Sequence[MessageType]) -> tuple[int, bytes]:
    """Count an author's messages of a case and digest the last one, for `seq` and `prev` of the next."""
    chosen = and_(Message.case_id == case_id, Message.type.in_([int(kind) for kind in types]))
    count = session.scalar(select(func.count()).select_from(Message).where(chosen)) or 0
    row = session.execute(
        select(Message.header, Message.body).where(chosen).order_by(Message.position.desc()).limit(1)
    ).one_or_none()
    return count, envelope.digest(row.header, row.body) if row else bytes(32)


def queue_page(
    session: Session, *, organization_id: bytes, view: str, after: int | None = None, limit: int = PAGE_LIMIT
) -> tuple[QueueRow, ...]:
    """Read one page of an organization's queue, the soonest due first; `after` is the last page's last rank."""
    query = (
        _queue_query()
        .where(Referral.organization_id == organization_id, Referral.view == view)
        .order_by(Referral.rank)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Referral.rank > after)
    return tuple(_queue_row(row) for row in session.execute(query))


def _count_of(view: str) -> ColumnElement[int]:
    asked = bindparam("organization_id", type_=Referral.organization_id.type)
    few = (
        select(Referral.id).where(Referral.organization_id == asked, Referral.view == view).limit(COUNT_CAP).subquery()
    )
    return select(func.count()).select_from(few).scalar_subquery().label(view)


# One question for all, since a page of the queue waits for each answer.
_COUNTS: Final = select(*(_count_of(view) for view in VIEWS[:-1]))


def queue_counts(session: Session, *, organization_id: bytes) -> dict[str, int]:
    """Count the open views up to a cap of 100, so that a badge costs the same at any size; `done` is not counted."""
    return dict(session.execute(_COUNTS, {"organization_id": organization_id}).one()._mapping)


def case_file(session: Session, keystore: KeyStore, *, organization_id: bytes, case_id: bytes) -> CaseFile:
    """Read a case for one organization, with the wraps that were given to it.

    Raises CaseNotFound where the organization has no place in the case, or only a standby's, and KeyDestroyed once
    its worker has erased it.
    """
    row = session.execute(
        _queue_query().where(
            Referral.case_id == case_id,
            Referral.organization_id == organization_id,
            Referral.view.is_not(None),
        )
    ).first()
    if row is None:
        raise CaseNotFound
    if row.status == "erased":
        raise KeyDestroyed
    mine = Wrap.organization_id == organization_id
    return CaseFile(_queue_row(row), _messages(session, keystore, case_id, mine))


def mailbox_case(session: Session, lookup_hmac: bytes) -> bytes | None:
    """Find the case behind a receipt's HMAC; None where there is none or it was erased."""
    return session.scalar(select(Mailbox.case_id).where(Mailbox.lookup_hmac == lookup_hmac, Mailbox.erased.is_(False)))


def mailbox_key(session: Session, lookup_hmac: bytes) -> bytes | None:
    """Name the server's key that opens the answers of a case which came by text; None where the receipt opens them."""
    return session.scalar(select(Mailbox.key_id).where(Mailbox.lookup_hmac == lookup_hmac))


def mailbox_messages(session: Session, keystore: KeyStore, case_id: bytes) -> tuple[SealedMessage, ...]:
    """Read the answers sealed for a case's reporter, in order."""
    return _messages(session, keystore, case_id, Wrap.role == int(WrapRole.MAILBOX))


def held_messages(session: Session, keystore: KeyStore, case_id: bytes) -> tuple[SealedMessage, ...]:
    """Read what came by text and is sealed for nobody but the holding key yet, in order."""
    return _messages(session, keystore, case_id, Wrap.role == int(WrapRole.HOLDING))


@cache
def _queue_query() -> Select[*tuple[Any, ...]]:
    return select(
        Referral.case_id,
        Referral.id.label("referral_id"),
        Referral.rank,
        Referral.due_at,
        Case.language,
        Case.area,
        Case.urgency,
        Case.state,
        Referral.status,
        Referral.kind,
        Referral.view,
        Referral.unread,
        Referral.holder_id,
        Case.received_on,
        Case.channel,
        Case.closing_reason,
        Case.may_answer,
        Case.erase_on,
    ).join(Case, Case.id == Referral.case_id)


def _queue_row(row: Row[*tuple[Any, ...]]) -> QueueRow:
    return QueueRow(**row._mapping)


def _messages(
    session: Session, keystore: KeyStore, case_id: bytes, readable: ColumnElement[bool]
) -> tuple[SealedMessage, ...]:
    """Read messages with their wraps; files lie elsewhere (attachments.py) and are named by the messages."""
    key = keys_of(session, keystore, case_id).case.key
    is_text = Message.type != int(MessageType.ATTACHMENT)
    rows = session.execute(
        select(Message, Wrap.sealed_wrap)
        .join(Wrap, Wrap.message_id == Message.id)
        .where(Message.case_id == case_id, Wrap.under_standby_key.is_(False), is_text, readable)
        .order_by(Message.position, Wrap.id)
    ).all()
    wraps: dict[bytes, list[bytes]] = {}
    for message, sealed_wrap in rows:
        opened = casekey.open_wrap(key, sealed_wrap, case_id=case_id, message_id=message.id)
        wraps.setdefault(message.id, []).append(opened)
    messages = {message.id: message for message, _ in rows}
    return tuple(
        SealedMessage(
            message_id=message.id,
            position=message.position,
            type=message.type,
            origin=message.origin,
            day=message.day,
            header=message.header,
            wraps=tuple(wraps[message.id]),
            body=message.body,
        )
        for message in messages.values()
    )
