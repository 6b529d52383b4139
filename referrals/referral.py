"""The lifecycle of a referral: acknowledge, accept, answer, decline, close.

Each change happens under the case's lock, together with its audit entry; nothing here can open a message. What an
organization may do depends on its own referral, so another organization's case is not found.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from crypto import casekey, envelope
from crypto.envelope import Envelope, Header, MessageType, Origin, WrapRole
from referrals import notices
from referrals.case import CaseKeys, CaseNotFound, Reader, keys_of, lock_case, message_rows, next_position, rank_of
from referrals.deadlines import Stage, due_at
from referrals.directory.models import OrganizationEpoch
from referrals.following import following, offer_due
from referrals.models import Case, Message, Referral, Wrap
from service import audit, outbox
from service.keystore import KeyStore
from service.rows import insert_all

DECLINE_REASONS = ("no_capacity", "not_our_work", "language", "conflict_of_interest", "out_of_area", "other")
CLOSING_REASONS = ("resolved", "referred_on", "worker_asked", "unreachable", "duplicate", "not_for_us")
DESTROY_KEY_TOPIC = "key.destroy"
# A case with a phone has a new answer for its worker: whoever speaks with phones takes it from here.
ANSWER_TOPIC = "case.answer"

LIVE = ("offered", "acknowledged", "accepted")
# How far a case is, once the organization with this status leads it.
_STATE_OF_LEADER = {"acknowledged": "acknowledged", "accepted": "in_progress"}


class TransitionRefused(Exception):
    """The change does not fit the referral's state; `code` says which rule stands in the way."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StandbyKeyGone(TransitionRefused):
    """Whoever stands by can be given nothing: the key under which their wraps rest is not there any more."""

    def __init__(self) -> None:
        super().__init__("standby_key_destroyed")


class EnvelopeNotForCase(Exception):
    """A message from a desk that is not what it says: another case, another type, other readers."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The caseworker who acts, and for which organization."""

    caseworker_id: bytes
    organization_id: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What every change of a referral needs besides its session: who acts, on what, and when."""

    actor: Actor
    case_id: bytes
    now: datetime
    keystore: KeyStore
    random: Callable[[int], bytes] = os.urandom


@dataclass(slots=True)
class Held:
    """A case under its lock, with the acting organization's live referral."""

    case: Case
    referral: Referral


def acknowledge(session: Session, change: Change) -> None:
    """Say that a person has seen the case; the clock for taking or declining it starts. Raises TransitionRefused."""
    held = hold(session, change, "offered")
    _advance(session, held, change, status="acknowledged", stage=Stage.OFFER)
    if held.case.state == "received":
        held.case.state = "acknowledged"
    record(session, change, "referral.acknowledged")


def accept(session: Session, change: Change) -> None:
    """Take the case. Whoever leads it makes the standby organizations' wraps unreadable for good."""
    held = hold(session, change, "offered", "acknowledged")
    _advance(session, held, change, status="accepted", stage=Stage.FEEDBACK)
    held.referral.view = "ours"
    held.referral.holder_id = change.actor.caseworker_id
    if held.referral.kind == "primary":
        held.case.state = "in_progress"
        _end_standby(session, held.case, change)
    record(session, change, "referral.accepted")


def decline(session: Session, change: Change, reason: str) -> bytes | None:
    """Hand the case to the next organization in line and give its id; None where nobody is left.

    The next organization's standby wraps are released to it and it is told. Raises TransitionRefused for a reason
    that is not in DECLINE_REASONS, and for a case that was accepted before.
    """
    if reason not in DECLINE_REASONS:
        raise TransitionRefused("unknown_reason")
    held = hold(session, change, "offered", "acknowledged")
    led = held.referral.kind == "primary"
    end(held.referral, change, status="declined", view="others", reason=reason)
    record(session, change, "referral.declined", reason=reason)
    return pass_on(session, held.case, change) if led else None


def close(session: Session, change: Change, reason: str) -> None:
    """End the work on a case for a reason of CLOSING_REASONS. Its worker can still write, which opens it again."""
    if reason not in CLOSING_REASONS:
        raise TransitionRefused("unknown_reason")
    held = hold(session, change, "acknowledged", "accepted")
    end(held.referral, change, status="closed", view="done", reason=reason)
    if held.referral.kind == "primary":
        held.case.state = "closed"
        held.case.closing_reason = reason
        _end_standby(session, held.case, change)
    record(session, change, "referral.closed", reason=reason)


def add_reply(session: Session, change: Change, sealed: Envelope) -> None:
    """Keep an answer for the worker. Raises EnvelopeNotForCase, and TransitionRefused if they asked for no answer."""
    held = hold(session, change, "acknowledged", "accepted")
    if not held.case.may_answer:
        raise TransitionRefused("worker_wants_no_answer")
    _store(session, change, held, sealed, MessageType.REPLY)
    if held.case.channel == "sms" or held.case.linked:
        told = {"case": change.case_id.hex(), "message": Header.parse(sealed.header).message_id.hex()}
        outbox.enqueue(session, ANSWER_TOPIC, told, due_at=change.now, random=change.random)
    # Whoever has not accepted yet must still do that in time.
    if held.referral.status == "accepted":
        _advance(session, held, change, status="accepted", stage=Stage.FEEDBACK)
        held.referral.view = "waiting"
        held.case.state = "waiting_worker"
    record(session, change, "message.replied")


