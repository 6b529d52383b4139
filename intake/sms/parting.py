"""What a worker asks for who wants to be forgotten: the number goes at once, and what they wrote after seven days.

Seven days, because the phone may be in another's hand. Until then the digits that were told undo it, from any phone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from intake import codes, linking
from intake.erasure import erase_case
from intake.linking import Purpose
from intake.phones import DROP_TOPIC
from intake.sms import conversations, index, outgoing
from intake.sms.arriving import Arrival
from intake.sms.conversation import Effect, Turn, kept
from intake.sms.conversations import FORGOTTEN, CaseErased, ConversationChanged, Known
from intake.sms.index import NAMELESS
from intake.sms.models import Conversation
from referrals import notices
from referrals.case import lock_case
from referrals.models import Case, Referral
from referrals.referral import DESTROY_KEY_TOPIC, LIVE
from service import audit, outbox
from service.outbox import DeliveryFailed
from service.rows import Rows, insert_all
from service.runtime import Runtime

ERASE_TOPIC: Final = "case.erase"
# The one text with the digits is handed over within this time; then the number goes.
_DROPPED_AFTER: Final = timedelta(minutes=10)


def columns(turn: Turn) -> dict[str, object]:
    """Give what a turn that asks to forget writes on the conversation; before an erasure, one more text goes out."""
    if Effect.FORGET not in turn.effects:
        return {}
    return dict(NAMELESS if Effect.ERASE in turn.effects else FORGOTTEN)


def rows(runtime: Runtime, known: Known, turn: Turn, arrival: Arrival) -> list[Rows]:
    """Give the rows of a turn that asks to erase: its digits, and what happens in ten minutes and in seven days."""
    if Effect.ERASE not in turn.effects or turn.code is None:
        return []
    payload = {"conversation": known.id.hex()}
    until = arrival.now + linking.UNDO_LIFE
    key, random = runtime.secret("outbox"), runtime.random
    return [
        linking.code_row(runtime, turn.code, Purpose.UNDO, known.case_id, key_id=None, expires_at=until),
        outbox.rows(DROP_TOPIC, [payload], due_at=arrival.now + _DROPPED_AFTER, key=key, random=random),
        outbox.rows(ERASE_TOPIC, [payload], due_at=until, key=key, random=random),
    ]


def tell(session: Session, runtime: Runtime, known: Known, turn: Turn, arrival: Arrival) -> None:
    """Let whoever has the case see that it will be erased, and on which day."""
    if Effect.ERASE in turn.effects:
        day = (arrival.now + linking.UNDO_LIFE).date()
        session.execute(update(Case).where(Case.id == known.case_id).values(erase_on=day))
        _wake(session, runtime, known, arrival)


def drop(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Drop the number of a case that was erased, or of a conversation whose digits were told: handles DROP_TOPIC."""
    if "case" in payload:
        return _forget_phone_of(runtime, bytes.fromhex(payload["case"]))
    known = _known(runtime, payload)
    if known is None or not known.memory.state.forgotten:
        return
    # What opens the answers stays as long as the erasure can be undone.
    dropped = {name: None for name in FORGOTTEN if name != "mailbox_key_id"}
    return _change(runtime, known, dropped)


def _forget_phone_of(runtime: Runtime, case_id: bytes) -> None:
    """Drop a number without what its conversation remembers, which nobody can open any more."""
    with runtime.database.session(write=True) as session:
        session.execute(
            update(Conversation)
            .where(Conversation.case_id == case_id)
            .values(version=Conversation.version + 1, **FORGOTTEN)
            .execution_options(synchronize_session=False)
        )


