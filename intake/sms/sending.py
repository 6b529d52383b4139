"""Sending what waits for a worker's phone, once: what may have left already is told to a person and never sent again.

A provider has no way to be told "this is the same text as before". So a text's row says "sending" before the provider
is asked, and whoever finds it saying so knows that its worker died on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake.sms import conversations, fates, following, restraint
from intake.sms.conversation import hour_for
from intake.sms.conversations import ConversationChanged
from intake.sms.destination import Destination, destination
from intake.sms.models import OutgoingText
from intake.sms.outgoing import FIRST_TOPIC, SEND_TOPIC, Kind, Text
from intake.sms.port import UNKNOWN_AFTER, Accepted, Gateway, Rejected, Retry, State, Unknown
from service import outbox
from service.outbox import DeliveryFailed, DeliveryRefused
from service.rows import Rows, insert_all
from service.runtime import Runtime

# A question that arrives hours late asks about nothing, and an answer may meet another person with the phone: who said
# yes an hour ago may be among others by now.
_QUESTION_EXPIRES: Final = timedelta(hours=4)
EXPIRES: Final = {
    Kind.PROMPT: _QUESTION_EXPIRES,
    Kind.NEWS: _QUESTION_EXPIRES,
    Kind.STOP: _QUESTION_EXPIRES,
    Kind.CONTENT: timedelta(hours=1),
}
# For so long a text may wait here. News waits for its worker's hours, of which every week has some; the last text may
# hold the digits that undo an erasure, for which the number is kept for a day (parting.py).
WAITS: Final = {**EXPIRES, Kind.NEWS: timedelta(days=8), Kind.STOP: timedelta(days=1)}
TOMORROW: Final = timedelta(hours=24)
# So long another number of ours is asked first, after a provider refused one.
_NUMBER_RESTS: Final = timedelta(hours=1)
# Codes of ours beside a provider's, for a text that was not handed over.
EXPIRED: Final = "expired"
NOWHERE: Final = "nowhere"


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends texts: a gateway for each provider that is set up, by its name."""

    gateways: Mapping[str, Gateway]
    _resting: dict[str, datetime] = field(default_factory=dict, repr=False, compare=False)

    def send(self, runtime: Runtime, payload: dict[str, Any]) -> None:
        """Hand one text over, as the outbox's handler of `sms.send`. It may be asked twice and sends once.

        Raises DeliveryFailed where it cannot be handed over now, so that it is tried again.
        """
        self._send(runtime, payload, SEND_TOPIC)

    def send_first(self, runtime: Runtime, payload: dict[str, Any]) -> None:
        """Hand over the answer to a number's first text, as `send` does: the outbox's handler of `sms.first`."""
        self._send(runtime, payload, FIRST_TOPIC)

    def _send(self, runtime: Runtime, payload: dict[str, Any], topic: str) -> None:
        text, now = _read(payload), runtime.clock.now()
        to = _destination(runtime, text)
        if to is None or now >= text.due_at + WAITS[text.kind]:
            _give_up(runtime, text, to, now)
            return
        gateway = self.gateways.get(to.provider)
        if gateway is None:
            raise DeliveryFailed("sms_not_configured")
        if text.kind is Kind.NEWS and _waits_for_hours(runtime, text, topic, now):
            return
        with runtime.database.session(write=True) as session:
            if _holds_back(session, runtime, text, topic, now) or not _may_leave(session, runtime, text, to, now):
                return
        outcome = self._hand_over(gateway, text, to, now)
        _end(runtime, text, outcome, gateway, now)

    def _hand_over(self, gateway: Gateway, text: Text, to: Destination, now: datetime) -> Accepted | Rejected | Unknown:
        """Ask the provider, from the number that the worker wrote to, or from another where that one may not send."""
        ours = [to.ours, *(number for number in gateway.numbers if number != to.ours)]
        outcome: Accepted | Rejected | Unknown = Unknown()
        for number in sorted(ours, key=lambda one: self._resting.get(one, now) > now):
            outcome = gateway.send(
                text=text.text,
                to=to.phone,
                sender=number,
                reference=text.reference.hex(),
                expires_seconds=int(EXPIRES[text.kind].total_seconds()),
            )
            if not (isinstance(outcome, Rejected) and outcome.blocks_number):
                break
            self._resting[number] = now + _NUMBER_RESTS
        return outcome