def add_note(session: Session, change: Change, sealed: Envelope) -> None:
    """Keep an internal note that only the own organization reads. Raises EnvelopeNotForCase."""
    held = hold(session, change, *LIVE)
    _store(session, change, held, sealed, MessageType.NOTE)
    record(session, change, "message.noted")


def mark_read(session: Session, actor: Actor, case_id: bytes) -> None:
    """Take the "new message" mark off: the case was opened at this organization's desk. Raises CaseNotFound."""
    marked = session.scalars(
        update(Referral)
        .where(
            Referral.case_id == case_id,
            Referral.organization_id == actor.organization_id,
            Referral.view.is_not(None),
        )
        .values(unread=False)
        .returning(Referral.id)
    )
    if marked.first() is None:
        raise CaseNotFound


def worker_wrote(session: Session, case: Case, *, now: datetime, random: Callable[[int], bytes]) -> None:
    """Put a case before its caseworkers again after its worker wrote, closed cases too. The caller holds the case."""
    referrals = session.scalars(
        select(Referral)
        .where(Referral.case_id == case.id, Referral.status.in_([*LIVE, "closed"]))
        .order_by(Referral.organization_id)
    ).all()
    for referral in referrals:
        if referral.status == "closed":
            referral.status, referral.reason, referral.decided_on = "accepted", None, None
        if referral.status == "accepted":
            due = due_at(Stage.ACKNOWLEDGEMENT, case.urgency, now, case.area)
            if referral.view == "ours" and referral.due_at is not None and referral.due_at > now:
                # Whoever writes again must not wait longer for it.
                due = min(due, referral.due_at)
            referral.view = "ours"
            referral.reason = None
            referral.due_at = due
            referral.rank = rank_of(referral.due_at, random)
        referral.unread = True
        notices.tell(session, referral.organization_id, urgency=case.urgency, now=now, random=random)
    if case.state in ("closed", "waiting_worker"):
        case.state = "in_progress"
        case.closing_reason = None


def hold(session: Session, change: Change, *statuses: str) -> Held:
    """Lock the case and find the acting organization's referral in one of the statuses."""
    mine = select(Referral).where(
        Referral.case_id == change.case_id,
        Referral.organization_id == change.actor.organization_id,
        Referral.view.is_not(None),
    )
    if session.scalars(mine).first() is None:
        raise CaseNotFound
    case = lock_case(session, change.case_id)
    referral = session.scalars(mine.execution_options(populate_existing=True)).one()
    if referral.status not in statuses:
        raise TransitionRefused(f"already_{referral.status}")
    return Held(case, referral)


def _advance(session: Session, held: Held, change: Change, *, status: str, stage: Stage) -> None:
    held.referral.status = status
    _set_due(session, held.referral, held.case, change, stage)


def run_clock(session: Session, referral: Referral, case: Case, change: Change) -> None:
    """Start the clock of an offer anew, at the stage where it is."""
    _set_due(session, referral, case, change, stage_of(referral))


def stage_of(offer: Referral) -> Stage:
    """Say what an offer's clock runs for."""
    return Stage.OFFER if offer.status == "acknowledged" else Stage.ACKNOWLEDGEMENT


def _set_due(session: Session, referral: Referral, case: Case, change: Change, stage: Stage) -> None:
    if stage is Stage.FEEDBACK:
        due = due_at(stage, case.urgency, change.now, case.area)
    else:
        due = offer_due(session, case, referral.organization_id, stage, change.now)
    start_clock(referral, due, change)


def start_clock(referral: Referral, due: datetime, change: Change) -> None:
    """Give a referral a time, and forget that another one was over."""
    referral.reason = None
    referral.due_at = due
    referral.rank = rank_of(due, change.random)


def end(referral: Referral, change: Change, *, status: str, view: str, reason: str) -> None:
    """Let an organization have nothing more to do with a case."""
    referral.status = status
    referral.view = view
    referral.reason = reason
    referral.decided_on = change.now.date()
    referral.due_at = None
    # The latest end first: the queue reads ranks upwards.
    referral.rank = -rank_of(change.now, change.random)
    referral.unread = False


def pass_on(session: Session, case: Case, change: Change) -> bytes | None:
    """Make the next organization in line the primary one: in an emergency a fellow recipient, else who stands by.

    Where nobody is left but one that was told beside the leader and has closed it, the case is closed and theirs: they
    open it again when its worker writes.
    """
    line = following(session, case, change.actor.organization_id, change.now)
    for departed in line.departed:
        _take_out(session, case, departed, change)
    leader = line.leader
    if leader is None:
        _end_standby(session, case, change)
        closed = _closed_beside(session, case)
        if closed is None:
            case.state = "declined"
        else:
            closed.kind, case.state, case.closing_reason = "primary", "closed", closed.reason
        return None
    leader.kind = "primary"
    case.state = _STATE_OF_LEADER.get(leader.status, "received")
    if leader.status == "accepted":
        _end_standby(session, case, change)
    else:
        if leader.status == "standby":
            release(session, case, leader.organization_id, keys_of(session, change.keystore, case.id), change)
            leader.status, leader.view = "offered", "new"
            record(session, change, "wrap.released", to=leader.organization_id.hex())
        run_clock(session, leader, case, change)
    leader.unread = True
    notices.tell(session, leader.organization_id, urgency=case.urgency, now=change.now, random=change.random)
    return leader.organization_id


