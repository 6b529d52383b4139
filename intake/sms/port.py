"""What the hotline says to a provider of text messages and hears from it, in words that belong to none of them.

Everything behind this module works with any provider. Numbers and texts are left out of every repr.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol


class Retry(StrEnum):
    """When a text that was refused may be handed over again."""

    NEVER = "never"
    LATER = "later"
    TOMORROW = "tomorrow"


@dataclass(frozen=True, slots=True)
class Media:
    """Something that came with a text and lies at the provider: its id there, and the kind that the provider names."""

    ref: str
    mime: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text as it came, with where it came from (E.164) and at which of our numbers."""

    provider: str
    provider_id: str
    account: str
    sender: str = field(repr=False)
    to: str = field(repr=False)
    text: str = field(repr=False)
    media: tuple[Media, ...]
    received_at: datetime


class State(StrEnum):
    """What is known of a text on its way out."""

    SENDING = "sending"
    ACCEPTED = "accepted"
    QUEUED = "queued"
    LEAVING = "leaving"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELED = "canceled"
    READ = "read"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took a text over under this id; where it reports on texts at all, it does so later."""

    provider_id: str
    state: State = State.ACCEPTED


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider did not take a text over, so nobody got it.

    `permanent` says that this phone will not take it later either, `ours` that we must mend something first.
    """

    code: str
    permanent: bool
    ours: bool
    retry: Retry


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether the provider took a text over, so it must not be handed over again."""


# Reports come out of order. One counts only if it tells more than what is known already.
RANKS: Final = {
    State.SENDING: -2,
    State.UNKNOWN: -1,
    State.ACCEPTED: 0,
    State.QUEUED: 1,
    State.LEAVING: 2,
    State.SENT: 3,
    State.DELIVERED: 4,
    State.UNDELIVERED: 4,
    State.FAILED: 4,
    State.CANCELED: 4,
    State.REJECTED: 4,
    State.READ: 5,
}
# The next part of a long answer may follow from here on.
LEFT: Final = frozenset({State.SENT, State.DELIVERED, State.READ})
# For so long a provider's own report is waited for before a person is told of a text whose fate is unknown.
UNKNOWN_AFTER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Status:
    """A provider's report on a text that it was handed: `reference` is ours, `provider_id` its own.

    `permanent` says that this phone takes no text from us, whatever we try.
    """

    reference: str | None
    provider_id: str | None
    state: State
    code: str | None
    permanent: bool = False


class Gateway(Protocol):
    """A way to a provider. It takes its time, so it is never called inside a transaction."""

    @property
    def name(self) -> str:
        """Give the provider's name, as it stands in `Inbound.provider`."""
        ...

    def send(
        self, *, text: str, to: str, sender: str, reference: str, expires_seconds: int
    ) -> Accepted | Rejected | Unknown:
        """Hand over one text for `to` from our number `sender`; after `expires_seconds` it need not arrive any more.

        Reports on it bring `reference` back. Raises nothing for what a network or a provider does.
        """
        ...


def tells_more(new: State, known: State) -> bool:
    """Decide whether a report changes what is known of a text."""
    return RANKS[new] > RANKS[known]
