"""A phone that a worker adds to a report from the web: asked once, then told that there is something, never what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intake.sms import conversations, index, memory, numbers, outgoing
from intake.sms.conversation import answer_waiting, invitation
from intake.sms.conversations import CaseErased, ConversationChanged, Known
from intake.sms.memory import Memory
from intake.sms.models import Conversation
from intake.sms.numbers import PhoneForgotten
from intake.sms.port import Gateway
from intake.sms.state import Step
from referrals.models import Case
from service.outbox import DeliveryFailed
from service.rows import Rows, insert_all
from service.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Inviter:
    """What asks phones: the gateways by name, of which the first with a number of ours is taken."""

    gateways: Mapping[str, Gateway]

    def invite(self, runtime: Runtime, payload: Mapping[str, Any]) -> None:
        """Ask a phone whether it wants texts: the outbox's handler of INVITE_TOPIC.

        A phone that has a conversation of its own, or wants no texts, is asked nothing. Where the case has a phone
        already, the new one takes its place.
        """
        ours = next(((name, one.numbers[0]) for name, one in self.gateways.items() if one.numbers), None)
        if ours is None:
            return
        case_id = bytes.fromhex(payload["case"])
        added = _Added(payload["phone"], payload["language"], *ours, runtime.clock.now())
        name = index.name_of(runtime, added.phone)
        try:
            with runtime.database.session(write=True) as session:
                index.claim(session, name)
                other, known = conversations.holder_of(session, runtime, name), _of_case(session, runtime, case_id)
                if other is not None and (other.case_id != case_id or other.memory.state.anew().mute):
                    return
                if known is not None:
                    _take_over(session, runtime, known, added, is_the_same=other is not None)
                else:
                    _begin(session, runtime, case_id, added)
        except (ConversationChanged, IntegrityError) as error:
            raise DeliveryFailed("sms_written_meanwhile") from error


@dataclass(frozen=True, slots=True)
class _Added:
    """A phone that is added to a report now, and the number of ours that asks it, at its provider."""

    phone: str = field(repr=False)
    language: str
    provider: str
    ours: str = field(repr=False)
    now: datetime


def is_from_web(known: Known) -> bool:
    """Say whether a conversation is of a phone that was added to a report, and so hears no content."""
    return known.memory.state.linked or known.memory.state.step is Step.LINK


def tell_to_look(runtime: Runtime, known: Known, now: datetime) -> None:
    """Tell such a phone that there is something new, at an hour that is likely safe. Raises DeliveryFailed."""
    turn = answer_waiting(known.memory.state, now=now)
    if not turn.replies:
        return
    try:
        columns = conversations.renewed(runtime, known, now)
    except PhoneForgotten:
        # A number that is gone is not kept any longer for what cannot be said.
        return
    try:
        with runtime.database.session(write=True) as session:
            conversations.change(session, runtime, known, replace(known.memory, state=turn.state), **columns)
            insert_all(session, outgoing.of_turn(runtime, known.id, turn, now, is_news=True))
    except ConversationChanged as error:
        raise DeliveryFailed("sms_written_meanwhile") from error


def _take_over(session: Session, runtime: Runtime, known: Known, added: _Added, *, is_the_same: bool) -> None:
    """Ask a phone that takes the place of a conversation's own; what is known of the case goes on.

    Who shares the phone before it, and whose texts were whose there, says nothing about another one.
    """
    turn = invitation(added.language, now=added.now, known=known.memory.state)
    before = known.memory if is_the_same else replace(known.memory, guests=(), guest=None, guest_until=None, code=None)
    remembered = replace(before, state=turn.state, provider=added.provider, ours=added.ours)
    sealed = conversations.phone_columns(numbers.seal_phone(runtime, added.phone, known.id))
    named = index.name_of(runtime, added.phone).columns()
    conversations.change(session, runtime, known, remembered, last_on=added.now.date(), **named, **sealed)
    insert_all(session, outgoing.of_turn(runtime, known.id, turn, added.now, is_news=True))


def _begin(session: Session, runtime: Runtime, case_id: bytes, added: _Added) -> None:
    key_id = session.scalar(select(Case.key_id).where(Case.id == case_id, Case.state != "erased"))
    key = runtime.keystore.get_many([key_id]).get(key_id) if key_id else None
    if key is None:
        return
    turn = invitation(added.language, now=added.now)
    remembered = Memory(turn.state, added.provider, added.ours, first_at=added.now)
    conversation_id = runtime.random(16)
    row = {
        "id": conversation_id,
        "case_id": case_id,
        **index.name_of(runtime, added.phone).columns(),
        **conversations.phone_columns(numbers.seal_phone(runtime, added.phone, conversation_id)),
        "sealed_state": memory.seal(remembered, key, conversation_id=conversation_id, random=runtime.random),
        "version": 0,
        "last_on": added.now.date(),
        "settle_by": None,
        "holding_key_id": None,
        "mailbox_key_id": None,
    }
    insert_all(
        session, [Rows(Conversation, [row]), *outgoing.of_turn(runtime, conversation_id, turn, added.now, is_news=True)]
    )


def _of_case(session: Session, runtime: Runtime, case_id: bytes) -> Known | None:
    try:
        return conversations.of_case(session, runtime, case_id)
    except CaseErased:
        return None
