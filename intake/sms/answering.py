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
from intake.sms import conversations, fates, inviting, outgoing
from intake.sms.conversation import Effect, Turn, answer_waiting
from intake.sms.conversations import CaseErased, ConversationChanged, Known
from intake.sms.memory import Memory
from intake.sms.models import OutgoingText
from intake.sms.numbers import PhoneForgotten
from intake.sms.outgoing import Kind
from intake.sms.port import LEFT
from intake.sms.segments import split
from referrals import delivery
from referrals.case import mailbox_messages
from referrals.delivery import Delivery
from referrals.referral import ANSWER_TOPIC
from service import outbox
from service.outbox import DeliveryFailed, DeliveryRefused
from service.rows import Rows, insert_all
from service.runtime import Runtime

__all__ = ["ANSWER_TOPIC", "PART_TOPIC", "announce", "released", "send_part"]

PART_TOPIC: Final = "sms.answer"
# Phones put a text of up to three segments together; a longer answer comes as several texts, each of whole words.
SEGMENTS: Final = 3
# How soon it is looked whether the part before has left, and for how long; later and later.
_LOOK_AGAIN: Final = timedelta(seconds=5)
_GIVE_UP_AFTER: Final = timedelta(hours=24)
_PATIENCE: Final = 10


@dataclass(frozen=True, slots=True)
class _Part:
    """One text of an answer: part `index` of message `message_id`, which may follow once `after` has left.

    `later` are the messages that follow when all of this one has left.
    """

    conversation_id: bytes
    message_id: bytes
    later: tuple[bytes, ...]
    until: datetime
    index: int = 0
    after: bytes | None = None

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "_Part":
        """Read a payload of PART_TOPIC."""
        return cls(
            bytes.fromhex(payload["conversation"]),
            bytes.fromhex(payload["message"]),
            tuple(map(bytes.fromhex, payload["later"])),
            datetime.fromisoformat(payload["until"]),
            payload["part"],
            bytes.fromhex(payload["after"]) if payload["after"] else None,
        )

    def row(self, runtime: Runtime, due_at: datetime) -> Rows:
        """Give its outbox row."""
        payload = {
            "conversation": self.conversation_id.hex(),
            "message": self.message_id.hex(),
            "later": [one.hex() for one in self.later],
            "until": self.until.isoformat(),
            "part": self.index,
            "after": self.after.hex() if self.after else None,
        }
        return outbox.rows(PART_TOPIC, [payload], due_at=due_at, key=runtime.secret("outbox"), random=runtime.random)

    def reference(self, runtime: Runtime) -> bytes:
        """Name its text so that it can't be put into the outbox twice, by a name that tells nobody what it is."""
        told = b"leeward/1/sms-part\0" + self.conversation_id + self.message_id + self.index.to_bytes(4)
        return hmac.digest(runtime.secret("sms-reference"), told, "sha256")[:16]

    def following(self, parts: int, sent: bytes | None) -> "_Part | None":
        """Give what follows this part of an answer of so many parts: its next one, or the next answer's first."""
        if self.index + 1 < parts:
            return replace(self, index=self.index + 1, after=sent)
        if self.later:
            return replace(self, message_id=self.later[0], later=self.later[1:], index=0, after=sent)
        return None

    def pause(self, now: datetime) -> timedelta:
        """Give how long to wait before it is looked again: a tenth of the time that it has waited already."""
        return max(_LOOK_AGAIN, (now - (self.until - _GIVE_UP_AFTER)) / _PATIENCE)


