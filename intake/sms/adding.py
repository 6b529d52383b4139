"""A number's later text: added to the case of its conversation, which it may route or make an emergency of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from crypto.envelope import Envelope, Recipient
from intake import linking
from intake.facts import area_of
from intake.line import readers_of
from intake.linking import Purpose
from intake.sms import answering, conversations, copies, inviting, outgoing, parting, restraint, settling, sharing
from intake.sms.arriving import Arrival, Seen, language_of, may_answer
from intake.sms.conversation import Effect, Turn
from intake.sms.conversations import HOLDER, ConversationChanged, Known, for_holding
from intake.sms.erasing import forget_sent
from intake.sms.sealing import seal_text
from intake.sms.settling import Settlement
from referrals.case import CaseKeys, Reader, held_messages, lock_case, message_rows, next_position
from referrals.directory.snapshot import Snapshot
from referrals.emergency import make_emergency
from referrals.models import Case
from referrals.referral import Actor, Change, worker_wrote
from service.rows import Rows, insert_all
from service.runtime import Runtime

# No caseworker acts when a worker's text does.
_NOBODY: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class _Added:
    """A sealed text, and whom it is for."""

    sealed: Envelope
    readers: Sequence[Reader]
    keys: CaseKeys
    is_urgent: bool


def add_text(runtime: Runtime, arrival: Arrival, seen: Seen, known: Known, turn: Turn) -> None:
    """Add a text to a case, and route the case if it was held and now may go.

    Raises ConversationChanged where another text, or a desk, was first, and IntegrityError where this text was.
    """
    now = arrival.now
    is_urgent = Effect.URGENT in turn.effects
    if is_urgent and known.holding is None:
        with runtime.database.session() as session:
            seen = replace(seen, readers=who_reads(session, seen.snapshot, known, in_danger=True))
    settlement = _settlement(runtime, arrival, seen, known, turn)
    readers, recipients = _readers(seen, known, settlement)
    keys = settlement.keys if settlement else known.keys
    sealed = seal_text(runtime, arrival.told(turn.state), seen.link, case_id=known.case_id, recipients=recipients)
    wraps = _rewrapped(runtime, known, settlement) if settlement else []
    remembered = replace(known.memory, state=turn.state, provider=arrival.inbound.provider, ours=arrival.inbound.to)
    remembered = sharing.remembered(remembered, turn)
    remembered, answers = answering.released(runtime, known, remembered, turn, now)
    remembered, turn = restraint.within_the_day(remembered, turn, now.date())
    columns = {"last_on": now.date(), **conversations.phone_columns(arrival.phone(runtime, remembered, known.id))}
    columns |= arrival.name.renewed(known.row.phone_hmac) | parting.columns(turn)
    if settlement is not None:
        columns |= {"holding_key_id": None, "settle_by": None}
    told = outgoing.of_turn(runtime, known.id, turn, now)
    rows = [
        arrival.row(),
        *told,
        *answers,
        *parting.rows(runtime, known, turn, arrival, told),
        *_web_code(runtime, known, turn, now),
        *arrival.audit_rows(runtime, "message.from_worker", known.case_id, turn),
        *copies.rows_of(runtime, known.id, arrival.inbound, now),
    ]
    with runtime.database.session(write=True) as session:
        conversations.change(session, runtime, known, remembered, **columns)
        insert_all(session, rows)
        _change_case(session, known, turn)
        _keep(session, runtime, seen, known, _Added(sealed, readers, keys, is_urgent), now)
        if settlement is not None:
            settling.write(session, runtime, known, settlement, wraps, now)
        parting.tell(session, runtime, known, turn, arrival)
        if Effect.FORGET in turn.effects and arrival.inbound.kept:
            forget_sent(session, runtime, known.id, arrival.inbound.provider, now)


def _web_code(runtime: Runtime, known: Known, turn: Turn, now: datetime) -> list[Rows]:
    """Give the row of the digits that lead from the web to this conversation, if the turn tells any."""
    if Effect.WEB not in turn.effects or turn.code is None:
        return []
    # Digits that are told in the evening are good in the evening.
    until, key_id = (turn.not_before or now) + linking.WEB_LIFE, known.row.mailbox_key_id
    return [linking.code_row(runtime, turn.code, Purpose.WEB, known.case_id, key_id=key_id, expires_at=until)]


def who_reads(
    session: Session, snapshot: Snapshot, known: Known, *, in_danger: bool = False
) -> tuple[tuple[Reader, Recipient], ...]:
    """List who reads what is added to a routed case."""
    return readers_of(session, snapshot, known.case_id, known.keys, in_danger=in_danger)


def _rewrapped(runtime: Runtime, known: Known, settlement: Settlement) -> list[Rows]:
    with runtime.database.session() as session:
        messages = held_messages(session, runtime.keystore, known.case_id)
    return settling.rewrapped(runtime, known, settlement, messages)


def _settlement(runtime: Runtime, arrival: Arrival, seen: Seen, known: Known, turn: Turn) -> Settlement | None:
    if known.holding is None or not turn.state.routed:
        return None
    return settling.decide(runtime, seen.snapshot, turn.state, case_id=known.case_id, keys=known.keys, now=arrival.now)


def _readers(seen: Seen, known: Known, settlement: Settlement | None) -> tuple[list[Reader], list[Recipient]]:
    if settlement is not None:
        return settlement.readers, settlement.recipients
    if known.holding is not None:
        return [HOLDER], [for_holding(known.holding)]
    return [reader for reader, _ in seen.readers], [recipient for _, recipient in seen.readers]


def _keep(session: Session, runtime: Runtime, seen: Seen, known: Known, added: _Added, now: datetime) -> None:
    """Keep a sealed text, if those are still its readers; a desk may have changed that since they were read."""
    case = lock_case(session, known.case_id)
    if known.holding is None:
        readers = [reader for reader, _ in who_reads(session, seen.snapshot, known, in_danger=added.is_urgent)]
        if readers != added.readers or case.standby_key_id != known.standby_key_id:
            raise ConversationChanged
    position = next_position(session, case.id)
    insert_all(
        session,
        message_rows(added.sealed, added.readers, added.keys, position=position, day=now.date(), random=runtime.random),
    )
    if known.holding is None:
        if added.is_urgent:
            _make_emergency(session, runtime, seen, case, now)
        worker_wrote(session, case, now=now, random=runtime.random)
        session.flush()


def _make_emergency(session: Session, runtime: Runtime, seen: Seen, case: Case, now: datetime) -> None:
    """Have the helper desk, and whoever has the case, treat it as an emergency from now on."""
    coordinator = seen.snapshot.coordinator
    actor = Actor(_NOBODY, coordinator.id if coordinator is not None else _NOBODY)
    make_emergency(session, case, Change(actor, case.id, now, runtime.keystore, runtime.random))


def _change_case(session: Session, known: Known, turn: Turn) -> None:
    """Write on the case what this text told of language and place, and whether answers may go out."""
    before, after = known.memory.state, turn.state
    if inviting.is_from_web(known):
        # The report came from the web, and what it says there counts.
        return
    columns: dict[str, object] = {}
    if language_of(before) != language_of(after):
        columns["language"] = language_of(after)
    # Only a phone that was given up while answers were welcome has lost its number (fates.give_phone_up).
    is_back = known.row.sealed_phone is None and may_answer(after)
    if is_back or may_answer(before) != may_answer(after):
        columns["may_answer"] = may_answer(after)
    if Effect.PLACE in turn.effects:
        columns["area"] = area_of(after.where())
    if columns:
        session.execute(update(Case).where(Case.id == known.case_id).values(columns))
