"""What the hotline remembers of a conversation besides its texts, sealed under the case key and bound to it.

With the case key it goes for good, in every backup. It holds no text of the worker's and not the worker's number.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from crypto import symmetric
from intake.sms.state import State

# A memory's length must not tell where the conversation stands.
_PADDED_TO: Final = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """A conversation between two texts.

    `state` is the machine's. `ours` is the number of ours that was written to last, at `provider`; `first_at` is the
    first text. `waiting` are the answers (message ids in hex) that go out when the worker says that they can talk, and
    `told` those that went that way, so that none goes twice. On a phone that several write from (sharing.py), `code`
    are one's own digits; the first one's memory has the others' digits (`guests`), and whose came last (`guest`), until
    when that counts. `replies` is how many texts of the hotline's own answered this phone on the day `replied_on`
    (restraint.py), and `refused_at` when it was told last that something could not be taken (media.py).
    """

    state: State
    provider: str
    ours: str = field(repr=False)
    first_at: datetime
    waiting: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    guest: str | None = None
    guest_until: datetime | None = None
    code: str | None = None
    replied_on: date | None = None
    replies: int = 0
    refused_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        """Say whether nothing at all may go to this phone any more, so that its number need not be kept to answer."""
        state = self.state
        return state.silenced or state.friend_phone or (state.forgotten and not state.erasing)


def seal(memory: Memory, key: bytes, *, conversation_id: bytes, random: Callable[[int], bytes]) -> bytes:
    """Seal a memory under its case key."""
    told = {
        "state": memory.state.to_json(),
        "provider": memory.provider,
        "ours": memory.ours,
        "first_at": memory.first_at.isoformat(),
        "waiting": memory.waiting,
        "told": memory.told,
        "guests": memory.guests,
        "guest": memory.guest,
        "guest_until": memory.guest_until.isoformat() if memory.guest_until else None,
        "code": memory.code,
        "replied_on": memory.replied_on.isoformat() if memory.replied_on else None,
        "replies": memory.replies,
        "refused_at": memory.refused_at.isoformat() if memory.refused_at else None,
    }
    raw = json.dumps(told, separators=(",", ":")).encode()
    # JSON does not mind spaces behind it.
    padded = raw.ljust(-(-len(raw) // _PADDED_TO) * _PADDED_TO)
    return symmetric.seal(key, padded, aad=_place(conversation_id), random=random)


def open_(sealed: bytes, key: bytes, *, conversation_id: bytes) -> Memory:
    """Open what `seal` sealed. Raises EnvelopeRejected."""
    told = json.loads(symmetric.open_(key, sealed, aad=_place(conversation_id)))
    return Memory(
        state=State.from_json(told["state"]),
        provider=told["provider"],
        ours=told["ours"],
        first_at=datetime.fromisoformat(told["first_at"]),
        waiting=tuple(told["waiting"]),
        told=tuple(told["told"]),
        guests=tuple(told.get("guests", ())),
        guest=told.get("guest"),
        guest_until=datetime.fromisoformat(told["guest_until"]) if told.get("guest_until") else None,
        code=told.get("code"),
        replied_on=date.fromisoformat(told["replied_on"]) if told.get("replied_on") else None,
        replies=told.get("replies", 0),
        refused_at=datetime.fromisoformat(told["refused_at"]) if told.get("refused_at") else None,
    )


def _place(conversation_id: bytes) -> bytes:
    return b"leeward/1/sms-state\0" + conversation_id
