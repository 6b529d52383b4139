"""Two workers on one phone: whose text it is, by the digits that it begins with. Neither one's case meets the other's.

The first writes as before. Whoever says that they are somebody new gets six digits, and a text that begins with them
opens a conversation of its own, under an HMAC of number and digits. Within half an hour of such a text, one without
digits is the same person's. What the server sends to that phone it sends only while nobody on it has asked for silence.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from intake import codes
from intake.sms import conversations, index
from intake.sms.arriving import Arrival
from intake.sms.conversation import Effect, Turn
from intake.sms.conversations import CaseErased, ConversationChanged, Known
from intake.sms.index import FIRST_ID, Name
from intake.sms.memory import Memory
from intake.sms.state import State
from service.runtime import Runtime

# So long a text without digits belongs to whoever wrote with digits last.
STILL_THERE: Final = timedelta(minutes=30)
_TRIES: Final = 3
# Memories from before index keys had ids hold whom they name by 64 hexadecimal signs, and not by six digits.
_AS_A_NAME: Final = 64


def whose(session: Session, runtime: Runtime, arrival: Arrival, host: Known | None) -> Arrival:
    """Give the text as it arrives for the person who wrote it: without their digits, under their own name.

    `host` is the conversation of whoever wrote from this phone first, if there is one.
    """
    guests = host.memory.guests if host else ()
    found = codes.leading(arrival.inbound.text)
    if found is not None:
        code, rest = found
        name = index.name_of(runtime, arrival.inbound.sender, code)
        is_told = not {code, *(one.hex() for one in name.every)}.isdisjoint(guests)
        if is_told or _known(session, runtime, name) is not None:
            return replace(arrival, name=name, code=code, inbound=replace(arrival.inbound, text=rest))
    elif host is not None and _is_there(host.memory, arrival):
        guest = host.memory.guest or ""
        name = _name(runtime, arrival.inbound.sender, guest)
        return replace(arrival, name=name, code=None if len(guest) == _AS_A_NAME else guest)
    return arrival


def remembered(memory: Memory, turn: Turn) -> Memory:
    """Remember for the phone's first conversation the digits that a turn tells somebody new."""
    if Effect.SHARE not in turn.effects or turn.code is None:
        return memory
    return replace(memory, guests=(*memory.guests, turn.code))


def counted(state: State, host: Known | None) -> State:
    """Count new people for the phone and not for each one on it: `host` is whoever wrote there first, if another."""
    if host is None:
        return state
    return replace(state, shares=host.memory.state.shares, shared_on=host.memory.state.shared_on)


def note_guest(runtime: Runtime, host_name: Name, arrival: Arrival, turn: Turn) -> None:
    """Remember for the phone's first conversation who wrote last, so that the next text may come without digits.

    Whom the turn tells digits is one more on the phone.
    """
    for _ in range(_TRIES):
        with runtime.database.session() as session:
            host = _known(session, runtime, host_name)
        if host is None:
            return
        memory, until = host.memory, arrival.written_at + STILL_THERE
        # A text that comes late ends nobody's half hour, but one that a clock ahead of time has set ends.
        if memory.guest_until is None or not until < memory.guest_until <= arrival.now + STILL_THERE:
            memory = replace(memory, guest=arrival.code or arrival.name.hmac.hex(), guest_until=until)
        shares = replace(memory.state, shares=turn.state.shares, shared_on=turn.state.shared_on)
        memory = remembered(replace(memory, state=shares), turn)
        if arrival.code is not None:
            names = {one.hex() for one in arrival.name.every}
            guests = tuple(arrival.code if one in names else one for one in memory.guests)
            memory = replace(memory, guests=guests)
        try:
            with runtime.database.session(write=True) as session:
                conversations.change(session, runtime, host, memory)
                return
        except ConversationChanged:
            continue


def wants_silence(session: Session, runtime: Runtime, phone_hmac: bytes | None, memory: Memory, phone: str) -> bool:
    """Say whether another conversation on the same phone asked that nothing be sent to it.

    `phone_hmac` and `memory` are those of the conversation that would send something. It has no `phone_hmac` while the
    digits that undo an erasure are told, and is nobody's by name then.
    """
    first = index.name_of(runtime, phone)
    host = None if phone_hmac in first.every else _known(session, runtime, first)
    guests = {*memory.guests, *(host.memory.guests if host else ())}
    names = (_name(runtime, phone, guest) for guest in guests)
    others = (host, *(_known(session, runtime, name) for name in names if phone_hmac not in name.every))
    return any(one is not None and one.memory.state.anew().mute for one in others)


def _is_there(memory: Memory, arrival: Arrival) -> bool:
    if memory.guest is None or memory.guest_until is None:
        return False
    return timedelta() <= memory.guest_until - arrival.written_at <= STILL_THERE


def _known(session: Session, runtime: Runtime, name: Name) -> Known | None:
    try:
        return conversations.of_phone(session, runtime, name)
    except CaseErased:
        return None


def _name(runtime: Runtime, phone: str, guest: str) -> Name:
    """Name a person on a phone, as a memory has them."""
    if len(guest) == _AS_A_NAME:
        known = bytes.fromhex(guest)
        return Name(known, FIRST_ID, (known,))
    return index.name_of(runtime, phone, guest)
