"""What the hotline says to a provider of text messages and hears from it, in words that belong to none of them.

Everything behind this module works with any provider. Numbers and texts are left out of every repr.
"""

from collections.abc import Iterable, Sequence
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
    """One text as it came, with where it came from (E.164) and at which of our numbers.

    `sender` is empty where a caller withholds their number.
    """

    provider: str
    provider_id: str
    account: str
    sender: str = field(repr=False)
    to: str = field(repr=False)
    text: str = field(repr=False)
    media: tuple[Media, ...]
    received_at: datetime
    # Whether a copy lies at the provider until we have it erased there.
    kept: bool = False
    # What a caller chose by a digit before they spoke.
    language: str | None = None
    # Whether nobody knows if its sender wants texts, and none is sent unless they said so before.
    unasked: bool = False


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

    `permanent` says that this phone will not take it later either, `ours` that we must mend something first. Where
    `blocks_number` is set, it is our number that may not send now, so another one of ours could.
    """

    code: str
    permanent: bool
    ours: bool
    retry: Retry
    blocks_number: bool = False


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
# Nothing else can become of a text after one of these.
FINAL: Final = frozenset({State.DELIVERED, State.UNDELIVERED, State.FAILED, State.CANCELED, State.READ})
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


@dataclass(frozen=True, slots=True)
class Sought:
    """A text of ours that a provider is asked about: by its own id, else by what we remember of it.

    `since` is when it was handed over; `others` are the provider's ids of other texts of ours to that phone.
    """

    reference: str
    provider_id: str | None
    to: str = field(repr=False)
    text: str = field(repr=False)
    since: datetime
    others: frozenset[str] = field(default=frozenset(), repr=False)


class SignatureInvalid(Exception):
    """No key of ours made this signature over what was posted."""


class NotOurs(Exception):
    """A post is signed, but for another account, or for a number that the settings do not name."""


class Malformed(Exception):
    """A post is signed, but lacks something, has it twice, or has it in another form than its provider's."""


class NoPhone(Exception):
    """It comes from a short code or a sender's name, which no worker has and nobody can answer."""


class ProviderAway(Exception):
    """The provider cannot be asked now, or does not let us."""


class MediaGone(Exception):
    """What came with a text does not lie at the provider any more, or never could be fetched."""


class MediaTooLarge(Exception):
    """What came with a text is larger than we take."""


class TooEarly(Exception):
    """The provider is still at work on a text, and erases it only afterwards."""


class Gateway(Protocol):
    """A way to a provider. It takes its time, so it is never called inside a transaction."""

    @property
    def name(self) -> str:
        """Give the provider's name, as it stands in `Inbound.provider`."""
        ...

    @property
    def numbers(self) -> tuple[str, ...]:
        """List our numbers at the provider."""
        ...

    @property
    def keeps(self) -> bool:
        """Say whether the provider keeps a copy of each text, and learns later what became of it."""
        ...

    def send(
        self, *, text: str, to: str, sender: str, reference: str, expires_seconds: int
    ) -> Accepted | Rejected | Unknown:
        """Hand over one text for `to` from our number `sender`; after `expires_seconds` it need not arrive any more.

        Reports on it bring `reference` back. Raises nothing for what a network or a provider does.
        """
        ...

    def look(self, sought: Sought) -> Status | None:
        """Ask what became of a text of ours; None where the provider knows of none such. Raises ProviderAway."""
        ...

    def arrived(self, since: datetime) -> Iterable[Inbound]:
        """List the texts that came to our numbers and still lie at the provider, oldest first. Raises ProviderAway."""
        ...

    def recorded(self, since: datetime, until: datetime) -> Iterable[Inbound]:
        """List the spoken messages of a time that still lie at the provider, oldest first. Raises ProviderAway."""
        ...

    def fetch(self, provider_id: str, ref: str, *, most: int) -> bytes:
        """Fetch what came with a text, of at most so many bytes. No address from outside is ever opened for it.

        Raises MediaGone, MediaTooLarge, and ProviderAway.
        """
        ...

    def erase(self, provider_id: str, media: Sequence[str] = ()) -> bool:
        """Erase the provider's copy of a text: what came with it, its words, then all of it. What is gone is no fault.

        False says that this provider erases by itself and is asked for nothing. Raises TooEarly and ProviderAway; then
        some of it may be gone already.
        """
        ...


def tells_more(new: State, known: State) -> bool:
    """Decide whether a report changes what is known of a text."""
    return RANKS[new] > RANKS[known]
