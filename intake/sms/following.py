"""Following a text that a provider took over, or may have taken over, until its fate is known and its copy is erased.

A report that never came is asked for, so nothing hangs on a webhook that arrived while we were away. What the provider
does not know ten minutes later, it never took over, so it is handed over once more. What the provider cannot say is a
person's to find out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update

from crypto.rejected import EnvelopeRejected
from intake.sms import erasing, fates, numbers
from intake.sms.models import Conversation, OutgoingText
from intake.sms.numbers import PhoneForgotten
from intake.sms.outgoing import SEND_TOPIC, Text
from intake.sms.port import FINAL, UNKNOWN_AFTER, Gateway, ProviderAway, Sought, State, Status, TooEarly
from service import outbox
from service.outbox import DeliveryFailed
from service.rows import Rows, insert_all
from service.runtime import Runtime

FOLLOW_TOPIC: Final = "sms.follow"
# When a text is looked after, counted from its handing over. Most are settled by a report before the first.
LOOKS: Final = (
    timedelta(minutes=2),
    UNKNOWN_AFTER,
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)
# Our code for a text that its provider does not know.
NEVER_TAKEN: Final = "never_taken"


@dataclass(frozen=True, slots=True)
class Followed:
    """A text that is followed. `text` is its payload, and None once the provider's id for it is known."""

    conversation_id: bytes
    reference: bytes
    provider: str
    handed_over_at: datetime
    text: Mapping[str, Any] | None = field(default=None, repr=False)
    look: int = 0

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Followed":
        """Read a payload of FOLLOW_TOPIC."""
        return cls(
            bytes.fromhex(payload["conversation"]),
            bytes.fromhex(payload["reference"]),
            payload["provider"],
            datetime.fromisoformat(payload["handed_over_at"]),
            payload["text"],
            payload["look"],
        )

    def row(self, runtime: Runtime) -> Rows:
        """Give its outbox row, due at its next look."""
        payload = {
            "conversation": self.conversation_id.hex(),
            "reference": self.reference.hex(),
            "provider": self.provider,
            "handed_over_at": self.handed_over_at.isoformat(),
            "text": self.text,
            "look": self.look,
        }
        due_at = self.handed_over_at + LOOKS[self.look]
        return outbox.rows(FOLLOW_TOPIC, [payload], due_at=due_at, key=runtime.secret("outbox"), random=runtime.random)


def first_row(runtime: Runtime, text: Text, provider: str, handed_over_at: datetime, *, is_named: bool = False) -> Rows:
    """Have a text followed; where its provider's id is not known, with all that it takes to hand it over again."""
    payload = None if is_named else text.payload()
    return Followed(text.conversation_id, text.reference, provider, handed_over_at, payload).row(runtime)


@dataclass(frozen=True, slots=True)
class Follower:
    """What looks after texts: a gateway for each provider that is set up, by its name."""

    gateways: Mapping[str, Gateway]

    def follow(self, runtime: Runtime, payload: dict[str, Any]) -> None:
        """Look after one text, as the outbox's handler of `sms.follow`.

        Raises DeliveryFailed while the provider cannot be asked.
        """
        followed = Followed.read(payload)
        gateway = self.gateways.get(followed.provider)
        if gateway is None:
            raise DeliveryFailed("sms_not_configured")
        known = _known(runtime, followed)
        if known is None:
            return
        state, provider_id = known
        if state not in FINAL:
            state, provider_id = _look(runtime, gateway, followed, state, provider_id)
        is_last = followed.look == len(LOOKS) - 1
        if provider_id is not None and (state in FINAL or is_last):
            try:
                erasing.erase_sent(runtime, gateway, followed.conversation_id, provider_id)
                return
            except ProviderAway as error:
                raise DeliveryFailed("provider_away") from error
            except TooEarly as error:
                if is_last:
                    raise DeliveryFailed("provider_still_at_work") from error
        if not is_last and (state not in FINAL or provider_id is not None):
            _look_again(runtime, followed, is_named=provider_id is not None)


