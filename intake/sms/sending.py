"""Sending what waits for a worker's phone, once: what may have left already is told to a person and never sent again.

A provider has no way to be told "this is the same text as before". So a text's row says "sending" before the provider
is asked, and whoever finds it saying so knows that its worker died on the way.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake.sms import numbers
from intake.sms.destination import Destination, destination
from intake.sms.models import Conversation, OutgoingText
from intake.sms.outgoing import SEND_TOPIC, Kind
from intake.sms.port import UNKNOWN_AFTER, Accepted, Gateway, Rejected, Retry, State, Status, Unknown, tells_more
from referrals.models import Case
from service import outbox
from service.outbox import DeliveryFailed, DeliveryRefused
from service.rows import Rows, insert_all
from service.runtime import Runtime

# A question that arrives hours late asks about nothing, and an answer may meet another person with the phone.
EXPIRES: Final = {Kind.PROMPT: timedelta(hours=4), Kind.STOP: timedelta(hours=4), Kind.CONTENT: timedelta(hours=1)}
TOMORROW: Final = timedelta(hours=24)
# So long an alarm stays for texts that were refused for a reason of ours.
REFUSED_SHOWN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Text:
    """One text from the outbox."""

    conversation_id: bytes
    reference: bytes
    text: str = field(repr=False)
    kind: Kind


@dataclass(frozen=True, slots=True)
class Unsure:
    """A text of which nobody knows whether it left: its reference, and when it was handed over."""

    reference: bytes
    handed_over_at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends texts: a gateway for each provider that is set up, by its name."""

    gateways: Mapping[str, Gateway]

    def send(self, runtime: Runtime, payload: dict[str, Any]) -> None:
        """Hand one text over, as the outbox's handler of `sms.send`. It may be asked twice and sends once.

        Raises DeliveryFailed where it cannot be handed over now, so that it is tried again.
        """
        text = _read(payload)
        to = _destination(runtime, text)
        if to is None:
            return
        gateway = self.gateways.get(to.provider)
        if gateway is None:
            raise DeliveryFailed("sms_not_configured")
        with runtime.database.session(write=True) as session:
            if not _may_leave(session, text, runtime.clock.now()):
                return
        outcome = gateway.send(
            text=text.text,
            to=to.phone,
            sender=to.ours,
            reference=text.reference.hex(),
            expires_seconds=int(EXPIRES[text.kind].total_seconds()),
        )
        _end(runtime, text.reference, outcome, payload)


def settle(runtime: Runtime, status: Status) -> None:
    """Take in a provider's report. They come late, twice and in any order: one that tells nothing new does nothing."""
    if status.reference is None:
        return
    reference = bytes.fromhex(status.reference)
    with runtime.database.session(write=True) as session:
        if not _advance(session, reference, status.state, code=status.code, look_at=None):
            return
        if status.provider_id is not None:
            _name(session, runtime, reference, status.provider_id)
        if status.permanent:
            _give_phone_up(session, reference)


def unsure(session: Session, *, now: datetime) -> tuple[Unsure, ...]:
    """List the texts whose fate a person must find out, oldest first. Nothing of them says whose they are."""
    waiting = select(OutgoingText.id, OutgoingText.look_at).where(OutgoingText.look_at <= now)
    rows = session.execute(waiting.order_by(OutgoingText.look_at))
    return tuple(Unsure(row.id, row.look_at - UNKNOWN_AFTER) for row in rows)


def seen(session: Session, reference: bytes) -> bool:
    """Note that a person has looked after a text, and tell whether it was waiting for one."""
    looked = update(OutgoingText).where(OutgoingText.id == reference, OutgoingText.look_at.is_not(None))
    return _changed(session, looked.values(look_at=None))


def alarms(session: Session, *, now: datetime, ours: Collection[str]) -> tuple[str, ...]:
    """Say for /readyz what became of texts: some whose fate is unknown, some refused for a reason of ours (`ours`)."""
    found = []
    if session.scalar(select(OutgoingText.id).where(OutgoingText.look_at <= now).limit(1)) is not None:
        found.append("sms_unknown")
    refused = (OutgoingText.code.in_(ours), OutgoingText.made_on >= (now - REFUSED_SHOWN).date())
    if session.scalar(select(OutgoingText.id).where(*refused).limit(1)) is not None:
        found.append("sms_refused")
    return tuple(found)


def _read(payload: Mapping[str, Any]) -> _Text:
    try:
        return _Text(
            bytes.fromhex(payload["conversation"]),
            bytes.fromhex(payload["reference"]),
            payload["text"],
            Kind(payload["kind"]),
        )
    except (KeyError, TypeError, ValueError):
        raise DeliveryRefused("payload_rejected") from None


