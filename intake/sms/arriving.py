"""A text as it arrives, and what the database held at that moment: what taking it in is decided on."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from crypto.envelope import Recipient
from intake.sms import index, numbers
from intake.sms.conversation import Effect, Turn
from intake.sms.conversations import Known
from intake.sms.index import NOBODY, Name
from intake.sms.memory import Memory
from intake.sms.models import Conversation, InboundText
from intake.sms.numbers import SealedPhone
from intake.sms.port import Inbound
from intake.sms.sealing import Link, Told
from intake.sms.settling import UNKNOWN_LANGUAGE
from intake.sms.state import State
from referrals.case import Reader
from referrals.directory.snapshot import Snapshot
from service import audit
from service.rows import Rows
from service.runtime import Runtime

# What waited longer than this at a provider or in the spool is not taken in any more (reconciling.py, spool.py).
_LATE_AT_MOST: Final = timedelta(days=7)
# What the audit trail says of a worker's wish.
_WISHES = {
    Effect.OPT_OUT: "phone.opted_out",
    Effect.OPT_IN: "phone.opted_in",
    Effect.SILENCE: "phone.silenced",
    Effect.FORGET: "phone.forgotten",
    Effect.ERASE: "case.erasure_asked",
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A text as it arrives, with the names under which it and its number are looked up.

    `code` are the digits of whoever wrote it, on a phone that several write from (sharing.py).
    """

    inbound: Inbound
    name: Name
    id_hmac: bytes
    now: datetime
    code: str | None = None

    @classmethod
    def of(cls, runtime: Runtime, inbound: Inbound) -> "Arrival":
        """Look at a text now."""
        return cls(
            inbound,
            index.name_of(runtime, inbound.sender) if inbound.sender else NOBODY,
            numbers.inbound_hmac(runtime, inbound.provider, inbound.provider_id),
            runtime.clock.now(),
        )

    @property
    def written_at(self) -> datetime:
        """Give when the text was written: it may have waited, but no provider's clock is ahead of ours."""
        return min(self.now, max(self.inbound.received_at, self.now - _LATE_AT_MOST))

    def told(self, state: State) -> Told:
        """Give what the text says, for its envelope."""
        media = tuple(one.mime for one in self.inbound.media)
        return Told(self.inbound.text, media, language_of(state), self.now.date())

    def phone(self, runtime: Runtime, remembered: Memory, conversation_id: bytes) -> SealedPhone | None:
        """Seal the number anew, unless nothing may ever be sent to it."""
        return None if remembered.is_closed else numbers.seal_phone(runtime, self.inbound.sender, conversation_id)

    def row(self) -> Rows:
        """Give the row by which this text is known again."""
        return Rows(InboundText, [{"id_hmac": self.id_hmac, "received_on": self.now.date()}])

    def audit_rows(self, runtime: Runtime, action: str, case_id: bytes, turn: Turn) -> list[Rows]:
        """Give the audit entries of the text: that it came, and what its worker wishes about texts."""
        actions = [action, *(wish for effect, wish in _WISHES.items() if effect in turn.effects)]
        return [
            audit.rows({"action": one, "case": case_id.hex()}, day=self.now.date(), random=runtime.random)
            for one in actions
        ]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database held when a text came.

    `replaced` is an older conversation that gives up its number to this text. `readers` are those of a case that was
    routed.
    """

    snapshot: Snapshot
    known: Known | None = None
    replaced: Conversation | None = None
    link: Link = field(default_factory=Link)
    readers: tuple[tuple[Reader, Recipient], ...] = ()


def language_of(state: State) -> str:
    """Give the tag of a conversation's language, as far as it is more than a guess."""
    return state.language or UNKNOWN_LANGUAGE


def may_answer(state: State) -> bool:
    """Say whether a caseworker's answer could go out."""
    return not state.mute
