"""Twilio's codes for what went wrong with a text, and when it may be tried again ("Error and Warning Dictionary")."""

import re
from typing import Final

from intake.sms.port import Rejected, Retry, Unknown

CODE: Final = re.compile(r"[0-9]{5}")
# As much as `OutgoingText.code` holds.
_LONGEST_CODE: Final = 16
# This phone takes no text from us: invalid, opted out, no mobile, blocked, unknown.
NEVER: Final = frozenset({"21211", "21610", "21612", "21614", "30004", "30005", "30006"})
# Credentials, permissions, a number that is not ours, a text that is too long, filtering, missing registration.
OURS: Final = frozenset(
    {"20003", "21408", "21601", "21606", "21617", "21703", "21704", "30002", "30007", "30032", "30034"}
)
# The day's limit of a trial or of a carrier.
TOMORROW: Final = frozenset({"63038", "30023"})
# Too many at once, or out of reach for a while.
LATER: Final = frozenset({"20429", "20503", "21611", "30001", "30003", "30008", "30022", "30410", "63018"})
UNREACHABLE: Final = "unreachable"
# It is our number that may not send this, or not now: filtering, a day's limit, a full queue, no registration.
_OF_NUMBER: Final = frozenset({"21606", "21611", "30007", "30022", "30023", "30032", "30034", "63038"})


def refusal(status: int, code: int | None) -> Rejected | Unknown:
    """Say what an answer that is no success means, by the lists above; a fault of the server's own leaves it open."""
    told = str(code) if code is not None and CODE.fullmatch(str(code)) else f"http_{status}"[:_LONGEST_CODE]
    blocks = told in _OF_NUMBER
    if told in NEVER:
        return Rejected(told, permanent=True, ours=False, retry=Retry.NEVER)
    if told in TOMORROW:
        return Rejected(told, permanent=False, ours=True, retry=Retry.TOMORROW, blocks_number=blocks)
    if told in LATER or status == 429:
        return Rejected(told, permanent=False, ours=False, retry=Retry.LATER, blocks_number=blocks)
    if told not in OURS and status >= 500:
        return Unknown()
    # It was refused, so nobody got it; for a reason that is not on a list, somebody should look.
    return Rejected(told, permanent=False, ours=True, retry=Retry.LATER, blocks_number=blocks)
