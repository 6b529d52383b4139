"""A hotline without a provider: phones that exist in this process's memory, for `leeward sms` and for the demo.

What they show is plaintext, so it is never written anywhere, and a real service never has this gateway.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from intake.sms.port import Accepted, Inbound, MediaGone, Sought, State, Status
from service.clock import Clock

NAME: Final = "console"
ACCOUNT: Final = "console"
# Fictional, as every number from 555-0100 to 555-0199 is.
OUR_NUMBER: Final = "+16045550100"
# A demo that runs for a summer forgets its oldest phones, and each phone its oldest texts.
PHONES: Final = 200
TEXTS: Final = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as a phone shows it."""

    text: str = field(repr=False)
    from_worker: bool
    at: datetime


class Console:
    """Phones, each with the texts that it sent and got, in order."""

    name = NAME
    numbers = (OUR_NUMBER,)
    # What is on a phone's screen is there, and nobody else has it.
    keeps = False

    def __init__(self, clock: Clock, random: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._random = random
        self._phones: OrderedDict[str, list[Shown]] = OrderedDict()
        self._lock = threading.Lock()

    def send(self, *, text: str, to: str, sender: str, reference: str, expires_seconds: int) -> Accepted:
        """Show a text on a phone, which is there at once."""
        self._show(to, text, from_worker=False)
        return Accepted(self._random(16).hex(), State.SENT)

    def look(self, sought: Sought) -> Status | None:
        """Know nothing of a text: whatever was sent is on its phone already."""
        return None

    def arrived(self, since: datetime) -> tuple[Inbound, ...]:
        """List nothing: no text waits anywhere."""
        return ()

    def recorded(self, since: datetime, until: datetime) -> tuple[Inbound, ...]:
        """List nothing: nobody can speak to it."""
        return ()

    def fetch(self, provider_id: str, ref: str, *, most: int) -> bytes:
        """Fetch nothing: nothing lies anywhere. Raises MediaGone."""
        raise MediaGone

    def erase(self, provider_id: str, media: Sequence[str] = ()) -> bool:
        """Erase nothing: there is no copy."""
        return False

    def type(self, phone: str, text: str) -> Inbound:
        """Show a text that a phone sends, and give it as it comes in."""
        self._show(phone, text, from_worker=True)
        return Inbound(NAME, self._random(16).hex(), ACCOUNT, phone, OUR_NUMBER, text, (), self._clock.now())

    def shown(self, phone: str) -> tuple[Shown, ...]:
        """Give what a phone shows, the oldest first."""
        with self._lock:
            return tuple(self._phones.get(phone, ()))

    def _show(self, phone: str, text: str, *, from_worker: bool) -> None:
        with self._lock:
            texts = self._phones.setdefault(phone, [])
            texts.append(Shown(text, from_worker, self._clock.now()))
            del texts[:-TEXTS]
            self._phones.move_to_end(phone)
            while len(self._phones) > PHONES:
                self._phones.popitem(last=False)
