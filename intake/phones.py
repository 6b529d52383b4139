"""A phone for a report from the web: its worker gives a number, which is asked one neutral question.

Only numbers of Canada and the United States that are no service's, so that nobody makes us text the world, or a line
that charges for it. What is asked, and what the phone may hear later, is the hotline's (intake/sms/inviting.py): never
what was told, nor what was answered.
"""

import hmac
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crypto import receipt
from intake.mailbox import case_of
from intake.models import OneTimeCode
from intake.report import Intake
from referrals.case import lock_case
from service import audit, outbox
from service.rows import Rows, insert_all
from service.runtime import Runtime

INVITE_TOPIC: Final = "sms.invite"
DROP_TOPIC: Final = "sms.drop"
# One question a day for a report, and one for a number, whoever gives it; and so many in a day for all of them.
AGAIN_AFTER: Final = timedelta(days=1)
MOST_A_DAY: Final = 200
_ASKED: Final = "asked"
_HOME: Final = "CA"
_REGIONS: Final = frozenset({_HOME, "US", "PR", "VI", "GU", "AS", "MP"})
_BETWEEN: Final = " \t-–().+\u00a0\u200e\u200f\u202a\u202c\u2066\u2069"


class PhoneMistyped(Exception):
    """What was typed is no person's phone number of Canada or the United States."""


class AskedToday(Exception):
    """This report, this number, or too many of them were asked today."""


def number_of(typed: str) -> str:
    """Read a number as somebody types it, in any script's digits, and give it as E.164. Raises PhoneMistyped."""
    digits = [unicodedata.decimal(letter, None) for letter in typed if letter not in _BETWEEN]
    found = "".join(str(digit) for digit in digits if digit is not None)
    if len(digits) != len(found) or not _is_a_persons(found):
        raise PhoneMistyped
    return f"+1{found[-10:]}"


def _is_a_persons(number: str) -> bool:
    """Say by libphonenumber's tables whether digits are such a number, with or without the 1 in front."""
    # Its tables are some megabytes, and few add a phone.
    from phonenumbers import NumberParseException, PhoneNumberType, number_type, parse, region_code_for_number

    try:
        parsed = parse(number, _HOME)
    except NumberParseException:
        return False
    if parsed.country_code != 1 or len(number) > 11:
        return False
    kinds = (PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
    return region_code_for_number(parsed) in _REGIONS and number_type(parsed) in kinds


def add_phone(intake: Intake, digits: str, typed: str, language: str) -> None:
    """Have a phone asked whether it wants texts about the report that a receipt opens.

    Raises ReceiptMistyped and PhoneMistyped before any look-up, ReceiptUnknown, AskedToday and TooBusy.
    """
    phone = number_of(typed)
    keys = intake.receipts.derive(receipt.parse(digits))
    runtime = intake.runtime
    now = runtime.clock.now()
    try:
        with runtime.database.session(write=True) as session:
            case = lock_case(session, case_of(session, intake, keys))
            _note(session, runtime, case.id, phone, now)
            case.linked = True
            told = {"case": case.id.hex(), "phone": phone, "language": language}
            outbox.enqueue(session, INVITE_TOPIC, told, due_at=now, random=runtime.random)
            entry = {"action": "case.phone_added", "case": case.id.hex()}
            audit.record(session, entry, day=now.date(), random=runtime.random)
    except IntegrityError as error:
        raise AskedToday from error


def _note(session: Session, runtime: Runtime, case_id: bytes, phone: str, now: datetime) -> None:
    """Note that a report's phone is asked. Raises AskedToday, or IntegrityError where it, or the number, was asked."""
    asked = select(func.count()).select_from(OneTimeCode)
    lately = session.scalar(asked.where(OneTimeCode.purpose == _ASKED, OneTimeCode.expires_at > now)) or 0
    # Two rows for each: one names the report, one the number.
    if lately >= 2 * MOST_A_DAY:
        raise AskedToday
    day = now.date().isoformat().encode()
    rows = [
        {
            "code_hmac": hmac.digest(runtime.secret("phone-asked"), day + b"\0" + what, "sha256"),
            "purpose": _ASKED,
            "case_id": case_id,
            "key_id": None,
            "expires_at": now + AGAIN_AFTER,
        }
        for what in (case_id, phone.encode())
    ]
    insert_all(session, [Rows(OneTimeCode, rows)])
