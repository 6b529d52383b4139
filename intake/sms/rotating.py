"""Replacing the index key: a new one is made, conversations move to it, and the older one is destroyed.

A conversation moves when its worker writes or is asked to talk, and with the next looks of the worker process where its
number can be opened. What cannot be opened, such as the number of somebody who wants no texts, is found under the older
key until it is forgotten, thirty days after its last text; so no key outlives its successor's start by much more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from intake.sms import conversations, index
from intake.sms.conversations import CaseErased, ConversationChanged
from intake.sms.index import CURRENT_AFTER, UNUSED_AFTER
from intake.sms.models import Conversation
from intake.sms.numbers import PhoneForgotten, open_phone
from service import audit
from service.keyring import NewestTooYoung, RingKey
from service.runtime import Runtime

_PAGE: Final = 200


class RotationUnderWay(Exception):
    """A key was made minutes ago, and not every process knows it yet."""


@dataclass(frozen=True, slots=True)
class IndexKey:
    """An index key, without the key: when it was made, whether it is the current one, and what is found under it."""

    made_at: datetime
    is_current: bool
    conversations: int


def rotate(runtime: Runtime) -> None:
    """Make a new index key, which becomes current in CURRENT_AFTER. Raises RotationUnderWay."""
    # So that there is one for this to be newer than.
    index.keys(runtime, anew=True)
    try:
        runtime.keystore.ring(index.INDEX_KEY).add(apart=CURRENT_AFTER)
    except NewestTooYoung as error:
        raise RotationUnderWay from error
    with runtime.database.session(write=True) as session:
        day = runtime.clock.now().date()
        audit.record(session, {"action": "phone_index.rotated"}, day=day, random=runtime.random)


def in_use(runtime: Runtime) -> tuple[IndexKey, ...]:
    """List the keys that are in use, oldest first, with how many conversations are found under each."""
    keys = index.keys(runtime, anew=True)
    current = index.current_of(keys, runtime.clock.now())
    found = select(Conversation.index_key_id, func.count()).where(Conversation.phone_hmac.is_not(None))
    with runtime.database.session() as session:
        counts = {row[0]: row[1] for row in session.execute(found.group_by(Conversation.index_key_id))}
    return tuple(IndexKey(one.made_at, one == current, counts.get(one.id, 0)) for one in keys)


def move(runtime: Runtime, *, most: int | None = None, progress: Callable[[int], None] = lambda _: None) -> int:
    """Have conversations found under the current key whose number can be opened; give how many moved.

    Each moves in a transaction of its own. Whoever writes meanwhile moves theirs.
    """
    moved = 0
    for conversation_id in _found_under_older(runtime):
        if most is not None and moved >= most:
            break
        moved += _move(runtime, conversation_id)
        if moved and moved % _PAGE == 0:
            progress(moved)
    return moved


def unused(runtime: Runtime) -> tuple[RingKey, ...]:
    """List the older keys under which nothing is found, and nothing can be written any more."""
    keys, now = index.keys(runtime, anew=True), runtime.clock.now()
    current = index.current_of(keys, now)
    if now < current.made_at + UNUSED_AFTER:
        return ()
    with runtime.database.session() as session:
        return tuple(one for one in keys[: keys.index(current)] if session.scalar(_under(one).limit(1)) is None)


def retire(runtime: Runtime) -> int:
    """Destroy the keys that `unused` lists, and give how many there were. Raises KeyNotYetGone."""
    gone = unused(runtime)
    for one in gone:
        runtime.keystore.destroy(one.id)
    return len(gone)


def _under(key: RingKey) -> Select[bytes]:
    return select(Conversation.id).where(Conversation.index_key_id == key.id, Conversation.phone_hmac.is_not(None))


def _found_under_older(runtime: Runtime) -> Iterator[bytes]:
    """Give the ids of conversations that are found under an older key and have a number to be opened."""
    keys = index.keys(runtime)
    older = [one.id for one in keys[: keys.index(index.current_of(keys, runtime.clock.now()))]]
    has_number = (Conversation.phone_hmac.is_not(None), Conversation.sealed_phone.is_not(None))
    query = select(Conversation.id).where(Conversation.index_key_id.in_(older), *has_number)
    last = b""
    while older:
        with runtime.database.session() as session:
            ids = session.scalars(query.where(Conversation.id > last).order_by(Conversation.id).limit(_PAGE)).all()
        yield from ids
        if len(ids) < _PAGE:
            return
        last = ids[-1]


def _move(runtime: Runtime, conversation_id: bytes) -> bool:
    try:
        with runtime.database.session() as session:
            known = conversations.of_id(session, runtime, conversation_id)
        if known is None:
            return False
        row = known.row
        phone = open_phone(runtime, row.sealed_phone, row.relay_epoch_id, row.id)
        columns = index.name_of(runtime, phone, known.memory.code).renewed(row.phone_hmac)
        if not columns:
            return False
        with runtime.database.session(write=True) as session:
            conversations.rename(session, row, columns)
    except (CaseErased, ConversationChanged, IntegrityError, PhoneForgotten):
        return False
    return True
