"""The way back: a receipt opens the answers to a report, and lets its worker write more.

The receipt and what is read with it live in memory for one request. An unknown, an expired and an erased receipt are
one failure, `ReceiptUnknown`, at one price: the key derivation is paid before anything is looked up.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crypto import envelope, receipt, suite
from crypto.envelope import Envelope, MessageType, Origin, Recipient, Signer, SignerKind
from crypto.receipt import ReceiptKeys
from crypto.suite import KeyPair
from intake import submission
from intake.attachments import GivenFile, SealedAttachments, digests_of, seal_attachments
from intake.document import message_document
from intake.line import is_read, readers_of
from intake.replies import Reply, open_reply, signers_of
from intake.report import Intake
from referrals import notices
from referrals.case import (
    CaseKeys,
    Reader,
    keys_of,
    last_digest,
    lock_case,
    mailbox_case,
    mailbox_key,
    mailbox_messages,
    message_rows,
    next_position,
)
from referrals.directory.hours import first_open
from referrals.directory.models import Organization
from referrals.holidays import zone_name
from referrals.models import Case, Message, Referral
from referrals.referral import LIVE, worker_wrote
from service import audit
from service.keystore import KeyDestroyed
from service.rows import insert_all
from service.runtime import Runtime
from service.throttle import TooBusy

# A case goes to others once or twice in its life; not while each of several files is sealed.
_TRIES: Final = 3


class ReceiptUnknown(Exception):
    """Nothing can be opened with these digits."""


class NobodyListens(Exception):
    """No organization holds this case any more, so nothing could be sealed for anyone."""


@dataclass(frozen=True, slots=True)
class MailboxView:
    """What a worker sees with their receipt: the state, who has it, what comes next by when, and the answers.

    `timezone` names the clock of the place that the case is about, on which a worker is told times.
    """

    state: str
    organization_name: str
    next_step_by: datetime | None
    timezone: str
    late: bool
    may_answer: bool
    answers: tuple[Reply, ...]
    unreadable: int


def read(intake: Intake, digits: str) -> MailboxView:
    """Open a mailbox. Raises ReceiptMistyped before any look-up, ReceiptUnknown, and TooBusy."""
    keys = intake.receipts.derive(receipt.parse(digits))
    runtime = intake.runtime
    with runtime.database.session() as session:
        case_id = case_of(session, intake, keys)
        try:
            pair = _answers_key(session, intake, keys) or keys.mailbox
            sealed = mailbox_messages(session, runtime.keystore, case_id)
        except KeyDestroyed as error:
            raise ReceiptUnknown from error
        state = _state(session, case_id)
        leader = intake.directory.current(session).members.get(state.organization_id or b"")
        signers = signers_of(session, case_id)
    opened = [open_reply(message, case_id, pair, signers) for message in sealed]
    due = state.due_at
    if due is not None and state.state == "received" and leader is not None:
        # Nobody reads it while the organization is closed, and after Send no earlier hour was named.
        due = first_open(leader, due)
    return MailboxView(
        state=state.state,
        organization_name=state.organization_name,
        next_step_by=due,
        timezone=zone_name(state.area),
        late=due is not None and due < runtime.clock.now(),
        may_answer=state.may_answer,
        answers=tuple(answer for answer in opened if answer is not None),
        unreadable=opened.count(None),
    )


def write(
    intake: Intake, digits: str, text: str, locale: str, submission_id: str = "", files: Sequence[GivenFile] = ()
) -> None:
    """Add what a worker writes later to their case, sealed for whoever has it and whoever stands by.

    The same text and files sent again with the same submission id are kept once. Raises ReceiptMistyped,
    ReceiptUnknown, NobodyListens, FilesRefused and TooBusy; then nothing is stored.
    """
    keys = intake.receipts.derive(receipt.parse(digits))
    runtime = intake.runtime
    now = runtime.clock.now()
    message_id = _message_id(runtime, submission_id, "".join((text, *digests_of(files))), now)
    words = _Words(keys, message_id, text, locale, now)
    for _ in range(_TRIES):
        sealing = _sealed(intake, words, files)
        if sealing is None:
            return
        with sealing.attachments:
            try:
                is_new = _add(intake, words, sealing)
            except _ReadersChanged:
                continue
        if is_new and intake.numbers is not None:
            intake.numbers.message_accepted()
        return
    raise TooBusy


@dataclass(frozen=True, slots=True, repr=False)
class _Words:
    """What a worker writes more, on its way to the database."""

    keys: ReceiptKeys
    message_id: bytes
    text: str
    locale: str
    now: datetime


@dataclass(frozen=True, slots=True)
class _Sealing:
    """Files that were sealed, and for whom; no files were sealed for nobody."""

    attachments: SealedAttachments = field(default_factory=SealedAttachments)
    readers: tuple[tuple[Reader, Recipient], ...] = ()


class _ReadersChanged(Exception):
    """While files were sealed, the case went to others than they are sealed for."""


def _sealed(intake: Intake, words: _Words, files: Sequence[GivenFile]) -> _Sealing | None:
    """Seal files for who reads the case now, before any transaction; None where the same Send is kept already."""
    if not files:
        return _Sealing()
    runtime = intake.runtime
    with runtime.database.session() as session:
        case_id = case_of(session, intake, words.keys)
        if session.get(Message, words.message_id) is not None:
            return None
        readers = readers_of(session, intake.directory.current(session), case_id, _keys_of(session, runtime, case_id))
    if not is_read(readers):
        raise NobodyListens
    recipients = [recipient for _, recipient in readers]
    return _Sealing(seal_attachments(runtime, case_id, files, recipients, origin=Origin.FORM), readers)


def _add(intake: Intake, words: _Words, sealing: _Sealing) -> bool:
    """Seal and store a message with its files; False where the same Send is kept already."""
    runtime, today = intake.runtime, words.now.date()
    with runtime.database.session(write=True) as session:
        case = lock_case(session, case_of(session, intake, words.keys))
        if session.get(Message, words.message_id) is not None:
            return False
        case_keys = _keys_of(session, runtime, case.id)
        readers = readers_of(session, intake.directory.current(session), case.id, case_keys)
        if not is_read(readers):
            raise NobodyListens
        if sealing.attachments.files and readers != sealing.readers:
            raise _ReadersChanged
        signer: Signer | None = Signer(SignerKind.REPORTER, words.keys.signing_seed)
        if _answers_key_id(session, intake, words.keys) is not None:
            # The report came by text, so it says nothing of a key that its worker would sign with.
            signer = None
        sealed = _seal(session, runtime, case.id, words, sealing, [recipient for _, recipient in readers], signer)
        for_whom = [reader for reader, _ in readers]
        position = next_position(session, case.id)
        insert_all(
            session, message_rows(sealed, for_whom, case_keys, position=position, day=today, random=runtime.random)
        )
        sealing.attachments.store(session, for_whom, case_keys, position=position + 1, day=today, random=runtime.random)
        worker_wrote(session, case, now=words.now, random=runtime.random)
        entry = {"action": "message.from_worker", "case": case.id.hex()}
        audit.record(session, entry, day=today, random=runtime.random)
    return True


def _keys_of(session: Session, runtime: Runtime, case_id: bytes) -> CaseKeys:
    try:
        return keys_of(session, runtime.keystore, case_id)
    except KeyDestroyed as error:
        raise ReceiptUnknown from error


def _seal(
    session: Session,
    runtime: Runtime,
    case_id: bytes,
    words: _Words,
    sealing: _Sealing,
    recipients: Sequence[Recipient],
    signer: Signer | None,
) -> Envelope:
    seq, prev = last_digest(session, case_id, (MessageType.REPORT, MessageType.FOLLOW_UP))
    document = message_document(
        seq=seq,
        prev=prev,
        day=words.now.date(),
        locale=words.locale,
        fields={"text": words.text},
        attachments=sealing.attachments.entries,
    )
    return envelope.seal(
        json.dumps(document, ensure_ascii=False).encode(),
        message_type=MessageType.FOLLOW_UP,
        origin=Origin.FORM,
        case_id=case_id,
        message_id=words.message_id,
        recipients=recipients,
        signer=signer,
        random=runtime.random,
    )


def allow_contact(intake: Intake, digits: str, *, allowed: bool) -> None:
    """Take a worker's word on whether they may be contacted; everyone who has the case is told to look.

    Raises ReceiptMistyped before any look-up, ReceiptUnknown, and TooBusy.
    """
    keys = intake.receipts.derive(receipt.parse(digits))
    runtime = intake.runtime
    now = runtime.clock.now()
    with runtime.database.session(write=True) as session:
        case = lock_case(session, case_of(session, intake, keys))
        if case.may_answer == allowed:
            return
        case.may_answer = allowed
        has_it = (Referral.case_id == case.id, Referral.status.in_((*LIVE, "closed")))
        told = session.scalars(update(Referral).where(*has_it).values(unread=True).returning(Referral.organization_id))
        for organization_id in sorted(told):
            notices.tell(session, organization_id, urgency=case.urgency, now=now, random=runtime.random)
        entry = {"action": "case.contact_allowed" if allowed else "case.contact_refused", "case": case.id.hex()}
        audit.record(session, entry, day=now.date(), random=runtime.random)


def _answers_key(session: Session, intake: Intake, keys: ReceiptKeys) -> KeyPair | None:
    """Give the server's key for the answers of a case that came by text. Raises KeyDestroyed."""
    key_id = _answers_key_id(session, intake, keys)
    if key_id is None:
        return None
    found = intake.runtime.keystore.get_many([key_id])
    if key_id not in found:
        raise KeyDestroyed
    return suite.key_pair(found[key_id])


