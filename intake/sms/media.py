"""Pictures and other files that come with a text: fetched from the provider, sealed as attachments, erased there.

They are fetched once the case is routed, so that they are sealed for whoever reads it and for nobody else. The file is
in memory alone. What cannot be taken is said to the worker, in their language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crypto.envelope import MessageType, Origin, Recipient
from intake.attachments import FILE_LIMIT, FileInMemory, FilesRefused, SealedAttachments, seal_attachments
from intake.line import is_read
from intake.sms import conversations, outgoing, restraint
from intake.sms.adding import who_reads
from intake.sms.arriving import language_of
from intake.sms.conversation import Turn, hour_for
from intake.sms.conversations import CaseErased, ConversationChanged, Known
from intake.sms.copies import Batch
from intake.sms.memory import Memory
from intake.sms.models import InboundText
from intake.sms.port import Gateway, MediaGone, MediaTooLarge, ProviderAway
from intake.sms.sealing import Link, Told, seal_text
from intake.sms.texts import Kind
from intake.sms.texts import text as say
from referrals.case import Reader, last_digest, lock_case, message_rows, next_position
from referrals.directory.snapshot import Snapshot, read_snapshot
from referrals.referral import worker_wrote
from service import audit
from service.outbox import DeliveryFailed
from service.rows import Rows, insert_all
from service.runtime import Runtime

_TRY_AGAIN: Final = timedelta(minutes=1)
# Whoever sends ten files that nobody can open need not be told ten times.
_SAID_AGAIN: Final = timedelta(minutes=10)
# Of a file, a text of its worker and a desk at once one starts anew; so many times in a row is no accident.
_TRIES: Final = 8
_FROM_WORKER: Final = (MessageType.REPORT, MessageType.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """What fetches media: a gateway for each provider that is set up, by its name."""

    gateways: Mapping[str, Gateway]

    def take(self, runtime: Runtime, payload: dict[str, Any]) -> None:
        """Take in what came with a text, as the outbox's handler of `sms.media`. It may be asked twice and adds once.

        While the case is held it waits under a new row. Raises DeliveryFailed while the provider cannot be asked.
        """
        batch = Batch.read(payload)
        gateway = self.gateways.get(batch.provider)
        if gateway is None:
            raise DeliveryFailed("sms_not_configured")
        now = runtime.clock.now()
        known = _known(runtime, batch)
        if known is not None and known.holding is not None:
            _put(runtime, [batch.row(runtime, now + _TRY_AGAIN)])
        elif known is None or _is_taken(runtime, batch):
            _put(runtime, batch.erasing(runtime, now))
        else:
            _take(runtime, gateway, batch)


def _take(runtime: Runtime, gateway: Gateway, batch: Batch) -> None:
    files, refused = _fetched(gateway, batch)
    for _ in range(_TRIES):
        known = _known(runtime, batch)
        if known is None or known.holding is not None:
            break
        try:
            _keep(runtime, batch, known, files, refused)
        except (ConversationChanged, IntegrityError):
            continue
        return
    raise DeliveryFailed("sms_written_meanwhile")


def _fetched(gateway: Gateway, batch: Batch) -> tuple[list[FileInMemory], int]:
    """Fetch what can be fetched, and count what cannot. Raises DeliveryFailed where a later try may do better."""
    files: list[FileInMemory] = []
    refused = 0
    for ref in batch.refs:
        try:
            # All of it together is in memory.
            most = FILE_LIMIT - sum(file.size for file in files)
            files.append(FileInMemory("", gateway.fetch(batch.provider_id, ref, most=most)))
        except (MediaGone, MediaTooLarge):
            refused += 1
        except ProviderAway as error:
            raise DeliveryFailed("provider_away") from error
    return files, refused


def _keep(runtime: Runtime, batch: Batch, known: Known, files: Sequence[FileInMemory], refused: int) -> None:
    """Seal files and keep them with the message that names them. Raises ConversationChanged and IntegrityError."""
    now = runtime.clock.now()
    with runtime.database.session() as session:
        snapshot = read_snapshot(session, now)
        link = Link(*last_digest(session, known.case_id, _FROM_WORKER))
        readers = who_reads(session, snapshot, known)
    if not is_read(readers):
        # Everybody handed the case back; nothing is erased at the provider before somebody has it.
        raise DeliveryFailed("sms_nobody_reads")
    sealed, unreadable = _sealed(runtime, known.case_id, files, [recipient for _, recipient in readers])
    remembered, answer = _answer(runtime, known, now) if refused + unreadable else (known.memory, [])
    try:
        rows = [
            Rows(InboundText, [{"id_hmac": batch.id_hmac(runtime), "received_on": now.date()}]),
            *batch.erasing(runtime, now),
            *answer,
        ]
        with runtime.database.session(write=True) as session:
            # Whoever wrote meanwhile has changed the version, and with it the chain that this follows.
            conversations.change(session, runtime, known, remembered)
            insert_all(session, rows)
            if sealed:
                _store(session, runtime, known, sealed, link, (readers, snapshot))
    finally:
        for one in sealed:
            one.close()


def _sealed(
    runtime: Runtime, case_id: bytes, files: Sequence[FileInMemory], recipients: Sequence[Recipient]
) -> tuple[list[SealedAttachments], int]:
    """Seal each file for itself, so that one that nobody can take does not cost the others; count those."""
    sealed, unreadable = [], 0
    for file in files:
        try:
            sealed.append(seal_attachments(runtime, case_id, [file], recipients, origin=Origin.SMS))
        except FilesRefused:
            unreadable += 1
    return sealed, unreadable


def _store(
    session: Session,
    runtime: Runtime,
    known: Known,
    sealed: Sequence[SealedAttachments],
    link: Link,
    seen: tuple[tuple[tuple[Reader, Recipient], ...], Snapshot],
) -> None:
    readers, snapshot = seen
    now, case = runtime.clock.now(), lock_case(session, known.case_id)
    for_whom = [reader for reader, _ in readers]
    if [reader for reader, _ in who_reads(session, snapshot, known)] != for_whom:
        raise ConversationChanged
    if case.standby_key_id != known.standby_key_id or Link(*last_digest(session, case.id, _FROM_WORKER)) != link:
        raise ConversationChanged
    entries = tuple(entry for one in sealed for entry in one.entries)
    message = seal_text(
        runtime,
        Told("", (), language_of(known.memory.state), now.date(), entries),
        link,
        case_id=case.id,
        recipients=[recipient for _, recipient in readers],
    )
    place = next_position(session, case.id)
    insert_all(
        session, message_rows(message, for_whom, known.keys, position=place, day=now.date(), random=runtime.random)
    )
    for one in sealed:
        place += 1
        one.store(session, for_whom, known.keys, position=place, day=now.date(), random=runtime.random)
    audit.record(session, {"action": "files.from_worker", "case": case.id.hex()}, day=now.date(), random=runtime.random)
    worker_wrote(session, case, now=now, random=runtime.random)
    session.flush()


def _answer(runtime: Runtime, known: Known, now: datetime) -> tuple[Memory, list[Rows]]:
    """Say that something could not be taken, where anything may be said; give what is remembered then, and the rows."""
    state, refused_at = known.memory.state, known.memory.refused_at
    if state.mute or (refused_at is not None and now - refused_at < _SAID_AGAIN):
        return known.memory, []
    moment = hour_for(state, now)
    turn = Turn(
        state, (say(Kind.CANNOT, state.locale),), said=(Kind.CANNOT,), not_before=moment if moment > now else None
    )
    remembered, turn = restraint.within_the_day(known.memory, turn, now.date())
    return replace(remembered, refused_at=now), outgoing.of_turn(runtime, known.id, turn, now)


def _known(runtime: Runtime, batch: Batch) -> Known | None:
    with runtime.database.session() as session:
        try:
            return conversations.of_id(session, runtime, batch.conversation_id)
        except CaseErased:
            return None


def _is_taken(runtime: Runtime, batch: Batch) -> bool:
    taken = select(InboundText.id_hmac).where(InboundText.id_hmac == batch.id_hmac(runtime))
    with runtime.database.session() as session:
        return session.scalar(taken) is not None


def _put(runtime: Runtime, rows: Sequence[Rows]) -> None:
    with runtime.database.session(write=True) as session:
        insert_all(session, rows)
