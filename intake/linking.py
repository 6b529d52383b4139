"""One-time digits: they lead from the web to what came by text message, or undo an erasure. Each works once.

Nothing here is stored but an HMAC of the digits, and it is gone with its use or its end. Who holds the digits of a
hotline's conversation gets a receipt of their own for its case: from then on the web shows the answers too.
"""

import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intake.models import OneTimeCode
from intake.report import Intake
from referrals.models import Mailbox
from service import audit
from service.rows import Rows
from service.runtime import Runtime

WEB_LIFE: Final = timedelta(minutes=30)
UNDO_LIFE: Final = timedelta(days=7)


class Purpose(StrEnum):
    """What digits are good for."""

    WEB = "web"
    UNDO = "undo"


class CodeUnknown(Exception):
    """These digits lead nowhere: they were never told, were used, or are over."""


def code_row(
    runtime: Runtime, code: str, purpose: Purpose, case_id: bytes, *, key_id: bytes | None, expires_at: datetime
) -> Rows:
    """Give the row of new digits (as `intake.codes` makes them). `key_id` is the key that opens the case's answers."""
    row = {
        "code_hmac": _code_hmac(runtime, code),
        "purpose": str(purpose),
        "case_id": case_id,
        "key_id": key_id,
        "expires_at": expires_at,
    }
    return Rows(OneTimeCode, [row])


def redeem(session: Session, runtime: Runtime, code: str, purpose: Purpose, *, now: datetime) -> Any:
    """Use digits up and give their row (`case_id`, `key_id`). Raises CodeUnknown."""
    found = session.execute(
        delete(OneTimeCode)
        .where(
            OneTimeCode.code_hmac == _code_hmac(runtime, code),
            OneTimeCode.purpose == str(purpose),
            OneTimeCode.expires_at > now,
        )
        .returning(OneTimeCode.case_id, OneTimeCode.key_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if found is None:
        raise CodeUnknown
    return found


def is_waiting(session: Session, runtime: Runtime, code: str, purpose: Purpose, *, now: datetime) -> bool:
    """Say whether digits would lead somewhere, without using them up."""
    row = session.get(OneTimeCode, _code_hmac(runtime, code))
    return row is not None and row.purpose == purpose and row.expires_at > now


def good_until(session: Session, case_id: bytes, purpose: Purpose, *, now: datetime) -> datetime | None:
    """Give until when the digits that a case's worker was told lead somewhere; None where there are none."""
    waiting = select(OneTimeCode.expires_at).where(
        OneTimeCode.case_id == case_id, OneTimeCode.purpose == str(purpose), OneTimeCode.expires_at > now
    )
    return session.scalar(waiting.order_by(OneTimeCode.expires_at.desc()).limit(1))


def receipt_for(intake: Intake, code: str) -> str:
    """Use up the digits of a conversation and give its worker a receipt; one that they had before opens nothing more.

    Raises CodeUnknown and TooBusy; then nothing changes.
    """
    runtime = intake.runtime
    now = runtime.clock.now()
    receipt = intake.receipts.take()
    try:
        with runtime.database.session(write=True) as session:
            found = redeem(session, runtime, code, Purpose.WEB, now=now)
            session.execute(delete(Mailbox).where(Mailbox.case_id == found.case_id))
            lookup = runtime.lookup_hmac(receipt.keys.lookup)
            session.add(Mailbox(lookup_hmac=lookup, case_id=found.case_id, erased=False, key_id=found.key_id))
            entry = {"action": "case.linked_to_web", "case": found.case_id.hex()}
            audit.record(session, entry, day=now.date(), random=runtime.random)
    except CodeUnknown:
        intake.receipts.give_back(receipt)
        raise
    return receipt.digits


def _code_hmac(runtime: Runtime, code: str) -> bytes:
    return hmac.digest(runtime.secret("one-time-code"), code.encode(), "sha256")