def _closed_beside(session: Session, case: Case) -> Referral | None:
    closed = select(Referral).where(Referral.case_id == case.id, Referral.status == "closed")
    return session.scalars(closed.order_by(Referral.place).limit(1)).one_or_none()


def release(session: Session, case: Case, organization_id: bytes, keys: CaseKeys, change: Change) -> None:
    """Re-seal one organization's standby wraps under the case key, so that they outlive the standby key."""
    if keys.standby is None:
        raise StandbyKeyGone
    rows = session.scalars(
        select(Wrap)
        .join(Message, Message.id == Wrap.message_id)
        .where(Message.case_id == case.id, Wrap.organization_id == organization_id, Wrap.under_standby_key.is_(True))
    )
    for row in rows:
        names = {"case_id": case.id, "message_id": row.message_id}
        opened = casekey.open_wrap(keys.standby.key, row.sealed_wrap, **names)
        row.sealed_wrap = casekey.seal_wrap(keys.case.key, opened, random=change.random, **names)
        row.under_standby_key = False


def _take_out(session: Session, case: Case, standby: Referral, change: Change) -> None:
    """Let one that may receive nothing any more stand by no longer, for good."""
    standby.status, standby.decided_on = "revoked", change.now.date()
    _delete_standby_wraps(session, case, Wrap.organization_id == standby.organization_id)
    record(session, change, "standby.revoked", of=standby.organization_id.hex())


def _delete_standby_wraps(session: Session, case: Case, *chosen: ColumnElement[bool]) -> None:
    of_case = Wrap.message_id.in_(select(Message.id).where(Message.case_id == case.id))
    session.execute(delete(Wrap).where(Wrap.under_standby_key.is_(True), of_case, *chosen))


def _end_standby(session: Session, case: Case, change: Change) -> None:
    """Let nobody stand by any more: the key goes through the outbox, so that it goes only if this change is kept."""
    session.execute(
        update(Referral)
        .where(Referral.case_id == case.id, Referral.status == "standby")
        .values(status="revoked", decided_on=change.now.date())
    )
    _delete_standby_wraps(session, case)
    if case.standby_key_id is not None:
        outbox.enqueue(
            session,
            DESTROY_KEY_TOPIC,
            {"key_id": case.standby_key_id.hex()},
            due_at=change.now,
            random=change.random,
        )
        case.standby_key_id = None


def _store(session: Session, change: Change, held: Held, sealed: Envelope, kind: MessageType) -> None:
    """Check what a desk says about its envelope against what the envelope says, then keep it."""
    header = Header.parse(sealed.header)
    if (header.case_id, header.type, header.origin) != (change.case_id, kind, Origin.DESK):
        raise EnvelopeNotForCase
    readers = tuple(_reader(session, wrap, change.actor.organization_id) for wrap in sealed.wraps)
    expected = {WrapRole.RECIPIENT, WrapRole.MAILBOX} if kind is MessageType.REPLY else {WrapRole.RECIPIENT}
    if len(readers) != len(expected) or {reader.role for reader in readers} != expected:
        raise EnvelopeNotForCase
    if session.get(Message, header.message_id) is not None:
        raise TransitionRefused("message_already_kept")
    rows = message_rows(
        sealed,
        readers,
        keys_of(session, change.keystore, change.case_id),
        position=next_position(session, change.case_id),
        day=change.now.date(),
        random=change.random,
    )
    insert_all(session, rows)
    held.referral.unread = False


def _reader(session: Session, wrap: bytes, organization_id: bytes) -> Reader:
    """Name the reader of a desk's wrap: the own organization by the kid of one of its epochs, or the mailbox."""
    role = envelope.wrap_role(wrap)
    if role is WrapRole.MAILBOX:
        return Reader(None, role)
    own = session.scalar(
        select(OrganizationEpoch.id).where(
            OrganizationEpoch.kid == envelope.wrap_kid(wrap),
            OrganizationEpoch.organization_id == organization_id,
            OrganizationEpoch.revoked.is_(False),
        )
    )
    if role is not WrapRole.RECIPIENT or own is None:
        raise EnvelopeNotForCase
    return Reader(organization_id, role)


def record(session: Session, change: Change, action: str, **details: str) -> None:
    """Write the change's audit entry, in its transaction."""
    day: date = change.now.date()
    entry = {"action": action, "organization": change.actor.organization_id.hex(), "case": change.case_id.hex()}
    audit.record(session, entry | details, day=day, random=change.random)
