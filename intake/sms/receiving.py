"""Taking in a text: sealed before anything else, kept once, answered through the outbox, all in one transaction.

Everything that costs time is done before the transaction begins. It then holds only if nobody else changed the same
conversation meanwhile; else it is done anew. Nothing of a text or a number is logged.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crypto.envelope import MessageType
from intake.line import is_read
from intake.sms import conversations, parting, sharing, spool, towns
from intake.sms.adding import add_text, who_reads
from intake.sms.arriving import Arrival, Seen
from intake.sms.conversation import SILENCE, Effect, Turn, is_over, next_text
from intake.sms.conversations import CaseErased, ConversationChanged, Known
from intake.sms.index import Name
from intake.sms.models import InboundText
from intake.sms.opening import open_conversation
from intake.sms.port import Inbound
from intake.sms.sealing import Link
from intake.sms.state import State
from referrals.case import last_digest
from referrals.directory.snapshot import Directory, Snapshot
from referrals.geography.places import resolve
from service.keystore import KeyDestroyed
from service.runtime import Runtime
from service.throttle import TooBusy

if TYPE_CHECKING:
    from service.metrics import Metrics

# Of two texts of one number at once, in two processes, one starts anew; so many times in a row is no accident.
_TRIES: Final = 32
_LINES: Final = 64
_FROM_WORKER: Final = (MessageType.REPORT, MessageType.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class Hotline:
    """What taking in a text stands on; built once for an app."""

    runtime: Runtime
    directory: Directory
    numbers: "Metrics | None" = None
    _lines: tuple[threading.Lock, ...] = field(
        default_factory=lambda: tuple(threading.Lock() for _ in range(_LINES)), repr=False, compare=False
    )

    @contextmanager
    def line(self, name: Name) -> Iterator[None]:
        """Let the texts of one number pass one after another, as far as this process sees them."""
        with self._lines[(name.every or (bytes(1),))[0][0] % _LINES]:
            yield


def receive(hotline: Hotline, inbound: Inbound) -> None:
    """Take in one text; a text that was taken in before does nothing.

    Raises what the database raises where it is away, and TooBusy; then nothing is stored, and the text must be kept by
    other means (`intake.sms.spool`).
    """
    spool.ready(hotline.runtime)
    arrival = Arrival.of(hotline.runtime, inbound)
    with hotline.line(arrival.name):
        for _ in range(_TRIES):
            try:
                return _take(hotline, arrival)
            except (ConversationChanged, IntegrityError, KeyDestroyed):
                continue
    raise TooBusy


def _take(hotline: Hotline, arrival: Arrival) -> None:
    runtime = hotline.runtime
    with runtime.database.session() as session:
        taken = select(InboundText.id_hmac).where(InboundText.id_hmac == arrival.id_hmac)
        if session.scalar(taken) is not None:
            return
        host_name = arrival.name
        arrival, seen, host = _look(session, hotline, arrival)
    if parting.undo(runtime, arrival):
        return
    known = seen.known
    is_guest = arrival.name != host_name
    area, language = towns.number_area(arrival.inbound.sender), arrival.inbound.language
    begun = State(number_area=area, language=language, shared=is_guest)
    state = sharing.counted(known.memory.state if known else begun, host)
    if arrival.inbound.unasked and (known is None or is_over(state, arrival.written_at)):
        arrival = replace(arrival, inbound=replace(arrival.inbound, text=SILENCE))
    turn = _turn(runtime, state, arrival)
    is_report = known is None or Effect.NEW_CASE in turn.effects
    if known is not None and known.holding is None and not is_read(seen.readers) and not is_report:
        # Nobody has the case any more. What is written now must not lie where nobody looks, so it is the first of a
        # case; only silence that was asked for outlasts the one before.
        is_report, turn = True, _turn(runtime, state.anew(), arrival)
    if known is None or is_report:
        replaced = known.row if known is not None else seen.replaced
        open_conversation(runtime, arrival, replace(seen, replaced=replaced), turn)
    else:
        add_text(runtime, arrival, seen, known, turn)
    if is_guest:
        sharing.note_guest(runtime, host_name, arrival, turn)
    if hotline.numbers is not None and is_report:
        hotline.numbers.report_accepted("sms")
    elif hotline.numbers is not None:
        hotline.numbers.message_accepted()


def _look(session: Session, hotline: Hotline, arrival: Arrival) -> tuple[Arrival, Seen, Known | None]:
    """Look up what the text is added to; it arrives for whoever of those who share its phone has written it.

    Where that is not whoever wrote there first, theirs comes too.
    """
    runtime = hotline.runtime
    snapshot = hotline.directory.current(session)
    seen = _seen(session, runtime, snapshot, arrival)
    own = sharing.whose(session, runtime, arrival, seen.known)
    if own.name == arrival.name:
        return arrival, seen, None
    return own, _seen(session, runtime, snapshot, own), seen.known


def _seen(session: Session, runtime: Runtime, snapshot: Snapshot, arrival: Arrival) -> Seen:
    try:
        known = conversations.of_phone(session, runtime, arrival.name)
    except CaseErased as erased:
        return Seen(snapshot, replaced=erased.conversation)
    if known is None:
        return Seen(snapshot)
    link = Link(*last_digest(session, known.case_id, _FROM_WORKER))
    readers = who_reads(session, snapshot, known) if known.holding is None else ()
    return Seen(snapshot, known, link=link, readers=readers)


def _turn(runtime: Runtime, state: State, arrival: Arrival) -> Turn:
    return next_text(
        state,
        arrival.inbound.text,
        now=arrival.now,
        written_at=arrival.written_at,
        resolve_place=resolve,
        random=runtime.random,
    )
