"""Taking in a report: decide who may read it, seal it for them, and store it in one transaction.

Nothing is written before it is sealed, and nothing of what was told is logged.
"""

import json
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crypto import envelope
from crypto.envelope import Envelope, MessageType, Origin, Signer, SignerKind, WrapRole
from crypto.receipt import ReceiptKeys
from intake import submission
from intake.answers import Answers, IntakeClosed, NobodyFits, NothingTold, Submitted
from intake.attachments import FilesRefused, GivenFile, SealedAttachments, digests_of, seal_attachments
from intake.document import message_document, text_of
from intake.facts import area_of, facts_of
from intake.line import Line, has_recipient, line_of, notice_rows, referral_rows
from intake.models import Submission
from intake.receipts import Receipt, ReceiptPool
from intake.submission import Sent
from referrals.candidates import Decision, Facts, Policy
from referrals.case import CaseKeys, message_rows
from referrals.deadlines import Stage, due_at
from referrals.directory import state
from referrals.directory.hours import first_open, is_open
from referrals.directory.snapshot import Directory, Snapshot
from referrals.holidays import zone_name
from referrals.models import Case, Mailbox
from referrals.routing import route
from service import audit
from service.rows import Rows, insert_all
from service.runtime import Runtime
from service.throttle import TooBusy

if TYPE_CHECKING:
    from service.metrics import Metrics

CASE_KEY = "case"
STANDBY_KEY = "standby"
# How often a directory may change while one report is on its way.
_TRIES = 3


class DirectoryChanged(Exception):
    """The report was decided by a directory that is old by now; nothing of it was stored."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What taking in a report stands on; built once for an app."""

    runtime: Runtime
    directory: Directory
    receipts: ReceiptPool
    numbers: "Metrics | None" = None


@dataclass(frozen=True, slots=True)
class _Report:
    """A report on its way from the router to the database."""

    serial: int
    case_id: bytes
    answers: Answers
    facts: Facts
    decision: Decision
    line: Line
    receipt: Receipt
    keys: CaseKeys
    now: datetime


def issue_submission_id(runtime: Runtime) -> str:
    """Make the id for a fresh form; costs no database access."""
    return submission.issue(runtime.secret("submission"), runtime.clock.now(), runtime.random)


def submit(intake: Intake, answers: Answers, submission_id: str, files: Sequence[GivenFile] = ()) -> Submitted:
    """Take in one report and give its worker the way back. A repeated Send gives the first one's answer.

    Raises NothingTold, NobodyFits, IntakeClosed, FilesRefused, and TooBusy where no receipt can be made or no file
    sealed in time; nothing is stored then.
    """
    if answers.tells_nothing() and not files:
        raise NothingTold
    runtime = intake.runtime
    now = runtime.clock.now()
    raw_id = submission.recognize(runtime.secret("submission"), submission_id, now) or runtime.random(36)
    sent = submission.identify(runtime.secret("pepper"), raw_id, answers, digests_of(files))
    first = _first_answer(runtime, sent, now) if files else None
    if first is not None:
        return first
    submitted = _take_in(intake, answers, files, sent, now)
    if intake.numbers is not None:
        intake.numbers.report_accepted("web")
    return submitted


def _take_in(intake: Intake, answers: Answers, files: Sequence[GivenFile], sent: Sent, now: datetime) -> Submitted:
    """Route by the directory in memory, and by the database's own where that is old or leads to nobody."""
    kept = intake.directory.kept()
    if kept is not None:
        with suppress(DirectoryChanged, IntakeClosed, NobodyFits):
            return _route(intake, kept, answers, files, sent, now)
    for _ in range(_TRIES):
        with intake.runtime.database.session(one_statement=True) as session:
            snapshot = intake.directory.current(session)
        with suppress(DirectoryChanged):
            return _route(intake, snapshot, answers, files, sent, now)
    raise TooBusy


def _route(
    intake: Intake, snapshot: Snapshot, answers: Answers, files: Sequence[GivenFile], sent: Sent, now: datetime
) -> Submitted:
    if snapshot.coordinator is None or snapshot.coordinator.epoch is None:
        raise IntakeClosed
    report = _decide(intake, snapshot, answers, now)
    with _sealed(intake, report, files) as attachments:
        return _keep(intake, report, attachments, sent)


def _sealed(intake: Intake, report: _Report, files: Sequence[GivenFile]) -> SealedAttachments:
    recipients = [place.recipient for place in report.line]
    try:
        return seal_attachments(intake.runtime, report.case_id, files, recipients, origin=Origin.FORM)
    except (FilesRefused, TooBusy):
        intake.receipts.give_back(report.receipt)
        raise


def _keep(intake: Intake, report: _Report, attachments: SealedAttachments, sent: Sent) -> Submitted:
    """Store a report with its files in one transaction, or give what the same Send got before.

    Raises DirectoryChanged where the one that it was routed by is not the database's any more.
    """
    runtime, submitted = intake.runtime, _submitted(report)
    rows = _rows(runtime, report, attachments) + _submission_rows(runtime, sent, submitted, report.now)

    def write(session: Session) -> None:
        insert_all(session, rows)
        readers = [place.reader for place in report.line]
        attachments.store(session, readers, report.keys, position=1, day=report.now.date(), random=runtime.random)

    try:
        with runtime.database.session(write=True, one_statement=not attachments.files) as session:
            write(session)
    except IntegrityError:
        try:
            first = _sent_before(runtime, sent, report, write)
        except DirectoryChanged:
            intake.receipts.give_back(report.receipt)
            raise
        if first is not None:
            intake.receipts.give_back(report.receipt)
            return first
    return submitted


