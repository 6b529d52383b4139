"""Having a provider erase its copy of a text, once ours is safe with whoever answers for the case.

What is asked waits in the outbox and is tried again; that it was done stands in the audit trail.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.rejected import EnvelopeRejected
from intake.sms import numbers
from intake.sms.copies import ERASE_TOPIC, erase_row
from intake.sms.models import Conversation, OutgoingText
from intake.sms.port import Gateway, ProviderAway, TooEarly
from service import audit, outbox
from service.outbox import DeliveryFailed
from service.rows import Rows, insert_all
from service.runtime import Runtime

# The copy of a text that nobody can read yet is kept: a lost database would else lose it for good.
_TRY_AGAIN: Final = timedelta(minutes=5)
ERASED: Final = "provider.erased"
# Copies of what left earlier are gone since its last look (following.py).
_MAY_LIE_THERE: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Eraser:
    """What has copies erased: a gateway for each provider that is set up, by its name."""

    gateways: Mapping[str, Gateway]

    def erase(self, runtime: Runtime, payload: dict[str, Any]) -> None:
        """Have the copy of a text that came erased, as the outbox's handler of `sms.erase`.

        While the case is held it waits under a new row, so that it never ends as a dead letter for that.
        """
        conversation_id = bytes.fromhex(payload["conversation"])
        gateway = self.gateways.get(payload["provider"])
        if gateway is None:
            raise DeliveryFailed("sms_not_configured")
        held = select(Conversation.id).where(
            Conversation.id == conversation_id, Conversation.holding_key_id.is_not(None)
        )
        with runtime.database.session() as session:
            is_held = session.scalar(held) is not None
        if is_held:
            _later(runtime, payload)
            return
        try:
            is_done = gateway.erase(payload["id"], payload["media"])
        except TooEarly:
            _later(runtime, payload)
            return
        except ProviderAway as error:
            raise DeliveryFailed("provider_away") from error
        if is_done:
            note(runtime, conversation_id)


def erase_sent(runtime: Runtime, gateway: Gateway, conversation_id: bytes, provider_id: str) -> None:
    """Have the copy of a text of ours erased. Raises TooEarly and ProviderAway."""
    if gateway.erase(provider_id):
        note(runtime, conversation_id)


def forget_sent(session: Session, runtime: Runtime, conversation_id: bytes, provider: str, now: datetime) -> None:
    """Have a provider erase now, or as soon as it can, what it was handed for a conversation, to be forgotten."""
    texts = select(OutgoingText.id, OutgoingText.sealed_provider_id).where(
        OutgoingText.conversation_id == conversation_id,
        OutgoingText.sealed_provider_id.is_not(None),
        OutgoingText.made_on >= (now - _MAY_LIE_THERE).date(),
    )
    rows: list[Rows] = []
    for text in session.execute(texts):
        # A name that does not open any more was sealed before the secret key was replaced.
        with suppress(EnvelopeRejected):
            provider_id = numbers.open_provider_id(runtime, text.sealed_provider_id, text.id)
            rows.append(erase_row(runtime, conversation_id, provider, provider_id, [], due_at=now))
    insert_all(session, rows)


def note(runtime: Runtime, conversation_id: bytes) -> None:
    """Write into the audit trail that a provider's copy of a text of the case is gone."""
    with runtime.database.session(write=True) as session:
        case_id = session.scalar(select(Conversation.case_id).where(Conversation.id == conversation_id))
        if case_id is not None:
            entry = {"action": ERASED, "case": case_id.hex()}
            audit.record(session, entry, day=runtime.clock.now().date(), random=runtime.random)


def _later(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    due_at = runtime.clock.now() + _TRY_AGAIN
    with runtime.database.session(write=True) as session:
        outbox.enqueue(session, ERASE_TOPIC, payload, due_at=due_at, random=runtime.random)