def announce(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Ask a worker whether they can talk, since an answer waits: the outbox's handler of ANSWER_TOPIC.

    Nothing is asked where nothing may be sent, where the number is forgotten, and twice for one answer.
    """
    now = runtime.clock.now()
    message = payload["message"]
    with runtime.database.session() as session:
        known = _known(lambda: conversations.of_case(session, runtime, bytes.fromhex(payload["case"])))
    if known is None or message in (*known.memory.waiting, *known.memory.told):
        return
    if inviting.is_from_web(known):
        inviting.tell_to_look(runtime, known, now)
        return
    message_id = bytes.fromhex(message)
    try:
        # So that the answer to this question still finds the conversation.
        columns = conversations.renewed(runtime, known, now)
    except PhoneForgotten:
        columns = {}
    if known.memory.state.mute or not columns:
        _tell_lost(runtime, [message_id], now)
        return
    turn = answer_waiting(known.memory.state, now=now)
    remembered = replace(known.memory, state=turn.state, waiting=(*known.memory.waiting, message))
    remembered, answers = released(runtime, known, remembered, turn, now)
    try:
        with runtime.database.session(write=True) as session:
            conversations.change(session, runtime, known, remembered, **columns)
            asked = outgoing.of_turn(runtime, known.id, turn, now, answer_id=message_id, is_news=True)
            insert_all(session, [*asked, *answers])
            delivery.tell(session, message_id, Delivery.LEAVING if answers else Delivery.ASKED)
    except ConversationChanged as error:
        raise DeliveryFailed("sms_written_meanwhile") from error


def released(
    runtime: Runtime, known: Known, remembered: Memory, turn: Turn, now: datetime
) -> tuple[Memory, list[Rows]]:
    """Give the outbox rows of the answers that a turn lets out, one after another, and what is remembered then."""
    if Effect.ANSWER_YES not in turn.effects or not remembered.waiting:
        return remembered, []
    message, *later = map(bytes.fromhex, remembered.waiting)
    part = _Part(known.id, message, tuple(later), until=now + _GIVE_UP_AFTER)
    told = (*remembered.told, *remembered.waiting)
    return replace(remembered, waiting=(), told=told), [part.row(runtime, now)]


def send_part(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Put one part of an answer into the outbox, once the one before it has left: the outbox's handler of PART_TOPIC.

    It may be asked twice and sends once. Where it cannot go out any more the desk hears of it. Raises DeliveryRefused
    for an answer that no organization of the case signed; what was written after it still goes out.
    """
    part, now = _Part.read(payload), runtime.clock.now()
    with runtime.database.session() as session:
        known = _known(lambda: conversations.of_id(session, runtime, part.conversation_id))
        before = session.get(OutgoingText, part.after) if part.after else None
        is_lost = known is None or known.memory.state.mute or now >= part.until
        is_lost = is_lost or (before is not None and before.state in fates.LOST)
        is_due = part.after is None or (before is not None and before.state in LEFT)
        texts = _texts(session, runtime, known, part.message_id) if known and is_due and not is_lost else ()
    if is_lost:
        _tell_lost(runtime, [part.message_id, *part.later], now)
        return
    if not is_due:
        with runtime.database.session(write=True) as session:
            insert_all(session, [part.row(runtime, now + part.pause(now))])
        return
    _put(runtime, part, texts, now)
    if not texts:
        _tell_lost(runtime, [part.message_id], now)
        raise DeliveryRefused("sms_answer_not_genuine")


def _put(runtime: Runtime, part: _Part, texts: Sequence[str], now: datetime) -> None:
    """Put a part's text, if there is one, and what follows it into the outbox."""
    reference = part.reference(runtime) if texts else part.after
    following = part.following(len(texts), reference)
    rows = [following.row(runtime, now + _LOOK_AGAIN)] if following is not None else []
    with runtime.database.session(write=True) as session:
        if texts and session.get(OutgoingText, reference) is None:
            text = outgoing.Text(
                part.conversation_id,
                part.reference(runtime),
                texts[part.index],
                Kind.CONTENT,
                now,
                answer_id=part.message_id,
                ends_answer=part.index + 1 == len(texts),
            )
            rows += outgoing.rows(runtime, [text])
        insert_all(session, rows)
        if texts and part.index == 0:
            delivery.tell(session, part.message_id, Delivery.LEAVING)


def _tell_lost(runtime: Runtime, message_ids: Sequence[bytes], now: datetime) -> None:
    """Let the desk see that answers cannot go out any more, and put the case before its caseworkers again."""
    with runtime.database.session(write=True) as session:
        for message_id in message_ids:
            if delivery.tell(session, message_id, Delivery.FAILED):
                delivery.call_back(session, message_id, now=now, random=runtime.random)


def _known(find: Callable[[], Known | None]) -> Known | None:
    try:
        return find()
    except CaseErased:
        return None


def _texts(session: Session, runtime: Runtime, known: Known, message_id: bytes) -> tuple[str, ...]:
    """Open an answer with the conversation's mailbox key and cut it into texts; none where nobody vouches for it."""
    key_id = known.row.mailbox_key_id
    seed = runtime.keystore.get_many([key_id]).get(key_id) if key_id is not None else None
    sealed = [one for one in mailbox_messages(session, runtime.keystore, known.case_id) if one.message_id == message_id]
    if seed is None or not sealed:
        return ()
    reply = open_reply(sealed[0], known.case_id, suite.key_pair(seed), signers_of(session, known.case_id))
    return split(reply.text, SEGMENTS) if reply is not None and reply.genuine else ()