def _decide(intake: Intake, snapshot: Snapshot, answers: Answers, now: datetime) -> _Report:
    case_id = intake.runtime.random(16)
    facts = facts_of(answers, case_id)
    decision = route(facts, snapshot.candidates, Policy(now=now, tie_key=intake.runtime.secret("tie")))
    may_pass_on = answers.pass_on == "yes"  # noqa: S105 - an answer, not a password
    line = line_of(decision, snapshot, pass_on=may_pass_on, helper_desk=answers.helper_desk != "no")
    if not has_recipient(line):
        raise NobodyFits
    told = replace(answers, exclude=_names(snapshot, answers.exclude))
    keys = CaseKeys(intake.runtime.keystore.take(CASE_KEY))
    if any(place.role is WrapRole.STANDBY for place in line):
        keys = CaseKeys(keys.case, intake.runtime.keystore.take(STANDBY_KEY))
    return _Report(snapshot.serial, case_id, told, facts, decision, line, intake.receipts.take(), keys, now)


def _names(snapshot: Snapshot, keys: Collection[str]) -> tuple[str, ...]:
    """Name organizations as their caseworkers know them; one that left the directory in the meantime is nobody."""
    return tuple(member.name for member in snapshot.members.values() if member.key in keys)


def _submitted(report: _Report) -> Submitted:
    primary = report.line[0].member
    area = area_of(report.facts.place)
    due = due_at(Stage.ACKNOWLEDGEMENT, report.decision.urgency, report.now, area)
    return Submitted(
        receipt=report.receipt.digits,
        organization_name=primary.name,
        come_back_at=first_open(primary, due),
        timezone=zone_name(area),
        urgency=report.decision.urgency,
        opens_at=None if is_open(primary, report.now) else first_open(primary, report.now),
    )


def _rows(runtime: Runtime, report: _Report, attachments: SealedAttachments) -> list[Rows]:
    today = report.now.date()
    area = area_of(report.facts.place)
    readers = [place.reader for place in report.line]
    sealed = _seal_report(runtime, report, attachments)
    return [
        # Its message refers to it, so that without the case the whole report is refused.
        Rows(Case, [_case_row(report)], only_if=state.unchanged(report.serial)),
        *message_rows(sealed, readers, report.keys, position=0, day=today, random=runtime.random),
        referral_rows(report.line, report.decision, report.case_id, area=area, now=report.now, runtime=runtime),
        Rows(
            Mailbox,
            [
                {
                    "lookup_hmac": runtime.lookup_hmac(report.receipt.keys.lookup),
                    "case_id": report.case_id,
                    "erased": False,
                }
            ],
        ),
        notice_rows(report.line, report.decision, now=report.now, runtime=runtime),
        audit.rows({"action": "report.received", "case": report.case_id.hex()}, day=today, random=runtime.random),
    ]


def _seal_report(runtime: Runtime, report: _Report, attachments: SealedAttachments) -> Envelope:
    """Seal the answers for everyone in the line, signed with the receipt's key."""
    keys: ReceiptKeys = report.receipt.keys
    fields = {name: value for name, value in report.answers.document().items() if value and name != "locale"}
    document = message_document(
        seq=0,
        prev=bytes(32),
        day=report.now.date(),
        locale=report.answers.locale,
        fields=fields,
        attachments=attachments.entries,
    ) | {"mailbox": text_of(keys.mailbox.public_key), "verify": text_of(keys.verify_key)}
    return envelope.seal(
        json.dumps(document, ensure_ascii=False).encode(),
        message_type=MessageType.REPORT,
        origin=Origin.FORM,
        case_id=report.case_id,
        message_id=runtime.random(16),
        recipients=[place.recipient for place in report.line],
        signer=Signer(SignerKind.REPORTER, keys.signing_seed),
        random=runtime.random,
    )


def _case_row(report: _Report) -> dict[str, object]:
    return {
        "id": report.case_id,
        "channel": "web",
        "language": report.answers.locale,
        "area": area_of(report.facts.place),
        "urgency": report.decision.urgency,
        "state": "received",
        "received_on": report.now.date(),
        "may_answer": report.answers.answer_by != "none",
        "closing_reason": None,
        "key_id": report.keys.case.id,
        "standby_key_id": report.keys.standby.id if report.keys.standby else None,
    }


def _submission_rows(runtime: Runtime, sent: Sent, submitted: Submitted, now: datetime) -> list[Rows]:
    row = {
        "id_hmac": sent.id_hmac,
        "digest": sent.digest,
        "sealed_receipt": submission.seal_submitted(sent, submitted, runtime.random),
        "expires_at": now + submission.KEPT_FOR,
    }
    return [Rows(Submission, [row])]


def _first_answer(runtime: Runtime, sent: Sent, now: datetime) -> Submitted | None:
    """Look whether the same Send was taken in before, so that no file is sealed for nothing."""
    with runtime.database.session(one_statement=True) as session:
        row = session.scalars(select(Submission).where(*_same(sent))).one_or_none()
    return submission.open_submitted(sent, row.sealed_receipt) if row is not None and row.expires_at > now else None


def _sent_before(runtime: Runtime, sent: Sent, report: _Report, write: Callable[[Session], None]) -> Submitted | None:
    """Find what the first Send got. After ten minutes the same Send is a report of its own: it is stored, and None.

    Raises DirectoryChanged where that is why the report was refused.
    """
    with runtime.database.session(write=True) as session:
        row = session.scalars(select(Submission).where(*_same(sent))).one_or_none()
        if row is not None and row.expires_at > report.now:
            return submission.open_submitted(sent, row.sealed_receipt)
        if state.serial(session) != report.serial:
            raise DirectoryChanged
        session.execute(delete(Submission).where(*_same(sent)))
        write(session)
    return None


def _same(sent: Sent) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Submission.id_hmac == sent.id_hmac, Submission.digest == sent.digest