def _answers_key_id(session: Session, intake: Intake, keys: ReceiptKeys) -> bytes | None:
    return mailbox_key(session, intake.runtime.lookup_hmac(keys.lookup))


def _message_id(runtime: Runtime, submission_id: str, text: str, now: datetime) -> bytes:
    """Name a message by its Send, so that the same Send can't be kept twice; random where the id is not one of ours."""
    raw_id = submission.recognize(runtime.secret("submission"), submission_id, now)
    if raw_id is None:
        return runtime.random(16)
    told = b"leeward/1/follow-up\0" + raw_id + text.encode()
    return hmac.digest(runtime.secret("pepper"), told, "sha256")[:16]


@dataclass(frozen=True, slots=True)
class _State:
    state: str
    organization_id: bytes | None
    organization_name: str
    due_at: datetime | None
    area: str | None
    may_answer: bool


def case_of(session: Session, intake: Intake, keys: ReceiptKeys) -> bytes:
    """Find the case that a receipt's keys belong to. Raises ReceiptUnknown."""
    case_id = mailbox_case(session, intake.runtime.lookup_hmac(keys.lookup))
    if case_id is None:
        raise ReceiptUnknown
    return case_id


def _state(session: Session, case_id: bytes) -> _State:
    """Read who leads a case now. A case that everybody declined has nobody."""
    row = session.execute(
        select(Case.state, Case.area, Case.may_answer, Organization.id, Organization.name, Referral.due_at)
        .select_from(Case)
        .outerjoin(Referral, (Referral.case_id == Case.id) & Referral.status.in_((*LIVE, "closed")))
        .outerjoin(Organization, Organization.id == Referral.organization_id)
        .where(Case.id == case_id)
        .order_by((Referral.kind == "primary").desc(), Referral.place)
        .limit(1)
    ).one()
    return _State(row.state, row.id, row.name or "", row.due_at, row.area, row.may_answer)
