"""A caseworker's answer on its way to a phone: asked for first, and sent only after the worker's yes.

The answer lies sealed for the conversation's mailbox until it leaves. Only the worker process opens it, one part at a
time, and only one that an organization of the case has signed.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from crypto import suite
from intake.replies import open_reply, signers_of
from intake.sms import conversations, numbers, outgoing
from intake.sms.conversation import Effect, Turn, answer_waiting
from intake.sms.conversations import CaseErased, ConversationChanged, Known
from intake.sms.memory import Memory
from intake.sms.models import OutgoingText
from intake.sms.numbers import PhoneForgotten
from intake.sms.port import LEFT, RANKS, State
from intake.sms.segments import split
from referrals.case import mailbox_messages
from referrals.referral import ANSWER_TOPIC
from service import outbox
from service.outbox import DeliveryFailed, DeliveryRefused
from service.rows import Rows, insert_all
from service.runtime import Runtime

__all__ = ["ANSWER_TOPIC", "PART_TOPIC", "announce", "released", "send_part"]

PART_TOPIC: Final = "sms.answer"
# Phones put a text of up to three segments together; a longer answer comes as several texts, each of whole words.
SEGMENTS: Final = 3
# How often it is looked whether the part before has left, and for how long.
_LOOK_AGAIN: Final = timedelta(seconds=5)
_GIVE_UP_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Part:
    """One text of an answer: part `index` of message `message_id`, which may follow once `after` has left."""

    conversation_id: bytes
    message_id: bytes
    index: int
    after: bytes | None
    until: datetime

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "_Part":
        """Read a payload of PART_TOPIC."""
        return cls(
            bytes.fromhex(payload["conversation"]),
            bytes.fromhex(payload["message"]),
            payload["part"],
            bytes.fromhex(payload["after"]) if payload["after"] else None,
            datetime.fromisoformat(payload["until"]),
        )

    def payload(self) -> dict[str, object]:
        """Write it for the outbox."""
        return {
            "conversation": self.conversation_id.hex(),
            "message": self.message_id.hex(),
            "part": self.index,
            "after": self.after.hex() if self.after else None,
            "until": self.until.isoformat(),
        }


def announce(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Ask a worker whether they can talk, since an answer waits: the outbox's handler of ANSWER_TOPIC.

    Nothing is asked where nothing may be sent, where the number is forgotten, and twice for one answer.
    """
    now = runtime.clock.now()
    message = payload["message"]
    with runtime.database.session() as session:
        known = _known(lambda: conversations.of_case(session, runtime, bytes.fromhex(payload["case"])))
    if known is None or message in (*known.memory.waiting, *known.memory.told) or known.memory.state.mute:
        return
    try:
        row = known.row
        phone = numbers.open_phone(runtime, row.sealed_phone, row.relay_epoch_id, known.id)
    except PhoneForgotten:
        return
    turn = answer_waiting(known.memory.state, now=now)
    remembered = replace(known.memory, state=turn.state, waiting=(*known.memory.waiting, message))
    remembered, answers = released(runtime, known, remembered, turn, now)
    # The number is kept until thirty days after this question, so that its answer finds the conversation.
    columns = {"last_on": now.date(), **conversations.phone_columns(numbers.seal_phone(runtime, phone, known.id))}
    try:
        with runtime.database.session(write=True) as session:
            conversations.change(session, runtime, known, remembered, **columns)
            insert_all(session, [*outgoing.of_turn(runtime, known.id, turn, now), *answers])
    except ConversationChanged as error:
        raise DeliveryFailed("sms_written_meanwhile") from error


def released(
    runtime: Runtime, known: Known, remembered: Memory, turn: Turn, now: datetime
) -> tuple[Memory, list[Rows]]:
    """Give the outbox rows of the answers that a turn lets out, one after another, and what is remembered then."""
    if Effect.ANSWER_YES not in turn.effects or not remembered.waiting:
        return remembered, []
    message, *later = remembered.waiting
    first = _Part(known.id, bytes.fromhex(message), 0, None, now + _GIVE_UP_AFTER)
    told = (*remembered.told, *remembered.waiting)
    return replace(remembered, waiting=(), told=told), [_row(runtime, first, later, due_at=now)]


def send_part(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Put one part of an answer into the outbox, once the one before it has left: the outbox's handler of PART_TOPIC.

    It may be asked twice and sends once. Raises DeliveryRefused for an answer that no organization of the case signed.
    """
    part, later = _Part.read(payload), list(payload["later"])
    now = runtime.clock.now()
    with runtime.database.session() as session:
        known = _known(lambda: conversations.of_id(session, runtime, part.conversation_id))
        if known is None or known.memory.state.mute or now >= part.until:
            return
        before = session.get(OutgoingText, part.after) if part.after else None
        texts = _texts(session, runtime, known, part.message_id)
    if part.after and (before is None or before.state not in LEFT):
        if before is None or RANKS[State(before.state)] < RANKS[State.SENT]:
            with runtime.database.session(write=True) as session:
                insert_all(session, [_row(runtime, part, later, due_at=now + _LOOK_AGAIN)])
        return
    if part.index >= len(texts):
        return
    reference = _reference(runtime, part)
    text = outgoing.Text(known.id, reference, texts[part.index], outgoing.Kind.CONTENT, now)
    following = replace(part, index=part.index + 1, after=reference)
    if following.index == len(texts) and later:
        following = replace(following, message_id=bytes.fromhex(later.pop(0)), index=0)
    is_last = following.index == len(texts)
    with runtime.database.session(write=True) as session:
        if session.get(OutgoingText, reference) is None:
            insert_all(session, outgoing.rows(runtime, [text]))
        if not is_last:
            insert_all(session, [_row(runtime, following, later, due_at=now + _LOOK_AGAIN)])


def _known(find: Callable[[], Known | None]) -> Known | None:
    try:
        return find()
    except CaseErased:
        return None


def _texts(session: Session, runtime: Runtime, known: Known, message_id: bytes) -> tuple[str, ...]:
    """Open an answer with the conversation's mailbox key, and cut it into texts."""
    seed = runtime.keystore.get_many([known.row.mailbox_key_id]).get(known.row.mailbox_key_id)
    sealed = [one for one in mailbox_messages(session, runtime.keystore, known.case_id) if one.message_id == message_id]
    if seed is None or not sealed:
        raise DeliveryRefused("sms_answer_gone")
    reply = open_reply(sealed[0], known.case_id, suite.key_pair(seed), signers_of(session, known.case_id))
    if reply is None or not reply.genuine:
        raise DeliveryRefused("sms_answer_not_genuine")
    return split(reply.text, SEGMENTS)


def _row(runtime: Runtime, part: _Part, later: Sequence[str], *, due_at: datetime) -> Rows:
    payload = part.payload() | {"later": list(later)}
    return outbox.rows(PART_TOPIC, [payload], due_at=due_at, key=runtime.secret("outbox"), random=runtime.random)


def _reference(runtime: Runtime, part: _Part) -> bytes:
    """Name a part's text so that it can't be put into the outbox twice, and its name tells nobody what it is."""
    told = b"leeward/1/sms-part\0" + part.conversation_id + part.message_id + part.index.to_bytes(4)
    return hmac.digest(runtime.secret("sms-reference"), told, "sha256")[:16]
