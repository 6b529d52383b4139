"""What becomes of texts on their way out: how what is known of each moves on, and who is told where it is lost.

A report tells more than what is known, or it changes nothing. The desk hears of an answer through `referrals.delivery`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake.sms import numbers
from intake.sms.conversations import no_answers_to
from intake.sms.models import Conversation, OutgoingText
from intake.sms.port import LEFT, UNKNOWN_AFTER, State, Status, tells_more
from referrals import delivery
from referrals.delivery import Delivery
from referrals.models import Case
from service.runtime import Runtime

# After one of these the phone did not get a text, and nobody will try again.
LOST: Final = frozenset({State.UNDELIVERED, State.FAILED, State.CANCELED})
# So long an alarm stays for texts that were refused for a reason of ours.
REFUSED_SHOWN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unsure:
    """A text of which nobody knows whether it left: its reference, and when it was handed over."""

    reference: bytes
    handed_over_at: datetime


def settle(runtime: Runtime, status: Status) -> None:
    """Take in a provider's report. They come late, twice and in any order: one that tells nothing new does nothing."""
    if status.reference is None:
        return
    reference = bytes.fromhex(status.reference)
    with runtime.database.session(write=True) as session:
        if not advance(session, reference, status.state, code=status.code, look_at=None):
            return
        if status.provider_id is not None:
            name(session, runtime, reference, status.provider_id)
        if status.permanent:
            give_phone_up(session, reference)
        tell_desk(session, reference, now=runtime.clock.now(), random=runtime.random)


def unsure(session: Session, *, now: datetime) -> tuple[Unsure, ...]:
    """List the texts whose fate a person must find out, oldest first. Nothing of them says whose they are."""
    waiting = select(OutgoingText.id, OutgoingText.look_at).where(OutgoingText.look_at <= now)
    rows = session.execute(waiting.order_by(OutgoingText.look_at))
    return tuple(Unsure(row.id, row.look_at - UNKNOWN_AFTER) for row in rows)


def seen(session: Session, reference: bytes) -> bool:
    """Note that a person has looked after a text, and tell whether it was waiting for one."""
    looked = update(OutgoingText).where(OutgoingText.id == reference, OutgoingText.look_at.is_not(None))
    return changed(session, looked.values(look_at=None))


def alarms(session: Session, *, now: datetime, ours: Collection[str]) -> tuple[str, ...]:
    """Say for /readyz what became of texts: some whose fate is unknown, some refused for a reason of ours (`ours`)."""
    found = []
    if session.scalar(select(OutgoingText.id).where(OutgoingText.look_at <= now).limit(1)) is not None:
        found.append("sms_unknown")
    refused = (OutgoingText.code.in_(ours), OutgoingText.made_on >= (now - REFUSED_SHOWN).date())
    if session.scalar(select(OutgoingText.id).where(*refused).limit(1)) is not None:
        found.append("sms_refused")
    return tuple(found)


def advance(session: Session, reference: bytes, state: State, **values: object) -> bool:
    """Move a text to a state that tells more than its own, and tell whether it did."""
    lower = [known for known in State if tells_more(state, known)]
    moved = update(OutgoingText).where(OutgoingText.id == reference, OutgoingText.state.in_(lower))
    return changed(session, moved.values(state=state, **values))


def name(session: Session, runtime: Runtime, reference: bytes, provider_id: str) -> None:
    """Keep what the provider calls a text, sealed, where it is not known yet."""
    unnamed = update(OutgoingText).where(OutgoingText.id == reference, OutgoingText.sealed_provider_id.is_(None))
    sealed = numbers.seal_provider_id(runtime, provider_id, reference)
    changed(session, unnamed.values(sealed_provider_id=sealed))


def give_phone_up(session: Session, reference: bytes) -> None:
    """Drop a number that takes no text from us, and let the desk say so before a caseworker writes to it.

    Where its worker wants no answers the number stays: that none is kept says that only the phone kept them away, so
    that they are welcome again once it writes.
    """
    conversation = select(OutgoingText.conversation_id).where(OutgoingText.id == reference).scalar_subquery()
    # The conversation first and its case after it, as a text that comes in at the same moment does.
    is_welcome = select(Case.id).where(Case.id == Conversation.case_id, Case.may_answer).exists()
    dropped = update(Conversation).where(Conversation.id == conversation, is_welcome)
    changed(session, dropped.values(sealed_phone=None, relay_epoch_id=None, version=Conversation.version + 1))
    case = select(Conversation.case_id).where(Conversation.id == conversation).scalar_subquery()
    changed(session, no_answers_to(Case.id == case))


def tell_desk(
    session: Session, reference: bytes, *, now: datetime, random: Callable[[int], bytes], insist: bool = False
) -> None:
    """Tell the desk where the answer is that a text belongs to, if it belongs to one.

    A lost one comes before its caseworkers again; one whose fate is unknown does so once it is waited for no more
    (`insist`).
    """
    answer_id = session.scalar(select(OutgoingText.answer_id).where(OutgoingText.id == reference))
    if answer_id is None:
        return
    texts = select(OutgoingText.state, OutgoingText.ends_answer).where(OutgoingText.answer_id == answer_id)
    where = delivery_of((State(row.state), row.ends_answer) for row in session.execute(texts))
    is_new = delivery.tell(session, answer_id, where)
    if (is_new and where is Delivery.FAILED) or (insist and where is Delivery.UNKNOWN):
        delivery.call_back(session, answer_id, now=now, random=random)


def delivery_of(texts: Iterable[tuple[State, bool | None]]) -> Delivery:
    """Say where an answer is, from its texts: each with its state, and whether it is the last part.

    None for the last stands for the question whether the worker can talk, which counts until there is a part.
    """
    known = list(texts)
    parts = [one for one in known if one[1] is not None]
    states = {state for state, _ in parts or known}
    if states & LOST:
        return Delivery.FAILED
    if State.UNKNOWN in states:
        return Delivery.UNKNOWN
    if not parts:
        return Delivery.ASKED
    return Delivery.SENT if any(last for _, last in parts) and states <= LEFT else Delivery.LEAVING


def changed(session: Session, statement: Any) -> bool:
    """Execute an update and tell whether it changed a row."""
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return bool(done.rowcount)
