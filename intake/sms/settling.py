"""Routing what came by text: at once where the worker has said enough, else after a quarter of an hour of silence.

Until then each text is sealed for the holding key alone. Nothing is dropped: where nobody could receive a case it stays
held, is tried again every few minutes, and is an alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crypto import envelope
from crypto.envelope import Envelope, Header, Recipient, WrapRole
from intake.facts import area_of
from intake.line import Line, has_recipient, line_of, notice_rows, referral_rows
from intake.report import STANDBY_KEY
from intake.sms import conversations
from intake.sms.conversation import silence
from intake.sms.conversations import CaseErased, ConversationChanged, Known
from intake.sms.models import Conversation
from intake.sms.state import State
from referrals.candidates import Decision, Facts, Policy
from referrals.case import CaseKeys, Reader, SealedMessage, held_messages, wrap_rows
from referrals.directory.snapshot import Snapshot, read_snapshot
from referrals.geography.places import area
from referrals.holidays import HOME
from referrals.models import Case, Message, Wrap
from referrals.referral import DESTROY_KEY_TOPIC
from referrals.routing import route
from service import audit, outbox
from service.outbox import DeliveryFailed
from service.rows import Rows, insert_all
from service.runtime import Runtime

SILENCE_TOPIC: Final = "sms.silence"
SILENT_AFTER: Final = timedelta(minutes=15)
# Somebody who goes on writing is routed by then, so that an alarm means that something is wrong.
HELD_AT_MOST: Final = timedelta(minutes=25)
HELD_TOO_LONG: Final = timedelta(minutes=30)
_TRY_AGAIN: Final = timedelta(minutes=5)
_BATCH: Final = 200
# BCP 47's tag for a language that is not known: who has interpreters for any language fits, else the coordinator.
UNKNOWN_LANGUAGE: Final = "und"
# What happened is not asked by text. Who says that they are in danger needs somebody who deals with violence.
_UNSURE: Final = ("other_unsure",)
_IN_DANGER: Final = ("violence", "other_unsure")


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where a case goes. `keys` are the case's, with a standby key where somebody stands by."""

    decision: Decision
    line: Line
    area: str | None
    keys: CaseKeys

    @property
    def readers(self) -> list[Reader]:
        """List whom the case's wraps are for, in the order of the line."""
        return [place.reader for place in self.line]

    @property
    def recipients(self) -> list[Recipient]:
        """List the keys that it is sealed for, in the order of the line."""
        return [place.recipient for place in self.line]


def decide(
    runtime: Runtime, snapshot: Snapshot, state: State, *, case_id: bytes, keys: CaseKeys, now: datetime
) -> Settlement | None:
    """Decide who gets a case on what a conversation knows; None where nobody could open it today.

    Only the helper desk stands by: a worker who texts was not asked whether another group may read it. In danger, a
    place that is not known is taken to be in the hotline's own province, so that a 24-hour responder gets it.
    """
    place = state.where()
    in_province = place if place.province or not state.danger else area(f"prov:{HOME}")
    facts = Facts(
        id=case_id.hex(),
        place=in_province,
        language=state.language or UNKNOWN_LANGUAGE,
        categories=_IN_DANGER if state.danger else _UNSURE,
        flags=("immediate_danger",) if state.danger else (),
    )
    decision = route(facts, snapshot.candidates, Policy(now=now, tie_key=runtime.secret("tie")))
    line = line_of(decision, snapshot, pass_on=False, helper_desk=True)
    if not has_recipient(line):
        return None
    if any(one.role is WrapRole.STANDBY for one in line):
        keys = replace(keys, standby=runtime.keystore.take(STANDBY_KEY))
    return Settlement(decision, line, area_of(place), keys)


def case_columns(settlement: Settlement) -> dict[str, object]:
    """Write on a case where it went."""
    return {
        "state": "received",
        "area": settlement.area,
        "urgency": settlement.decision.urgency,
        "standby_key_id": settlement.keys.standby.id if settlement.keys.standby else None,
    }