def _destination(runtime: Runtime, text: _Text) -> Destination | None:
    confirms = text.kind is Kind.STOP
    with runtime.database.session() as session:
        return destination(session, runtime, text.conversation_id, confirms_opt_out=confirms)


def _may_leave(session: Session, text: _Text, now: datetime) -> bool:
    """Note that a text is about to leave, unless it may have left before."""
    look_at = now + UNKNOWN_AFTER
    known = session.scalar(select(OutgoingText.state).where(OutgoingText.id == text.reference).with_for_update())
    if known is None:
        row = {
            "id": text.reference,
            "conversation_id": text.conversation_id,
            "state": str(State.SENDING),
            "sealed_provider_id": None,
            "code": None,
            "made_on": now.date(),
            "look_at": look_at,
        }
        insert_all(session, [Rows(OutgoingText, [row])])
        return True
    if known == State.REJECTED:
        again = update(OutgoingText).where(OutgoingText.id == text.reference)
        return _changed(session, again.values(state=State.SENDING, code=None, look_at=look_at))
    # A row that says "sending" was left so by a worker that died: the provider may have the text.
    _advance(session, text.reference, State.UNKNOWN)
    return False


def _end(
    runtime: Runtime, reference: bytes, outcome: Accepted | Rejected | Unknown, payload: Mapping[str, Any]
) -> None:
    """Write down what a provider answered. Raises DeliveryFailed where the text is to be handed over again."""
    with runtime.database.session(write=True) as session:
        _note(session, runtime, reference, outcome)
        if isinstance(outcome, Rejected) and outcome.retry is Retry.TOMORROW:
            tomorrow = runtime.clock.now() + TOMORROW
            outbox.enqueue(session, SEND_TOPIC, payload, due_at=tomorrow, random=runtime.random)
    if isinstance(outcome, Rejected) and outcome.retry is Retry.LATER:
        if outcome.ours:
            raise DeliveryFailed("sms_refused_for_a_reason_of_ours")
        raise DeliveryFailed("sms_refused_for_now")


def _note(session: Session, runtime: Runtime, reference: bytes, outcome: Accepted | Rejected | Unknown) -> None:
    """Write down what a provider answered."""
    if isinstance(outcome, Unknown):
        _advance(session, reference, State.UNKNOWN)
    elif isinstance(outcome, Accepted):
        if _advance(session, reference, outcome.state, look_at=None):
            _name(session, runtime, reference, outcome.provider_id)
    else:
        # Where somebody else called it unknown meanwhile, it stays with the person who is told of it.
        refused = update(OutgoingText).where(OutgoingText.id == reference, OutgoingText.state == State.SENDING)
        _changed(session, refused.values(state=State.REJECTED, code=outcome.code, look_at=None))
        if outcome.permanent:
            _give_phone_up(session, reference)


def _advance(session: Session, reference: bytes, state: State, **values: object) -> bool:
    """Move a text to a state that tells more than its own, and tell whether it did."""
    lower = [known for known in State if tells_more(state, known)]
    moved = update(OutgoingText).where(OutgoingText.id == reference, OutgoingText.state.in_(lower))
    return _changed(session, moved.values(state=state, **values))


def _name(session: Session, runtime: Runtime, reference: bytes, provider_id: str) -> None:
    """Keep what the provider calls a text, sealed, where it is not known yet."""
    unnamed = update(OutgoingText).where(OutgoingText.id == reference, OutgoingText.sealed_provider_id.is_(None))
    sealed = numbers.seal_provider_id(runtime, provider_id, reference)
    _changed(session, unnamed.values(sealed_provider_id=sealed))


def _give_phone_up(session: Session, reference: bytes) -> None:
    """Drop a number that takes no text from us, and let the desk say so before a caseworker writes to it."""
    conversation = select(OutgoingText.conversation_id).where(OutgoingText.id == reference).scalar_subquery()
    # The conversation first and its case after it, as a text that comes in at the same moment does.
    dropped = update(Conversation).where(Conversation.id == conversation)
    _changed(session, dropped.values(sealed_phone=None, relay_epoch_id=None, version=Conversation.version + 1))
    case = select(Conversation.case_id).where(Conversation.id == conversation).scalar_subquery()
    _changed(session, update(Case).where(Case.id == case).values(may_answer=False))


def _changed(session: Session, statement: Any) -> bool:
    """Execute an update and tell whether it changed a row."""
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return bool(done.rowcount)