def erase(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Erase a case unless that was undone: the outbox's handler of ERASE_TOPIC.

    As long as digits undo it nothing is erased: whoever undid it and asked anew has seven days from then on.
    """
    known = _known(runtime, payload)
    if known is None or not known.memory.state.erasing:
        return
    now = runtime.clock.now()
    # Once it is done, a second row for the same erasure does nothing.
    done = replace(known.memory, state=replace(known.memory.state, erasing=False))
    try:
        with runtime.database.session(write=True) as session:
            until = linking.good_until(session, known.case_id, Purpose.UNDO, now=now)
            if until is not None:
                outbox.enqueue(session, ERASE_TOPIC, payload, due_at=until, random=runtime.random)
                return
            released = {**FORGOTTEN, "holding_key_id": None, "settle_by": None}
            conversations.change(session, runtime, known, done, **released)
            case = lock_case(session, known.case_id)
            case.erase_on = None
            erase_case(session, case, now=now, random=runtime.random)
            if known.row.holding_key_id is not None:
                gone = {"key_id": known.row.holding_key_id.hex()}
                outbox.enqueue(session, DESTROY_KEY_TOPIC, gone, due_at=now, random=runtime.random)
    except ConversationChanged as error:
        raise DeliveryFailed("sms_written_meanwhile") from error


def undo(runtime: Runtime, arrival: Arrival) -> bool:
    """Undo an erasure with the digits that were told, from any phone; say whether the text was such digits.

    The phone that they come from is the conversation's from then on, unless it has one of its own. Raises
    ConversationChanged.
    """
    code = codes.read(arrival.inbound.text)
    if code is None:
        return False
    with runtime.database.session() as session:
        if not linking.is_waiting(session, runtime, code, Purpose.UNDO, now=arrival.now):
            return False
    with runtime.database.session(write=True) as session:
        case_id = linking.redeem(session, runtime, code, Purpose.UNDO, now=arrival.now).case_id
        try:
            known = conversations.of_case(session, runtime, case_id)
        except CaseErased:
            return False
        if known is None:
            return False
        _keep(session, runtime, known, arrival)
    return True


def _keep(session: Session, runtime: Runtime, known: Known, arrival: Arrival) -> None:
    now = arrival.now
    turn = kept(known.memory.state, now=now, written_at=arrival.written_at)
    remembered = replace(known.memory, state=turn.state, provider=arrival.inbound.provider, ours=arrival.inbound.to)
    index.claim(session, arrival.name)
    other = conversations.of_phone(session, runtime, arrival.name)
    changed: dict[str, object] = {"last_on": now.date()}
    if other is None:
        changed |= arrival.name.columns()
        changed |= conversations.phone_columns(arrival.phone(runtime, remembered, known.id))
    conversations.change(session, runtime, known, remembered, **changed)
    can_answer = other is None
    session.execute(update(Case).where(Case.id == known.case_id).values(erase_on=None, may_answer=can_answer))
    _wake(session, runtime, known, arrival)
    through = known.id if other is None else other.id
    insert_all(
        session,
        [
            arrival.row(),
            *outgoing.of_turn(runtime, through, turn, now),
            audit.rows(
                {"action": "case.erasure_undone", "case": known.case_id.hex()}, day=now.date(), random=runtime.random
            ),
        ],
    )


def _wake(session: Session, runtime: Runtime, known: Known, arrival: Arrival) -> None:
    """Have everyone who has the case look at it."""
    case = lock_case(session, known.case_id)
    has_it = (Referral.case_id == known.case_id, Referral.status.in_((*LIVE, "closed")))
    told = session.scalars(update(Referral).where(*has_it).values(unread=True).returning(Referral.organization_id))
    for organization_id in sorted(told):
        notices.tell(session, organization_id, urgency=case.urgency, now=arrival.now, random=runtime.random)


def _known(runtime: Runtime, payload: Mapping[str, Any]) -> Known | None:
    with runtime.database.session() as session:
        try:
            return conversations.of_id(session, runtime, bytes.fromhex(payload["conversation"]))
        except CaseErased:
            return None


def _change(runtime: Runtime, known: Known, values: dict[str, None]) -> None:
    try:
        with runtime.database.session(write=True) as session:
            conversations.change(session, runtime, known, known.memory, **values)
    except ConversationChanged as error:
        raise DeliveryFailed("sms_written_meanwhile") from error
