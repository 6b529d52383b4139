"""Two workers on one phone: whose text it is, by the digits that it begins with. Neither one's case meets the other's.

The first writes as before. Whoever says that they are somebody new gets six digits, and a text that begins with them
opens a conversation of its own, under an HMAC of number and digits. Within half an hour of such a text, one without
digits is the same person's. What the server sends to that phone it sends only while nobody on it has asked for silence.
"""

import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from intake import codes
from intake.sms import conversations, numbers
from intake.sms.arriving import Arrival
from intake.sms.conversation import Effect, Turn
from intake.sms.conversations import CaseErased, ConversationChanged, Known
from intake.sms.memory import Memory
from service.runtime import Runtime

# So long a text without digits belongs to whoever wrote with digits last.
STILL_THERE: Final = timedelta(minutes=30)
_TRIES: Final = 3


def whose(session: Session, runtime: Runtime, arrival: Arrival, host: Known | None) -> Arrival:
    """Give the text as it arrives for the person who wrote it: without their digits, under their own name.

    `host` is the conversation of whoever wrote from this phone first, if there is one.
    """
    guests = host.memory.guests if host else ()
    found = codes.leading(arrival.inbound.text)
    if found is not None:
        code, rest = found
        name = _name(runtime, arrival.inbound.sender, code)
        if name.hex() in guests or _has_conversation(session, runtime, name):
            return replace(arrival, phone_hmac=name, inbound=replace(arrival.inbound, text=rest))
    elif host is not None and _is_there(host.memory, arrival):
        return replace(arrival, phone_hmac=bytes.fromhex(host.memory.guest or ""))
    return arrival


def remembered(runtime: Runtime, memory: Memory, turn: Turn, arrival: Arrival) -> Memory:
    """Remember for the phone's first conversation the digits that a turn tells somebody new."""
    if Effect.SHARE not in turn.effects or turn.code is None:
        return memory
    return replace(memory, guests=(*memory.guests, _name(runtime, arrival.inbound.sender, turn.code).hex()))


def note_guest(runtime: Runtime, phone_hmac: bytes, arrival: Arrival) -> None:
    """Remember for the phone's first conversation who wrote last, so that the next text may come without digits."""
    for _ in range(_TRIES):
        with runtime.database.session() as session:
            host = _known(session, runtime, phone_hmac)
        if host is None:
            return
        memory = replace(host.memory, guest=arrival.phone_hmac.hex(), guest_until=arrival.now + STILL_THERE)
        try:
            with runtime.database.session(write=True) as session:
                conversations.change(session, runtime, host, memory)
                return
        except ConversationChanged:
            continue


def wants_silence(session: Session, runtime: Runtime, phone_hmac: bytes | None, memory: Memory, phone: str) -> bool:
    """Say whether somebody else on the same phone asked that nothing be sent to it.

    `phone_hmac` and `memory` are those of the conversation that would send something.
    """
    first = numbers.phone_hmac(runtime, phone)
    names = set(memory.guests)
    if phone_hmac is not None and phone_hmac != first:
        host = _known(session, runtime, first)
        names = {first.hex(), *(host.memory.guests if host else ())} - {phone_hmac.hex()}
    others = (_known(session, runtime, bytes.fromhex(name)) for name in names)
    return any(one is not None and one.memory.state.anew().mute for one in others)


def _is_there(memory: Memory, arrival: Arrival) -> bool:
    return memory.guest is not None and memory.guest_until is not None and arrival.now <= memory.guest_until


def _has_conversation(session: Session, runtime: Runtime, name: bytes) -> bool:
    return _known(session, runtime, name) is not None


def _known(session: Session, runtime: Runtime, name: bytes) -> Known | None:
    try:
        return conversations.of_phone(session, runtime, name)
    except CaseErased:
        return None


def _name(runtime: Runtime, phone: str, code: str) -> bytes:
    """Name a person on a phone, as `numbers.phone_hmac` names the phone."""
    return hmac.digest(runtime.secret("phone-index"), phone.encode() + b"\0" + code.encode(), "sha256")