def settlement_rows(runtime: Runtime, settlement: Settlement, case_id: bytes, now: datetime) -> list[Rows]:
    """Give the rows that make a settlement: referrals, notices, and an audit entry."""
    return [
        referral_rows(settlement.line, settlement.decision, case_id, area=settlement.area, now=now, runtime=runtime),
        notice_rows(settlement.line, settlement.decision, now=now, runtime=runtime),
        audit.rows({"action": "report.routed", "case": case_id.hex()}, day=now.date(), random=runtime.random),
    ]


def silence_row(runtime: Runtime, conversation_id: bytes, due_at: datetime) -> Rows:
    """Give the outbox row that looks after a conversation again at a moment."""
    payload = {"conversation": conversation_id.hex()}
    return outbox.rows(SILENCE_TOPIC, [payload], due_at=due_at, key=runtime.secret("outbox"), random=runtime.random)


def rewrapped(runtime: Runtime, known: Known, settlement: Settlement, messages: Sequence[SealedMessage]) -> list[Rows]:
    """Wrap the keys of held messages for everyone in the line, in batches that a database takes. No text is opened."""
    if known.holding is None:
        return []
    rows = [
        row
        for message in messages
        for row in wrap_rows(
            Header.parse(message.header),
            envelope.rewrap(
                Envelope(message.header, message.wraps, message.body), known.holding, settlement.recipients
            ),
            settlement.readers,
            settlement.keys,
            random=runtime.random,
        ).rows
    ]
    return [Rows(Wrap, rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH)]


def write(
    session: Session, runtime: Runtime, known: Known, settlement: Settlement, wraps: Sequence[Rows], now: datetime
) -> None:
    """Route a held case: wraps for its readers in, holding wraps out, and the holding key to its destruction.

    The caller has changed the conversation in this transaction, so nobody else routes it.
    """
    of_case = select(Message.id).where(Message.case_id == known.case_id)
    session.execute(delete(Wrap).where(Wrap.message_id.in_(of_case), Wrap.role == int(WrapRole.HOLDING)))
    session.execute(update(Case).where(Case.id == known.case_id).values(case_columns(settlement)))
    for batch in wraps:
        insert_all(session, [batch])
    insert_all(session, settlement_rows(runtime, settlement, known.case_id, now))
    key_id = known.row.holding_key_id
    if key_id is not None:
        outbox.enqueue(session, DESTROY_KEY_TOPIC, {"key_id": key_id.hex()}, due_at=now, random=runtime.random)


def on_silence(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Route a case whose worker has gone quiet: the outbox's handler of SILENCE_TOPIC.

    A case that cannot be routed yet waits under a new row, so that it never ends as a dead letter.
    """
    now = runtime.clock.now()
    with runtime.database.session() as session:
        try:
            known = conversations.of_id(session, runtime, bytes.fromhex(payload["conversation"]))
        except CaseErased:
            return
        if known is None or known.holding is None:
            return
        messages = held_messages(session, runtime.keystore, known.case_id)
        snapshot = read_snapshot(session, now)
    state = known.memory.state
    quiet_at = min((state.heard_at or now) + SILENT_AFTER, known.memory.first_at + HELD_AT_MOST)
    turn = silence(state, now=now)
    settlement = decide(runtime, snapshot, turn.state, case_id=known.case_id, keys=known.keys, now=now)
    is_early = now < quiet_at and not state.routed
    if is_early or settlement is None:
        with runtime.database.session(write=True) as session:
            insert_all(session, [silence_row(runtime, known.id, quiet_at if is_early else now + _TRY_AGAIN)])
        return
    wraps = rewrapped(runtime, known, settlement, messages)
    try:
        with runtime.database.session(write=True) as session:
            remembered = replace(known.memory, state=turn.state)
            conversations.change(session, runtime, known, remembered, holding_key_id=None, settle_by=None)
            write(session, runtime, known, settlement, wraps, now)
    except ConversationChanged as error:
        raise DeliveryFailed("sms_written_meanwhile") from error


def alarms(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Say for /readyz that a text waits too long for somebody who can open it."""
    late = select(Conversation.id).where(Conversation.settle_by <= now).limit(1)
    return ("sms_held_too_long",) if session.scalar(late) is not None else ()
