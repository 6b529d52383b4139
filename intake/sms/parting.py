"""What a worker asks for who wants to be forgotten: the number goes at once, and what they wrote after seven days.

Seven days, because the phone may be in another's hand. Until then the digits that were told undo it, from any phone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake import codes, linking
from intake.erasure import erase_case
from intake.linking import Purpose
from intake.phones import DROP_TOPIC
from intake.sms import conversations, forgetting, index, outgoing
from intake.sms.arriving import Arrival
from intake.sms.conversation import Effect, Turn, kept
from intake.sms.conversations import FORGOTTEN, CaseErased, ConversationChanged, Known
from intake.sms.index import NAMELESS
from intake.sms.models import Conversation, OutgoingText
from intake.sms.port import State
from referrals import notices
from referrals.case import lock_case
from referrals.models import Case, Referral
from referrals.referral import DESTROY_KEY_TOPIC, LIVE
from service import audit, outbox
from service.models import OutboxMessage
from service.outbox import DeliveryFailed
from service.rows import Rows, insert_all
from service.runtime import Runtime

ERASE_TOPIC: Final = "case.erase"
# The one text with the digits is handed over within this time; then the number goes. Where that text still waits, so
# does the number, but no longer than a day.
_DROPPED_AFTER: Final = timedelta(minutes=10)
_DROPPED_AT_LAST: Final = timedelta(days=1)
_LOOKED_AGAIN: Final = timedelta(hours=1)
_MAY_LEAVE: Final = (State.SENDING, State.REJECTED, State.UNKNOWN)


def columns(turn: Turn) -> dict[str, object]:
    """Give what a turn that asks to forget writes on the conversation; before an erasure, one more text goes out."""
    if Effect.FORGET not in turn.effects:
        return {}
    return dict(NAMELESS if Effect.ERASE in turn.effects else FORGOTTEN)


def rows(runtime: Runtime, known: Known, turn: Turn, arrival: Arrival, told: Sequence[Rows]) -> list[Rows]:
    """Give the rows of a turn that asks to erase: its digits, and what happens in ten minutes and in seven days.

    `told` are the rows of the text that tells the digits (`outgoing.of_turn`).
    """
    if Effect.ERASE not in turn.effects or turn.code is None:
        return []
    payload = {"conversation": known.id.hex()}
    until = arrival.now + linking.UNDO_LIFE
    texts = [row["id"].hex() for one in told for row in one.rows]
    dropping = {**payload, "texts": texts, "until": until.isoformat()}
    key, random = runtime.secret("outbox"), runtime.random
    return [
        linking.code_row(runtime, turn.code, Purpose.UNDO, known.case_id, key_id=None, expires_at=until),
        outbox.rows(DROP_TOPIC, [dropping], due_at=arrival.now + _DROPPED_AFTER, key=key, random=random),
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
    if "until" in payload and _keeps_number(runtime, known, payload):
        return
    # What opens the answers stays as long as the erasure can be undone.
    dropped = {name: None for name in FORGOTTEN if name != "mailbox_key_id"}
    return _change(runtime, known, dropped)


def _keeps_number(runtime: Runtime, known: Known, payload: Mapping[str, Any]) -> bool:
    """Say whether a number stays for now: its text still waits, and it is looked again, or newer digits are told."""
    now, until = runtime.clock.now(), datetime.fromisoformat(payload["until"])
    with runtime.database.session(write=True) as session:
        if linking.good_until(session, known.case_id, Purpose.UNDO, now=now) not in (None, until):
            return True
        is_waiting = now < until - linking.UNDO_LIFE + _DROPPED_AT_LAST and _may_leave(session, payload["texts"])
        if is_waiting:
            outbox.enqueue(session, DROP_TOPIC, payload, due_at=now + _DROPPED_AFTER, random=runtime.random)
        return is_waiting


def _may_leave(session: Session, references: Collection[str]) -> bool:
    """Say whether any of some texts has not left, and still may."""
    ids = [bytes.fromhex(reference) for reference in references]
    waiting = select(OutboxMessage.id).where(OutboxMessage.id.in_(ids), OutboxMessage.state != outbox.DEAD)
    unsettled = select(OutgoingText.id).where(OutgoingText.id.in_(ids), OutgoingText.state.in_(_MAY_LEAVE))
    return any(session.scalar(one.limit(1)) is not None for one in (waiting, unsettled))


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

    As long as digits undo it nothing is erased: whoever undid it and asked anew has seven days from then on. Where the
    clock is in doubt (forgetting.py), it is looked again each hour.
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
            if until is None and forgetting.is_held(session, now):
                until = now + _LOOKED_AGAIN
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
    other = conversations.holder_of(session, runtime, arrival.name)
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