def _read(payload: Mapping[str, Any]) -> Text:
    try:
        return Text.read(payload)
    except (KeyError, TypeError, ValueError):
        raise DeliveryRefused("payload_rejected") from None


def _destination(runtime: Runtime, text: Text) -> Destination | None:
    with runtime.database.session() as session:
        return destination(session, runtime, text.conversation_id, text.kind)


def _holds_back(session: Session, runtime: Runtime, text: Text, topic: str, now: datetime) -> bool:
    """Put off what the hotline says by itself while too much of that leaves; drop a question that comes too late.

    What a caseworker wrote, the question whether its worker can talk, and the last text to whoever wants no more of
    them always leave; but a crowd of numbers whose first text is STOP waits like any other.
    """
    is_free = text.answer_id is not None or (text.kind is Kind.STOP and topic != FIRST_TOPIC)
    if is_free or session.get(OutgoingText, text.reference) is not None:
        return False
    pause = restraint.wait(session, now, runtime.settings.sms_per_hour, is_first=topic == FIRST_TOPIC)
    if not pause:
        return False
    if now + pause < text.due_at + WAITS[text.kind]:
        outbox.enqueue(session, topic, text.payload(), due_at=now + pause, random=runtime.random)
    return True


def _waits_for_hours(runtime: Runtime, text: Text, topic: str, now: datetime) -> bool:
    """Put news back that would leave outside its worker's hours, as they are by now; say whether it was put back.

    What the conversation remembers of the question moves with it, so that no 1 answers it before it was asked.
    """
    with runtime.database.session() as session:
        known = conversations.of_id(session, runtime, text.conversation_id)
        row = session.get(OutgoingText, text.reference)
    if known is None or (row is not None and row.state != State.REJECTED):
        return False
    remembered = known.memory
    moment = hour_for(remembered.state, now)
    if moment <= now:
        return False
    talk_at = remembered.state.talk_at
    if talk_at is not None and talk_at >= text.due_at:
        remembered = replace(remembered, state=replace(remembered.state, talk_at=moment))
    try:
        with runtime.database.session(write=True) as session:
            conversations.change(session, runtime, known, remembered)
            outbox.enqueue(session, topic, text.payload(), due_at=moment, random=runtime.random)
    except ConversationChanged as error:
        raise DeliveryFailed("sms_written_meanwhile") from error
    return True


def _give_up(runtime: Runtime, text: Text, to: Destination | None, now: datetime) -> None:
    """Leave a text unsent for good, unless it may have left before. Where it is an answer, the desk hears of it."""
    code = NOWHERE if to is None else EXPIRED
    with runtime.database.session(write=True) as session:
        known = _known(session, text)
        if known is None and text.answer_id is not None:
            _insert(session, text, State.FAILED, now, code=code)
        elif known is not None and known.state == State.REJECTED:
            refused = update(OutgoingText).where(OutgoingText.id == text.reference)
            fates.changed(session, refused.values(state=State.FAILED, code=code))
        elif known is not None:
            _call_unknown(session, runtime, text, to, known.look_at, now)
        fates.tell_desk(session, text.reference, now=now, random=runtime.random)


def _may_leave(session: Session, runtime: Runtime, text: Text, to: Destination, now: datetime) -> bool:
    """Note that a text is about to leave, unless it may have left before."""
    look_at = now + UNKNOWN_AFTER
    known = _known(session, text)
    if known is None:
        _insert(session, text, State.SENDING, now, look_at=look_at)
        return True
    if known.state == State.REJECTED:
        again = update(OutgoingText).where(OutgoingText.id == text.reference)
        return fates.changed(session, again.values(state=State.SENDING, code=None, look_at=look_at))
    _call_unknown(session, runtime, text, to, known.look_at, now)
    return False


