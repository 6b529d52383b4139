"""A number's first text: the case, the conversation and what is said in return, written in one statement."""

from dataclasses import dataclass

from crypto import suite
from crypto.envelope import Recipient
from intake.report import CASE_KEY
from intake.sms import conversations, copies, index, memory, outgoing, parting, restraint, settling
from intake.sms.arriving import Arrival, Seen, language_of, may_answer
from intake.sms.conversation import Turn
from intake.sms.conversations import HOLDER, ConversationChanged
from intake.sms.memory import Memory
from intake.sms.models import Conversation
from intake.sms.sealing import HOLDING_KEY, MAILBOX_KEY, Link, seal_text
from intake.sms.settling import Settlement
from referrals.case import CaseKeys, Reader, message_rows
from referrals.models import Case
from service.keystore import StoredKey
from service.rows import Rows, insert_all
from service.runtime import Runtime


@dataclass(frozen=True, slots=True)
class _Opening:
    """A conversation before it is written. It is held, or it is settled by its first text."""

    id: bytes
    case_id: bytes
    keys: CaseKeys
    mailbox: StoredKey
    holding: StoredKey | None
    settlement: Settlement | None

    def readers(self) -> tuple[list[Reader], list[Recipient]]:
        """List who reads the first text."""
        if self.settlement is not None:
            return self.settlement.readers, self.settlement.recipients
        if self.holding is None:
            return [], []
        return [HOLDER], [conversations.for_holding(suite.key_pair(self.holding.key))]


def open_conversation(runtime: Runtime, arrival: Arrival, seen: Seen, turn: Turn) -> None:
    """Begin a conversation and its case.

    Raises IntegrityError and ConversationChanged where this text, or this number, has come meanwhile.
    """
    opening = _opening(runtime, arrival, seen, turn)
    begun = Memory(
        turn.state,
        arrival.inbound.provider,
        arrival.inbound.to,
        first_at=arrival.now,
        # Who shares the phone still does, and a wish for silence of theirs counts for it.
        guests=seen.known.memory.guests if seen.known else (),
        code=arrival.code,
    )
    remembered, turn = restraint.within_the_day(begun, turn, arrival.now.date())
    readers, recipients = opening.readers()
    sealed = seal_text(
        runtime,
        arrival.told(turn.state),
        Link(),
        case_id=opening.case_id,
        recipients=recipients,
        mailbox=suite.key_pair(opening.mailbox.key).public_key,
    )
    rows = [
        arrival.row(),
        Rows(Case, [_case_row(arrival, turn, opening)]),
        *message_rows(sealed, readers, opening.keys, position=0, day=arrival.now.date(), random=runtime.random),
        Rows(Conversation, [_conversation_row(runtime, arrival, remembered, opening) | parting.columns(turn)]),
        *outgoing.of_turn(runtime, opening.id, turn, arrival.now, is_first=True),
        *arrival.audit_rows(runtime, "report.received", opening.case_id, turn),
        *copies.rows_of(runtime, opening.id, arrival.inbound, arrival.now),
    ]
    if opening.settlement is not None:
        rows += settling.settlement_rows(runtime, opening.settlement, opening.case_id, arrival.now)
    else:
        rows.append(settling.silence_row(runtime, opening.id, arrival.now + settling.SILENT_AFTER))
    is_alone = seen.replaced is None and len(arrival.name.every) <= 1
    with runtime.database.session(write=True, one_statement=is_alone) as session:
        if seen.replaced is not None:
            conversations.release(session, seen.replaced)
        if index.claim(session, arrival.name):
            raise ConversationChanged
        insert_all(session, rows)


def _opening(runtime: Runtime, arrival: Arrival, seen: Seen, turn: Turn) -> _Opening:
    case_id, keys = runtime.random(16), CaseKeys(runtime.keystore.take(CASE_KEY))
    settlement = None
    if turn.state.routed:
        settlement = settling.decide(runtime, seen.snapshot, turn.state, case_id=case_id, keys=keys, now=arrival.now)
    return _Opening(
        id=runtime.random(16),
        case_id=case_id,
        keys=settlement.keys if settlement else keys,
        mailbox=runtime.keystore.take(MAILBOX_KEY),
        holding=None if settlement else runtime.keystore.take(HOLDING_KEY),
        settlement=settlement,
    )


def _case_row(arrival: Arrival, turn: Turn, opening: _Opening) -> dict[str, object]:
    held: dict[str, object] = {"state": "held", "area": None, "urgency": "standard", "standby_key_id": None}
    return {
        "id": opening.case_id,
        "channel": "sms",
        "language": language_of(turn.state),
        "received_on": arrival.now.date(),
        "may_answer": may_answer(turn.state),
        "closing_reason": None,
        "key_id": opening.keys.case.id,
        **(settling.case_columns(opening.settlement) if opening.settlement else held),
    }


def _conversation_row(runtime: Runtime, arrival: Arrival, remembered: Memory, opening: _Opening) -> dict[str, object]:
    return {
        "id": opening.id,
        "case_id": opening.case_id,
        **arrival.name.columns(),
        **conversations.phone_columns(arrival.phone(runtime, remembered, opening.id)),
        "sealed_state": memory.seal(
            remembered, opening.keys.case.key, conversation_id=opening.id, random=runtime.random
        ),
        "version": 0,
        "last_on": arrival.now.date(),
        "settle_by": arrival.now + settling.HELD_TOO_LONG if opening.holding else None,
        "holding_key_id": opening.holding.id if opening.holding else None,
        "mailbox_key_id": opening.mailbox.id,
    }