def _known(runtime: Runtime, followed: Followed) -> tuple[State, str | None] | None:
    """Read a text's state and what its provider calls it; None where it is long forgotten."""
    row = select(OutgoingText.state, OutgoingText.sealed_provider_id).where(OutgoingText.id == followed.reference)
    with runtime.database.session() as session:
        found = session.execute(row).one_or_none()
    if found is None:
        return None
    named = found.sealed_provider_id
    return State(found.state), numbers.open_provider_id(runtime, named, followed.reference) if named else None


def _look(
    runtime: Runtime, gateway: Gateway, followed: Followed, state: State, provider_id: str | None
) -> tuple[State, str | None]:
    """Ask the provider and write down what it says; give what is known then.

    Where it cannot be asked, the next look comes all the same, and a person hears of it meanwhile.
    """
    sought = _sought(runtime, followed, provider_id)
    is_late = runtime.clock.now() >= followed.handed_over_at + UNKNOWN_AFTER
    status = None
    if sought is not None:
        try:
            status = gateway.look(sought)
        except (ProviderAway, TooEarly):
            sought = None
    if status is None and sought is not None and provider_id is None and is_late:
        if _hand_over_again(runtime, followed):
            return State.FAILED, None
        status = Status(followed.reference.hex(), None, State.FAILED, NEVER_TAKEN)
    if status is not None:
        fates.settle(runtime, status)
        return _known(runtime, followed) or (state, provider_id)
    if is_late and state is State.UNKNOWN:
        with runtime.database.session(write=True) as session:
            fates.tell_desk(
                session, followed.reference, now=runtime.clock.now(), random=runtime.random, insist=followed.look == 1
            )
    return state, provider_id


def _sought(runtime: Runtime, followed: Followed, provider_id: str | None) -> Sought | None:
    """Say what is looked for; None where it has no name at the provider and its number is forgotten."""
    reference = followed.reference.hex()
    if provider_id is not None:
        return Sought(reference, provider_id, "", "", followed.handed_over_at)
    conversation = select(Conversation.sealed_phone, Conversation.relay_epoch_id).where(
        Conversation.id == followed.conversation_id
    )
    named = select(OutgoingText.id, OutgoingText.sealed_provider_id).where(
        OutgoingText.conversation_id == followed.conversation_id, OutgoingText.sealed_provider_id.is_not(None)
    )
    with runtime.database.session() as session:
        found = session.execute(conversation).one_or_none()
        others = session.execute(named).all()
    if found is None:
        return None
    try:
        phone = numbers.open_phone(runtime, found.sealed_phone, found.relay_epoch_id, followed.conversation_id)
        known = frozenset(numbers.open_provider_id(runtime, one.sealed_provider_id, one.id) for one in others)
    except (PhoneForgotten, EnvelopeRejected):
        return None
    words = str(followed.text["text"]) if followed.text else ""
    return Sought(reference, None, phone, words, followed.handed_over_at, known)


def _hand_over_again(runtime: Runtime, followed: Followed) -> bool:
    """Hand a text over once more that its provider never took; False for a second time, or where somebody else acts."""
    if followed.text is None or followed.text["again"]:
        return False
    now = runtime.clock.now()
    lost = update(OutgoingText).where(
        OutgoingText.id == followed.reference, OutgoingText.state.in_((State.UNKNOWN, State.SENDING))
    )
    with runtime.database.session(write=True) as session:
        if not fates.changed(session, lost.values(state=State.REJECTED, code=NEVER_TAKEN, look_at=None)):
            return False
        payload = {**followed.text, "again": True}
        outbox.enqueue(session, SEND_TOPIC, payload, due_at=now, random=runtime.random)
        fates.tell_desk(session, followed.reference, now=now, random=runtime.random)
    return True


def _look_again(runtime: Runtime, followed: Followed, *, is_named: bool) -> None:
    later = replace(followed, look=followed.look + 1, text=None if is_named else followed.text)
    with runtime.database.session(write=True) as session:
        insert_all(session, [later.row(runtime)])