def _known(session: Session, text: Text) -> Any:
    """Read what is known of a text, for whoever changes it."""
    columns = select(OutgoingText.state, OutgoingText.look_at).where(OutgoingText.id == text.reference)
    return session.execute(columns.with_for_update()).one_or_none()


def _call_unknown(
    session: Session, runtime: Runtime, text: Text, to: Destination | None, look_at: datetime | None, now: datetime
) -> None:
    """Have a text followed whose row still says "sending": its worker died, and the provider may have it since then."""
    if not fates.advance(session, text.reference, State.UNKNOWN):
        return
    handed_over_at = look_at - UNKNOWN_AFTER if look_at is not None else now
    if to is not None:
        insert_all(session, [following.first_row(runtime, text, to.provider, handed_over_at)])
    fates.tell_desk(session, text.reference, now=now, random=runtime.random)


def _insert(
    session: Session,
    text: Text,
    state: State,
    now: datetime,
    *,
    code: str | None = None,
    look_at: datetime | None = None,
) -> None:
    row = {
        "id": text.reference,
        "conversation_id": text.conversation_id,
        "state": str(state),
        "sealed_provider_id": None,
        "code": code,
        "made_on": now.date(),
        "look_at": look_at,
        "answer_id": text.answer_id,
        "ends_answer": text.ends_answer,
    }
    insert_all(session, [Rows(OutgoingText, [row], once=True)])


def _end(
    runtime: Runtime, text: Text, outcome: Accepted | Rejected | Unknown, gateway: Gateway, handed_over_at: datetime
) -> None:
    """Write down what a provider answered. Raises DeliveryFailed where the text is to be handed over again."""
    now = runtime.clock.now()
    with runtime.database.session(write=True) as session:
        is_for_tomorrow = isinstance(outcome, Rejected) and outcome.retry is Retry.TOMORROW
        # A day later most texts would say nothing any more, and would come beside the foreman.
        is_over = is_for_tomorrow and now + TOMORROW >= text.due_at + WAITS[text.kind]
        _note(session, runtime, text.reference, outcome, is_over=is_over)
        fates.tell_desk(session, text.reference, now=now, random=runtime.random)
        if is_for_tomorrow and not is_over:
            outbox.enqueue(session, SEND_TOPIC, text.payload(), due_at=now + TOMORROW, random=runtime.random)
        if gateway.keeps and not isinstance(outcome, Rejected):
            is_named = isinstance(outcome, Accepted)
            insert_all(session, [following.first_row(runtime, text, gateway.name, handed_over_at, is_named=is_named)])
    if isinstance(outcome, Rejected) and outcome.retry is Retry.LATER:
        if outcome.ours:
            raise DeliveryFailed("sms_refused_for_a_reason_of_ours")
        raise DeliveryFailed("sms_refused_for_now")


def _note(
    session: Session, runtime: Runtime, reference: bytes, outcome: Accepted | Rejected | Unknown, *, is_over: bool
) -> None:
    """Write down what a provider answered; `is_over` says that what it refused is not handed over again."""
    if isinstance(outcome, Unknown):
        fates.advance(session, reference, State.UNKNOWN)
    elif isinstance(outcome, Accepted):
        if fates.advance(session, reference, outcome.state, look_at=None):
            fates.name(session, runtime, reference, outcome.provider_id)
    else:
        # Where somebody else called it unknown meanwhile, it stays with the person who is told of it.
        refused = update(OutgoingText).where(OutgoingText.id == reference, OutgoingText.state == State.SENDING)
        state = State.FAILED if is_over or outcome.retry is Retry.NEVER else State.REJECTED
        fates.changed(session, refused.values(state=state, code=outcome.code, look_at=None))
        if outcome.permanent:
            fates.give_phone_up(session, reference)
